/*
 * Attributes: what they are called, what they take, where they may stand; and their parser. One row an attribute; all checks that need only the
 * attribute itself are made here.
 */
#include "lang/parser.h"

#include <string.h>

static const struct str arg_keys[] = {
	STR_INIT("flag"), STR_INIT("help"), STR_INIT("long"),    STR_INIT("max"),   STR_INIT("min"),
	STR_INIT("multiple"), STR_INIT("pattern"), STR_INIT("short"), STR_INIT("value"), { 0 },
};
static const struct str cache_keys[] = {
	STR_INIT("environment"), STR_INIT("extra"), STR_INIT("inputs"), STR_INIT("outputs"), { 0 },
};
static const struct str own_cache_keys[] = { STR_INIT("env"), STR_INIT("ignore"), STR_INIT("trace"), { 0 } };

#ifdef __linux__
#define ON_LINUX 1
#else
#define ON_LINUX -1
#endif
#ifdef __APPLE__
#define ON_MACOS 1
#else
#define ON_MACOS -1
#endif
#ifdef __FreeBSD__
#define ON_FREEBSD 1
#else
#define ON_FREEBSD -1
#endif
#ifdef __OpenBSD__
#define ON_OPENBSD 1
#else
#define ON_OPENBSD -1
#endif
#ifdef __NetBSD__
#define ON_NETBSD 1
#else
#define ON_NETBSD -1
#endif
#ifdef __DragonFly__
#define ON_DRAGONFLY 1
#else
#define ON_DRAGONFLY -1
#endif
#ifdef __ANDROID__
#define ON_ANDROID 1
#else
#define ON_ANDROID -1
#endif

const struct attr_row lang_attr_rows[LANG_ATTR_COUNT] = {
	[LANG_ATTR_ANDROID] = { STR_INIT("android"), 0, 0, ATTR_ANY, .system = ON_ANDROID },
	[LANG_ATTR_ARG] = { STR_INIT("arg"), 1, 1, ATTR_RECIPE, .is_literal = true, .is_repeatable = true, .keys = arg_keys },
	[LANG_ATTR_CACHE] = { STR_INIT("cache"), 0, 0, ATTR_RECIPE, .keys = cache_keys, .own_keys = own_cache_keys },
	[LANG_ATTR_CONFIRM] = { STR_INIT("confirm"), 0, 1, ATTR_RECIPE },
	[LANG_ATTR_CONTINUE] = { STR_INIT("continue"), 0, SIZE_MAX, ATTR_RECIPE, .is_literal = true },
	[LANG_ATTR_DEFAULT] = { STR_INIT("default"), 0, 0, ATTR_RECIPE },
	[LANG_ATTR_DOC] = { STR_INIT("doc"), 0, 1, ATTR_RECIPE | ATTR_MODULE },
	[LANG_ATTR_DRAGONFLY] = { STR_INIT("dragonfly"), 0, 0, ATTR_ANY, .system = ON_DRAGONFLY },
	[LANG_ATTR_ENV] = { STR_INIT("env"), 2, 2, ATTR_RECIPE, .is_repeatable = true },
	[LANG_ATTR_EXIT_MESSAGE] = { STR_INIT("exit-message"), 0, 0, ATTR_RECIPE },
	[LANG_ATTR_EXTENSION] = { STR_INIT("extension"), 1, 1, ATTR_RECIPE, .is_literal = true },
	[LANG_ATTR_FREEBSD] = { STR_INIT("freebsd"), 0, 0, ATTR_ANY, .system = ON_FREEBSD },
	[LANG_ATTR_GROUP] = { STR_INIT("group"), 1, 1, ATTR_RECIPE | ATTR_MODULE, .is_literal = true, .is_repeatable = true },
	[LANG_ATTR_LINUX] = { STR_INIT("linux"), 0, 0, ATTR_ANY, .system = ON_LINUX },
	[LANG_ATTR_MACOS] = { STR_INIT("macos"), 0, 0, ATTR_ANY, .system = ON_MACOS },
	[LANG_ATTR_METADATA] = { STR_INIT("metadata"), 1, SIZE_MAX, ATTR_RECIPE, .is_literal = true, .is_repeatable = true },
	[LANG_ATTR_NETBSD] = { STR_INIT("netbsd"), 0, 0, ATTR_ANY, .system = ON_NETBSD },
	[LANG_ATTR_NO_CD] = { STR_INIT("no-cd"), 0, 0, ATTR_RECIPE },
	[LANG_ATTR_NO_EXIT_MESSAGE] = { STR_INIT("no-exit-message"), 0, 0, ATTR_RECIPE },
	[LANG_ATTR_NO_QUIET] = { STR_INIT("no-quiet"), 0, 0, ATTR_RECIPE },
	[LANG_ATTR_OPENBSD] = { STR_INIT("openbsd"), 0, 0, ATTR_ANY, .system = ON_OPENBSD },
	[LANG_ATTR_PARALLEL] = { STR_INIT("parallel"), 0, 0, ATTR_RECIPE },
	[LANG_ATTR_POSITIONAL_ARGUMENTS] = { STR_INIT("positional-arguments"), 0, 0, ATTR_RECIPE },
	[LANG_ATTR_PRIVATE] = { STR_INIT("private"), 0, 0, ATTR_ALIAS | ATTR_ASSIGNMENT | ATTR_MODULE | ATTR_RECIPE },
	[LANG_ATTR_SCRIPT] = { STR_INIT("script"), 0, SIZE_MAX, ATTR_RECIPE, .is_literal = true },
	[LANG_ATTR_SHELL] = { STR_INIT("shell"), 0, 0, ATTR_RECIPE },
	[LANG_ATTR_TIMESTAMP] = { STR_INIT("timestamp"), 0, 1, ATTR_RECIPE },
	[LANG_ATTR_UNIX] = { STR_INIT("unix"), 0, 0, ATTR_ANY, .system = 1 },
	[LANG_ATTR_WINDOWS] = { STR_INIT("windows"), 0, 0, ATTR_ANY, .system = -1 },
	[LANG_ATTR_WORKING_DIRECTORY] = { STR_INIT("working-directory"), 1, 1, ATTR_RECIPE },
};

bool lang_attributes_enable(const struct lang_attributes *attributes)
{
	bool any = false;
	for (size_t i = 0; i < attributes->n; i++) {
		int system = lang_attr_rows[attributes->p[i].kind].system;
		if (system > 0)
			return true;
		any |= system < 0;
	}
	return !any;
}

const struct lang_attribute *lang_attr(const struct lang_attributes *a, enum lang_attr_kind kind)
{
	for (size_t i = 0; i < a->n && lang_has(a, kind); i++)
		if (a->p[i].kind == kind)
			return &a->p[i];
	return NULL;
}

static bool find_kind(struct str name, uint8_t *out)
{
	for (size_t i = 0; i < LANG_ATTR_COUNT; i++)
		if (str_eq(lang_attr_rows[i].name, name)) {
			*out = (uint8_t)i;
			return true;
		}
	return false;
}

/* The arguments in parentheses, whose opening one is taken. */
static bool parse_args(struct parser *p, const struct attr_row *row, struct lang_attribute *attr)
{
	size_t from = p->exprs.n;
	const struct token *t;
	p->keywords.n = 0;
	while (!parser_is(p, TOKEN_PAREN_R)) {
		const struct token *next = parser_next(p);
		bool is_key = row->keys && next->kind == TOKEN_IDENTIFIER &&
			      !(parser_is_word(p, next, STR("x")) && parser_adjacent(next, TOKEN_STRING));
		if (is_key) {
			struct lang_keyword k = { 0 };
			if (!parser_name(p, &k.name))
				return false;
			if (parser_accept(p, TOKEN_EQUALS) && !parser_expr(p, &k.value))
				return false;
			vec_push(&p->keywords, k);
		} else {
			struct lang_expr *e;
			struct lang_loc at = parser_loc(p, next);
			if (!parser_expr(p, &e))
				return false;
			if (p->keywords.n)
				return lang_fail(p->err, &at, "positional attribute arguments cannot follow keyword attribute arguments");
			vec_push(&p->exprs, e);
		}
		if (!parser_accept(p, TOKEN_COMMA))
			break;
	}
	parser_finish_from(p, &p->exprs, from, attr->args, attr->n_args);
	parser_finish(p, &p->keywords, attr->keywords, attr->n_keywords);
	return parser_expect(p, TOKEN_PAREN_R, &t);
}

static bool check_count(struct parser *p, const struct attr_row *row, const struct lang_attribute *attr)
{
	size_t n = attr->n_args;
	if (n >= row->min && n <= row->max)
		return true;
	size_t bound = n < row->min ? row->min : row->max;
	const char *how = row->min == row->max ? "" : n < row->min ? "at least " : "at most ";
	return lang_fail(p->err, &attr->at, "attribute `%.*s` got %zu argument%s but takes %s%zu argument%s", STR_ARG(row->name), n,
			 n == 1 ? "" : "s", how, bound, bound == 1 ? "" : "s");
}

static bool check_literals(struct parser *p, const struct attr_row *row, const struct lang_attribute *attr)
{
	for (size_t i = 0; i < attr->n_args && row->is_literal; i++) {
		const struct lang_expr *e = attr->args[i];
		while (e->kind == LANG_CONCAT || e->kind == LANG_JOIN || e->kind == LANG_APPEND || e->kind == LANG_AND ||
		       e->kind == LANG_OR || e->kind == LANG_COMPARE) {
			if (!e->pair.left)
				break;
			e = e->pair.left;
		}
		if (attr->args[i]->kind != LANG_STRING)
			return lang_fail(p->err, &e->at, "attribute `%.*s` arguments must be string literals", STR_ARG(row->name));
	}
	return true;
}

static const char *const signals[] = { "SIGHUP", "SIGINT", "SIGQUIT" };

static bool check_signals(struct parser *p, const struct lang_attribute *attr)
{
	for (size_t i = 0; i < attr->n_args; i++) {
		bool known = false;
		for (size_t j = 0; j < ARRAY_LEN(signals); j++)
			known |= str_eq_c(attr->args[i]->string.cooked, signals[j]);
		if (!known)
			return lang_fail(p->err, &attr->args[i]->at, "invalid signal `%.*s`: expected `SIGHUP`, `SIGINT`, or `SIGQUIT`",
					 STR_ARG(attr->args[i]->string.cooked));
	}
	return true;
}

static bool check_keys(struct parser *p, const struct attr_row *row, const struct lang_attribute *attr)
{
	for (size_t i = 0; i < attr->n_keywords; i++) {
		const struct lang_keyword *k = &attr->keywords[i];
		for (size_t j = 0; j < i; j++)
			if (str_eq(attr->keywords[j].name.s, k->name.s))
				return lang_fail(p->err, &k->name.at, "duplicate key `%.*s` for `%.*s` attribute", STR_ARG(k->name.s), STR_ARG(row->name));
	}
	return true;
}

static bool parse_attribute(struct parser *p, struct lang_attribute *attr)
{
	*attr = (struct lang_attribute){ 0 };
	struct lang_name name;
	if (!parser_name(p, &name))
		return false;
	attr->at = name.at;
	if (!find_kind(name.s, &attr->kind))
		return lang_fail(p->err, &name.at, "unknown attribute `%.*s`", STR_ARG(name.s));
	const struct attr_row *row = &lang_attr_rows[attr->kind];
	size_t features = p->features.n;
	if (parser_accept(p, TOKEN_COLON)) {
		attr->args = arena_array(p->arena, struct lang_expr *, 1);
		attr->n_args = 1;
		if (!parser_expr(p, attr->args))
			return false;
	} else if (parser_accept(p, TOKEN_PAREN_L) && !parse_args(p, row, attr)) {
		return false;
	}
	if (!check_keys(p, row, attr) || !check_count(p, row, attr) || !check_literals(p, row, attr))
		return false;
	switch (attr->kind) {
	case LANG_ATTR_CONTINUE:
		return check_signals(p, attr);
	case LANG_ATTR_ARG:
		return parser_check_arg(p, attr);
	case LANG_ATTR_CACHE:
		if (p->host->has_extensions)
			p->features.n = features;
		return parser_check_cache(p, attr);
	default:
		return true;
	}
}

/* A second one of those that may stand once; groups and arguments may repeat, but not with the same name. */
static bool check_repeated(struct parser *p, const struct lang_attribute *list, size_t n, const struct lang_attribute *attr)
{
	for (size_t i = 0; i < n; i++) {
		const struct lang_attribute *old = &list[i];
		if (old->kind != attr->kind)
			continue;
		bool is_repeatable = lang_attr_rows[attr->kind].is_repeatable;
		if (is_repeatable && attr->kind != LANG_ATTR_GROUP && attr->kind != LANG_ATTR_ARG)
			continue;
		if (is_repeatable && !str_eq(old->args[0]->string.cooked, attr->args[0]->string.cooked))
			continue;
		unsigned first = lang_loc_line(&old->at), now = lang_loc_line(&attr->at);
		if (!is_repeatable)
			return lang_fail(p->err, &attr->at, "attribute `%.*s` first used on line %u is duplicated on line %u",
					 STR_ARG(lang_attr_rows[attr->kind].name), first, now);
		struct lang_string *s = &attr->args[0]->string;
		if (attr->kind == LANG_ATTR_ARG)
			return lang_fail(p->err, &attr->at, "attribute for argument `%.*s` first used on line %u is duplicated on line %u",
					 STR_ARG(s->cooked), first, now);
		struct str text = lang_text(&attr->args[0]->at);
		return lang_fail(p->err, &attr->at, "`[group(%s%.*s)]` attribute first used on line %u is duplicated on line %u",
				 s->expand ? "x" : "", STR_ARG(text), first, now);
	}
	return true;
}

/* The text by which just orders attributes of one kind: a group's or variable's name; of arguments first whether there are flag and help, then the options,
 * and the name last. */
enum { FLAG_TEXT = 0, HELP_TEXT = 1, LONG_TEXT = 2, MULTIPLE_TEXT = 5 }; /* places in the order below */
static struct str sort_text(const struct lang_attribute *attr, size_t i)
{
	static const struct str order[] = { STR_INIT("flag"), STR_INIT("help"), STR_INIT("long"), STR_INIT("max"), STR_INIT("min"), STR_INIT("multiple") };
	if (attr->kind == LANG_ATTR_GROUP)
		return i == 0 ? attr->args[0]->string.cooked : STR_NONE;
	bool by_name = attr->kind == LANG_ATTR_ENV || attr->kind == LANG_ATTR_METADATA;
	if (by_name && i == 0 && attr->args[0]->kind == LANG_STRING)
		return attr->args[0]->string.cooked;
	if (attr->kind != LANG_ATTR_ARG || i > ARRAY_LEN(order))
		return STR_NONE;
	if (i == ARRAY_LEN(order))
		return attr->args[0]->string.cooked;
	const struct lang_keyword *k = lang_keyword_find(attr, order[i]);
	if (!k)
		return STR_NONE;
	if (k->value && k->value->kind == LANG_STRING && !str_eq_c(order[i], "help"))
		return k->value->string.cooked;
	return str_eq_c(order[i], "long") ? attr->args[0]->string.cooked : STR("");
}

/* just compares some keywords as tokens, which have their column first. */
static int keyword_cmp(const struct lang_attribute *a, const struct lang_attribute *b, struct str key)
{
	const struct lang_keyword *x = lang_keyword_find(a, key), *y = lang_keyword_find(b, key);
	if (!x || !y)
		return 0;
	struct lang_loc l = x->name.at, r = y->name.at;
	uint32_t left = lang_loc_column(&l), right = lang_loc_column(&r);
	return left != right ? (left < right ? -1 : 1) : (l.offset > r.offset) - (l.offset < r.offset);
}

/* Of arguments with the same long option: those that leave it to the name first, the others as they stand in the file. */
static int long_cmp(const struct lang_attribute *a, const struct lang_attribute *b)
{
	const struct lang_keyword *x = lang_keyword_find(a, STR("long")), *y = lang_keyword_find(b, STR("long"));
	if (!x || !y || (!x->value && !y->value))
		return 0;
	if (!x->value || !y->value)
		return x->value ? 1 : -1;
	return (x->value->at.offset > y->value->at.offset) - (x->value->at.offset < y->value->at.offset);
}

static int cmp_from(const struct lang_attribute *a, const struct lang_attribute *b, size_t from)
{
	for (size_t i = from; i < 8; i++) {
		struct str x = sort_text(a, i), y = sort_text(b, i);
		if (!x.p != !y.p)
			return x.p ? 1 : -1;
		int c = str_cmp(x, y);
		if (c == 0 && a->kind == LANG_ATTR_ARG)
			c = i == FLAG_TEXT       ? keyword_cmp(a, b, STR("flag"))
			    : i == HELP_TEXT     ? keyword_cmp(a, b, STR("help"))
			    : i == LONG_TEXT     ? long_cmp(a, b)
			    : i == MULTIPLE_TEXT ? keyword_cmp(a, b, STR("multiple"))
			                         : 0;
		if (c)
			return c;
	}
	return 0;
}

static int attribute_cmp(const struct lang_attribute *a, const struct lang_attribute *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return cmp_from(a, b, 0);
}

int lang_arg_cmp(const struct lang_attribute *a, const struct lang_attribute *b)
{
	return cmp_from(a, b, HELP_TEXT);
}

const struct lang_keyword *lang_keyword_find(const struct lang_attribute *attr, struct str key)
{
	for (size_t i = 0; i < attr->n_keywords; i++)
		if (str_eq(attr->keywords[i].name.s, key))
			return &attr->keywords[i];
	return NULL;
}

static const struct lang_attributes *sorted(struct arena *a, const struct lang_attribute *list, size_t n)
{
	struct lang_attributes *set = arena_new(a, struct lang_attributes);
	set->p = arena_alloc(a, n * sizeof(*list));
	for (size_t i = 0; i < n; i++) {
		size_t at = set->n;
		while (at > 0 && attribute_cmp(&set->p[at - 1], &list[i]) > 0)
			at--;
		memmove(&set->p[at + 1], &set->p[at], (set->n - at) * sizeof(set->p[0]));
		set->p[at] = list[i];
		set->n++;
		set->mask |= (uint32_t)1 << list[i].kind;
	}
	return set;
}

bool parser_bracketed(struct parser *p, struct lang_item *item, struct lang_loc *brackets)
{
	VEC(struct str) comments = { 0 };
	const struct token *t;
	p->attributes.n = 0;
	while ((t = parser_accept(p, TOKEN_BRACKET_L))) {
		if (!p->attributes.n)
			*brackets = parser_loc(p, t);
		do {
			struct lang_attribute attr;
			if (!parse_attribute(p, &attr) || !check_repeated(p, p->attributes.p, p->attributes.n, &attr))
				return false;
			vec_push(&p->attributes, attr);
		} while (parser_accept(p, TOKEN_COMMA));
		if (!parser_expect(p, TOKEN_BRACKET_R, &t))
			return false;
		if ((t = parser_accept(p, TOKEN_COMMENT)))
			vec_push_in(&comments, p->arena, str_trim_right(parser_text(p, t)));
		if (!parser_is(p, TOKEN_EOF) && !parser_expect(p, TOKEN_EOL, &t))
			return false;
		if (!parser_fill(p))
			return false;
	}
	if (p->attributes.n)
		item->attributes = sorted(p->arena, p->attributes.p, p->attributes.n);
	if (comments.n) {
		parser_notes(p, item)->attribute_comments = comments.p;
		item->notes->n_attribute_comments = comments.n;
	}
	return true;
}
