/*
 * semver_helm.c: constraints as Masterminds/semver 3.4 reads them.
 *
 * The library works with regular expressions on the text, and its errors show the text after the first of them: `1 - 2` has then become
 * `>= 1, <= 2 `. The scanner here takes the same language and keeps that rewriting.
 */
#include "text/semver_internal.h"

static bool space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v');
}

static size_t skip_space(struct str s, size_t at)
{
	while (at < s.n && space(s.p[at]))
		at++;
	return at;
}

static bool segment_char(char c)
{
	return (c >= '0' && c <= '9') || c == '|' || c == 'x' || c == 'X' || c == '*';
}

static bool is_wild(struct str s)
{
	return str_eq(s, STR("x")) || str_eq(s, STR("X")) || str_eq(s, STR("*"));
}

/* A version with wildcards, cut up. */
struct wild {
	struct str text, segments[3], tail; /* tail: -pre and +meta */
	size_t n;
};

/* Scans one at `at`; returns its end, or `at` if there is none. */
static size_t scan_wild(struct str s, size_t at, struct wild *out)
{
	size_t from = at;
	*out = (struct wild){ 0 };
	if (at < s.n && s.p[at] == 'v')
		at++;
	while (out->n < 3) {
		size_t start = out->n > 0 ? at + 1 : at, end = start;
		if (out->n > 0 && (at >= s.n || s.p[at] != '.'))
			break;
		while (end < s.n && segment_char(s.p[end]))
			end++;
		if (end == start)
			break;
		out->segments[out->n++] = str_slice(s, start, end);
		at = end;
	}
	if (out->n == 0)
		return from;
	size_t tail = at;
	for (size_t i = 0; i < 2; i++) {
		if (at >= s.n || s.p[at] != "-+"[i])
			continue;
		size_t n = semver_scan_identifiers(str_slice(s, at + 1, s.n));
		if (n > 0)
			at += 1 + n;
	}
	out->tail = str_slice(s, tail, at);
	out->text = str_slice(s, from, at);
	return at;
}

/* Writes each `a - b` as `>= a, <= b `. */
static struct str rewrite_hyphens(struct arena *a, struct str s)
{
	AUTO_BUF out = { 0 };
	if (!str_contains(s, STR("-")))
		return s;
	for (size_t at = 0; at < s.n;) {
		struct wild low, high;
		size_t start = skip_space(s, at), end = scan_wild(s, start, &low), next;
		size_t dash = skip_space(s, end);
		if (end > start && dash > end && dash < s.n && s.p[dash] == '-' && (next = skip_space(s, dash + 1)) > dash + 1 &&
		    (end = scan_wild(s, next, &high)) > next) {
			buf_addf(&out, ">= %.*s, <= %.*s ", STR_ARG(low.text), STR_ARG(high.text));
			at = skip_space(s, end);
			continue;
		}
		buf_add_char(&out, s.p[at++]);
	}
	return buf_to_arena(&out, a);
}

static const struct {
	struct str text;
	enum range_op op;
} ops[] = {
	/* The longest first. */
	{ STR_INIT("!="), RANGE_NE }, { STR_INIT(">="), RANGE_GE },    { STR_INIT("=>"), RANGE_GE },    { STR_INIT("<="), RANGE_LE },
	{ STR_INIT("=<"), RANGE_LE }, { STR_INIT("~>"), RANGE_TILDE }, { STR_INIT("~"), RANGE_TILDE },  { STR_INIT("^"), RANGE_CARET },
	{ STR_INIT(">"), RANGE_GT },  { STR_INIT("<"), RANGE_LT },     { STR_INIT("="), RANGE_EQ },     { STR_INIT(""), RANGE_EQ },
};

static bool term_from(struct arena *a, const struct wild *w, struct range_term *term, struct err *err)
{
	struct str s = w->text, tail = w->tail;
	AUTO_ERR inner = { 0 };
	term->text = w->text;
	if (is_wild(w->segments[0])) {
		s = arena_concat(a, STR("0.0.0"), tail);
		term->dirty = true;
	} else if (w->n < 2 || is_wild(w->segments[1])) {
		s = arena_fmt(a, "%.*s.0.0%.*s", STR_ARG(w->segments[0]), STR_ARG(tail));
		term->dirty = term->minor_dirty = true;
	} else if (w->n < 3 || is_wild(w->segments[2])) {
		s = arena_fmt(a, "%.*s.%.*s.0%.*s", STR_ARG(w->segments[0]), STR_ARG(w->segments[1]), STR_ARG(tail));
		term->dirty = term->patch_dirty = true;
	}
	if (!semver_parse(s, SEMVER_LOOSE, &term->v, &inner))
		return err_set(err, ERR_SYNTAX, "constraint parser error");
	return true;
}

static bool improper(struct str s, struct err *err)
{
	return err_set(err, ERR_SYNTAX, "improper constraint: %.*s", STR_ARG(s));
}

/* Terms joined by commas or spaces. */
static bool parse_group(struct arena *a, struct str s, struct range_group *out, struct err *err)
{
	VEC(struct wild) wilds = { 0 };
	size_t at = skip_space(s, 0);
	while (at < s.n || out->terms.n == 0) {
		struct range_term term = { 0 };
		for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
			if (str_starts(str_slice(s, at, s.n), ops[i].text)) {
				term.op = ops[i].op;
				term.op_text = ops[i].text;
				break;
			}
		}
		struct wild w;
		size_t start = skip_space(s, at + term.op_text.n), end = scan_wild(s, start, &w);
		if (end == start)
			return improper(s, err);
		vec_push_in(&wilds, a, w);
		vec_push_in(&out->terms, a, term);
		if (out->terms.n > SEMVER_RANGE_MAX)
			return err_set(err, ERR_LIMIT, "more than %d comparisons in a version constraint", SEMVER_RANGE_MAX);
		at = skip_space(s, end);
		if (at >= s.n)
			break;
		if (s.p[at] == ',')
			at = skip_space(s, at + 1);
		else if (at == end)
			return improper(s, err);
		if (at >= s.n)
			return improper(s, err);
	}
	/* Only a text that is well formed as a whole is looked at in detail. */
	for (size_t i = 0; i < out->terms.n; i++) {
		if (!term_from(a, &wilds.p[i], &out->terms.p[i], err))
			return false;
		out->has_pre = out->has_pre || out->terms.p[i].v.pre.n > 0;
	}
	return true;
}

bool semver_helm_parse(struct arena *a, struct str s, struct semver_range *out, struct err *err)
{
	s = rewrite_hyphens(a, s);
	for (;;) {
		size_t bar = str_find(s, STR("||"));
		struct range_group group = { 0 };
		if (!parse_group(a, str_slice(s, 0, bar == STR_NPOS ? s.n : bar), &group, err))
			return false;
		vec_push_in(&out->groups, a, group);
		if (bar == STR_NPOS)
			return true;
		s = str_slice(s, bar + 2, s.n);
	}
}

/* A reason against: `v` and the constraint's text around `verb`, and a tail. */
static bool no(struct buf *why, const struct semver *v, const char *verb, const struct range_term *t, const char *tail)
{
	if (why == NULL)
		return false;
	struct arena a = { 0 };
	if (why->n > 0)
		buf_add_char(why, '\n');
	buf_add(why, semver_str(v, &a));
	buf_addf(why, " %s%.*s%s", verb, STR_ARG(t->text), tail);
	arena_deinit(&a);
	return false;
}

static bool has_tilde(const struct range_term *t, const struct semver *v, struct buf *why)
{
	const struct semver *c = &t->v;
	if (semver_cmp(v, c) < 0)
		return no(why, v, "is less than ", t, "");
	/* ~0.0.0 is everything. */
	if (c->major == 0 && c->minor == 0 && c->patch == 0 && !t->minor_dirty && !t->patch_dirty)
		return true;
	if (v->major != c->major)
		return no(why, v, "does not have same major version as ", t, "");
	if (v->minor != c->minor && !t->minor_dirty)
		return no(why, v, "does not have same major and minor version as ", t, "");
	return true;
}

static bool has_caret(const struct range_term *t, const struct semver *v, struct buf *why)
{
	const struct semver *c = &t->v;
	if (semver_cmp(v, c) < 0)
		return no(why, v, "is less than ", t, "");
	if (c->major > 0 || t->minor_dirty || v->major > 0)
		return v->major == c->major || no(why, v, "does not have same major version as ", t, "");
	if (c->minor > 0 || t->patch_dirty) {
		return v->minor == c->minor || no(why, v, "does not have same minor version as ", t,
						  ". Expected minor versions to match when constraint major version is 0");
	}
	if (v->minor > 0)
		return no(why, v, "does not have same minor version as ", t, "");
	return v->patch == c->patch ||
	       no(why, v, "does not equal ", t, ". Expect version and constraint to equal when major and minor versions are 0");
}

static bool has_not_equal(const struct range_term *t, const struct semver *v, struct buf *why)
{
	const struct semver *c = &t->v;
	if (t->dirty) {
		if (v->major != c->major || (v->minor != c->minor && !t->minor_dirty))
			return true;
		if (t->minor_dirty)
			return no(why, v, "is equal to ", t, "");
		if (v->patch != c->patch && !t->patch_dirty)
			return true;
		if (t->patch_dirty)
			return no(why, v, "is equal to ", t, "");
	}
	return semver_cmp(v, c) != 0 || no(why, v, "is equal to ", t, "");
}

static bool has_greater(const struct range_term *t, const struct semver *v, struct buf *why)
{
	const struct semver *c = &t->v;
	bool ok;
	if (!t->dirty || v->major == c->major)
		ok = t->minor_dirty ? false : t->patch_dirty ? v->minor > c->minor : semver_cmp(v, c) > 0;
	else
		ok = v->major > c->major;
	return ok || no(why, v, "is less than or equal to ", t, "");
}

static bool has_at_most(const struct range_term *t, const struct semver *v, struct buf *why)
{
	const struct semver *c = &t->v;
	bool ok;
	if (!t->dirty)
		ok = semver_cmp(v, c) <= 0;
	else
		ok = v->major <= c->major && !(v->major == c->major && v->minor > c->minor && !t->minor_dirty);
	return ok || no(why, v, "is greater than ", t, "");
}

static bool term_has(const struct range_term *t, const struct semver *v, struct buf *why)
{
	switch (t->op) {
	case RANGE_EQ:
		if (t->dirty)
			return has_tilde(t, v, why);
		return semver_cmp(v, &t->v) == 0 || no(why, v, "is not equal to ", t, "");
	case RANGE_NE:
		return has_not_equal(t, v, why);
	case RANGE_GT:
		return has_greater(t, v, why);
	case RANGE_LT:
		return semver_cmp(v, &t->v) < 0 || no(why, v, "is greater than or equal to ", t, "");
	case RANGE_GE:
		return semver_cmp(v, &t->v) >= 0 || no(why, v, "is less than ", t, "");
	case RANGE_LE:
		return has_at_most(t, v, why);
	case RANGE_TILDE:
		return has_tilde(t, v, why);
	default:
		return has_caret(t, v, why);
	}
}

bool semver_helm_has(const struct semver_range *r, const struct semver *v, struct buf *why)
{
	bool said_pre = false;
	for (size_t i = 0; i < r->groups.n; i++) {
		const struct range_group *group = &r->groups.p[i];
		bool ok = true;
		for (size_t k = 0; k < group->terms.n && (ok || why); k++) {
			const struct range_term *t = &group->terms.p[k];
			if (v->pre.n > 0 && !group->has_pre) {
				if (!said_pre) {
					static const struct range_term none;
					no(why, v, "is a prerelease version and the constraint is only looking for release versions", &none, "");
				}
				said_pre = true;
				ok = false;
			} else {
				ok = term_has(t, v, why) && ok;
			}
		}
		if (ok)
			return true;
	}
	return false;
}

struct str semver_range_str(const struct semver_range *r, struct arena *a)
{
	AUTO_BUF out = { 0 };
	for (size_t i = 0; i < r->groups.n; i++) {
		if (i > 0)
			buf_add_c(&out, " || ");
		for (size_t k = 0; k < r->groups.p[i].terms.n; k++) {
			const struct range_term *t = &r->groups.p[i].terms.p[k];
			buf_addf(&out, "%s%.*s%.*s", k > 0 ? " " : "", STR_ARG(t->op_text), STR_ARG(t->text));
		}
	}
	return buf_to_arena(&out, a);
}
