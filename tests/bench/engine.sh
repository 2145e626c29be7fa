#!/bin/bash
# Graphs of cached recipes beside ninja, make and just: nothing to do, one input changed, everything to run, everything to put back. The same layered graph for each, in
# a folder of its own. BENCH_LONG=1 adds the runs of 10,000 steps that start their programs, and 100,000 steps.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset JUST_JUSTFILE JUST_UNSTABLE
export XDG_CACHE_HOME=$work/cache
command -v ninja >/dev/null || {
	echo 'engine: no ninja; tests/tools/peers installs it'
	exit 0
}
ln -s "$RAIBID_RUN" "$work/ours"
cd "$work"
row() { "$src/tests/bench/compare" --runs "$@"; }
# make_graph NAME LAYERS WIDTH: NAME.o, NAME.n, NAME.m, NAME.j for the four of them
make_graph() {
	for who in o n m j; do python3 "$src/tests/tools/graph" "$1.$who" "$2" "$3" >/dev/null; done
}
o() { echo "./ours -d $1.o -f $1.o/tasks.just all"; }
n() { echo "ninja --quiet -C $1.n"; }
m() { echo "make -s -j$(nproc) -C $1.m"; }
j() { echo "just --unstable -d $1.j -f $1.j/tasks.just all"; }
quietly() { "$@" >/dev/null 2>&1 || true; }

make_graph k 10 100
for g in k; do
	row 3 --before "rm -rf $g.o/out/* $g.o/.raibid cache $g.n/out/* $g.n/.ninja_log; sleep 6" --cwd "$work" 'engine: 1,000 steps, all to run; ninja' "$(o $g)" "$(n $g)"
	quietly $(m $g)
	row 20 --cwd "$work" 'engine: 1,000 steps, nothing to do; ninja' "$(o $g)" "$(n $g)"
	row 20 --cwd "$work" 'engine: 1,000 steps, nothing to do; make' "$(o $g)" "$(m $g)"
	if command -v just >/dev/null; then
		quietly $(j $g)
		row 5 --cwd "$work" 'engine: 1,000 steps, nothing to do; just' "$(o $g)" "$(j $g)"
	fi
	row 5 --before "rm -rf $g.o/out/* $g.n/out/*; sleep 1" --cwd "$work" 'engine: 1,000 outputs put back; ninja runs them' "$(o $g)" "$(n $g)"
done

[ "${BENCH_LONG:-}" ] || exit 0
make_graph t 10 1000
row 1 --before 'rm -rf t.o/out/* t.o/.raibid cache t.n/out/* t.n/.ninja_log; sleep 6' --cwd "$work" 'engine: 10,000 steps, all to run; ninja' "$(o t)" "$(n t)"
quietly $(m t)
quietly $(o t)
row 20 --cwd "$work" 'engine: 10,000 steps, nothing to do; ninja' "$(o t)" "$(n t)"
row 5 --cwd "$work" 'engine: 10,000 steps, nothing to do; make' "$(o t)" "$(m t)"
first_child() { echo "engine: $1, the first child: ours $("$src/tests/bench/first_child" 9 "$3" $(o "$2")), ninja $("$src/tests/bench/first_child" 9 "$4" $(n "$2"))"; }
first_child '10,000 steps, one input changed' t t.o/in/5 t.n/in/5
rm -rf fresh.o fresh.n
for who in o n; do cp -r "t.$who" "fresh.$who" && rm -rf "fresh.$who"/out/* "fresh.$who"/.raibid "fresh.$who"/.ninja*; done
first_child '10,000 steps, the first run' fresh '!rm -rf fresh.o/.raibid' '!rm -f fresh.n/.ninja_log fresh.n/.ninja_deps'
quietly $(o t)
row 1 --before "rm -rf t.o/out/* t.n/out/*; sleep 6" --cwd "$work" 'engine: 10,000 outputs put back; ninja runs them' "$(o t)" "$(n t)"
make_graph h 10 10000
first_child '100,000 steps, the first run' h '!rm -rf h.o/.raibid' '!rm -f h.n/.ninja_log h.n/.ninja_deps'
quietly $(o h)
quietly $(n h)
quietly $(o h)
row 5 --cwd "$work" 'engine: 100,000 steps, nothing to do; ninja' "$(o h)" "$(n h)"
