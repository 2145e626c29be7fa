/* The ways in: documents as trees, and texts as values with the wrapping of messages that sigs.k8s.io/yaml adds. */
#include "base/vec.h"
#include "data/yaml_quick.h"
#include "data/yaml_stream.h"

static const struct yaml_options no_options = { 0 };

bool yaml_parse(struct str text, const struct yaml_options *options, struct arena *a, struct yaml_docs *out, struct err *err)
{
	struct yaml_stream *s;
	VEC(struct yaml_node *) docs = { 0 };
	if (!yaml_stream_new(text, options ? options : &no_options, a, &s, err))
		return false;
	bool more, ok;
	struct yaml_node *root;
	while ((ok = yaml_stream_next(s, &root, &more, err)) && more)
		vec_push_in(&docs, a, root);
	yaml_stream_free(s);
	if (ok)
		*out = (struct yaml_docs){ docs.p, docs.n };
	return ok;
}

static bool read_first(struct str text, const struct yaml_options *options, struct arena *a, struct value *out, struct err *err)
{
	struct yaml_stream *s;
	if (!yaml_stream_new(text, options, a, &s, err))
		return false;
	bool more;
	struct yaml_node *root;
	bool ok = yaml_stream_next(s, &root, &more, err) && yaml_resolve(root, options, a, out, err);
	yaml_stream_free(s);
	return ok;
}

static bool is_helm(const struct yaml_options *options)
{
	return options->rules != YAML_V3 && !options->file.n;
}

bool yaml_read(struct str text, const struct yaml_options *options, struct arena *a, struct value *out, struct err *err)
{
	options = options ? options : &no_options;
	if (options->rules == YAML_HELM && !options->file.n &&
	    yaml_quick_read(arena_str(a, text), &(struct yaml_quick_options){ .numbers = options->numbers }, a, out))
		return true;
	if (read_first(text, options, a, out, err))
		return true;
	return is_helm(options) ? err_wrap(err, "error converting YAML to JSON") : false;
}

/* encoding/json's names of what it found. */
static const char *json_kind(struct value v)
{
	static const char *const names[] = { "null", "bool", "number", "number", "string", "array", "object", "object" };
	return names[v.kind];
}

static bool refuse(const struct yaml_options *options, struct value v, const char *go_type, enum value_kind want, struct err *err)
{
	if (!is_helm(options)) {
		err_set(err, ERR_SYNTAX, "a %s is needed here, not a %s", value_kind_name(want), value_kind_name(v.kind));
		return err_at(err, options->file, 1, 1);
	}
	err_set(err, ERR_SYNTAX, "json: cannot unmarshal %s into Go value of type %s", json_kind(v), go_type);
	return err_wrap(err, "error unmarshaling JSON: while decoding JSON");
}

bool yaml_read_map(struct str text, const struct yaml_options *options, struct arena *a, struct value *out, struct err *err)
{
	options = options ? options : &no_options;
	struct value v;
	if (!yaml_read(text, options, a, &v, err))
		return false;
	if (v.kind != VAL_MAP && v.kind != VAL_NULL)
		return refuse(options, v, "map[string]interface {}", VAL_MAP, err);
	*out = v.kind == VAL_MAP ? v : value_map_new(a);
	return true;
}

bool yaml_read_list(struct str text, const struct yaml_options *options, struct arena *a, struct value *out, struct err *err)
{
	options = options ? options : &no_options;
	struct value v;
	if (!yaml_read(text, options, a, &v, err))
		return false;
	if (v.kind != VAL_LIST && v.kind != VAL_NULL)
		return refuse(options, v, "[]interface {}", VAL_LIST, err);
	*out = v.kind == VAL_LIST ? v : value_list_new(a);
	return true;
}

bool yaml_read_all(struct str text, const struct yaml_options *options, struct arena *a, struct value *out, struct err *err)
{
	options = options ? options : &no_options;
	struct yaml_stream *s;
	struct value list = value_list_new(a), v;
	if (!yaml_stream_new(text, options, a, &s, err))
		return false;
	bool more, ok;
	struct yaml_node *root;
	while ((ok = yaml_stream_next(s, &root, &more, err)) && more && (ok = yaml_resolve(root, options, a, &v, err)))
		value_list_add(list, v, a);
	yaml_stream_free(s);
	if (ok)
		*out = list;
	return ok;
}
