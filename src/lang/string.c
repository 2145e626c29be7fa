/*
 * Literals: first the indentation of triple quoted ones goes, then escapes are done, then x'…' is expanded; each step works on the result of the one
 * before. An error points at the whole literal, as just's do.
 */
#include "lang/file_ast.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "lang/error.h"
#include "text/unicode.h"

static bool is_blank(struct str line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] != ' ' && line.p[i] != '\t' && line.p[i] != '\n' && line.p[i] != '\r')
			return false;
	return true;
}

static bool next_line(struct str *rest, struct str *line)
{
	if (!rest->n)
		return false;
	size_t end = str_find_char(*rest, '\n');
	end = end == STR_NPOS ? rest->n : end + 1;
	*line = str_slice(*rest, 0, end);
	*rest = str_slice(*rest, end, rest->n);
	return true;
}

/* White space that all lines begin with, blank ones not counted. */
static struct str common_indentation(struct str text)
{
	struct str common = STR_NONE, line;
	bool any = false;
	while (next_line(&text, &line)) {
		if (is_blank(line))
			continue;
		size_t n = 0;
		while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
			n++;
		if (!any)
			common = str_slice(line, 0, n);
		size_t same = 0;
		while (same < n && same < common.n && line.p[same] == common.p[same])
			same++;
		common.n = same;
		any = true;
	}
	return common;
}

struct str lang_unindent(struct arena *a, struct str s)
{
	struct str common = common_indentation(s), rest = s, line;
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;
	for (bool first = true; next_line(&rest, &line); first = false) {
		if (is_blank(line)) {
			/* The first and the last line are those of the quotes; of the others the line end stays. */
			if (first || rest.n == 0)
				continue;
			line = str_slice(line, str_ends(line, STR("\r\n")) ? line.n - 2 : line.n - 1, line.n);
		} else {
			line = str_slice(line, common.n, line.n);
		}
		memcpy(out + n, line.p, line.n);
		n += line.n;
	}
	out[n] = '\0';
	return (struct str){ out, n };
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static struct str rune_at(struct str s, size_t i)
{
	uint32_t rune;
	size_t n = utf8_decode(str_slice(s, i, s.n), &rune);
	return str_slice(s, i, i + n);
}

/* \u{…}: *i is behind the u. */
static bool cook_unicode(const struct lang_loc *at, struct str s, size_t *i, struct buf *out, struct err *err)
{
	struct str c = rune_at(s, *i);
	if (c.n == 0)
		return lang_fail(err, at, "unterminated unicode escape sequence");
	if (!str_eq_c(c, "{"))
		return lang_fail(err, at, "expected unicode escape sequence delimiter `{` but found `%.*s`", STR_ARG(c));
	size_t begin = ++*i;
	uint32_t value = 0;
	for (;; ++*i) {
		c = rune_at(s, *i);
		if (c.n == 0)
			return lang_fail(err, at, "unterminated unicode escape sequence");
		if (str_eq_c(c, "}"))
			break;
		int digit = hex_digit(c.p[0]);
		if (digit < 0)
			return lang_fail(err, at, "expected hex digit [0-9A-Fa-f] but found `%.*s`", STR_ARG(c));
		if (*i - begin == 6)
			return lang_fail(err, at, "unicode escape sequence starting with `\\u{%.*s` longer than six hex digits", 7, s.p + begin);
		value = value * 16 + (uint32_t)digit;
	}
	struct str digits = str_slice(s, begin, *i);
	if (digits.n == 0)
		return lang_fail(err, at, "unicode escape sequences must not be empty");
	if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
		return lang_fail(err, at, "unicode escape sequence value `%.*s` greater than maximum valid code point `10FFFF`", STR_ARG(digits));
	++*i;
	buf_add_rune(out, value);
	return true;
}

/* Whether an escape was recognized is in *known; *i is behind the backslash before and behind the escape after. */
static bool cook_escape(const struct lang_loc *at, struct str s, size_t *i, struct buf *out, struct err *err)
{
	struct str c = rune_at(s, *i);
	static const struct {
		char letter, value;
	} simple[] = { { 'n', '\n' }, { 'r', '\r' }, { 't', '\t' }, { '\\', '\\' }, { '"', '"' } };
	for (size_t k = 0; k < ARRAY_LEN(simple); k++)
		if (c.n == 1 && c.p[0] == simple[k].letter) {
			buf_add_char(out, simple[k].value);
			++*i;
			return true;
		}
	if (str_eq_c(c, "u")) {
		++*i;
		return cook_unicode(at, s, i, out, err);
	}
	if (str_eq_c(c, "\n")) {
		++*i;
		return true;
	}
	if (str_starts(str_slice(s, *i, s.n), STR("\r\n"))) {
		*i += 2;
		return true;
	}
	return lang_fail(err, at, "`\\%.*s` is not a valid escape sequence", STR_ARG(c));
}

static bool cook(const struct lang_loc *at, struct str s, struct arena *a, struct str *out, struct err *err)
{
	if (str_find_char(s, '\\') == STR_NPOS) {
		*out = s;
		return true;
	}
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i < s.n;) {
		size_t next = str_find_char(str_slice(s, i, s.n), '\\');
		next = next == STR_NPOS ? s.n : i + next;
		buf_add(&b, str_slice(s, i, next));
		i = next + 1;
		if (next < s.n && !cook_escape(at, s, &i, &b, err))
			return false;
	}
	*out = buf_to_arena(&b, a);
	return true;
}

/* x'…', by the rules of a shell's parameter expansion as far as just has them: $NAME, ${NAME}, ${NAME:-default}, $$, a leading ~. */

struct expansion {
	const struct lang_loc *at;
	const struct lang_host *host;
	struct buf out;
	struct err *err;
};

static bool add_variable(struct expansion *x, struct str name)
{
	struct str value;
	if (x->host->getenv && x->host->getenv(x->host->ctx, name, &value)) {
		buf_add(&x->out, value);
		return true;
	}
	return lang_fail(x->err, x->at, "shell expansion failed: error looking key '%.*s' up: environment variable not found", STR_ARG(name));
}

/* ${…}: *i is at the brace. Without a closing one the text stays as it is. */
static bool expand_braced(struct expansion *x, struct str s, size_t *i)
{
	size_t end = str_find_char(str_slice(s, *i, s.n), '}');
	if (end == STR_NPOS) {
		buf_add_c(&x->out, "$");
		return true;
	}
	struct str name = str_slice(s, *i + 1, *i + end);
	*i += end + 1;
	size_t split = str_find(name, STR(":-"));
	if (split == STR_NPOS || split == 0)
		return add_variable(x, name);
	struct str value, key = str_slice(name, 0, split);
	if (!x->host->getenv || !x->host->getenv(x->host->ctx, key, &value))
		value = str_slice(name, split + 2, name.n);
	buf_add(&x->out, value);
	return true;
}

static bool expand_variables(struct expansion *x, struct str s)
{
	for (size_t i = 0; i < s.n;) {
		size_t next = str_find_char(str_slice(s, i, s.n), '$');
		next = next == STR_NPOS ? s.n : i + next;
		buf_add(&x->out, str_slice(s, i, next));
		i = next;
		if (i == s.n)
			break;
		i++;
		if (i < s.n && s.p[i] == '$') {
			buf_add_char(&x->out, '$');
			i++;
			continue;
		}
		if (i < s.n && s.p[i] == '{') {
			if (!expand_braced(x, s, &i))
				return false;
			continue;
		}
		size_t begin = i;
		for (uint32_t r; i < s.n;) {
			size_t n = utf8_decode(str_slice(s, i, s.n), &r);
			if (r != '_' && !unicode_is_letter(r) && !unicode_is_number(r))
				break;
			i += n;
		}
		if (begin == i)
			buf_add_char(&x->out, '$');
		else if (!add_variable(x, str_slice(s, begin, i)))
			return false;
	}
	return true;
}

static bool expand(struct lang_string *lit, const struct lang_loc *at, const struct lang_host *host, struct arena *a, struct err *err)
{
	struct expansion x = { .at = at, .host = host, .err = err };
	bool ok = expand_variables(&x, lit->cooked);
	struct str s = buf_str(&x.out), home;
	bool tilde = ok && str_starts(lit->cooked, STR("~")) && str_starts(s, STR("~")) && (s.n == 1 || s.p[1] == '/');
	if (tilde && lang_home(host, a, &home))
		lit->cooked = arena_concat(a, home, str_slice(s, 1, s.n));
	else if (ok)
		lit->cooked = arena_str(a, s);
	buf_deinit(&x.out);
	return ok;
}

static bool is_indented(enum lang_quote quote)
{
	return quote == LANG_QUOTE_TRIPLE_SINGLE || quote == LANG_QUOTE_TRIPLE_DOUBLE || quote == LANG_QUOTE_TRIPLE_BACKTICK;
}

bool lang_string_cook(struct lang_string *s, const struct lang_loc *at, const struct lang_host *host, struct arena *a, struct err *err)
{
	s->cooked = is_indented(s->quote) ? lang_unindent(a, lang_string_raw(s)) : lang_string_raw(s);
	bool escapes = s->quote == LANG_QUOTE_DOUBLE || s->quote == LANG_QUOTE_TRIPLE_DOUBLE;
	if (escapes && !cook(at, s->cooked, a, &s->cooked, err))
		return false;
	return !s->expand || expand(s, at, host, a, err);
}

/* {{{{ stands for {{. */
static struct str unescape_braces(struct arena *a, struct str s)
{
	if (str_find(s, STR("{{{{")) == STR_NPOS)
		return s;
	AUTO_BUF b = { 0 };
	for (size_t at; (at = str_find(s, STR("{{{{"))) != STR_NPOS; s = str_slice(s, at + 4, s.n)) {
		buf_add(&b, str_slice(s, 0, at));
		buf_add_c(&b, "{{");
	}
	buf_add(&b, s);
	return buf_to_arena(&b, a);
}

bool lang_format_cook(struct lang_string *text, const struct lang_loc *at, struct arena *a, struct err *err)
{
	text->cooked = unescape_braces(a, lang_string_raw(text));
	bool escapes = text->quote == LANG_QUOTE_DOUBLE || text->quote == LANG_QUOTE_TRIPLE_DOUBLE;
	return !escapes || cook(at, text->cooked, a, &text->cooked, err);
}
