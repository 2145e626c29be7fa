/*
 * regex.c: the public calls: compile, find, iterate, replace, split. The rules for empty matches are those of Go's FindAll, ReplaceAll and
 * Split, which differ from each other.
 */
#include "text/regex_internal.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/utf8.h"

#define SPANS_INLINE 16 /* groups whose slots need no heap */

bool regex_compile(struct arena *a, struct str pattern, unsigned flags, const struct regex **out, struct err *err)
{
	struct regex_tree tree;
	struct regex *re = arena_new(a, struct regex);
	re->pattern = arena_str(a, pattern);
	if (!regex_parse(a, re->pattern, flags, &tree, err))
		return false;
	regex_build(a, &tree, re);
	*out = re;
	return true;
}

struct str regex_pattern(const struct regex *re)
{
	return re->pattern;
}

size_t regex_groups(const struct regex *re)
{
	return re->groups;
}

/* A span is two slots: the layouts are the same. */
static bool find_spans(const struct regex *re, struct str text, size_t from, struct regex_span *spans, size_t n, struct regex_scratch *s)
{
	_Static_assert(sizeof(struct regex_span) == 2 * sizeof(size_t), "a span is two slots");
	size_t slots[SPANS_INLINE * 2], *p = slots;
	if (n > SPANS_INLINE)
		p = xmalloc(n * 2 * sizeof(size_t));
	bool found = regex_exec(re, text, from, p, n * 2, s);
	for (size_t i = 0; found && i < n; i++)
		spans[i] = p[2 * i + 1] == REGEX_UNSET ? (struct regex_span){ REGEX_UNSET, REGEX_UNSET } : (struct regex_span){ p[2 * i], p[2 * i + 1] };
	if (p != slots)
		free(p);
	return found;
}

bool regex_match(const struct regex *re, struct str text)
{
	return regex_find(re, text, 0, NULL, 0);
}

bool regex_find(const struct regex *re, struct str text, size_t from, struct regex_span *spans, size_t n)
{
	struct regex_scratch *s = regex_scratch_new();
	bool found = find_spans(re, text, from, spans, n, s);
	regex_scratch_free(s);
	return found;
}

struct regex_iter regex_iter(const struct regex *re, struct str text)
{
	return (struct regex_iter){ .re = re, .text = text, .last_end = STR_NPOS, .scratch = regex_scratch_new() };
}

void regex_iter_deinit(struct regex_iter *it)
{
	regex_scratch_free(it->scratch);
	it->scratch = NULL;
}

static size_t width_at(struct str text, size_t pos)
{
	uint32_t r;
	return utf8_decode(str_slice(text, pos, text.n), &r);
}

bool regex_next(struct regex_iter *it, struct regex_span *spans, size_t n)
{
	struct regex_span whole, *to = n > 0 ? spans : &whole;
	while (it->at <= it->text.n && find_spans(it->re, it->text, it->at, to, MAX(n, 1), it->scratch)) {
		bool accept = true;
		size_t end = to[0].to;
		if (end == it->at) { /* empty, here */
			accept = to[0].from != it->last_end;
			size_t width = width_at(it->text, it->at);
			it->at = width > 0 ? it->at + width : it->text.n + 1;
		} else {
			it->at = end;
		}
		it->last_end = end;
		if (accept)
			return true;
	}
	it->at = it->text.n + 1;
	return false;
}

/* The name behind a `$`: *rest is moved behind it. False where there is none. */
static bool template_name(struct str *rest, struct str *name)
{
	struct str s = *rest;
	bool braced = str_starts(s, STR("{"));
	size_t at = braced, n;
	uint32_t r;
	while ((n = utf8_decode(str_slice(s, at, s.n), &r)) > 0 && (r == '_' || unicode_is_letter(r) || unicode_is_digit(r)))
		at += n;
	*name = str_slice(s, braced, at);
	if (name->n == 0)
		return false;
	if (braced) {
		if (at >= s.n || s.p[at] != '}')
			return false;
		at++;
	}
	*rest = str_slice(s, at, s.n);
	return true;
}

/* The number of a group written in digits; STR_NPOS for any other name. */
static size_t template_number(struct str name)
{
	size_t value = 0;
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] < '0' || name.p[i] > '9' || value >= 100000000)
			return STR_NPOS;
		value = value * 10 + (size_t)(name.p[i] - '0');
	}
	return name.n > 1 && name.p[0] == '0' ? STR_NPOS : value;
}

void regex_expand(const struct regex *re, struct str with, struct str text, const struct regex_span *spans, struct buf *out)
{
	size_t dollar;
	struct str name;
	while ((dollar = str_find_char(with, '$')) != STR_NPOS) {
		buf_add(out, str_slice(with, 0, dollar));
		with = str_slice(with, dollar + 1, with.n);
		if (str_starts(with, STR("$"))) {
			buf_add_char(out, '$');
			with = str_slice(with, 1, with.n);
			continue;
		}
		if (!template_name(&with, &name)) {
			buf_add_char(out, '$');
			continue;
		}
		size_t number = template_number(name);
		for (size_t i = 0; i < re->groups; i++) {
			bool named = number == STR_NPOS ? str_eq(re->names[i], name) : number == i;
			if (named && spans[i].from != REGEX_UNSET) {
				buf_add(out, str_slice(text, spans[i].from, spans[i].to));
				break;
			}
		}
	}
	buf_add(out, with);
}

struct str regex_replace(const struct regex *re, struct str text, struct str with, enum regex_replace_mode mode, struct arena *a)
{
	AUTO_BUF out = { 0 };
	size_t last_end = 0, n = mode == REGEX_EXPAND && str_find_char(with, '$') != STR_NPOS ? re->groups : 1;
	struct regex_span *spans = xmalloc(n * sizeof(*spans));
	struct regex_scratch *s = regex_scratch_new();
	for (size_t at = 0; at <= text.n && find_spans(re, text, at, spans, n, s);) {
		struct regex_span m = spans[0];
		buf_add(&out, str_slice(text, last_end, m.from));
		/* An empty match directly behind a match replaces nothing. */
		if (m.to > last_end || m.from == 0) {
			if (mode == REGEX_EXPAND)
				regex_expand(re, with, text, spans, &out);
			else
				buf_add(&out, with);
		}
		last_end = m.to;
		size_t width = width_at(text, at);
		if (at + width > m.to)
			at += MAX(width, 1);
		else if (at + 1 > m.to)
			at++;
		else
			at = m.to;
	}
	buf_add(&out, str_slice(text, last_end, text.n));
	free(spans);
	regex_scratch_free(s);
	return buf_to_arena(&out, a);
}

void regex_split(const struct regex *re, struct str text, int64_t limit, struct arena *a, regex_strs *out)
{
	*out = (regex_strs){ 0 };
	if (limit == 0)
		return;
	if (re->pattern.n > 0 && text.n == 0) {
		vec_push_in(out, a, text);
		return;
	}
	size_t begin = 0, end = 0;
	struct regex_span m;
	AUTO_REGEX_ITER it = regex_iter(re, text);
	for (int64_t seen = 0; (limit < 0 || seen < limit) && regex_next(&it, &m, 1); seen++) {
		if (limit > 0 && out->n == (size_t)limit - 1)
			break;
		end = m.from;
		if (m.to != 0)
			vec_push_in(out, a, str_slice(text, begin, end));
		begin = m.to;
	}
	if (end != text.n)
		vec_push_in(out, a, str_slice(text, begin, text.n));
}

struct str regex_quote(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n * 2 + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (str_find_char(STR("\\.+*?()|[]{}^$"), s.p[i]) != STR_NPOS)
			p[n++] = '\\';
		p[n++] = s.p[i];
	}
	p[n] = '\0';
	return (struct str){ p, n };
}
