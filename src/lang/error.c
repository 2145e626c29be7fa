/*
 * An error's excerpt is kept as two lines, the source's and the one with carets, tabs already shown as four spaces; what goes around them, colours
 * included, is added when it is printed.
 */
#include "lang/error.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "lang/lang.h"

/* Source text as it is shown: a tab takes four columns. Returns the columns. */
static size_t add_shown(struct buf *b, struct str s)
{
	size_t width = 0;
	for (size_t i = 0; i < s.n;) {
		uint32_t rune;
		size_t n = utf8_decode(str_slice(s, i, s.n), &rune);
		if (rune == '\t') {
			if (b)
				buf_add_c(b, "    ");
			width += 4;
		} else {
			if (b)
				buf_add(b, str_slice(s, i, i + n));
			width += utf8_width(str_slice(s, i, i + n));
		}
		i += n;
	}
	return width;
}

uint32_t lang_loc_line(const struct lang_loc *at)
{
	uint32_t line = 1;
	for (struct str rest = str_slice(at->file->text, 0, at->offset), before; str_cut(rest, '\n', &before, &rest);)
		line++;
	return line;
}

uint32_t lang_loc_column(const struct lang_loc *at)
{
	size_t before = str_rfind_char(str_slice(at->file->text, 0, at->offset), '\n');
	return at->offset - (before == STR_NPOS ? 0 : (uint32_t)before + 1) + 1;
}

bool lang_err_place(struct err *err, const struct lang_loc *at)
{
	if (!at->file || err->pos.file)
		return false;
	struct str text = at->file->text;
	uint32_t number = lang_loc_line(at) - 1, column = lang_loc_column(at) - 1;
	/* The end of a file that ends with a line end is shown behind its last line. */
	if (at->offset == text.n && column == 0 && number > 0) {
		size_t last = str_rfind_char(str_slice(text, 0, text.n - 1), '\n');
		column = at->offset - (last == STR_NPOS ? 0 : (uint32_t)last + 1);
		number--;
	}
	err_at(err, at->file->display, number + 1, column + 1);
	size_t begin = at->offset - column, end = begin;
	while (end < text.n && text.p[end] != '\n')
		end++;
	struct str line = str_slice(text, begin, end);
	if (str_ends(line, STR("\r")) && end < text.n)
		line.n--;
	AUTO_BUF b = { 0 };
	add_shown(&b, line);
	buf_add_char(&b, '\n');
	size_t to = MIN((size_t)column + at->length, line.n);
	size_t left = add_shown(NULL, str_slice(line, 0, column));
	size_t width = to > column ? add_shown(NULL, str_slice(line, column, to)) : 0;
	buf_add_repeat(&b, ' ', left);
	buf_add_repeat(&b, '^', MAX(width, 1u));
	for (size_t i = 0; i < b.n; i++)
		if (!b.p[i])
			b.p[i] = LANG_NUL;
	err->excerpt = buf_take(&b);
	return false;
}

void lang_err_prefix(struct err *err, const char *prefix)
{
	struct buf b = { 0 };
	buf_addf(&b, "%s%s", prefix, err->message);
	free(err->message);
	err->message = buf_take(&b);
}

bool lang_fail_kind(struct err *err, enum err_kind kind, const struct lang_loc *at, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	err_vset(err, kind, fmt, ap);
	va_end(ap);
	return lang_err_place(err, at);
}

bool lang_fail(struct err *err, const struct lang_loc *at, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	err_vset(err, ERR_SYNTAX, fmt, ap);
	va_end(ap);
	return lang_err_place(err, at);
}

#define RED "\033[1;31m"
#define YELLOW "\033[1;33m"
#define BLUE "\033[1;34m"
#define BOLD "\033[1m"
#define NORMAL "\033[0m"

static void add_styled(struct buf *out, const struct lang_style *style, const char *code, struct str s)
{
	if (style->color)
		buf_add_c(out, code);
	buf_add(out, s);
	if (style->color)
		buf_add_c(out, NORMAL);
}

/* Puts NULs where something stands for them. */
static void put_nuls(struct buf *out, size_t from)
{
	for (size_t i = from; i < out->n; i++)
		if (out->p[i] == LANG_NUL)
			out->p[i] = '\0';
}

static void add_excerpt(const struct err *err, const struct lang_style *style, const char *caret, struct buf *out)
{
	struct str source, carets, excerpt = str_c(err->excerpt);
	if (!str_cut(excerpt, '\n', &source, &carets))
		return;
	char number[16];
	int digits = snprintf(number, sizeof(number), "%u", err->pos.line);
	size_t spaces = 0;
	while (spaces < carets.n && carets.p[spaces] == ' ')
		spaces++;
	buf_add_repeat(out, ' ', (size_t)digits);
	add_styled(out, style, BLUE, STR("——▶"));
	buf_addf(out, " %s:%u:%u\n", err->pos.file, err->pos.line, err->pos.column);
	buf_add_repeat(out, ' ', (size_t)digits + 1);
	add_styled(out, style, BLUE, STR("│"));
	buf_add_char(out, '\n');
	if (style->color)
		buf_add_c(out, BLUE);
	buf_addf(out, "%s │", number);
	if (style->color)
		buf_add_c(out, NORMAL);
	buf_add_char(out, ' ');
	size_t from = out->n;
	buf_add(out, source);
	put_nuls(out, from);
	buf_add_char(out, '\n');
	buf_add_repeat(out, ' ', (size_t)digits + 1);
	add_styled(out, style, BLUE, STR("│"));
	buf_add_repeat(out, ' ', spaces + 1);
	add_styled(out, style, caret, str_slice(carets, spaces, carets.n));
	buf_add_char(out, '\n');
}

static void render(const struct err *err, const struct lang_style *style, const char *word, const char *color, struct buf *out)
{
	add_styled(out, style, color, str_c(word));
	buf_add_c(out, ": ");
	size_t from = out->n;
	add_styled(out, style, BOLD, str_c(err->message));
	put_nuls(out, from);
	buf_add_char(out, '\n');
	if (err->excerpt && err->pos.file)
		add_excerpt(err, style, color, out);
	if (err->hint)
		buf_addf(out, "%s\n", err->hint);
}

void lang_err_render(const struct err *err, const struct lang_style *style, struct buf *out)
{
	render(err, style, "error", RED, out);
}

