/* Manifestation as JSON, Python, INI and XML. TOML and YAML have files of their own. */
#include "base/num.h"
#include "data/json.h"
#include "jsonnet/std.h"
#include "jsonnet/std_path.h"
#include "jsonnet/std_util.h"
#include "jsonnet/vm.h"

void std_cannot_manifest(struct vm *vm, const char *tried, const char *what, const struct step *path)
{
	size_t n = 0;
	struct jv *slots;
	for (const struct step *s = path; s && !jv_is(s->at, JV_EMPTY); s = s->up)
		n++;
	struct jv list = arr_new(vm, n, &slots);
	for (const struct step *s = path; n > 0; s = s->up)
		slots[--n] = s->at;
	if (vm_is_go(vm)) {
		/* As Go prints a list of texts. */
		struct buf *b = vm_buf(vm);
		for (size_t i = 0; i < arr_len(list); i++) {
			struct jv at = vm_to_string(vm, slots[i]);
			buf_addf(b, "%s%.*s", i ? " " : "", STR_ARG(str_bytes(vm, at)));
		}
		vm_raise(vm, "%s to manifest %s at [%.*s]", tried, what, STR_ARG(buf_str(b)));
	}
	struct jv text = vm_to_string(vm, list);
	vm_raise(vm, "Tried to manifest %s at %.*s", what, STR_ARG(str_bytes(vm, text)));
}

/* --- JSON --- */

/* The three texts of a layout are arguments that are evaluated when they are first used. */
struct layout {
	struct vm *vm;
	struct buf *out;
	struct jv newline, indent, key_val_sep;
};

static struct str text_of(struct vm *vm, struct jv *arg)
{
	*arg = vm_to_string(vm, vm_force(vm, *arg));
	return str_bytes(vm, *arg);
}

static void add_indent(struct layout *l, size_t depth)
{
	struct str indent = depth ? text_of(l->vm, &l->indent) : STR_NONE;
	for (size_t i = 0; i < depth; i++)
		buf_add(l->out, indent);
}

void std_add_number(struct vm *vm, struct buf *out, double d)
{
	if (vm_is_go(vm))
		num_add_float(out, d, 'f', -1);
	else
		manifest_number(d, out);
}

/* Go writes these strings by its encoding/json. */
static void add_string(struct layout *l, struct jv s)
{
	if (vm_is_go(l->vm))
		json_write_str(str_bytes(l->vm, s), JSON_HTML_PLAIN, l->out);
	else
		std_add_quoted(l->vm, l->out, s);
}

static void add_json(struct layout *l, struct jv v, const struct step *path, size_t depth);

static void add_items(struct layout *l, struct jv v, const struct step *path, size_t depth)
{
	buf_add_char(l->out, '[');
	buf_add(l->out, text_of(l->vm, &l->newline));
	for (size_t i = 0; i < arr_len(v); i++) {
		struct step here = { .up = path, .at = jv_num((double)i) };
		if (i > 0) {
			buf_add_char(l->out, ',');
			buf_add(l->out, text_of(l->vm, &l->newline));
		}
		add_indent(l, depth + 1);
		add_json(l, arr_get(l->vm, v, i), &here, depth + 1);
	}
	buf_add(l->out, text_of(l->vm, &l->newline));
	add_indent(l, depth);
	buf_add_char(l->out, ']');
}

static void add_fields(struct layout *l, struct jv v, const struct step *path, size_t depth)
{
	struct obj_names names = obj_names(l->vm, v, OBJ_VISIBLE);
	buf_add_char(l->out, '{');
	buf_add(l->out, text_of(l->vm, &l->newline));
	for (size_t i = 0; i < names.n; i++) {
		struct step here = { .up = path, .at = names.p[i] };
		if (i > 0) {
			buf_add_char(l->out, ',');
			buf_add(l->out, text_of(l->vm, &l->newline));
		}
		add_indent(l, depth + 1);
		add_string(l, names.p[i]);
		buf_add(l->out, text_of(l->vm, &l->key_val_sep));
		add_json(l, obj_get(l->vm, v, names.p[i]), &here, depth + 1);
	}
	buf_add(l->out, text_of(l->vm, &l->newline));
	add_indent(l, depth);
	buf_add_char(l->out, '}');
}

static void add_json(struct layout *l, struct jv v, const struct step *path, size_t depth)
{
	vm_deeper(l->vm);
	switch (jv_kind(v)) {
	case JV_STR:
		add_string(l, v);
		return;
	case JV_NUM:
		std_add_number(l->vm, l->out, jv_as_num(v));
		return;
	case JV_ARR:
		add_items(l, v, path, depth);
		return;
	case JV_OBJ:
		add_fields(l, v, path, depth);
		return;
	case JV_FUN:
		std_cannot_manifest(l->vm, "tried", "function", path);
	default:
		buf_add_c(l->out, jv_is(v, JV_NULL) ? "null" : jv_true(v) ? "true" : "false");
	}
}

static struct jv manifest(struct vm *vm, struct jv v, struct layout l)
{
	l.vm = vm;
	l.out = vm_buf(vm);
	add_json(&l, v, NULL, 0);
	return str_from_buf(vm, l.out);
}

static struct jv fn_manifest_json_ex(struct vm *vm, struct jv *args)
{
	return manifest(vm, args[0], (struct layout){ .indent = args[1], .newline = args[2], .key_val_sep = args[3] });
}

static struct jv fn_manifest_json(struct vm *vm, struct jv *args)
{
	struct jv indent = str_new(vm, STR("    ")), newline = str_new(vm, STR("\n")), sep = str_new(vm, STR(": "));
	return manifest(vm, args[0], (struct layout){ .indent = indent, .newline = newline, .key_val_sep = sep });
}

static struct jv fn_manifest_json_minified(struct vm *vm, struct jv *args)
{
	struct jv none = str_new(vm, STR("")), sep = str_new(vm, STR(":"));
	return manifest(vm, args[0], (struct layout){ .indent = none, .newline = none, .key_val_sep = sep });
}

/* --- Python --- */

static void add_python(struct vm *vm, struct buf *out, struct jv v)
{
	vm_deeper(vm);
	switch (jv_kind(v)) {
	case JV_STR:
		std_add_quoted(vm, out, v);
		return;
	case JV_NUM:
		manifest_number(jv_as_num(v), out);
		return;
	case JV_ARR:
		buf_add_char(out, '[');
		for (size_t i = 0; i < arr_len(v); i++) {
			buf_add_c(out, i ? ", " : "");
			add_python(vm, out, arr_get(vm, v, i));
		}
		buf_add_char(out, ']');
		return;
	case JV_OBJ: {
		struct obj_names names = obj_names(vm, v, OBJ_VISIBLE);
		buf_add_char(out, '{');
		for (size_t i = 0; i < names.n; i++) {
			buf_add_c(out, i ? ", " : "");
			std_add_quoted(vm, out, names.p[i]);
			buf_add_c(out, ": ");
			add_python(vm, out, obj_get(vm, v, names.p[i]));
		}
		buf_add_char(out, '}');
		return;
	}
	case JV_FUN:
		vm_raise(vm, "cannot manifest function");
	default:
		buf_add_c(out, jv_is(v, JV_NULL) ? "None" : jv_true(v) ? "True" : "False");
	}
}

static struct jv fn_manifest_python(struct vm *vm, struct jv *args)
{
	struct buf *out = vm_buf(vm);
	add_python(vm, out, args[0]);
	return str_from_buf(vm, out);
}

static struct obj_names fields_of(struct vm *vm, struct jv v)
{
	std_types(vm, "objectFieldsEx", "ob", (struct jv[]){ v, jv_bool(false) });
	return obj_names(vm, v, OBJ_VISIBLE);
}

static struct jv fn_manifest_python_vars(struct vm *vm, struct jv *args)
{
	struct obj_names names = fields_of(vm, args[0]);
	struct buf *out = vm_buf(vm);
	for (size_t i = 0; i < names.n; i++) {
		buf_add(out, str_bytes(vm, names.p[i]));
		buf_add_c(out, " = ");
		add_python(vm, out, obj_get(vm, args[0], names.p[i]));
		buf_add_char(out, '\n');
	}
	return str_from_buf(vm, out);
}

/* --- INI --- */

static void add_ini_line(struct vm *vm, struct buf *out, struct jv name, struct jv value)
{
	struct jv text = vm_to_string(vm, value);
	buf_add(out, str_bytes(vm, name));
	buf_add_c(out, " = ");
	buf_add(out, str_bytes(vm, text));
	buf_add_char(out, '\n');
}

static void add_ini_body(struct vm *vm, struct buf *out, struct jv body)
{
	struct obj_names names = fields_of(vm, body);
	for (size_t i = 0; i < names.n; i++) {
		struct jv value = obj_get(vm, body, names.p[i]);
		if (!jv_is(value, JV_ARR)) {
			add_ini_line(vm, out, names.p[i], value);
			continue;
		}
		for (size_t k = 0; k < arr_len(value); k++)
			add_ini_line(vm, out, names.p[i], arr_get(vm, value, k));
	}
}

static struct jv fn_manifest_ini(struct vm *vm, struct jv *args)
{
	struct jv main_name = str_new(vm, STR("main")), sections_name = str_new(vm, STR("sections"));
	std_types(vm, "objectHasEx", "osb", (struct jv[]){ args[0], main_name, jv_bool(false) });
	struct buf *out = vm_buf(vm);
	if (obj_has(vm, args[0], main_name, OBJ_VISIBLE))
		add_ini_body(vm, out, obj_get(vm, args[0], main_name));
	struct jv sections = obj_get(vm, args[0], sections_name);
	struct obj_names names = fields_of(vm, sections);
	for (size_t i = 0; i < names.n; i++) {
		buf_add_char(out, '[');
		buf_add(out, str_bytes(vm, names.p[i]));
		buf_add_c(out, "]\n");
		add_ini_body(vm, out, obj_get(vm, sections, names.p[i]));
	}
	return str_from_buf(vm, out);
}

/* --- XML of JsonML --- */

/* What std.deepJoin makes of a tag: a string, or arrays of them. */
static void add_tag(struct vm *vm, struct buf *out, struct jv tag)
{
	vm_deeper(vm);
	if (jv_is(tag, JV_STR)) {
		buf_add(out, str_bytes(vm, tag));
		return;
	}
	if (!jv_is(tag, JV_ARR))
		vm_raise(vm, "Expected string or array, got %s", jv_type_name(tag));
	for (size_t i = 0; i < arr_len(tag); i++)
		add_tag(vm, out, arr_get(vm, tag, i));
}

static void add_attributes(struct vm *vm, struct buf *out, struct jv attrs)
{
	struct obj_names names = obj_names(vm, attrs, OBJ_VISIBLE);
	for (size_t i = 0; i < names.n; i++) {
		struct jv text = vm_to_string(vm, obj_get(vm, attrs, names.p[i]));
		buf_add_char(out, ' ');
		buf_add(out, str_bytes(vm, names.p[i]));
		buf_add_c(out, "=\"");
		buf_add(out, str_bytes(vm, text));
		buf_add_char(out, '"');
	}
}

static void add_xml(struct vm *vm, struct buf *out, struct jv v)
{
	vm_deeper(vm);
	if (jv_is(v, JV_STR)) {
		buf_add(out, str_bytes(vm, v));
		return;
	}
	if (jv_is(v, JV_ARR) && arr_len(v) == 0)
		vm_raise(vm, "array bounds error: 0 not within [0, 0)");
	struct jv tag = std_at(vm, v, 0);
	size_t n = arr_len(v), first = 1;
	buf_add_char(out, '<');
	add_tag(vm, out, tag);
	if (n > 1) {
		struct jv attrs = arr_get(vm, v, 1);
		if (jv_is(attrs, JV_OBJ)) {
			add_attributes(vm, out, attrs);
			first = 2;
		}
	}
	buf_add_char(out, '>');
	for (size_t i = first; i < n; i++)
		add_xml(vm, out, arr_get(vm, v, i));
	buf_add_c(out, "</");
	add_tag(vm, out, tag);
	buf_add_char(out, '>');
}

static struct jv fn_manifest_xml_jsonml(struct vm *vm, struct jv *args)
{
	if (!jv_is(args[0], JV_ARR))
		vm_raise(vm, "Expected a JSONML value (an array), got %s", jv_type_name(args[0]));
	struct buf *out = vm_buf(vm);
	add_xml(vm, out, args[0]);
	return str_from_buf(vm, out);
}

const struct std_row std_manifest_rows[] = {
	{ "manifestJson", "value", fn_manifest_json },
	{ "manifestJsonEx", "value, ~indent, ~newline='\n', ~key_val_sep=': '", fn_manifest_json_ex },
	{ "manifestJsonMinified", "value", fn_manifest_json_minified },
	{ "manifestPython", "v", fn_manifest_python },
	{ "manifestPythonVars", "conf", fn_manifest_python_vars },
	{ "manifestIni", "ini", fn_manifest_ini },
	{ "manifestXmlJsonml", "value", fn_manifest_xml_jsonml },
	{ NULL },
};
