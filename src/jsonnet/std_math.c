/* Functions of std on numbers. Logarithms to other bases are quotients, as in the reference, with the bits that gives. */
#include <math.h>

#include "base/libm.h"
#include "jsonnet/std.h"
#include "jsonnet/std_util.h"
#include "jsonnet/vm.h"

#define PI 3.14159265358979323846

/* One number to one number, by libm: a row of function and code. */
#define PLAIN(name, call)                                              \
	static struct jv fn_##name(struct vm *vm, struct jv *args)     \
	{                                                              \
		std_types(vm, #name, "n", args);                       \
		double x = jv_as_num(args[0]);                         \
		return vm_num(vm, call);                               \
	}
PLAIN(acos, libm_acos(x))
PLAIN(asin, libm_asin(x))
PLAIN(atan, libm_atan(x))
PLAIN(ceil, ceil(x))
PLAIN(cos, libm_cos(x))
PLAIN(exp, libm_exp(x))
PLAIN(floor, floor(x))
PLAIN(log, libm_log(x))
PLAIN(sin, libm_sin(x))
PLAIN(sqrt, sqrt(x))
PLAIN(tan, libm_tan(x))

static struct jv fn_log2(struct vm *vm, struct jv *args)
{
	std_types(vm, "log", "n", args);
	return vm_num(vm, jv_as_num(vm_num(vm, libm_log(jv_as_num(args[0])))) / M_LN2);
}

static struct jv fn_log10(struct vm *vm, struct jv *args)
{
	std_types(vm, "log", "n", args);
	return vm_num(vm, jv_as_num(vm_num(vm, libm_log(jv_as_num(args[0])))) / M_LN10);
}

static struct jv fn_exponent(struct vm *vm, struct jv *args)
{
	int e;
	std_types(vm, "exponent", "n", args);
	frexp(jv_as_num(args[0]), &e);
	return jv_num(e);
}

static struct jv fn_mantissa(struct vm *vm, struct jv *args)
{
	int e;
	std_types(vm, "mantissa", "n", args);
	return jv_num(frexp(jv_as_num(args[0]), &e));
}

static struct jv fn_atan2(struct vm *vm, struct jv *args)
{
	std_types(vm, "atan2", "nn", args);
	return vm_num(vm, libm_atan2(jv_as_num(args[0]), jv_as_num(args[1])));
}

static struct jv fn_hypot(struct vm *vm, struct jv *args)
{
	std_types(vm, "hypot", "nn", args);
	return vm_num(vm, libm_hypot(jv_as_num(args[0]), jv_as_num(args[1])));
}

static struct jv fn_pow(struct vm *vm, struct jv *args)
{
	std_types(vm, "pow", "nn", args);
	return vm_num(vm, libm_pow(jv_as_num(args[0]), jv_as_num(args[1])));
}

static struct jv fn_modulo(struct vm *vm, struct jv *args)
{
	std_types(vm, "modulo", "nn", args);
	if (jv_as_num(args[1]) == 0)
		vm_raise(vm, "division by zero.");
	return vm_num(vm, libm_fmod(jv_as_num(args[0]), jv_as_num(args[1])));
}

/* C++'s rounding is floor(x + 0.5), and what `+` makes of other types shows in the error; Go rounds halves away from zero. */
static double rounded(struct vm *vm, struct jv v)
{
	if (jv_is(v, JV_STR))
		std_types(vm, "floor", "n", &v);
	if (!jv_is_num(v))
		std_bad_binary(vm, "+", v, jv_num(0.5));
	return vm_is_go(vm) ? libm_round(jv_as_num(v)) : floor(jv_as_num(vm_num(vm, jv_as_num(v) + 0.5)));
}

/* The whole number that counts as even or odd: Go cuts, C++ rounds. */
static double whole(struct vm *vm, struct jv v)
{
	double n = rounded(vm, v);
	return vm_is_go(vm) ? trunc(jv_as_num(v)) : n;
}

static struct jv fn_round(struct vm *vm, struct jv *args)
{
	return jv_num(rounded(vm, args[0]));
}

static struct jv fn_is_integer(struct vm *vm, struct jv *args)
{
	return jv_bool(rounded(vm, args[0]) == jv_as_num(args[0]));
}

static struct jv fn_is_decimal(struct vm *vm, struct jv *args)
{
	return jv_bool(rounded(vm, args[0]) != jv_as_num(args[0]));
}

static struct jv fn_is_even(struct vm *vm, struct jv *args)
{
	return jv_bool(libm_fmod(whole(vm, args[0]), 2) == 0);
}

static struct jv fn_is_odd(struct vm *vm, struct jv *args)
{
	return jv_bool(libm_fmod(whole(vm, args[0]), 2) != 0);
}

static double number_of(struct vm *vm, const char *what, struct jv v)
{
	if (!jv_is_num(v))
		vm_raise(vm, "%s expected number, got %s", what, jv_type_name(v));
	return jv_as_num(v);
}

static struct jv fn_abs(struct vm *vm, struct jv *args)
{
	double n = number_of(vm, "std.abs", args[0]);
	return jv_num(n > 0 ? n : -n);
}

static struct jv fn_sign(struct vm *vm, struct jv *args)
{
	double n = number_of(vm, "std.sign", args[0]);
	return jv_num(n > 0 ? 1 : n < 0 ? -1 : 0);
}

static struct jv fn_max(struct vm *vm, struct jv *args)
{
	double a = number_of(vm, "std.max first param", vm_force(vm, args[0]));
	double b = number_of(vm, "std.max second param", vm_force(vm, args[1]));
	return jv_num(a > b ? a : b);
}

static struct jv fn_min(struct vm *vm, struct jv *args)
{
	double a = number_of(vm, "std.min first param", vm_force(vm, args[0]));
	double b = number_of(vm, "std.min second param", vm_force(vm, args[1]));
	return jv_num(a < b ? a : b);
}

static struct jv fn_clamp(struct vm *vm, struct jv *args)
{
	struct jv x = vm_force(vm, args[0]), low = vm_force(vm, args[1]);
	if (std_order(vm, "<", x, low) < 0)
		return low;
	struct jv high = vm_force(vm, args[2]);
	return std_order(vm, ">", x, high) > 0 ? high : x;
}

static struct jv fn_deg2rad(struct vm *vm, struct jv *args)
{
	double x, pi;
	std_numbers(vm, "*", args[0], jv_num(PI), &x, &pi);
	return vm_num(vm, x * pi / 180);
}

static struct jv fn_rad2deg(struct vm *vm, struct jv *args)
{
	double x, half;
	std_numbers(vm, "*", args[0], jv_num(180), &x, &half);
	return vm_num(vm, jv_as_num(vm_num(vm, x * half)) / PI);
}

const struct std_row std_math_rows[] = {
	{ "acos", "x", fn_acos },
	{ "asin", "x", fn_asin },
	{ "atan", "x", fn_atan },
	{ "ceil", "x", fn_ceil },
	{ "cos", "x", fn_cos },
	{ "exp", "n", fn_exp },
	{ "floor", "x", fn_floor },
	{ "log", "n", fn_log },
	{ "sin", "x", fn_sin },
	{ "sqrt", "x", fn_sqrt },
	{ "tan", "x", fn_tan },
	{ "log2", "x", fn_log2 },
	{ "log10", "x", fn_log10 },
	{ "exponent", "n", fn_exponent },
	{ "mantissa", "n", fn_mantissa },
	{ "atan2", "y, x", fn_atan2 },
	{ "hypot", "a, b", fn_hypot },
	{ "pow", "x, n", fn_pow },
	{ "modulo", "a, b", fn_modulo },
	{ "round", "x", fn_round },
	{ "isInteger", "x", fn_is_integer },
	{ "isDecimal", "x", fn_is_decimal },
	{ "isEven", "x", fn_is_even },
	{ "isOdd", "x", fn_is_odd },
	{ "abs", "n", fn_abs },
	{ "sign", "n", fn_sign },
	{ "max", "~a, ~b", fn_max },
	{ "min", "~a, ~b", fn_min },
	{ "clamp", "~x, ~minVal, ~maxVal", fn_clamp },
	{ "deg2rad", "x", fn_deg2rad },
	{ "rad2deg", "x", fn_rad2deg },
	{ NULL },
};
