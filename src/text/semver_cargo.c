/*
 * semver_cargo.c: versions and requirements as Rust's semver crate reads them, with its words for what is wrong.
 */
#include "text/semver_internal.h"

#include "base/utf8.h"

#define TERMS_MAX 32 /* the crate's own limit */

enum place { AT_MAJOR, AT_MINOR, AT_PATCH, AT_PRE, AT_META };
static const char *const places[] = { "major version number", "minor version number", "patch version number", "pre-release identifier",
				      "build metadata" };

/* The code point at the start of s, as a str. */
static struct str first_char(struct str s)
{
	uint32_t r;
	return str_slice(s, 0, utf8_decode(s, &r));
}

static struct str skip_spaces(struct str s)
{
	while (s.n > 0 && s.p[0] == ' ')
		s = str_slice(s, 1, s.n);
	return s;
}

static bool take(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_slice(*s, 1, s->n);
	return true;
}

static bool take_number(struct str *s, enum place place, uint64_t *out, struct err *err)
{
	size_t n = 0;
	uint64_t v = 0;
	for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++) {
		if (n > 0 && s->p[0] == '0')
			return err_set(err, ERR_SYNTAX, "invalid leading zero in %s", places[place]);
		if (__builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, (uint64_t)(s->p[n] - '0'), &v))
			return err_set(err, ERR_SYNTAX, "value of %s exceeds u64::MAX", places[place]);
	}
	if (n == 0) {
		if (s->n == 0)
			return err_set(err, ERR_SYNTAX, "unexpected end of input while parsing %s", places[place]);
		return err_set(err, ERR_SYNTAX, "unexpected character '%.*s' while parsing %s", STR_ARG(first_char(*s)), places[place]);
	}
	*out = v;
	*s = str_slice(*s, n, s->n);
	return true;
}

static bool take_dot(struct str *s, enum place behind, struct err *err)
{
	if (take(s, '.'))
		return true;
	if (s->n == 0)
		return err_set(err, ERR_SYNTAX, "unexpected end of input while parsing %s", places[behind]);
	return err_set(err, ERR_SYNTAX, "unexpected character '%.*s' after %s", STR_ARG(first_char(*s)), places[behind]);
}

/* Identifiers behind a - or +: not empty, numbers of a pre-release without leading zero. */
static bool take_identifiers(struct str *s, enum place place, struct str *out, struct err *err)
{
	size_t at = 0;
	for (;;) {
		size_t from = at;
		bool number = true;
		for (; at < s->n; at++) {
			char c = s->p[at];
			bool digit = c >= '0' && c <= '9';
			if (!digit && !((c | 32) >= 'a' && (c | 32) <= 'z') && c != '-')
				break;
			number = number && digit;
		}
		if (at == from)
			return err_set(err, ERR_SYNTAX, "empty identifier segment in %s", places[place]);
		if (place == AT_PRE && number && at - from > 1 && s->p[from] == '0')
			return err_set(err, ERR_SYNTAX, "invalid leading zero in %s", places[place]);
		if (at >= s->n || s->p[at] != '.')
			break;
		at++;
	}
	*out = str_slice(*s, 0, at);
	*s = str_slice(*s, at, s->n);
	return true;
}

bool semver_cargo_version(struct str s, struct semver *out, struct err *err)
{
	if (s.n == 0)
		return err_set(err, ERR_SYNTAX, "empty string, expected a semver version");
	enum place place = AT_PATCH;
	if (!take_number(&s, AT_MAJOR, &out->major, err) || !take_dot(&s, AT_MAJOR, err) || !take_number(&s, AT_MINOR, &out->minor, err) ||
	    !take_dot(&s, AT_MINOR, err) || !take_number(&s, AT_PATCH, &out->patch, err))
		return false;
	if (take(&s, '-')) {
		place = AT_PRE;
		if (!take_identifiers(&s, AT_PRE, &out->pre, err))
			return false;
	}
	if (take(&s, '+')) {
		place = AT_META;
		if (!take_identifiers(&s, AT_META, &out->meta, err))
			return false;
	}
	if (s.n > 0)
		return err_set(err, ERR_SYNTAX, "unexpected character '%.*s' after %s", STR_ARG(first_char(s)), places[place]);
	return true;
}

static bool take_wildcard(struct str *s)
{
	return take(s, '*') || take(s, 'x') || take(s, 'X');
}

static enum range_op take_op(struct str *s)
{
	if (take(s, '='))
		return RANGE_EQ;
	if (take(s, '>'))
		return take(s, '=') ? RANGE_GE : RANGE_GT;
	if (take(s, '<'))
		return take(s, '=') ? RANGE_LE : RANGE_LT;
	if (take(s, '~'))
		return RANGE_TILDE;
	if (take(s, '^'))
		return RANGE_CARET;
	return RANGE_NONE;
}

/* `.minor` and `.patch`, either of which may be a wildcard or missing. */
static bool take_parts(struct str *s, struct range_term *t, bool *plain, enum place *place, struct err *err)
{
	bool wild = false;
	t->minor_dirty = t->patch_dirty = true;
	if (!take(s, '.'))
		return true;
	*place = AT_MINOR;
	if (take_wildcard(s)) {
		wild = true;
	} else {
		if (!take_number(s, AT_MINOR, &t->v.minor, err))
			return false;
		t->minor_dirty = false;
	}
	if (take(s, '.')) {
		*place = AT_PATCH;
		if (take_wildcard(s)) {
			wild = true;
		} else if (wild) {
			return err_set(err, ERR_SYNTAX, "unexpected character after wildcard in version req");
		} else {
			if (!take_number(s, AT_PATCH, &t->v.patch, err))
				return false;
			t->patch_dirty = false;
		}
	}
	if (wild && *plain)
		t->op = RANGE_EQ; /* 1.* is what is given, no more */
	return true;
}

static bool take_term(struct str *s, struct range_term *t, enum place *place, struct err *err)
{
	t->op = take_op(s);
	bool plain = t->op == RANGE_NONE;
	if (plain)
		t->op = RANGE_CARET;
	*s = skip_spaces(*s);
	*place = AT_MAJOR;
	if (!take_number(s, AT_MAJOR, &t->v.major, err) || !take_parts(s, t, &plain, place, err))
		return false;
	if (!t->patch_dirty && take(s, '-')) {
		*place = AT_PRE;
		if (!take_identifiers(s, AT_PRE, &t->v.pre, err))
			return false;
	}
	if (!t->patch_dirty && take(s, '+')) {
		*place = AT_META;
		if (!take_identifiers(s, AT_META, &t->v.meta, err))
			return false;
	}
	*s = skip_spaces(*s);
	return true;
}

bool semver_cargo_parse(struct arena *a, struct str s, struct semver_range *out, struct err *err)
{
	struct range_group group = { 0 };
	s = skip_spaces(s);
	for (bool more = true; more;) {
		struct range_term t = { 0 };
		enum place place;
		struct str rest = s;
		if (take_wildcard(&rest)) {
			rest = skip_spaces(rest);
			if (group.terms.n > 0 || (rest.n > 0 && rest.p[0] == ','))
				return err_set(err, ERR_SYNTAX, "wildcard req (%c) must be the only comparator in the version req", s.p[0]);
			if (rest.n > 0)
				return err_set(err, ERR_SYNTAX, "unexpected character after wildcard in version req");
			break; /* no terms: everything */
		}
		if (!take_term(&s, &t, &place, err))
			return false;
		if (group.terms.n == TERMS_MAX)
			return err_set(err, ERR_SYNTAX, "excessive number of version comparators");
		vec_push_in(&group.terms, a, t);
		more = s.n > 0;
		if (more && !take(&s, ','))
			return err_set(err, ERR_SYNTAX, "expected comma after %s, found '%.*s'", places[place], STR_ARG(first_char(s)));
		s = skip_spaces(s);
	}
	vec_push_in(&out->groups, a, group);
	return true;
}

static bool is_exact(const struct range_term *t, const struct semver *v)
{
	return v->major == t->v.major && (t->minor_dirty || v->minor == t->v.minor) && (t->patch_dirty || v->patch == t->v.patch) &&
	       semver_cmp_pre(v->pre, t->v.pre) == 0;
}

/* -1, 0, 1 by the parts that are given; 0 also where the rest is open. */
static int cmp_given(const struct range_term *t, const struct semver *v)
{
	if (v->major != t->v.major)
		return v->major < t->v.major ? -1 : 1;
	if (t->minor_dirty)
		return 0;
	if (v->minor != t->v.minor)
		return v->minor < t->v.minor ? -1 : 1;
	if (t->patch_dirty)
		return 0;
	if (v->patch != t->v.patch)
		return v->patch < t->v.patch ? -1 : 1;
	return semver_cmp_pre(v->pre, t->v.pre);
}

static bool is_tilde(const struct range_term *t, const struct semver *v)
{
	if (v->major != t->v.major || (!t->minor_dirty && v->minor != t->v.minor))
		return false;
	if (!t->patch_dirty && v->patch != t->v.patch)
		return v->patch > t->v.patch;
	return semver_cmp_pre(v->pre, t->v.pre) >= 0;
}

static bool is_caret(const struct range_term *t, const struct semver *v)
{
	if (v->major != t->v.major)
		return false;
	if (t->minor_dirty)
		return true;
	if (t->patch_dirty)
		return t->v.major > 0 ? v->minor >= t->v.minor : v->minor == t->v.minor;
	if (v->minor != t->v.minor)
		return t->v.major > 0 && v->minor > t->v.minor;
	if (v->patch != t->v.patch)
		return (t->v.major > 0 || t->v.minor > 0) && v->patch > t->v.patch;
	return semver_cmp_pre(v->pre, t->v.pre) >= 0;
}

static bool term_has(const struct range_term *t, const struct semver *v)
{
	switch (t->op) {
	case RANGE_EQ:
		return is_exact(t, v);
	case RANGE_GT:
		return cmp_given(t, v) > 0;
	case RANGE_GE:
		return is_exact(t, v) || cmp_given(t, v) > 0;
	case RANGE_LT:
		return cmp_given(t, v) < 0;
	case RANGE_LE:
		return is_exact(t, v) || cmp_given(t, v) < 0;
	case RANGE_TILDE:
		return is_tilde(t, v);
	default:
		return is_caret(t, v);
	}
}

bool semver_cargo_has(const struct semver_range *r, const struct semver *v)
{
	const struct range_group *group = &r->groups.p[0];
	bool pre_named = v->pre.n == 0;
	for (size_t i = 0; i < group->terms.n; i++) {
		const struct range_term *t = &group->terms.p[i];
		if (!term_has(t, v))
			return false;
		/* A pre-release counts only for a term that names one of the same numbers. */
		pre_named = pre_named || (!t->patch_dirty && t->v.pre.n > 0 && t->v.major == v->major && t->v.minor == v->minor &&
					  t->v.patch == v->patch);
	}
	return pre_named;
}
