/*
 * Functions of std on strings. Strings are UTF-8 inside and are counted in code points, so what looks for text works on the bytes and only
 * translates the offsets that it gives back.
 */
#include <math.h>

#include "base/utf8.h"
#include "jsonnet/std.h"
#include "jsonnet/std_util.h"
#include "jsonnet/vm.h"

static struct jv fn_char(struct vm *vm, struct jv *args)
{
	std_types(vm, "char", "n", args);
	double d = jv_as_num(args[0]);
	if (vm_is_go(vm) && (d < 0 || d > 0x10FFFF))
		vm_raise(vm, d < 0 ? "codepoints must be >= 0, got %.17g" : "invalid unicode codepoint, got %.17g", d);
	/* What does not fit is the least integer, as the reference's cast gives. */
	int64_t n = d >= 9.2e18 || d <= -9.2e18 ? INT64_MIN : (int64_t)d;
	if (n < 0)
		vm_raise(vm, "codepoints must be >= 0, got %lld", (long long)n);
	if (n > 0x10FFFF)
		vm_raise(vm, "invalid unicode codepoint, got %lld", (long long)n);
	return str_rune(vm, (uint32_t)n);
}

static struct jv fn_codepoint(struct vm *vm, struct jv *args)
{
	uint32_t rune;
	std_types(vm, "codepoint", "s", args);
	size_t n = str_runes(vm, args[0]);
	if (n != 1)
		vm_raise(vm, "codepoint takes a string of length 1, got length %zu", n);
	utf8_decode(str_bytes(vm, args[0]), &rune);
	return jv_num(rune);
}

/* Go looks at one argument of substr after the other, and takes whole numbers only. */
static void check_substr_go(struct vm *vm, const struct jv *args)
{
	static const char *const place[] = { "first", "second", "third" };
	for (size_t i = 0; i < ARRAY_LEN(place); i++) {
		if (i ? !jv_is_num(args[i]) : !jv_is(args[i], JV_STR))
			vm_raise(vm, "substr %s parameter should be a %s, got %s", place[i], i ? "number" : "string", jv_type_name(args[i]));
		double d = i ? jv_as_num(args[i]) : 0;
		if (d != trunc(d))
			vm_raise(vm, "substr %s parameter should be an integer, got %f", place[i], d);
		if (d < 0)
			vm_raise(vm, i == 1 ? "substr %s parameter should be greater than zero, got %f" : "substr %s parameter should be greater than zero, got %.0f",
				 place[i], d);
	}
}

static struct jv fn_substr(struct vm *vm, struct jv *args)
{
	if (vm_is_go(vm))
		check_substr_go(vm, args);
	else
		std_types(vm, "substr", "snn", args);
	int64_t from = std_int(args[1]), len = std_int(args[2]);
	if (from < 0)
		vm_raise(vm, "substr second parameter should be greater than zero, got %lld", (long long)from);
	if (len < 0)
		vm_raise(vm, "substr third parameter should be greater than zero, got %lld", (long long)len);
	size_t n = str_runes(vm, args[0]), start = MIN((size_t)from, n);
	return str_sub(vm, args[0], start, start + MIN((size_t)len, n - start));
}

/* What startsWith and endsWith share: both lengths, then a substring of `a`, which must be a string then. */
enum end { END_FRONT, END_BACK };
static struct jv has_end(struct vm *vm, struct jv *args, enum end end)
{
	struct jv a = vm_force(vm, args[0]);
	size_t n = std_len(vm, a);
	struct jv b = vm_force(vm, args[1]);
	size_t m = std_len(vm, b);
	if (n < m)
		return jv_bool(false);
	std_types(vm, "substr", "snn", (struct jv[]){ a, jv_num(0), jv_num(0) });
	if (!jv_is(b, JV_STR))
		return jv_bool(false);
	struct str text = str_bytes(vm, a), part = str_bytes(vm, b);
	return jv_bool(end == END_FRONT ? str_starts(text, part) : str_ends(text, part));
}

static struct jv fn_starts_with(struct vm *vm, struct jv *args)
{
	return has_end(vm, args, END_FRONT);
}

static struct jv fn_ends_with(struct vm *vm, struct jv *args)
{
	return has_end(vm, args, END_BACK);
}

/* std.member(chars, item), for one item of what is stripped. */
static bool strips(struct vm *vm, struct jv chars, struct jv item)
{
	if (jv_is(chars, JV_ARR)) {
		bool found = false;
		for (size_t i = 0; i < arr_len(chars); i++)
			found |= vm_equal(vm, arr_get(vm, chars, i), item);
		return found;
	}
	if (!jv_is(chars, JV_STR))
		vm_raise(vm, "std.member first argument must be an array or a string");
	if (!jv_is(item, JV_STR))
		vm_raise(vm, "findSubstr first parameter should be a string, got %s", jv_type_name(item));
	struct str part = str_bytes(vm, item);
	return part.n > 0 && str_contains(str_bytes(vm, chars), part);
}

enum { STRIP_LEFT = 1, STRIP_RIGHT = 2 };

static size_t rune_start(struct str s, size_t end)
{
	do
		end--;
	while (end > 0 && ((uint8_t)s.p[end] & 0xC0) == 0x80);
	return end;
}

/* The ends of a string that consist of characters in the string `chars`, without making values of them. */
static struct str strip_bytes(struct str s, struct str chars, int sides)
{
	uint32_t rune;
	while ((sides & STRIP_RIGHT) && s.n > 0) {
		size_t start = rune_start(s, s.n);
		if (!str_contains(chars, str_slice(s, start, s.n)))
			break;
		s.n = start;
	}
	while ((sides & STRIP_LEFT) && s.n > 0) {
		size_t len = utf8_decode(s, &rune);
		if (!str_contains(chars, str_slice(s, 0, len)))
			break;
		s = str_slice(s, len, s.n);
	}
	return s;
}

static struct jv strip(struct vm *vm, struct jv text, struct jv lazy_chars, int sides)
{
	size_t to = std_len(vm, text), from = 0;
	if (to == 0)
		return text;
	if (!jv_is(text, JV_STR) && !jv_is(text, JV_ARR))
		std_at_lazy(vm, text, 0);
	struct jv chars = vm_force(vm, lazy_chars);
	if (jv_is(text, JV_STR) && jv_is(chars, JV_STR)) {
		struct str whole = str_bytes(vm, text), rest = strip_bytes(whole, str_bytes(vm, chars), sides);
		return rest.n == whole.n ? text : str_new(vm, rest);
	}
	while ((sides & STRIP_RIGHT) && to > 0 && strips(vm, chars, std_at(vm, text, to - 1)))
		to--;
	while ((sides & STRIP_LEFT) && from < to && strips(vm, chars, std_at(vm, text, from)))
		from++;
	return jv_is(text, JV_STR) ? str_sub(vm, text, from, to) : arr_sub(vm, text, from, to);
}

static struct jv fn_strip_chars(struct vm *vm, struct jv *args)
{
	return strip(vm, args[0], args[1], STRIP_LEFT | STRIP_RIGHT);
}

static struct jv fn_lstrip_chars(struct vm *vm, struct jv *args)
{
	return strip(vm, args[0], args[1], STRIP_LEFT);
}

static struct jv fn_rstrip_chars(struct vm *vm, struct jv *args)
{
	return strip(vm, args[0], args[1], STRIP_RIGHT);
}

static struct jv fn_trim(struct vm *vm, struct jv *args)
{
	static const char spaces[] = " \t\n\f\r\xc2\x85\xc2\xa0";
	/* Go takes all that Unicode calls white space. */
	static const char more[] = " \t\n\v\f\r\xc2\x85\xc2\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
				   "\u2028\u2029\u202f\u205f\u3000";
	return strip(vm, args[0], str_new(vm, str_c(vm_is_go(vm) ? more : spaces)), STRIP_LEFT | STRIP_RIGHT);
}

static struct jv fn_string_chars(struct vm *vm, struct jv *args)
{
	return std_items(vm, args[0]);
}

static void add_piece(struct vm *vm, struct vm_vec *out, struct str piece)
{
	vm_vec_push(vm, out, str_new(vm, piece));
}

/* At most `limit` cuts from the left; below zero: all. */
static struct jv split_left(struct vm *vm, struct jv s, struct jv sep, int64_t limit)
{
	struct vm_vec out = { 0 };
	struct str rest = str_bytes(vm, s), by = str_bytes(vm, sep);
	for (int64_t i = 0; limit < 0 || i < limit; i++) {
		size_t at = str_find(rest, by);
		if (at == STR_NPOS)
			break;
		add_piece(vm, &out, str_slice(rest, 0, at));
		rest = str_slice(rest, at + by.n, rest.n);
	}
	add_piece(vm, &out, rest);
	return vm_vec_array(vm, &out);
}

static struct jv split_right(struct vm *vm, struct jv s, struct jv sep, int64_t limit)
{
	struct vm_vec out = { 0 };
	struct str rest = str_bytes(vm, s), by = str_bytes(vm, sep);
	for (int64_t i = 0; limit < 0 || i < limit; i++) {
		size_t at = str_rfind(rest, by);
		if (at == STR_NPOS)
			break;
		add_piece(vm, &out, str_slice(rest, at + by.n, rest.n));
		rest = str_slice(rest, 0, at);
	}
	add_piece(vm, &out, rest);
	struct jv *items = vm_vec_items(&out);
	for (size_t i = 0; i < out.n / 2; i++) {
		struct jv swap = items[i];
		items[i] = items[out.n - 1 - i];
		items[out.n - 1 - i] = swap;
	}
	return vm_vec_array(vm, &out);
}

/* Checks two arguments to be strings and the second not to be empty, one after the other. */
static void check_split(struct vm *vm, const char *name, const char *name_empty, struct jv *args)
{
	static const char *const place[] = { "first", "second" };
	for (size_t i = 0; i < 2; i++) {
		args[i] = vm_force(vm, args[i]);
		if (!jv_is(args[i], JV_STR))
			vm_raise(vm, "%s %s parameter must be a String, got %s", name, place[i], jv_type_name(args[i]));
	}
	if (str_size(args[1]) == 0)
		vm_raise(vm, "%s second parameter must have length 1 or greater, got 0", name_empty);
}

static struct jv fn_split(struct vm *vm, struct jv *args)
{
	check_split(vm, "std.split", "std.split", args);
	return split_left(vm, args[0], args[1], -1);
}

static struct jv fn_split_limit(struct vm *vm, struct jv *args)
{
	std_types(vm, "splitLimit", "ssn", args);
	int64_t limit = std_int(args[2]);
	if (str_size(args[1]) == 0 && (limit < 0 || vm_is_go(vm)))
		vm_raise(vm, "std.splitLimit second parameter must have length 1 or greater, got 0");
	return split_left(vm, args[0], args[1], limit);
}

static struct jv fn_split_limit_r(struct vm *vm, struct jv *args)
{
	check_split(vm, "str.splitLimitR", "std.splitLimitR", args);
	struct jv limit = vm_force(vm, args[2]);
	if (!jv_is_num(limit))
		vm_raise(vm, "str.splitLimitR third parameter must be a Number, got %s", jv_type_name(limit));
	if (jv_as_num(limit) == -1)
		return split_left(vm, args[0], args[1], -1);
	return split_right(vm, args[0], args[1], std_int(limit));
}

static void replace(struct buf *out, struct str s, struct str from, struct str to)
{
	for (;;) {
		size_t at = str_find(s, from);
		if (at == STR_NPOS)
			break;
		buf_add(out, str_slice(s, 0, at));
		buf_add(out, to);
		s = str_slice(s, at + from.n, s.n);
	}
	buf_add(out, s);
}

static struct jv fn_str_replace(struct vm *vm, struct jv *args)
{
	std_types(vm, "strReplace", "sss", args);
	struct str from = str_bytes(vm, args[1]), to = str_bytes(vm, args[2]);
	if (from.n == 0)
		vm_raise(vm, "'from' string must not be zero length.");
	struct buf *out = vm_buf(vm);
	replace(out, str_bytes(vm, args[0]), from, to);
	return str_from_buf(vm, out);
}

static struct jv change_case(struct vm *vm, struct jv s, char first, char last)
{
	struct str text = str_bytes(vm, s);
	struct buf *out = vm_buf(vm);
	char *p = buf_reserve(out, text.n);
	for (size_t i = 0; i < text.n; i++)
		p[i] = (char)(text.p[i] >= first && text.p[i] <= last ? text.p[i] ^ 0x20 : text.p[i]);
	out->n += text.n;
	return str_from_buf(vm, out);
}

/* C++ takes a string; in Go whatever has a length and an index gives characters. */
static struct jv characters(struct vm *vm, const char *name, struct jv v)
{
	if (!vm_is_go(vm) || jv_is(v, JV_STR)) {
		std_types(vm, name, "s", &v);
		return v;
	}
	struct jv items = std_items(vm, v);
	struct buf *out = vm_buf(vm);
	for (size_t i = 0; i < arr_len(items); i++) {
		struct jv item = arr_get(vm, items, i);
		fn_codepoint(vm, &item);
		buf_add(out, str_bytes(vm, item));
	}
	return str_from_buf(vm, out);
}

static struct jv fn_ascii_upper(struct vm *vm, struct jv *args)
{
	return change_case(vm, characters(vm, "asciiUpper", args[0]), 'a', 'z');
}

static struct jv fn_ascii_lower(struct vm *vm, struct jv *args)
{
	return change_case(vm, characters(vm, "asciiLower", args[0]), 'A', 'Z');
}

static struct jv fn_equals_ignore_case(struct vm *vm, struct jv *args)
{
	struct jv a = vm_force(vm, args[0]);
	std_types(vm, "asciiLower", "s", &a);
	struct jv b = vm_force(vm, args[1]);
	std_types(vm, "asciiLower", "s", &b);
	return jv_bool(str_eq_nocase(str_bytes(vm, a), str_bytes(vm, b)));
}

/* Where `pat` begins in `text`, overlaps too, counted in code points. */
static struct jv find_all(struct vm *vm, struct str pat, struct str text)
{
	struct vm_vec out = { 0 };
	size_t runes = 0, seen = 0, from = 0;
	while (pat.n > 0 && from + pat.n <= text.n) {
		size_t at = str_find(str_slice(text, from, text.n), pat);
		if (at == STR_NPOS)
			break;
		at += from;
		for (; seen < at; seen++)
			runes += ((uint8_t)text.p[seen] & 0xC0) != 0x80;
		vm_vec_push(vm, &out, jv_num((double)runes));
		from = at + 1;
	}
	return vm_vec_array(vm, &out);
}

static struct jv fn_find_substr(struct vm *vm, struct jv *args)
{
	static const char *const place[] = { "first", "second" };
	for (size_t i = 0; i < 2; i++) {
		args[i] = vm_force(vm, args[i]);
		if (!jv_is(args[i], JV_STR))
			vm_raise(vm, "findSubstr %s parameter should be a string, got %s", place[i], jv_type_name(args[i]));
	}
	return find_all(vm, str_bytes(vm, args[0]), str_bytes(vm, args[1]));
}

static struct jv fn_is_empty(struct vm *vm, struct jv *args)
{
	return jv_bool(std_len(vm, args[0]) == 0);
}

static struct jv fn_lines(struct vm *vm, struct jv *args)
{
	struct jv *slots, last = arr_new(vm, 1, &slots);
	slots[0] = str_new(vm, STR(""));
	return std_join(vm, str_new(vm, STR("\n")), vm_add(vm, args[0], last));
}

static void deep_join(struct vm *vm, struct buf *out, struct jv v)
{
	vm_deeper(vm);
	if (jv_is(v, JV_STR)) {
		buf_add(out, str_bytes(vm, v));
		return;
	}
	if (!jv_is(v, JV_ARR))
		vm_raise(vm, "Expected string or array, got %s", jv_type_name(v));
	for (size_t i = 0; i < arr_len(v); i++)
		deep_join(vm, out, arr_get(vm, v, i));
}

static struct jv fn_deep_join(struct vm *vm, struct jv *args)
{
	if (jv_is(args[0], JV_STR))
		return args[0];
	struct buf *out = vm_buf(vm);
	deep_join(vm, out, args[0]);
	return str_from_buf(vm, out);
}

static struct jv repeat_array(struct vm *vm, struct jv what, size_t count)
{
	struct jv *slots;
	size_t n = arr_len(what);
	if (n > 0 && count > SIZE_MAX / n)
		vm_raise(vm, "array is too long");
	struct jv out = arr_new(vm, n * count, &slots);
	for (size_t i = 0; i < n * count; i++)
		slots[i] = arr_lazy(vm, what, i % n);
	return out;
}

#define STRING_MAX ((size_t)1 << 31)

static struct jv fn_repeat(struct vm *vm, struct jv *args)
{
	struct jv what = vm_force(vm, args[0]);
	if (!jv_is(what, JV_STR) && !jv_is(what, JV_ARR))
		vm_raise(vm, "std.repeat first argument must be an array or a string");
	struct jv count = vm_force(vm, args[1]);
	if (!jv_is_num(count))
		vm_raise(vm, "Builtin function makeArray expected (number, function) but got (%s, function)", jv_type_name(count));
	std_whole(vm, count);
	int64_t n = std_int(count);
	if (n < 0 && vm_is_go(vm))
		n = 0;
	if (n < 0)
		vm_raise(vm, "makeArray requires size >= 0, got %lld", (long long)n);
	if (jv_is(what, JV_ARR))
		return repeat_array(vm, what, (size_t)n);
	struct str s = str_bytes(vm, what);
	if (s.n > 0 && (size_t)n > STRING_MAX / s.n)
		vm_raise(vm, "string is too long");
	struct buf *out = vm_buf(vm);
	for (int64_t i = 0; i < n && s.n > 0; i++)
		buf_add(out, s);
	return str_from_buf(vm, out);
}

static struct jv fn_resolve_path(struct vm *vm, struct jv *args)
{
	struct jv slash = str_new(vm, STR("/")), split[2] = { args[0], slash }, *slots;
	check_split(vm, "std.split", "std.split", split);
	struct jv parts = split_left(vm, split[0], slash, -1), last = arr_new(vm, 1, &slots);
	slots[0] = args[1];
	return std_join(vm, slash, arr_concat(vm, arr_sub(vm, parts, 0, arr_len(parts) - 1), last));
}

/* --- escapes --- */

void std_add_quoted(struct vm *vm, struct buf *out, struct jv s)
{
	struct str text = str_bytes(vm, s);
	if (!vm_is_go(vm) && str_find_char(text, '\0') != STR_NPOS)
		vm_raise(vm, "codepoint takes a string of length 1, got length 0");
	manifest_string(text, out);
}

static struct jv fn_escape_json(struct vm *vm, struct jv *args)
{
	struct jv s = vm_to_string(vm, args[0]);
	struct buf *out = vm_buf(vm);
	std_add_quoted(vm, out, s);
	return str_from_buf(vm, out);
}

static struct jv fn_escape_bash(struct vm *vm, struct jv *args)
{
	struct jv s = vm_to_string(vm, args[0]);
	struct buf *out = vm_buf(vm);
	buf_add_char(out, '\'');
	replace(out, str_bytes(vm, s), STR("'"), STR("'\"'\"'"));
	buf_add_char(out, '\'');
	return str_from_buf(vm, out);
}

static struct jv fn_escape_dollars(struct vm *vm, struct jv *args)
{
	struct jv s = vm_to_string(vm, args[0]);
	struct buf *out = vm_buf(vm);
	replace(out, str_bytes(vm, s), STR("$"), STR("$$"));
	return str_from_buf(vm, out);
}

/* C++ loses a NUL where it takes a string apart. */
static void drop_nuls(struct buf *b)
{
	size_t n = 0;
	for (size_t i = 0; i < b->n; i++)
		if (b->p[i])
			b->p[n++] = b->p[i];
	b->n = n;
}

static void add_xml(struct buf *out, struct str s)
{
	static const struct {
		char c;
		const char *as;
	} special[] = { { '<', "&lt;" }, { '>', "&gt;" }, { '&', "&amp;" }, { '"', "&quot;" }, { '\'', "&apos;" } };
	for (size_t i = 0; i < s.n; i++) {
		const char *as = NULL;
		for (size_t k = 0; k < ARRAY_LEN(special); k++)
			if (s.p[i] == special[k].c)
				as = special[k].as;
		if (as)
			buf_add_c(out, as);
		else
			buf_add_char(out, s.p[i]);
	}
}

static struct jv fn_escape_xml(struct vm *vm, struct jv *args)
{
	struct jv s = vm_to_string(vm, args[0]);
	struct buf *out = vm_buf(vm);
	add_xml(out, str_bytes(vm, s));
	if (!vm_is_go(vm))
		drop_nuls(out);
	return str_from_buf(vm, out);
}

const struct std_row std_strings_rows[] = {
	{ "char", "n", fn_char },
	{ "codepoint", "str", fn_codepoint },
	{ "substr", "str, from, len", fn_substr },
	{ "startsWith", "~a, ~b", fn_starts_with },
	{ "endsWith", "~a, ~b", fn_ends_with },
	{ "stripChars", "str, ~chars", fn_strip_chars },
	{ "lstripChars", "str, ~chars", fn_lstrip_chars },
	{ "rstripChars", "str, ~chars", fn_rstrip_chars },
	{ "trim", "str", fn_trim },
	{ "stringChars", "str", fn_string_chars },
	{ "split", "~str, ~c", fn_split },
	{ "splitLimit", "str, c, maxsplits", fn_split_limit },
	{ "splitLimitR", "~str, ~c, ~maxsplits", fn_split_limit_r },
	{ "strReplace", "str, from, to", fn_str_replace },
	{ "asciiUpper", "str", fn_ascii_upper },
	{ "asciiLower", "str", fn_ascii_lower },
	{ "equalsIgnoreCase", "~str1, ~str2", fn_equals_ignore_case },
	{ "findSubstr", "~pat, ~str", fn_find_substr },
	{ "isEmpty", "str", fn_is_empty },
	{ "lines", "arr", fn_lines },
	{ "deepJoin", "arr", fn_deep_join },
	{ "repeat", "~what, ~count", fn_repeat },
	{ "resolvePath", "~f, ~r", fn_resolve_path },
	{ "escapeStringJson", "str_", fn_escape_json },
	{ "escapeStringPython", "str", fn_escape_json },
	{ "escapeStringBash", "str_", fn_escape_bash },
	{ "escapeStringDollars", "str_", fn_escape_dollars },
	{ "escapeStringXML", "str_", fn_escape_xml },
	{ NULL },
};
