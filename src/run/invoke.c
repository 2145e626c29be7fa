/* invoke.c: see invoke.h. */
#include "run/invoke.h"

#include "base/utf8.h"
#include "run/usage.h"

struct reader {
	const struct lang_tree *tree;
	const struct str *words;
	size_t n, at;
	const struct invoke_options *options;
	struct arena *a;
	struct err *err;
	const struct lang_module *module; /* that the last words named without a recipe */
};

/* ---- names ---- */

void invoke_suggest_recipe(struct buf *out, const struct lang_module *module, struct str name)
{
	struct lang_suggestion s;
	if (!lang_suggest_recipe(module, name, &s))
		return;
	buf_addf(out, "\nDid you mean `%.*s`", STR_ARG(s.name));
	if (s.target.p)
		buf_addf(out, ", an alias for `%.*s`", STR_ARG(s.target));
	buf_add_char(out, '?');
}

static void suggest_module(struct buf *out, const struct lang_module *module, struct str name)
{
	struct lang_suggestion s;
	if (lang_suggest_module(module, name, &s))
		buf_addf(out, "\nDid you mean `%.*s`?", STR_ARG(s.name));
}

static bool fail_recipe(struct err *err, const struct lang_module *module, struct str shown, struct str name)
{
	AUTO_BUF text = { 0 };
	buf_addf(&text, "justfile does not contain recipe `%.*s`", STR_ARG(shown));
	if (module && str_find_char(name, ':') == STR_NPOS)
		invoke_suggest_recipe(&text, module, name);
	return err_set(err, ERR_NOT_FOUND, "%.*s", STR_ARG(buf_str(&text)));
}

static bool fail_module(struct err *err, const struct lang_module *module, struct str shown, struct str name)
{
	AUTO_BUF text = { 0 };
	buf_addf(&text, "justfile does not contain submodule `%.*s`", STR_ARG(shown));
	suggest_module(&text, module, name);
	return err_set(err, ERR_NOT_FOUND, "%.*s", STR_ARG(buf_str(&text)));
}

bool invoke_is_absent(const struct lang_module *module, struct str name, struct err *err)
{
	if (!map_has(&module->absent, name))
		return false;
	const char *between = module->path.n ? "::" : "";
	err_set(err, ERR_NOT_FOUND, "optional module `%.*s%s%.*s` is absent", STR_ARG(module->path), between, STR_ARG(name));
	return true;
}

/* Whether the recipe or alias of this name needs optional modules whose files are not there; then *err says so. `shown` is what the user wrote. */
static bool needs_absent(const struct lang_module *module, struct str name, struct str shown, struct arena *a, struct err *err)
{
	struct lang_absent absent = lang_find_absent(module, name, a);
	if (absent.n == 0)
		return false;
	AUTO_BUF text = { 0 };
	for (size_t i = 0; i < absent.n; i++) {
		const char *before = i == 0 ? "" : absent.n == 2 ? " and " : i + 1 == absent.n ? ", and " : ", ";
		buf_addf(&text, "%s`%.*s`", before, STR_ARG(absent.p[i]));
	}
	err_set(err, ERR_USAGE, "%s `%.*s` depends on absent module%s %.*s", map_has(&module->recipes, name) ? "recipe" : "alias", STR_ARG(shown),
	        absent.n == 1 ? "" : "s", STR_ARG(buf_str(&text)));
	return true;
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
		if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '-')))
			return false;
	}
	return s.n > 0;
}

/* Cuts a word at each `::`. */
static void split_path(struct str word, struct arena *a, name_list *out)
{
	for (;;) {
		size_t at = str_find(word, STR("::"));
		vec_push_in(out, a, str_slice(word, 0, at == STR_NPOS ? word.n : at));
		if (at == STR_NPOS)
			return;
		word = str_slice(word, at + 2, word.n);
	}
}

static struct str join_words(struct arena *a, const struct str *words, size_t n, const char *between)
{
	AUTO_BUF text = { 0 };
	for (size_t i = 0; i < n; i++)
		buf_addf(&text, "%s%.*s", i ? between : "", STR_ARG(words[i]));
	return buf_to_arena(&text, a);
}

/* Names as words of their own or with spaces between them, rather than `::`. */
static bool is_spaced(const struct str *words, size_t n)
{
	return n != 1 || str_find_char(words[0], ' ') != STR_NPOS;
}

struct str invoke_show_path(const struct str *words, size_t n, const name_list *names, struct arena *a)
{
	return join_words(a, names->p, names->n, is_spaced(words, n) ? " " : "::");
}

bool invoke_path(const struct str *words, size_t n, struct arena *a, name_list *out, struct err *err)
{
	*out = (name_list){ 0 };
	struct str rest = n == 1 ? words[0] : STR(""), name;
	if (is_spaced(words, n)) {
		while (n == 1 && str_next(&rest, ' ', &name)) {
			if (name.n > 0)
				vec_push_in(out, a, name);
		}
	} else {
		split_path(rest, a, out);
	}
	for (size_t i = 0; n != 1 && i < n; i++)
		vec_push_in(out, a, words[i]);
	for (size_t i = 0; i < out->n; i++) {
		if (!is_name(out->p[i]))
			return err_set(err, ERR_USAGE, "invalid module path `%.*s`", STR_ARG(join_words(a, words, n, " ")));
	}
	return true;
}

bool invoke_default(const struct lang_module *module, const struct lang_recipe **out, struct err *err)
{
	const struct lang_recipe *recipe = module->default_recipe;
	if (!recipe) {
		/* Recipes of imports are never the default one. */
		bool any = false;
		for (size_t i = 0; i < map_len(&module->recipes); i++)
			any |= (*(struct lang_recipe **)map_at(&module->recipes, i))->is_enabled;
		return err_set(err, ERR_USAGE, any ? "justfile contains no default recipe" : "justfile contains no recipes");
	}
	/* Parameters that need something, however much that is. */
	size_t min = 0;
	for (size_t i = 0; i < recipe->n_params; i++) {
		const struct lang_param *p = &recipe->params[i];
		if (usage_is_option(p))
			min += !usage_is_optional(p) && !p->arg->is_flag;
		else
			min += !p->fallback && (p->kind != LANG_PARAM_STAR || p->arg->min > 0);
	}
	if (min > 0)
		return err_set(err, ERR_USAGE, "recipe `%.*s` cannot be used as default recipe since it requires at least %zu argument%s",
		               STR_ARG(recipe->name.s), min, min == 1 ? "" : "s");
	*out = recipe;
	return true;
}

/* A module's default, where the words name the module alone. */
static bool default_of(struct reader *r, const struct lang_module *module, const struct lang_recipe **out)
{
	r->module = module;
	return invoke_default(module, out, r->err);
}

/* `a::b::c`; a last empty part stands for nothing. */
static bool find_by_path(struct reader *r, struct str word, const struct lang_recipe **out)
{
	name_list names = { 0 };
	split_path(word, r->a, &names);
	if (names.n > 1 && vec_last(&names).n == 0)
		names.n--;
	for (size_t i = 0; i < names.n; i++) {
		if (!is_name(names.p[i]))
			return fail_recipe(r->err, NULL, word, word);
	}
	const struct lang_module *module = r->tree->root;
	for (size_t i = 0; i < names.n; i++) {
		struct str shown = join_words(r->a, names.p, i + 1, "::");
		bool last = i + 1 == names.n;
		if (needs_absent(module, names.p[i], shown, r->a, r->err))
			return false;
		const struct lang_recipe *recipe = lang_find_recipe(module, names.p[i]);
		const struct lang_module *next = lang_find_submodule(module, names.p[i]);
		if (recipe && last) {
			*out = recipe;
			return true;
		}
		if (next) {
			module = next;
			continue;
		}
		if (recipe)
			return err_set(r->err, ERR_USAGE, "expected submodule at `%.*s` but found recipe", STR_ARG(shown));
		if (invoke_is_absent(module, names.p[i], r->err))
			return false;
		return last ? fail_recipe(r->err, module, shown, names.p[i]) : fail_module(r->err, module, shown, names.p[i]);
	}
	return default_of(r, module, out);
}

/* The recipe that the next words name. */
static bool find_by_words(struct reader *r, const struct lang_recipe **out)
{
	size_t start = r->at;
	if (str_contains(r->words[r->at], STR("::")))
		return find_by_path(r, r->words[r->at++], out);
	const struct lang_module *module = r->tree->root;
	while (r->at < r->n) {
		struct str word = r->words[r->at++], shown = join_words(r->a, r->words + start, r->at - start, " ");
		if (needs_absent(module, word, shown, r->a, r->err))
			return false;
		const struct lang_recipe *recipe = lang_find_recipe(module, word);
		if (recipe) {
			*out = recipe;
			return true;
		}
		const struct lang_module *next = lang_find_submodule(module, word);
		if (!next && invoke_is_absent(module, word, r->err))
			return false;
		if (!next)
			return fail_recipe(r->err, module, shown, word);
		module = next;
	}
	return default_of(r, module, out);
}

const struct lang_module *invoke_module(const struct lang_tree *tree, const struct str *words, size_t n, struct arena *a)
{
	AUTO_ERR ignored = { 0 };
	struct reader r = { .tree = tree, .words = words, .n = n, .a = a, .err = &ignored };
	const struct lang_recipe *recipe;
	if (n == 0)
		return tree->root;
	if (!find_by_words(&r, &recipe))
		err_deinit(&ignored);
	return r.at == n ? r.module : NULL;
}

bool invoke_find(const struct lang_tree *tree, const struct str *words, size_t n, const struct lang_recipe **recipe,
		 const struct lang_alias **alias, struct err *err)
{
	struct arena a = { 0 };
	name_list names;
	bool ok = invoke_path(words, n, &a, &names, err);
	const struct lang_module *module = tree->root;
	struct str shown = ok ? invoke_show_path(words, n, &names, &a) : STR_NONE;
	for (size_t i = 0; ok && i + 1 < names.n; i++) {
		const struct lang_module *next = lang_find_submodule(module, names.p[i]);
		ok = next || (!invoke_is_absent(module, names.p[i], err) && fail_module(err, module, shown, names.p[i]));
		module = next;
	}
	if (ok) {
		struct str name = vec_last(&names);
		struct lang_alias *const *found = map_find(&module->aliases, name);
		*alias = found ? *found : NULL;
		*recipe = lang_find_recipe(module, name);
		ok = !needs_absent(module, name, shown, &a, err);
		if (ok && !*recipe)
			ok = !invoke_is_absent(module, name, err) && fail_recipe(err, module, name, name);
	}
	arena_deinit(&a);
	return ok;
}

/* ---- options and arguments ---- */

struct group {
	struct reader *r;
	const struct lang_recipe *recipe;
	struct invoke_arg *args;
	VEC(struct str) *lists; /* one for each parameter */
	VEC(struct str) positional;
	bool has_options, no_more_options;
};

typedef VEC(struct str) value_list;

static void push_value(struct group *g, size_t param, struct str value)
{
	value_list *list = (value_list *)&g->lists[param];
	vec_push_in(list, g->r->a, value);
}

static size_t given(const struct group *g, size_t param)
{
	return g->lists[param].n + g->args[param].flags;
}

static bool takes_many(const struct lang_param *p)
{
	return p->arg->is_multiple || p->kind != LANG_PARAM_ONE;
}

static bool is_switch(const struct lang_param *p)
{
	return p->arg->is_flag || p->arg->value;
}

static bool check_again(struct group *g, size_t param, struct str option)
{
	if (given(g, param) == 0 || takes_many(&g->recipe->params[param]))
		return true;
	return err_set(g->r->err, ERR_USAGE, "recipe `%.*s` option `%.*s` cannot be passed more than once", STR_ARG(g->recipe->name.s),
	               STR_ARG(option));
}

static bool take_value(struct group *g, size_t param, struct str option, const struct str *attached)
{
	struct reader *r = g->r;
	if (!check_again(g, param, option))
		return false;
	if (!attached && r->at == r->n)
		return err_set(r->err, ERR_USAGE, "recipe `%.*s` option `%.*s` missing value", STR_ARG(g->recipe->name.s), STR_ARG(option));
	push_value(g, param, attached ? *attached : r->words[r->at++]);
	return true;
}

static bool take_switch(struct group *g, size_t param, struct str option, const struct str *attached)
{
	if (attached)
		return err_set(g->r->err, ERR_USAGE, "recipe `%.*s` flag `%.*s` does not take value", STR_ARG(g->recipe->name.s), STR_ARG(option));
	if (!check_again(g, param, option))
		return false;
	g->args[param].flags++;
	return true;
}

/* Index of the parameter with this long or short option. */
static bool find_option(const struct group *g, struct str name, bool is_long, size_t *out)
{
	for (size_t i = 0; i < g->recipe->n_params; i++) {
		const struct lang_param *p = &g->recipe->params[i];
		struct str own = is_long ? p->arg->long_option : p->arg->short_option;
		if (own.n > 0 && str_eq(own, name)) {
			*out = i;
			return true;
		}
	}
	return false;
}

static bool fail_option(struct group *g, struct str option)
{
	return err_set(g->r->err, ERR_USAGE, "recipe `%.*s` does not have option `%.*s`", STR_ARG(g->recipe->name.s), STR_ARG(option));
}

static bool take_long(struct group *g, struct str word)
{
	struct str name, value, body = str_slice(word, 2, word.n);
	bool attached = str_find_char(body, '=') != STR_NPOS;
	str_cut(body, '=', &name, &value);
	struct str option = arena_fmt(g->r->a, "--%.*s", STR_ARG(name));
	size_t param;
	if (!find_option(g, name, true, &param))
		return fail_option(g, option);
	if (is_switch(&g->recipe->params[param]))
		return take_switch(g, param, option, attached ? &value : NULL);
	return take_value(g, param, option, attached ? &value : NULL);
}

static bool take_shorts(struct group *g, struct str word)
{
	struct str name, value, body = str_slice(word, 1, word.n);
	bool attached = str_find_char(body, '=') != STR_NPOS;
	str_cut(body, '=', &name, &value);
	for (struct str rest = name; rest.n > 0;) {
		uint32_t rune;
		size_t n = utf8_decode(rest, &rune), param;
		struct str letter = str_slice(rest, 0, n), option = arena_fmt(g->r->a, "-%.*s", STR_ARG(letter));
		rest = str_slice(rest, n, rest.n);
		if (!find_option(g, letter, false, &param))
			return fail_option(g, option);
		const struct str *own = attached && rest.n == 0 ? &value : NULL;
		if (is_switch(&g->recipe->params[param])) {
			if (!take_switch(g, param, option, own))
				return false;
			continue;
		}
		if (rest.n > 0)
			return err_set(g->r->err, ERR_USAGE,
			               "recipe `%.*s` option `%.*s` takes a value and so must be last when combined with other options",
			               STR_ARG(g->recipe->name.s), STR_ARG(option));
		if (!take_value(g, param, option, own))
			return false;
	}
	return true;
}

/* Takes the words up to where the call ends. */
static bool take_words(struct group *g)
{
	struct reader *r = g->r;
	size_t most = lang_max_args(g->recipe);
	while (r->at < r->n) {
		struct str word = r->words[r->at];
		bool option = g->has_options && !g->no_more_options && word.n > 1 && word.p[0] == '-';
		if (!option) {
			if (g->positional.n == most)
				return true;
			vec_push_in(&g->positional, r->a, word);
			r->at++;
			continue;
		}
		r->at++;
		if (str_eq(word, STR("--")))
			g->no_more_options = true;
		else if (str_starts(word, STR("--=")) || str_starts(word, STR("-=")))
			return err_set(r->err, ERR_USAGE, "argument `%.*s` is not a valid option", STR_ARG(word));
		else if (!(str_starts(word, STR("--")) ? take_long(g, word) : take_shorts(g, word)))
			return false;
	}
	return true;
}

static bool check_required(struct group *g)
{
	for (size_t i = 0; i < g->recipe->n_params; i++) {
		const struct lang_param *p = &g->recipe->params[i];
		if (!usage_is_option(p) || given(g, i) > 0 || p->fallback || p->arg->is_flag || p->kind == LANG_PARAM_STAR)
			continue;
		const char *dashes = p->arg->long_option.n ? "--" : "-";
		return err_set(g->r->err, ERR_USAGE, "recipe `%.*s` requires option `%s%.*s`", STR_ARG(g->recipe->name.s), dashes,
		               STR_ARG(p->arg->long_option.n ? p->arg->long_option : p->arg->short_option));
	}
	return true;
}

static bool check_count(struct group *g)
{
	struct reader *r = g->r;
	size_t min = 0, max = lang_max_args(g->recipe), n = g->positional.n;
	for (size_t i = 0; i < g->recipe->n_params; i++) {
		const struct lang_param *p = &g->recipe->params[i];
		min += !usage_is_option(p) && !p->fallback && p->kind != LANG_PARAM_STAR;
	}
	if (n >= min)
		return true;
	AUTO_BUF hint = { 0 };
	usage_style(&hint, r->options->color, "1;33", STR("usage:"));
	buf_add_c(&hint, "\n    ");
	usage_line(g->recipe, &(struct usage_options){ .program = r->options->program, .color = r->options->color }, &hint);
	err_set(r->err, ERR_USAGE, "recipe `%.*s` got %zu positional argument%s but takes %s%zu", STR_ARG(g->recipe->name.s), n,
	        n == 1 ? "" : "s", min == max ? "" : "at least ", min);
	return err_hint(r->err, "%.*s", STR_ARG(buf_str(&hint)));
}

static bool check_limits(const struct invocation *call, struct err *err)
{
	for (size_t i = 0; i < call->recipe->n_params; i++) {
		const struct lang_param *p = &call->recipe->params[i];
		size_t n = call->args[i].n + call->args[i].flags;
		/* A default is counted where it is evaluated. */
		bool low = p->arg->has_min && n < p->arg->min && (n > 0 || !p->fallback);
		bool high = p->arg->has_max && n > p->arg->max;
		if (low || high)
			return err_set(err, ERR_USAGE, "recipe `%.*s` parameter `%.*s` got %zu value%s but takes at %s %llu",
			               STR_ARG(call->recipe->name.s), STR_ARG(p->name.s), n, n == 1 ? "" : "s", low ? "least" : "most",
			               (unsigned long long)(low ? p->arg->min : p->arg->max));
	}
	return true;
}

/* Gives the positional words to the parameters in order. */
static void deal(struct group *g)
{
	size_t at = 0;
	for (size_t i = 0; i < g->recipe->n_params; i++) {
		const struct lang_param *p = &g->recipe->params[i];
		if (usage_is_option(p))
			continue;
		size_t n = p->kind == LANG_PARAM_ONE ? 1 : g->positional.n;
		for (; n > 0 && at < g->positional.n; n--)
			push_value(g, i, g->positional.p[at++]);
	}
}

static bool check_patterns(const struct invocation *call, struct err *err)
{
	for (size_t i = 0; i < call->recipe->n_params; i++) {
		for (size_t j = 0; j < call->args[i].n; j++) {
			if (!lang_param_check(call->recipe, &call->recipe->params[i], call->args[i].values[j], err))
				return false;
		}
	}
	return true;
}

static bool read_group(struct reader *r, const struct lang_recipe *recipe, struct invocation *out)
{
	struct group g = { .r = r, .recipe = recipe, .args = arena_array(r->a, struct invoke_arg, recipe->n_params + 1) };
	g.lists = arena_alloc(r->a, sizeof(*g.lists) * (recipe->n_params + 1));
	for (size_t i = 0; i < recipe->n_params; i++) {
		g.lists[i].p = NULL;
		g.lists[i].n = g.lists[i].cap = 0;
		g.has_options |= usage_is_option(&recipe->params[i]);
	}
	if (!take_words(&g) || !check_required(&g) || !check_count(&g))
		return false;
	deal(&g);
	for (size_t i = 0; i < recipe->n_params; i++) {
		g.args[i].values = g.lists[i].p;
		g.args[i].n = g.lists[i].n;
	}
	*out = (struct invocation){ recipe, g.args };
	return check_limits(out, r->err) && check_patterns(out, r->err);
}

bool invoke_parse(const struct lang_tree *tree, const struct str *words, size_t n, const struct invoke_options *options, struct arena *a,
		  invocations *out, struct err *err)
{
	struct reader r = { .tree = tree, .words = words, .n = n, .options = options, .a = a, .err = err };
	while (r.at < r.n) {
		const struct lang_recipe *recipe;
		if (!find_by_words(&r, &recipe)) {
			if (err->kind != ERR_NOT_FOUND || !options->allow_missing)
				return false;
			err_deinit(err);
			*out = (invocations){ 0 };
			return true;
		}
		struct invocation one;
		if (!read_group(&r, recipe, &one))
			return false;
		vec_push_in(out, a, one);
	}
	return true;
}
