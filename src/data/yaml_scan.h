/*
 * yaml_scan.h: the passes over bytes of yaml_quick.c: what a text may hold, where its lines end and what in them could have a meaning.
 */
#ifndef DATA_YAML_SCAN_H
#define DATA_YAML_SCAN_H

#include "base/bytes16.h"
#include "base/str.h"

/* Whether YAML's readers take every byte: no control characters, no invalid or special code points. Tabs pass: they are looked at line by line. */
bool yaml_scan_is_plain(struct str s);
/* Whether a tab, colon or number sign is in s: without them a scalar of one line holds nothing that has a meaning. */
bool yaml_scan_has_marks(struct str s);
/* Where the first of a quote, a backslash and a tab is, from i on; or the end. */
size_t yaml_scan_quoted(struct str s, size_t i, char quote);

struct yaml_line {
	size_t column;    /* of the first character that is no space */
	struct str text;  /* from there to the end of the line */
	const char *mark; /* the first tab, colon or number sign in it, or NULL */
	bool more_marks;  /* there are others */
};

static inline const char *yaml_scan_spaces(const char *p, const char *stop)
{
	const uint64_t spaces = 0x2020202020202020u;
	uint64_t word;
	while (stop - p >= (ptrdiff_t)sizeof(word) && (memcpy(&word, p, sizeof(word)), word == spaces))
		p += sizeof(word);
	while (p < stop && *p == ' ')
		p++;
	return p;
}

static inline bool yaml_scan_is_mark(char c)
{
	return c == '\t' || c == ':' || c == '#';
}

/* Takes the line that ends at `end` off *rest. */
static inline void yaml_scan_take(struct str *rest, const char *text, const char *end, struct yaml_line *line)
{
	size_t taken = (size_t)(end - rest->p), more = rest->n > taken;
	line->column = (size_t)(text - rest->p);
	line->text = str_span(text, end);
	*rest = (struct str){ end + more, rest->n - taken - more };
}

/* Takes the next line off *rest, without looking for marks; false at the end. */
static inline bool yaml_scan_raw_line(struct str *rest, struct yaml_line *line)
{
	const char *stop = rest->p + rest->n, *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	if (!rest->n)
		return false;
	end = end ? end : stop;
	yaml_scan_take(rest, yaml_scan_spaces(rest->p, end), end, line);
	return true;
}

/* Takes the next line off *rest; false at the end. Marks in a comment's line are not looked for. */
static inline bool yaml_scan_line(struct str *rest, struct yaml_line *line)
{
	const char *stop = rest->p + rest->n, *text = yaml_scan_spaces(rest->p, stop), *p = text;
	line->mark = NULL;
	line->more_marks = false;
	if (p == stop || *p == '#')
		return yaml_scan_raw_line(rest, line);
	for (; stop - p >= BYTES16; p += BYTES16) {
		bytes16 v = bytes16_load(p);
		uint32_t ends = bytes16_mask(v == '\n'), marks = bytes16_mask((v == ':') | (v == '#') | (v == '\t'));
		if (ends)
			marks &= ends ^ (ends - 1); /* those before the end */
		if (marks) {
			line->more_marks |= line->mark || (marks & (marks - 1));
			line->mark = line->mark ? line->mark : p + bytes16_first(marks);
		}
		if (ends) {
			p += bytes16_first(ends);
			break;
		}
	}
	for (; p < stop && *p != '\n'; p++) {
		if (yaml_scan_is_mark(*p)) {
			line->more_marks |= line->mark != NULL;
			line->mark = line->mark ? line->mark : p;
		}
	}
	yaml_scan_take(rest, text, p, line);
	return true;
}

#endif
