/* The first entry of a name counts, as for getenv. */
#include "base/env.h"

struct str env_get(char *const *environ, struct str name)
{
	for (char *const *e = environ; *e; e++)
		if (strncmp(*e, name.p, name.n) == 0 && (*e)[name.n] == '=')
			return str_c(*e + name.n + 1);
	return STR_NONE;
}
