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

static void add_quoted(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '"':
			buf_add_c(out, "\\\"");
			break;
		case '\\':
			buf_add_c(out, "\\\\");
			break;
		case '\n':
			buf_add_c(out, "\\n");
			break;
		case '\r':
			buf_add_c(out, "\\r");
			break;
		case '\t':
			buf_add_c(out, "\\t");
			break;
		default:
			buf_add_char(out, s.p[i]);
		}
	}
	buf_add_char(out, '"');
}

void lang_show_value(const struct lang_value *value, struct buf *out)
{
	if (value->n == 1) {
		add_quoted(out, value->p[0]);
		return;
	}
	buf_add_char(out, '[');
	for (size_t i = 0; i < value->n; i++) {
		if (i)
			buf_add_c(out, ", ");
		add_quoted(out, value->p[i]);
	}
	buf_add_char(out, ']');
}
