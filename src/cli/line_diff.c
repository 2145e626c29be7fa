/*
 * line_diff.c: see line_diff.h.
 *
 * Lines are numbered first, equal ones alike, so that everything below compares integers. Myers' divide and conquer ("An O(ND) Difference Algorithm", section 4b)
 * has a stack of its own: a text with many small changes would nest deeply.
 */
#include "cli/line_diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

/* ---- lines and their numbers ---- */

typedef VEC(struct str) line_list;

/* A line ends with \n, \r\n or \r. */
static void split(struct str text, struct arena *a, line_list *out)
{
	while (text.n > 0) {
		size_t n = 0;
		while (n < text.n && text.p[n] != '\n' && text.p[n] != '\r')
			n++;
		n += n < text.n;
		n += n < text.n && text.p[n - 1] == '\r' && text.p[n] == '\n';
		vec_push_in(out, a, str_slice(text, 0, n));
		text = str_slice(text, n, text.n);
	}
}

static uint32_t *number(struct map *numbers, const line_list *lines, struct arena *a)
{
	uint32_t *out = arena_array(a, uint32_t, lines->n + 1);
	for (size_t i = 0; i < lines->n; i++) {
		uint32_t *n = map_put(numbers, lines->p[i]);
		if (*n == 0)
			*n = (uint32_t)map_len(numbers);
		out[i] = *n;
	}
	return out;
}

/* ---- edits of ranges ---- */

/* [at, at + n) of a text's lines. */
struct range {
	size_t at, n;
};

struct op {
	enum line_edit_kind kind;
	struct range old, new; /* both as long for LINE_SAME; else the other one is empty */
};
typedef VEC(struct op) op_list;

struct differ {
	struct arena *a;
	const uint32_t *old, *new;
	op_list ops;
};

static struct range drop(struct range r, size_t n)
{
	return (struct range){ r.at + n, r.n - n };
}

static struct range take(struct range r, size_t n)
{
	return (struct range){ r.at, n };
}

static size_t common_prefix(const struct differ *d, struct range o, struct range n)
{
	size_t len = 0;
	while (len < o.n && len < n.n && d->old[o.at + len] == d->new[n.at + len])
		len++;
	return len;
}

static size_t common_suffix(const struct differ *d, struct range o, struct range n)
{
	size_t len = 0;
	while (len < o.n && len < n.n && d->old[o.at + o.n - 1 - len] == d->new[n.at + n.n - 1 - len])
		len++;
	return len;
}

static void add_op(struct differ *d, enum line_edit_kind kind, struct range old, struct range new)
{
	if (old.n + new.n > 0)
		vec_push_in(&d->ops, d->a, (struct op){ kind, old, new });
}

/* ---- Myers ---- */

/* Furthest points of the forward and the backward search, by diagonal; `middle` is that of diagonal 0. */
struct paths {
	size_t *forward, *backward;
	ptrdiff_t middle;
};

/* The next x on diagonal k after d - 1 steps. */
static size_t step(const size_t *v, ptrdiff_t k, ptrdiff_t d)
{
	return k == -d || (k != d && v[k - 1] < v[k + 1]) ? v[k + 1] : v[k - 1] + 1;
}

/* Where the two searches meet: a point on a shortest way. False where the texts differ too much. */
static bool find_middle(const struct differ *d, const struct paths *paths, struct range o, struct range n, size_t *old_at, size_t *new_at)
{
	ptrdiff_t delta = (ptrdiff_t)o.n - (ptrdiff_t)n.n;
	bool odd = delta & 1;
	size_t *vf = paths->forward + paths->middle, *vb = paths->backward + paths->middle;
	ptrdiff_t most = (ptrdiff_t)MIN((o.n + n.n + 1) / 2 + 1, (size_t)LINE_DIFF_MAX);
	vf[1] = vb[1] = 0;
	for (ptrdiff_t steps = 0; steps < most; steps++) {
		for (ptrdiff_t k = steps; k >= -steps; k -= 2) {
			size_t x = step(vf, k, steps), y = (size_t)((ptrdiff_t)x - k), x0 = x, y0 = y;
			if (x < o.n && y < n.n)
				x += common_prefix(d, drop(o, x), drop(n, y));
			vf[k] = x;
			if (odd && labs(k - delta) <= steps - 1 && x + vb[delta - k] >= o.n) {
				*old_at = x0;
				*new_at = y0;
				return true;
			}
		}
		for (ptrdiff_t k = steps; k >= -steps; k -= 2) {
			size_t x = step(vb, k, steps), y = (size_t)((ptrdiff_t)x - k);
			if (x < o.n && y < n.n) {
				size_t len = common_suffix(d, take(o, o.n - x), take(n, n.n - y));
				x += len;
				y += len;
			}
			vb[k] = x;
			if (!odd && labs(k - delta) <= steps && x + vf[delta - k] >= o.n) {
				*old_at = o.n - x;
				*new_at = n.n - y;
				return true;
			}
		}
	}
	return false;
}

/* A part still to compare, or one already known to be the same. */
struct part {
	struct range old, new;
	bool is_same;
};
typedef VEC(struct part) part_list;

static void compare_part(struct differ *d, const struct paths *paths, struct part part, part_list *stack)
{
	size_t head = common_prefix(d, part.old, part.new);
	add_op(d, LINE_SAME, take(part.old, head), take(part.new, head));
	struct range o = drop(part.old, head), n = drop(part.new, head);
	size_t tail = common_suffix(d, o, n), x, y;
	struct part last = { drop(o, o.n - tail), drop(n, n.n - tail), true };
	o.n -= tail;
	n.n -= tail;
	vec_push(stack, last);
	if (o.n > 0 && n.n > 0 && find_middle(d, paths, o, n, &x, &y)) {
		vec_push(stack, ((struct part){ drop(o, x), drop(n, y), false }));
		vec_push(stack, ((struct part){ take(o, x), take(n, y), false }));
		return;
	}
	add_op(d, LINE_REMOVED, o, (struct range){ n.at, 0 });
	add_op(d, LINE_ADDED, (struct range){ o.at, 0 }, n);
}

static void myers(struct differ *d, struct range old, struct range new)
{
	size_t most = (old.n + new.n + 1) / 2 + 2;
	size_t *points = xcalloc(4 * most + 4, sizeof(*points));
	struct paths paths = { points, points + 2 * most + 2, (ptrdiff_t)most };
	part_list stack = { 0 };
	vec_push(&stack, ((struct part){ old, new, false }));
	while (stack.n > 0) {
		struct part part = stack.p[--stack.n];
		if (part.is_same)
			add_op(d, LINE_SAME, part.old, part.new);
		else
			compare_part(d, &paths, part, &stack);
	}
	vec_deinit(&stack);
	free(points);
}

/* ---- patience ---- */

/* Places of lines that occur once in the text, and their numbers. */
struct unique {
	size_t *places;
	uint32_t *numbers;
	size_t n;
};

static struct unique unique_lines(struct arena *a, const uint32_t *lines, size_t n, size_t n_numbers)
{
	struct unique out = { arena_array(a, size_t, n + 1), arena_array(a, uint32_t, n + 1), 0 };
	uint32_t *counts = xcalloc(n_numbers + 1, sizeof(*counts));
	for (size_t i = 0; i < n; i++)
		counts[lines[i]]++;
	for (size_t i = 0; i < n; i++) {
		if (counts[lines[i]] != 1)
			continue;
		out.places[out.n] = i;
		out.numbers[out.n++] = lines[i];
	}
	free(counts);
	return out;
}

static void patience(struct differ *d, size_t n_old, size_t n_new, size_t n_numbers)
{
	struct unique old = unique_lines(d->a, d->old, n_old, n_numbers), new = unique_lines(d->a, d->new, n_new, n_numbers);
	struct differ anchors = { .a = d->a, .old = old.numbers, .new = new.numbers };
	myers(&anchors, (struct range){ 0, old.n }, (struct range){ 0, new.n });
	size_t x = 0, y = 0;
	for (size_t i = 0; i < anchors.ops.n; i++) {
		const struct op *op = &anchors.ops.p[i];
		for (size_t j = 0; op->kind == LINE_SAME && j < op->old.n; j++) {
			size_t to_x = old.places[op->old.at + j], to_y = new.places[op->new.at + j];
			size_t len = common_prefix(d, (struct range){ x, to_x - x }, (struct range){ y, to_y - y });
			add_op(d, LINE_SAME, (struct range){ x, len }, (struct range){ y, len });
			myers(d, (struct range){ x + len, to_x - x - len }, (struct range){ y + len, to_y - y - len });
			x = to_x;
			y = to_y;
		}
	}
	myers(d, (struct range){ x, n_old - x }, (struct range){ y, n_new - y });
}

/*
 * ---- sliding ----
 *
 * Additions slide up, then down, as far as the lines beside them allow; removals only where another one waits behind the lines that they pass.
 */

static void remove_op(op_list *ops, size_t at)
{
	memmove(&ops->p[at], &ops->p[at + 1], (ops->n - at - 1) * sizeof(ops->p[0]));
	ops->n--;
}

static void insert_op(struct differ *d, size_t at, struct op op)
{
	vec_push_in(&d->ops, d->a, op);
	memmove(&d->ops.p[at + 1], &d->ops.p[at], (d->ops.n - at - 1) * sizeof(op));
	d->ops.p[at] = op;
}

/* Changes the order of an addition and a removal, or the other way round. */
static void swap_ops(op_list *ops, size_t at)
{
	struct op first = ops->p[at + 1], second = ops->p[at];
	first.old.at -= second.old.n;
	first.new.at -= second.new.n;
	second.old.at += first.old.n;
	second.new.at += first.new.n;
	ops->p[at] = first;
	ops->p[at + 1] = second;
}

static void move_op(struct op *op, ptrdiff_t by, ptrdiff_t longer)
{
	op->old.at += (size_t)by;
	op->new.at += (size_t)by;
	if (op->kind != LINE_ADDED)
		op->old.n += (size_t)longer;
	if (op->kind != LINE_REMOVED)
		op->new.n += (size_t)longer;
}

/* Lines that removed ones have in common with the kept ones beside them. */
static size_t removed_suffix(const struct differ *d, struct range kept, struct range removed)
{
	struct differ old = { .old = d->old, .new = d->old };
	return common_suffix(&old, kept, removed);
}

static size_t removed_prefix(const struct differ *d, struct range kept, struct range removed)
{
	struct differ old = { .old = d->old, .new = d->old };
	return common_prefix(&old, kept, removed);
}

static size_t slide_up(struct differ *d, size_t at)
{
	op_list *ops = &d->ops;
	while (at > 0) {
		struct op *prev = &ops->p[at - 1], *this = &ops->p[at];
		if (prev->kind == this->kind) {
			prev->old.n += this->old.n;
			prev->new.n += this->new.n;
			remove_op(ops, at--);
			continue;
		}
		if (prev->kind != LINE_SAME) {
			swap_ops(ops, --at);
			continue;
		}
		if (this->kind == LINE_REMOVED && (at < 2 || ops->p[at - 2].kind != LINE_REMOVED))
			break;
		size_t len = this->kind == LINE_ADDED ? common_suffix(d, prev->old, this->new) : removed_suffix(d, prev->old, this->old);
		if (len == 0 && prev->old.n > 0)
			break;
		ptrdiff_t by = (ptrdiff_t)len;
		if (len > 0 && at + 1 < ops->n && ops->p[at + 1].kind == LINE_SAME)
			move_op(&ops->p[at + 1], -by, by);
		else if (len > 0)
			insert_op(d, at + 1, (struct op){ LINE_SAME, { this->old.at + this->old.n - len, len }, { this->new.at + this->new.n - len, len } });
		move_op(&ops->p[at], -by, 0);
		move_op(&ops->p[at - 1], 0, -by);
		if (ops->p[at - 1].old.n == 0)
			remove_op(ops, --at);
	}
	return at;
}

static size_t slide_down(struct differ *d, size_t at)
{
	op_list *ops = &d->ops;
	while (at + 1 < ops->n) {
		struct op *this = &ops->p[at], *next = &ops->p[at + 1];
		if (next->kind == this->kind) {
			this->old.n += next->old.n;
			this->new.n += next->new.n;
			remove_op(ops, at + 1);
			continue;
		}
		if (next->kind != LINE_SAME) {
			swap_ops(ops, at++);
			continue;
		}
		if (this->kind == LINE_REMOVED && (at + 2 >= ops->n || ops->p[at + 2].kind != LINE_REMOVED))
			break;
		size_t len = this->kind == LINE_ADDED ? common_prefix(d, next->old, this->new) : removed_prefix(d, next->old, this->old);
		if (len == 0 && next->old.n > 0)
			break;
		ptrdiff_t by = (ptrdiff_t)len;
		if (len > 0 && at > 0 && ops->p[at - 1].kind == LINE_SAME)
			move_op(&ops->p[at - 1], 0, by);
		else if (len > 0)
			insert_op(d, at++, (struct op){ LINE_SAME, { this->old.at, len }, { this->new.at, len } });
		move_op(&ops->p[at], by, 0);
		move_op(&ops->p[at + 1], by, -by);
		if (ops->p[at + 1].old.n == 0)
			remove_op(ops, at + 1);
	}
	return at;
}

/* ---- */

static void add_lines(const line_list *lines, struct range r, enum line_edit_kind kind, struct arena *a, line_edits *out)
{
	for (size_t i = 0; i < r.n; i++)
		vec_push_in(out, a, ((struct line_edit){ kind, lines->p[r.at + i] }));
}

void line_diff(struct str old_text, struct str new_text, struct arena *a, line_edits *out)
{
	line_list old = { 0 }, new = { 0 };
	split(old_text, a, &old);
	split(new_text, a, &new);
	struct map numbers;
	map_init(&numbers, sizeof(uint32_t), a);
	struct differ d = { .a = a };
	d.old = number(&numbers, &old, a);
	d.new = number(&numbers, &new, a);
	patience(&d, old.n, new.n, map_len(&numbers));
	static const enum line_edit_kind kinds[] = { LINE_REMOVED, LINE_ADDED };
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		for (size_t at = 0; at < d.ops.n; at++) {
			if (d.ops.p[at].kind == kinds[i])
				at = slide_down(&d, slide_up(&d, at));
		}
	}
	for (size_t i = 0, end; i < d.ops.n; i = end) {
		for (end = i; end < d.ops.n && (end == i || (d.ops.p[i].kind != LINE_SAME && d.ops.p[end].kind != LINE_SAME)); end++) {
			if (d.ops.p[end].kind != LINE_ADDED)
				add_lines(&old, d.ops.p[end].old, d.ops.p[end].kind, a, out);
		}
		for (size_t j = i; j < end; j++) {
			if (d.ops.p[j].kind == LINE_ADDED)
				add_lines(&new, d.ops.p[j].new, LINE_ADDED, a, out);
		}
	}
}
