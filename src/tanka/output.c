/* Writers exist in data; here is what Tanka puts around them. */
#include "tanka/output.h"

#include <stdlib.h>

#include "base/path.h"
#include "base/utf8.h"
#include "data/json.h"
#include "data/yaml_write.h"
#include "tanka/names.h"

bool tanka_print_yaml(const struct tanka_object *object, struct buf *out, struct err *err)
{
	return yaml_write(object->value, &(struct yaml_write_options){ .dialect = YAML_OUT_V2 }, out, err);
}

bool tanka_print_json(struct value v, struct buf *out, struct err *err)
{
	return json_write(v, &(struct json_write_options){ .indent = "  " }, out, err);
}

/* --- env list --- */

enum { COLUMNS = 3, GAP = 4 };

static void print_table(const tanka_found_list *envs, struct buf *out)
{
	size_t width[COLUMNS] = { 0 };
	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i <= envs->n; i++) {
			const struct tanka_env *e = i ? &envs->p[i - 1].env : NULL;
			const struct str cells[COLUMNS] = {
				e ? e->metadata.name : STR("NAME"),
				e ? e->spec.namespace : STR("NAMESPACE"),
				e ? e->spec.api_server : STR("SERVER"),
			};
			for (size_t c = 0; c < COLUMNS; c++) {
				size_t n = utf8_count(cells[c]);
				width[c] = MAX(width[c], n);
				if (pass == 0)
					continue;
				buf_add(out, cells[c]);
				buf_add_repeat(out, ' ', width[c] - n + GAP);
			}
			if (pass)
				buf_add_char(out, '\n');
		}
	}
}

bool tanka_print_list(const tanka_found_list *envs, enum tanka_list form, struct arena *a, struct buf *out, struct err *err)
{
	struct value list = value_list_new(a);
	switch (form) {
	case TANKA_TABLE:
		print_table(envs, out);
		return true;
	case TANKA_NAMES:
		for (size_t i = 0; i < envs->n; i++)
			buf_addf(out, "%.*s\n", STR_ARG(envs->p[i].env.metadata.name));
		return true;
	default: break;
	}
	for (size_t i = 0; i < envs->n; i++)
		value_list_add(list, tanka_env_value(&envs->p[i].env, a), a);
	if (!json_write(envs->n ? list : value_null(), &(struct json_write_options){ .order = JSON_INSERTED }, out, err))
		return false;
	buf_add_char(out, '\n');
	return true;
}

/* --- new environments --- */

bool tanka_print_spec(const struct tanka_env *env, struct arena *a, struct buf *out, struct err *err)
{
	const struct json_write_options options = { .order = JSON_INSERTED, .indent = "  " };
	if (!json_write(tanka_env_value(env, a), &options, out, err))
		return false;
	buf_add_char(out, '\n');
	return true;
}

static void add_jsonnet_str(struct str s, struct buf *out)
{
	buf_add_char(out, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'' || s.p[i] == '\\')
			buf_add_char(out, '\\');
		if (s.p[i] == '\n')
			buf_add_c(out, "\\n");
		else
			buf_add_char(out, s.p[i]);
	}
	buf_add_char(out, '\'');
}

static bool is_identifier(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] == '_' || ((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z') || (i && s.p[i] >= '0' && s.p[i] <= '9')))
			return false;
	return s.n > 0;
}

/* An environment's value in jsonnet's own style; it is only a few levels deep. */
static void add_jsonnet(struct value v, size_t depth, struct buf *out)
{
	bool is_map = v.kind == VAL_MAP;
	size_t n = is_map ? value_map_len(v) : v.kind == VAL_LIST ? v.list->n : 0;
	if (v.kind == VAL_STR) {
		add_jsonnet_str(value_as_str(v), out);
	} else if (v.kind == VAL_BOOL) {
		buf_add_c(out, v.b ? "true" : "false");
	} else if (!n) {
		buf_add_c(out, is_map ? "{}" : "[]");
	} else {
		buf_add_c(out, is_map ? "{\n" : "[\n");
		for (size_t i = 0; i < n; i++) {
			struct str key = is_map ? map_key(v.map, i) : STR("");
			buf_add_repeat(out, ' ', 2 * (depth + 1));
			if (is_map && is_identifier(key))
				buf_addf(out, "%.*s: ", STR_ARG(key));
			else if (is_map)
				add_jsonnet_str(key, out), buf_add_c(out, ": ");
			add_jsonnet(is_map ? *value_map_at(v, i) : v.list->p[i], depth + 1, out);
			buf_add_c(out, ",\n");
		}
		buf_add_repeat(out, ' ', 2 * depth);
		buf_add_char(out, is_map ? '}' : ']');
	}
}

bool tanka_print_inline(const struct tanka_env *env, struct arena *a, struct buf *out, struct err *err)
{
	struct value v = tanka_env_value(env, a);
	(void)err;
	value_map_set(v, STR("data"), value_map_new(a));
	add_jsonnet(v, 0, out);
	buf_add_char(out, '\n');
	return true;
}

/* --- export --- */

/* Stands for a `/` of the format while the template runs, as in Tanka. */
#define FOLDER_MARK '\a'

/* The format with its own `/`, those outside of actions, marked. */
static struct str marked(struct str format, struct arena *a)
{
	char *p = arena_cstr(a, format);
	bool in_action = false;
	for (size_t i = 0; i < format.n; i++) {
		if (i + 1 < format.n && p[i] == p[i + 1] && (p[i] == '{' || p[i] == '}'))
			in_action = p[i] == '{';
		else if (p[i] == '/' && !in_action)
			p[i] = FOLDER_MARK;
	}
	return (struct str){ p, format.n };
}

static struct str replaced(struct str s, char from, char to, struct arena *a)
{
	char *p = arena_cstr(a, s);
	for (size_t i = 0; i < s.n; i++)
		if (p[i] == from)
			p[i] = to;
	return (struct str){ p, s.n };
}

bool tanka_export_files(const struct tanka_host *host, const struct tanka_env *env, const tanka_objects *objects, struct str format,
			struct str extension, struct arena *a, tanka_files *out, struct err *err)
{
	struct tanka_env bare = *env;
	struct tanka_namer *namer;
	bare.data = value_null();
	if (!tanka_namer_new(host, marked(format, a), tanka_env_value(&bare, a), a, &namer, err))
		return err_wrap(err, "parsing format");
	for (size_t i = 0; i < objects->n; i++) {
		struct tanka_file f = { .env = env->metadata.namespace };
		AUTO_BUF bytes = { 0 };
		if (!tanka_namer_name(namer, objects->p[i].value, &f.path, err))
			return err_wrap(err, "executing name template");
		f.path = replaced(replaced(f.path, '/', '-', a), FOLDER_MARK, '/', a);
		f.name = arena_fmt(a, "%.*s.%.*s", STR_ARG(f.path), STR_ARG(extension));
		f.path = path_join(a, arena_fmt(a, "./%.*s", STR_ARG(f.name)), STR(""));
		if (!path_is_local(f.path))
			return err_set(err, ERR_SYNTAX, "the name '%.*s' leads out of the folder", STR_ARG(f.path));
		if (!tanka_print_yaml(&objects->p[i], &bytes, err))
			return false;
		f.bytes = buf_to_arena(&bytes, a);
		vec_push_in(out, a, f);
	}
	return true;
}

bool tanka_print_manifest(struct value map, struct buf *out, struct err *err)
{
	return json_write(map, &(struct json_write_options){ .indent = "    " }, out, err);
}
