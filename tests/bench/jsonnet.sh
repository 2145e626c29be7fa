#!/bin/bash
# The evaluator alone: six programs beside jrsonnet, with its output compared in each run; their sum beside gojsonnet.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$src"/tests/bench/jsonnet/*.jsonnet "$work"
python3 "$src/tests/bench/jsonnet_library.py" "$work"
cd "$work"
mv use.jsonnet library.jsonnet
programs='merge strings objects inherit sort library'
for p in $programs; do
	if command -v jrsonnet >/dev/null; then
		"$src/tests/bench/compare" --runs 7 --cwd "$work" --same-output "jsonnet: $p, beside jrsonnet" "$RAIBID_RUN --step jsonnet $p.jsonnet" "jrsonnet $p.jsonnet"
	else
		"$src/tests/bench/compare" --runs 7 --cwd "$work" "jsonnet: $p" "$RAIBID_RUN --step jsonnet $p.jsonnet" -
	fi
done
python=${RAIBID_PEERS:-$HOME/.cache/raibid-peers}/venv/bin/python
"$python" -c 'import _gojsonnet' 2>/dev/null || exit 0
cat >go.py <<'P'
import sys, _gojsonnet
for p in sys.argv[1:]:
    sys.stdout.write(_gojsonnet.evaluate_file(p + ".jsonnet"))
P
printf '#!/bin/sh\nfor p in %s; do "%s" --step jsonnet $p.jsonnet || exit 1; done\n' "$programs" "$RAIBID_RUN" >ours
chmod +x ours
"$src/tests/bench/compare" --runs 1 --cwd "$work" 'jsonnet: all six, beside gojsonnet' ./ours "$python go.py $programs"
