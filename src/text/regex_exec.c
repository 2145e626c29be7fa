/*
 * regex_exec.c: finding the leftmost-first match in time linear in the text.
 *
 * Three ways, by size. A plain literal is searched for with memmem. Where program times text is small, which is the common case in
 * templates, a backtracking search marks every (instruction, position) that it visits in a bitmap and never visits one twice. Else a
 * Pike machine steps all threads through the text together. The two give the same result: the first thread, in order of preference,
 * that reaches a state at a position is the only one that can matter.
 *
 * All skip to the next place where a match can begin at all: the literal prefix, or one of the first bytes.
 */
#include "text/regex_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define VISITED_BITS_MAX ((size_t)256 * 1024) /* for the backtracking search: 32 KiB */

/* A state to try, or with `restore` a slot to give its old value back. */
struct job {
	uint32_t pc;
	bool restore;
	size_t pos;
};

/* The threads at one position in order of preference: a sparse set of instructions, and slots for each. */
struct thread_list {
	uint32_t *sparse, *dense, n;
	size_t *slots;
};

struct regex_scratch {
	uint64_t *visited;
	size_t visited_cap;
	VEC(struct job) jobs;
	struct thread_list lists[2];
	size_t lists_insts, lists_slots;
};

struct regex_scratch *regex_scratch_new(void)
{
	return xcalloc(1, sizeof(struct regex_scratch));
}

static void free_lists(struct regex_scratch *s)
{
	for (int i = 0; i < 2; i++) {
		free(s->lists[i].sparse);
		free(s->lists[i].dense);
		free(s->lists[i].slots);
		s->lists[i] = (struct thread_list){ 0 };
	}
}

void regex_scratch_free(struct regex_scratch *s)
{
	if (s == NULL)
		return;
	free_lists(s);
	free(s->visited);
	vec_deinit(&s->jobs);
	free(s);
}

/* ---- What stands at a position ---- */

static uint32_t rune_before(struct str text, size_t pos)
{
	uint32_t r;
	size_t at = pos - 1;
	while (at > 0 && pos - at < 4 && ((unsigned char)text.p[at] & 0xC0) == 0x80)
		at--;
	if (at + utf8_decode(str_slice(text, at, pos), &r) == pos)
		return r;
	return UTF8_BAD;
}

static bool ascii_word(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
}

static bool unicode_word(uint32_t r)
{
	struct unicode_set set;
	if (r < 0x80)
		return ascii_word((unsigned char)r);
	return unicode_find_set(STR("=word"), &set) && unicode_set_has(set, r);
}

static bool word_assert_holds(enum regex_assert assert, struct str text, size_t pos)
{
	uint32_t r;
	bool before, after;
	if (assert & ASSERT_UNICODE) {
		before = pos > 0 && unicode_word(rune_before(text, pos));
		after = pos < text.n && utf8_decode(str_slice(text, pos, text.n), &r) && unicode_word(r);
	} else {
		before = pos > 0 && ascii_word((unsigned char)text.p[pos - 1]);
		after = pos < text.n && ascii_word((unsigned char)text.p[pos]);
	}
	switch (assert) {
	case ASSERT_WORD:
	case ASSERT_UWORD:
		return before != after;
	case ASSERT_WORD_START:
		return !before && after;
	case ASSERT_WORD_END:
		return before && !after;
	case ASSERT_WORD_START_HALF:
		return !before;
	case ASSERT_WORD_END_HALF:
		return !after;
	default:
		return before == after;
	}
}

static bool assert_holds(enum regex_assert assert, struct str text, size_t pos)
{
	char before = pos > 0 ? text.p[pos - 1] : '\n', after = pos < text.n ? text.p[pos] : '\n';
	switch (assert) {
	case ASSERT_BEGIN_TEXT:
		return pos == 0;
	case ASSERT_END_TEXT:
		return pos == text.n;
	case ASSERT_BEGIN_LINE:
		return before == '\n';
	case ASSERT_END_LINE:
		return after == '\n';
	case ASSERT_BEGIN_CRLF: /* not between \r and \n */
		return before == '\n' || (before == '\r' && (pos == text.n || after != '\n'));
	case ASSERT_END_CRLF:
		return after == '\r' || (after == '\n' && (pos == text.n || pos == 0 || before != '\r'));
	default:
		return word_assert_holds(assert, text, pos);
	}
}

static bool class_has(const struct regex_class *c, uint32_t r)
{
	if (r < 128)
		return c->ascii[r >> 6] >> (r & 63) & 1;
	return unicode_set_has(c->set, r);
}

static bool consumes(const struct regex *re, const struct regex_inst *in, uint32_t r)
{
	return in->op == OP_RUNE ? in->arg == r : in->op == OP_CLASS && class_has(&re->classes[in->arg], r);
}

/* The first place from `pos` on where a match can begin, or STR_NPOS. */
static size_t next_start(const struct regex *re, struct str text, size_t pos)
{
	if (pos > text.n)
		return STR_NPOS;
	if (pos == 0 && (re->asserts & ASSERT_BEGIN_TEXT))
		return 0;
	if (re->anchored)
		return STR_NPOS;
	if (re->prefix.n > 0) {
		size_t at = str_find(str_slice(text, pos, text.n), re->prefix);
		return at == STR_NPOS ? STR_NPOS : pos + at;
	}
	if (!re->can_skip)
		return pos;
	for (; pos < text.n; pos++) {
		unsigned char c = (unsigned char)text.p[pos];
		if (re->first[c >> 6] >> (c & 63) & 1)
			return pos;
	}
	return STR_NPOS;
}

static size_t rune_width(struct str text, size_t pos)
{
	uint32_t r;
	size_t n = utf8_decode(str_slice(text, pos, text.n), &r);
	return n > 0 ? n : 1;
}

/* ---- Backtracking with a bitmap of visited states ---- */

struct attempt {
	const struct regex *re;
	struct str text;
	size_t from;
	size_t *slots, nslots;
	struct regex_scratch *s;
};

static bool visit(struct attempt *t, uint32_t pc, size_t pos)
{
	size_t bit = (pos - t->from) * t->re->n + pc;
	uint64_t mask = (uint64_t)1 << (bit & 63);
	if (t->s->visited[bit >> 6] & mask)
		return false;
	t->s->visited[bit >> 6] |= mask;
	return true;
}

/* Follows one thread until it fails or matches; what it could also have done is pushed on the jobs. */
static bool follow(struct attempt *t, uint32_t pc, size_t pos)
{
	while (visit(t, pc, pos)) {
		const struct regex_inst *in = &t->re->insts[pc];
		uint32_t r = 0;
		size_t n;
		switch ((enum regex_op)in->op) {
		case OP_MATCH:
			if (t->nslots > 1)
				t->slots[1] = pos;
			return true;
		case OP_NEVER:
			return false;
		case OP_ALT:
			vec_push(&t->s->jobs, (struct job){ .pc = in->arg, .pos = pos });
			break;
		case OP_SAVE:
			if (in->arg < t->nslots) {
				vec_push(&t->s->jobs, (struct job){ .pc = in->arg, .restore = true, .pos = t->slots[in->arg] });
				t->slots[in->arg] = pos;
			}
			break;
		case OP_ASSERT:
			if (!assert_holds(in->arg, t->text, pos))
				return false;
			break;
		case OP_RUNE:
		case OP_CLASS:
			n = utf8_decode(str_slice(t->text, pos, t->text.n), &r);
			if (n == 0 || !consumes(t->re, in, r))
				return false;
			pos += n;
			break;
		}
		pc = in->next;
	}
	return false;
}

static bool backtrack_from(struct attempt *t, size_t pos)
{
	t->s->jobs.n = 0;
	vec_push(&t->s->jobs, (struct job){ .pc = t->re->start, .pos = pos });
	if (t->nslots > 0)
		t->slots[0] = pos;
	while (t->s->jobs.n > 0) {
		struct job job = t->s->jobs.p[--t->s->jobs.n];
		if (job.restore)
			t->slots[job.pc] = job.pos;
		else if (follow(t, job.pc, job.pos))
			return true;
	}
	return false;
}

static bool backtrack(struct attempt *t)
{
	size_t words = (t->re->n * (t->text.n - t->from + 1) + 63) / 64;
	struct regex_scratch *s = t->s;
	if (words > s->visited_cap) {
		free(s->visited);
		s->visited = xmalloc(words * sizeof(uint64_t));
		s->visited_cap = words;
	}
	memset(s->visited, 0, words * sizeof(uint64_t));
	for (size_t pos = t->from; (pos = next_start(t->re, t->text, pos)) != STR_NPOS; pos += rune_width(t->text, pos))
		if (backtrack_from(t, pos))
			return true;
	return false;
}

/* ---- Pike machine ---- */

static void size_lists(struct regex_scratch *s, size_t insts, size_t nslots)
{
	if (s->lists_insts >= insts && s->lists_slots >= nslots)
		return;
	free_lists(s);
	for (int i = 0; i < 2; i++) {
		s->lists[i].sparse = xcalloc(insts, sizeof(uint32_t));
		s->lists[i].dense = xcalloc(insts, sizeof(uint32_t));
		s->lists[i].slots = xcalloc(insts * MAX(nslots, 1), sizeof(size_t));
	}
	s->lists_insts = insts;
	s->lists_slots = nslots;
}

/* Adds the thread at `pc` and all that it leads to without consuming, in order of preference. Changes t->slots only for the time of the call. */
static void add_thread(struct attempt *t, struct thread_list *list, uint32_t start, size_t pos)
{
	t->s->jobs.n = 0;
	vec_push(&t->s->jobs, (struct job){ .pc = start });
	while (t->s->jobs.n > 0) {
		struct job job = t->s->jobs.p[--t->s->jobs.n];
		uint32_t pc = job.pc;
		if (job.restore) {
			t->slots[pc] = job.pos;
			continue;
		}
		while (!(list->sparse[pc] < list->n && list->dense[list->sparse[pc]] == pc)) {
			const struct regex_inst *in = &t->re->insts[pc];
			uint32_t at = list->n++;
			list->sparse[pc] = at;
			list->dense[at] = pc;
			if (in->op == OP_ALT) {
				vec_push(&t->s->jobs, (struct job){ .pc = in->arg });
			} else if (in->op == OP_SAVE) {
				if (in->arg < t->nslots) {
					vec_push(&t->s->jobs, (struct job){ .pc = in->arg, .restore = true, .pos = t->slots[in->arg] });
					t->slots[in->arg] = pos;
				}
			} else if (in->op != OP_ASSERT || !assert_holds(in->arg, t->text, pos)) {
				if (t->nslots > 0)
					memcpy(list->slots + at * t->nslots, t->slots, t->nslots * sizeof(size_t));
				break;
			}
			pc = in->next;
		}
	}
}

/* Moves each thread over the code point at pos into `next`; true when one matched, whose slots are then in `best`; lesser threads are dropped. */
static bool step(struct attempt *t, const struct thread_list *now, struct thread_list *next, size_t pos, size_t *best)
{
	uint32_t r = 0;
	size_t n = utf8_decode(str_slice(t->text, pos, t->text.n), &r);
	for (uint32_t i = 0; i < now->n; i++) {
		const struct regex_inst *in = &t->re->insts[now->dense[i]];
		const size_t *slots = now->slots + i * t->nslots;
		if (in->op == OP_MATCH) {
			if (t->nslots > 0)
				memcpy(best, slots, t->nslots * sizeof(size_t));
			if (t->nslots > 1)
				best[1] = pos;
			return true;
		}
		if (n == 0 || !consumes(t->re, in, r))
			continue;
		if (t->nslots > 0)
			memcpy(t->slots, slots, t->nslots * sizeof(size_t));
		add_thread(t, next, in->next, pos + n);
	}
	return false;
}

static bool pike(struct attempt *t)
{
	size_t nslots = t->nslots;
	size_lists(t->s, t->re->n, nslots);
	struct thread_list *now = &t->s->lists[0], *next = &t->s->lists[1];
	size_t *best = xcalloc(nslots + 1, sizeof(size_t)), *out = t->slots;
	size_t *work = xcalloc(nslots + 1, sizeof(size_t));
	bool matched = false;
	t->slots = work;
	now->n = next->n = 0;
	for (size_t pos = t->from;;) {
		if (now->n == 0) {
			if (matched || (pos = next_start(t->re, t->text, pos)) == STR_NPOS)
				break;
		}
		if (!matched && (!t->re->anchored || pos == 0)) {
			for (size_t i = 0; i < nslots; i++)
				work[i] = REGEX_UNSET;
			if (nslots > 0)
				work[0] = pos;
			add_thread(t, now, t->re->start, pos);
		}
		matched = step(t, now, next, pos, best) || matched;
		if (pos >= t->text.n || (matched && nslots == 0))
			break;
		pos += rune_width(t->text, pos);
		struct thread_list *swap = now;
		now = next;
		next = swap;
		next->n = 0;
	}
	if (matched && nslots > 0)
		memcpy(out, best, nslots * sizeof(size_t));
	t->slots = out;
	free(best);
	free(work);
	return matched;
}

bool regex_exec_pike(const struct regex *re, struct str text, size_t from, size_t *slots, size_t nslots, struct regex_scratch *s)
{
	for (size_t i = 0; i < nslots; i++)
		slots[i] = REGEX_UNSET;
	return pike(&(struct attempt){ .re = re, .text = text, .from = from, .slots = slots, .nslots = nslots, .s = s });
}

bool regex_exec(const struct regex *re, struct str text, size_t from, size_t *slots, size_t nslots, struct regex_scratch *s)
{
	for (size_t i = 0; i < nslots; i++)
		slots[i] = REGEX_UNSET;
	if (from > text.n)
		return false;
	if (re->whole_prefix) {
		size_t at = next_start(re, text, from);
		if (at != STR_NPOS && nslots > 1) {
			slots[0] = at;
			slots[1] = at + re->prefix.n;
		}
		return at != STR_NPOS;
	}
	struct attempt t = { .re = re, .text = text, .from = from, .slots = slots, .nslots = MIN(nslots, re->groups * 2), .s = s };
	if (re->n <= 1000 && re->n * (text.n - from + 1) <= VISITED_BITS_MAX)
		return backtrack(&t);
	return pike(&t);
}
