/*
 * Trees to values. Go's way has stages, and an error of an earlier one hides those of the later ones: decoding by yaml.v2 or v3 (an error
 * stops at once, but repeated keys are collected), making keys strings, and JSON's refusal of infinities. Here all happens in one pass;
 * errors of the later stages are kept until the end.
 *
 * Every alias is expanded into a copy of its own, since templates may change values in place; go-yaml's ratio of aliased to all nodes
 * ends what would grow without bound.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "data/json.h"
#include "data/yaml_scalar.h"
#include "data/yaml_stream.h"

struct expansion {
	const struct yaml_node *alias;
	const struct expansion *outer;
};

struct later {
	struct buf message;
	const struct yaml_node *at;
};

struct resolver {
	const struct yaml_options *options;
	struct arena *arena;
	const struct expansion *expansion; /* the aliases that we are inside of */
	uint64_t decoded, aliased;
	uint32_t depth;
	struct later repeats; /* one line each repeated key */
	struct later key;     /* the first key that cannot be a string */
	struct later number;  /* the first number that JSON cannot hold */
	struct err *err;
};

static bool fail(struct resolver *r, const struct yaml_node *at, enum err_kind kind, const char *message)
{
	return yaml_fail(r->err, kind, r->options, STR_NONE, at->line, at->column, message);
}

/* go-yaml's allowed share of aliased nodes: 99 % up to 400,000 nodes, falling to 10 % at 4,000,000. */
static double allowed_share(uint64_t decoded)
{
	const double low = 400000, high = 4000000;
	if ((double)decoded <= low)
		return 0.99;
	if ((double)decoded >= high)
		return 0.10;
	return 0.99 - 0.89 * (((double)decoded - low) / (high - low));
}

static bool count_node(struct resolver *r, const struct yaml_node *n)
{
	r->decoded++;
	r->aliased += r->expansion != NULL;
	if (r->aliased > 100 && r->decoded > 1000 && (double)r->aliased / (double)r->decoded > allowed_share(r->decoded))
		return fail(r, n, ERR_LIMIT, "document contains excessive aliasing");
	return true;
}

static bool resolve(struct resolver *r, const struct yaml_node *n, struct value *out);

static struct value int_value(struct resolver *r, int64_t i)
{
	return r->options->numbers == YAML_INTS ? value_int(i) : value_float((double)i);
}

/* A float as it comes out of JSON text, where 1.0 is 1. */
static struct value float_value(struct resolver *r, double f)
{
	bool whole = fabs(f) < 0x1p63 && f == (double)(int64_t)f && !(f == 0 && signbit(f));
	return whole && r->options->numbers == YAML_INTS ? value_int((int64_t)f) : value_float(f);
}

static struct value scalar_value(struct resolver *r, const struct yaml_node *n, const struct yaml_scalar *s)
{
	switch (s->type) {
	case YAML_TYPE_NULL: return value_null();
	case YAML_TYPE_BOOL: return value_bool(s->b);
	case YAML_TYPE_INT: return int_value(r, s->i);
	case YAML_TYPE_UINT: return value_float((double)s->u);
	case YAML_TYPE_FLOAT:
		if (!isfinite(s->f) && !r->number.at)
			r->number.at = n;
		return float_value(r, s->f);
	case YAML_TYPE_STR:
	case YAML_TYPE_TIME:
		/* yaml.v2 keeps a date's own text in an interface{}. */
		return value_str(s->text);
	}
	return value_null();
}

static bool scalar(struct resolver *r, const struct yaml_node *n, struct yaml_scalar *out)
{
	AUTO_BUF message = { 0 };
	if (yaml_scalar_node(n, r->options->rules, r->arena, out, &message))
		return true;
	return fail(r, n, ERR_SYNTAX, buf_str(&message).p);
}

/* Calls `visit` on the alias's target, as a node within the alias. */
static bool through_alias(struct resolver *r, const struct yaml_node *alias, struct value *out,
			  bool (*visit)(struct resolver *, const struct yaml_node *, struct value *))
{
	for (const struct expansion *e = r->expansion; e; e = e->outer) {
		if (e->alias == alias) {
			AUTO_BUF message = { 0 };
			buf_addf(&message, "anchor '%.*s' value contains itself", STR_ARG(alias->text));
			return fail(r, alias, ERR_SYNTAX, buf_str(&message).p);
		}
	}
	struct expansion here = { alias, r->expansion };
	r->expansion = &here;
	bool ok = visit(r, alias->target, out);
	r->expansion = here.outer;
	return ok;
}

/* ---- Values in Go's %#v, for messages about keys that are lists and maps ---- */

static void add_go_syntax(struct resolver *r, const struct yaml_node *n, struct buf *b, uint32_t depth);

static struct yaml_scalar scalar_or_text(const struct resolver *r, const struct yaml_node *n)
{
	struct yaml_scalar s;
	AUTO_BUF ignored = { 0 };
	while (n->kind == YAML_NODE_ALIAS)
		n = n->target;
	if (n->kind == YAML_NODE_SCALAR && yaml_scalar_node(n, r->options->rules, r->arena, &s, &ignored))
		return s;
	return (struct yaml_scalar){ .type = YAML_TYPE_STR, .text = n->text };
}

struct shown_key {
	struct yaml_scalar s;
	const struct yaml_node *node; /* the value stands behind it */
};

/* Keys of one type by their values. Types follow each other as the linker put them into helm's program. */
static int compare_shown(const struct shown_key *a, const struct shown_key *b)
{
	static const uint8_t ranks[] = {
		[YAML_TYPE_NULL] = 0, [YAML_TYPE_STR] = 1, [YAML_TYPE_TIME] = 1, [YAML_TYPE_UINT] = 2, [YAML_TYPE_INT] = 3, [YAML_TYPE_FLOAT] = 4, [YAML_TYPE_BOOL] = 5,
	};
	if (ranks[a->s.type] != ranks[b->s.type])
		return ranks[a->s.type] - ranks[b->s.type];
	switch (a->s.type) {
	case YAML_TYPE_NULL: return 0;
	case YAML_TYPE_BOOL: return a->s.b - b->s.b;
	case YAML_TYPE_INT: return a->s.i < b->s.i ? -1 : a->s.i > b->s.i;
	case YAML_TYPE_UINT: return a->s.u < b->s.u ? -1 : a->s.u > b->s.u;
	case YAML_TYPE_FLOAT:
		if (isnan(a->s.f) || isnan(b->s.f))
			return isnan(b->s.f) - isnan(a->s.f);
		return a->s.f < b->s.f ? -1 : a->s.f > b->s.f;
	default: return str_cmp(a->s.text, b->s.text);
	}
}

/* The pairs in order of keys; of equal ones the last. */
static size_t sort_pairs(const struct resolver *r, const struct yaml_node *map, struct shown_key *keys)
{
	size_t n = 0;
	for (const struct yaml_node *c = map->child; c && c->next; c = c->next->next) {
		struct shown_key key = { scalar_or_text(r, c), c };
		size_t at = n;
		while (at && compare_shown(&keys[at - 1], &key) > 0)
			at--;
		if (at && compare_shown(&keys[at - 1], &key) == 0) {
			keys[at - 1] = key;
			continue;
		}
		memmove(keys + at + 1, keys + at, (n - at) * sizeof(*keys));
		keys[at] = key;
		n++;
	}
	return n;
}

static void add_go_map(struct resolver *r, const struct yaml_node *map, struct buf *b, uint32_t depth)
{
	struct shown_key *keys = arena_array(r->arena, struct shown_key, map->n / 2 + 1);
	size_t n = sort_pairs(r, map, keys);
	buf_add_c(b, r->options->rules != YAML_V3 ? "map[interface {}]interface {}{" : "map[string]interface {}{");
	for (size_t i = 0; i < n; i++) {
		buf_add_c(b, i ? ", " : "");
		add_go_syntax(r, keys[i].node, b, depth + 1);
		buf_add_char(b, ':');
		add_go_syntax(r, keys[i].node->next, b, depth + 1);
	}
	buf_add_char(b, '}');
}

static void add_go_list(struct resolver *r, const struct yaml_node *list, struct buf *b, uint32_t depth)
{
	buf_add_c(b, "[]interface {}{");
	for (const struct yaml_node *c = list->child; c; c = c->next) {
		add_go_syntax(r, c, b, depth + 1);
		buf_add_c(b, c->next ? ", " : "");
	}
	buf_add_char(b, '}');
}

static void add_go_syntax(struct resolver *r, const struct yaml_node *n, struct buf *b, uint32_t depth)
{
	while (n->kind == YAML_NODE_ALIAS)
		n = n->target;
	if (depth > 20) {
		buf_add_c(b, "…");
		return;
	}
	if (n->kind == YAML_NODE_LIST) {
		add_go_list(r, n, b, depth);
		return;
	}
	if (n->kind == YAML_NODE_MAP) {
		add_go_map(r, n, b, depth);
		return;
	}
	struct yaml_scalar s = scalar_or_text(r, n);
	switch (s.type) {
	case YAML_TYPE_NULL: buf_add_c(b, depth ? "interface {}(nil)" : "<nil>"); break;
	case YAML_TYPE_BOOL: buf_add_c(b, s.b ? "true" : "false"); break;
	case YAML_TYPE_INT: buf_addf(b, "%lld", (long long)s.i); break;
	case YAML_TYPE_UINT: buf_addf(b, "0x%llx", (unsigned long long)s.u); break;
	case YAML_TYPE_FLOAT: num_add_float(b, s.f, 'g', -1); break;
	default: json_write_str(s.text, JSON_HTML_PLAIN, b); break;
	}
}

/* ---- Keys ---- */

/* sigs.k8s.io/yaml prints a float key with the digits of a float32. */
static struct str float_key(struct resolver *r, double f)
{
	if (isnan(f))
		return STR(".nan");
	if (isinf(f))
		return f < 0 ? STR("-.inf") : STR(".inf");
	char text[40];
	for (int precision = 0; precision < 10; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision, (double)(float)f);
		if (strtof(text, NULL) == (float)f)
			break;
	}
	AUTO_BUF b = { 0 };
	num_add_float(&b, strtod(text, NULL), 'g', -1);
	return buf_to_arena(&b, r->arena);
}

static void refuse_key(struct resolver *r, const struct yaml_node *key, const struct yaml_node *v, const char *type)
{
	if (r->key.at)
		return;
	r->key.at = key;
	buf_addf(&r->key.message, "unsupported map key of type: %s, key: ", type);
	add_go_syntax(r, key, &r->key.message, 0);
	buf_add_c(&r->key.message, ", value: ");
	add_go_syntax(r, v, &r->key.message, 0);
}

/* The key as a string. */
static struct str key_text(struct resolver *r, const struct yaml_node *key, const struct yaml_node *v, const struct yaml_scalar *s)
{
	switch (s->type) {
	case YAML_TYPE_NULL: refuse_key(r, key, v, "%!s(<nil>)"); return STR("");
	case YAML_TYPE_BOOL: return s->b ? STR("true") : STR("false");
	case YAML_TYPE_INT: return arena_fmt(r->arena, "%lld", (long long)s->i);
	case YAML_TYPE_UINT: refuse_key(r, key, v, "uint64"); return STR("");
	case YAML_TYPE_FLOAT: return float_key(r, s->f);
	case YAML_TYPE_STR:
	case YAML_TYPE_TIME: return s->text;
	}
	return STR("");
}

static bool is_merge(const struct yaml_node *key)
{
	return key->kind == YAML_NODE_SCALAR && str_eq_c(key->text, "<<") &&
	       (key->tag.n ? str_eq_c(key->tag, "tag:yaml.org,2002:merge") : key->style == YAML_STYLE_PLAIN);
}

static bool resolve_key(struct resolver *r, const struct yaml_node *key, const struct yaml_node *v, struct str *out)
{
	const struct yaml_node *n = key;
	if (!count_node(r, key))
		return false;
	if (n->kind == YAML_NODE_ALIAS) {
		n = n->target;
		r->decoded++;
		r->aliased++;
	}
	struct yaml_scalar s;
	if (n->kind != YAML_NODE_SCALAR) {
		AUTO_BUF message = { 0 };
		struct value ignored;
		/* It is decoded before it is found to be no key. */
		if (key == n ? !resolve(r, n, &ignored) : !through_alias(r, key, &ignored, resolve))
			return false;
		buf_add_c(&message, "invalid map key: ");
		add_go_syntax(r, n, &message, 0);
		return fail(r, key, ERR_SYNTAX, buf_str(&message).p);
	}
	if (!scalar(r, n, &s))
		return false;
	bool plain_str = s.type == YAML_TYPE_STR && (!n->tag.n || str_eq_c(n->tag, "!") || str_eq_c(n->tag, "tag:yaml.org,2002:str") ||
	                                              str_eq_c(n->tag, "tag:yaml.org,2002:merge"));
	if (r->options->rules == YAML_V3 && !plain_str && !r->key.at) {
		r->key.at = key;
		buf_add_c(&r->key.message, "json: unsupported type: map[interface {}]interface {}");
	}
	*out = key_text(r, n, v, &s);
	return true;
}

static void add_repeat(struct resolver *r, const struct yaml_node *at)
{
	if (!r->repeats.at) {
		r->repeats.at = at;
		buf_add_c(&r->repeats.message, "unmarshal errors:");
	}
	buf_addf(&r->repeats.message, "\n  line %u: ", at->line);
}

/* yaml.v3 compares the texts of all keys of a map before it decodes any of them. */
static bool has_repeats(struct resolver *r, const struct yaml_node *map)
{
	struct map seen;
	bool found = false;
	map_init(&seen, sizeof(struct yaml_node *), NULL);
	for (const struct yaml_node *key = map->child; key; key = key->next->next) {
		const struct yaml_node **first = map_put(&seen, key->text);
		if (!*first) {
			*first = key;
			continue;
		}
		if ((*first)->kind != key->kind)
			continue;
		found = true;
		add_repeat(r, key);
		buf_add_c(&r->repeats.message, "mapping key ");
		json_write_str(key->text, JSON_HTML_PLAIN, &r->repeats.message);
		buf_addf(&r->repeats.message, " already defined at line %u", (*first)->line);
	}
	map_deinit(&seen);
	return found;
}

/* yaml.v2 lets a later key win; yaml.v3 decodes a map's own keys first and merges only what is not there yet. */
enum put { PUT_LAST_WINS, PUT_IF_ABSENT };

static bool put_pairs(struct resolver *r, const struct yaml_node *map, enum put put, struct value *out);

static bool merge_map(struct resolver *r, const struct yaml_node *n, struct value *out)
{
	bool ok = count_node(r, n);
	if (ok && ++r->depth > YAML_MAX_DEPTH)
		return fail(r, n, ERR_LIMIT, "exceeded max depth of 10000");
	ok = ok && put_pairs(r, n, r->options->rules == YAML_V3 ? PUT_IF_ABSENT : PUT_LAST_WINS, out);
	r->depth--;
	return ok;
}

static bool merge_one(struct resolver *r, const struct yaml_node *n, struct value *out)
{
	const struct yaml_node *target = n->kind == YAML_NODE_ALIAS ? n->target : n;
	if (target->kind != YAML_NODE_MAP)
		return fail(r, n, ERR_SYNTAX, "map merge requires map or sequence of maps as the value");
	if (n == target)
		return merge_map(r, n, out);
	return count_node(r, n) && through_alias(r, n, out, merge_map);
}

/* The first of several maps wins: yaml.v2 therefore goes through them from the last. */
static bool merge_list(struct resolver *r, const struct yaml_node *list, struct value *out)
{
	const struct yaml_node **items = xcalloc(list->n + 1, sizeof(*items));
	size_t n = 0;
	bool ok = true;
	for (const struct yaml_node *item = list->child; item; item = item->next)
		items[n++] = item;
	for (size_t i = 0; i < n && ok; i++)
		ok = merge_one(r, items[r->options->rules == YAML_V3 ? i : n - 1 - i], out);
	free(items);
	return ok;
}

static bool merge(struct resolver *r, const struct yaml_node *n, struct value *out)
{
	return n->kind == YAML_NODE_LIST ? merge_list(r, n, out) : merge_one(r, n, out);
}

static bool put_pair(struct resolver *r, const struct yaml_node *key, enum put put, struct value *out)
{
	struct str name;
	struct value v;
	if (!resolve_key(r, key, key->next, &name))
		return false;
	bool there = map_has(out->map, name);
	if (there && put == PUT_IF_ABSENT)
		return true;
	if (!resolve(r, key->next, &v))
		return false;
	if (there && r->options->rules == YAML_HELM_STRICT) {
		add_repeat(r, key);
		buf_add_c(&r->repeats.message, "key ");
		add_go_syntax(r, key, &r->repeats.message, 0);
		buf_add_c(&r->repeats.message, " already set in map");
	}
	value_map_set(*out, name, v);
	return true;
}

static bool put_pairs(struct resolver *r, const struct yaml_node *map, enum put put, struct value *out)
{
	const struct yaml_node *merged = NULL;
	if (r->options->rules == YAML_V3 && has_repeats(r, map))
		return true;
	for (const struct yaml_node *key = map->child; key; key = key->next->next) {
		if (!is_merge(key)) {
			if (!put_pair(r, key, put, out))
				return false;
		} else if (r->options->rules == YAML_V3) {
			merged = key->next;
		} else if (!merge(r, key->next, out)) {
			return false;
		}
	}
	return !merged || merge(r, merged, out);
}

static bool resolve_list(struct resolver *r, const struct yaml_node *n, struct value *out)
{
	struct value list = value_list_new(r->arena), item;
	list.list->cap = n->n;
	list.list->p = arena_alloc(r->arena, n->n * sizeof(struct value));
	for (const struct yaml_node *c = n->child; c; c = c->next) {
		if (!resolve(r, c, &item))
			return false;
		value_list_add(list, item, r->arena);
	}
	*out = list;
	return true;
}

static bool resolve_map(struct resolver *r, const struct yaml_node *n, struct value *out)
{
	struct value map = value_map_new(r->arena);
	if (!put_pairs(r, n, PUT_LAST_WINS, &map))
		return false;
	*out = map;
	return true;
}

static bool resolve(struct resolver *r, const struct yaml_node *n, struct value *out)
{
	struct yaml_scalar s;
	bool ok = false;
	if (!count_node(r, n))
		return false;
	if (n->kind == YAML_NODE_SCALAR) {
		if (!scalar(r, n, &s))
			return false;
		*out = scalar_value(r, n, &s);
		return true;
	}
	if (++r->depth > YAML_MAX_DEPTH)
		return fail(r, n, ERR_LIMIT, "exceeded max depth of 10000");
	switch ((enum yaml_kind)n->kind) {
	case YAML_NODE_LIST: ok = resolve_list(r, n, out); break;
	case YAML_NODE_MAP: ok = resolve_map(r, n, out); break;
	default: ok = through_alias(r, n, out, resolve); break;
	}
	r->depth--;
	return ok;
}

/* The first number that JSON has none for, in JSON's order of keys; 0 where none is left, since a later key may have taken its place. */
static double first_not_finite(struct value v)
{
	double found = 0;
	if (v.kind == VAL_FLOAT && !isfinite(v.f))
		return v.f;
	for (size_t i = 0; v.kind == VAL_LIST && found == 0 && i < value_list_len(v); i++)
		found = first_not_finite(v.list->p[i]);
	for (size_t i = 0; v.kind == VAL_MAP && found == 0 && i < value_map_len(v); i++)
		found = first_not_finite(*value_map_at(v, map_sorted(v.map, i)));
	return found;
}

/* Later stages' errors are not go-yaml's and have no "yaml: ". */
static bool report_later(struct resolver *r, struct value v)
{
	if (r->number.at) {
		double f = first_not_finite(v);
		if (f == 0)
			r->number.at = NULL;
		buf_addf(&r->number.message, "json: unsupported value: %s", isnan(f) ? "NaN" : f < 0 ? "-Inf" : "+Inf");
	}
	if (r->repeats.at)
		return fail(r, r->repeats.at, ERR_SYNTAX, buf_str(&r->repeats.message).p);
	const struct later *l = r->key.at ? &r->key : &r->number;
	if (!l->at)
		return true;
	err_set(r->err, ERR_SYNTAX, "%s", buf_str(&l->message).p);
	return err_at(r->err, r->options->file, l->at->line, l->at->column);
}

bool yaml_resolve(const struct yaml_node *node, const struct yaml_options *options, struct arena *a, struct value *out, struct err *err)
{
	static const struct yaml_options none = { 0 };
	struct resolver r = { .options = options ? options : &none, .arena = a, .decoded = 1, .err = err };
	struct value v = value_null();
	bool ok = !node || (resolve(&r, node, &v) && report_later(&r, v));
	buf_deinit(&r.repeats.message);
	buf_deinit(&r.key.message);
	buf_deinit(&r.number.message);
	if (ok)
		*out = v;
	return ok;
}
