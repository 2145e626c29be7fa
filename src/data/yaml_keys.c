/*
 * The order is decided at the first code point where two keys differ: between letters by code point; a letter after any other; otherwise the
 * numbers that start there count (a9 before a10), then their lengths, then the code points. This is no total order (a9 < a10 < a1b < a9),
 * so what Go prints for such keys depends on its sort and on the random order of its maps; ours is stable.
 */
#include "data/yaml_keys.h"

#include <string.h>

#include "base/utf8.h"
#include "text/unicode.h"

static bool is_letter(uint32_t r)
{
	return r < 0x80 ? (r | 0x20) >= 'a' && (r | 0x20) <= 'z' : unicode_is_letter(r);
}

static bool is_digit(uint32_t r)
{
	return r < 0x80 ? r >= '0' && r <= '9' : unicode_is_digit(r);
}

/* The number that starts at s.p[i], after `lead`; *length is in code points. */
static int64_t number_at(struct str s, size_t i, int64_t lead, size_t *length)
{
	uint64_t v = (uint64_t)lead;
	uint32_t r;
	*length = 0;
	while (i < s.n) {
		size_t n = utf8_decode(str_slice(s, i, s.n), &r);
		if (!is_digit(r))
			break;
		v = v * 10 + (uint64_t)(r - '0');
		(*length)++;
		i += n;
	}
	return (int64_t)v;
}

/* Whether the digits that end before s.p[i] hold one other than 0: then a 0 at i is not leading. */
static bool inside_number(struct str s, size_t i)
{
	while (i > 0 && s.p[i - 1] >= '0' && s.p[i - 1] <= '9')
		if (s.p[--i] != '0')
			return true;
	return false;
}

static bool follows_digit(struct str s, size_t i)
{
	size_t start = i;
	uint32_t r;
	if (start == 0)
		return false;
	do
		start--;
	while (start > 0 && ((unsigned char)s.p[start] & 0xC0) == 0x80);
	utf8_decode(str_slice(s, start, i), &r);
	return is_digit(r);
}

bool yaml_key_before(enum yaml_key_rule rule, struct str a, struct str b)
{
	size_t i = 0, common = MIN(a.n, b.n);
	while (i < common && a.p[i] == b.p[i])
		i++;
	/* Back to the beginning of a code point. */
	while (i > 0 && i < common && ((unsigned char)a.p[i] & 0xC0) == 0x80)
		i--;
	if (i == common)
		return a.n < b.n;
	uint32_t ar, br;
	utf8_decode(str_slice(a, i, a.n), &ar);
	utf8_decode(str_slice(b, i, b.n), &br);
	bool a_letter = is_letter(ar), b_letter = is_letter(br);
	if (a_letter && b_letter)
		return ar < br;
	if (a_letter || b_letter)
		return rule == YAML_KEYS_V3 && follows_digit(a, i) ? a_letter : b_letter;
	int64_t lead = (ar == '0' || br == '0') && inside_number(a, i);
	size_t a_length, b_length;
	int64_t a_number = number_at(a, i, lead, &a_length), b_number = number_at(b, i, lead, &b_length);
	if (a_number != b_number)
		return a_number < b_number;
	return a_length != b_length ? a_length < b_length : ar < br;
}

static void insertion_sort(enum yaml_key_rule rule, struct map *m, uint32_t *order, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint32_t entry = order[i];
		size_t k = i;
		for (; k > 0 && yaml_key_before(rule, map_key(m, entry), map_key(m, order[k - 1])); k--)
			order[k] = order[k - 1];
		order[k] = entry;
	}
}

/* Merges two sorted halves; `room` holds the left one meanwhile. */
static void merge_sort(enum yaml_key_rule rule, struct map *m, uint32_t *order, size_t n, uint32_t *room)
{
	if (n <= 12) {
		insertion_sort(rule, m, order, n);
		return;
	}
	size_t half = n / 2, left = 0, right = half, to = 0;
	merge_sort(rule, m, order, half, room);
	merge_sort(rule, m, order + half, n - half, room);
	memcpy(room, order, half * sizeof(*room));
	while (left < half && right < n)
		order[to++] = yaml_key_before(rule, map_key(m, order[right]), map_key(m, room[left])) ? order[right++] : room[left++];
	memcpy(order + to, room + left, (half - left) * sizeof(*room));
}

uint32_t *yaml_key_order(enum yaml_key_rule rule, struct map *m, struct arena *a)
{
	size_t n = map_len(m);
	uint32_t *order = arena_alloc(a, 2 * n * sizeof(*order));
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	merge_sort(rule, m, order, n, order + n);
	return order;
}
