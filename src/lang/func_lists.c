/* Functions of `set lists`. */
#include "base/utf8.h"
#include "lang/builtin.h"

static bool one(struct builtin_call *c, size_t i, struct str *out)
{
	if (c->args[i].n != 1)
		return builtin_fail_list(c, &c->args[i]);
	*out = c->args[i].p[0];
	return true;
}

static bool fn_bool(struct builtin_call *c)
{
	const struct lang_value *v = &c->args[0];
	if (v->n > 1)
		return builtin_fail(c, "multi-element lists cannot be converted into booleans");
	struct str s = v->n ? v->p[0] : STR("");
	if (!s.n || str_eq_c(s, "0") || str_eq_c(s, "false"))
		return builtin_return_bool(c, false);
	if (str_eq_c(s, "1") || str_eq_c(s, "true"))
		return builtin_return_bool(c, true);
	return builtin_fail(c, "`%.*s` is not a valid boolean string", STR_ARG(s));
}

static bool fn_join_list(struct builtin_call *c)
{
	struct str sep = STR(" ");
	if (c->n == 2 && !one(c, 1, &sep))
		return false;
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i < c->args[0].n; i++) {
		if (i)
			buf_add(&b, sep);
		buf_add(&b, c->args[0].p[i]);
	}
	return builtin_return(c, buf_to_arena(&b, c->arena));
}

static bool fn_len(struct builtin_call *c)
{
	return builtin_return(c, arena_fmt(c->arena, "%zu", c->args[0].n));
}

static bool fn_show(struct builtin_call *c)
{
	AUTO_BUF b = { 0 };
	lang_show_value(&c->args[0], false, &b);
	return builtin_return(c, buf_to_arena(&b, c->arena));
}

static bool fn_split(struct builtin_call *c)
{
	struct str s, sep, piece;
	VEC(struct str) out = { 0 };
	if (!one(c, 0, &s) || (c->n == 2 && !one(c, 1, &sep)))
		return false;
	if (c->n == 1) {
		while (builtin_next_word(&s, &piece))
			vec_push_in(&out, c->arena, piece);
	} else if (!sep.n) {
		for (uint32_t r; s.n;) {
			size_t n = utf8_decode(s, &r);
			vec_push_in(&out, c->arena, str_slice(s, 0, n));
			s = str_slice(s, n, s.n);
		}
	} else {
		for (size_t at; (at = str_find(s, sep)) != STR_NPOS; s = str_slice(s, at + sep.n, s.n))
			vec_push_in(&out, c->arena, str_slice(s, 0, at));
		vec_push_in(&out, c->arena, s);
	}
	*c->out = (struct lang_value){ out.p, out.n };
	return true;
}

static const struct lang_builtin rows[] = {
	{ STR_INIT("bool"), 1, 1, fn_bool, .takes = BUILTIN_VALUES, .needs_lists = true },
	{ STR_INIT("join_list"), 1, 2, fn_join_list, .takes = BUILTIN_VALUES, .needs_lists = true },
	{ STR_INIT("len"), 1, 1, fn_len, .takes = BUILTIN_VALUES },
	{ STR_INIT("show"), 1, 1, fn_show, .takes = BUILTIN_VALUES, .needs_lists = true },
	{ STR_INIT("split"), 1, 2, fn_split, .takes = BUILTIN_VALUES, .needs_lists = true },
};
const struct builtin_table builtin_lists = { rows, ARRAY_LEN(rows) };
