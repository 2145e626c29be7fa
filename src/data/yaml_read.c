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

/* --- many documents --- */

static bool is_marker(struct str line)
{
	return str_starts(line, STR("---")) && (line.n == 3 || line.p[3] == ' ' || line.p[3] == '\t');
}

/* A piece of a text of many documents. */
struct piece {
	struct str text;
	bool blank;   /* nothing but comments and white space */
	bool last;
	bool unsure;  /* it holds markers with more than themselves on their line, or ends of documents */
};

/* Takes the lines up to the next plain marker off *rest, or up to the end. */
static struct piece cut_document(struct str *rest)
{
	struct piece p = { .text = *rest, .blank = true, .last = true };
	struct str line, text;
	while (str_next_line(rest, &line)) {
		if (is_marker(line) && line.n == 3) {
			p.text = str_span(p.text.p, line.p);
			p.last = false;
			return p;
		}
		p.unsure = p.unsure || is_marker(line) || str_starts(line, STR("...")) || str_starts(line, STR("%"));
		text = str_trim(line);
		p.blank = p.blank && (!text.n || text.p[0] == '#');
	}
	return p;
}

/* One document that stands for itself, by the quick reader or the parser. */
static bool read_document(struct str text, const struct yaml_options *options, struct arena *a, struct value *out)
{
	AUTO_ERR ignored = { 0 };
	struct yaml_docs docs;
	if (yaml_quick_read(text, &(struct yaml_quick_options){ .numbers = options->numbers, .v3 = true }, a, out))
		return true;
	return yaml_parse(text, options, a, &docs, &ignored) && docs.n == 1 && yaml_resolve(docs.p[0], options, a, out, &ignored);
}

/*
 * The documents of a text of many, each read by itself: most are plain, and the others keep only themselves from being read quickly. False where anything is not sure, or
 * wrong: lines of errors are counted from the text's beginning.
 */
static bool read_each(struct str text, const struct yaml_options *options, struct arena *a, struct value list)
{
	struct str rest = arena_str(a, text);
	struct piece p = { 0 };
	for (bool first = true; !p.last; first = false) {
		struct value v = value_null();
		p = cut_document(&rest);
		if (p.blank && first && !p.unsure)
			continue;
		/* Whether a marker at the very end makes a document the parser knows. */
		if (p.unsure || (p.blank && p.last) || (!p.blank && !read_document(p.text, options, a, &v)))
			return false;
		value_list_add(list, v, a);
	}
	return true;
}

bool yaml_read_all(struct str text, const struct yaml_options *options, struct arena *a, struct value *out, struct err *err)
{
	options = options ? options : &no_options;
	if (options->rules == YAML_V3 && !options->file.n) {
		struct value quick = value_list_new(a);
		if (read_each(text, options, a, quick)) {
			*out = quick;
			return true;
		}
	}
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
