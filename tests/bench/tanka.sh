#!/bin/bash
# tk and ours on jsonnet environments, whole processes: this repository's own with its four charts, and the export of many. Charts: those of RAIBID_MIRROR (or ../shared).
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
mirror=${RAIBID_MIRROR:-$src/../shared/helm/mission}
[ -d "$mirror" ] || { echo "tanka: no charts (RAIBID_MIRROR), left out"; exit 0; }
for peer in tk helm; do command -v $peer >/dev/null || { echo "tanka: no $peer, left out"; exit 0; }; done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work/home XDG_CACHE_HOME=$work/cache RAIBID_MIRROR=$mirror TANKA_DANGEROUS_ALLOW_REDIRECT=true
unset KUBECONFIG
mkdir -p "$work/p" "$HOME"
cp -r "$src/tasks.just" "$src/tasks" "$src/charts" "$src/environments" "$src/tkrc.yaml" "$work/p"
rm -rf "$work/p/charts/vendor"
cd "$work/p"
"$RAIBID_RUN" vendor >/dev/null 2>&1
"$src/tests/bench/compare" --cwd "$work/p" --same-output --runs "${RUNS:-20}" 'show environments/local' "$RAIBID_RUN --step show environments/local" 'tk show environments/local'
"$src/tests/bench/compare" --cwd "$work/p" --same-output --runs "${RUNS:-20}" 'eval, one object of it' \
	"$RAIBID_RUN --step eval environments/local -e server.deployment" 'tk eval environments/local -e server.deployment'
for i in $(seq 20); do
	mkdir -p "many/e$i"
	printf '%s\n' "local redis = import '../../environments/lib/redis.libsonnet';" \
		"{ redis: redis.new('ns$i'), maps: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm%d' % i }, data: { i: std.toString(i) } } for i in std.range(1, 50)] }" >"many/e$i/main.jsonnet"
	echo "{\"spec\":{\"namespace\":\"ns$i\"}}" >"many/e$i/spec.json"
done
export_to="many --recursive --format {{env.spec.namespace}}/{{.kind}}-{{.metadata.name}}"
"$src/tests/bench/compare" --cwd "$work/p" --runs "${RUNS:-10}" --before 'rm -rf out' 'export of 20 environments, a chart in each' \
	"$RAIBID_RUN --step export out $export_to" "tk export out $export_to"
