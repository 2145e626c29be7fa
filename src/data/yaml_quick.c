/*
 * One pass over the lines, with a stack of the open collections by their columns. `open` says what may follow the entry that was read last:
 * nothing deeper (CLOSED), a nested collection (EMPTY), or more lines of a plain scalar (PLAIN).
 *
 * The rule is that every doubt is a no: anchors, tags, merge keys, tabs, flow collections beyond the simplest, markers, keys that might be numbers. So
 * a mistake here can only cost time, provided that what is accepted is certain; each check says what it relies on. tests/unit/data/test_yaml_quick.c compares it with the parser on
 * random changes of documents.
 */
#include "data/yaml_quick.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "data/yaml_scalar.h"
#include "data/yaml_scan.h"

enum { MAX_DEPTH = 64, MAX_KEY = 200 };

enum open { CLOSED, EMPTY, PLAIN };

struct level {
	size_t column;
	bool is_list;
	struct value v; /* the collection, unless it is deeper than what is kept */
};

struct quick {
	const struct yaml_quick_options *options;
	struct arena *a;
	struct str rest;
	struct level stack[MAX_DEPTH];
	size_t depth;
	enum open open;
	size_t parent, level;   /* column and level of the entry that `open` speaks of */
	struct value *slot;     /* where its value is, if that is kept */
	struct buf folded;      /* a plain scalar so far, in case that it goes on */
	bool has_folded;        /* it did */
	size_t blanks;          /* empty lines since the last one that was not */
	bool is_dropped;        /* the root's last entry is none that is wanted */
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Plain words that are not strings. */
static bool is_special_word(struct str s)
{
	static const struct str words[][3] = {
		[1] = { STR_INIT("y"), STR_INIT("n"), STR_INIT("~") },
		[2] = { STR_INIT("no"), STR_INIT("on") },
		[3] = { STR_INIT("yes"), STR_INIT("off") },
		[4] = { STR_INIT("true"), STR_INIT("null") },
		[5] = { STR_INIT("false") },
	};
	if (s.n >= ARRAY_LEN(words))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(words[0]) && words[s.n][i].n; i++) {
		const char *word = words[s.n][i].p;
		/* The last letters differ soonest: keys such as `type` and `name` are many. */
		if ((s.p[s.n - 1] | 0x20) == word[s.n - 1] && (s.p[0] | 0x20) == word[0] && str_eq_nocase(s, words[s.n][i]))
			return true;
	}
	return false;
}

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

static bool resolve_plain(struct quick *q, struct str text, struct value *out)
{
	struct yaml_scalar s = yaml_scalar_plain(text, q->options->v3 ? YAML_V3 : YAML_HELM, q->a);
	switch (s.type) {
	case YAML_TYPE_NULL: *out = value_null(); return true;
	case YAML_TYPE_BOOL: *out = value_bool(s.b); return true;
	case YAML_TYPE_INT: *out = q->options->numbers == YAML_INTS ? value_int(s.i) : value_float((double)s.i); return true;
	case YAML_TYPE_FLOAT:
		/* A whole float is an integer where integers are told apart: the parser knows. */
		*out = value_float(s.f);
		return isfinite(s.f) && (q->options->numbers == YAML_FLOATS || s.f != floor(s.f));
	case YAML_TYPE_STR: *out = value_str(s.text); return true;
	case YAML_TYPE_TIME: *out = value_str(s.text); return q->options->v3;
	case YAML_TYPE_UINT: break;
	}
	return false;
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

/* Whether nothing but blanks and a comment is in s. */
static bool is_rest_empty(struct str s)
{
	struct str t = str_trim_left(s);
	return !t.n || (t.p[0] == '#' && t.n < s.n);
}

/* The text between quotes, of one line, with what is doubled or escaped in it. */
static struct str unescaped(struct quick *q, struct str s, char quote)
{
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (quote == '\'' && c == '\'')
			i++;
		else if (quote == '"' && c == '\\')
			c = s.p[++i] == 'n' ? '\n' : s.p[i] == 't' ? '\t' : s.p[i] == 'r' ? '\r' : s.p[i];
		buf_add_char(&b, c);
	}
	return buf_to_arena(&b, q->a);
}

/* The lines of a quoted scalar, folded: a break is a space, of several all but the first are kept. */
struct quoted {
	struct buf text;
	size_t breaks; /* since the last line that was not empty */
};

static void fold_quoted(struct quoted *f, struct str piece)
{
	if (f->breaks == 1)
		buf_add_char(&f->text, ' ');
	else if (f->breaks)
		buf_add_repeat(&f->text, '\n', f->breaks - 1);
	f->breaks = 0;
	buf_add(&f->text, piece);
}

static struct str trim_spaces_right(struct str s)
{
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

/* Goes on to the line behind one that does not end the scalar. */
static bool next_quoted_line(struct quick *q, size_t parent, struct quoted *f, struct str *line)
{
	struct yaml_line next;
	if (line->n || !f->breaks)
		fold_quoted(f, trim_spaces_right(*line));
	f->breaks++;
	if (!yaml_scan_raw_line(&q->rest, &next))
		return false;
	*line = next.text;
	return !line->n || next.column > parent;
}

/*
 * Takes a quoted scalar off the front of *s. It may go on over lines of the document, which must be deeper than `parent`. Its text is only given where it is
 * wanted.
 */
static bool take_quoted(struct quick *q, struct str *s, size_t parent, bool wanted, struct str *text)
{
	char quote = s->p[0];
	struct str line = str_slice(*s, 1, s->n);
	struct quoted folded = { 0 };
	bool is_simple = true, is_one_line = true, ok = true;
	size_t i = 0;
	for (;;) {
		for (i = yaml_scan_quoted(line, i, quote); ok && i < line.n && line.p[i] != quote; i = yaml_scan_quoted(line, i + 1, quote)) {
			ok = line.p[i] != '\t';
			if (quote == '"' && line.p[i] == '\\') {
				is_simple = false;
				ok = ++i < line.n && memchr("\"\\ntr", line.p[i], 5);
			}
		}
		if (ok && i < line.n && quote == '\'' && i + 1 < line.n && line.p[i + 1] == quote) {
			is_simple = false;
			i += 2;
			continue;
		}
		if (!ok || i < line.n)
			break;
		is_one_line = false;
		i = 0;
		if (!(ok = next_quoted_line(q, parent, &folded, &line)))
			break;
	}
	*text = STR_NONE;
	if (ok && wanted) {
		struct str content = str_slice(line, 0, i);
		if (!is_one_line) {
			fold_quoted(&folded, content);
			content = is_simple ? buf_to_arena(&folded.text, q->a) : buf_str(&folded.text);
		}
		*text = is_simple ? content : unescaped(q, content, quote);
	}
	buf_deinit(&folded.text);
	if (ok)
		*s = str_slice(line, i + 1, line.n);
	return ok;
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
	bool ok = (!s.n || is_rest_empty(s)) && read_block_lines(q, parent, &b);
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

/* A word of a list on one line: nothing that flow style could take for something else. */
static bool take_word(struct quick *q, struct str *s, struct value *out)
{
	size_t n = 0;
	while (n < s->n && (is_letter(s->p[n]) || is_digit(s->p[n]) || strchr("_./", s->p[n]) || (n && s->p[n] == '-')))
		n++;
	struct str word = str_slice(*s, 0, n);
	*s = str_slice(*s, n, s->n);
	return n && word.p[0] != '.' && resolve_plain(q, word, out);
}

/* [a, "b", c] on one line. */
static bool take_list(struct quick *q, struct str s)
{
	struct value list = value_list_new(q->a), item;
	struct str rest = q->rest, text;
	s = str_trim_left(str_slice(s, 1, s.n));
	bool ended = s.n && s.p[0] == ']';
	if (ended)
		s = str_trim_left(str_slice(s, 1, s.n));
	while (!ended) {
		if (!s.n)
			return false;
		if (s.p[0] == '"' || s.p[0] == '\'') {
			if (!take_quoted(q, &s, 0, true, &text) || rest.p != q->rest.p)
				return false;
			item = value_str(text);
		} else if (!take_word(q, &s, &item)) {
			return false;
		}
		value_list_add(list, item, q->a);
		s = str_trim_left(s);
		if (!s.n || (s.p[0] != ',' && s.p[0] != ']'))
			return false;
		ended = s.p[0] == ']';
		s = str_trim_left(str_slice(s, 1, s.n));
	}
	if (s.n && s.p[0] != '#')
		return false;
	set_last(q, list);
	return true;
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
	if (!resolve_plain(q, s, &v))
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
		if (!take_quoted(q, &s, parent, is_kept(q, q->level), &text) || !is_rest_empty(s))
			return false;
		set_last(q, value_str(text));
		return true;
	case '|':
	case '>':
		return take_block(q, s, parent);
	case '[':
		return take_list(q, s);
	case '{':
		set_last(q, value_map_new(q->a));
		s = str_trim_left(str_slice(s, 1, s.n));
		return s.n && s.p[0] == '}' && is_rest_empty(str_slice(s, 1, s.n));
	default:
		return take_plain(q, s, marked);
	}
}

/* A letter that stands in no number. */
static bool has_word_letter(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_letter(s.p[i]) && !memchr("abcdefABCDEFxXoOinINtTzZ", s.p[i], 24))
			return true;
	return false;
}

/* Keys that are certain to be strings, or small whole numbers, whose text is the key (to yaml.v3 they are no strings). */
static bool is_sure_key(struct quick *q, struct str key)
{
	if (is_letter(key.p[0]))
		return !is_special_word(key);
	struct yaml_scalar s = yaml_scalar_plain(key, q->options->v3 ? YAML_V3 : YAML_HELM, q->a);
	if (s.type == YAML_TYPE_STR)
		return key.p[0] == '_' || key.p[0] == '$' || key.p[0] == '/' || key.p[0] == '.' || (is_digit(key.p[0]) && has_word_letter(key));
	return !q->options->v3 && s.type == YAML_TYPE_INT && is_digit(key.p[0]) && (key.n == 1 || key.p[0] != '0') && key.n < 18 &&
	       strspn(key.p, "0123456789") >= key.n;
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
		if (!take_quoted(q, s, 0, true, key) || rest.p != q->rest.p || key->n > MAX_KEY || str_eq(*key, STR("<<")))
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
		if (!key->n || key->n > MAX_KEY || !s->n || s->p[0] != ':' || !is_sure_key(q, *key))
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
	if (!line->mark || *line->mark != ':' || line->more_marks || !is_letter(s.p[0]))
		return false;
	for (const char *p = s.p + 1; p < line->mark; p++)
		if (!is_key_char[(unsigned char)*p])
			return false;
	struct str key = str_span(s.p, line->mark), text = str_span(line->mark + 1, s.p + s.n);
	if (key.n > MAX_KEY || is_special_word(key))
		return false;
	return !text.n || (text.n > 1 && text.p[0] == ' ' && (is_letter(text.p[1]) || is_digit(text.p[1])));
}

static bool take_common(struct quick *q, const struct yaml_line *line)
{
	struct str s = line->text;
	if (!enter(q, line->column, false) || !add_entry(q, str_span(s.p, line->mark)))
		return false;
	q->parent = line->column;
	q->level = q->depth - 1;
	q->open = EMPTY;
	return line->mark + 1 == s.p + s.n || take_plain(q, trim_spaces_right(str_span(line->mark + 2, s.p + s.n)), false);
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

/* A plain value on a line of its own below its key: a word or more without anything that has a meaning. */
static bool takes_plain_value(struct quick *q, const struct yaml_line *line)
{
	return q->open == EMPTY && q->parent != STR_NPOS && line->column > q->parent && is_letter(line->text.p[0]) && !line->mark;
}

/* An empty value on a line of its own, as `toYaml` leaves it below a key. */
static bool take_empty_value(struct quick *q, size_t column, struct str s)
{
	if (q->open != EMPTY || q->parent == STR_NPOS || column <= q->parent)
		return false;
	s = trim_spaces_right(s);
	if (str_eq(s, STR("{}")))
		set_last(q, value_map_new(q->a));
	else if (str_eq(s, STR("[]")))
		set_last(q, value_list_new(q->a));
	else if (!str_eq(s, STR("null")))
		return false;
	q->open = CLOSED;
	return true;
}

/* The marker of the document's beginning, with nothing but comments before it. */
static void skip_marker(struct quick *q)
{
	struct str rest = q->rest;
	struct yaml_line line;
	while (yaml_scan_raw_line(&rest, &line)) {
		if (!line.text.n || line.text.p[0] == '#')
			continue;
		if (line.column == 0 && str_eq(trim_spaces_right(line.text), STR("---")))
			q->rest = rest;
		return;
	}
}

static bool read_lines(struct quick *q)
{
	struct yaml_line next;
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
		if (take_empty_value(q, column, line))
			continue;
		if (takes_plain_value(q, &next)) {
			if (!take_plain(q, trim_spaces_right(line), false))
				return false;
			continue;
		}
		if (line.p[0] == '\t' || (column == 0 && (str_starts(line, STR("---")) || str_starts(line, STR("...")))) ||
		    !take_line(q, column, line))
			return false;
	}
	return true;
}

bool yaml_quick_read(struct str text, const struct yaml_quick_options *options, struct arena *a, struct value *out)
{
	struct quick q = { .options = options, .a = a, .rest = text, .open = EMPTY, .parent = STR_NPOS };
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
