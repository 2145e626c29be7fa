/*
 * Values under a verb, as Go's fmt prints them. A verb that a value does not know prints as %!verb(type=value), with the value under %v;
 * String methods answer to v, s, x, X and q only; elements of lists, maps and structs print under the verb of the whole.
 */
#include "gotmpl/gofmt.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "gotmpl/gofmt_pp.h"
#include "gotmpl/types.h"

static const char hex_lower[] = "0123456789abcdefx", hex_upper[] = "0123456789ABCDEFX";

static void pp_value(struct pp *p, struct value v, uint32_t verb, unsigned depth);

static void bad_verb(struct pp *p, struct value v, uint32_t verb)
{
	p->erroring = true;
	buf_add_c(p->out, "%!");
	buf_add_rune(p->out, verb);
	buf_add_char(p->out, '(');
	if (v.kind == VAL_NULL) {
		buf_add_c(p->out, "<nil>");
	} else {
		buf_add(p->out, go_type_name(p->types, v));
		buf_add_char(p->out, '=');
		pp_arg(p, v, 'v');
	}
	buf_add_char(p->out, ')');
	p->erroring = false;
}

static void print_bool(struct pp *p, struct value v, uint32_t verb)
{
	if (verb == 't' || verb == 'v')
		pp_pad(p, v.b ? STR("true") : STR("false"));
	else
		bad_verb(p, v, verb);
}

static void print_int(struct pp *p, struct value v, uint32_t verb)
{
	bool is_unsigned = go_kind_is_unsigned(go_kind_of(p->types, v));
	struct pp_int i = { (uint64_t)v.i, !is_unsigned };
	switch (verb) {
	case 'v':
		if (p->f.sharp_v && is_unsigned) {
			bool sharp = p->f.sharp;
			p->f.sharp = true;
			pp_integer(p, i, 16, verb);
			p->f.sharp = sharp;
		} else {
			pp_integer(p, i, 10, verb);
		}
		break;
	case 'd': pp_integer(p, i, 10, verb); break;
	case 'b': pp_integer(p, i, 2, verb); break;
	case 'o':
	case 'O': pp_integer(p, i, 8, verb); break;
	case 'x':
	case 'X': pp_integer(p, i, 16, verb); break;
	case 'c': pp_char(p, i.bits); break;
	case 'q': pp_quoted_char(p, i.bits); break;
	case 'U': pp_unicode(p, i.bits); break;
	default: bad_verb(p, v, verb);
	}
}

/* False where the verb is not one for floats. */
static bool print_float_verb(struct pp *p, double f, int bits, uint32_t verb)
{
	switch (verb) {
	case 'v': pp_float(p, f, bits, 'g', -1); return true;
	case 'b':
	case 'g':
	case 'G':
	case 'x':
	case 'X': pp_float(p, f, bits, (char)verb, -1); return true;
	case 'f':
	case 'e':
	case 'E':
	case 'F': pp_float(p, f, bits, (char)verb, 6); return true;
	default: return false;
	}
}

static void print_float(struct pp *p, struct value v, uint32_t verb)
{
	if (!print_float_verb(p, v.f, v.type == GO_FLOAT32 ? 32 : 64, verb))
		bad_verb(p, v, verb);
}

static void print_complex(struct pp *p, struct value v, uint32_t verb)
{
	const struct go_complex *c = (const struct go_complex *)v.object;
	if (verb > 0x7f || !memchr("vbgGxXfeEF", (int)verb, 10)) {
		bad_verb(p, v, verb);
		return;
	}
	bool plus = p->f.plus;
	buf_add_char(p->out, '(');
	print_float_verb(p, c->re, 64, verb);
	p->f.plus = true;
	print_float_verb(p, c->im, 64, verb);
	buf_add_c(p->out, "i)");
	p->f.plus = plus;
}

/* True where the verb is one for text. */
static bool print_text(struct pp *p, struct str s, uint32_t verb)
{
	switch (verb) {
	case 's': pp_string(p, s); return true;
	case 'x': pp_hex(p, s, hex_lower); return true;
	case 'X': pp_hex(p, s, hex_upper); return true;
	case 'q': pp_quoted(p, s); return true;
	case 'v':
		if (p->f.sharp_v)
			pp_quoted(p, s);
		else
			pp_string(p, s);
		return true;
	default: return false;
	}
}

/* Package fmt knows []byte where it is the argument itself; within something else it is a []uint8 like others. */
static void print_byte_list(struct pp *p, struct value v, uint32_t verb, unsigned depth)
{
	bool syntax = p->f.sharp_v;
	if (syntax)
		buf_add_c(p->out, depth ? "[]uint8" : "[]byte");
	if (syntax && (v.extra & GO_NIL)) {
		buf_add_c(p->out, "(nil)");
		return;
	}
	buf_add_char(p->out, syntax ? '{' : '[');
	for (size_t i = 0; i < v.len; i++) {
		if (i)
			buf_add_c(p->out, syntax ? ", " : " ");
		print_int(p, (struct value){ .kind = VAL_INT, .type = GO_UINT8, .i = (unsigned char)v.s[i] }, verb);
	}
	buf_add_char(p->out, syntax ? '}' : ']');
}

static void print_str(struct pp *p, struct value v, uint32_t verb, unsigned depth)
{
	if (go_under(p->types, v) != GO_BYTES) {
		if (!print_text(p, value_as_str(v), verb))
			bad_verb(p, v, verb);
	} else if (verb == 's' || verb == 'x' || verb == 'X' || verb == 'q') {
		print_text(p, value_as_str(v), verb);
	} else {
		print_byte_list(p, v, verb, depth);
	}
}

/* The type before what %#v prints of a list or map; whether it is a nil one, of which there is no more to print. */
static bool print_type(struct pp *p, struct value v)
{
	buf_add(p->out, go_type_name(p->types, v));
	if (v.extra & GO_NIL)
		buf_add_c(p->out, "(nil)");
	return v.extra & GO_NIL;
}

static void print_list(struct pp *p, struct value v, uint32_t verb, unsigned depth)
{
	bool syntax = p->f.sharp_v;
	if (syntax && print_type(p, v))
		return;
	buf_add_char(p->out, syntax ? '{' : '[');
	for (size_t i = 0; i < value_list_len(v) && !p->failed; i++) {
		if (i)
			buf_add_c(p->out, syntax ? ", " : " ");
		pp_value(p, v.list->p[i], verb, depth + 1);
	}
	buf_add_char(p->out, syntax ? '}' : ']');
}

static void print_map(struct pp *p, struct value v, uint32_t verb, unsigned depth)
{
	bool syntax = p->f.sharp_v;
	if (syntax && print_type(p, v))
		return;
	buf_add_c(p->out, syntax ? "{" : "map[");
	for (size_t i = 0; i < value_map_len(v) && !p->failed; i++) {
		if (i)
			buf_add_c(p->out, syntax ? ", " : " ");
		size_t at = map_sorted(v.map, i);
		pp_value(p, value_str(map_key(v.map, at)), verb, depth + 1);
		buf_add_char(p->out, ':');
		pp_value(p, *value_map_at(v, at), verb, depth + 1);
	}
	buf_add_char(p->out, syntax ? '}' : ']');
}

static void print_struct(struct pp *p, const struct object *o, uint32_t verb, unsigned depth)
{
	bool syntax = p->f.sharp_v;
	struct arena scratch = { 0 };
	if (syntax)
		buf_add(p->out, str_drop_prefix(o->ops->type, STR("*")));
	buf_add_char(p->out, '{');
	for (size_t i = 0; i < o->ops->field_count && !p->failed; i++) {
		if (i)
			buf_add_c(p->out, syntax ? ", " : " ");
		if (p->f.plus_v || syntax) {
			buf_add(p->out, o->ops->fields[i].name);
			buf_add_char(p->out, ':');
		}
		pp_value(p, o->ops->field(o, i, &scratch), verb, depth + 1);
	}
	buf_add_char(p->out, '}');
	arena_deinit(&scratch);
}

static void print_pointer(struct pp *p, struct value v, uint32_t verb)
{
	uint64_t at = (uint64_t)(uintptr_t)v.object;
	struct pp_int address = { at, false };
	if (verb == 'v' && p->f.sharp_v) {
		buf_addf(p->out, "(%.*s)(0x%llx)", STR_ARG(go_type_name(p->types, v)), (unsigned long long)at);
	} else if (verb == 'v' || verb == 'p') {
		bool sharp = p->f.sharp;
		p->f.sharp = !sharp || verb == 'v';
		pp_integer(p, address, 16, verb);
		p->f.sharp = sharp;
	} else if (verb == 'b' || verb == 'o' || verb == 'd' || verb == 'x' || verb == 'X') {
		print_int(p, (struct value){ .kind = VAL_INT, .type = GO_UINTPTR, .i = (int64_t)at }, verb);
	} else {
		bad_verb(p, v, verb);
	}
}

static void print_object(struct pp *p, struct value v, uint32_t verb, unsigned depth)
{
	const struct object_ops *ops = v.object->ops;
	if (ops->kind == GO_KIND_STRUCT) {
		print_struct(p, v.object, verb, depth);
	} else if (ops->kind == GO_KIND_COMPLEX128) {
		print_complex(p, v, verb);
	} else if (ops->kind == GO_KIND_PTR && depth == 0 && ops->field) {
		buf_add_char(p->out, '&');
		print_struct(p, v.object, verb, depth + 1);
	} else {
		print_pointer(p, v, verb);
	}
}

static void add_month(struct buf *out, int64_t i)
{
	static const char *const names[] = { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
					     "November", "December" };
	if (i >= 1 && i <= 12)
		buf_add_c(out, names[i - 1]);
	else
		buf_addf(out, "%%!Month(%llu)", (unsigned long long)i);
}

static void add_weekday(struct buf *out, int64_t i)
{
	static const char *const names[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };
	if (i >= 0 && i <= 6)
		buf_add_c(out, names[i]);
	else
		buf_addf(out, "%%!Weekday(%llu)", (unsigned long long)i);
}

/* Adds what the value's String() or Error() gives; false where it has none. */
static bool add_string_method(const struct pp *p, struct value v, struct buf *out)
{
	const struct go_named *named = go_named_of(p->types, v);
	if (v.kind == VAL_OBJECT && v.object->ops->string)
		v.object->ops->string(v.object, out);
	else if (named && named->string)
		named->string(v, out);
	else if (v.kind == VAL_INT && v.type == GO_DURATION)
		gofmt_duration(out, v.i);
	else if (v.kind == VAL_INT && v.type == GO_MONTH)
		add_month(out, v.i);
	else if (v.kind == VAL_INT && v.type == GO_WEEKDAY)
		add_weekday(out, v.i);
	else
		return false;
	return true;
}

static bool print_by_method(struct pp *p, struct value v, uint32_t verb)
{
	if (verb == 'w' && !p->erroring && v.kind >= VAL_LIST) { /* only Errorf knows it; simple values complain by themselves */
		bad_verb(p, v, verb);
		return true;
	}
	bool may = v.kind == VAL_OBJECT || v.type != 0;
	if (!may || p->erroring || p->f.sharp_v || !(verb == 'v' || verb == 's' || verb == 'x' || verb == 'X' || verb == 'q'))
		return false;
	AUTO_BUF text = { 0 };
	return add_string_method(p, v, &text) && print_text(p, buf_str(&text), verb);
}

static void pp_value(struct pp *p, struct value v, uint32_t verb, unsigned depth)
{
	if (depth > GOFMT_MAX_DEPTH || p->out->n > p->limit) {
		p->failed = true;
		return;
	}
	if (depth > 0 && print_by_method(p, v, verb))
		return;
	switch ((enum value_kind)v.kind) {
	case VAL_NULL: /* inside something: a nil interface, whatever the verb */
		buf_add_c(p->out, p->f.sharp_v ? "interface {}(nil)" : "<nil>");
		break;
	case VAL_BOOL: print_bool(p, v, verb); break;
	case VAL_INT: print_int(p, v, verb); break;
	case VAL_FLOAT: print_float(p, v, verb); break;
	case VAL_STR: print_str(p, v, verb, depth); break;
	case VAL_LIST: print_list(p, v, verb, depth); break;
	case VAL_MAP: print_map(p, v, verb, depth); break;
	case VAL_OBJECT: print_object(p, v, verb, depth); break;
	}
}

/* %p: only what refers to memory has an address. */
static void print_address(struct pp *p, struct value v, uint32_t verb)
{
	bool refers = v.kind == VAL_LIST || v.kind == VAL_MAP || (v.kind == VAL_STR && v.type == GO_BYTES) ||
		      (v.kind == VAL_OBJECT && v.object->ops->kind != GO_KIND_STRUCT);
	if (refers)
		print_pointer(p, v, verb);
	else
		bad_verb(p, v, verb);
}

void pp_arg(struct pp *p, struct value v, uint32_t verb)
{
	if (verb == 'T') {
		pp_string(p, go_type_name(p->types, v));
	} else if (v.kind == VAL_NULL) {
		if (verb == 'v')
			pp_pad(p, STR("<nil>"));
		else
			bad_verb(p, v, verb);
	} else if (verb == 'p') {
		print_address(p, v, verb);
	} else if (!print_by_method(p, v, verb)) {
		pp_value(p, v, verb, 0);
	}
}

/* The most that one call prints: a structure that shares its parts may be small and print without end. */
#define PRINT_MAX ((size_t)256 << 20)

static struct pp pp_init(struct buf *out, const struct go_types *types)
{
	return (struct pp){ .out = out, .types = types, .limit = out->n + PRINT_MAX };
}

bool gofmt_value(struct buf *out, const struct go_types *types, struct value v)
{
	if (v.kind == VAL_STR && v.type == GO_STRING) {
		buf_add(out, value_as_str(v));
		return true;
	}
	/* Whole numbers below %g's exponent threshold look like integers; they are most of a values file's numbers. */
	if (v.kind == VAL_FLOAT && v.f == (double)(int32_t)(fabs(v.f) < 1e6 ? v.f : 0) && (v.f != 0 || !signbit(v.f)))
		v = value_int((int64_t)v.f);
	struct pp p = pp_init(out, types);
	pp_arg(&p, v, 'v');
	return !p.failed;
}

bool gofmt_printable(struct buf *out, const struct go_types *types, struct value v)
{
	const struct object_ops *ops = v.kind == VAL_OBJECT ? v.object->ops : NULL;
	if (ops && ops->pointer_string && v.extra & GO_ADDRESS) {
		ops->pointer_string(v.object, out);
		return true;
	}
	if (!ops || ops->kind != GO_KIND_PTR || ops->string || !ops->field)
		return gofmt_value(out, types, v);
	struct pp p = pp_init(out, types);
	print_struct(&p, v.object, 'v', 0);
	return !p.failed;
}

bool gofmt_print(struct buf *out, const struct go_types *types, const struct value *argv, size_t n)
{
	bool ok = true, after_string = true;
	for (size_t i = 0; i < n; i++) {
		bool is_string = argv[i].kind == VAL_STR && go_under(types, argv[i]) == GO_STRING;
		if (i && !is_string && !after_string)
			buf_add_char(out, ' ');
		ok = gofmt_value(out, types, argv[i]) && ok;
		after_string = is_string;
	}
	return ok;
}

bool gofmt_println(struct buf *out, const struct go_types *types, const struct value *argv, size_t n)
{
	bool ok = true;
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_add_char(out, ' ');
		ok = gofmt_value(out, types, argv[i]) && ok;
	}
	buf_add_char(out, '\n');
	return ok;
}

/* Digits of `frac` below the point without trailing zeros. */
static void add_fraction(struct buf *out, uint64_t frac, int digits)
{
	while (digits && frac % 10 == 0) {
		frac /= 10;
		digits--;
	}
	if (digits)
		buf_addf(out, ".%0*llu", digits, (unsigned long long)frac);
}

void gofmt_duration(struct buf *out, int64_t ns)
{
	uint64_t u = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	if (u == 0) {
		buf_add_c(out, "0s");
		return;
	}
	if (ns < 0)
		buf_add_char(out, '-');
	if (u < 1000000000) { /* below a second: the largest unit that gives a whole part */
		int digits = u < 1000 ? 0 : u < 1000000 ? 3 : 6;
		uint64_t unit = u < 1000 ? 1 : u < 1000000 ? 1000 : 1000000;
		buf_addf(out, "%llu", (unsigned long long)(u / unit));
		add_fraction(out, u % unit, digits);
		buf_add_c(out, u < 1000 ? "ns" : u < 1000000 ? "\u00b5s" : "ms");
		return;
	}
	uint64_t s = u / 1000000000;
	if (s >= 3600)
		buf_addf(out, "%lluh", (unsigned long long)(s / 3600));
	if (s >= 60)
		buf_addf(out, "%llum", (unsigned long long)(s / 60 % 60));
	buf_addf(out, "%llu", (unsigned long long)(s % 60));
	add_fraction(out, u % 1000000000, 9);
	buf_add_char(out, 's');
}

bool gofmt_printf(struct buf *out, const struct go_types *types, struct str format, const struct value *argv, size_t n)
{
	struct pp p = pp_init(out, types);
	pp_format(&p, format, argv, n);
	return !p.failed;
}
