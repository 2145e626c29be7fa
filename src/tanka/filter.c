/* Regular expressions are compiled once; the selector is read by a small scanner. */
#include "tanka/filter.h"

#include "base/buf.h"

/* --- targets --- */

static bool is_separator(char c)
{
	return (unsigned char)c < 0x80 && c != '_' && !(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Go's strings.Title of a message in ASCII, which Tanka prints. */
static struct str title(struct str s, struct arena *a)
{
	AUTO_BUF b = { 0 };
	bool start = true;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		buf_add_char(&b, start && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
		start = is_separator(c);
	}
	return buf_to_arena(&b, a);
}

bool tanka_filter_parse(const tanka_strs *targets, struct arena *a, struct tanka_filter *out, struct err *err)
{
	struct tanka_filter filter = { 0 };
	for (size_t i = 0; i < targets->n; i++) {
		struct str text = targets->p[i];
		bool negated = str_starts(text, STR("!"));
		const struct regex *re;
		AUTO_ERR why = { 0 };
		text = str_drop_prefix(text, STR("!"));
		if (!regex_compile(a, arena_fmt(a, "(?i)^%.*s$", STR_ARG(text)), 0, &re, &why)) {
			struct str message = title(str_c(why.message), a);
			return err_set(err, ERR_USAGE,
				       "%.*s.\nSee https://tanka.dev/output-filtering/#regular-expressions for details on regular expressions.",
				       STR_ARG(message));
		}
		if (negated)
			vec_push_in(&filter.out, a, re);
		else
			vec_push_in(&filter.in, a, re);
	}
	*out = filter;
	return true;
}

bool tanka_filter_has(const struct tanka_filter *filter, struct value object)
{
	AUTO_BUF b = { 0 };
	struct str kind = value_find_str(object, "kind"), name = value_find_str(object, "metadata.name");
	bool in = !filter->in.n, out = false;
	if (in && !filter->out.n)
		return true;
	buf_addf(&b, "%.*s/%.*s", STR_ARG(kind), STR_ARG(name));
	for (size_t i = 0; i < filter->in.n && !in; i++)
		in = regex_match(filter->in.p[i], buf_str(&b));
	for (size_t i = 0; i < filter->out.n && in && !out; i++)
		out = regex_match(filter->out.p[i], buf_str(&b));
	return in && !out;
}

/* --- label selectors --- */

struct scanner {
	struct str rest;
	struct arena *a;
	bool bad;
};

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '/';
}

static struct str take_word(struct scanner *s)
{
	size_t n = 0;
	s->rest = str_trim_left(s->rest);
	while (n < s->rest.n && is_word(s->rest.p[n]))
		n++;
	struct str word = str_slice(s->rest, 0, n);
	s->rest = str_trim_left(str_slice(s->rest, n, s->rest.n));
	return word;
}

static bool take(struct scanner *s, const char *token)
{
	struct str t = str_c(token);
	s->rest = str_trim_left(s->rest);
	if (!str_starts(s->rest, t))
		return false;
	s->rest = str_trim_left(str_slice(s->rest, t.n, s->rest.n));
	return true;
}

static void take_set(struct scanner *s, tanka_strs *values)
{
	if (!take(s, "(")) {
		s->bad = true;
		return;
	}
	do
		vec_push_in(values, s->a, take_word(s));
	while (take(s, ","));
	s->bad |= !take(s, ")");
}

static struct tanka_requirement take_requirement(struct scanner *s)
{
	struct tanka_requirement r = { .negated = take(s, "!") };
	r.exists = r.negated;
	r.key = take_word(s);
	s->bad |= !r.key.n;
	if (r.exists)
		return r;
	if (take(s, "==") || take(s, "=")) {
		vec_push_in(&r.values, s->a, take_word(s));
	} else if (take(s, "!=")) {
		r.negated = true;
		vec_push_in(&r.values, s->a, take_word(s));
	} else if (take(s, "notin")) {
		r.negated = true;
		take_set(s, &r.values);
	} else if (take(s, "in")) {
		take_set(s, &r.values);
	} else {
		r.exists = true;
	}
	return r;
}

bool tanka_selector_parse(struct str text, struct arena *a, tanka_selector *out, struct err *err)
{
	struct scanner s = { .rest = str_trim(text), .a = a };
	tanka_selector selector = { 0 };
	while (s.rest.n && !s.bad) {
		vec_push_in(&selector, a, take_requirement(&s));
		if (s.rest.n && !take(&s, ","))
			s.bad = true;
		else if (!s.rest.n && str_ends(str_trim(text), STR(",")))
			s.bad = true;
	}
	if (s.bad)
		return err_set(err, ERR_USAGE, "Could not parse selector (-l) %.*s", STR_ARG(text));
	*out = selector;
	return true;
}

static bool satisfies(const struct tanka_requirement *r, struct value labels)
{
	struct value *v = value_map_get(labels, r->key);
	bool among = false;
	if (r->exists)
		return (v != NULL) != r->negated;
	for (size_t i = 0; v && i < r->values.n; i++)
		among |= str_eq(value_as_str(*v), r->values.p[i]);
	return among != r->negated;
}

bool tanka_selector_has(const tanka_selector *selector, struct value labels)
{
	for (size_t i = 0; i < selector->n; i++)
		if (!satisfies(&selector->p[i], labels))
			return false;
	return true;
}
