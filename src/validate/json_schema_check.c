/*
 * A check walks schema and value together and gathers failures, in the order in which Helm's validator meets them: a wrong type, const, enum
 * or format ends the schema at once; then $ref, the keywords of the value's type, and those that combine schemas.
 *
 * Frames on the C stack remember the schemas on the way: against references that come back to where they began without taking a step in
 * the value, and for $dynamicRef and $recursiveRef, which look for their target in the outermost of them.
 */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "base/utf8.h"
#include "data/json.h"
#include "validate/json_schema_internal.h"

/* A place in the value: the way from the root. */
struct place {
	const struct place *outer;
	struct str key; /* or, where key.p is NULL, an index */
	size_t index;
};

struct frame {
	const struct json_schema *schema;
	const struct frame *outer;
	const struct place *place;
	const char *keyword; /* by which the frame above led here */
	struct str name;     /* behind the keyword: a property; or empty */
	size_t index;        /* within a list of schemas, or NO_INDEX */
};
#define NO_INDEX ((size_t)-1)
/* The part of a frame that says how a schema was reached. */
#define BY(word) ((struct frame){ .keyword = (word), .index = NO_INDEX })
#define BY_NAME(word, n) ((struct frame){ .keyword = (word), .name = (n), .index = NO_INDEX })
#define BY_INDEX(word, i) ((struct frame){ .keyword = (word), .index = (i) })

struct checker {
	struct arena *arena;
	uint32_t depth;
	bool track; /* some schema asks which items and properties are evaluated */
};

/* Which entries of a map or list have been looked at by some schema; n is 0 where nobody asks. */
struct marks {
	bool *p;
	size_t n;
};

/* One schema against one value. */
struct job {
	struct checker *c;
	const struct json_schema *s;
	struct value v;
	const struct place *place;
	struct frame frame;
	struct marks marks;
	struct js_failure *group; /* the failures so far, or NULL */
};

static struct js_failure *check(struct checker *c, const struct json_schema *s, struct value v, const struct place *place,
				const struct frame *outer, struct frame step, struct marks *seen);

static void add_place(const struct place *p, struct buf *out)
{
	if (!p->outer)
		return;
	add_place(p->outer, out);
	buf_add_char(out, '/');
	if (!p->key.p) {
		buf_addf(out, "%zu", p->index);
		return;
	}
	for (size_t i = 0; i < p->key.n; i++) {
		if (p->key.p[i] == '~' || p->key.p[i] == '/')
			buf_add_c(out, p->key.p[i] == '~' ? "~0" : "~1");
		else
			buf_add_char(out, p->key.p[i]);
	}
}

static struct js_failure *new_failure(struct job *j, const struct buf *message)
{
	struct js_failure *f = arena_new(j->c->arena, struct js_failure);
	AUTO_BUF at = { 0 };
	add_place(j->place, &at);
	f->at = buf_to_arena(&at, j->c->arena);
	f->message = buf_to_arena(message, j->c->arena);
	return f;
}

static void add_cause(struct job *j, struct js_failure *f, struct js_failure *cause)
{
	vec_push_in(&f->causes, j->c->arena, cause);
}

/* Adds a failure to the schema's own. */
static void add(struct job *j, struct js_failure *f)
{
	if (!f)
		return;
	if (!j->group) {
		j->group = new_failure(j, &(struct buf){ 0 });
		j->group->group = true;
	}
	add_cause(j, j->group, f);
}

/* The same for what stands behind a reference: a group is told as a whole there, at the place of the innermost of several references. */
static void add_whole(struct job *j, struct js_failure *f)
{
	if (f && f->group && !f->whole) {
		AUTO_BUF at = { 0 };
		add_place(j->place, &at);
		f->at = buf_to_arena(&at, j->c->arena);
		f->whole = true;
	}
	add(j, f);
}

static struct js_failure *say(struct job *j, const char *fmt, ...) PRINTF_LIKE(2, 3);
static struct js_failure *say(struct job *j, const char *fmt, ...)
{
	AUTO_BUF b = { 0 };
	va_list ap;
	va_start(ap, fmt);
	buf_addvf(&b, fmt, ap);
	va_end(ap);
	struct js_failure *f = new_failure(j, &b);
	add(j, f);
	return f;
}

static void say_number(struct job *j, const char *keyword, double got, double want)
{
	AUTO_BUF b = { 0 };
	buf_addf(&b, "%s: got ", keyword);
	js_add_number(&b, got);
	buf_add_c(&b, ", want ");
	js_add_number(&b, want);
	add(j, new_failure(j, &b));
}

static void say_count(struct job *j, const char *keyword, size_t got, int64_t want)
{
	AUTO_BUF b = { 0 };
	buf_addf(&b, "%s: got ", keyword);
	js_add_count(&b, (int64_t)got);
	buf_add_c(&b, ", want ");
	js_add_count(&b, want);
	add(j, new_failure(j, &b));
}

/* Another schema for the same value. */
static struct js_failure *same_place(struct job *j, const struct json_schema *s, const char *keyword, size_t index)
{
	return check(j->c, s, j->v, j->place, &j->frame, BY_INDEX(keyword, index), &j->marks);
}

/* A schema for the value under `key`; step says by which keyword. */
static struct js_failure *at_key(struct job *j, const struct json_schema *s, struct str key, struct value v, struct frame step)
{
	struct place place = { .outer = j->place, .key = key.p ? key : STR("") };
	return check(j->c, s, v, &place, &j->frame, step, NULL);
}

/* A schema for item `v`, which messages call `index`. */
static struct js_failure *at_index(struct job *j, const struct json_schema *s, size_t index, struct value v, struct frame step)
{
	struct place place = { .outer = j->place, .index = index };
	return check(j->c, s, v, &place, &j->frame, step, NULL);
}

static void mark(struct job *j, size_t i)
{
	if (i < j->marks.n)
		j->marks.p[i] = true;
}

/* --- general keywords ---------------------------------------------------------------------------------------------------------- */

static double as_double(struct value v)
{
	return v.kind == VAL_INT ? (double)v.i : v.f;
}

static unsigned type_of(struct value v)
{
	switch ((enum value_kind)v.kind) {
	case VAL_BOOL: return JS_BOOLEAN;
	case VAL_INT: return JS_NUMBER | JS_INTEGER;
	case VAL_FLOAT: return v.f == floor(v.f) ? JS_NUMBER | JS_INTEGER : JS_NUMBER;
	case VAL_STR: return JS_STRING;
	case VAL_LIST: return JS_ARRAY;
	case VAL_MAP: return JS_OBJECT;
	default: return JS_NULL;
	}
}

static const char *first_type(unsigned types)
{
	return js_type_names[__builtin_ctz(types)];
}

static bool list_has(struct value list, struct value v)
{
	for (size_t i = 0; i < value_list_len(list); i++)
		if (js_equal(list.list->p[i], v))
			return true;
	return false;
}

static void say_wrong_type(struct job *j)
{
	AUTO_BUF b = { 0 };
	buf_addf(&b, "got %s, want ", first_type(type_of(j->v)));
	bool first = true;
	for (unsigned rest = j->s->types; rest; rest &= rest - 1) {
		buf_addf(&b, "%s%s", first ? "" : " or ", first_type(rest));
		first = false;
	}
	add(j, new_failure(j, &b));
}

static void say_wrong_const(struct job *j)
{
	AUTO_BUF b = { 0 };
	buf_add_c(&b, "value must be ");
	js_add_value(&b, *j->s->constant);
	bool simple = j->s->constant->kind != VAL_LIST && j->s->constant->kind != VAL_MAP;
	if (simple)
		add(j, new_failure(j, &b));
	else
		say(j, "'const' failed");
}

static void say_wrong_enum(struct job *j)
{
	struct value list = *j->s->enumeration;
	AUTO_BUF b = { 0 };
	buf_add_c(&b, value_list_len(list) == 1 ? "value must be " : "value must be one of ");
	for (size_t i = 0; i < value_list_len(list); i++) {
		if (list.list->p[i].kind == VAL_LIST || list.list->p[i].kind == VAL_MAP) {
			say(j, "'enum' failed");
			return;
		}
		buf_add_c(&b, i ? ", " : "");
		js_add_value(&b, list.list->p[i]);
	}
	add(j, new_failure(j, &b));
}

static bool fits_format(struct job *j)
{
	AUTO_BUF why = { 0 };
	AUTO_BUF b = { 0 };
	if (!j->s->format || j->v.kind != VAL_STR || j->s->format->check(value_as_str(j->v), &why))
		return true;
	js_add_quoted(&b, value_as_str(j->v));
	buf_addf(&b, " is not valid %.*s: %.*s", STR_ARG(j->s->format->name), STR_ARG(buf_str(&why)));
	add(j, new_failure(j, &b));
	return false;
}

/* Those after which nothing else of the schema is looked at. */
static bool fits_first(struct job *j)
{
	const struct json_schema *s = j->s;
	if (s->never)
		say(j, "false schema");
	else if (s->types && !(s->types & type_of(j->v)))
		say_wrong_type(j);
	else if (s->constant && !js_equal(*s->constant, j->v))
		say_wrong_const(j);
	else if (s->enumeration && !list_has(*s->enumeration, j->v))
		say_wrong_enum(j);
	else
		return fits_format(j);
	return false;
}

/* --- objects ------------------------------------------------------------------------------------------------------------------- */

static void add_names(struct buf *b, const struct str *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_add_c(b, i ? ", " : "");
		js_add_quoted(b, names[i]);
	}
}

typedef VEC(struct str) names;

static names missing_names(struct job *j, struct value required)
{
	names missing = { 0 };
	for (size_t i = 0; required.kind == VAL_LIST && i < value_list_len(required); i++) {
		struct str name = value_as_str(required.list->p[i]);
		if (!map_has(j->v.map, name))
			vec_push_in(&missing, j->c->arena, name);
	}
	return missing;
}

static void check_required(struct job *j)
{
	names missing = missing_names(j, *j->s->required);
	if (missing.n == 0)
		return;
	AUTO_BUF b = { 0 };
	buf_add_c(&b, missing.n == 1 ? "missing property " : "missing properties ");
	add_names(&b, missing.p, missing.n);
	add(j, new_failure(j, &b));
}

static void check_dependents(struct job *j, const js_map *dependents, const char *keyword)
{
	for (size_t i = 0; i < dependents->n; i++) {
		const struct js_named *d = &dependents->p[i];
		if (!map_has(j->v.map, d->name))
			continue;
		if (!d->names) {
			add(j, same_place(j, d->schema, keyword, NO_INDEX));
			continue;
		}
		names missing = missing_names(j, *d->names);
		if (missing.n == 0)
			continue;
		AUTO_BUF b = { 0 };
		buf_add_c(&b, "properties ");
		add_names(&b, missing.p, missing.n);
		buf_add_c(&b, " required, if ");
		js_add_quoted(&b, d->name);
		buf_add_c(&b, " exists");
		add(j, new_failure(j, &b));
	}
}

static const struct js_named *find_named(const js_map *map, struct str name)
{
	size_t low = 0, high = map->n; /* sorted by name */
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = str_cmp(map->p[middle].name, name);
		if (order == 0)
			return &map->p[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* One property; false where only additionalProperties could say something of it, and says no. */
static bool check_property(struct job *j, size_t entry)
{
	const struct json_schema *s = j->s;
	struct str name = map_key(j->v.map, entry);
	struct value v = *value_map_at(j->v, entry);
	const struct js_named *named = find_named(&s->properties, name);
	bool known = named != NULL;
	if (named)
		add(j, at_key(j, named->schema, name, v, BY_NAME("/properties", name)));
	for (size_t i = 0; i < s->patterns.n; i++) {
		if (!regex_match(s->patterns.p[i].pattern, name))
			continue;
		known = true;
		add(j, at_key(j, s->patterns.p[i].schema, name, v, BY_NAME("/patternProperties", s->patterns.p[i].name)));
	}
	if (known || s->additional)
		mark(j, entry);
	if (known || !s->additional)
		return true;
	if (s->additional->never)
		return false;
	add(j, at_key(j, s->additional, name, v, BY("/additionalProperties")));
	return true;
}

static void check_properties(struct job *j)
{
	names unwanted = { 0 };
	for (size_t i = 0; i < value_map_len(j->v); i++) {
		size_t entry = map_sorted(j->v.map, i);
		if (!check_property(j, entry))
			vec_push_in(&unwanted, j->c->arena, map_key(j->v.map, entry));
	}
	if (unwanted.n == 0)
		return;
	AUTO_BUF b = { 0 };
	buf_add_c(&b, "additional properties ");
	add_names(&b, unwanted.p, unwanted.n);
	buf_add_c(&b, " not allowed");
	add(j, new_failure(j, &b));
}

static void check_property_names(struct job *j)
{
	for (size_t i = 0; i < value_map_len(j->v); i++) {
		struct str name = map_key(j->v.map, map_sorted(j->v.map, i));
		struct place root = { 0 };
		struct js_failure *f = check(j->c, j->s->property_names, value_str(name), &root, &j->frame,
		                             BY("/propertyNames"), NULL);
		if (!f)
			continue;
		AUTO_BUF b = { 0 };
		buf_add_c(&b, "invalid propertyName ");
		js_add_quoted(&b, name);
		/* Helm's validator names no place here, wherever the object is. */
		struct js_failure *outer = new_failure(j, &b);
		outer->at = STR("");
		bool dissolve = f->group && !f->whole;
		for (size_t k = 0; dissolve && k < f->causes.n; k++)
			add_cause(j, outer, f->causes.p[k]);
		if (!dissolve)
			add_cause(j, outer, f);
		add(j, outer);
	}
}

static void check_object(struct job *j)
{
	const struct json_schema *s = j->s;
	size_t n = value_map_len(j->v);
	if (s->min_properties >= 0 && n < (size_t)s->min_properties)
		say_count(j, "minProperties", n, s->min_properties);
	if (s->max_properties >= 0 && n > (size_t)s->max_properties)
		say_count(j, "maxProperties", n, s->max_properties);
	if (s->required)
		check_required(j);
	check_dependents(j, &s->dependencies, "/dependencies");
	if (s->properties.n || s->patterns.n || s->additional)
		check_properties(j);
	if (s->property_names)
		check_property_names(j);
	check_dependents(j, &s->dependent_schemas, "/dependentSchemas");
	check_dependents(j, &s->dependent_required, "/dependentRequired");
}

/* --- arrays -------------------------------------------------------------------------------------------------------------------- */

/* Items are compared by their JSON text, numbers as floats, so that a long list takes linear time. */
static struct value all_floats(struct value v, struct arena *a)
{
	if (v.kind == VAL_INT)
		return value_float((double)v.i);
	if (v.kind == VAL_LIST) {
		struct value copy = value_list_new(a);
		for (size_t i = 0; i < value_list_len(v); i++)
			value_list_add(copy, all_floats(v.list->p[i], a), a);
		return copy;
	}
	if (v.kind != VAL_MAP)
		return v;
	struct value copy = value_map_new(a);
	for (size_t i = 0; i < value_map_len(v); i++)
		value_map_set(copy, map_key(v.map, i), all_floats(*value_map_at(v, i), a));
	return copy;
}

static void check_unique(struct job *j)
{
	struct map seen;
	map_init(&seen, sizeof(size_t), j->c->arena);
	for (size_t i = 0; i < value_list_len(j->v); i++) {
		AUTO_BUF text = { 0 };
		AUTO_ERR unused = { 0 };
		if (!json_write(all_floats(j->v.list->p[i], j->c->arena), NULL, &text, &unused))
			continue;
		size_t *first = map_put(&seen, buf_to_arena(&text, j->c->arena));
		if (*first) {
			say(j, "items at %zu and %zu are equal", *first - 1, i);
			return;
		}
		*first = i + 1;
	}
}

static void check_contains(struct job *j)
{
	const struct json_schema *s = j->s;
	VEC(struct js_failure *) failures = { 0 };
	AUTO_BUF matched = { 0 };
	int64_t n = 0, least = s->min_contains >= 0 ? s->min_contains : 1;
	for (size_t i = 0; i < value_list_len(j->v); i++) {
		struct js_failure *f = at_index(j, s->contains, i, j->v.list->p[i], BY("/contains"));
		if (f) {
			vec_push_in(&failures, j->c->arena, f);
			continue;
		}
		n++;
		buf_addf(&matched, "%s%zu", matched.n ? " " : "", i);
		if (s->contains_evaluates)
			mark(j, i);
	}
	struct js_failure *outer = NULL;
	if (n < least && s->min_contains < 0)
		outer = say(j, "no items match contains schema");
	else if (n < least && n == 0)
		outer = say(j, "min %lld items required to match contains schema, but none matched", (long long)least);
	else if (n < least)
		outer = say(j, "min %lld items required to match contains schema, but matched %lld items at %.*s", (long long)least, (long long)n,
		            STR_ARG(buf_str(&matched)));
	for (size_t i = 0; outer && i < failures.n; i++)
		add_cause(j, outer, failures.p[i]);
	if (s->max_contains >= 0 && n > s->max_contains)
		say(j, "max %lld items required to match contains schema, but matched %lld items at %.*s", (long long)s->max_contains, (long long)n,
		    STR_ARG(buf_str(&matched)));
}

static void check_array(struct job *j)
{
	const struct json_schema *s = j->s;
	size_t n = value_list_len(j->v), fixed = MIN(n, s->prefix.n);
	if (s->min_items >= 0 && n < (size_t)s->min_items)
		say_count(j, "minItems", n, s->min_items);
	if (s->max_items >= 0 && n > (size_t)s->max_items)
		say_count(j, "maxItems", n, s->max_items);
	if (s->unique)
		check_unique(j);
	for (size_t i = 0; i < fixed; i++) {
		mark(j, i);
		add(j, at_index(j, s->prefix.p[i], i, j->v.list->p[i], BY_INDEX("/prefixItems", i)));
	}
	if (s->additional_items_never && n > fixed)
		say(j, "last %zu additionalItem(s) not allowed", n - fixed);
	/* Helm's validator counts these from 0 again. */
	for (size_t i = fixed; s->items && i < n; i++) {
		mark(j, i);
		add(j, at_index(j, s->items, i - fixed, j->v.list->p[i], BY("/items")));
	}
	for (size_t i = fixed; s->additional_items_never && i < n; i++)
		mark(j, i);
	if (s->contains)
		check_contains(j);
}

/* --- strings and numbers ------------------------------------------------------------------------------------------------------- */

static void check_string(struct job *j)
{
	const struct json_schema *s = j->s;
	struct str text = value_as_str(j->v);
	size_t n = s->min_length >= 0 || s->max_length >= 0 ? utf8_count(text) : 0;
	if (s->min_length >= 0 && n < (size_t)s->min_length)
		say_count(j, "minLength", n, s->min_length);
	if (s->max_length >= 0 && n > (size_t)s->max_length)
		say_count(j, "maxLength", n, s->max_length);
	if (!s->pattern || regex_match(s->pattern, text))
		return;
	AUTO_BUF b = { 0 };
	js_add_quoted(&b, text);
	buf_add_c(&b, " does not match pattern ");
	js_add_quoted(&b, regex_pattern(s->pattern));
	add(j, new_failure(j, &b));
}

/* Decimal digits of |v| as an integer, and the power of ten that it is multiplied with. */
static uint64_t decimal(double v, int *power)
{
	char digits[18];
	int n = num_shortest(v, digits, power);
	uint64_t whole = 0;
	for (int i = 0; i < n; i++)
		whole = whole * 10 + (uint64_t)(digits[i] - '0');
	*power -= n;
	return whole;
}

bool js_is_multiple(double v, double of)
{
	int v_power, of_power;
	if (v == 0 || of == 0)
		return of != 0;
	uint64_t a = decimal(v, &v_power), b = decimal(of, &of_power);
	/* a × 10^p must be divisible by b, or a by b × 10^-p. */
	int p = v_power - of_power;
	for (; p < 0 && a % 10 == 0; p++)
		a /= 10;
	for (; p < 0 && b <= UINT64_MAX / 10; p++)
		b *= 10;
	if (p < 0)
		return false;
	unsigned __int128 rest = a % b;
	for (; p > 0 && rest; p--)
		rest = rest * 10 % b;
	return rest == 0;
}

static void check_number(struct job *j)
{
	const struct json_schema *s = j->s;
	double v = as_double(j->v);
	if (s->minimum.set && v < s->minimum.v)
		say_number(j, "minimum", v, s->minimum.v);
	if (s->maximum.set && v > s->maximum.v)
		say_number(j, "maximum", v, s->maximum.v);
	if (s->exclusive_minimum.set && v <= s->exclusive_minimum.v)
		say_number(j, "exclusiveMinimum", v, s->exclusive_minimum.v);
	if (s->exclusive_maximum.set && v >= s->exclusive_maximum.v)
		say_number(j, "exclusiveMaximum", v, s->exclusive_maximum.v);
	if (s->multiple_of.set && !js_is_multiple(v, s->multiple_of.v))
		say_number(j, "multipleOf", v, s->multiple_of.v);
}

/* --- references and combinations ----------------------------------------------------------------------------------------------- */

static const struct json_schema *dynamic_target(const struct job *j)
{
	const struct json_schema *target = j->s->dynamic_ref;
	for (const struct frame *f = &j->frame; f && j->s->dynamic_anchor.n; f = f->outer) {
		struct json_schema **found = map_find(&f->schema->resource->dynamic, j->s->dynamic_anchor);
		if (found)
			target = *found;
	}
	return target;
}

static const struct json_schema *recursive_target(const struct job *j)
{
	const struct json_schema *target = j->s->recursive_ref;
	for (const struct frame *f = &j->frame; f && j->s->recursive_ref->resource->recursive; f = f->outer)
		if (f->schema->resource->recursive)
			target = f->schema->resource->recursive;
	return target;
}

static void check_all_of(struct job *j)
{
	struct js_failure *outer = NULL;
	for (size_t i = 0; i < j->s->all_of.n; i++) {
		struct js_failure *f = same_place(j, j->s->all_of.p[i], "/allOf", i);
		if (!f)
			continue;
		if (!outer)
			outer = say(j, "'allOf' failed");
		add_cause(j, outer, f);
	}
}

static void check_any_of(struct job *j)
{
	VEC(struct js_failure *) failures = { 0 };
	bool matched = false;
	for (size_t i = 0; i < j->s->any_of.n && (!matched || j->c->track); i++) {
		struct js_failure *f = same_place(j, j->s->any_of.p[i], "/anyOf", i);
		matched |= !f;
		if (f)
			vec_push_in(&failures, j->c->arena, f);
	}
	if (matched)
		return;
	struct js_failure *outer = say(j, "'anyOf' failed");
	for (size_t i = 0; i < failures.n; i++)
		add_cause(j, outer, failures.p[i]);
}

static void check_one_of(struct job *j)
{
	VEC(struct js_failure *) failures = { 0 };
	size_t matched = NO_INDEX;
	for (size_t i = 0; i < j->s->one_of.n; i++) {
		struct js_failure *f = same_place(j, j->s->one_of.p[i], "/oneOf", i);
		if (f) {
			vec_push_in(&failures, j->c->arena, f);
		} else if (matched != NO_INDEX) {
			say(j, "'oneOf' failed, subschemas %zu, %zu matched", matched, i);
			return;
		} else {
			matched = i;
		}
	}
	if (matched != NO_INDEX)
		return;
	struct js_failure *outer = say(j, "'oneOf' failed, none matched");
	for (size_t i = 0; i < failures.n; i++)
		add_cause(j, outer, failures.p[i]);
}

static void check_condition(struct job *j)
{
	const struct json_schema *s = j->s;
	if (!same_place(j, s->if_, "/if", NO_INDEX)) {
		if (s->then)
			add(j, same_place(j, s->then, "/then", NO_INDEX));
	} else if (s->else_) {
		add(j, same_place(j, s->else_, "/else", NO_INDEX));
	}
}

static void check_combinations(struct job *j)
{
	const struct json_schema *s = j->s;
	if (s->recursive_ref)
		add_whole(j, same_place(j, recursive_target(j), "/$recursiveRef", NO_INDEX));
	if (s->dynamic_ref)
		add_whole(j, same_place(j, dynamic_target(j), "/$dynamicRef", NO_INDEX));
	if (s->not && !same_place(j, s->not, "/not", NO_INDEX))
		say(j, "'not' failed");
	if (s->all_of.n)
		check_all_of(j);
	if (s->has_any_of)
		check_any_of(j);
	if (s->has_one_of)
		check_one_of(j);
	if (s->if_)
		check_condition(j);
}

static void check_unevaluated(struct job *j)
{
	const struct json_schema *s = j->s;
	for (size_t i = 0; s->unevaluated_properties && j->v.kind == VAL_MAP && i < j->marks.n; i++) {
		size_t entry = map_sorted(j->v.map, i);
		if (j->marks.p[entry])
			continue;
		add(j, at_key(j, s->unevaluated_properties, map_key(j->v.map, entry), *value_map_at(j->v, entry),
		              BY("/unevaluatedProperties")));
		mark(j, entry);
	}
	for (size_t i = 0; s->unevaluated_items && j->v.kind == VAL_LIST && i < j->marks.n; i++) {
		if (j->marks.p[i])
			continue;
		add(j, at_index(j, s->unevaluated_items, i, j->v.list->p[i], BY("/unevaluatedItems")));
		mark(j, i);
	}
}

/* --- one schema ---------------------------------------------------------------------------------------------------------------- */

static void add_keywords(const struct frame *f, struct buf *out)
{
	if (f->outer)
		add_keywords(f->outer, out);
	buf_add_c(out, f->keyword);
	if (f->name.p) {
		buf_add_char(out, '/');
		buf_add(out, f->name);
	}
	if (f->index != NO_INDEX)
		buf_addf(out, "/%zu", f->index);
}

/* Whether the way has come back to this schema at the same place. */
static bool is_cycle(struct job *j)
{
	const struct frame *f = j->frame.outer;
	while (f && f->place == j->place && f->schema != j->s)
		f = f->outer;
	if (!f || f->place != j->place)
		return false;
	AUTO_BUF here = { 0 };
	AUTO_BUF there = { 0 };
	add_keywords(&j->frame, &here);
	add_keywords(f, &there);
	say(j, "both %.*s and %.*s resolve to \"%.*s#%.*s\" causing reference cycle", STR_ARG(buf_str(&here)), STR_ARG(buf_str(&there)),
	    STR_ARG(j->s->resource->root->url), STR_ARG(j->s->pointer));
	return true;
}

static void start_marks(struct job *j)
{
	size_t n = j->v.kind == VAL_MAP ? value_map_len(j->v) : j->v.kind == VAL_LIST ? value_list_len(j->v) : 0;
	if (j->c->track && n)
		j->marks = (struct marks){ arena_zalloc(j->c->arena, n), n };
}

static void run(struct job *j)
{
	if (!fits_first(j))
		return;
	if (j->s->ref)
		add_whole(j, same_place(j, j->s->ref, "/$ref", NO_INDEX));
	switch ((enum value_kind)j->v.kind) {
	case VAL_MAP: check_object(j); break;
	case VAL_LIST: check_array(j); break;
	case VAL_STR: check_string(j); break;
	case VAL_INT:
	case VAL_FLOAT: check_number(j); break;
	default: break;
	}
	check_combinations(j);
	check_unevaluated(j);
}

static struct js_failure *check(struct checker *c, const struct json_schema *s, struct value v, const struct place *place,
				const struct frame *outer, struct frame step, struct marks *seen)
{
	struct job j = { .c = c, .s = s, .v = v, .place = place };
	j.frame = (struct frame){ s, outer, place, step.keyword, step.name, step.index };
	if (c->depth >= JSON_SCHEMA_MAX_DEPTH) {
		say(&j, "nested deeper than %d levels", JSON_SCHEMA_MAX_DEPTH);
	} else if (!is_cycle(&j)) {
		start_marks(&j);
		c->depth++;
		run(&j);
		c->depth--;
	}
	for (size_t i = 0; !j.group && seen && i < j.marks.n; i++)
		seen->p[i] |= j.marks.p[i];
	return j.group && j.group->causes.n == 1 ? j.group->causes.p[0] : j.group;
}

struct js_failure *js_check(const struct json_schema *schema, struct value v, struct arena *a)
{
	struct checker c = { .arena = a, .track = schema->track };
	struct place root = { 0 };
	return check(&c, schema, v, &root, NULL, BY(""), NULL);
}

bool js_equal(struct value a, struct value b)
{
	bool numbers = (a.kind == VAL_INT || a.kind == VAL_FLOAT) && (b.kind == VAL_INT || b.kind == VAL_FLOAT);
	if (numbers)
		return as_double(a) == as_double(b);
	if (a.kind != b.kind || (a.kind != VAL_LIST && a.kind != VAL_MAP))
		return value_equal(a, b);
	if (a.kind == VAL_LIST) {
		if (value_list_len(a) != value_list_len(b))
			return false;
		for (size_t i = 0; i < value_list_len(a); i++)
			if (!js_equal(a.list->p[i], b.list->p[i]))
				return false;
		return true;
	}
	if (value_map_len(a) != value_map_len(b))
		return false;
	for (size_t i = 0; i < value_map_len(a); i++) {
		struct value *other = value_map_get(b, map_key(a.map, i));
		if (!other || !js_equal(*value_map_at(a, i), *other))
			return false;
	}
	return true;
}

bool json_schema_check(const struct json_schema *schema, struct value v, struct buf *report)
{
	struct arena a = { 0 };
	const struct js_failure *f = js_check(schema, v, &a);
	if (f)
		js_report(f, report);
	arena_deinit(&a);
	return !f;
}
