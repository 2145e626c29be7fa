/*
 * Most documents of a chart are block mappings and sequences with scalars of one line, some folded text and literal blocks. For those, one
 * pass over the lines tells both that they are valid and what the head says, some ten times faster than building their tree. The rule is that every doubt is a
 * no: anchors, tags, merge keys, tabs, flow collections beyond the simplest, markers, escapes, keys and numbers that YAML might take for something
 * else. So a mistake here can only cost time, provided that what is accepted is certain; each check says what it relies on.
 *
 * The stack holds the open collections by their columns. `open` says what may follow the entry that was read last: nothing deeper
 * (CLOSED), a nested collection (EMPTY), or more lines of a plain scalar (PLAIN).
 */
#include "helm/head.h"

#include <string.h>

#include "base/utf8.h"

enum { MAX_DEPTH = 64, MAX_KEY = 200 };

enum collection { MAP, LIST };
enum open { CLOSED, EMPTY, PLAIN };

/* Where the last entry stands, as far as the head is concerned. */
enum place { ELSEWHERE, ROOT_VALUE, METADATA, METADATA_VALUE, ANNOTATIONS, ANNOTATION_VALUE };

struct level {
	size_t column;
	enum collection kind;
	enum place place; /* METADATA, ANNOTATIONS or ELSEWHERE: whose entries these are */
};

struct scan {
	struct str rest;
	struct level stack[MAX_DEPTH];
	size_t depth;
	enum open open;
	size_t parent;     /* column of the entry that `open` speaks of */
	enum place nested; /* what a nested collection is then */
	bool scalar_only;  /* …and must not be a collection */
	bool text_used;    /* the head took this plain scalar: it must not go on */
	struct helm_head head;
	bool has_metadata, has_annotations;
};

/* Whether YAML's readers take every byte: no control characters, no invalid or special code points. Tabs are looked at line by line. */
static bool has_plain_bytes(struct str s)
{
	unsigned char bad = 0, high = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = s.p[i];
		bad |= (c < 0x20) & (c != '\n') & (c != '\t');
		bad |= c == 0x7f;
		high |= c & 0x80;
	}
	if (bad || !high)
		return !bad;
	if (!utf8_valid(s))
		return false;
	for (size_t i = 0; i + 1 < s.n; i++) {
		unsigned char c = s.p[i], d = s.p[i + 1];
		/* C1 controls, line separators, byte order mark and other marks. */
		if (c == 0xc2 && d < 0xa0)
			return false;
		if (c != 0xe2 && c != 0xef)
			continue;
		unsigned char e = s.p[i + 2];
		if ((c == 0xe2 && d == 0x80 && (e == 0xa8 || e == 0xa9)) || (c == 0xef && ((d == 0xbb && e == 0xbf) || (d == 0xbf && e > 0xbd))))
			return false;
	}
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_one_of(struct str s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(s, str_c(words[i])))
			return true;
	return false;
}

/* Plain words that are not strings. */
static bool is_special_word(struct str s)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on", "off", "y", "n", "null", "~" };
	return s.n <= 5 && is_one_of(s, words, ARRAY_LEN(words));
}

/* .inf and .nan are numbers that JSON does not have. */
static bool is_no_json_number(struct str s)
{
	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		s = str_slice(s, 1, s.n);
	s = str_slice(s, 0, 4);
	return str_eq_nocase(s, STR(".inf")) || str_eq_nocase(s, STR(".nan"));
}

/* Next line; *column is that of its first character that is no space, *text runs from there. False at the end. */
static bool next_line(struct str *rest, size_t *column, struct str *text)
{
	if (!rest->n)
		return false;
	const char *p = rest->p, *end = memchr(p, '\n', rest->n), *stop = end ? end : p + rest->n;
	size_t taken = (size_t)(stop - p) + (end != NULL);
	while (p < stop && *p == ' ')
		p++;
	*column = (size_t)(p - rest->p);
	*text = str_span(p, stop);
	*rest = str_slice(*rest, taken, rest->n);
	return true;
}

/* ---- Scalars ---- */

/* Where a comment begins in a plain text: " #"; or its end. False if it holds what ends or breaks a plain scalar. */
static bool plain_end(struct str s, size_t *end)
{
	*end = s.n;
	for (const char *p = s.p; (p = memchr(p, ':', (size_t)(s.p + s.n - p))); p++)
		if (p + 1 == s.p + s.n || p[1] == ' ')
			return false;
	for (const char *p = s.p; (p = memchr(p, '#', (size_t)(s.p + s.n - p))); p++) {
		if (p > s.p && p[-1] == ' ') {
			*end = (size_t)(p - s.p);
			break;
		}
	}
	return true;
}

/* Whether nothing but blanks and a comment is in s. */
static bool is_rest_empty(struct str s)
{
	struct str t = str_trim_left(s);
	return !t.n || (t.p[0] == '#' && t.n < s.n);
}

/* Takes a quoted scalar off the front of *s; it may go on over lines of the document, which must be deeper than `parent`. */
static bool take_quoted(struct scan *k, struct str *s, size_t parent, struct str *content, bool *is_simple)
{
	char quote = s->p[0];
	struct str line = str_slice(*s, 1, s->n);
	size_t column;
	*is_simple = true;
	*content = line;
	for (;;) {
		size_t i = 0;
		while (i < line.n && line.p[i] != quote) {
			if (line.p[i] == '\t')
				return false;
			if (quote == '"' && line.p[i] == '\\') {
				*is_simple = false;
				if (++i == line.n || !memchr("\"\\ntr", line.p[i], 5))
					return false;
			}
			i++;
		}
		if (i < line.n && quote == '\'' && i + 1 < line.n && line.p[i + 1] == quote) {
			*is_simple = false;
			line = str_slice(line, i + 2, line.n);
			continue;
		}
		if (i < line.n) {
			if (*is_simple)
				content->n = (size_t)(line.p + i - content->p);
			*s = str_slice(line, i + 1, line.n);
			return true;
		}
		*is_simple = false;
		if (!next_line(&k->rest, &column, &line) || (line.n && column <= parent))
			return false;
	}
}

/* A literal or folded block whose header is `s`: skips its lines. `parent` is the column of its entry. */
static bool skip_block(struct scan *k, struct str s, size_t parent)
{
	size_t column = 0, leading = 0, width = 0;
	s = str_slice(s, 1, s.n);
	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		s = str_slice(s, 1, s.n);
	if (s.n && !is_rest_empty(s))
		return false;
	for (;;) {
		struct str before = k->rest, line;
		if (!next_line(&k->rest, &column, &line))
			return true;
		if (!line.n) {
			leading = width ? leading : MAX(leading, column);
			continue;
		}
		if (!width && column > parent) {
			/* A tab could be taken for indentation; blank lines that are wider than the text are an error. */
			if (line.p[0] == '\t' || leading > column)
				return false;
			width = column;
		}
		if (!width || column < width) {
			/* A line between the block and its entry belongs to neither. */
			if (column > parent)
				return false;
			k->rest = before;
			return true;
		}
	}
}

/* [a, "b", c] on one line. */
static bool is_simple_list(struct scan *k, struct str s)
{
	s = str_slice(s, 1, s.n);
	for (bool first = true;; first = false) {
		struct str content;
		bool is_simple;
		size_t n = 0;
		s = str_trim_left(s);
		if (first && s.n && s.p[0] == ']')
			return is_rest_empty(str_slice(s, 1, s.n));
		if (s.n && (s.p[0] == '"' || s.p[0] == '\'')) {
			struct str rest = k->rest;
			if (!take_quoted(k, &s, 0, &content, &is_simple) || rest.p != k->rest.p)
				return false;
		} else {
			while (n < s.n && (is_letter(s.p[n]) || is_digit(s.p[n]) || strchr("_./", s.p[n]) || (n && s.p[n] == '-')))
				n++;
			if (!n || s.p[0] == '.')
				return false;
			s = str_slice(s, n, s.n);
		}
		s = str_trim_left(s);
		if (!s.n || (s.p[0] != ',' && s.p[0] != ']'))
			return false;
		bool ended = s.p[0] == ']';
		s = str_slice(s, 1, s.n);
		if (ended)
			return is_rest_empty(s);
	}
}

/* ---- The head ---- */

/* Takes the scalar `text` for the field, if it is certain to be that string. */
static bool take_text(struct scan *k, struct str *field, struct str text, bool is_quoted)
{
	if (!field)
		return true;
	if (!is_quoted && (!is_letter(text.p[0]) || is_special_word(text)))
		return false;
	*field = text;
	k->text_used = !is_quoted;
	return true;
}

struct target {
	struct str *field; /* gets the scalar */
	enum place nested; /* of a collection below */
	bool scalar_only, needs_map;
};

/* What the head makes of the key; false where it cannot tell. */
static bool find_target(struct scan *k, enum place place, struct str key, struct target *t)
{
	*t = (struct target){ .nested = ELSEWHERE };
	if (place == ROOT_VALUE) {
		struct str *fields[] = { &k->head.api_version, &k->head.kind };
		static const char *const names[] = { "apiVersion", "kind" };
		for (size_t i = 0; i < ARRAY_LEN(names); i++) {
			if (!str_eq_nocase(key, str_c(names[i])))
				continue;
			*t = (struct target){ fields[i], ELSEWHERE, true, false };
			return str_eq_c(key, names[i]) && !fields[i]->p;
		}
		if (str_eq_nocase(key, STR("metadata"))) {
			bool first = !k->has_metadata;
			*t = (struct target){ NULL, METADATA, false, true };
			k->has_metadata = true;
			return first && str_eq(key, STR("metadata"));
		}
	} else if (place == METADATA) {
		if (str_eq_nocase(key, STR("name"))) {
			*t = (struct target){ &k->head.name, ELSEWHERE, true, false };
			return str_eq(key, STR("name")) && !k->head.name.p;
		}
		if (str_eq_nocase(key, STR("annotations"))) {
			bool first = !k->has_annotations;
			*t = (struct target){ NULL, ANNOTATIONS, false, true };
			k->has_annotations = true;
			return first && str_eq(key, STR("annotations"));
		}
	} else if (place == ANNOTATIONS) {
		t->scalar_only = true;
		if (str_eq(key, STR("helm.sh/hook")))
			t->field = &k->head.hook;
		else if (str_eq(key, STR("helm.sh/hook-weight")))
			t->field = &k->head.hook_weight;
		else if (str_eq(key, STR("helm.sh/hook-delete-policy")))
			t->field = &k->head.hook_delete_policy;
		return !t->field || !t->field->p;
	}
	return true;
}

/* ---- Entries ---- */

/* What stands behind `key:` or `-`. */
static bool scan_value(struct scan *k, struct str s, size_t parent, const struct target *t)
{
	struct str content = s;
	bool is_simple, has_tab = s.n && memchr(s.p, '\t', s.n);
	size_t end;
	s = str_trim(s);
	k->parent = parent;
	k->nested = t->nested;
	k->scalar_only = t->scalar_only;
	k->open = CLOSED;
	k->text_used = false;
	if (!s.n || s.p[0] == '#') {
		k->open = EMPTY;
		/* `a:#b` is no key: the caller saw the blank. A missing text for the head is null, which leaves the field empty. */
		return true;
	}
	if (has_tab || str_starts(s, STR("<<")))
		return false;
	switch (s.p[0]) {
	case '"':
	case '\'':
		return take_quoted(k, &s, parent, &content, &is_simple) && is_rest_empty(s) && !t->needs_map &&
		       (!t->field || is_simple) && take_text(k, t->field, content, true);
	case '|':
	case '>':
		return !t->field && !t->needs_map && skip_block(k, s, parent);
	case '[':
		return !t->scalar_only && !t->needs_map && is_simple_list(k, s);
	case '{':
		return !t->scalar_only && s.n > 1 && s.p[1] == '}' && is_rest_empty(str_slice(s, 2, s.n));
	case '-':
	case '?':
	case ':':
		if (s.n == 1 || s.p[1] == ' ')
			return false;
		break;
	default:
		if (memchr("]},&*!%@`", s.p[0], 9))
			return false;
	}
	if (t->needs_map || is_no_json_number(s) || !plain_end(s, &end))
		return false;
	k->open = end == s.n ? PLAIN : CLOSED;
	return take_text(k, t->field, str_trim_right(str_slice(s, 0, end)), false);
}

/* Takes `key:` off the front of *s. */
static bool take_key(struct scan *k, struct str *s, struct str *key)
{
	bool is_simple;
	size_t n = 0;
	if (s->p[0] == '"' || s->p[0] == '\'') {
		struct str rest = k->rest;
		if (!take_quoted(k, s, 0, key, &is_simple) || rest.p != k->rest.p || !is_simple || key->n > MAX_KEY)
			return false;
		for (; n < key->n; n++)
			if (key->p[n] & 0x80)
				return false;
	} else {
		bool all_digits = true;
		while (n < s->n && s->p[n] != ':' && (is_letter(s->p[n]) || is_digit(s->p[n]) || strchr("_./$@+-", s->p[n])))
			all_digits = is_digit(s->p[n++]) && all_digits;
		*key = str_slice(*s, 0, n);
		if (!n || n > MAX_KEY || is_special_word(*key))
			return false;
		/* Numbers, dates, infinities and what begins like a marker are for the parser. */
		if (!is_letter(key->p[0]) && !all_digits && key->p[0] != '_' && key->p[0] != '$' && key->p[0] != '/' &&
		    !(key->p[0] == '.' && n > 4))
			return false;
		*s = str_slice(*s, n, s->n);
	}
	if (!s->n || s->p[0] != ':' || (s->n > 1 && s->p[1] != ' '))
		return false;
	*s = str_slice(*s, 1, s->n);
	return true;
}

static bool push(struct scan *k, size_t column, enum collection kind, enum place place)
{
	if (k->depth == MAX_DEPTH)
		return false;
	k->stack[k->depth++] = (struct level){ column, kind, place };
	return true;
}

/* Makes the collection at `column` the top of the stack, opening it if the last entry may hold one. */
static bool enter(struct scan *k, size_t column, enum collection kind)
{
	while (k->depth && k->stack[k->depth - 1].column > column)
		k->depth--;
	if (!k->depth)
		return kind == MAP && k->open == EMPTY && k->parent == STR_NPOS && push(k, column, kind, ROOT_VALUE);
	struct level *top = &k->stack[k->depth - 1];
	bool may_nest = k->open == EMPTY && !k->scalar_only;
	if (column > top->column)
		return may_nest && k->parent == top->column && (kind == MAP || k->nested == ELSEWHERE) && push(k, column, kind, k->nested);
	if (top->kind == kind)
		return true;
	/* A list may stand in the column of its key. */
	if (kind == LIST)
		return may_nest && k->parent == column && k->nested == ELSEWHERE && push(k, column, LIST, ELSEWHERE);
	k->depth--;
	return k->depth && k->stack[k->depth - 1].kind == MAP && k->stack[k->depth - 1].column == column;
}

/* A line, or what stands behind the dash of one, at `column`. */
static bool scan_entry(struct scan *k, size_t column, struct str s)
{
	struct target t = { .nested = ELSEWHERE };
	struct str key;
	while (s.p[0] == '-' && (s.n == 1 || s.p[1] == ' ')) {
		if (!enter(k, column, LIST))
			return false;
		size_t n = 1;
		while (n < s.n && s.p[n] == ' ')
			n++;
		if (n == s.n)
			return scan_value(k, STR(""), column, &t);
		struct str rest = str_slice(s, n, s.n), probe = rest, saved = k->rest;
		bool is_nested = rest.p[0] == '-' && (rest.n == 1 || rest.p[1] == ' ');
		if (!is_nested && !(take_key(k, &probe, &key))) {
			k->rest = saved;
			return scan_value(k, rest, column, &t);
		}
		k->open = EMPTY;
		k->parent = column;
		k->nested = ELSEWHERE;
		k->scalar_only = false;
		column += n;
		s = rest;
	}
	if (!take_key(k, &s, &key) || !enter(k, column, MAP))
		return false;
	return find_target(k, k->stack[k->depth - 1].place, key, &t) && scan_value(k, s, column, &t);
}

/* An empty value on a line of its own, as `toYaml` leaves it below a key. */
static bool take_empty_value(struct scan *k, size_t column, struct str s)
{
	bool is_map = str_eq(s, STR("{}")), is_list = str_eq(s, STR("[]"));
	if (k->open != EMPTY || k->parent == STR_NPOS || column <= k->parent || !(is_map || is_list || str_eq(s, STR("null"))))
		return false;
	if ((is_map && k->scalar_only) || (is_list && (k->scalar_only || k->nested != ELSEWHERE)))
		return false;
	k->open = CLOSED;
	return true;
}

bool helm_head_scan(struct str text, struct helm_head *out)
{
	struct scan k = { .rest = text, .open = EMPTY, .parent = STR_NPOS, .nested = ROOT_VALUE };
	if (!has_plain_bytes(text))
		return false;
	for (;;) {
		struct str line;
		size_t column, end;
		if (!next_line(&k.rest, &column, &line))
			break;
		if (!line.n)
			continue;
		if (line.p[0] == '#') {
			/* Inside a plain scalar a comment ends it. */
			if (k.open == PLAIN)
				k.open = CLOSED;
			continue;
		}
		if (k.open == PLAIN && column > k.parent) {
			if (k.text_used || memchr(line.p, '\t', line.n) || !plain_end(line, &end) || end < line.n)
				return false;
			continue;
		}
		if (take_empty_value(&k, column, line))
			continue;
		if (line.p[0] == '\t' || (column == 0 && (str_starts(line, STR("---")) || str_starts(line, STR("...")))) ||
		    !scan_entry(&k, column, line))
			return false;
	}
	*out = k.head;
	return true;
}
