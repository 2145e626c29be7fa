#!/bin/bash
# What watching costs: the same recipe traced beside the same recipe untraced (0.67 is 1.5 times the time). `make` of a small C project, 1,000 short processes, and what
# deciding costs when nothing changed.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache
ln -s "$RAIBID_RUN" "$work/ours"
cd "$work"
mkdir lib
for i in $(seq 20); do
	printf '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include "lib/all.h"\nint f%d(const char *s)\n{\n\tchar b[64];\n\tsnprintf(b, sizeof(b), "%%s %d", s);\n\treturn (int)strlen(b) + atoi(s);\n}\n' "$i" "$i" >"lib/f$i.c"
	echo "int f$i(const char *s);"
done >lib/all.h
{ echo '#include "lib/all.h"' && echo 'int main(void) { return f1("1") == 0; }'; } >main.c
cat >Makefile <<'END'
objects := $(patsubst %.c,%.o,$(wildcard lib/*.c main.c))
prog: $(objects)
	@cc -o $@ $(objects)
%.o: %.c lib/all.h
	@cc -O1 -I. -c -o $@ $<
END
cat >tasks.just <<'END'
[cache(trace)]
make:
    @make -s prog
[cache(inputs=['main.c'])]
make-plain:
    @make -s prog
[cache(trace)]
short:
    @i=0; while [ $i -lt 1000 ]; do /bin/true; i=$((i + 1)); done
[cache(inputs=['main.c'])]
short-plain:
    @i=0; while [ $i -lt 1000 ]; do /bin/true; i=$((i + 1)); done
END
row() { "$src/tests/bench/compare" --cwd "$work" "$@"; }
row --runs 7 --before 'rm -f prog lib/*.o main.o' 'trace: make of 21 C files (peer: untraced)' './ours --force make' './ours --force make-plain'
row --runs 7 'trace: 1,000 short processes (peer: untraced)' './ours --force short' './ours --force short-plain'
./ours make
row --runs 20 'trace: nothing to do (peer: make)' './ours make' 'make -s prog'
