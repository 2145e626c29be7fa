/*
 * std.manifestToml and std.manifestTomlEx. A table's own values come first, then its tables and arrays of tables, each after an empty line, even where
 * there are no values: that is how the reference joins them.
 */
#include "jsonnet/std.h"
#include "jsonnet/std_path.h"
#include "jsonnet/std_util.h"
#include "jsonnet/vm.h"

struct toml {
	struct vm *vm;
	struct buf *out;
	struct jv indent; /* evaluated when it is first used */
};

static void add_indent(struct toml *t, size_t depth)
{
	if (depth == 0)
		return;
	t->indent = vm_to_string(t->vm, vm_force(t->vm, t->indent));
	struct str indent = str_bytes(t->vm, t->indent);
	for (size_t i = 0; i < depth; i++)
		buf_add(t->out, indent);
}

static bool is_bare(struct str key)
{
	for (size_t i = 0; i < key.n; i++) {
		char c = key.p[i], lower = (char)(c | 0x20);
		if (!(lower >= 'a' && lower <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '-')
			return false;
	}
	return true;
}

static void add_key(struct toml *t, struct jv key)
{
	struct str bytes = str_bytes(t->vm, key);
	if (bytes.n == 0 && vm_is_go(t->vm))
		buf_add_c(t->out, "''");
	else if (is_bare(bytes))
		buf_add(t->out, bytes);
	else
		std_add_quoted(t->vm, t->out, key);
}

/* The names on the way to a table; indices of arrays are no part of it. */
static void add_path(struct toml *t, const struct step *path)
{
	if (!path)
		return;
	add_path(t, path->up);
	if (jv_is_num(path->at))
		return;
	const struct step *up = path->up;
	if (up)
		buf_add_char(t->out, '.');
	add_key(t, path->at);
}

/* An object, or an array of objects that is not empty. */
static bool is_section(struct vm *vm, struct jv v)
{
	if (jv_is(v, JV_OBJ))
		return true;
	if (!jv_is(v, JV_ARR) || arr_len(v) == 0)
		return false;
	for (size_t i = 0; i < arr_len(v); i++)
		if (!jv_is(arr_get(vm, v, i), JV_OBJ))
			return false;
	return true;
}

enum place { IN_TABLE, INLINE };
static void add_value(struct toml *t, struct jv v, const struct step *path, enum place place, size_t depth);

static void add_array(struct toml *t, struct jv v, const struct step *path, enum place place, size_t depth)
{
	const char *sep = place == INLINE ? " " : "\n";
	size_t n = arr_len(v);
	if (n == 0) {
		buf_add_c(t->out, "[]");
		return;
	}
	buf_add_char(t->out, '[');
	buf_add_c(t->out, sep);
	for (size_t i = 0; i < n; i++) {
		struct step here = { .up = path, .at = jv_num((double)i) };
		if (i > 0) {
			buf_add_char(t->out, ',');
			buf_add_c(t->out, sep);
		}
		if (place == IN_TABLE)
			add_indent(t, depth + 1);
		add_value(t, arr_get(t->vm, v, i), &here, INLINE, 0);
	}
	buf_add_c(t->out, sep);
	if (place == IN_TABLE)
		add_indent(t, depth);
	buf_add_char(t->out, ']');
}

static void add_inline_table(struct toml *t, struct jv v, const struct step *path)
{
	struct obj_names names = obj_names(t->vm, v, OBJ_VISIBLE);
	buf_add_c(t->out, "{ ");
	for (size_t i = 0; i < names.n; i++) {
		struct step here = { .up = path, .at = names.p[i] };
		buf_add_c(t->out, i ? ", " : "");
		add_key(t, names.p[i]);
		buf_add_c(t->out, " = ");
		add_value(t, obj_get(t->vm, v, names.p[i]), &here, INLINE, 0);
	}
	buf_add_c(t->out, " }");
}

static void add_value(struct toml *t, struct jv v, const struct step *path, enum place place, size_t depth)
{
	vm_deeper(t->vm);
	switch (jv_kind(v)) {
	case JV_STR:
		std_add_quoted(t->vm, t->out, v);
		return;
	case JV_NUM:
		manifest_number(jv_as_num(v), t->out);
		return;
	case JV_ARR:
		add_array(t, v, path, place, depth);
		return;
	case JV_OBJ:
		add_inline_table(t, v, path);
		return;
	case JV_FUN:
		std_cannot_manifest(t->vm, "Tried", "function", path);
	case JV_NULL:
		std_cannot_manifest(t->vm, "Tried", "\"null\"", path);
	default:
		buf_add_c(t->out, jv_true(v) ? "true" : "false");
	}
}

static void add_body(struct toml *t, struct jv v, const struct step *path, size_t depth);

static void add_table(struct toml *t, struct jv v, const struct step *path, const char *open, const char *close, size_t depth)
{
	add_indent(t, depth);
	buf_add_c(t->out, open);
	add_path(t, path);
	buf_add_c(t->out, close);
	if (obj_names(t->vm, v, OBJ_VISIBLE).n > 0)
		buf_add_char(t->out, '\n');
	add_body(t, v, path, depth + 1);
}

static void add_section(struct toml *t, struct jv v, const struct step *path, size_t depth)
{
	if (jv_is(v, JV_OBJ)) {
		add_table(t, v, path, "[", "]", depth);
		return;
	}
	for (size_t i = 0; i < arr_len(v); i++) {
		struct step here = { .up = path, .at = jv_num((double)i) };
		buf_add_c(t->out, i ? "\n\n" : "");
		add_table(t, arr_get(t->vm, v, i), &here, "[[", "]]", depth);
	}
}

static void add_body(struct toml *t, struct jv v, const struct step *path, size_t depth)
{
	struct vm *vm = t->vm;
	struct obj_names names = obj_names(vm, v, OBJ_VISIBLE);
	bool first = true;
	vm_deeper(vm);
	for (size_t i = 0; i < names.n; i++) {
		struct step here = { .up = path, .at = names.p[i] };
		struct jv value = obj_get(vm, v, names.p[i]);
		if (is_section(vm, value))
			continue;
		buf_add_c(t->out, first ? "" : "\n");
		first = false;
		add_indent(t, depth);
		add_key(t, names.p[i]);
		buf_add_c(t->out, " = ");
		add_value(t, value, &here, IN_TABLE, depth);
	}
	for (size_t i = 0; i < names.n; i++) {
		struct step here = { .up = path, .at = names.p[i] };
		struct jv value = obj_get(vm, v, names.p[i]);
		if (!is_section(vm, value))
			continue;
		buf_add_c(t->out, "\n\n");
		add_section(t, value, &here, depth);
	}
}

static struct jv manifest(struct vm *vm, struct jv v, struct jv indent)
{
	if (!jv_is(v, JV_OBJ))
		vm_raise(vm, "TOML body must be an object. Got %s", jv_type_name(v));
	struct toml t = { .vm = vm, .out = vm_buf(vm), .indent = indent };
	add_body(&t, v, NULL, 0);
	return str_from_buf(vm, t.out);
}

static struct jv fn_manifest_toml(struct vm *vm, struct jv *args)
{
	return manifest(vm, args[0], str_new(vm, STR("  ")));
}

static struct jv fn_manifest_toml_ex(struct vm *vm, struct jv *args)
{
	return manifest(vm, args[0], args[1]);
}

const struct std_row std_toml_rows[] = {
	{ "manifestToml", "value", fn_manifest_toml },
	{ "manifestTomlEx", "value, ~indent", fn_manifest_toml_ex },
	{ NULL },
};
