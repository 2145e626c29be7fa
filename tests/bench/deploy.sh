#!/bin/bash
# A deploy with nothing changed, on the embedded target; and one release's values changed. Charts: those of RAIBID_MIRROR (or ../shared).
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
mirror=${RAIBID_MIRROR:-$src/../shared/helm/mission}
[ -d "$mirror" ] || { echo "deploy: no charts (RAIBID_MIRROR), left out"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work/home XDG_CACHE_HOME=$work/cache RAIBID_MIRROR=$mirror
unset KUBECONFIG REGISTRY
mkdir -p "$work/p/build/src" "$HOME"
cp -r "$src/tasks.just" "$src/tasks" "$src/charts" "$src/environments" "$src/tkrc.yaml" "$work/p"
rm -rf "$work/p/charts/vendor"
cp "$RAIBID_RUN" "$work/p/build/src/"
cd "$work/p"
"$RAIBID_RUN" deploy local >/dev/null 2>&1
sleep 1 # so that what was just written counts as settled
"$RAIBID_RUN" deploy local >/dev/null 2>&1
"$src/tests/bench/compare" --cwd "$work/p" 'deploy local, nothing changed' "$RAIBID_RUN deploy local" -
"$src/tests/bench/compare" --cwd "$work/p" --before 'sed -i "s/loglevel .*/loglevel notice$(date +%N)/" environments/lib/redis.libsonnet' \
	"deploy local, one chart's values changed" "$RAIBID_RUN deploy local" -
