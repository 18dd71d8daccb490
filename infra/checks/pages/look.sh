#!/usr/bin/env bash
# Looks at the pages in a real browser: `latchkey up` with the samples of events, Chromium, desktop and phone, light and dark, with and
# without JavaScript. Ends with 1 when axe-core finds anything, when a page scrolls sideways, or is heavier than docs/PAGES.md allows.
# With --pictures it writes those of docs/images anew.
#
#     cargo build -p latchkey && infra/checks/pages/look.sh target/debug/latchkey [--pictures]
#
# Needs Node 20 or newer and Chromium (`apt-get install chromium`); what else it needs it installs below target/.
set -euo pipefail
bin="$(realpath "${1:?the command line: target/debug/latchkey}")"
cd "$(dirname "$0")/../../.."
tools="target/pages-look"
mkdir -p "$tools"
if [ ! -d "$tools/node_modules/axe-core" ]; then
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$tools" puppeteer-core@24.43.1 axe-core@4.14.1
fi
dir="$(mktemp -d)"
"$bin" up --dir "$dir" --runbook runbooks/acme --listen 127.0.0.1:0 --sweep-every 0 >"$dir/log" 2>&1 &
up=$!
trap 'kill "$up" 2>/dev/null || true; wait "$up" 2>/dev/null || true; rm -rf "$dir"' EXIT
for _ in $(seq 100); do [ -s "$dir/address" ] && break; sleep 0.1; done
for event in hire exit transfer urgent-exit incomplete-hire leave; do
    "$bin" send "events/generic/$event.json" --dir "$dir" >/dev/null
done
cp infra/checks/pages/look.mjs "$tools/look.mjs"
BIN="$bin" DIR="$dir" PICTURES="$([ "${2:-}" = --pictures ] && echo "$PWD/docs/images" || true)" \
    CHROMIUM="${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome)}" node "$tools/look.mjs"
