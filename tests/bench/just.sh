#!/bin/bash
# Tasks files beside just: start-up, many lines, many recipes, many variables, unused backticks, long chains.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset JUST_JUSTFILE JUST_UNSTABLE
ln -s "$RAIBID_RUN" "$work/ours"
cd "$work"
printf 'a:\n\t@true\n' >one
{ echo 'a:'; for _ in $(seq 500); do printf '\t@true\n'; done; } >lines
{ echo 'a:'; for _ in $(seq 100); do printf '\t@/bin/true\n'; done; } >external
awk 'BEGIN { for (i = 0; i < 5000; i++) printf "# about %d\nr%d x=\"%d\":\n\t@echo %d {{x}}\n", i, i, i, i }' >recipes
awk 'BEGIN { print "a:"; for (i = 0; i < 5000; i++) printf "v%d := \"%d\" + \"x\"\n", i, i }' >variables
awk 'BEGIN { print "set lazy\na:"; for (i = 0; i < 100; i++) printf "v%d := `sleep 1`\n", i }' >lazy
awk 'BEGIN { for (i = 0; i < 2000; i++) print "r" i ": r" i + 1; print "r2000:" }' >chain
row() { "$src/tests/bench/compare" --runs "$1" --same-output --cwd "$work" "$2" "./ours $3" "just $3"; }
row 50 'just: a recipe of @true' '-f one a'
row 10 'just: 500 lines of @true' '-f lines a'
row 10 'just: 100 lines that start /bin/true' '-f external a'
row 20 'just: --summary of 5,000 recipes' '-f recipes --summary'
row 20 'just: 5,000 assignments, an empty recipe' '-f variables a'
row 20 'just: 100 unused backticks, set lazy' '-f lazy a'
row 20 'just: a chain of 2,000 empty recipes' '-f chain r0'
