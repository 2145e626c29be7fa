/*
 * libm.h: the functions of libm that compilers do not make themselves, without its cost in programs that need none: it is loaded when the first of these is
 * called that needs it. What is exact and simple (rounding, remainders and powers of ten of whole numbers) is done here; so are floor, ceil, trunc and sqrt by
 * the compiler, and frexp, ldexp and modf by libc.
 *
 * Results are libm's to the last bit. Any thread may call them. A system whose libm cannot be loaded ends the program: it has a broken libc.
 */
#ifndef BASE_LIBM_H
#define BASE_LIBM_H

double libm_acos(double x);
double libm_asin(double x);
double libm_atan(double x);
double libm_atan2(double y, double x);
double libm_cos(double x);
double libm_exp(double x);
double libm_fmod(double x, double y);
double libm_hypot(double x, double y);
double libm_log(double x);
double libm_pow(double x, double y);
/* Halves away from zero. */
double libm_round(double x);
double libm_sin(double x);
double libm_tan(double x);

#endif
