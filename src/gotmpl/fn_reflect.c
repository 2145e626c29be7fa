/* Types, equality, failing, paths, and JSON. */
#include "gotmpl/sprig_util.h"

#include "base/enc.h"
#include "base/path.h"
#include "data/json.h"

static bool fn_type_of(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_str(go_type_name(call->types, call->argv[0]));
	return true;
}

static bool fn_kind_of(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_str(go_kind_name(go_kind_of(call->types, call->argv[0])));
	return true;
}

static bool fn_type_is(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_bool(str_eq(arg_str(call, 0), go_type_name(call->types, call->argv[1])));
	return true;
}

/* Also of a pointer to the type. */
static bool fn_type_is_like(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	struct str name = go_type_name(call->types, call->argv[1]), target = arg_str(call, 0);
	*out = value_bool(str_eq(target, name) || (str_starts(name, STR("*")) && str_eq(target, str_slice(name, 1, name.n))));
	return true;
}

static bool fn_kind_is(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_bool(str_eq(arg_str(call, 0), go_kind_name(go_kind_of(call->types, call->argv[1]))));
	return true;
}

static bool fn_deep_equal(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_bool(go_deep_equal(call->types, call->argv[0], call->argv[1]));
	return true;
}

static bool fn_fail(struct go_call *call, struct value *out UNUSED, struct err *err)
{
	return err_set(err, ERR_FAILED, "%.*s", STR_ARG(arg_str(call, 0)));
}

/* ---- Paths ---- */

static bool fn_base(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_str(path_base(arg_str(call, 0)));
	return true;
}

static bool fn_dir(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_str(path_dir(call->arena, arg_str(call, 0)));
	return true;
}

static bool fn_clean(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_str(path_clean(call->arena, arg_str(call, 0)));
	return true;
}

static bool fn_ext(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_str(path_ext(arg_str(call, 0)));
	return true;
}

static bool fn_is_abs(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_bool(path_is_abs(arg_str(call, 0)));
	return true;
}

/* ---- JSON ---- */

/* Objects as they marshal; []byte as base64; nil lists and maps as null. */
static bool to_plain(void *ctx, struct value *v, struct err *err UNUSED)
{
	struct go_call *call = ctx;
	if (v->kind == VAL_OBJECT && v->object->ops->plain) {
		*v = v->object->ops->plain(v->object, call->arena);
	} else if (v->kind == VAL_OBJECT) {
		const struct object *o = v->object;
		*v = value_map_new(call->arena);
		for (size_t i = 0; i < o->ops->field_count; i++) {
			const struct go_field *f = &o->ops->fields[i];
			if (go_field_exported(f))
				value_map_set(*v, f->name, o->ops->field(o, i, call->arena));
		}
	} else if (v->extra & GO_NIL) {
		*v = value_null();
	} else if (is_bytes(*v)) {
		AUTO_BUF b = { 0 };
		enc_base64(&b, value_as_str(*v), ENC_BASE64);
		*v = value_str(buf_to_arena(&b, call->arena));
	}
	return true;
}

static bool write_json(struct go_call *call, enum json_html html, const char *indent, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	const struct json_write_options options = { .html = html, .indent = indent, .plain = to_plain, .plain_ctx = call };
	struct value v = call->argv[0];
	return json_write(v, &options, &b, err) && give(call, &b, out, err);
}

/* toJson and toPrettyJson give nothing where json.Marshal fails. */
static bool write_or_empty(struct go_call *call, const char *indent, struct value *out)
{
	AUTO_ERR ignored = { 0 };
	if (!write_json(call, JSON_HTML_ESCAPED, indent, out, &ignored))
		*out = value_str(STR(""));
	return true;
}

static bool fn_to_json(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	return write_or_empty(call, NULL, out);
}

static bool fn_must_to_json(struct go_call *call, struct value *out, struct err *err)
{
	return write_json(call, JSON_HTML_ESCAPED, NULL, out, err);
}

static bool fn_to_pretty_json(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	return write_or_empty(call, "  ", out);
}

static bool fn_must_to_pretty_json(struct go_call *call, struct value *out, struct err *err)
{
	return write_json(call, JSON_HTML_ESCAPED, "  ", out, err);
}

static bool fn_to_raw_json(struct go_call *call, struct value *out, struct err *err)
{
	return write_json(call, JSON_HTML_PLAIN, NULL, out, err);
}

static bool fn_must_from_json(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_ERR why = { 0 };
	if (json_parse(arg_str(call, 0), NULL, call->arena, out, &why)) {
		if (out->kind == VAL_NULL)
			*out = any_nil();
		return true;
	}
	return err_set(err, ERR_FAILED, "%s", why.message);
}

static bool fn_from_json(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	AUTO_ERR ignored = { 0 };
	if (!fn_must_from_json(call, out, &ignored))
		*out = any_nil();
	return true;
}

static const struct go_func rows[] = {
	GO_FUNC("typeOf", fn_type_of, GO_P_ANY),
	GO_FUNC("kindOf", fn_kind_of, GO_P_ANY),
	GO_FUNC("typeIs", fn_type_is, GO_P_STRING, GO_P_ANY),
	GO_FUNC("typeIsLike", fn_type_is_like, GO_P_STRING, GO_P_ANY),
	GO_FUNC("kindIs", fn_kind_is, GO_P_STRING, GO_P_ANY),
	GO_FUNC("deepEqual", fn_deep_equal, GO_P_ANY, GO_P_ANY),
	GO_FUNC("fail", fn_fail, GO_P_STRING),
	GO_FUNC("base", fn_base, GO_P_STRING),
	GO_FUNC("dir", fn_dir, GO_P_STRING),
	GO_FUNC("clean", fn_clean, GO_P_STRING),
	GO_FUNC("ext", fn_ext, GO_P_STRING),
	GO_FUNC("isAbs", fn_is_abs, GO_P_STRING),
	GO_FUNC("osBase", fn_base, GO_P_STRING),
	GO_FUNC("osDir", fn_dir, GO_P_STRING),
	GO_FUNC("osClean", fn_clean, GO_P_STRING),
	GO_FUNC("osExt", fn_ext, GO_P_STRING),
	GO_FUNC("osIsAbs", fn_is_abs, GO_P_STRING),
	GO_FUNC("toJson", fn_to_json, GO_P_ANY),
	GO_FUNC("mustToJson", fn_must_to_json, GO_P_ANY),
	GO_FUNC("toPrettyJson", fn_to_pretty_json, GO_P_ANY),
	GO_FUNC("mustToPrettyJson", fn_must_to_pretty_json, GO_P_ANY),
	GO_FUNC("toRawJson", fn_to_raw_json, GO_P_ANY),
	GO_FUNC("mustToRawJson", fn_to_raw_json, GO_P_ANY),
	GO_FUNC("fromJson", fn_from_json, GO_P_STRING),
	GO_FUNC("mustFromJson", fn_must_from_json, GO_P_STRING),
};
const struct go_table fn_reflect = GO_TABLE(rows);
