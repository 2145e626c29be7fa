/* Strings: cutting, padding, quoting, wrapping. What counts bytes in sprig counts bytes here. */
#include "gotmpl/sprig_util.h"

#include <string.h>

#include "base/utf8.h"
#include "text/unicode.h"

static bool fn_hello(struct go_call *call UNUSED, struct value *out, struct err *err UNUSED)
{
	*out = value_str(STR("Hello!"));
	return true;
}

static bool fn_upper(struct go_call *call, struct value *out, struct err *err)
{
	return give_str(unicode_str_upper(call->arena, arg_str(call, 0)), out, err);
}

static bool fn_lower(struct go_call *call, struct value *out, struct err *err)
{
	return give_str(unicode_str_lower(call->arena, arg_str(call, 0)), out, err);
}

static bool fn_trim(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_str(unicode_str_trim(arg_str(call, 0)));
	return true;
}

static bool in_set(struct str set, uint32_t r)
{
	for (size_t at = 0; at < set.n;) {
		uint32_t c;
		at += utf8_decode(str_slice(set, at, set.n), &c);
		if (c == r)
			return true;
	}
	return false;
}

/* The last code point of s and its length. */
static size_t last_rune(struct str s, uint32_t *r)
{
	size_t at = s.n - 1;
	while (at > 0 && s.n - at < 4 && ((unsigned char)s.p[at] & 0xC0) == 0x80)
		at--;
	if (utf8_decode(str_slice(s, at, s.n), r) == s.n - at)
		return s.n - at;
	*r = UTF8_BAD;
	return 1;
}

static bool fn_trim_all(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	struct str set = arg_str(call, 0), s = arg_str(call, 1);
	uint32_t r;
	size_t n;
	while (s.n > 0 && (n = utf8_decode(s, &r)) > 0 && in_set(set, r))
		s = str_slice(s, n, s.n);
	while (s.n > 0 && (n = last_rune(s, &r)) > 0 && in_set(set, r))
		s.n -= n;
	*out = value_str(s);
	return true;
}

static bool fn_trim_prefix(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_str(str_drop_prefix(arg_str(call, 1), arg_str(call, 0)));
	return true;
}

static bool fn_trim_suffix(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_str(str_drop_suffix(arg_str(call, 1), arg_str(call, 0)));
	return true;
}

static bool fn_contains(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_bool(str_contains(arg_str(call, 1), arg_str(call, 0)));
	return true;
}

static bool fn_has_prefix(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_bool(str_starts(arg_str(call, 1), arg_str(call, 0)));
	return true;
}

static bool fn_has_suffix(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_bool(str_ends(arg_str(call, 1), arg_str(call, 0)));
	return true;
}

/* ---- Repeating and replacing ---- */

static bool too_long(struct err *err)
{
	return err_set(err, ERR_LIMIT, "a string of more than %zu bytes", SPRIG_MAX_STRING);
}

static bool fn_repeat(struct go_call *call, struct value *out, struct err *err)
{
	int64_t count = call->argv[0].i;
	struct str s = arg_str(call, 1);
	AUTO_BUF b = { 0 };
	if (count < 0)
		return fail(err, "strings: negative Repeat count");
	if (s.n > 0 && count > (int64_t)(SPRIG_MAX_STRING / s.n))
		return too_long(err);
	for (int64_t i = 0; s.n > 0 && i < count; i++)
		buf_add(&b, s);
	return give(call, &b, out, err);
}

/* strings.ReplaceAll; an empty `old` is found before each code point and at the end. */
static void replace_all(struct buf *b, struct str s, struct str old, struct str with)
{
	if (old.n == 0) {
		uint32_t r;
		for (size_t n; buf_add(b, with), s.n > 0; s = str_slice(s, n, s.n)) {
			n = utf8_decode(s, &r);
			buf_add(b, str_slice(s, 0, n));
		}
		return;
	}
	for (size_t at; (at = str_find(s, old)) != STR_NPOS; s = str_slice(s, at + old.n, s.n)) {
		buf_add(b, str_slice(s, 0, at));
		buf_add(b, with);
	}
	buf_add(b, s);
}

/* How often `piece` is in s, without overlaps; the empty one is at each byte and the end, at most. */
static size_t count(struct str s, struct str piece)
{
	size_t n = 0, at;
	if (piece.n == 0)
		return s.n + 1;
	for (; (at = str_find(s, piece)) != STR_NPOS; s = str_slice(s, at + piece.n, s.n))
		n++;
	return n;
}

static bool fn_replace(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	struct str s = arg_str(call, 2), old = arg_str(call, 0), with = arg_str(call, 1);
	if (with.n > old.n && count(s, old) > SPRIG_MAX_STRING / with.n)
		return too_long(err);
	replace_all(&b, s, old, with);
	return give(call, &b, out, err);
}

static bool indent(struct go_call *call, const char *before, struct value *out, struct err *err)
{
	int64_t n = call->argv[0].i;
	struct str s = arg_str(call, 1);
	AUTO_BUF b = { 0 };
	if (n < 0)
		return fail(err, "strings: negative Repeat count");
	if (n > (int64_t)(SPRIG_MAX_STRING / (count(s, STR("\n")) + 1)))
		return too_long(err);
	buf_add_c(&b, before);
	buf_add_repeat(&b, ' ', (size_t)n);
	for (size_t at; (at = str_find_char(s, '\n')) != STR_NPOS; s = str_slice(s, at + 1, s.n)) {
		buf_add(&b, str_slice(s, 0, at + 1));
		buf_add_repeat(&b, ' ', (size_t)n);
	}
	buf_add(&b, s);
	return give(call, &b, out, err);
}

static bool fn_indent(struct go_call *call, struct value *out, struct err *err)
{
	return indent(call, "", out, err);
}

static bool fn_nindent(struct go_call *call, struct value *out, struct err *err)
{
	return indent(call, "\n", out, err);
}

/* ---- Parts ---- */

static bool fn_trunc(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	int64_t n = call->argv[0].i;
	struct str s = arg_str(call, 1);
	int64_t len = (int64_t)s.n;
	if (n < 0 && n > -len)
		s = str_slice(s, (size_t)(len + n), s.n);
	else if (n >= 0 && n < len)
		s = str_slice(s, 0, (size_t)n);
	*out = value_str(s);
	return true;
}

static bool fn_substr(struct go_call *call, struct value *out, struct err *err)
{
	int64_t from = call->argv[0].i, to = call->argv[1].i;
	struct str s = arg_str(call, 2);
	int64_t len = (int64_t)s.n;
	if (from < 0) {
		if (to < 0)
			return err_set(err, ERR_FAILED, "runtime error: slice bounds out of range [:%lld]", (long long)to);
		if (to > len)
			return err_set(err, ERR_FAILED, "runtime error: slice bounds out of range [:%lld] with length %lld", (long long)to, (long long)len);
		from = 0;
	} else if (to < 0 || to > len) {
		to = len;
	}
	if (from > to)
		return err_set(err, ERR_FAILED, "runtime error: slice bounds out of range [%lld:%lld]", (long long)from, (long long)to);
	*out = value_str(str_slice(s, (size_t)from, (size_t)to));
	return true;
}

/* `width` bytes of s from `offset` on, with dots where something is left out. `width` is at least 4, or 7 with an offset. */
static void abbreviate(struct buf *b, struct str s, int64_t offset, int64_t width)
{
	int64_t len = (int64_t)s.n;
	if (len <= width) {
		buf_add(b, s);
		return;
	}
	if (offset > len)
		offset = len;
	if (len - offset < width - 3)
		offset = len - (width - 3);
	if (offset <= 4) {
		buf_add(b, str_slice(s, 0, (size_t)(width - 3)));
		buf_add_c(b, "...");
		return;
	}
	if (width < 7)
		return; /* nothing is left of it: the library reports an error here, and sprig ignores it */
	buf_add_c(b, "...");
	if (offset + width - 3 < len)
		abbreviate(b, str_slice(s, (size_t)offset, s.n), 0, width - 3);
	else
		buf_add(b, str_slice(s, (size_t)(len - (width - 3)), s.n));
}

static bool fn_abbrev(struct go_call *call, struct value *out, struct err *err)
{
	int64_t width = call->argv[0].i;
	AUTO_BUF b = { 0 };
	if (width < 4) {
		*out = call->argv[1];
		return true;
	}
	abbreviate(&b, arg_str(call, 1), 0, width);
	return give(call, &b, out, err);
}

static bool fn_abbrevboth(struct go_call *call, struct value *out, struct err *err)
{
	int64_t left = call->argv[0].i, right = call->argv[1].i;
	AUTO_BUF b = { 0 };
	if (right < 4 || (left > 0 && right < 7)) {
		*out = call->argv[2];
		return true;
	}
	abbreviate(&b, arg_str(call, 2), left, right);
	return give(call, &b, out, err);
}

static bool fn_plural(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = call->argv[2].i == 1 ? call->argv[0] : call->argv[1];
	return true;
}

/* ---- Quoting and joining ---- */

static bool fn_quote(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i < call->argc; i++) {
		if (call->argv[i].kind == VAL_NULL)
			continue;
		if (b.n > 0)
			buf_add_char(&b, ' ');
		gofmt_quote(&b, sprig_strval(call, call->argv[i]));
	}
	return give(call, &b, out, err);
}

static bool fn_squote(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i < call->argc; i++) {
		if (call->argv[i].kind == VAL_NULL)
			continue;
		buf_add_c(&b, b.n > 0 ? " '" : "'");
		(void)gofmt_value(&b, call->types, call->argv[i]);
		buf_add_char(&b, '\'');
	}
	return give(call, &b, out, err);
}

static bool fn_cat(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	bool any = false;
	for (size_t i = 0; i < call->argc; i++) {
		if (call->argv[i].kind == VAL_NULL)
			continue;
		if (any)
			buf_add_char(&b, ' ');
		any = true;
		(void)gofmt_value(&b, call->types, call->argv[i]);
	}
	return give(call, &b, out, err);
}

static bool fn_to_string(struct go_call *call, struct value *out, struct err *err)
{
	return give_str(sprig_strval(call, call->argv[0]), out, err);
}

/* ---- Wrapping ---- */

enum long_words { LONG_WORDS_KEPT, LONG_WORDS_CUT };

/* Lines of at most `width` bytes, broken at spaces; a word that is longer is cut, or left. One space goes with each break. */
static void wrap(struct buf *b, struct str s, size_t width, struct str newline, enum long_words mode)
{
	size_t at = 0;
	while (s.n - at > width) {
		if (s.p[at] == ' ') {
			at++;
			continue;
		}
		size_t space = str_rfind_char(str_slice(s, at, at + width + 1), ' ');
		size_t next = 0, take = space;
		if (space == STR_NPOS && mode == LONG_WORDS_CUT) {
			take = width;
		} else {
			if (space == STR_NPOS) {
				space = str_find_char(str_slice(s, at + width, s.n), ' ');
				if (space == STR_NPOS)
					break;
				take = width + space;
			}
			next = 1;
		}
		buf_add(b, str_slice(s, at, at + take));
		buf_add(b, newline);
		at += take + next;
	}
	buf_add(b, str_slice(s, at, s.n));
}

static bool fn_wrap(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	wrap(&b, arg_str(call, 1), (size_t)MAX(call->argv[0].i, 1), STR("\n"), LONG_WORDS_KEPT);
	return give(call, &b, out, err);
}

static bool fn_wrap_with(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	struct str newline = arg_str(call, 1), s = arg_str(call, 2);
	if (newline.n == 0)
		newline = STR("\n");
	if (newline.n > 0 && s.n > SPRIG_MAX_STRING / (newline.n + 1))
		return too_long(err);
	wrap(&b, s, (size_t)MAX(call->argv[0].i, 1), newline, LONG_WORDS_CUT);
	return give(call, &b, out, err);
}

static const struct go_func rows[] = {
	GO_FUNC("hello", fn_hello, GO_P_END),
	GO_FUNC("upper", fn_upper, GO_P_STRING),
	GO_FUNC("lower", fn_lower, GO_P_STRING),
	GO_FUNC("trim", fn_trim, GO_P_STRING),
	GO_FUNC("trimAll", fn_trim_all, GO_P_STRING, GO_P_STRING),
	GO_FUNC("trimall", fn_trim_all, GO_P_STRING, GO_P_STRING),
	GO_FUNC("trimPrefix", fn_trim_prefix, GO_P_STRING, GO_P_STRING),
	GO_FUNC("trimSuffix", fn_trim_suffix, GO_P_STRING, GO_P_STRING),
	GO_FUNC("contains", fn_contains, GO_P_STRING, GO_P_STRING),
	GO_FUNC("hasPrefix", fn_has_prefix, GO_P_STRING, GO_P_STRING),
	GO_FUNC("hasSuffix", fn_has_suffix, GO_P_STRING, GO_P_STRING),
	GO_FUNC("repeat", fn_repeat, GO_P_INT, GO_P_STRING),
	GO_FUNC("replace", fn_replace, GO_P_STRING, GO_P_STRING, GO_P_STRING),
	GO_FUNC("indent", fn_indent, GO_P_INT, GO_P_STRING),
	GO_FUNC("nindent", fn_nindent, GO_P_INT, GO_P_STRING),
	GO_FUNC("trunc", fn_trunc, GO_P_INT, GO_P_STRING),
	GO_FUNC("substr", fn_substr, GO_P_INT, GO_P_INT, GO_P_STRING),
	GO_FUNC("abbrev", fn_abbrev, GO_P_INT, GO_P_STRING),
	GO_FUNC("abbrevboth", fn_abbrevboth, GO_P_INT, GO_P_INT, GO_P_STRING),
	GO_FUNC("plural", fn_plural, GO_P_STRING, GO_P_STRING, GO_P_INT),
	GO_FUNC("quote", fn_quote, GO_P_ANY | GO_P_MANY),
	GO_FUNC("squote", fn_squote, GO_P_ANY | GO_P_MANY),
	GO_FUNC("cat", fn_cat, GO_P_ANY | GO_P_MANY),
	GO_FUNC("toString", fn_to_string, GO_P_ANY),
	GO_FUNC("wrap", fn_wrap, GO_P_INT, GO_P_STRING),
	GO_FUNC("wrapWith", fn_wrap_with, GO_P_INT, GO_P_STRING, GO_P_STRING),
};
const struct go_table fn_strings = GO_TABLE(rows);
