/* Values as text. */
#include <string.h>

#include "lang/lang.h"

struct str lang_join(struct arena *a, const struct lang_value *value)
{
	if (value->n == 0)
		return STR("");
	if (value->n == 1)
		return value->p[0];
	size_t n = value->n - 1;
	for (size_t i = 0; i < value->n; i++)
		n += value->p[i].n;
	char *out = arena_alloc(a, n + 1), *at = out;
	for (size_t i = 0; i < value->n; i++) {
		if (i)
			*at++ = ' ';
		if (value->p[i].n)
			memcpy(at, value->p[i].p, value->p[i].n);
		at += value->p[i].n;
	}
	*at = '\0';
	return (struct str){ out, n };
}

struct lang_value lang_value_of(struct arena *a, struct str s)
{
	struct str *p = arena_alloc(a, sizeof(*p));
	*p = s;
	return (struct lang_value){ p, 1 };
}

/* The letter that stands for it behind a backslash, or 0. */
static char escape_of(char c)
{
	static const char escapes[][2] = { { '"', '"' }, { '\\', '\\' }, { '\n', 'n' }, { '\r', 'r' }, { '\t', 't' } };
	for (size_t i = 0; i < ARRAY_LEN(escapes); i++)
		if (escapes[i][0] == c)
			return escapes[i][1];
	return 0;
}

/* In colour a run of escapes is cyan. */
static void add_quoted(struct str s, bool color, struct buf *out)
{
	bool in_escape = false;
	buf_add_c(out, color ? "\x1b[32m\"" : "\"");
	for (size_t i = 0; i < s.n; i++) {
		char letter = escape_of(s.p[i]);
		if (color && in_escape != (letter != 0))
			buf_add_c(out, letter ? "\x1b[36m" : "\x1b[32m");
		in_escape = letter != 0;
		if (letter)
			buf_add_char(out, '\\');
		buf_add_char(out, letter ? letter : s.p[i]);
	}
	if (color && in_escape)
		buf_add_c(out, "\x1b[32m");
	buf_add_c(out, color ? "\"\x1b[0m" : "\"");
}

void lang_show_value(const struct lang_value *value, bool color, struct buf *out)
{
	if (value->n == 1) {
		add_quoted(value->p[0], color, out);
		return;
	}
	buf_add_char(out, '[');
	for (size_t i = 0; i < value->n; i++) {
		if (i)
			buf_add_c(out, ", ");
		add_quoted(value->p[i], color, out);
	}
	buf_add_char(out, ']');
}
