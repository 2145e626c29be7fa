/*
 * The named types of a render and their methods: chartutil.Values (tables of values), chartutil.VersionSet and engine.files.
 */
#include "helm/objects.h"

#include "base/enc.h"
#include "base/path.h"
#include "data/yaml_write.h"
#include "gotmpl/gofmt.h"
#include "helm/values.h"
#include "text/glob.h"

static struct str small_letters(struct str s, struct arena *a)
{
	char *p = arena_array(a, char, s.n);
	for (size_t i = 0; i < s.n; i++)
		p[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + 32 : s.p[i]);
	return (struct str){ p, s.n };
}

/* The exported fields of a struct in its order; `lower`: names in small letters. */
static struct value exported_fields(const struct object *o, bool lower, struct arena *a)
{
	struct value map = value_map_new(a);
	for (size_t i = 0; i < o->ops->field_count; i++) {
		const struct go_field *f = &o->ops->fields[i];
		if (go_field_exported(f))
			value_map_set(map, lower ? small_letters(f->name, a) : f->name, o->ops->field(o, i, a));
	}
	return map;
}

bool helm_plain_fields(void *ctx, struct value *v, struct err *err)
{
	struct arena *a = ctx;
	(void)err;
	if (v->kind == VAL_OBJECT) {
		const struct object *o = v->object;
		struct value plain = o->ops->plain ? o->ops->plain(o, a) : value_null();
		*v = plain.kind == VAL_STR || o->ops->yaml_tags ? plain : exported_fields(o, true, a);
	} else if (v->kind == VAL_STR && v->type == GO_BYTES) {
		struct str bytes = value_as_str(*v);
		*v = value_list_new(a);
		for (size_t i = 0; i < bytes.n; i++)
			value_list_add(*v, value_int((unsigned char)bytes.p[i]), a);
	} else if (v->kind == VAL_INT && v->type == GO_DURATION) {
		AUTO_BUF b = { 0 };
		gofmt_duration(&b, v->i);
		*v = value_str(buf_to_arena(&b, a));
	} else {
		v->type = 0;
		v->extra = 0; /* a nil list is an empty one */
	}
	return true;
}

bool helm_plain(void *ctx, struct value *v, struct err *err)
{
	struct arena *a = ctx;
	(void)err;
	if (v->kind == VAL_OBJECT) {
		const struct object *o = v->object;
		*v = o->ops->plain ? o->ops->plain(o, a) : exported_fields(o, false, a);
	} else if (v->extra & GO_NIL) {
		*v = value_null();
	} else if (v->kind == VAL_STR && v->type == GO_BYTES) {
		AUTO_BUF b = { 0 };
		enc_base64(&b, value_as_str(*v), ENC_BASE64);
		*v = value_str(buf_to_arena(&b, a));
	} else {
		v->type = 0;
	}
	return true;
}

/* ---- chartutil.Values ---- */

static bool values_yaml_fn(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	if (!yaml_write(call->self, &(struct yaml_write_options){ .dialect = YAML_OUT_SIGS, .plain = helm_plain, .plain_ctx = call->arena }, &b, err))
		return false;
	*out = value_str(buf_to_arena(&b, call->arena));
	return true;
}

static bool values_table_fn(struct go_call *call, struct value *out, struct err *err)
{
	if (!values_table(call->self, value_as_str(call->argv[0]), out, err))
		return false;
	out->type = HELM_VALUES;
	return true;
}

static bool values_as_map_fn(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	*out = call->self;
	out->type = GO_MAP_ANY;
	return true;
}

static bool values_path_fn(struct go_call *call, struct value *out, struct err *err)
{
	return values_at(call->self, value_as_str(call->argv[0]), out, err);
}

static const struct go_func values_methods[] = {
	GO_FUNC("YAML", values_yaml_fn),
	GO_FUNC("Table", values_table_fn, GO_P_STRING),
	GO_FUNC("AsMap", values_as_map_fn),
	GO_FUNC("PathValue", values_path_fn, GO_P_STRING),
};

/* ---- chartutil.VersionSet ---- */

static bool versions_has_fn(struct go_call *call, struct value *out, struct err *err)
{
	const struct list *versions = call->self.list;
	struct str want = value_as_str(call->argv[0]);
	bool found = false;
	(void)err;
	for (size_t i = 0; i < versions->n && !found; i++)
		found = str_eq(value_as_str(versions->p[i]), want);
	*out = value_bool(found);
	return true;
}

static const struct go_func versions_methods[] = { GO_FUNC("Has", versions_has_fn, GO_P_STRING) };

/* ---- engine.files ---- */

static struct str file_text(struct value files, struct value name)
{
	struct value *v = value_map_get(files, value_as_str(name));
	return v ? value_as_str(*v) : STR("");
}

static bool files_bytes_fn(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	*out = go_bytes(file_text(call->self, call->argv[0]));
	return true;
}

static bool files_get_fn(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	*out = value_str(file_text(call->self, call->argv[0]));
	return true;
}

static bool files_glob_fn(struct go_call *call, struct value *out, struct err *err)
{
	const struct glob *g;
	AUTO_ERR malformed = { 0 };
	struct value found = value_map_new(call->arena);
	(void)err;
	/* A malformed pattern means all files: so it is in Helm. */
	bool is_good = glob_compile(call->arena, value_as_str(call->argv[0]), STR("/"), &g, &malformed);
	for (size_t i = 0; i < value_map_len(call->self); i++) {
		struct str name = map_key(call->self.map, i);
		if (!is_good || glob_match(g, name))
			value_map_set(found, name, *value_map_at(call->self, i));
	}
	found.type = HELM_FILES;
	*out = found;
	return true;
}

static bool files_lines_fn(struct go_call *call, struct value *out, struct err *err)
{
	struct value lines = go_list_new(GO_STRINGS, call->arena);
	struct value *v = value_map_get(call->self, value_as_str(call->argv[0]));
	if (v) {
		struct str text = value_as_str(*v), line;
		bool more = true;
		if (!text.n)
			return err_set(err, ERR_FAILED, "runtime error: index out of range [-1]");
		text = str_drop_suffix(text, STR("\n"));
		while (more) {
			more = str_cut(text, '\n', &line, &text);
			value_list_add(lines, value_str(line), call->arena);
		}
	}
	*out = lines;
	return true;
}

enum files_form { FILES_TEXT, FILES_BASE64 };

/* The files as the data of a ConfigMap or Secret: base names to contents, in YAML. */
static bool files_data(struct go_call *call, enum files_form form, struct value *out, struct err *err)
{
	struct value data = value_map_new(call->arena);
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i < value_map_len(call->self); i++) {
		struct str text = value_as_str(*value_map_at(call->self, i));
		buf_clear(&b);
		if (form == FILES_BASE64) {
			enc_base64(&b, text, ENC_BASE64);
			text = buf_to_arena(&b, call->arena);
		}
		value_map_set(data, path_base(map_key(call->self.map, i)), value_str(text));
	}
	buf_clear(&b);
	if (!yaml_write(data, &(struct yaml_write_options){ .dialect = YAML_OUT_SIGS }, &b, err))
		return false;
	*out = value_str(buf_to_arena(&b, call->arena));
	*out = value_str(str_drop_suffix(value_as_str(*out), STR("\n")));
	return true;
}

static bool files_config_fn(struct go_call *call, struct value *out, struct err *err)
{
	return files_data(call, FILES_TEXT, out, err);
}

static bool files_secrets_fn(struct go_call *call, struct value *out, struct err *err)
{
	return files_data(call, FILES_BASE64, out, err);
}

static const struct go_func files_methods[] = {
	GO_FUNC("Get", files_get_fn, GO_P_STRING),
	GO_FUNC("GetBytes", files_bytes_fn, GO_P_STRING),
	GO_FUNC("Glob", files_glob_fn, GO_P_STRING),
	GO_FUNC("Lines", files_lines_fn, GO_P_STRING),
	GO_FUNC("AsConfig", files_config_fn),
	GO_FUNC("AsSecrets", files_secrets_fn),
};

struct value helm_files_object(const struct chart *c, struct arena *a)
{
	struct value files = value_map_new(a);
	for (size_t i = 0; i < c->files.n; i++)
		value_map_set(files, c->files.p[i].name, go_bytes(c->files.p[i].data));
	files.type = HELM_FILES;
	return files;
}

/* ---- The table of types ---- */

#define NAMED(name, under, methods) { STR_INIT(name), (under), (methods), ARRAY_LEN(methods), NULL }

static const struct go_named named[] = {
	[HELM_VALUES - GO_NAMED] = NAMED("chartutil.Values", GO_MAP_ANY, values_methods),
	[HELM_VERSIONS - GO_NAMED] = NAMED("chartutil.VersionSet", GO_STRINGS, versions_methods),
	[HELM_FILES - GO_NAMED] = NAMED("engine.files", GO_MAP_BYTES, files_methods),
	[HELM_MAINTAINERS - GO_NAMED] = { STR_INIT("[]*chart.Maintainer"), GO_ANYS, NULL, 0, NULL },
	[HELM_DEPENDENCIES - GO_NAMED] = { STR_INIT("[]*chart.Dependency"), GO_ANYS, NULL, 0, NULL },
};
const struct go_types helm_types = { named, ARRAY_LEN(named) };
