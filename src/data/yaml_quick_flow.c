/*
 * Flow collections of words and quoted strings: [a, "b"], {k: v, "l": [c]}. Any other plain scalar could be taken for something else there.
 */
#include "data/yaml_quick_parts.h"

#include <string.h>

#include "data/yaml_scan.h"

enum { MAX_NESTED = 16 };

struct flow {
	struct quick *q;
	struct str s; /* what is left of the line */
	size_t parent;
};

static bool take_any(struct flow *f, int depth, struct value *out);

/* Goes to the next thing, over line ends and comments. */
static bool skip(struct flow *f)
{
	for (;;) {
		const char *before = f->s.p;
		struct yaml_line next;
		f->s = str_trim_left(f->s);
		if (f->s.n && (f->s.p[0] != '#' || f->s.p == before))
			return true;
		do {
			if (!yaml_scan_raw_line(&f->q->rest, &next) || memchr(next.text.p, '\t', next.text.n))
				return false;
		} while (!next.text.n || next.text.p[0] == '#');
		/* Only the end may stand as far to the left as what it belongs to. */
		if (next.column <= f->parent && next.text.p[0] != ']' && next.text.p[0] != '}')
			return false;
		f->s = next.text;
	}
}

static bool is_next(const struct flow *f, char c)
{
	return f->s.n && f->s.p[0] == c;
}

static void drop(struct flow *f)
{
	f->s = str_slice(f->s, 1, f->s.n);
}

/* A word: nothing that flow style could take for something else. */
static bool take_word(struct flow *f, struct str *out)
{
	struct str s = f->s;
	size_t n = 0;
	while (n < s.n && (quick_is_letter(s.p[n]) || quick_is_digit(s.p[n]) || strchr("_./", s.p[n]) || (n && s.p[n] == '-')))
		n++;
	*out = str_slice(s, 0, n);
	f->s = str_slice(s, n, s.n);
	return n && out->p[0] != '.';
}

static bool take_quoted(struct flow *f, struct str *out)
{
	const char *line = f->q->rest.p;
	return quick_take_quoted(f->q, &f->s, 0, true, out) && f->q->rest.p == line;
}

static bool is_quote(const struct flow *f)
{
	return is_next(f, '"') || is_next(f, '\'');
}

static bool take_scalar(struct flow *f, struct value *out)
{
	struct str text;
	if (is_quote(f)) {
		if (!take_quoted(f, &text))
			return false;
		*out = value_str(text);
		return true;
	}
	return take_word(f, &text) && quick_resolve(f->q, text, out);
}

/* `key:`, quoted or a word with a space behind the colon. */
static bool take_key(struct flow *f, struct str *key)
{
	if (is_quote(f)) {
		if (!take_quoted(f, key) || key->n > MAX_KEY || str_eq(*key, STR("<<")) || !is_next(f, ':'))
			return false;
		for (size_t i = 0; i < key->n; i++)
			if (key->p[i] & 0x80)
				return false;
		drop(f);
		return true;
	}
	if (!take_word(f, key) || key->n > MAX_KEY || !quick_is_sure_key(f->q, *key) || !is_next(f, ':'))
		return false;
	drop(f);
	return is_next(f, ' ');
}

/* Behind an item: a comma, or the end in *ended. */
static bool take_comma(struct flow *f, char end, bool *ended)
{
	if (!skip(f) || (!is_next(f, ',') && !is_next(f, end)))
		return false;
	*ended = is_next(f, end);
	drop(f);
	if (*ended)
		return true;
	if (!skip(f))
		return false;
	*ended = is_next(f, end); /* behind a last comma */
	if (*ended)
		drop(f);
	return true;
}

static bool take_list(struct flow *f, int depth, struct value *out)
{
	struct value list = value_list_new(f->q->a), item;
	bool ended = is_next(f, ']');
	if (ended)
		drop(f);
	while (!ended) {
		if (!take_any(f, depth, &item) || !take_comma(f, ']', &ended))
			return false;
		value_list_add(list, item, f->q->a);
	}
	*out = list;
	return true;
}

static bool take_map(struct flow *f, int depth, struct value *out)
{
	struct value map = value_map_new(f->q->a), item;
	bool ended = is_next(f, '}');
	if (ended)
		drop(f);
	while (!ended) {
		struct str key;
		if (!take_key(f, &key) || !skip(f) || !take_any(f, depth, &item) || !take_comma(f, '}', &ended))
			return false;
		if (f->q->options->v3 && value_map_get(map, key))
			return false;
		value_map_set(map, key, item);
	}
	*out = map;
	return true;
}

static bool take_any(struct flow *f, int depth, struct value *out)
{
	bool is_list = is_next(f, '['), is_map = is_next(f, '{');
	if (!is_list && !is_map)
		return take_scalar(f, out);
	drop(f);
	if (depth == MAX_NESTED || !skip(f))
		return false;
	return is_list ? take_list(f, depth + 1, out) : take_map(f, depth + 1, out);
}

bool quick_take_flow(struct quick *q, struct str *s, size_t parent, struct value *out)
{
	struct flow f = { q, *s, parent };
	if (!take_any(&f, 0, out))
		return false;
	*s = f.s;
	return true;
}
