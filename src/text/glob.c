/*
 * glob.c: path.Match by its definition, with the greedy star that needs no recursion; and the dialect with braces compiled to a small
 * automaton over code points, run with a set of states, so that no pattern can explode.
 */
#include "text/glob.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vec.h"

static bool bad_pattern(struct err *err)
{
	return err_set(err, ERR_SYNTAX, "syntax error in pattern");
}

/* ---- path.Match ---- */

/* One code point of a class in a pattern. */
static bool class_rune(struct str *chunk, uint32_t *r, struct err *err)
{
	if (chunk->n == 0 || chunk->p[0] == '-' || chunk->p[0] == ']')
		return bad_pattern(err);
	if (chunk->p[0] == '\\') {
		*chunk = str_slice(*chunk, 1, chunk->n);
		if (chunk->n == 0)
			return bad_pattern(err);
	}
	size_t n = utf8_decode(*chunk, r);
	if (*r == UTF8_BAD && n == 1)
		return bad_pattern(err);
	*chunk = str_slice(*chunk, n, chunk->n);
	if (chunk->n == 0)
		return bad_pattern(err);
	return true;
}

/* `[` is taken off already: whether r is in the class. */
static bool match_class(struct str *chunk, uint32_t r, bool *in, struct err *err)
{
	bool negated = chunk->n > 0 && chunk->p[0] == '^', match = false;
	if (negated)
		*chunk = str_slice(*chunk, 1, chunk->n);
	for (size_t ranges = 0;; ranges++) {
		if (chunk->n > 0 && chunk->p[0] == ']' && ranges > 0)
			break;
		uint32_t lo, hi;
		if (!class_rune(chunk, &lo, err))
			return false;
		hi = lo;
		if (chunk->p[0] == '-') {
			*chunk = str_slice(*chunk, 1, chunk->n);
			if (!class_rune(chunk, &hi, err))
				return false;
		}
		if (lo <= r && r <= hi)
			match = true;
	}
	*chunk = str_slice(*chunk, 1, chunk->n);
	*in = match != negated;
	return true;
}

/*
 * Whether the chunk, which has no star, matches the beginning of s; the rest of s goes to *rest. Goes on to the chunk's end after a mismatch, to
 * see whether it is well formed.
 */
static bool match_chunk(struct str chunk, struct str s, struct str *rest, bool *matched, struct err *err)
{
	bool failed = false;
	while (chunk.n > 0) {
		uint32_t r = 0;
		size_t n;
		if (!failed && s.n == 0)
			failed = true;
		char c = chunk.p[0];
		if (c == '[' || c == '?') {
			n = utf8_decode(s, &r);
			if (!failed)
				s = str_slice(s, n, s.n);
			chunk = str_slice(chunk, 1, chunk.n);
			bool in = true;
			if (c == '[' && !match_class(&chunk, r, &in, err))
				return false;
			if (!in || (c == '?' && r == '/'))
				failed = true;
			continue;
		}
		if (c == '\\') {
			chunk = str_slice(chunk, 1, chunk.n);
			if (chunk.n == 0)
				return bad_pattern(err);
		}
		if (!failed) {
			failed = chunk.p[0] != s.p[0];
			s = str_slice(s, 1, s.n);
		}
		chunk = str_slice(chunk, 1, chunk.n);
	}
	*matched = !failed;
	*rest = s;
	return true;
}

/* Takes the stars and the chunk up to the next one off the pattern. */
static bool scan_chunk(struct str *pattern, struct str *chunk)
{
	struct str p = *pattern;
	bool star = false, in_class = false;
	while (p.n > 0 && p.p[0] == '*') {
		p = str_slice(p, 1, p.n);
		star = true;
	}
	size_t i = 0;
	for (; i < p.n; i++) {
		char c = p.p[i];
		if (c == '\\' && i + 1 < p.n)
			i++;
		else if (c == '[')
			in_class = true;
		else if (c == ']')
			in_class = false;
		else if (c == '*' && !in_class)
			break;
	}
	*chunk = str_slice(p, 0, i);
	*pattern = str_slice(p, i, p.n);
	return star;
}

/* The chunk behind a star: at the first place, before any '/', where it matches (at the very end if the pattern ends there). */
static bool match_behind_star(struct str chunk, bool last, struct str *name, bool *matched, struct err *err)
{
	struct str rest;
	for (size_t i = 0; i < name->n && name->p[i] != '/'; i++) {
		bool here;
		if (!match_chunk(chunk, str_slice(*name, i + 1, name->n), &rest, &here, err))
			return false;
		if (here && (!last || rest.n == 0)) {
			*name = rest;
			*matched = true;
			return true;
		}
	}
	*matched = false;
	return true;
}

/* Nothing matches any more; what is left of the pattern must still be well formed. */
static bool check_rest(struct str pattern, struct err *err)
{
	while (pattern.n > 0) {
		struct str chunk, rest;
		bool matched;
		scan_chunk(&pattern, &chunk);
		if (!match_chunk(chunk, STR(""), &rest, &matched, err))
			return false;
	}
	return true;
}

bool glob_path_match(struct str pattern, struct str name, bool *matched, struct err *err)
{
	while (pattern.n > 0) {
		struct str chunk, rest;
		bool star = scan_chunk(&pattern, &chunk), here;
		if (star && chunk.n == 0) { /* a star at the end takes all but slashes */
			*matched = str_find_char(name, '/') == STR_NPOS;
			return true;
		}
		if (!match_chunk(chunk, name, &rest, &here, err))
			return false;
		if (here && (rest.n == 0 || pattern.n > 0)) {
			name = rest;
			continue;
		}
		if (star) {
			if (!match_behind_star(chunk, pattern.n == 0, &name, &here, err))
				return false;
			if (here)
				continue;
		}
		*matched = false;
		return check_rest(pattern, err);
	}
	*matched = name.n == 0;
	return true;
}

/* ---- The dialect with braces ---- */

enum glob_op { GLOB_MATCH, GLOB_RUNE, GLOB_ONE, GLOB_ANY, GLOB_SET, GLOB_SPLIT, GLOB_NEVER };

struct glob_range {
	uint32_t lo, hi;
};

/* A state. GLOB_ANY stays where it is on any code point but `limited` separators, and may go on without one. */
struct glob_state {
	enum glob_op op;
	bool negated, limited;
	uint32_t rune;
	uint32_t next, other; /* other: of a split */
	const struct glob_range *ranges;
	size_t range_count;
};

struct glob {
	const struct glob_state *states;
	uint32_t n, start;
	struct str separators;
};

struct glob_parser {
	struct arena *a;
	struct str s;
	size_t at;
	VEC(struct glob_state) states;
	struct err *err;
};

static uint32_t add_state(struct glob_parser *p, struct glob_state state)
{
	vec_push_in(&p->states, p->a, state);
	return (uint32_t)p->states.n - 1;
}

static uint32_t take_rune(struct glob_parser *p)
{
	uint32_t r = 0;
	p->at += utf8_decode(str_slice(p->s, p->at, p->s.n), &r);
	return r;
}

static bool at_end(const struct glob_parser *p)
{
	return p->at >= p->s.n;
}

/* An item of a pattern, built before its follower is known. */
struct glob_item {
	struct glob_state state;
	struct glob_item *next;         /* in its sequence */
	struct glob_item **alternatives; /* GLOB_SPLIT: first item of each, NULL if empty */
	size_t count;
};

/* [a-z]: p->at is at the first letter. Nothing else may stand in such a class, and nothing in it is escaped. */
static bool parse_range(struct glob_parser *p, struct glob_range *out)
{
	out->lo = take_rune(p);
	p->at++;
	if (at_end(p))
		return err_set(p->err, ERR_SYNTAX, "unexpected end of input");
	size_t from = p->at;
	out->hi = take_rune(p);
	struct str hi = str_slice(p->s, from, p->at);
	char lo[4];
	if (at_end(p))
		return err_set(p->err, ERR_SYNTAX, "unexpected end of input");
	if (take_rune(p) != ']')
		return err_set(p->err, ERR_SYNTAX, "expected close range character");
	if (out->hi < out->lo)
		return err_set(p->err, ERR_SYNTAX, "hi character '%.*s' should be greater than lo '%.*s'", STR_ARG(hi), (int)utf8_encode(out->lo, lo),
			       lo);
	return true;
}

/* [abc], [a-z], [!…]; p->at is behind the bracket. */
static bool parse_set(struct glob_parser *p, struct glob_state *out)
{
	VEC(struct glob_range) ranges = { 0 };
	*out = (struct glob_state){ .op = GLOB_SET };
	if (!at_end(p) && p->s.p[p->at] == '!') {
		out->negated = true;
		p->at++;
	}
	size_t from = p->at;
	uint32_t r = take_rune(p);
	bool is_range = r != '\\' && !at_end(p) && p->s.p[p->at] == '-';
	p->at = from;
	if (is_range) {
		struct glob_range range;
		if (!parse_range(p, &range))
			return false;
		vec_push_in(&ranges, p->a, range);
	}
	while (!is_range) {
		if (at_end(p))
			return err_set(p->err, ERR_SYNTAX, "unexpected end of input");
		r = take_rune(p);
		if (r == ']')
			break;
		if (r == '\\' && !at_end(p))
			r = take_rune(p);
		vec_push_in(&ranges, p->a, (struct glob_range){ r, r });
	}
	if (ranges.n == 0)
		return err_set(p->err, ERR_SYNTAX, "could not parse range");
	out->ranges = ranges.p;
	out->range_count = ranges.n;
	return true;
}

static bool parse_sequence(struct glob_parser *p, unsigned depth, struct glob_item **out);

/* {a,b}; p->at is behind the brace. */
static bool parse_braces(struct glob_parser *p, unsigned depth, struct glob_item *out)
{
	VEC(struct glob_item *) list = { 0 };
	if (depth > GLOB_DEPTH_MAX)
		return err_set(p->err, ERR_LIMIT, "more than %d nested braces in a pattern", GLOB_DEPTH_MAX);
	for (bool more = true; more;) {
		struct glob_item *first;
		if (!parse_sequence(p, depth, &first))
			return false;
		vec_push_in(&list, p->a, first);
		/* The end of the pattern closes what is open. */
		more = !at_end(p) && p->s.p[p->at++] == ',';
	}
	out->state.op = GLOB_SPLIT;
	out->alternatives = list.p;
	out->count = list.n;
	return true;
}

static bool parse_item(struct glob_parser *p, unsigned depth, struct glob_item *out)
{
	uint32_t r = take_rune(p);
	switch (r) {
	case '*':
		out->state = (struct glob_state){ .op = GLOB_ANY, .limited = true };
		while (!at_end(p) && p->s.p[p->at] == '*') {
			out->state.limited = false;
			p->at++;
		}
		return true;
	case '?':
		out->state.op = GLOB_ONE;
		return true;
	case '[':
		return parse_set(p, &out->state);
	case '{':
		return parse_braces(p, depth + 1, out);
	case '\\':
		if (!at_end(p))
			r = take_rune(p);
		break;
	default:
		break;
	}
	out->state.op = GLOB_RUNE;
	out->state.rune = r;
	return true;
}

/* Items up to the end, or to a comma or brace that ends an alternative (depth > 0). */
static bool parse_sequence(struct glob_parser *p, unsigned depth, struct glob_item **out)
{
	struct glob_item **tail = out;
	*out = NULL;
	while (!at_end(p)) {
		char c = p->s.p[p->at];
		if (depth > 0 && (c == ',' || c == '}'))
			return true;
		if (c == '\\' && p->at + 1 == p->s.n) { /* one that escapes nothing is nothing */
			p->at++;
			return true;
		}
		struct glob_item *item = arena_new(p->a, struct glob_item);
		if (!parse_item(p, depth, item))
			return false;
		*tail = item;
		tail = &item->next;
	}
	return true;
}

/* States of a sequence, the last followed by `next`; returns the first. */
static uint32_t build(struct glob_parser *p, struct glob_item *first, uint32_t next)
{
	VEC(struct glob_item *) items = { 0 };
	for (struct glob_item *i = first; i; i = i->next)
		vec_push_in(&items, p->a, i);
	for (size_t i = items.n; i > 0; i--) {
		struct glob_item *item = items.p[i - 1];
		if (item->state.op != GLOB_SPLIT) {
			item->state.next = next;
			next = add_state(p, item->state);
			continue;
		}
		uint32_t chain = build(p, item->alternatives[item->count - 1], next);
		for (size_t k = item->count - 1; k > 0; k--)
			chain = add_state(p, (struct glob_state){ .op = GLOB_SPLIT, .next = build(p, item->alternatives[k - 1], next), .other = chain });
		next = chain;
	}
	return next;
}

bool glob_compile(struct arena *a, struct str pattern, struct str separators, const struct glob **out, struct err *err)
{
	struct glob_parser p = { .a = a, .s = arena_str(a, pattern), .err = err };
	struct glob_item *first;
	if (!parse_sequence(&p, 0, &first))
		return false;
	uint32_t match = add_state(&p, (struct glob_state){ .op = GLOB_MATCH });
	struct glob *g = arena_new(a, struct glob);
	g->start = build(&p, first, match);
	g->states = p.states.p;
	g->n = (uint32_t)p.states.n;
	g->separators = arena_str(a, separators);
	*out = g;
	return true;
}

/* The states reached so far, without doubles; `mark` says in which round a state was added last. */
struct state_set {
	uint32_t *list, n;
};

static void reach(const struct glob *g, struct state_set *set, uint32_t *mark, uint32_t round, uint32_t state)
{
	/* Chains of splits are as long as a pattern has alternatives: follow them in a loop and recurse only into nested braces. */
	while (mark[state] != round) {
		const struct glob_state *s = &g->states[state];
		mark[state] = round;
		set->list[set->n++] = state;
		if (s->op == GLOB_SPLIT) {
			reach(g, set, mark, round, s->next);
			state = s->other;
		} else if (s->op == GLOB_ANY) {
			state = s->next;
		} else {
			return;
		}
	}
}

static bool is_separator(const struct glob *g, uint32_t r)
{
	for (size_t at = 0; at < g->separators.n;) {
		uint32_t sep;
		at += utf8_decode(str_slice(g->separators, at, g->separators.n), &sep);
		if (sep == r)
			return true;
	}
	return false;
}

/* Whether the state consumes r; GLOB_ANY stays in itself. */
static bool consumes(const struct glob *g, const struct glob_state *s, uint32_t r)
{
	bool in = false;
	switch (s->op) {
	case GLOB_RUNE:
		return s->rune == r;
	case GLOB_ONE:
		return !is_separator(g, r);
	case GLOB_ANY:
		return !s->limited || !is_separator(g, r);
	case GLOB_SET:
		for (size_t i = 0; i < s->range_count; i++)
			in = in || (r >= s->ranges[i].lo && r <= s->ranges[i].hi);
		return in != s->negated;
	default:
		return false;
	}
}

bool glob_match(const struct glob *g, struct str name)
{
	uint32_t *memory = xcalloc((size_t)g->n * 3, sizeof(uint32_t)), round = 1;
	struct state_set now = { memory, 0 }, next = { memory + g->n, 0 };
	uint32_t *mark = memory + (size_t)g->n * 2;
	reach(g, &now, mark, round, g->start);
	for (size_t at = 0; at < name.n && now.n > 0;) {
		uint32_t r;
		at += utf8_decode(str_slice(name, at, name.n), &r);
		next.n = 0;
		round++;
		for (uint32_t i = 0; i < now.n; i++) {
			const struct glob_state *s = &g->states[now.list[i]];
			if (consumes(g, s, r))
				reach(g, &next, mark, round, s->op == GLOB_ANY ? now.list[i] : s->next);
		}
		struct state_set swap = now;
		now = next;
		next = swap;
	}
	bool matched = false;
	for (uint32_t i = 0; i < now.n; i++)
		matched = matched || g->states[now.list[i]].op == GLOB_MATCH;
	free(memory);
	return matched;
}
