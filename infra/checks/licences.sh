#!/usr/bin/env bash
# cargo-deny: licences, sources, bans; and advisories where the advisory database can be had.
# Installs cargo-deny below target/ when it is not there. Safe to run twice.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=0.20.2
tools=$PWD/target/tools

if ! "$tools/bin/cargo-deny" --version 2>/dev/null | grep -q " $version\$"; then
  echo "installing cargo-deny $version" >&2
  # A debug build: it checks in a second all the same, and builds in a third of the time.
  cargo install --quiet --debug --locked --root "$tools" --target-dir "$tools/build" "cargo-deny@$version"
  rm -rf "$tools/build"
fi
"$tools/bin/cargo-deny" check licenses sources bans
# The server for tests that is a workspace of its own.
(cd infra/peers/scim-server && "$tools/bin/cargo-deny" check licenses sources bans)
# The advisory database is a git repository; where it is out of reach, that is said and does not fail the check.
if "$tools/bin/cargo-deny" fetch db >/dev/null 2>&1; then
  "$tools/bin/cargo-deny" check advisories
else
  echo "advisories: NOT checked, the advisory database is out of reach from here"
fi
