/*
 * env.h: looking a variable up in an environment as main gets it: strings "NAME=VALUE", ended by NULL.
 */
#ifndef BASE_ENV_H
#define BASE_ENV_H

#include "base/str.h"

/* The value, borrowed from the environment; STR_NONE (p is NULL) where the variable is not set. */
struct str env_get(char *const *environ, struct str name);

#endif
