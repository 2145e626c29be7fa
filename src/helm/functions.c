/*
 * The functions that Helm adds to those of sprig: https://helm.sh/docs/chart_template_guide/function_list/. Readers and writers of YAML, JSON and
 * TOML report trouble within their result (a key "Error", an empty text) instead of failing, since that is what charts test for.
 */
#include "base/buf.h"
#include "data/json.h"
#include "data/yaml.h"
#include "data/yaml_write.h"
#include "gotmpl/gofmt.h"
#include "helm/engine.h"
#include "helm/objects.h"
#include "helm/toml.h"

static struct str arg_str(const struct go_call *call, size_t i)
{
	return value_as_str(call->argv[i]);
}

static bool give_buf(const struct go_call *call, const struct buf *b, struct value *out, struct err *err)
{
	if (b->n >= VALUE_STR_MAX)
		return err_set(err, ERR_LIMIT, "a result of %zu bytes is longer than a string may be", b->n);
	*out = value_str(buf_to_arena(b, call->arena));
	return true;
}

/* ---- Templates ---- */

/* The bytes without Go's mark for a missing value, which Helm removes. */
static struct str without_no_value(struct str s, struct arena *a)
{
	struct str mark = STR("<no value>");
	size_t at = str_find(s, mark);
	if (at == STR_NPOS)
		return s;
	AUTO_BUF b = { 0 };
	for (; at != STR_NPOS; at = str_find(s, mark)) {
		buf_add(&b, str_slice(s, 0, at));
		s = str_slice(s, at + mark.n, s.n);
	}
	buf_add(&b, s);
	return buf_to_arena(&b, a);
}

static bool fn_include(struct go_call *call, struct value *out, struct err *err)
{
	struct engine *engine = call->user;
	struct str name = arg_str(call, 0);
	int *depth = map_put(&engine->depth, name);
	if (*depth > ENGINE_MAX_RECURSION)
		return err_set(err, ERR_LIMIT, "rendering template has a nested reference name: %.*s: unable to execute template", STR_ARG(name));
	++*depth;
	bool ok = template_call(call, call->set, name, call->argv[1], out, err);
	--*(int *)map_find(&engine->depth, name);
	return ok;
}

static bool wrap_quoted(struct err *err, const char *what, struct str text)
{
	AUTO_BUF quoted = { 0 };
	gofmt_quote(&quoted, text);
	return err_wrap(err, "%s %.*s", what, STR_ARG(buf_str(&quoted)));
}

static bool fn_tpl(struct go_call *call, struct value *out, struct err *err)
{
	struct str text = arg_str(call, 0);
	const struct template *t;
	/* A text without actions is its own result. */
	if (!str_contains(text, STR("{{"))) {
		*out = value_str(without_no_value(text, call->arena));
		return true;
	}
	struct template_set *set = template_set_clone(call->set, call->arena);
	if (!template_parse(set, STR("gotpl"), text, &t, err))
		return wrap_quoted(err, "cannot parse template", text);
	if (!template_call_parsed(call, set, t, call->argv[1], out, err))
		return wrap_quoted(err, "error during tpl function execution for", text);
	*out = value_str(without_no_value(value_as_str(*out), call->arena));
	return true;
}

/* The marks let engine.c find the message inside the chain that templates wrap around it. */
static bool stop(struct str message, struct err *err)
{
	return err_set(err, ERR_FAILED, "HELM_ERR_START%.*sHELM_ERR_END", STR_ARG(message));
}

/* Stops the render, or for a linter only tells. */
static bool stop_or_log(struct go_call *call, const char *where, const char *what, struct value *out, struct err *err)
{
	const struct engine_options *options = ((struct engine *)call->user)->options;
	if (!options->lint)
		return stop(arg_str(call, 0), err);
	helm_log_line(options->log, where, "[INFO] %s: %.*s", what, STR_ARG(arg_str(call, 0)));
	*out = value_str(STR(""));
	return true;
}

static bool fn_required(struct go_call *call, struct value *out, struct err *err)
{
	struct value v = call->argv[1];
	bool is_null = v.kind == VAL_NULL;
	if (is_null || (v.kind == VAL_STR && !v.len && v.type == GO_STRING))
		return stop_or_log(call, is_null ? "engine.go:206" : "engine.go:214", "Missing required value", out, err);
	*out = v;
	return true;
}

static bool fn_fail(struct go_call *call, struct value *out, struct err *err)
{
	return stop_or_log(call, "engine.go:227", "Fail", out, err);
}

static bool fn_lookup(struct go_call *call, struct value *out, struct err *err)
{
	const struct engine_options *options = ((struct engine *)call->user)->options;
	if (options->lookup)
		return options->lookup(options->lookup_ctx, arg_str(call, 0), arg_str(call, 1), arg_str(call, 2), arg_str(call, 3),
				       call->arena, out, err);
	*out = value_map_new(call->arena);
	return true;
}

/* ---- Data formats ---- */

static bool write_yaml(struct go_call *call, enum yaml_dialect dialect, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	AUTO_ERR ignored = { 0 };
	/* The pretty writer sees Go's structs themselves, the other their JSON. */
	value_plain_fn *plain = dialect == YAML_OUT_PRETTY ? helm_plain_fields : helm_plain;
	struct yaml_write_options options = { .dialect = dialect, .plain = plain, .plain_ctx = call->arena };
	if (!yaml_write(call->argv[0], &options, &b, &ignored))
		buf_clear(&b);
	if (b.n && b.p[b.n - 1] == '\n')
		b.n--;
	return give_buf(call, &b, out, err);
}

static bool fn_to_yaml(struct go_call *call, struct value *out, struct err *err)
{
	return write_yaml(call, YAML_OUT_SIGS, out, err);
}

static bool fn_to_yaml_pretty(struct go_call *call, struct value *out, struct err *err)
{
	return write_yaml(call, YAML_OUT_PRETTY, out, err);
}

static bool fn_to_json(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	AUTO_ERR ignored = { 0 };
	struct json_write_options options = { .plain = helm_plain, .plain_ctx = call->arena };
	if (!json_write(call->argv[0], &options, &b, &ignored))
		buf_clear(&b);
	return give_buf(call, &b, out, err);
}

static bool fn_to_toml(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	AUTO_ERR failed = { 0 };
	if (call->argv[0].kind == VAL_NULL) /* the library is given nothing that has a type */
		return err_set(err, ERR_FAILED, "reflect: call of reflect.Value.Type on zero Value");
	if (!toml_write(call->argv[0], call->arena, &b, &failed)) {
		buf_clear(&b);
		buf_add_c(&b, failed.message);
	}
	return give_buf(call, &b, out, err);
}

static struct value error_text(struct go_call *call, const struct err *failed)
{
	return value_str(arena_str(call->arena, str_c(failed->message)));
}

static struct value error_map(struct go_call *call, const struct err *failed)
{
	struct value map = value_map_new(call->arena);
	value_map_set(map, STR("Error"), error_text(call, failed));
	return map;
}

static struct value error_list(struct go_call *call, const struct err *failed)
{
	struct value list = value_list_new(call->arena);
	value_list_add(list, error_text(call, failed), call->arena);
	return list;
}

static const struct yaml_options yaml_for_templates = { .rules = YAML_HELM, .numbers = YAML_FLOATS };

static bool fn_from_yaml(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_ERR failed = { 0 };
	(void)err;
	if (!yaml_read_map(arg_str(call, 0), &yaml_for_templates, call->arena, out, &failed))
		*out = error_map(call, &failed);
	return true;
}

static bool fn_from_yaml_array(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_ERR failed = { 0 };
	(void)err;
	if (!yaml_read_list(arg_str(call, 0), &yaml_for_templates, call->arena, out, &failed))
		*out = error_list(call, &failed);
	return true;
}

static const char *json_kind(struct value v)
{
	static const char *const names[] = { "null", "bool", "number", "number", "string", "array", "object", "object" };
	return names[v.kind];
}

/* The JSON text as a value of that kind; null gives Go's nil map or slice. */
static bool read_json(struct go_call *call, enum value_kind kind, const char *go_type, struct value *out, struct err *err)
{
	struct value v;
	if (!json_parse(arg_str(call, 0), NULL, call->arena, &v, err))
		return false;
	if (v.kind == VAL_NULL) {
		v = kind == VAL_MAP ? value_map_new(call->arena) : value_list_new(call->arena);
		v.extra = GO_NIL;
	}
	if (v.kind != kind)
		return err_set(err, ERR_SYNTAX, "json: cannot unmarshal %s into Go value of type %s", json_kind(v), go_type);
	*out = v;
	return true;
}

static bool fn_from_json(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_ERR failed = { 0 };
	(void)err;
	if (!read_json(call, VAL_MAP, "map[string]interface {}", out, &failed))
		*out = error_map(call, &failed);
	return true;
}

static bool fn_from_json_array(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_ERR failed = { 0 };
	(void)err;
	if (!read_json(call, VAL_LIST, "[]interface {}", out, &failed))
		*out = error_list(call, &failed);
	return true;
}

static bool fn_from_toml(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_ERR failed = { 0 };
	(void)err;
	if (!toml_parse(arg_str(call, 0), call->arena, out, &failed))
		*out = error_map(call, &failed);
	return true;
}

static const struct go_func functions[] = {
	GO_FUNC("include", fn_include, GO_P_STRING, GO_P_ANY),
	GO_FUNC("tpl", fn_tpl, GO_P_STRING, GO_P_ANY),
	GO_FUNC("required", fn_required, GO_P_STRING, GO_P_ANY),
	GO_FUNC("fail", fn_fail, GO_P_STRING),
	GO_FUNC("lookup", fn_lookup, GO_P_STRING, GO_P_STRING, GO_P_STRING, GO_P_STRING),
	GO_FUNC("toYaml", fn_to_yaml, GO_P_ANY),
	GO_FUNC("toYamlPretty", fn_to_yaml_pretty, GO_P_ANY),
	GO_FUNC("fromYaml", fn_from_yaml, GO_P_STRING),
	GO_FUNC("fromYamlArray", fn_from_yaml_array, GO_P_STRING),
	GO_FUNC("toJson", fn_to_json, GO_P_ANY),
	GO_FUNC("fromJson", fn_from_json, GO_P_STRING),
	GO_FUNC("fromJsonArray", fn_from_json_array, GO_P_STRING),
	GO_FUNC("toToml", fn_to_toml, GO_P_ANY),
	GO_FUNC("fromToml", fn_from_toml, GO_P_STRING),
};
const struct go_table engine_functions = GO_TABLE(functions);

static bool fn_no_host(struct go_call *call, struct value *out, struct err *err)
{
	(void)call;
	(void)err;
	*out = value_str(STR(""));
	return true;
}

static const struct go_func no_dns[] = { GO_FUNC("getHostByName", fn_no_host, GO_P_STRING) };
const struct go_table engine_no_dns = GO_TABLE(no_dns);
