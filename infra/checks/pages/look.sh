#!/usr/bin/env bash
# Looks at the pages in a real browser: a company that has lived with Latchkey for six months (`latchkey demo --stay`), Chromium, desktop and
# phone, light and dark, with and without JavaScript. Ends with 1 when axe-core finds anything, when a page scrolls sideways, or is heavier
# than docs/PAGES.md allows. With --pictures it writes those of docs/images anew. Which pages: the list in look.mjs.
#
#     cargo build -p latchkey && infra/checks/pages/look.sh target/debug/latchkey [--pictures]
#
# Needs Node 20 or newer, Python 3.11 or newer, and Chromium (`apt-get install chromium`); what else it needs it installs below target/.
set -euo pipefail
company=lived-in
. "$(dirname "$0")/browser.sh"
PICTURES="$([ "${2:-}" = --pictures ] && echo "$PWD/docs/images" || true)" run look
