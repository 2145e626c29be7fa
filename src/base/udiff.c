/*
 * udiff.c: Myers' O(ND) algorithm in its linear-space form (E. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986, section 4b).
 *
 * Lines become numbers first, equal lines equal numbers. Lines that the other text does not have at all can only be changed ones: they are
 * marked and taken out before the search, which then is short even for texts with little in common. A search that still grows beyond
 * a cost cap splits where it got furthest, so that the whole stays near linear; the result is then correct, only not the shortest.
 */
#include "base/udiff.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

/* Steps of one search in each direction before it takes the best split that it has. */
#define COST_CAP 1024

/* One of the two texts. */
struct side {
	struct str *line;  /* each with its newline, if it has one */
	uint32_t *id;      /* equal lines have equal ids */
	bool *changed;     /* n + 1; the last stays false */
	size_t n;
	uint32_t *kept;    /* indexes of the lines that the other side has too */
	size_t kept_n;
};

struct search {
	const struct side *a, *b;
	int64_t *forward, *backward; /* furthest x on each diagonal, at [diagonal + offset] */
	int64_t offset;
};

static void split_lines(struct side *s, struct str text)
{
	size_t cap = 1;
	for (size_t i = 0; i < text.n; i++)
		cap += text.p[i] == '\n';
	s->line = xcalloc(cap, sizeof(*s->line));
	s->id = xcalloc(cap, sizeof(*s->id));
	s->changed = xcalloc(cap + 1, sizeof(*s->changed));
	s->kept = xcalloc(cap, sizeof(*s->kept));
	while (text.n) {
		size_t end = str_find_char(text, '\n');
		end = end == STR_NPOS ? text.n : end + 1;
		s->line[s->n++] = str_slice(text, 0, end);
		text = str_slice(text, end, text.n);
	}
}

static void side_deinit(struct side *s)
{
	free(s->line);
	free(s->id);
	free(s->changed);
	free(s->kept);
}

/* Which sides have a line. */
struct line_use {
	uint32_t id;
	bool on[2];
};

static void number_lines(struct side sides[2])
{
	struct map lines;
	map_init(&lines, sizeof(struct line_use), NULL);
	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < sides[k].n; i++) {
			struct line_use *use = map_put(&lines, sides[k].line[i]);
			if (!use->id)
				use->id = (uint32_t)map_len(&lines);
			use->on[k] = true;
			sides[k].id[i] = use->id;
		}
	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < sides[k].n; i++) {
			const struct line_use *use = map_find(&lines, sides[k].line[i]);
			if (use->on[!k])
				sides[k].kept[sides[k].kept_n++] = (uint32_t)i;
			else
				sides[k].changed[i] = true;
		}
	map_deinit(&lines);
}

static uint32_t kept_id(const struct side *s, int64_t i)
{
	return s->id[s->kept[i]];
}

struct range {
	int64_t a0, a1, b0, b1; /* of the kept lines */
};

struct point {
	int64_t x, y;
};

/* Values of diagonals that no path has reached. */
#define NOT_FORWARD INT64_MIN
#define NOT_BACKWARD INT64_MAX

/* Diagonals that `cost` edits from diagonal `from` can reach without leaving the range. */
static struct point reach(const struct range *r, int64_t from, int64_t cost)
{
	int64_t low = r->a0 - r->b1, high = r->a1 - r->b0;
	struct point p = { MAX(low, from - cost), MIN(high, from + cost) };
	p.x += (p.x - from + cost) & 1;
	p.y -= (p.y - from + cost) & 1;
	return p;
}

/* The furthest point that the forward search has reached, by x + y. */
static struct point best_forward(const struct search *s, const struct range *r, int64_t cost)
{
	struct point best = { r->a0, r->b0 }, span = reach(r, r->a0 - r->b0, cost);
	for (int64_t k = span.x; k <= span.y; k += 2) {
		int64_t x = s->forward[k + s->offset];
		if (x != NOT_FORWARD && 2 * x - k > best.x + best.y)
			best = (struct point){ x, x - k };
	}
	return best;
}

/* One round of the forward search, `cost` edits deep. True where it meets the backward one: then *meet is on a shortest path. */
static bool step_forward(struct search *s, const struct range *r, int64_t cost, bool odd, struct point *meet)
{
	int64_t from = r->a0 - r->b0, *v = s->forward + s->offset;
	struct point span = reach(r, from, cost), last = reach(r, from, cost - 1), other = reach(r, r->a1 - r->b1, cost - 1);
	for (int64_t k = span.y; k >= span.x; k -= 2) {
		int64_t x = cost ? NOT_FORWARD : r->a0;
		if (cost && k - 1 >= last.x && v[k - 1] != NOT_FORWARD && v[k - 1] < r->a1)
			x = v[k - 1] + 1;
		if (cost && k + 1 <= last.y && v[k + 1] != NOT_FORWARD && v[k + 1] - k <= r->b1)
			x = MAX(x, v[k + 1]);
		v[k] = x;
		if (x == NOT_FORWARD)
			continue;
		while (x < r->a1 && x - k < r->b1 && kept_id(s->a, x) == kept_id(s->b, x - k))
			x++;
		v[k] = x;
		if (odd && k >= other.x && k <= other.y && s->backward[k + s->offset] <= x) {
			*meet = (struct point){ x, x - k };
			return true;
		}
	}
	return false;
}

/* The mirror image. */
static bool step_backward(struct search *s, const struct range *r, int64_t cost, bool odd, struct point *meet)
{
	int64_t from = r->a1 - r->b1, *v = s->backward + s->offset;
	struct point span = reach(r, from, cost), last = reach(r, from, cost - 1), other = reach(r, r->a0 - r->b0, cost);
	for (int64_t k = span.y; k >= span.x; k -= 2) {
		int64_t x = cost ? NOT_BACKWARD : r->a1;
		if (cost && k + 1 <= last.y && v[k + 1] != NOT_BACKWARD && v[k + 1] > r->a0)
			x = v[k + 1] - 1;
		if (cost && k - 1 >= last.x && v[k - 1] != NOT_BACKWARD && v[k - 1] - k >= r->b0)
			x = MIN(x, v[k - 1]);
		v[k] = x;
		if (x == NOT_BACKWARD)
			continue;
		while (x > r->a0 && x - k > r->b0 && kept_id(s->a, x - 1) == kept_id(s->b, x - k - 1))
			x--;
		v[k] = x;
		if (!odd && k >= other.x && k <= other.y && s->forward[k + s->offset] != NOT_FORWARD && s->forward[k + s->offset] >= x) {
			*meet = (struct point){ x, x - k };
			return true;
		}
	}
	return false;
}

/* A point that divides the range into two easier ones. */
static struct point split(struct search *s, const struct range *r)
{
	bool odd = ((r->a1 - r->a0) - (r->b1 - r->b0)) & 1;
	struct point meet;
	for (int64_t cost = 0;; cost++) {
		if (step_forward(s, r, cost, odd, &meet) || step_backward(s, r, cost, odd, &meet))
			return meet;
		if (cost == COST_CAP)
			return best_forward(s, r, cost);
	}
}

static void mark(const struct side *s, int64_t from, int64_t to)
{
	for (int64_t i = from; i < to; i++)
		s->changed[s->kept[i]] = true;
}

/* Marks what is changed in the range. Recurs into the smaller half only, so that its depth is logarithmic. */
static void compare(struct search *s, struct range r)
{
	for (;;) {
		while (r.a0 < r.a1 && r.b0 < r.b1 && kept_id(s->a, r.a0) == kept_id(s->b, r.b0)) {
			r.a0++;
			r.b0++;
		}
		while (r.a0 < r.a1 && r.b0 < r.b1 && kept_id(s->a, r.a1 - 1) == kept_id(s->b, r.b1 - 1)) {
			r.a1--;
			r.b1--;
		}
		if (r.a0 == r.a1 || r.b0 == r.b1) {
			mark(s->a, r.a0, r.a1);
			mark(s->b, r.b0, r.b1);
			return;
		}
		struct point p = split(s, &r);
		struct range left = { r.a0, p.x, r.b0, p.y }, right = { p.x, r.a1, p.y, r.b1 };
		bool left_smaller = left.a1 - left.a0 + left.b1 - left.b0 < right.a1 - right.a0 + right.b1 - right.b0;
		compare(s, left_smaller ? left : right);
		r = left_smaller ? right : left;
	}
}

/*
 * Moves each run of changed lines that has nothing changed beside it in the other text as late as it can stand: a run may move down past a
 * line that equals its first one. A run that reaches the next becomes one with it, which may let it move on.
 */
static void slide(struct side *s, const struct side *other)
{
	size_t j = 0;
	for (size_t i = 0; i < s->n;) {
		if (!s->changed[i]) {
			while (other->changed[j])
				j++;
			j++;
			i++;
			continue;
		}
		size_t start = i, end = i;
		while (s->changed[end])
			end++;
		/* `j` is the other side's place before this run; a change there holds the run where it is. */
		while (end < s->n && !other->changed[j] && s->id[start] == s->id[end]) {
			s->changed[start++] = false;
			s->changed[end++] = true;
			while (s->changed[end])
				end++;
			j++;
		}
		i = end;
	}
}

/* Lines of a hunk's header: "first,count", the count only where it is not 1, first of an empty range the line before. */
static void add_span(struct buf *out, char sign, size_t from, size_t count)
{
	buf_addf(out, "%c%zu", sign, count ? from + 1 : from);
	if (count != 1)
		buf_addf(out, ",%zu", count);
}

static void add_line(struct buf *out, char sign, struct str line)
{
	buf_add_char(out, sign);
	buf_add(out, line);
	if (!str_ends(line, STR("\n")))
		buf_add_c(out, "\n\\ No newline at end of file\n");
}

/* Prints the lines of both sides from (i, j) to (ie, je), which hold at least one change. */
static void add_hunk(struct buf *out, const struct side sides[2], size_t i, size_t j, size_t ie, size_t je)
{
	buf_add_c(out, "@@ ");
	add_span(out, '-', i, ie - i);
	buf_add_char(out, ' ');
	add_span(out, '+', j, je - j);
	buf_add_c(out, " @@\n");
	while (i < ie || j < je) {
		while (i < ie && sides[0].changed[i])
			add_line(out, '-', sides[0].line[i++]);
		while (j < je && sides[1].changed[j])
			add_line(out, '+', sides[1].line[j++]);
		for (; i < ie && j < je && !sides[0].changed[i] && !sides[1].changed[j]; i++, j++)
			add_line(out, ' ', sides[0].line[i]);
	}
}

static void add_hunks(struct buf *out, const struct side sides[2], size_t context)
{
	const struct side *a = &sides[0], *b = &sides[1];
	size_t i = 0, j = 0, printed = 0; /* lines of `a` before `printed` are in a hunk already */
	while (i < a->n || j < b->n) {
		if (!a->changed[i] && !b->changed[j]) {
			i++;
			j++;
			continue;
		}
		size_t lead = MIN(context, i - printed), i0 = i - lead, j0 = j - lead, same = 0;
		while ((i < a->n || j < b->n) && same <= 2 * context) {
			if (a->changed[i] || b->changed[j]) {
				same = 0;
				while (a->changed[i])
					i++;
				while (b->changed[j])
					j++;
				continue;
			}
			same++;
			i++;
			j++;
		}
		size_t back = same > context ? same - context : 0;
		add_hunk(out, sides, i0, j0, i - back, j - back);
		printed = i - back;
	}
}

bool udiff_add(struct buf *out, struct str old, struct str new, const struct udiff_options *options)
{
	if (str_eq(old, new))
		return false;
	struct side sides[2] = { 0 };
	split_lines(&sides[0], old);
	split_lines(&sides[1], new);
	number_lines(sides);
	size_t room = sides[0].kept_n + sides[1].kept_n + 3;
	struct search s = { &sides[0], &sides[1], xcalloc(room, sizeof(int64_t)), xcalloc(room, sizeof(int64_t)),
			    (int64_t)sides[1].kept_n + 1 };
	compare(&s, (struct range){ 0, (int64_t)sides[0].kept_n, 0, (int64_t)sides[1].kept_n });
	free(s.forward);
	free(s.backward);
	slide(&sides[0], &sides[1]);
	slide(&sides[1], &sides[0]);
	buf_addf(out, "--- %.*s\n+++ %.*s\n", STR_ARG(options->old_name), STR_ARG(options->new_name));
	add_hunks(out, sides, options->context ? options->context : 3);
	side_deinit(&sides[0]);
	side_deinit(&sides[1]);
	return true;
}
