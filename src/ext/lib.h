/*
 * lib.h: a shared library loaded at first use into a table of function pointers. Internal to ext.
 *
 *	#define Z_FUNCTIONS(X) X(zlibVersion) X(crc32)
 *	static struct { Z_FUNCTIONS(LIB_POINTER) } z;
 *	static const struct lib_symbol z_symbols[] = { Z_FUNCTIONS(LIB_SYMBOL) };
 *	static struct lib z_lib = LIB("libz.so.1", z, z_symbols);
 *	…
 *	if (!lib_load(&z_lib, err)) return false;
 *	z.crc32(…);
 *
 * The types come from the library's own header by __typeof__, so that a table cannot disagree with it.
 */
#ifndef EXT_LIB_H
#define EXT_LIB_H

#include <stdatomic.h>

#include "base/err.h"

struct lib_symbol {
	const char *name;
	bool is_optional; /* NULL where it is not there */
};

struct lib {
	const char *soname;
	const struct lib_symbol *symbols;
	size_t count;
	void **table; /* one pointer a symbol, in their order */
	_Atomic bool loaded;
};

#define LIB_POINTER(f) __typeof__(f) *f;
#define LIB_SYMBOL(f) { #f, false },
#define LIB_OPTIONAL_SYMBOL(f) { #f, true },
#define LIB(name, functions, names) { (name), (names), ARRAY_LEN(names), (void **)(void *)&(functions), false }

/* Loads the library and fills the table once for all threads. A missing library or symbol is ERR_NOT_FOUND with a hint, and is tried again. */
MUST_CHECK bool lib_load(struct lib *lib, struct err *err);

#endif
