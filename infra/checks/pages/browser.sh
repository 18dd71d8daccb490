# What look.sh and journeys.sh have in common: the tools, and a Latchkey with Acme's runbook in a folder of its own, which ends with the
# script: an empty one (`latchkey up`), or with `company=lived-in` one that has lived for six months (`latchkey demo --stay`). Sets `bin`
# and `dir`; `run NAME` runs NAME.mjs.
bin="$(realpath "${1:?the command line: target/debug/latchkey}")"
cd "$(dirname "$0")/../../.."
tools="target/pages-look"
mkdir -p "$tools"
if [ ! -d "$tools/node_modules/axe-core" ]; then
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$tools" puppeteer-core@24.43.1 axe-core@4.14.1
fi
dir="$(mktemp -d)"
if [ "${company:-}" = lived-in ]; then
    "$bin" demo --stay --dir "$dir" --listen 127.0.0.1:0 >"$dir/log" 2>&1 &
else
    "$bin" up --dir "$dir" --runbook "${runbook:-runbooks/acme}" --listen 127.0.0.1:0 --sweep-every 0 >"$dir/log" 2>&1 &
fi
up=$!
trap 'kill "$up" 2>/dev/null || true; wait "$up" 2>/dev/null || true; rm -rf "$dir"' EXIT
for _ in $(seq 3000); do
    [ -s "$dir/address" ] && break
    kill -0 "$up" 2>/dev/null || { cat "$dir/log"; exit 1; }
    sleep 0.1
done

run() {
    cp infra/checks/pages/*.mjs "$tools/"
    BIN="$bin" DIR="$dir" CHROMIUM="${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome)}" node "$tools/$1.mjs"
}
