/*
 * A recursive descent over the bytes with a cap on depth, so the stack is bounded. encoding/json checks the whole text with a state
 * machine before it decodes; its messages name the state ("after array element"), which is here the place in the descent. Strings without
 * escapes and with valid UTF-8, nearly all of them, are borrowed from the text; numbers of up to 15 digits never reach strtod.
 */
#include "data/json.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/utf8.h"

struct reader {
	const char *p, *end;
	struct str text;
	const struct json_read_options *options;
	struct arena *arena;
	uint32_t depth;
	struct buf scratch; /* decoded bytes of a string with escapes */
	struct err *err;
};

static bool fail_at(struct reader *r, enum err_kind kind, const char *at, const char *message)
{
	err_set(r->err, kind, "%s", message);
	uint32_t line = 1;
	const char *start = r->text.p, *newline;
	while ((newline = memchr(start, '\n', (size_t)(at - start)))) {
		line++;
		start = newline + 1;
	}
	err_at(r->err, r->options->file, line, (uint32_t)(at - start) + 1);
	if (r->options->file.n)
		err_excerpt(r->err, r->text, 1);
	return false;
}

/* Go's quoteChar: the byte as if it were a code point, quoted as strconv.Quote does. */
static void add_quoted_byte(struct buf *b, unsigned char c)
{
	static const char named[] = "\aa\bb\tt\nn\vv\ff\rr\\\\\''";
	const char *name = NULL;
	for (const char *n = named; *n; n += 2)
		if ((unsigned char)*n == c)
			name = n + 1;
	buf_add_char(b, '\'');
	if (name)
		buf_addf(b, "\\%c", *name);
	else if (c < 0x20 || c == 0x7f)
		buf_addf(b, "\\x%02x", c);
	else if ((c >= 0x80 && c <= 0xa0) || c == 0xad)
		buf_addf(b, "\\u%04x", c);
	else
		buf_add_rune(b, c);
	buf_add_char(b, '\'');
}

static bool bad_byte(struct reader *r, char c, const char *where)
{
	AUTO_BUF message = { 0 };
	buf_add_c(&message, "invalid character ");
	add_quoted_byte(&message, (unsigned char)c);
	buf_addf(&message, " %s", where);
	return fail_at(r, ERR_SYNTAX, r->p, buf_str(&message).p);
}

/* The byte at r->p does not fit `where`, a place between tokens or in a string. */
static bool unexpected(struct reader *r, const char *where)
{
	if (r->p >= r->end)
		return fail_at(r, ERR_SYNTAX, r->end, "unexpected end of JSON input");
	return bad_byte(r, *r->p, where);
}

/* The same inside a word, number or escape: Go's scanner ends a text with a blank and then complains of that. */
static bool broken_token(struct reader *r, const char *where)
{
	return bad_byte(r, r->p < r->end ? *r->p : ' ', where);
}

static void skip_space(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r'))
		r->p++;
}

static bool read_word(struct reader *r, const char *word, struct value v, struct value *out)
{
	const char *start = r->p;
	for (size_t i = 1; word[i]; i++) {
		r->p = start + i;
		if (r->p >= r->end || *r->p != word[i]) {
			char where[48];
			snprintf(where, sizeof(where), "in literal %s (expecting '%c')", word, word[i]);
			return broken_token(r, where);
		}
	}
	r->p++;
	*out = v;
	return true;
}

static bool is_digit(const struct reader *r)
{
	return r->p < r->end && *r->p >= '0' && *r->p <= '9';
}

static void skip_digits(struct reader *r)
{
	while (is_digit(r))
		r->p++;
}

static bool scan_number(struct reader *r, bool *whole)
{
	*whole = true;
	if (*r->p == '-' && (r->p++, !is_digit(r)))
		return broken_token(r, "in numeric literal");
	if (*r->p == '0')
		r->p++;
	else
		skip_digits(r);
	if (r->p < r->end && *r->p == '.') {
		*whole = false;
		r->p++;
		if (!is_digit(r))
			return broken_token(r, "after decimal point in numeric literal");
		skip_digits(r);
	}
	if (r->p < r->end && (*r->p == 'e' || *r->p == 'E')) {
		*whole = false;
		r->p++;
		if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
			r->p++;
		if (!is_digit(r))
			return broken_token(r, "in exponent of numeric literal");
		skip_digits(r);
	}
	return true;
}

/* Up to 15 digits are exact in a double. */
static int64_t small_int(struct str digits)
{
	bool negative = digits.p[0] == '-';
	int64_t v = 0;
	for (size_t i = negative; i < digits.n; i++)
		v = v * 10 + (digits.p[i] - '0');
	return negative ? -v : v;
}

static bool read_number(struct reader *r, struct value *out)
{
	const char *start = r->p;
	bool whole;
	if (!scan_number(r, &whole))
		return false;
	struct str text = str_span(start, r->p);
	int64_t i;
	double f;
	if (whole && text.n <= 15) {
		i = small_int(text);
		bool minus_zero = i == 0 && *start == '-';
		*out = r->options->numbers == JSON_INTS && !minus_zero ? value_int(i) : value_float(minus_zero ? -0.0 : (double)i);
		return true;
	}
	if (whole && r->options->numbers == JSON_INTS && num_parse_int(text, 10, &i)) {
		*out = value_int(i);
		return true;
	}
	if (!num_parse_float(text, &f)) {
		AUTO_BUF message = { 0 };
		buf_addf(&message, "json: cannot unmarshal number %.*s into Go value of type float64", STR_ARG(text));
		return fail_at(r, ERR_SYNTAX, start, buf_str(&message).p);
	}
	*out = value_float(f);
	return true;
}

static bool read_hex4(struct reader *r, uint32_t *out)
{
	uint32_t v = 0;
	for (int i = 0; i < 4; i++, r->p++) {
		char c = r->p < r->end ? *r->p : '\0';
		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return broken_token(r, "in \\u hexadecimal character escape");
	}
	*out = v;
	return true;
}

/* After \u: one code unit, or a pair of surrogates; half a pair is U+FFFD, and what follows it stands for itself. */
static bool read_unicode(struct reader *r)
{
	uint32_t unit, low;
	if (!read_hex4(r, &unit))
		return false;
	if (unit >= 0xD800 && unit < 0xDC00 && r->end - r->p >= 6 && r->p[0] == '\\' && r->p[1] == 'u') {
		const char *mark = r->p;
		r->p += 2;
		if (!read_hex4(r, &low))
			return false;
		if (low >= 0xDC00 && low < 0xE000)
			unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
		else
			r->p = mark;
	}
	buf_add_rune(&r->scratch, unit);
	return true;
}

static bool read_escape(struct reader *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found = r->p < r->end && *r->p ? strchr(from, *r->p) : NULL;
	if (found) {
		buf_add_char(&r->scratch, to[found - from]);
		r->p++;
		return true;
	}
	if (r->p >= r->end || *r->p != 'u')
		return broken_token(r, "in string escape code");
	r->p++;
	return read_unicode(r);
}

/* The rest of a string whose plain beginning is start..r->p. */
static bool read_string_slowly(struct reader *r, const char *start, struct str *out)
{
	buf_clear(&r->scratch);
	buf_add(&r->scratch, str_span(start, r->p));
	for (;;) {
		if (r->p >= r->end || (unsigned char)*r->p < 0x20)
			return unexpected(r, "in string literal");
		if (*r->p == '"')
			break;
		if (*r->p == '\\') {
			r->p++;
			if (!read_escape(r))
				return false;
			continue;
		}
		uint32_t rune;
		size_t n = utf8_decode(str_span(r->p, r->end), &rune);
		buf_add_rune(&r->scratch, rune);
		r->p += n;
	}
	r->p++;
	*out = buf_to_arena(&r->scratch, r->arena);
	return true;
}

/* At the byte after the opening quote. */
static bool read_string(struct reader *r, struct str *out)
{
	const char *start = r->p;
	while (r->p < r->end && (unsigned char)*r->p >= 0x20 && *r->p != '"' && *r->p != '\\' && (unsigned char)*r->p < 0x80)
		r->p++;
	if (r->p < r->end && *r->p == '"') {
		*out = str_span(start, r->p++);
		return true;
	}
	return read_string_slowly(r, start, out);
}

static bool read_value(struct reader *r, struct value *out);

static bool enter(struct reader *r)
{
	if (++r->depth > JSON_MAX_DEPTH)
		return fail_at(r, ERR_LIMIT, r->p, "exceeded max depth");
	r->p++;
	skip_space(r);
	return true;
}

static bool read_list(struct reader *r, struct value *out)
{
	struct value list = value_list_new(r->arena), item;
	if (!enter(r))
		return false;
	if (r->p < r->end && *r->p == ']')
		goto done;
	for (;;) {
		if (!read_value(r, &item))
			return false;
		value_list_add(list, item, r->arena);
		skip_space(r);
		if (r->p < r->end && *r->p == ']')
			goto done;
		if (r->p >= r->end || *r->p != ',')
			return unexpected(r, "after array element");
		r->p++;
		skip_space(r);
	}
done:
	r->p++;
	r->depth--;
	*out = list;
	return true;
}

static bool read_pair(struct reader *r, struct value map)
{
	struct str key;
	struct value v;
	if (r->p >= r->end || *r->p != '"')
		return unexpected(r, "looking for beginning of object key string");
	r->p++;
	if (!read_string(r, &key))
		return false;
	skip_space(r);
	if (r->p >= r->end || *r->p != ':')
		return unexpected(r, "after object key");
	r->p++;
	skip_space(r);
	if (!read_value(r, &v))
		return false;
	value_map_set(map, key, v);
	return true;
}

static bool read_map(struct reader *r, struct value *out)
{
	struct value map = value_map_new(r->arena);
	if (!enter(r))
		return false;
	if (r->p < r->end && *r->p == '}')
		goto done;
	for (;;) {
		if (!read_pair(r, map))
			return false;
		skip_space(r);
		if (r->p < r->end && *r->p == '}')
			goto done;
		if (r->p >= r->end || *r->p != ',')
			return unexpected(r, "after object key:value pair");
		r->p++;
		skip_space(r);
	}
done:
	r->p++;
	r->depth--;
	*out = map;
	return true;
}

static bool read_value(struct reader *r, struct value *out)
{
	struct str s;
	switch (r->p < r->end ? *r->p : '\0') {
	case '{': return read_map(r, out);
	case '[': return read_list(r, out);
	case '"':
		r->p++;
		if (!read_string(r, &s))
			return false;
		*out = value_str(s);
		return true;
	case 't': return read_word(r, "true", value_bool(true), out);
	case 'f': return read_word(r, "false", value_bool(false), out);
	case 'n': return read_word(r, "null", value_null(), out);
	case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
		return read_number(r, out);
	default:
		return unexpected(r, "looking for beginning of value");
	}
}

static bool read_text(struct reader *r, struct value *out)
{
	if (r->text.n > VALUE_STR_MAX)
		return err_set(r->err, ERR_LIMIT, "JSON text of more than %u bytes", VALUE_STR_MAX);
	skip_space(r);
	struct value v;
	if (!read_value(r, &v))
		return false;
	skip_space(r);
	if (r->p < r->end)
		return unexpected(r, "after top-level value");
	*out = v;
	return true;
}

bool json_parse_first(struct str text, const struct json_read_options *options, struct arena *a, struct value *out, size_t *used, struct err *err)
{
	static const struct json_read_options none = { 0 };
	AUTO_ERR why = { 0 };
	struct reader r = {
		.p = text.p, .end = text.p + text.n, .text = text, .options = options ? options : &none, .arena = a, .err = &why,
	};
	skip_space(&r);
	bool ok = read_value(&r, out);
	buf_deinit(&r.scratch);
	if (ok)
		*used = (size_t)(r.p - text.p);
	else if (r.p >= r.end && why.kind == ERR_SYNTAX)
		return err_set(err, ERR_SYNTAX, "unexpected EOF");
	else
		err_move(err, &why);
	return ok;
}

bool json_parse(struct str text, const struct json_read_options *options, struct arena *a, struct value *out, struct err *err)
{
	static const struct json_read_options none = { 0 };
	if (!text.p)
		text = STR("");
	struct reader r = {
		.p = text.p, .end = text.p + text.n, .text = text, .options = options ? options : &none, .arena = a, .err = err,
	};
	bool ok = read_text(&r, out);
	buf_deinit(&r.scratch);
	return ok;
}
