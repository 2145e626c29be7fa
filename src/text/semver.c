/*
 * semver.c: versions: the three forms of text, and the order of precedence (semver.org, 11).
 *
 * Ranges are in semver_helm.c and semver_cargo.c; semver_range_parse picks by its rules.
 */
#include "text/semver_internal.h"

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool identifier_char(char c)
{
	return digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-';
}

static bool all_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!digit(s.p[i]))
			return false;
	return true;
}

/* Digits as a number; false where they do not fit. */
static bool to_uint(struct str s, uint64_t *out)
{
	uint64_t v = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (__builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
			return false;
	}
	*out = v;
	return true;
}

size_t semver_scan_identifiers(struct str s)
{
	size_t at = 0;
	for (;;) {
		size_t from = at;
		while (at < s.n && identifier_char(s.p[at]))
			at++;
		if (at == from)
			return from == 0 ? 0 : from - 1; /* without the dot that nothing follows */
		if (at >= s.n || s.p[at] != '.')
			return at;
		at++;
	}
}

/* Each piece of a pre-release or metadata: not empty, of its characters; numbers of a pre-release do not begin with 0. */
static bool check_identifiers(struct str s, const char *invalid, bool is_pre, struct err *err)
{
	if (s.n > 0 && s.p[s.n - 1] == '.')
		return err_set(err, ERR_SYNTAX, "%s", invalid);
	struct str piece;
	while (str_next(&s, '.', &piece)) {
		for (size_t i = 0; i < piece.n; i++)
			if (!identifier_char(piece.p[i]))
				return err_set(err, ERR_SYNTAX, "%s", invalid);
		if (piece.n == 0)
			return err_set(err, ERR_SYNTAX, "%s", invalid);
		if (is_pre && piece.n > 1 && piece.p[0] == '0' && all_digits(piece))
			return err_set(err, ERR_SYNTAX, "version segment starts with 0");
	}
	return true;
}

static bool out_of_range(const char *prefix, struct str digits, struct err *err)
{
	return err_set(err, ERR_SYNTAX, "%sstrconv.ParseUint: parsing \"%.*s\": value out of range", prefix, STR_ARG(digits));
}

/* `v?N(.N)?(.N)?(-pre)?(+meta)?` */
static bool parse_loose(struct str s, struct semver *out, struct err *err)
{
	uint64_t *const numbers[] = { &out->major, &out->minor, &out->patch };
	struct str segments[3], rest = str_drop_prefix(s, STR("v"));
	size_t n = 0;
	for (;;) {
		size_t end = 0;
		while (end < rest.n && digit(rest.p[end]))
			end++;
		if (end == 0)
			return err_set(err, ERR_SYNTAX, "invalid semantic version");
		segments[n++] = str_slice(rest, 0, end);
		rest = str_slice(rest, end, rest.n);
		if (n == 3 || !str_starts(rest, STR(".")))
			break;
		rest = str_slice(rest, 1, rest.n);
	}
	struct str *const tails[] = { &out->pre, &out->meta };
	for (size_t i = 0; i < 2; i++) {
		if (rest.n == 0 || rest.p[0] != "-+"[i])
			continue;
		rest = str_slice(rest, 1, rest.n);
		size_t end = semver_scan_identifiers(rest);
		if (end == 0)
			return err_set(err, ERR_SYNTAX, "invalid semantic version");
		*tails[i] = str_slice(rest, 0, end);
		rest = str_slice(rest, end, rest.n);
	}
	if (rest.n > 0)
		return err_set(err, ERR_SYNTAX, "invalid semantic version");
	for (size_t i = 0; i < n; i++)
		if (!to_uint(segments[i], numbers[i]))
			return out_of_range("error parsing version segment: ", segments[i], err);
	return check_identifiers(out->pre, "invalid prerelease string", true, err);
}

static bool parse_strict_numbers(const struct str segments[3], struct semver *out, struct err *err)
{
	uint64_t *const numbers[] = { &out->major, &out->minor, &out->patch };
	for (size_t i = 0; i < 3; i++) {
		if (!all_digits(segments[i]))
			return err_set(err, ERR_SYNTAX, "invalid characters in version");
		if (segments[i].n > 1 && segments[i].p[0] == '0')
			return err_set(err, ERR_SYNTAX, "version segment starts with 0");
	}
	for (size_t i = 0; i < 3; i++) {
		if (segments[i].n == 0)
			return err_set(err, ERR_SYNTAX, "strconv.ParseUint: parsing \"\": invalid syntax");
		if (!to_uint(segments[i], numbers[i]))
			return out_of_range("", segments[i], err);
	}
	return true;
}

static bool parse_strict(struct str s, struct semver *out, struct err *err)
{
	struct str segments[3], rest;
	if (s.n == 0)
		return err_set(err, ERR_SYNTAX, "version string empty");
	if (str_find_char(s, '.') == STR_NPOS)
		return err_set(err, ERR_SYNTAX, "invalid semantic version");
	str_cut(s, '.', &segments[0], &rest);
	if (!str_cut(rest, '.', &segments[1], &segments[2]))
		return err_set(err, ERR_SYNTAX, "invalid semantic version");
	struct str tail = segments[2];
	bool has_meta = str_cut(tail, '+', &tail, &out->meta), has_pre = str_cut(tail, '-', &segments[2], &out->pre);
	if (!parse_strict_numbers(segments, out, err))
		return false;
	if (has_pre && out->pre.n == 0)
		return err_set(err, ERR_SYNTAX, "invalid prerelease string");
	if (!check_identifiers(out->pre, "invalid prerelease string", true, err))
		return false;
	if (has_meta && out->meta.n == 0)
		return err_set(err, ERR_SYNTAX, "invalid metadata string");
	return check_identifiers(out->meta, "invalid metadata string", false, err);
}

bool semver_parse(struct str s, enum semver_form form, struct semver *out, struct err *err)
{
	struct semver v = { .original = s };
	bool ok = form == SEMVER_LOOSE ? parse_loose(s, &v, err) : form == SEMVER_STRICT ? parse_strict(s, &v, err) : semver_cargo_version(s, &v, err);
	if (ok)
		*out = v;
	return ok;
}

/* Numbers come before words; numbers by value, words by bytes. */
static int cmp_identifier(struct str a, struct str b)
{
	bool a_number = all_digits(a), b_number = all_digits(b);
	if (a_number != b_number)
		return a_number ? -1 : 1;
	if (a_number) {
		while (a.n > 1 && a.p[0] == '0')
			a = str_slice(a, 1, a.n);
		while (b.n > 1 && b.p[0] == '0')
			b = str_slice(b, 1, b.n);
		if (a.n != b.n)
			return a.n < b.n ? -1 : 1;
	}
	int order = str_cmp(a, b);
	return (order > 0) - (order < 0);
}

int semver_cmp_pre(struct str a, struct str b)
{
	if (a.n == 0 || b.n == 0)
		return (a.n == 0) - (b.n == 0); /* a release comes after its pre-releases */
	struct str left, right;
	for (;;) {
		bool more_a = str_next(&a, '.', &left), more_b = str_next(&b, '.', &right);
		if (!more_a || !more_b)
			return (int)more_a - (int)more_b;
		int order = cmp_identifier(left, right);
		if (order != 0)
			return order;
	}
}

int semver_cmp(const struct semver *a, const struct semver *b)
{
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	if (a->minor != b->minor)
		return a->minor < b->minor ? -1 : 1;
	if (a->patch != b->patch)
		return a->patch < b->patch ? -1 : 1;
	return semver_cmp_pre(a->pre, b->pre);
}

struct str semver_str(const struct semver *v, struct arena *a)
{
	return arena_fmt(a, "%llu.%llu.%llu%s%.*s%s%.*s", (unsigned long long)v->major, (unsigned long long)v->minor, (unsigned long long)v->patch,
			 v->pre.n > 0 ? "-" : "", STR_ARG(v->pre), v->meta.n > 0 ? "+" : "", STR_ARG(v->meta));
}

bool semver_range_parse(struct arena *a, struct str s, enum semver_rules rules, const struct semver_range **out, struct err *err)
{
	struct semver_range *r = arena_new(a, struct semver_range);
	r->rules = rules;
	s = arena_str(a, s);
	bool ok = rules == SEMVER_HELM ? semver_helm_parse(a, s, r, err) : semver_cargo_parse(a, s, r, err);
	if (ok)
		*out = r;
	return ok;
}

bool semver_range_has(const struct semver_range *r, const struct semver *v)
{
	return r->rules == SEMVER_HELM ? semver_helm_has(r, v, NULL) : semver_cargo_has(r, v);
}

bool semver_range_check(const struct semver_range *r, const struct semver *v, struct err *err)
{
	AUTO_BUF why = { 0 };
	if (r->rules == SEMVER_HELM ? semver_helm_has(r, v, &why) : semver_cargo_has(r, v))
		return true;
	struct str text = buf_str(&why);
	return err_set(err, ERR_CONFLICT, "%.*s", STR_ARG(text));
}
