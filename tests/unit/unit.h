/* unit.h: what every unit test includes first: cmocka with the headers that it wants before it, and a comparison of strs. */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

#define same(got, want) unit_same((got), (want), __FILE__, __LINE__)
static inline void unit_same(struct str got, const char *want, const char *file, int line)
{
	if (!str_eq_c(got, want)) {
		print_error("%s:%d: got  '%.*s'\n%s:%d: want '%s'\n", file, line, STR_ARG(got), file, line, want);
		_fail(file, line);
	}
}

#endif
