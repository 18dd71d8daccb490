#!/usr/bin/env bash
# Looks at the pages in a real browser: `latchkey up` with the samples of events, Chromium, desktop and phone, light and dark, with and
# without JavaScript. Ends with 1 when axe-core finds anything, when a page scrolls sideways, or is heavier than docs/PAGES.md allows.
# With --pictures it writes those of docs/images anew.
#
#     cargo build -p latchkey && infra/checks/pages/look.sh target/debug/latchkey [--pictures]
#
# Needs Node 20 or newer and Chromium (`apt-get install chromium`); what else it needs it installs below target/.
set -euo pipefail
. "$(dirname "$0")/browser.sh"
for event in hire exit transfer urgent-exit incomplete-hire leave; do
    "$bin" send "events/generic/$event.json" --dir "$dir" >/dev/null
done
PICTURES="$([ "${2:-}" = --pictures ] && echo "$PWD/docs/images" || true)" run look
