/*
 * Quoted strings and numbers. A number is tried as everything it might be, as Go's parser does, since what it is is only known when
 * a function asks for an int or a float; the type that it has by itself (`ideal`) is settled here too.
 */
#include "gotmpl/constant.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "base/utf8.h"
#include "gotmpl/gofmt.h"
#include "gotmpl/types.h"

/* ---- Strings and characters ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

static bool take_hex(struct str *s, size_t digits, uint32_t *out)
{
	uint32_t r = 0;
	if (s->n < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		int d = hex_digit(s->p[i]);
		if (d < 0)
			return false;
		r = r << 4 | (uint32_t)d;
	}
	*s = str_slice(*s, digits, s->n);
	*out = r;
	return true;
}

static bool take_octal(struct str *s, char first, uint32_t *out)
{
	uint32_t r = (uint32_t)(first - '0');
	if (s->n < 2)
		return false;
	for (int i = 0; i < 2; i++) {
		if (s->p[i] < '0' || s->p[i] > '7')
			return false;
		r = r << 3 | (uint32_t)(s->p[i] - '0');
	}
	if (r > 255)
		return false;
	*s = str_slice(*s, 2, s->n);
	*out = r;
	return true;
}

struct unquoted {
	uint32_t r;
	bool is_byte; /* \x and octal escapes give bytes, not code points */
};

/* What follows a backslash. */
static bool take_escape(struct str *s, char quote, struct unquoted *out)
{
	static const char letters[] = "abfnrtv", meanings[] = "\a\b\f\n\r\t\v";
	if (s->n == 0)
		return false;
	char c = s->p[0];
	*s = str_slice(*s, 1, s->n);
	const char *simple = c ? strchr(letters, c) : NULL;
	out->is_byte = c == 'x' || (c >= '0' && c <= '7');
	if (simple)
		return out->r = (unsigned char)meanings[simple - letters], true;
	if (c == 'x')
		return take_hex(s, 2, &out->r);
	if (c == 'u' || c == 'U')
		return take_hex(s, c == 'u' ? 4 : 8, &out->r) && out->r <= 0x10ffff && !(out->r >= 0xd800 && out->r < 0xe000);
	if (c >= '0' && c <= '7')
		return take_octal(s, c, &out->r);
	if (c == '\\' || ((c == '\'' || c == '"') && c == quote))
		return out->r = (unsigned char)c, true;
	return false;
}

/* strconv.UnquoteChar: the next character off *s. */
static bool take_char(struct str *s, char quote, struct unquoted *out)
{
	if (s->n == 0 || s->p[0] == quote)
		return false;
	if (s->p[0] == '\\') {
		*s = str_slice(*s, 1, s->n);
		return take_escape(s, quote, out);
	}
	out->is_byte = false;
	size_t n = utf8_decode(*s, &out->r);
	*s = str_slice(*s, n, s->n);
	return true;
}

static struct str unquote_raw(struct str s, struct arena *a)
{
	if (str_find_char(s, '\r') == STR_NPOS)
		return s;
	char *p = arena_alloc(a, s.n);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\r')
			p[n++] = s.p[i];
	return (struct str){ p, n };
}

/* Most constants: ASCII without escapes. */
static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\\' || (signed char)s.p[i] < 0)
			return false;
	return true;
}

bool constant_unquote(struct str s, struct arena *a, struct str *out)
{
	if (s.n < 2 || s.p[0] != s.p[s.n - 1])
		return false;
	char quote = s.p[0];
	s = str_slice(s, 1, s.n - 1);
	if (quote == '`')
		return *out = unquote_raw(s, a), true;
	if (is_plain(s) || (str_find_char(s, '\\') == STR_NPOS && utf8_valid(s)))
		return *out = s, true;
	AUTO_BUF text = { 0 };
	while (s.n) {
		struct unquoted c;
		if (!take_char(&s, quote, &c))
			return false;
		if (c.is_byte)
			buf_add_char(&text, (char)c.r);
		else
			buf_add_rune(&text, c.r);
	}
	*out = buf_to_arena(&text, a);
	return true;
}

/* ---- Numbers ---- */

/* Whether the underscores stand between digits, or between a base's prefix and a digit. */
static bool underscores_ok(struct str s)
{
	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		s = str_slice(s, 1, s.n);
	bool hex = false, after_digit = false, after_underscore = false;
	if (s.n >= 2 && s.p[0] == '0' && strchr("bBoOxX", s.p[1])) {
		hex = (s.p[1] | 0x20) == 'x';
		after_digit = true;
		s = str_slice(s, 2, s.n);
	}
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool digit = (c >= '0' && c <= '9') || (hex && hex_digit(c) >= 0);
		if ((c == '_' && !after_digit) || (!digit && c != '_' && after_underscore))
			return false;
		after_digit = digit;
		after_underscore = c == '_';
	}
	return !after_underscore;
}

static struct str without_underscores(struct str s, struct arena *a)
{
	if (str_find_char(s, '_') == STR_NPOS)
		return s;
	char *p = arena_alloc(a, s.n);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '_')
			p[n++] = s.p[i];
	return (struct str){ p, n };
}

/* strconv.ParseUint(s, 0, 64) of text without underscores. */
static bool parse_uint(struct str s, uint64_t *out)
{
	unsigned base = 10;
	if (s.n > 1 && s.p[0] == '0') {
		char prefix = (char)(s.p[1] | 0x20);
		base = prefix == 'x' ? 16 : prefix == 'b' ? 2 : 8;
		s = str_slice(s, prefix == 'x' || prefix == 'b' || prefix == 'o' ? 2 : 1, s.n);
	}
	if (s.n == 0)
		return false;
	uint64_t u = 0;
	for (size_t i = 0; i < s.n; i++) {
		int d = hex_digit(s.p[i]);
		if (d < 0 || (unsigned)d >= base || u > (UINT64_MAX - (uint64_t)d) / base)
			return false;
		u = u * base + (uint64_t)d;
	}
	*out = u;
	return true;
}

static bool parse_int(struct str s, int64_t *out)
{
	bool negative = s.n && s.p[0] == '-';
	uint64_t u;
	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		s = str_slice(s, 1, s.n);
	if (!parse_uint(s, &u) || u > (uint64_t)INT64_MAX + negative)
		return false;
	*out = negative ? (int64_t)-u : (int64_t)u;
	return true;
}

/* Whether the float is also a whole number in range, as Go's conversions there and back find it. */
static void add_whole(struct node_number *n, double f)
{
	if (!n->is_int && f == floor(f) && f >= -9223372036854775808.0 && f < 9223372036854775808.0) {
		n->is_int = true;
		n->i = (int64_t)f;
	}
	if (!n->is_uint && f == floor(f) && f >= 0 && f < 18446744073709551616.0) {
		n->is_uint = true;
		n->u = (uint64_t)f;
	}
}

static void set_complex(struct node_number *n, double re, double im)
{
	n->is_complex = true;
	n->f = re;
	n->imaginary = im;
	n->is_float = im == 0;
	if (n->is_float)
		add_whole(n, re);
}

static struct str quoted_message(struct arena *a, const char *what, struct str text)
{
	AUTO_BUF b = { 0 };
	buf_add_c(&b, what);
	gofmt_quote(&b, text);
	return buf_to_arena(&b, a);
}

static bool parse_real(struct token t, struct str text, struct arena *a, struct node_number *n, struct str *message)
{
	bool fine = underscores_ok(t.val);
	n->is_uint = fine && parse_uint(text, &n->u);
	n->is_int = fine && parse_int(text, &n->i);
	if (n->is_int && n->i == 0) /* -0 */
		n->is_uint = true;
	if (n->is_int || n->is_uint) {
		n->is_float = true;
		n->f = n->is_int ? (double)n->i : (double)n->u;
		return true;
	}
	double f;
	if (!fine || !num_parse_float(text, &f) || isinf(f))
		return *message = quoted_message(a, "illegal number syntax: ", t.val), false;
	/* Read as a float but without a float's marks: an integer that is too large. */
	bool marked = false;
	for (size_t i = 0; i < text.n; i++)
		marked = marked || strchr(".eEpP", text.p[i]);
	if (!marked)
		return *message = quoted_message(a, "integer overflow: ", t.val), false;
	n->is_float = true;
	n->f = f;
	add_whole(n, f);
	return true;
}

static bool parse_complex(struct token t, struct str text, struct node_number *n)
{
	double re, im;
	size_t split = text.n;
	for (size_t i = 1; i < text.n; i++)
		if ((text.p[i] == '+' || text.p[i] == '-') && !strchr("eEpP", text.p[i - 1]))
			split = i;
	if (!underscores_ok(str_slice(t.val, 0, t.val.n)) && str_find_char(t.val, '_') != STR_NPOS)
		return false;
	if (!num_parse_float(str_slice(text, 0, split), &re) || !num_parse_float(str_slice(text, split, text.n - 1), &im))
		return false;
	set_complex(n, re, im);
	return true;
}

static bool parse_char(struct token t, struct arena *a, struct node_number *n, struct str *message)
{
	struct str s = str_slice(t.val, 1, t.val.n);
	struct unquoted c;
	if (!take_char(&s, '\'', &c))
		return *message = STR("invalid syntax"), false;
	if (!str_eq(s, STR("'")))
		return *message = arena_fmt(a, "malformed character constant: %.*s", STR_ARG(t.val)), false;
	n->is_int = n->is_uint = n->is_float = true;
	n->i = (int64_t)c.r;
	n->u = c.r;
	n->f = (double)c.r;
	return true;
}

/* The type that the constant has by itself. */
static void settle(struct token t, struct arena *a, struct node_number *n)
{
	bool hex = t.val.n > 2 && t.val.p[0] == '0' && (t.val.p[1] | 0x20) == 'x';
	bool hex_int = hex && str_find_char(t.val, 'p') == STR_NPOS && str_find_char(t.val, 'P') == STR_NPOS;
	bool marked = false;
	for (size_t i = 0; i < t.val.n; i++)
		marked = marked || strchr(".eEpP", t.val.p[i]);
	if (n->is_complex)
		n->ideal = constant_complex(n->f, n->imaginary, a);
	else if (n->is_float && !hex_int && t.type != TOKEN_CHAR_CONSTANT && marked)
		n->ideal = value_float(n->f);
	else if (n->is_int)
		n->ideal = go_int(n->i);
	else
		n->error = "overflows int";
}

bool constant_number(struct token t, struct arena *a, struct node_number *n, struct str *message)
{
	struct str text = without_underscores(t.val, a);
	bool ok;
	if (t.type == TOKEN_CHAR_CONSTANT) {
		ok = parse_char(t, a, n, message);
	} else if (t.type == TOKEN_COMPLEX) {
		ok = parse_complex(t, text, n);
		*message = STR("syntax error scanning complex number");
	} else {
		double im;
		if (text.n && text.p[text.n - 1] == 'i' && num_parse_float(str_slice(text, 0, text.n - 1), &im)) {
			set_complex(n, 0, im);
			ok = true;
		} else {
			ok = parse_real(t, text, a, n, message);
		}
	}
	if (ok)
		settle(t, a, n);
	return ok;
}

static bool complex_equal(const struct object *a, const struct object *b)
{
	const struct go_complex *x = (const struct go_complex *)a, *y = (const struct go_complex *)b;
	return x->re == y->re && x->im == y->im;
}

struct value constant_complex(double re, double im, struct arena *a)
{
	static const struct object_ops ops = {
		.type = STR_INIT("complex128"),
		.kind = GO_KIND_COMPLEX128,
		.equal = complex_equal,
	};
	struct go_complex *c = arena_new(a, struct go_complex);
	*c = (struct go_complex){ { &ops }, re, im };
	return go_object(&c->object);
}
