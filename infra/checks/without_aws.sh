#!/usr/bin/env bash
# What a laptop compiles (`cargo run`, the demo's first command) has nothing of AWS's SDKs in it, nor Lambda's runtime:
# they are two fifths of the time of a first build. With the feature `aws` they are there.
set -euo pipefail
cd "$(dirname "$0")/../.."
sdks='^(aws-(sdk-.*|config|types|runtime|smithy-.*)|lambda_(http|runtime))$'

# The crates of a build by the given arguments that are AWS's, one a line.
of_aws() { cargo tree --locked --edges normal,build --prefix none --format '{p}' "$@" | cut -d ' ' -f 1 | sort -u | grep -E "$sdks" || true; }

for build in "" "--package latchkey"; do
  # shellcheck disable=SC2086
  found=$(of_aws $build)
  if [ -n "$found" ]; then
    printf 'A build of the command line without the feature aws compiles what is only of use on AWS:\n%s\n' "$found" >&2
    printf 'Who brings it along: cargo tree %s --edges normal,build --invert CRATE\n' "${build:-(no package)}" >&2
    printf 'Put that behind the feature aws of its crate (docs/ARCHITECTURE.md, "AWS is a feature").\n' >&2
    exit 1
  fi
done
if [ -z "$(of_aws --package latchkey --features aws)" ]; then
  echo "With the feature aws there should be AWS's SDKs, and there are none: this check looks for the wrong names." >&2
  exit 1
fi
