/*
 * In doubt the decoder tells what the JSON reader said. A JSON document may be followed by YAML, two may not; so it is there, since two are no accident.
 */
#include "helm/lint_stream.h"

#include "data/json.h"
#include "data/yaml.h"

void lint_stream_init(struct lint_stream *s, struct str text, struct arena *a)
{
	*s = (struct lint_stream){ .whole = text, .rest = text, .json = str_starts(str_trim_left(text), STR("{")), .a = a };
}

/* ---- JSON ---- */

/* The place of an error, counted from 1 in the whole text. */
static size_t error_offset(const struct lint_stream *s, const struct err *err)
{
	struct str text = s->rest, line;
	for (uint32_t i = 1; i < err->pos.line; i++)
		str_next(&text, '\n', &line);
	return (size_t)(text.p - s->whole.p) + err->pos.column;
}

static bool read_json(struct lint_stream *s, const struct decode_type *type, void *out, bool *empty, struct err *err)
{
	static const struct str yaml_says = STR_INIT("error unmarshaling JSON: while decoding JSON: ");
	struct value v;
	size_t used;
	AUTO_ERR why = { 0 };
	const struct json_read_options options = { .numbers = JSON_INTS };
	if (!json_parse_first(s->rest, &options, s->a, &v, &used, &why)) {
		if (!why.pos.line || s->count > 1)
			return err_set(err, ERR_SYNTAX, "%s", why.message);
		return err_set(err, ERR_SYNTAX, "json: offset %zu: %s", error_offset(s, &why), why.message);
	}
	if (!decode_struct(v, type, s->a, out, &why)) {
		struct str said = str_drop_prefix(str_c(why.message), yaml_says);
		return err_set(err, ERR_SYNTAX, "%.*s", STR_ARG(said));
	}
	*empty = v.kind == VAL_NULL;
	s->rest = str_slice(s->rest, used, s->rest.n);
	return true;
}

/* White space up to a line's end goes before YAML is tried. False where less is left than the decoder looks at at once. */
static bool skip_to_yaml(struct lint_stream *s)
{
	enum { LOOKS_AT = 4 };
	for (;;) {
		if (s->rest.n < LOOKS_AT)
			return false;
		char c = s->rest.p[0];
		if (!(c == ' ' || (c >= '\t' && c <= '\r')))
			return true;
		s->rest = str_slice(s->rest, 1, s->rest.n);
		if (c == '\n')
			return true;
	}
}

/* ---- YAML ---- */

/* Documents end at lines that begin with three dashes, behind which there may be nothing but a comment; as its first line such a line is part of the
 * document. The last line gets its end. */
static enum lint_next next_text(struct lint_stream *s, struct str *document, struct err *err)
{
	struct str line, from = s->rest;
	size_t n = 0;
	while (s->rest.n && str_next(&s->rest, '\n', &line)) {
		bool ends = str_starts(line, STR("---"));
		struct str behind = ends ? str_trim(str_slice(line, 3, line.n)) : STR("");
		if (behind.n && behind.p[0] != '#') {
			err_set(err, ERR_SYNTAX, "invalid Yaml document separator: %.*s", STR_ARG(behind));
			return LINT_BROKEN;
		}
		if (ends && n)
			break;
		n = from.n - s->rest.n;
	}
	*document = str_slice(from, 0, n);
	if (n && document->p[n - 1] != '\n')
		*document = arena_concat(s->a, *document, STR("\n"));
	return n ? LINT_DOCUMENT : LINT_END;
}

static enum lint_next read_yaml(struct lint_stream *s, const struct decode_type *type, void *out, bool *empty, struct err *err)
{
	const struct yaml_options yaml = { .rules = YAML_HELM, .numbers = YAML_INTS };
	struct str document;
	struct value v;
	enum lint_next next = next_text(s, &document, err);
	if (next != LINT_DOCUMENT)
		return next;
	if (!yaml_read(document, &yaml, s->a, &v, err) || !decode_struct(v, type, s->a, out, err))
		return LINT_BROKEN;
	*empty = v.kind == VAL_NULL;
	return LINT_DOCUMENT;
}

/* ---- Both ---- */

enum lint_next lint_stream_next(struct lint_stream *s, const struct decode_type *type, void *out, bool *empty, struct err *err)
{
	AUTO_ERR first = { 0 };
	enum lint_next next = LINT_DOCUMENT;
	bool has_yaml = true;
	if (s->json) {
		if (!str_trim_left(s->rest).n)
			return LINT_END;
		s->json = read_json(s, type, out, empty, &first);
		has_yaml = !s->json && s->count < 2 && skip_to_yaml(s);
		next = s->json ? LINT_DOCUMENT : LINT_BROKEN;
	}
	if (has_yaml)
		next = read_yaml(s, type, out, empty, err);
	if (next == LINT_BROKEN && first.kind) {
		err_deinit(err);
		err_move(err, &first);
	}
	s->count++;
	return next;
}
