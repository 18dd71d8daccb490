#!/usr/bin/env bash
# What people do in the pages, by a real `latchkey up` and Chromium: once by the keyboard alone on a wide screen, once by a finger on a
# phone without script; in a company that begins, and in one that has lived for six months. Ends with 1 when a journey does not come to
# its end. ONLY=WORDS goes those whose name has the words.
#
#     cargo build -p latchkey && infra/checks/pages/journeys.sh target/debug/latchkey
#
# Needs Node 20 or newer and Chromium (`apt-get install chromium`); what else it needs it installs below target/.
set -euo pipefail
if [ -z "${company+set}" ]; then
    bad=0
    company="" "$0" "$@" || bad=1
    company=lived-in "$0" "$@" || bad=1
    exit "$bad"
fi
export company
# Security is asked about two things of one system.
runbook="$(mktemp -d)"
cp -r "$(dirname "$0")/../../../runbooks/acme/." "$runbook/"
sed -i 's/vpn: {needs: \[everyone\]}/vpn: {needs: [everyone], approval: security}/' "$runbook/runbook.yaml"
. "$(dirname "$0")/browser.sh"
if [ -z "$company" ]; then
    # Who has begun; the others come by a hire.
    awk -F, -v today="$(date +%F)" 'NR == 1 || $14 <= today' events/csv/people.csv >"$dir/people.csv"
    # It ends with 1, since nobody answers as Acme's systems.
    "$bin" import "$dir/people.csv" --dir "$dir" >"$dir/imported" || grep -q "people new" "$dir/imported"
fi
run journeys
