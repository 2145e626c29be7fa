/*
 * With a libm of its own file (LIBM_SONAME, from configure) a table of its functions is filled once; where libc has them they are called.
 * Loading it with the program costs each start 0.06 ms: a tenth of an empty program's.
 */
#include "config.h"

#include "base/libm.h"

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>

#include "base/base.h"

#define ONE(X) X(acos) X(asin) X(atan) X(cos) X(exp) X(log) X(sin) X(tan)
#define TWO(X) X(atan2) X(fmod) X(hypot) X(pow)

#ifdef LIBM_SONAME
static struct {
#define POINTER(f) __typeof__(f) *f;
	ONE(POINTER) TWO(POINTER)
} libm;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
	static const char names[][8] = {
#define NAME(f) #f,
		ONE(NAME) TWO(NAME)
	};
	void **slots = (void **)(void *)&libm, *handle = dlopen(LIBM_SONAME, RTLD_NOW | RTLD_LOCAL);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!handle || !(slots[i] = dlsym(handle, names[i])))
			base_die("cannot load %s: %s", LIBM_SONAME, dlerror());
}

#define CALL(f) (pthread_once(&once, load), libm.f)
#else
#define CALL(f) f
#endif

#define DEFINE_ONE(f)               \
	double libm_##f(double x)   \
	{                           \
		return CALL(f)(x);  \
	}
ONE(DEFINE_ONE)

double libm_atan2(double y, double x)
{
	return CALL(atan2)(y, x);
}

double libm_hypot(double x, double y)
{
	return CALL(hypot)(x, y);
}

/* Whole numbers of which each is a double of its own. */
static bool is_whole(double x)
{
	return fabs(x) <= 9007199254740992.0 && x == trunc(x);
}

double libm_fmod(double x, double y)
{
	if (is_whole(x) && is_whole(y) && y != 0)
		return copysign((double)((int64_t)x % (int64_t)y), x);
	return CALL(fmod)(x, y);
}

double libm_pow(double x, double y)
{
	/* All that are exact. */
	static const double tens[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	if (x == 10 && y >= 0 && y < (double)ARRAY_LEN(tens) && y == trunc(y))
		return tens[(size_t)y];
	return CALL(pow)(x, y);
}

double libm_round(double x)
{
	double whole = trunc(x);
	return fabs(x - whole) >= 0.5 ? whole + copysign(1, x) : whole;
}
