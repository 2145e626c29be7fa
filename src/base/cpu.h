/*
 * cpu.h: what the processor can beyond the baseline that we are built for.
 *
 * Under some hypervisors each cpuid instruction traps, at 8 us (the loader's own eighty take most of a start there). So nothing asks before it needs to
 * know; and GCC's __builtin_cpu_supports is not for us, since using it anywhere makes every start ask for everything.
 */
#ifndef BASE_CPU_H
#define BASE_CPU_H

#include <stdbool.h>

/* SHA extensions, with SSSE3 and SSE4.1 that their users need too. */
bool cpu_has_sha(void);

#endif
