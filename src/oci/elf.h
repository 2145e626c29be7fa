/*
 * elf.h: which shared objects a program needs, so that an image from scratch can hold them.
 */
#ifndef OCI_ELF_H
#define OCI_ELF_H

#include "base/err.h"
#include "base/vec.h"

typedef VEC(struct str) elf_paths;

/*
 * The program's interpreter and, transitively, each shared object that it and `extra` (names such as "libcurl.so.4",
 * for what a program loads by itself) need, as the paths under which this
 * machine's loader finds them (ld.so(8): DT_RUNPATH with $ORIGIN, then the standard folders). A file that is no ELF file of 64 bits gives none. One
 * that cannot be found is
 * ERR_NOT_FOUND, unless it is in `extra`: what is loaded when needed may be missing. Memory in `a`.
 */
MUST_CHECK bool elf_libraries(struct str program, const struct str *extra, size_t extra_count, struct arena *a, elf_paths *out, struct err *err);

#endif
