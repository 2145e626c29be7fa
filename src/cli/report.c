/* One place says how errors of steps look. */
#include "cli/report.h"

static void add_indented(struct buf *out, struct str text)
{
	struct str line;
	while (str_next_line(&text, &line))
		buf_addf(out, "  %.*s\n", STR_ARG(line));
}

void report_err(const struct err *err, const struct report_style *style, struct buf *out)
{
	buf_add_c(out, style->color ? "\x1b[1;31merror\x1b[0m: " : "error: ");
	buf_addf(out, "%s\n", err->message);
	if (err->pos.file) {
		buf_addf(out, "  %s", err->pos.file);
		if (err->pos.line)
			buf_addf(out, ":%u", err->pos.line);
		if (err->pos.line && err->pos.column)
			buf_addf(out, ":%u", err->pos.column);
		buf_add_char(out, '\n');
	}
	if (err->excerpt)
		add_indented(out, str_c(err->excerpt));
	if (err->hint)
		buf_addf(out, "%s: %s\n", style->color ? "\x1b[36mhint\x1b[0m" : "hint", err->hint);
}
