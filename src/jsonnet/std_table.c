/* Reads the parameters of the rows: "str, ~default=null, indent='  '". They are ours, so a mistake in them is a bug and dies. */
#include "jsonnet/std_table.h"

#include "base/num.h"
#include "jsonnet/shape.h"
#include "jsonnet/std_util.h"
#include "jsonnet/vm.h"

static const struct std_row *const std_tables[] = {
	std_core_rows, std_arrays_rows, std_encode_rows, std_format_rows, std_json_rows, std_manifest_rows, std_math_rows,
	std_objects_rows, std_parse_rows, std_sets_rows, std_strings_rows, std_toml_rows, std_yaml_rows,
};

static struct jv parse_default(struct std_table *t, struct str s, const char *function)
{
	double d;
	if (str_eq(s, STR("?")))
		return JV_NOTHING;
	if (str_eq(s, STR("null")))
		return jv_null();
	if (str_eq(s, STR("true")) || str_eq(s, STR("false")))
		return jv_bool(s.n == 4);
	if (s.n >= 2 && s.p[0] == '\'')
		return str_jv(jstr_constant(&t->arena, str_slice(s, 1, s.n - 1)));
	if (num_parse_float(s, &d))
		return jv_num(d);
	if (str_eq(s, STR("[]"))) {
		struct jarr *a = arena_new(&t->arena, struct jarr);
		a->gc = (struct gc){ .type = GC_ARR };
		a->slots = arena_new(&t->arena, struct slots);
		a->slots->gc = (struct gc){ .type = GC_SLOTS };
		return jv_of(JV_ARR, a);
	}
	if (str_eq(s, STR("{}"))) {
		struct jobj *o = arena_new(&t->arena, struct jobj);
		o->gc = (struct gc){ .type = GC_OBJ, .state = OBJ_FLAT, .n = 1 };
		o->layers = &o->one;
		o->one.shape = shape_constant(&t->arena, NULL, 0, NULL);
		((struct shape *)(uintptr_t)o->one.shape)->gc.state = SHAPE_VALUES;
		return jv_of(JV_OBJ, o);
	}
	base_die("std.%s: default '%.*s'", function, STR_ARG(s));
}

/* Takes a parameter off *rest; a comma within quotes belongs to the default. */
static struct str take_param(struct str *rest)
{
	bool quoted = false;
	size_t i = 0;
	for (; i < rest->n && (quoted || rest->p[i] != ','); i++)
		quoted ^= rest->p[i] == '\'';
	struct str param = str_slice(*rest, 0, i);
	*rest = str_slice(*rest, i + 1, rest->n);
	while (param.n && param.p[0] == ' ')
		param = str_slice(param, 1, param.n);
	return param;
}

/*
 * Where Go's implementation has a native of its own, which evaluates and checks its arguments before anything else, or gives parameters other names. A letter a
 * parameter as in std_types, `i` for a number that is a whole one, `.` for one that is only evaluated, `~` for one that is left alone.
 */
static const struct go_row {
	const char *name, *types, *params;
} go_rows[] = {
	{ "avg", "a", NULL },
	{ "contains", "a~", NULL },
	{ "equals", NULL, "x, y" },
	{ "equalsIgnoreCase", "ss", NULL },
	{ "exp", NULL, "x" },
	{ "exponent", NULL, "x" },
	{ "flatMap", "f.", NULL },
	{ "foldl", "f..", NULL },
	{ "foldr", "f..", NULL },
	{ "hypot", NULL, "x, y" },
	{ "isDecimal", "n", NULL },
	{ "isEmpty", "s", NULL },
	{ "isEven", "n", NULL },
	{ "isInteger", "n", NULL },
	{ "isNull", NULL, "x" },
	{ "isOdd", "n", NULL },
	{ "join", ".a", NULL },
	{ "log", NULL, "x" },
	{ "lstripChars", "s.", NULL },
	{ "makeArray", "if", NULL },
	{ "manifestJsonEx", ".sss", NULL },
	{ "manifestTomlEx", ".s", NULL },
	{ "manifestYamlDoc", ".bb", NULL },
	{ "mantissa", NULL, "x" },
	{ "maxArray", "af.", NULL },
	{ "md5", NULL, "s" },
	{ "minArray", "af.", NULL },
	{ "modulo", NULL, "x, y" },
	{ "native", NULL, "x" },
	{ "objectFieldsEx", NULL, "obj, hidden" },
	{ "objectHasEx", NULL, "obj, fname, hidden" },
	{ "parseInt", "s", NULL },
	{ "primitiveEquals", NULL, "x, y" },
	{ "range", "ii", NULL },
	{ "remove", "a~", NULL },
	{ "removeAt", "ai", "arr, i" },
	{ "round", "n", NULL },
	{ "rstripChars", "s.", NULL },
	{ "set", "af", NULL },
	{ "sort", "af", NULL },
	{ "splitLimit", "ssi", NULL },
	{ "splitLimitR", "ssi", NULL },
	{ "stripChars", "s.", NULL },
	{ "sum", "a", NULL },
	{ "trim", "s", NULL },
	{ "xnor", "bb", NULL },
	{ "xor", "bb", NULL },
};

static void add_go_row(struct std_fun *f, const struct go_row *row)
{
	struct str rest = str_c(row->params ? row->params : "");
	f->go_types = row->types;
	for (uint32_t i = 0; rest.n; i++)
		f->params[i].go_name = take_param(&rest);
}

static void add_fun(struct std_table *t, const struct std_row *row)
{
	struct std_fun *f = arena_new(&t->arena, struct std_fun);
	struct str rest = str_c(row->params);
	f->name = str_c(row->name);
	f->fn = row->fn;
	while (rest.n) {
		struct str param = take_param(&rest), value;
		if (f->n_params == STD_MAX_PARAMS)
			base_die("std.%s: too many parameters", row->name);
		struct std_param *p = &f->params[f->n_params++];
		p->has_default = str_cut(param, '=', &p->name, &value);
		if (p->has_default)
			p->value = parse_default(t, value, row->name);
		p->lazy = str_starts(p->name, STR("~"));
		p->name = str_drop_prefix(p->name, STR("~"));
	}
	for (uint32_t i = 0; i < f->n_params; i++)
		f->params[i].go_name = f->params[i].name;
	for (size_t i = 0; i < ARRAY_LEN(go_rows); i++)
		if (str_eq_c(f->name, go_rows[i].name))
			add_go_row(f, &go_rows[i]);
	f->value.gc = (struct gc){ .type = GC_FUN, .state = FUN_STD };
	f->value.std = f;
	*(struct std_fun **)map_put(&t->funs, f->name) = f;
}

/* The object std itself, all of whose fields are hidden. */
static void make_object(struct std_table *t)
{
	uint32_t n = (uint32_t)map_len(&t->funs);
	struct object_field *fields = arena_array(&t->arena, struct object_field, n + 1);
	t->values = arena_zalloc(&t->arena, sizeof(*t->values) + (n + 1) * sizeof(struct jv));
	t->values->gc = (struct gc){ .type = GC_SLOTS, .n = n + 1 };
	for (uint32_t i = 0; i < n; i++) {
		fields[i] = (struct object_field){ .constant = jstr_constant(&t->arena, map_key(&t->funs, i)), .vis = VIS_HIDDEN };
		t->values->v[i] = jv_of(JV_FUN, &(*(struct std_fun **)map_at(&t->funs, i))->value);
	}
	fields[n] = (struct object_field){ .constant = jstr_constant(&t->arena, STR("pi")), .vis = VIS_HIDDEN };
	t->values->v[n] = jv_num(3.14159265358979311600);
	struct shape *s = (struct shape *)(uintptr_t)shape_constant(&t->arena, fields, n + 1, NULL);
	s->gc.state = SHAPE_VALUES;
	t->shape = s;
}

void std_table_init(struct std_table *t)
{
	*t = (struct std_table){ 0 };
	map_init(&t->funs, sizeof(struct std_fun *), &t->arena);
	for (size_t i = 0; i < ARRAY_LEN(std_tables); i++)
		for (const struct std_row *row = std_tables[i]; row->name; row++)
			add_fun(t, row);
	make_object(t);
}

void std_table_deinit(struct std_table *t)
{
	arena_deinit(&t->arena);
}

const struct std_fun *std_table_find(const struct std_table *t, struct str name)
{
	struct std_fun **f = map_find(&t->funs, name);
	return f ? *f : NULL;
}

static char type_letter(struct jv v)
{
	return jv_is_num(v) ? 'n' : *jv_type_name(v) == 'n' ? '0' : *jv_type_name(v);
}

static const char *letter_name(char c)
{
	static const char *const names[] = { "number", "string", "boolean", "array", "object", "function" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (*names[i] == c)
			return names[i];
	return "any";
}

void std_types(struct vm *vm, const char *name, const char *types, const struct jv *args)
{
	bool ok = true;
	for (size_t i = 0; types[i]; i++)
		ok = ok && (types[i] == '.' || types[i] == type_letter(args[i]));
	if (ok)
		return;
	struct buf *b = vm_buf(vm);
	buf_addf(b, "Builtin function %s expected (", name);
	for (size_t i = 0; types[i]; i++)
		buf_addf(b, "%s%s", i ? ", " : "", letter_name(types[i]));
	buf_add_c(b, ") but got (");
	for (size_t i = 0; types[i]; i++)
		buf_addf(b, "%s%s", i ? ", " : "", jv_type_name(args[i]));
	buf_add_char(b, ')');
	vm_raise(vm, "%.*s", STR_ARG(buf_str(b)));
}

void std_check_go(struct vm *vm, const struct std_fun *fun, struct jv *args)
{
	const char *types = fun->go_types;
	for (size_t i = 0; types[i]; i++)
		if (types[i] != '~' && !jv_is(args[i], JV_EMPTY))
			args[i] = vm_force(vm, args[i]);
	for (size_t i = 0; types[i]; i++) {
		char want = types[i] == 'i' ? 'n' : types[i];
		if (want == '~' || want == '.' || jv_is(args[i], JV_EMPTY))
			continue;
		if (want != type_letter(args[i]))
			vm_raise(vm, "Unexpected type %s, expected %s", jv_type_name(args[i]), letter_name(want));
		if (types[i] == 'i')
			std_whole(vm, args[i]);
	}
}
