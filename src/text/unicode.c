/*
 * unicode.c: look-ups in the generated tables, by binary search; ASCII is answered without them.
 *
 * The predicates name a set of unicode_sets; each looks it up by name once a call, which costs about eight comparisons of short strings. Text
 * that is worth the speed is ASCII.
 */
#include "text/unicode.h"

#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "text/unicode_tables.h"

enum { TO_UPPER, TO_LOWER, TO_TITLE };

static uint32_t map_case(uint32_t r, int to)
{
	size_t lo = 0, hi = unicode_case_runs_n;
	while (lo < hi) { /* the first run that begins behind r */
		size_t mid = (lo + hi) / 2;
		if (unicode_case_runs[mid].lo <= r)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* Runs of stride 2 interleave with at most one other. */
	for (size_t i = lo; i > 0 && i + 2 > lo; i--) {
		const struct unicode_case_run *run = &unicode_case_runs[i - 1];
		if (r <= run->hi && (r - run->lo) % run->stride == 0)
			return (uint32_t)((int32_t)r + run->d[to]);
	}
	return r;
}

uint32_t unicode_upper(uint32_t r)
{
	if (r < 0x80)
		return r >= 'a' && r <= 'z' ? r - 32 : r;
	return map_case(r, TO_UPPER);
}

uint32_t unicode_lower(uint32_t r)
{
	if (r < 0x80)
		return r >= 'A' && r <= 'Z' ? r + 32 : r;
	return map_case(r, TO_LOWER);
}

uint32_t unicode_title(uint32_t r)
{
	if (r < 0x80)
		return unicode_upper(r);
	return map_case(r, TO_TITLE);
}

uint32_t unicode_fold(uint32_t r)
{
	size_t lo = 0, hi = unicode_folds_n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (unicode_folds[mid].from == r)
			return unicode_folds[mid].to;
		if (unicode_folds[mid].from < r)
			lo = mid + 1;
		else
			hi = mid;
	}
	uint32_t lower = unicode_lower(r);
	return lower != r ? lower : unicode_upper(r);
}

/* The name without case, `_`, `-` and spaces; 0 if it is longer than any known. */
static size_t plain_name(struct str name, char out[64])
{
	size_t n = 0;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		if (c == '_' || c == '-' || c == ' ')
			continue;
		if (n == 63)
			return 0;
		out[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	return n;
}

bool unicode_find_set(struct str name, struct unicode_set *out)
{
	char plain[64];
	struct str key = { plain, plain_name(name, plain) };
	size_t lo = 0, hi = unicode_sets_n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int order = str_cmp(unicode_sets[mid].name, key);
		if (order == 0) {
			*out = unicode_sets[mid].set;
			return true;
		}
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

bool unicode_set_has(struct unicode_set set, uint32_t r)
{
	size_t lo = 0, hi = set.n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (r < set.p[mid].lo)
			hi = mid;
		else if (r > set.p[mid].hi)
			lo = mid + 1;
		else
			return true;
	}
	return false;
}

static bool in_named(struct str name, uint32_t r)
{
	struct unicode_set set;
	return unicode_find_set(name, &set) && unicode_set_has(set, r);
}

static bool ascii_letter(uint32_t r)
{
	return (r | 32) >= 'a' && (r | 32) <= 'z';
}

bool unicode_is_letter(uint32_t r)
{
	return r < 0x80 ? ascii_letter(r) : in_named(STR("l"), r);
}

bool unicode_is_upper(uint32_t r)
{
	return r < 0x80 ? r >= 'A' && r <= 'Z' : in_named(STR("lu"), r);
}

bool unicode_is_lower(uint32_t r)
{
	return r < 0x80 ? r >= 'a' && r <= 'z' : in_named(STR("ll"), r);
}

bool unicode_is_digit(uint32_t r)
{
	return r < 0x80 ? r >= '0' && r <= '9' : in_named(STR("nd"), r);
}

bool unicode_is_number(uint32_t r)
{
	return r < 0x80 ? r >= '0' && r <= '9' : in_named(STR("n"), r);
}

bool unicode_is_space(uint32_t r)
{
	return r < 0x80 ? r == ' ' || (r >= '\t' && r <= '\r') : in_named(STR("=whitespace"), r);
}

bool unicode_is_punct(uint32_t r)
{
	return in_named(STR("p"), r);
}

bool unicode_is_symbol(uint32_t r)
{
	return in_named(STR("s"), r);
}

bool unicode_is_mark(uint32_t r)
{
	return r >= 0x80 && in_named(STR("m"), r);
}

bool unicode_is_graphic(uint32_t r)
{
	return unicode_is_print(r) || (r >= 0x80 && in_named(STR("zs"), r));
}

bool unicode_is_print(uint32_t r)
{
	if (r < 0x80)
		return r >= 0x20 && r < 0x7F;
	return unicode_is_letter(r) || unicode_is_mark(r) || unicode_is_number(r) || unicode_is_punct(r) || unicode_is_symbol(r);
}

static struct str map_str(struct arena *a, struct str s, uint32_t (*map)(uint32_t))
{
	size_t same = 0;
	uint32_t r;
	for (size_t n; same < s.n; same += n) {
		n = utf8_decode(str_slice(s, same, s.n), &r);
		if (map(r) != r || (r == UTF8_BAD && n == 1)) /* an invalid byte becomes U+FFFD */
			break;
	}
	if (same == s.n)
		return s;
	char *p = arena_alloc(a, s.n * 3 + 1); /* a byte gives three at most, also an invalid one */
	memcpy(p, s.p, same);
	size_t out = same;
	for (size_t i = same; i < s.n;) {
		i += utf8_decode(str_slice(s, i, s.n), &r);
		out += utf8_encode(map(r), p + out);
	}
	p[out] = '\0';
	return (struct str){ p, out };
}

struct str unicode_str_upper(struct arena *a, struct str s)
{
	return map_str(a, s, unicode_upper);
}

struct str unicode_str_lower(struct arena *a, struct str s)
{
	return map_str(a, s, unicode_lower);
}

struct str unicode_str_trim(struct str s)
{
	uint32_t r;
	for (size_t n; s.n > 0 && (n = utf8_decode(s, &r)) > 0 && unicode_is_space(r);)
		s = str_slice(s, n, s.n);
	while (s.n > 0) {
		size_t at = s.n - 1;
		while (at > 0 && s.n - at < 4 && ((unsigned char)s.p[at] & 0xC0) == 0x80)
			at--;
		if (utf8_decode(str_slice(s, at, s.n), &r) != s.n - at || !unicode_is_space(r))
			break;
		s.n = at;
	}
	return s;
}
