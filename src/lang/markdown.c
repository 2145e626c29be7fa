/*
 * Markdown: the insides of unindented fences whose info string begins with the word `just`; every other line becomes an empty one, so that the numbers
 * of lines stay. Fences are those of CommonMark (https://spec.commonmark.org, "Fenced code blocks"): three or more backticks or tildes, closed by as
 * many of the same. Of the other blocks only those of HTML are known, inside of which a fence is no fence.
 */
#include "base/buf.h"
#include "lang/lang.h"

struct fence {
	char mark;
	size_t length; /* 0: none is open */
	bool is_ours;
};

/* Up to three spaces, then the marks; `info` is what follows. Returns how many marks, 0 if it is no fence. */
static size_t fence_marks(struct str line, char *mark, size_t *indent, struct str *info)
{
	*indent = 0;
	while (*indent < line.n && *indent < 4 && line.p[*indent] == ' ')
		++*indent;
	line = str_slice(line, *indent, line.n);
	*mark = line.n ? line.p[0] : '\0';
	if (*indent > 3 || (*mark != '`' && *mark != '~'))
		return 0;
	size_t n = 0;
	while (n < line.n && line.p[n] == *mark)
		n++;
	*info = str_slice(line, n, line.n);
	if (n < 3 || (*mark == '`' && str_find_char(*info, '`') != STR_NPOS))
		return 0;
	return n;
}

static bool is_just(struct str info)
{
	while (info.n && (info.p[0] == ' ' || info.p[0] == '\t'))
		info = str_slice(info, 1, info.n);
	return str_starts(info, STR("just")) && (info.n == 4 || info.p[4] == ' ' || info.p[4] == '\t');
}

static bool is_blank(struct str line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] != ' ' && line.p[i] != '\t' && line.p[i] != '\r')
			return false;
	return true;
}

/* Names of elements that begin a block wherever they stand: those of the first kind end with their closing tag, the others with a blank line. */
static const struct {
	const char *name, *end;
} elements[] = {
	{ "script", "</script>" }, { "pre", "</pre>" },    { "style", "</style>" }, { "textarea", "</textarea>" },
	{ "address", "" },         { "article", "" },      { "aside", "" },         { "blockquote", "" },
	{ "body", "" },            { "center", "" },       { "dd", "" },            { "details", "" },
	{ "dialog", "" },          { "dir", "" },          { "div", "" },           { "dl", "" },
	{ "dt", "" },              { "fieldset", "" },     { "figcaption", "" },    { "figure", "" },
	{ "footer", "" },          { "form", "" },         { "h1", "" },            { "h2", "" },
	{ "h3", "" },              { "h4", "" },           { "h5", "" },            { "h6", "" },
	{ "head", "" },            { "header", "" },       { "hr", "" },            { "html", "" },
	{ "iframe", "" },          { "li", "" },           { "link", "" },          { "main", "" },
	{ "menu", "" },            { "nav", "" },          { "ol", "" },            { "p", "" },
	{ "section", "" },         { "summary", "" },      { "table", "" },         { "tbody", "" },
	{ "td", "" },              { "tfoot", "" },        { "th", "" },            { "thead", "" },
	{ "title", "" },           { "tr", "" },           { "ul", "" },
};

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* What ends the block of HTML that begins on this line: a text, or a blank line (empty text); p is NULL where none begins. */
static struct str html_end(struct str line)
{
	if (str_starts(line, STR("<!--")))
		return STR("-->");
	if (!str_starts(line, STR("<")))
		return STR_NONE;
	struct str rest = str_drop_prefix(str_slice(line, 1, line.n), STR("/"));
	size_t n = 0;
	while (n < rest.n && is_alnum(rest.p[n]))
		n++;
	for (size_t i = 0; i < ARRAY_LEN(elements); i++)
		if (str_eq_nocase(str_slice(rest, 0, n), str_c(elements[i].name)))
			return str_c(elements[i].end);
	/* Any other tag does where it is all of the line. */
	struct str all = str_trim(line);
	bool alone = n && str_ends(all, STR(">")) && str_rfind_char(all, '<') == 0;
	return alone ? STR("") : STR_NONE;
}

static bool html_ends(struct str line, struct str end)
{
	return end.n ? str_contains(line, end) : is_blank(line);
}

struct str lang_from_markdown(struct arena *a, struct str text)
{
	AUTO_BUF out = { 0 };
	struct fence open = { 0 };
	struct str html = STR_NONE;
	while (text.n) {
		struct str line, info;
		str_cut(text, '\n', &line, &text);
		char mark;
		size_t indent, n = fence_marks(line, &mark, &indent, &info);
		if (html.p) {
			if (html_ends(line, html))
				html = STR_NONE;
		} else if (open.length && n >= open.length && mark == open.mark && is_blank(info)) {
			open.length = 0;
		} else if (open.length) {
			if (open.is_ours)
				buf_add(&out, line);
		} else if (n) {
			open = (struct fence){ mark, n, indent == 0 && is_just(info) };
		} else {
			html = html_end(line);
			if (html.p && html_ends(line, html))
				html = STR_NONE;
		}
		buf_add_char(&out, '\n');
	}
	return buf_to_arena(&out, a);
}
