/* The tree as --json prints it: one line, members in just's order. Chains of an operator are written in a loop, as everywhere. */
#include "lang/file_ast.h"

static void add_string(struct buf *out, struct str s)
{
	static const char *const short_escapes[] = { ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r", ['"'] = "\\\"", ['\\'] = "\\\\" };
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c < ARRAY_LEN(short_escapes) && short_escapes[c])
			buf_add_c(out, short_escapes[c]);
		else if (c < 0x20)
			buf_addf(out, "\\u%04x", c);
		else
			buf_add_char(out, (char)c);
	}
	buf_add_char(out, '"');
}

static void add_string_or_null(struct buf *out, struct str s)
{
	if (s.p)
		add_string(out, s);
	else
		buf_add_c(out, "null");
}

static void add_bool(struct buf *out, bool b)
{
	buf_add_c(out, b ? "true" : "false");
}

/* ,"key": — without the comma at the start of an object. */
static void add_key(struct buf *out, const char *key)
{
	buf_addf(out, "%s\"%s\":", out->p[out->n - 1] == '{' ? "" : ",", key);
}

static void add_strings(struct buf *out, const struct str *p, size_t n)
{
	buf_add_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_add_char(out, ',');
		add_string(out, p[i]);
	}
	buf_add_char(out, ']');
}

static void add_expr(struct buf *out, const struct lang_expr *e);

static void add_exprs(struct buf *out, struct lang_expr *const *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_add_char(out, ',');
		add_expr(out, p[i]);
	}
}

static const char *const operators[] = {
	[LANG_CONCAT] = "concatenate", [LANG_JOIN] = "join", [LANG_APPEND] = "list-concatenate", [LANG_AND] = "and", [LANG_OR] = "or",
};
static const char *const comparisons[] = { [LANG_EQ] = "==", [LANG_NE] = "!=", [LANG_MATCH] = "=~", [LANG_NO_MATCH] = "!~" };

/* Writes e, or as much of it as stands before its last operand, which it returns; *close counts the brackets to be closed behind that. */
static const struct lang_expr *add_head(struct buf *out, const struct lang_expr *e, size_t *close)
{
	switch (e->kind) {
	case LANG_GROUP:
		return e->pair.left;
	case LANG_STRING:
		add_string(out, e->string.cooked);
		return NULL;
	case LANG_BACKTICK:
		buf_add_c(out, "[\"evaluate\",");
		add_string(out, e->string.cooked);
		buf_add_char(out, ']');
		return NULL;
	case LANG_FORMAT:
		buf_add_c(out, "[\"format\",");
		for (size_t i = 0; i <= e->format.n; i++) {
			add_string(out, e->format.texts[i].cooked);
			if (i == e->format.n)
				break;
			add_exprs(out, &e->format.exprs[i], 1);
			buf_add_char(out, ',');
		}
		buf_add_char(out, ']');
		return NULL;
	case LANG_VARIABLE:
		buf_add_c(out, "[\"variable\",");
		add_string(out, e->variable.name);
		buf_add_char(out, ']');
		return NULL;
	case LANG_CALL:
		buf_add_c(out, "[\"call\",");
		add_string(out, e->call.name);
		add_exprs(out, e->call.args, e->call.n);
		buf_add_char(out, ']');
		return NULL;
	case LANG_LIST:
		buf_add_c(out, "[\"list\"");
		add_exprs(out, e->list.items, e->list.n);
		buf_add_char(out, ']');
		return NULL;
	case LANG_CONCAT:
	case LANG_JOIN:
	case LANG_APPEND:
	case LANG_AND:
	case LANG_OR:
	case LANG_COMPARE:
		buf_addf(out, "[\"%s\",", e->kind == LANG_COMPARE ? comparisons[e->pair.op] : operators[e->kind]);
		if (e->pair.left)
			add_expr(out, e->pair.left);
		else
			buf_add_c(out, "null");
		buf_add_char(out, ',');
		++*close;
		return e->pair.right;
	case LANG_NOT:
		buf_add_c(out, "[\"not\",");
		++*close;
		return e->pair.left;
	case LANG_IF:
	case LANG_ASSERT:
		buf_add_c(out, e->kind == LANG_IF ? "[\"if\"," : "[\"assert\",");
		add_expr(out, e->cond.condition);
		buf_add_char(out, ',');
		if (e->kind == LANG_IF) {
			add_expr(out, e->cond.then);
			buf_add_char(out, ',');
		}
		++*close;
		const struct lang_expr *last = e->kind == LANG_IF ? e->cond.otherwise : e->cond.then;
		if (!last)
			buf_add_c(out, "null");
		return last;
	}
	return NULL;
}

static void add_expr(struct buf *out, const struct lang_expr *e)
{
	size_t close = 0;
	while (e)
		e = add_head(out, e, &close);
	buf_add_repeat(out, ']', close);
}

static void add_expr_or_null(struct buf *out, const struct lang_expr *e)
{
	if (e)
		add_expr(out, e);
	else
		buf_add_c(out, "null");
}

static void add_count(struct buf *out, bool has, uint64_t n)
{
	if (has)
		buf_addf(out, "%llu", (unsigned long long)n);
	else
		buf_add_c(out, "null");
}

/* Parameters and attributes. */

static void add_patterns(struct buf *out, const struct lang_param *p)
{
	if (p->arg->n_patterns)
		add_strings(out, p->arg->pattern_texts, p->arg->n_patterns);
	else
		buf_add_c(out, "null");
}

static struct str or_null(struct str s)
{
	return s.n ? s : STR_NONE;
}

static void add_param(struct buf *out, const struct lang_param *p)
{
	static const char *const kinds[] = { [LANG_PARAM_ONE] = "singular", [LANG_PARAM_PLUS] = "plus", [LANG_PARAM_STAR] = "star" };
	buf_add_char(out, '{');
	add_key(out, "default");
	add_expr_or_null(out, p->fallback);
	add_key(out, "export");
	add_bool(out, p->exported);
	add_key(out, "flag");
	add_bool(out, p->arg->is_flag);
	add_key(out, "help");
	add_string_or_null(out, p->arg->help);
	add_key(out, "kind");
	buf_addf(out, "\"%s\"", kinds[p->kind]);
	add_key(out, "long");
	add_string_or_null(out, or_null(p->arg->long_option));
	add_key(out, "max");
	add_count(out, p->arg->has_max, p->arg->max);
	add_key(out, "min");
	add_count(out, p->arg->has_min, p->arg->min);
	add_key(out, "multiple");
	add_bool(out, p->arg->is_multiple);
	add_key(out, "name");
	add_string(out, p->name.s);
	add_key(out, "pattern");
	add_patterns(out, p);
	add_key(out, "short");
	add_string_or_null(out, or_null(p->arg->short_option));
	add_key(out, "value");
	add_expr_or_null(out, p->arg->value);
	buf_add_char(out, '}');
}

static void add_arg_attribute(struct buf *out, const struct lang_recipe *r, const struct lang_attribute *attr)
{
	const struct lang_param *p = NULL;
	for (size_t i = 0; r && i < r->n_params; i++)
		if (r->params[i].arg->attribute == attr)
			p = &r->params[i];
	if (!p) {
		buf_add_c(out, "null");
		return;
	}
	buf_add_char(out, '{');
	add_key(out, "help");
	add_string_or_null(out, p->arg->help);
	add_key(out, "long");
	add_string_or_null(out, or_null(p->arg->long_option));
	add_key(out, "max");
	add_count(out, p->arg->has_max, p->arg->max);
	add_key(out, "min");
	add_count(out, p->arg->has_min, p->arg->min);
	add_key(out, "name");
	add_string(out, p->name.s);
	add_key(out, "pattern");
	add_patterns(out, p);
	add_key(out, "short");
	add_string_or_null(out, or_null(p->arg->short_option));
	add_key(out, "value");
	add_expr_or_null(out, p->arg->value);
	buf_add_char(out, '}');
}

/* All arguments in an array. */
static void add_arg_list(struct buf *out, const struct lang_attribute *attr)
{
	buf_add_char(out, '[');
	for (size_t i = 0; i < attr->n_args; i++) {
		if (i)
			buf_add_char(out, ',');
		add_expr(out, attr->args[i]);
	}
	buf_add_char(out, ']');
}

static void add_signals(struct buf *out, const struct lang_attribute *attr)
{
	static const char *const names[] = { "SIGHUP", "SIGINT", "SIGQUIT" };
	buf_add_char(out, '[');
	size_t n = 0;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		for (size_t j = 0; j < attr->n_args; j++)
			if (str_eq_c(attr->args[j]->string.cooked, names[i])) {
				buf_addf(out, "%s\"%s\"", n++ ? "," : "", names[i]);
				break;
			}
	buf_add_char(out, ']');
}

static void add_script(struct buf *out, const struct lang_attribute *attr)
{
	if (!attr->n_args) {
		buf_add_c(out, "null");
		return;
	}
	buf_add_c(out, "{\"command\":");
	add_expr(out, attr->args[0]);
	buf_add_c(out, ",\"arguments\":");
	struct lang_attribute rest = { .args = attr->args + 1, .n_args = attr->n_args - 1 };
	add_arg_list(out, &rest);
	buf_add_char(out, '}');
}

static void add_cache(struct buf *out, const struct lang_attribute *attr)
{
	buf_add_char(out, '{');
	for (const struct str *key = lang_attr_rows[LANG_ATTR_CACHE].keys; key->n; key++) {
		add_key(out, key->p);
		const struct lang_keyword *k = lang_keyword_find(attr, *key);
		add_expr_or_null(out, k ? k->value : NULL);
	}
	buf_add_char(out, '}');
}

/* Attributes that never have arguments are strings, the others objects of one member. */
static void add_attribute(struct buf *out, const struct lang_recipe *r, const struct lang_attribute *attr)
{
	const struct attr_row *row = &lang_attr_rows[attr->kind];
	if (row->max == 0 && !row->keys) {
		add_string(out, row->name);
		return;
	}
	buf_add_char(out, '{');
	add_key(out, row->name.p);
	switch (attr->kind) {
	case LANG_ATTR_ARG:
		add_arg_attribute(out, r, attr);
		break;
	case LANG_ATTR_CACHE:
		add_cache(out, attr);
		break;
	case LANG_ATTR_CONTINUE:
		add_signals(out, attr);
		break;
	case LANG_ATTR_SCRIPT:
		add_script(out, attr);
		break;
	case LANG_ATTR_ENV:
	case LANG_ATTR_METADATA:
		add_arg_list(out, attr);
		break;
	default:
		add_expr_or_null(out, attr->n_args ? attr->args[0] : NULL);
	}
	buf_add_char(out, '}');
}

static void add_attributes(struct buf *out, const struct lang_recipe *r, const struct lang_attributes *list)
{
	buf_add_char(out, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			buf_add_char(out, ',');
		add_attribute(out, r, &list->p[i]);
	}
	buf_add_char(out, ']');
}

/* Recipes. */

static void add_body(struct buf *out, const struct lang_recipe *r)
{
	buf_add_char(out, '[');
	for (size_t i = 0; i < r->n_lines; i++) {
		buf_add_c(out, i ? ",[" : "[");
		for (size_t j = 0; j < r->body[i].n; j++) {
			const struct lang_fragment *f = &r->body[i].p[j];
			if (j)
				buf_add_char(out, ',');
			if (!f->expr) {
				add_string(out, lang_text(&f->at));
				continue;
			}
			buf_add_char(out, '[');
			add_expr(out, f->expr);
			buf_add_char(out, ']');
		}
		buf_add_char(out, ']');
	}
	buf_add_char(out, ']');
}

static void add_dependency(struct buf *out, const struct lang_dependency *dep)
{
	buf_add_c(out, "{\"arguments\":[");
	size_t star = SIZE_MAX;
	for (size_t i = 0; i < dep->n_args; i++) {
		if (i)
			buf_add_char(out, ',');
		add_expr(out, dep->args[i].expr);
		if (dep->args[i].is_mapped)
			star = i;
	}
	buf_add_c(out, "],\"recipe\":");
	buf_add_char(out, '"');
	lang_path_add(out, &dep->path);
	buf_add_char(out, '"');
	add_key(out, "star");
	add_count(out, star != SIZE_MAX, star);
	buf_add_char(out, '}');
}

static void add_recipe(struct buf *out, const struct lang_recipe *r)
{
	buf_add_char(out, '{');
	add_key(out, "attributes");
	add_attributes(out, r, &r->attributes);
	add_key(out, "body");
	add_body(out, r);
	add_key(out, "dependencies");
	buf_add_char(out, '[');
	for (size_t i = 0; i < r->n_deps; i++) {
		if (i)
			buf_add_char(out, ',');
		add_dependency(out, &r->deps[i]);
	}
	buf_add_char(out, ']');
	add_key(out, "doc");
	add_string_or_null(out, r->doc);
	add_key(out, "name");
	add_string(out, r->name.s);
	add_key(out, "parameters");
	buf_add_char(out, '[');
	for (size_t i = 0; i < r->n_params; i++) {
		if (i)
			buf_add_char(out, ',');
		add_param(out, &r->params[i]);
	}
	buf_add_char(out, ']');
	buf_addf(out, ",\"priors\":%u", r->n_priors);
	add_key(out, "private");
	add_bool(out, r->is_private);
	add_key(out, "quiet");
	add_bool(out, r->is_quiet);
	add_key(out, "namepath");
	add_string(out, r->path);
	add_key(out, "shebang");
	add_bool(out, r->is_shebang || lang_has(&r->attributes, LANG_ATTR_SCRIPT));
	buf_add_char(out, '}');
}

/* Settings: by enum lang_setting_kind, those that are printed. */

static void add_setting(struct buf *out, const struct lang_module *m, enum lang_setting_kind kind)
{
	const struct setting_row *row = &lang_setting_rows[kind];
	const struct lang_setting *s = &m->settings.p[kind];
	char key[64];
	size_t n = 0;
	for (; n < row->name.n; n++)
		key[n] = row->name.p[n] == '-' ? '_' : row->name.p[n];
	key[n] = '\0';
	add_key(out, key);
	if (row->form == SETTING_BOOL) {
		add_bool(out, s->on);
	} else if (kind == LANG_SET_DOTENV_COMMAND) {
		add_strings(out, s->items, s->n_items);
	} else if (!s->n_items) {
		buf_add_c(out, "null");
	} else if (row->form == SETTING_COMMAND) {
		buf_add_c(out, "{\"command\":");
		add_string(out, s->items[0]);
		buf_add_c(out, ",\"arguments\":");
		add_strings(out, s->items + 1, s->n_items - 1);
		buf_add_char(out, '}');
	} else if (s->n_items == 1) {
		add_string(out, s->items[0]);
	} else {
		add_strings(out, s->items, s->n_items);
	}
}

static void add_settings(struct buf *out, const struct lang_module *m)
{
	buf_add_char(out, '{');
	for (int i = 0; i < LANG_SET_COUNT; i++)
		if (i != LANG_SET_MINIMUM_VERSION && i != LANG_SET_SCRIPT_INTERPRETER && !lang_setting_rows[i].is_own)
			add_setting(out, m, (enum lang_setting_kind)i);
	buf_add_char(out, '}');
}

/* Modules. */

/* Begins the member of an object that is keyed by user's names. */
static void add_member(struct buf *out, struct str key)
{
	if (out->p[out->n - 1] != '{')
		buf_add_char(out, ',');
	add_string(out, key);
	buf_add_char(out, ':');
}

static void add_assignments(struct buf *out, const struct lang_module *m)
{
	struct map *map = (struct map *)&m->assignments;
	buf_add_char(out, '{');
	for (size_t i = 0; i < map_len(map); i++) {
		const struct lang_assignment *a = *(struct lang_assignment **)map_at(map, map_sorted(map, i));
		add_member(out, a->name.s);
		buf_add_c(out, "{\"eager\":");
		add_bool(out, a->is_eager);
		add_key(out, "export");
		add_bool(out, a->is_exported);
		add_key(out, "name");
		add_string(out, a->name.s);
		add_key(out, "private");
		add_bool(out, a->is_private);
		add_key(out, "value");
		add_expr(out, a->value);
		buf_add_char(out, '}');
	}
	buf_add_char(out, '}');
}

static void add_aliases(struct buf *out, const struct lang_module *m)
{
	struct map *map = (struct map *)&m->aliases;
	buf_add_char(out, '{');
	for (size_t i = 0; i < map_len(map); i++) {
		const struct lang_alias *a = *(struct lang_alias **)map_at(map, map_sorted(map, i));
		if (!a->recipe || !a->recipe->is_enabled)
			continue;
		add_member(out, a->name.s);
		buf_add_c(out, "{\"attributes\":");
		add_attributes(out, NULL, &a->attributes);
		add_key(out, "name");
		add_string(out, a->name.s);
		add_key(out, "target");
		add_string(out, a->recipe->name.s);
		buf_add_char(out, '}');
	}
	buf_add_char(out, '}');
}

static void add_recipes(struct buf *out, const struct lang_module *m)
{
	struct map *map = (struct map *)&m->recipes;
	buf_add_char(out, '{');
	for (size_t i = 0; i < map_len(map); i++) {
		const struct lang_recipe *r = *(struct lang_recipe **)map_at(map, map_sorted(map, i));
		if (!r->is_enabled)
			continue;
		add_member(out, r->name.s);
		add_recipe(out, r);
	}
	buf_add_char(out, '}');
}

static void add_module(struct buf *out, const struct lang_module *m)
{
	struct map *map = (struct map *)&m->modules;
	buf_add_char(out, '{');
	add_key(out, "assignments");
	add_assignments(out, m);
	add_key(out, "first");
	add_string_or_null(out, m->default_recipe ? m->default_recipe->name.s : STR_NONE);
	add_key(out, "doc");
	add_string_or_null(out, m->doc);
	add_key(out, "groups");
	add_strings(out, m->groups, m->n_groups);
	add_key(out, "module_path");
	add_string(out, m->path);
	add_key(out, "modules");
	buf_add_char(out, '{');
	for (size_t i = 0; i < map_len(map); i++) {
		const struct lang_module *below = *(struct lang_module **)map_at(map, map_sorted(map, i));
		add_member(out, below->name);
		add_module(out, below);
	}
	buf_add_char(out, '}');
	add_key(out, "aliases");
	add_aliases(out, m);
	add_key(out, "recipes");
	add_recipes(out, m);
	add_key(out, "settings");
	add_settings(out, m);
	add_key(out, "source");
	add_string(out, m->file->path);
	add_key(out, "unexports");
	add_strings(out, m->unexports.p, m->unexports.n);
	add_key(out, "warnings");
	buf_add_c(out, "[]}");
}

void lang_dump_json(const struct lang_tree *tree, struct buf *out)
{
	add_module(out, tree->root);
}
