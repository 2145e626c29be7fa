/*
 * From values to the emitter. The dialects differ in layout (a row each) and in what a scalar is: YAML_OUT_SIGS sees every value as it comes
 * out of JSON text that was read as YAML, so numbers lose their fraction .0, and the few code points that YAML readers treat on their own (NEL,
 * control characters) fold or fail. Those take that very way: text, reader, value.
 */
#include "data/yaml_write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "base/num.h"
#include "base/utf8.h"
#include "data/yaml_emit.h"
#include "data/yaml_keys.h"
#include "data/yaml_scalar.h"

static const struct dialect {
	struct yaml_layout layout;
	enum yaml_rules rules; /* by which a plain text would be read again */
	bool through_json;
} dialects[] = {
	[YAML_OUT_SIGS] = { { .indent = 2, .width = 80 }, YAML_HELM, true },
	[YAML_OUT_V2] = { { .indent = 2, .width = 80 }, YAML_HELM, false },
	[YAML_OUT_V3] = { { .indent = 4, .lists_indented = true, .v3 = true, .eats_break = true }, YAML_V3, false },
	[YAML_OUT_PRETTY] = { { .indent = 2, .lists_indented = true, .v3 = true }, YAML_V3, false },
};

struct writer {
	struct yaml_emitter emitter;
	const struct dialect *dialect;
	const struct yaml_write_options *options;
	struct arena arena; /* orders of keys, changed strings */
	uint32_t depth;
	struct err *err;
};

/* What the value being written is in: decides how it begins and how deep it goes. */
enum place { AT_ROOT, IN_LIST, IN_MAP };

static bool write_value(struct writer *w, struct value v, enum place place);

/* The indentation of what is inside the current collection. */
static int deeper(const struct writer *w, enum place place)
{
	int indent = w->emitter.indent, step = w->dialect->layout.indent;
	if (indent < 0)
		return step;
	if (!w->dialect->layout.v3)
		return indent + step;
	/* yaml.v3: what follows "- " stands right behind it; everything else at the next multiple. */
	return place == IN_LIST ? indent + 2 : (indent + step) / step * step;
}

/* go-yaml quotes what YAML 1.1 would take for a number to base 60: [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)? */
static bool is_base60(struct str s)
{
	size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+'), groups = 0;
	if (i >= s.n || s.p[i] < '0' || s.p[i] > '9')
		return false;
	while (i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_'))
		i++;
	while (i + 1 < s.n && s.p[i] == ':' && s.p[i + 1] >= '0' && s.p[i + 1] <= '9') {
		bool two = s.p[i + 1] <= '5' && i + 2 < s.n && s.p[i + 2] >= '0' && s.p[i + 2] <= '9';
		i += two ? 3 : 2;
		groups++;
	}
	if (groups && i < s.n && s.p[i] == '.')
		for (i++; i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_');)
			i++;
	return groups && i == s.n;
}

static enum yaml_want wanted_style(struct str s)
{
	if (str_find_char(s, '\n') != STR_NPOS)
		return YAML_WANT_LITERAL;
	/* yaml.v3 reads yes and on as strings but quotes them all the same. */
	bool plain = yaml_plain_is_str(s, YAML_HELM) && !is_base60(s);
	return plain ? YAML_WANT_PLAIN : YAML_WANT_QUOTED;
}

/* Code points that YAML's reader refuses or takes for a line break; JSON leaves them as they are. */
static bool survives_json(struct str s)
{
	for (size_t i = 0; i < s.n;) {
		unsigned char c = (unsigned char)s.p[i];
		uint32_t r = c;
		size_t n = c < 0x80 ? 1 : utf8_decode(str_slice(s, i, s.n), &r);
		if (c >= 0x7f && ((r >= 0x7f && r < 0xa0) || r == 0xfffe || r == 0xffff || (r == UTF8_BAD && n == 1)))
			return false;
		i += n;
	}
	return true;
}

static bool through_json(struct writer *w, struct str *s)
{
	AUTO_BUF text = { 0 };
	struct value v;
	if (survives_json(*s))
		return true;
	json_write_str(*s, JSON_HTML_ESCAPED, &text);
	const struct yaml_options options = { .rules = YAML_V3 };
	if (!yaml_read(buf_to_arena(&text, &w->arena), &options, &w->arena, &v, w->err))
		return false;
	*s = value_as_str(v);
	return true;
}

static void write_binary(struct writer *w, struct str s, enum yaml_context context)
{
	AUTO_BUF text = { 0 };
	enc_base64(&text, s, ENC_BASE64);
	yaml_emit_indicator(&w->emitter, "!!binary", YAML_NEEDS_BLANK);
	yaml_emit_scalar(&w->emitter, buf_str(&text), YAML_WANT_PLAIN, context);
}

static bool write_str(struct writer *w, struct str s, enum yaml_context context)
{
	if (w->dialect->through_json) {
		if (!through_json(w, &s))
			return false;
	} else if (!utf8_valid(s)) {
		write_binary(w, s, context);
		return true;
	}
	yaml_emit_scalar(&w->emitter, s, wanted_style(s), context);
	return true;
}

static void write_plain(struct writer *w, const char *text)
{
	yaml_emit_scalar(&w->emitter, str_c(text), YAML_WANT_PLAIN, YAML_IN_VALUE);
}

static void write_g(struct writer *w, double v)
{
	AUTO_BUF text = { 0 };
	num_add_float(&text, v, 'g', -1);
	if (isnan(v))
		write_plain(w, ".nan");
	else if (isinf(v))
		write_plain(w, v < 0 ? "-.inf" : ".inf");
	else
		write_plain(w, buf_str(&text).p);
}

/* The number as yaml.v2 reads it from JSON text: whole ones are integers as far as uint64 goes. */
static bool write_json_number(struct writer *w, double v)
{
	char text[32];
	AUTO_BUF json = { 0 };
	if (!isfinite(v))
		return err_set(w->err, ERR_SYNTAX, "json: unsupported value: %s", isnan(v) ? "NaN" : v < 0 ? "-Inf" : "+Inf");
	json_write_float(v, &json);
	struct yaml_scalar s = yaml_scalar_plain(buf_str(&json), YAML_HELM, &w->arena);
	if (s.type == YAML_TYPE_INT)
		snprintf(text, sizeof(text), "%lld", (long long)s.i);
	else if (s.type == YAML_TYPE_UINT)
		snprintf(text, sizeof(text), "%llu", (unsigned long long)s.u);
	if (s.type == YAML_TYPE_FLOAT)
		write_g(w, s.f);
	else
		write_plain(w, text);
	return true;
}

static bool write_float(struct writer *w, double v)
{
	if (w->dialect->through_json)
		return write_json_number(w, v);
	write_g(w, v);
	return true;
}

static void write_int(struct writer *w, int64_t i)
{
	char text[24];
	snprintf(text, sizeof(text), "%lld", (long long)i);
	write_plain(w, text);
}

static bool write_list(struct writer *w, const struct list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		yaml_emit_indent(&w->emitter);
		yaml_emit_indicator(&w->emitter, "-", YAML_NEEDS_BLANK | YAML_KEEPS_INDENT);
		if (!write_value(w, list->p[i], IN_LIST))
			return false;
	}
	return true;
}

/* In the JSON text a key must be a simple one: on one line (NEL ends a line) and of at most 1024 code points with its quotes. */
static bool check_json_key(struct writer *w, struct str key)
{
	AUTO_BUF text = { 0 };
	if (key.n > 1022 / 6)
		json_write_str(key, JSON_HTML_ESCAPED, &text);
	if (utf8_count(buf_str(&text)) <= 1024 && !str_contains(key, STR("\xc2\x85")))
		return true;
	return err_set(w->err, ERR_SYNTAX, "yaml: did not find expected ',' or '}'");
}

static bool write_key(struct writer *w, struct str key)
{
	struct yaml_emitter *e = &w->emitter;
	if (w->dialect->through_json && !check_json_key(w, key))
		return false;
	if (yaml_emit_simple(e, key)) {
		if (!write_str(w, key, YAML_IN_SIMPLE_KEY))
			return false;
		yaml_emit_indicator(e, ":", 0);
		return true;
	}
	int indent = e->indent;
	yaml_emit_indicator(e, "?", YAML_NEEDS_BLANK | YAML_KEEPS_INDENT);
	e->indent = deeper(w, IN_MAP);
	bool ok = write_str(w, key, YAML_IN_VALUE);
	e->indent = indent;
	yaml_emit_indent(e);
	yaml_emit_indicator(e, ":", YAML_NEEDS_BLANK | YAML_KEEPS_INDENT);
	return ok;
}

static bool write_map(struct writer *w, struct map *map, enum json_order keys)
{
	const uint32_t *order =
		keys == JSON_INSERTED ? NULL : yaml_key_order(w->dialect->layout.v3 ? YAML_KEYS_V3 : YAML_KEYS_V2, map, &w->arena);
	for (size_t i = 0; i < map_len(map); i++) {
		size_t at = order ? order[i] : i;
		yaml_emit_indent(&w->emitter);
		if (!write_key(w, map_key(map, at)) || !write_value(w, *(struct value *)map_at(map, at), IN_MAP))
			return false;
	}
	return true;
}

static bool write_scalar(struct writer *w, struct value v, enum place place)
{
	int indent = w->emitter.indent;
	bool ok = true;
	w->emitter.indent = deeper(w, place);
	switch ((enum value_kind)v.kind) {
	case VAL_BOOL: write_plain(w, v.b ? "true" : "false"); break;
	case VAL_INT: write_int(w, v.i); break;
	case VAL_FLOAT: ok = write_float(w, v.f); break;
	case VAL_STR: ok = write_str(w, value_as_str(v), YAML_IN_VALUE); break;
	default: write_plain(w, "null"); break;
	}
	w->emitter.indent = indent;
	return ok;
}

static bool write_collection(struct writer *w, struct value v, enum json_order keys, enum place place)
{
	struct yaml_emitter *e = &w->emitter;
	if (++w->depth > JSON_MAX_DEPTH)
		return err_set(w->err, ERR_LIMIT, "yaml: value nested deeper than %d levels, or holding itself", JSON_MAX_DEPTH);
	int indent = e->indent;
	/* A list in a map starts at its key's column, but where the map itself began on this line. */
	bool level = v.kind == VAL_LIST && place == IN_MAP && !w->dialect->layout.lists_indented && !e->indention;
	if (indent < 0)
		e->indent = 0;
	else if (!level)
		e->indent = deeper(w, place);
	bool ok = v.kind == VAL_LIST ? write_list(w, v.list) : write_map(w, v.map, keys);
	e->indent = indent;
	w->depth--;
	return ok;
}

static bool write_value(struct writer *w, struct value v, enum place place)
{
	const struct yaml_write_options *o = w->options;
	/* A struct's fields come in its own order, but in the JSON that is read again they are keys like others. */
	enum json_order keys = v.kind == VAL_OBJECT && !w->dialect->through_json ? JSON_INSERTED : JSON_SORTED;
	if (o->plain && (v.kind == VAL_OBJECT || v.type || v.extra) && !o->plain(o->plain_ctx, &v, w->err))
		return false;
	if (v.kind == VAL_LIST && value_list_len(v) == 0) {
		yaml_emit_indicator(&w->emitter, "[]", YAML_NEEDS_BLANK);
		return true;
	}
	if (v.kind == VAL_MAP && value_map_len(v) == 0) {
		yaml_emit_indicator(&w->emitter, "{}", YAML_NEEDS_BLANK);
		return true;
	}
	return v.kind == VAL_LIST || v.kind == VAL_MAP ? write_collection(w, v, keys, place) : write_scalar(w, v, place);
}

bool yaml_write(struct value v, const struct yaml_write_options *options, struct buf *out, struct err *err)
{
	static const struct yaml_write_options none = { 0 };
	struct writer w = { .options = options ? options : &none, .err = err };
	size_t before = out->n;
	w.dialect = &dialects[w.options->dialect];
	yaml_emit_open(&w.emitter, &w.dialect->layout, out);
	bool ok = write_value(&w, v, AT_ROOT);
	if (ok)
		yaml_emit_close(&w.emitter);
	else
		out->n = before;
	arena_deinit(&w.arena);
	return ok;
}
