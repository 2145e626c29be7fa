#!/bin/bash
# helm template and ours on the four charts of the mission, from a folder and packed, whole processes, outputs compared in every run. Charts and cases:
# ../shared, or RAIBID_SHARED.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
mission=${RAIBID_SHARED:-$src/../shared}/helm/mission
[ -d "$mission" ] || { echo "helm: no charts ($mission), left out"; exit 0; }
command -v helm >/dev/null || { echo "helm: no helm, left out"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work KUBECONFIG=/nonexistent
for packed in "$mission"/*.tgz; do
	name=$(basename "$packed" .tgz)
	# Of the cases whose output has nothing random in it.
	for case in "$mission/$name"/{raibid-tanka,default-fixedpw,sqlite-ingress,default}; do
		[ -f "$case/case.json" ] && grep -q '"nondet": false' "$case/case.json" && break
	done
	tar xzf "$packed" -C "$work"
	args=$(python3 - "$case" <<-'END'
		import json, os, shlex, sys
		case = json.load(open(sys.argv[1] + '/case.json'))
		words = [case.get('name', 'bench')]
		tail = [w for f in case.get('values', []) for w in ('-f', os.path.join(sys.argv[1], f))]
		for key in ('namespace', 'kube_version'):
		    tail += ['--' + key.replace('_', '-'), case[key]] if case.get(key) else []
		for key in ('api_versions', 'set', 'set_string'):
		    tail += [w for v in case.get(key, []) for w in ('--' + key.replace('_', '-'), v)]
		tail += ['--' + key.replace('_', '-') for key in ('include_crds', 'skip_tests', 'no_hooks', 'is_upgrade') if case.get(key)]
		print(shlex.join(words), '|', shlex.join(tail))
	END
	)
	folder=$work/${name%-*}
	for chart in "$folder" "$packed"; do
		kind=$([ "$chart" = "$packed" ] && echo tgz || echo folder)
		"$src/tests/bench/compare" --same-output --runs "${RUNS:-20}" "template ${name%-*}, $kind" \
			"$RAIBID_RUN --step template ${args%%|*} $chart ${args#*|}" "helm template ${args%%|*} $chart ${args#*|}"
	done
done
python3 "$src/tests/bench/charts.py" sum "$mission" "$work"
python3 "$src/tests/bench/charts.py" again "$mission" "$work"
python3 "$src/tests/bench/charts.py" calls "$work"
[ -d "$mission/../corpus" ] || exit 0
python3 "$src/tests/bench/charts.py" umbrella "$mission/../corpus" "$work"
python3 "$src/tests/bench/charts.py" corpus "$mission/../.."
