/*
 * One pass over the lines, with a stack of the open collections by their columns. `open` says what may follow the entry that was read last:
 * nothing deeper (CLOSED), a nested collection (EMPTY), or more lines of a plain scalar (PLAIN).
 *
 * The rule is that every doubt is a no: anchors, tags, merge keys, tabs, flow collections beyond the simplest, markers, keys that might be numbers. So
 * a mistake here can only cost time, provided that what is accepted is certain; each check says what it relies on. tests/unit/data/test_yaml_quick.c compares it with the parser on
 * random changes of documents.
 */
#include "data/yaml_quick.h"

#include <string.h>

#include "data/yaml_quick_parts.h"
#include "data/yaml_scan.h"

/* .inf and .nan are numbers that JSON does not have. */
static bool is_no_json_number(struct str s)
{
	if (s.n < 4 || s.p[0] > '.')
		return false;
	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		s = str_slice(s, 1, s.n);
	s = str_slice(s, 0, 4);
	return str_eq_nocase(s, STR(".inf")) || str_eq_nocase(s, STR(".nan"));
}

/* ---- Results ---- */

static bool is_kept(const struct quick *q, size_t level)
{
	return (!q->options->keep || level < q->options->keep) && (!level || !q->is_dropped);
}

/* Gives the last entry a value. */
static void set_last(struct quick *q, struct value v)
{
	if (is_kept(q, q->level))
		*q->slot = v;
}

static struct value new_collection(struct quick *q, bool is_list)
{
	return is_list ? value_list_new(q->a) : value_map_new(q->a);
}

/* ---- Scalars ---- */

/* Where a comment begins in a plain text: " #"; or its end. False if what is before holds what ends or breaks a plain scalar. */
static bool plain_end(struct str s, size_t *end)
{
	const char *stop = s.p + s.n;
	for (const char *p = s.p; (p = memchr(p, '#', (size_t)(s.p + s.n - p))); p++) {
		if (p > s.p && p[-1] == ' ') {
			stop = p;
			break;
		}
	}
	for (const char *p = s.p; (p = memchr(p, ':', (size_t)(stop - p))); p++)
		if (p + 1 == stop || p[1] == ' ')
			return false;
	*end = (size_t)(stop - s.p);
	return true;
}

/* A literal or folded block. */
struct block {
	size_t width;   /* columns of indentation; 0: not known yet */
	size_t leading; /* the widest of the empty lines before the text */
	struct buf text;
	size_t text_end; /* behind the last line that was not empty */
	bool wanted;
	bool is_folded;    /* `>`: only lines without more indentation, and none empty between them, are certain */
	bool is_last_text; /* the last line was not empty */
	bool is_cut;       /* the text ends in the middle of a line */
};

static bool read_block_lines(struct quick *q, size_t parent, struct block *b)
{
	for (;;) {
		struct str before = q->rest;
		struct yaml_line next;
		if (!yaml_scan_raw_line(&q->rest, &next)) {
			/* Whether the text ends in a newline decides how the block does. */
			b->is_cut = before.p[-1] != '\n';
			return !b->wanted || !b->is_cut || b->is_last_text;
		}
		const struct str line = next.text;
		const size_t column = next.column;
		b->is_last_text = line.n;
		if (b->is_folded && line.n && b->text.n && (column > b->width || line.p[0] == '\t') && column > parent)
			return false;
		if (!line.n) {
			b->leading = b->width ? b->leading : MAX(b->leading, column);
			if (b->wanted && b->width && column > b->width)
				buf_add_repeat(&b->text, ' ', column - b->width);
			if (b->wanted)
				buf_add_char(&b->text, '\n');
			continue;
		}
		if (!b->width && column > parent) {
			/* A tab could be taken for indentation; blank lines that are wider than the text are an error. */
			if (line.p[0] == '\t' || b->leading > column)
				return false;
			b->width = column;
		}
		if (!b->width || column < b->width) {
			/* A line between the block and its entry belongs to neither. */
			if (column > parent)
				return false;
			q->rest = before;
			return true;
		}
		if (b->wanted) {
			/* A single line end between lines becomes a space. */
			if (b->is_folded && b->text.n) {
				if (b->text.n > b->text_end)
					return false;
				b->text.p[b->text.n - 1] = ' ';
			}
			buf_add_repeat(&b->text, ' ', column - b->width);
			buf_add(&b->text, line);
			buf_add_char(&b->text, '\n');
			b->text_end = b->text.n;
		}
	}
}

/* The block whose header is `s`; `parent` is the column of its entry. */
static bool take_block(struct quick *q, struct str s, size_t parent)
{
	struct block b = { .wanted = is_kept(q, q->level), .is_folded = s.p[0] == '>' };
	char chomp = 0;
	s = str_slice(s, 1, s.n);
	if (s.n && (s.p[0] == '-' || s.p[0] == '+')) {
		chomp = s.p[0];
		s = str_slice(s, 1, s.n);
	}
	bool ok = (!s.n || quick_is_rest_empty(s)) && read_block_lines(q, parent, &b);
	if (ok && b.wanted) {
		size_t n = b.text.n;
		while (chomp != '+' && b.text.n && b.text.p[b.text.n - 1] == '\n')
			b.text.n--;
		if (!chomp && b.text.n && b.text.n < n && !b.is_cut)
			b.text.n++;
		if (chomp == '+' && b.is_cut)
			b.text.n--;
		set_last(q, value_str(buf_to_arena(&b.text, q->a)));
	}
	buf_deinit(&b.text);
	return ok;
}

/* ---- Entries ---- */

/* `marked`: yaml_scan_has_marks(s). */
static bool take_plain(struct quick *q, struct str s, bool marked)
{
	struct value v;
	size_t end;
	switch (s.p[0]) {
	case '-':
	case '?':
	case ':':
		if (s.n == 1 || s.p[1] == ' ')
			return false;
		break;
	case ']':
	case '}':
	case ',':
	case '&':
	case '*':
	case '!':
	case '%':
	case '@':
	case '`':
		return false;
	}
	if (is_no_json_number(s) || str_starts(s, STR("<<")))
		return false;
	end = s.n;
	if (marked && !plain_end(s, &end))
		return false;
	q->open = end == s.n ? PLAIN : CLOSED;
	if (!is_kept(q, q->level))
		return true;
	s = str_trim_right(str_slice(s, 0, end));
	if (!quick_resolve(q, s, &v))
		return false;
	set_last(q, v);
	buf_clear(&q->folded);
	if (q->open == PLAIN)
		buf_add(&q->folded, s);
	return true;
}

static struct str trim_spaces(struct str s)
{
	const char *from = yaml_scan_spaces(s.p, s.p + s.n);
	s = str_span(from, s.p + s.n);
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

static bool take_value(struct quick *q, struct str s, size_t parent);

static bool take_flow(struct quick *q, struct str s, size_t parent)
{
	struct value v;
	if (!quick_take_flow(q, &s, parent, &v) || !quick_is_rest_empty(s))
		return false;
	set_last(q, v);
	return true;
}

/* Takes the name behind `&` or `*` off the front of *s. */
static bool take_name(struct str *s, struct str *name)
{
	size_t n = 1;
	while (n < s->n && (quick_is_letter(s->p[n]) || quick_is_digit(s->p[n]) || s->p[n] == '_' || s->p[n] == '-'))
		n++;
	*name = str_slice(*s, 1, n);
	*s = str_slice(*s, n, s->n);
	return n > 1 && (!s->n || s->p[0] == ' ');
}

/* `&name scalar`, the scalar on the same line. */
static bool take_anchor(struct quick *q, struct str s, size_t parent)
{
	struct anchor *anchor = &q->anchors[q->anchor_count];
	const char *line = q->rest.p;
	if (q->anchor_count == MAX_ANCHORS || !take_name(&s, &anchor->name))
		return false;
	s = trim_spaces(s);
	if (!s.n || memchr("&*|>[{#", s.p[0], 7) || !take_value(q, s, parent) || q->rest.p != line)
		return false;
	/* The scalar must not go on: the value is taken now. */
	q->open = CLOSED;
	anchor->is_kept = is_kept(q, q->level);
	if (anchor->is_kept)
		anchor->v = *q->slot;
	q->anchor_count++;
	return true;
}

static bool take_alias(struct quick *q, struct str s)
{
	struct str name;
	size_t i = q->anchor_count;
	if (!take_name(&s, &name) || !quick_is_rest_empty(s) || q->alias_count++ == MAX_ALIASES)
		return false;
	while (i && !str_eq(q->anchors[i - 1].name, name))
		i--;
	if (!i || (is_kept(q, q->level) && !q->anchors[i - 1].is_kept))
		return false;
	set_last(q, q->anchors[i - 1].v);
	return true;
}

/* What stands behind `key:` or `-`; the entry is in its collection, with null. */
static bool take_value(struct quick *q, struct str s, size_t parent)
{
	struct str text;
	s = trim_spaces(s);
	bool marked = s.n && yaml_scan_has_marks(s);
	if (marked && memchr(s.p, '\t', s.n))
		return false;
	q->parent = parent;
	q->level = q->depth - 1;
	q->open = CLOSED;
	if (!s.n || s.p[0] == '#') {
		q->open = EMPTY;
		return true;
	}
	switch (s.p[0]) {
	case '"':
	case '\'':
		if (!quick_take_quoted(q, &s, parent, is_kept(q, q->level), &text) || !quick_is_rest_empty(s))
			return false;
		set_last(q, value_str(text));
		return true;
	case '|':
	case '>':
		return take_block(q, s, parent);
	case '[':
	case '{':
		return take_flow(q, s, parent);
	case '&':
		return take_anchor(q, s, parent);
	case '*':
		return take_alias(q, s);
	default:
		return take_plain(q, s, marked);
	}
}

static const bool is_key_char[256] = {
	['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['_'] = true, ['.'] = true, ['/'] = true, ['$'] = true, ['@'] = true,
	['+'] = true, ['-'] = true,
};

/* Takes `key:` off the front of *s. */
static bool take_key(struct quick *q, struct str *s, struct str *key)
{
	size_t n = 0;
	if (s->p[0] == '"' || s->p[0] == '\'') {
		struct str rest = q->rest;
		if (!quick_take_quoted(q, s, 0, true, key) || rest.p != q->rest.p || key->n > MAX_KEY || str_eq(*key, STR("<<")))
			return false;
		for (; n < key->n; n++)
			if (key->p[n] & 0x80)
				return false;
	} else {
		while (n < s->n && is_key_char[(unsigned char)s->p[n]])
			n++;
		*key = str_slice(*s, 0, n);
		while (n < s->n && s->p[n] == ' ')
			n++;
		*s = str_slice(*s, n, s->n);
		if (!key->n || key->n > MAX_KEY || !s->n || s->p[0] != ':' || !quick_is_sure_key(q, *key))
			return false;
	}
	if (!s->n || s->p[0] != ':' || (s->n > 1 && s->p[1] != ' '))
		return false;
	*s = str_slice(*s, 1, s->n);
	return true;
}

static bool push(struct quick *q, size_t column, bool is_list)
{
	if (q->depth == MAX_DEPTH)
		return false;
	struct level *l = &q->stack[q->depth];
	*l = (struct level){ column, is_list, { .kind = VAL_NULL } };
	if (is_kept(q, q->depth))
		l->v = new_collection(q, is_list);
	if (q->depth && is_kept(q, q->level))
		set_last(q, is_kept(q, q->depth) ? l->v : new_collection(q, is_list));
	q->depth++;
	return true;
}

/* Makes the collection at `column` the top of the stack, opening it if the last entry may hold one. */
static bool enter(struct quick *q, size_t column, bool is_list)
{
	while (q->depth && q->stack[q->depth - 1].column > column)
		q->depth--;
	if (!q->depth)
		return !is_list && q->open == EMPTY && q->parent == STR_NPOS && push(q, column, false);
	struct level *top = &q->stack[q->depth - 1];
	if (column > top->column)
		return q->open == EMPTY && q->parent == top->column && push(q, column, is_list);
	if (top->is_list == is_list)
		return true;
	/* A list may stand in the column of its key. */
	if (is_list)
		return q->open == EMPTY && q->parent == column && push(q, column, true);
	q->depth--;
	return q->depth && !q->stack[q->depth - 1].is_list && q->stack[q->depth - 1].column == column;
}

/* Adds an entry, with null for a value, to the collection on top. False for a key that is there already, which yaml.v3 refuses. */
static bool add_entry(struct quick *q, struct str key)
{
	struct level *l = &q->stack[q->depth - 1];
	q->level = q->depth - 1;
	if (!q->level)
		q->is_dropped = q->options->only.n && !str_eq(key, q->options->only);
	if (!is_kept(q, q->level))
		return !q->options->v3 || l->is_list;
	if (l->is_list) {
		value_list_add(l->v, value_null(), q->a);
		q->slot = &l->v.list->p[l->v.list->n - 1];
		return true;
	}
	size_t before = value_map_len(l->v);
	q->slot = map_put(l->v.map, key);
	*q->slot = value_null();
	return !q->options->v3 || value_map_len(l->v) > before;
}

/* A line, at `column`. */
static bool take_line(struct quick *q, size_t column, struct str s)
{
	struct str key;
	while (s.p[0] == '-' && (s.n == 1 || s.p[1] == ' ')) {
		if (!enter(q, column, true))
			return false;
		if (!add_entry(q, STR_NONE))
			return false;
		size_t n = 1;
		while (n < s.n && s.p[n] == ' ')
			n++;
		struct str rest = str_slice(s, n, s.n), probe = rest, saved = q->rest;
		bool is_nested = n < s.n && rest.p[0] == '-' && (rest.n == 1 || rest.p[1] == ' ');
		if (n == s.n || (!is_nested && !take_key(q, &probe, &key))) {
			q->rest = saved;
			return take_value(q, rest, column);
		}
		q->open = EMPTY;
		q->parent = column;
		column += n;
		s = rest;
	}
	return take_key(q, &s, &key) && enter(q, column, false) && add_entry(q, key) && take_value(q, s, column);
}

/*
 * Whether a line is one of those that most of large manifests are: `key:` or `key: text`, where the key is a word, the text begins with a letter or a
 * digit, and no other colon, number sign or tab is in it. take_line would do the same with them, only slower.
 */
static bool is_common(const struct yaml_line *line)
{
	struct str s = line->text;
	if (!line->mark || *line->mark != ':' || line->more_marks || !quick_is_letter(s.p[0]))
		return false;
	for (const char *p = s.p + 1; p < line->mark; p++)
		if (!is_key_char[(unsigned char)*p])
			return false;
	struct str key = str_span(s.p, line->mark), text = str_span(line->mark + 1, s.p + s.n);
	if (key.n > MAX_KEY || quick_is_special_word(key))
		return false;
	return !text.n || (text.n > 1 && text.p[0] == ' ' && (quick_is_letter(text.p[1]) || quick_is_digit(text.p[1])));
}

static bool take_common(struct quick *q, const struct yaml_line *line)
{
	struct str s = line->text;
	if (!enter(q, line->column, false) || !add_entry(q, str_span(s.p, line->mark)))
		return false;
	q->parent = line->column;
	q->level = q->depth - 1;
	q->open = EMPTY;
	return line->mark + 1 == s.p + s.n || take_plain(q, quick_trim_right(str_span(line->mark + 2, s.p + s.n)), false);
}

/* A further line of a plain scalar. */
static bool fold(struct quick *q, const struct yaml_line *next)
{
	struct str line = next->text;
	size_t end;
	if (next->mark && (memchr(line.p, '\t', line.n) || !plain_end(line, &end) || end < line.n))
		return false;
	if (!is_kept(q, q->level))
		return true;
	if (!q->blanks)
		buf_add_char(&q->folded, ' ');
	else
		buf_add_repeat(&q->folded, '\n', q->blanks);
	buf_add(&q->folded, str_trim_right(line));
	q->has_folded = true;
	return true;
}

static void end_folded(struct quick *q)
{
	if (q->has_folded)
		set_last(q, value_str(buf_to_arena(&q->folded, q->a)));
	q->has_folded = false;
}

/* Whether a line is below a key that has no value yet. */
static bool is_below_key(const struct quick *q, size_t column)
{
	return q->open == EMPTY && q->parent != STR_NPOS && column > q->parent;
}

/* A plain value on a line of its own below its key: a word or more without anything that has a meaning. */
static bool takes_plain_value(struct quick *q, const struct yaml_line *line)
{
	size_t end;
	if (!is_below_key(q, line->column) || !quick_is_letter(line->text.p[0]))
		return false;
	return !line->mark || (!memchr(line->text.p, '\t', line->text.n) && plain_end(line->text, &end) && end == line->text.n);
}

/* A collection in flow style, or null, on a line of its own, as `toYaml` leaves it below a key. False in *ok: not sure. */
static bool takes_lone_value(struct quick *q, const struct yaml_line *line, bool *ok)
{
	struct str s = quick_trim_right(line->text);
	if (!is_below_key(q, line->column))
		return false;
	if (s.p[0] == '{' || s.p[0] == '[') {
		*ok = !memchr(s.p, '\t', s.n) && take_flow(q, s, q->parent);
		q->open = CLOSED;
		return true;
	}
	*ok = str_eq(s, STR("null"));
	if (*ok)
		q->open = CLOSED;
	return *ok;
}

/* The marker of the document's beginning, with nothing but comments before it. */
static void skip_marker(struct quick *q)
{
	struct str rest = q->rest;
	struct yaml_line line;
	while (yaml_scan_raw_line(&rest, &line)) {
		if (!line.text.n || line.text.p[0] == '#')
			continue;
		if (line.column == 0 && str_eq(quick_trim_right(line.text), STR("---")))
			q->rest = rest;
		return;
	}
}

/* Whether only comments follow. */
static bool is_end(struct str rest)
{
	struct yaml_line line;
	while (yaml_scan_raw_line(&rest, &line))
		if (line.text.n && line.text.p[0] != '#')
			return false;
	return true;
}

static bool read_lines(struct quick *q)
{
	struct yaml_line next;
	bool ok;
	if (!q->options->v3)
		skip_marker(q);
	for (; yaml_scan_line(&q->rest, &next); q->blanks = 0) {
		for (; !next.text.n; q->blanks++)
			if (!yaml_scan_line(&q->rest, &next))
				return true;
		const struct str line = next.text;
		const size_t column = next.column;
		if (line.p[0] == '#') {
			/* Inside a plain scalar a comment ends it. */
			if (q->open == PLAIN)
				q->open = CLOSED;
			continue;
		}
		if (q->open == PLAIN && column > q->parent) {
			if (!fold(q, &next))
				return false;
			continue;
		}
		end_folded(q);
		if (is_common(&next)) {
			if (!take_common(q, &next))
				return false;
			continue;
		}
		if (takes_lone_value(q, &next, &ok)) {
			if (!ok)
				return false;
			continue;
		}
		if (takes_plain_value(q, &next)) {
			if (!take_plain(q, quick_trim_right(line), false))
				return false;
			continue;
		}
		if (column == 0 && q->depth && str_eq(quick_trim_right(line), STR("...")))
			return is_end(q->rest);
		if (line.p[0] == '\t' || (column == 0 && (str_starts(line, STR("---")) || str_starts(line, STR("...")))) ||
		    !take_line(q, column, line))
			return false;
	}
	return true;
}

bool yaml_quick_read(struct str text, const struct yaml_quick_options *options, struct arena *a, struct value *out)
{
	struct quick q = { .options = options, .a = a, .rest = text, .open = EMPTY, .parent = STR_NPOS };
	if (str_eq(text, STR("{}")) || str_eq(text, STR("{}\n"))) {
		*out = value_map_new(a);
		return true;
	}
	bool ok = yaml_scan_is_plain(text) && read_lines(&q);
	/* Without an entry there were only comments; of several documents that could be one that is none. */
	bool is_map = ok && q.stack[0].v.kind == VAL_MAP;
	ok = is_map || (ok && !options->v3 && q.open == EMPTY && q.parent == STR_NPOS);
	if (ok)
		end_folded(&q);
	buf_deinit(&q.folded);
	if (ok)
		*out = is_map ? q.stack[0].v : value_null();
	return ok;
}
