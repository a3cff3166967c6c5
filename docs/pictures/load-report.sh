#!/usr/bin/env bash
# Makes load-report.png again: a comparison of an edge in front of `herald echo` with the way past it, as --report
# writes it, in headless Chromium. Needs `npm run build` and Chromium; takes about 30 s. Run it on a quiet
# machine: if the generator was the limit, the report says so.
set -euo pipefail
cd "$(dirname "$0")/../.."
herald=(node dist/src/main.js)
work=$(mktemp -d)
running=()
trap 'kill "${running[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT

# Starts a command whose first log line names its address.
serve() {
  "${herald[@]}" "$@" >"$work/$1.log" &
  running+=($!)
  until grep -q '"msg":"listening"' "$work/$1.log"; do sleep 0.1; done
}
address_of() { grep -m1 '"msg":"listening"' "$work/$1.log" | grep -o '"address":"[^"]*"' | cut -d'"' -f4; }

serve echo --listen 127.0.0.1:0
serve edge --listen 127.0.0.1:0 --to "$(address_of echo)" --metrics none --admin none --log-format json
"${herald[@]}" load --direct "$(address_of echo)" --through "$(address_of edge)" --work http --rate 200 \
  --duration 10s --report "$work/report.html"
# At this size, the page's text is readable and the file stays below 150 KB.
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=0.85 \
  --user-data-dir="$work/profile" --disable-lcd-text --window-size=900,1424 \
  --screenshot="$PWD/docs/pictures/load-report.png" "file://$work/report.html" 2>/dev/null
ls -l docs/pictures/load-report.png
