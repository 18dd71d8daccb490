#!/usr/bin/env bash
# Checks infra/workflow.asl.json against the published schemas of the Amazon States Language (asl-validator).
# Needs Node 20 and, the first time only, npm's registry. Safe to run twice, and twice at once.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=4.0.0
checks=target/npm-checks

mkdir -p "$checks"
(
  flock 9
  [ "$(cat "$checks/made-from.txt" 2>/dev/null)" = "$version" ] && exit 0
  echo "installing asl-validator $version" >&2
  npm install --prefix "$checks" --no-audit --no-fund --no-save --silent "asl-validator@$version"
  echo "$version" >"$checks/made-from.txt"
) 9>"$checks.lock"

# The definition and template.yaml name the same substitutions.
wanted=$(grep -o '\${[A-Za-z]*}' infra/workflow.asl.json | tr -d '${}' | sort -u)
given=$(awk '/DefinitionSubstitutions:/ { inside = 1; next } inside && !/^        / { exit } inside { sub(":.*", ""); print $1 }' \
  template.yaml | sort -u)
[ "$wanted" = "$given" ] || { printf 'infra/workflow.asl.json wants\n%s\ntemplate.yaml gives\n%s\n' "$wanted" "$given"; exit 1; }
echo "substitutions: $(wc -w <<<"$wanted"), the same in both"

# Substitutions become what they stand for: the schemas want ARNs.
filled=$(mktemp -d)
trap 'rm -rf "$filled"' EXIT
sed -E 's/\$\{AlertsTopic\}/arn:aws:sns:eu-central-1:123456789012:alerts/g
  s/\$\{([A-Za-z]+)\}/arn:aws:lambda:eu-central-1:123456789012:function:\1/g' \
  infra/workflow.asl.json >"$filled/workflow.asl.json"
"$checks/node_modules/.bin/asl-validator" --json-path "$filled/workflow.asl.json"
echo "asl-validator: infra/workflow.asl.json is valid"
