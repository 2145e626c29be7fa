/* A row a function; Go's panics on wrong types are told in Go's words, since that is what users of tk see. */
#include "tanka/natives.h"

#include "base/sha256.h"
#include "data/json.h"
#include "data/yaml.h"
#include "data/yaml_write.h"
#include "text/regex.h"

/* Widest indentation of manifestJsonFromJson. */
#define INDENT_MAX 1000

static bool want(const char *name, struct value v, enum value_kind kind, struct err *err)
{
	if (v.kind == kind)
		return true;
	return err_set(err, ERR_FAILED, "native function \"%s\" panicked: interface conversion: interface {} is %s, not %s", name,
		       v.kind == VAL_NULL ? "nil" : gojson_type_name(v), kind == VAL_STR ? "string" : "float64");
}

static bool parse_json(void *ctx, const struct value *args, struct arena *a, struct value *out, struct err *err)
{
	(void)ctx;
	return want("parseJson", args[0], VAL_STR, err) && json_parse(value_as_str(args[0]), NULL, a, out, err);
}

static bool parse_yaml(void *ctx, const struct value *args, struct arena *a, struct value *out, struct err *err)
{
	const struct yaml_options options = { .rules = YAML_V3 };
	(void)ctx;
	if (!want("parseYaml", args[0], VAL_STR, err))
		return false;
	if (yaml_read_all(value_as_str(args[0]), &options, a, out, err))
		return true;
	return err_wrap(err, str_starts(str_c(err->message), STR("json:")) ? "converting yaml to json" : "parsing yaml");
}

/* --- manifestJsonFromJson: the text as it is, but for white space --- */

static void add_line(struct buf *b, size_t depth, size_t indent)
{
	buf_add_char(b, '\n');
	buf_add_repeat(b, ' ', depth * indent);
}

static size_t string_end(struct str s, size_t i)
{
	for (i++; i < s.n && s.p[i] != '"'; i++)
		if (s.p[i] == '\\')
			i++;
	return MIN(i + 1, s.n);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* `s` is well-formed. */
static void indent_json(struct str s, size_t indent, struct buf *out)
{
	size_t depth = 0;
	bool opened = false;
	for (size_t i = 0; i < s.n;) {
		char c = s.p[i];
		if (is_space(c)) {
			i++;
			continue;
		}
		bool closes = c == '}' || c == ']';
		if (closes)
			depth--;
		if (opened != closes)
			add_line(out, depth, indent);
		opened = c == '{' || c == '[';
		if (opened)
			depth++;
		size_t to = c == '"' ? string_end(s, i) : i + 1;
		buf_add(out, str_slice(s, i, to));
		if (c == ':')
			buf_add_char(out, ' ');
		if (c == ',')
			add_line(out, depth, indent);
		i = to;
	}
}

static bool manifest_json(void *ctx, const struct value *args, struct arena *a, struct value *out, struct err *err)
{
	static const char name[] = "manifestJsonFromJson";
	AUTO_BUF b = { 0 };
	struct value ignored;
	(void)ctx;
	if (!want(name, args[0], VAL_STR, err) || !want(name, args[1], VAL_FLOAT, err))
		return false;
	if (!(args[1].f > -1))
		return err_set(err, ERR_FAILED, "native function \"%s\" panicked: strings: negative Repeat count", name);
	if (args[1].f > INDENT_MAX)
		return err_set(err, ERR_LIMIT, "%s: more than %d spaces of indentation", name, INDENT_MAX);
	if (!json_parse(value_as_str(args[0]), NULL, a, &ignored, err))
		return false;
	indent_json(value_as_str(args[0]), (size_t)args[1].f, &b);
	buf_add_char(&b, '\n');
	*out = value_str(buf_to_arena(&b, a));
	return true;
}

static bool manifest_yaml(void *ctx, const struct value *args, struct arena *a, struct value *out, struct err *err)
{
	const struct yaml_write_options options = { .dialect = YAML_OUT_V3 };
	AUTO_BUF b = { 0 };
	struct value v;
	(void)ctx;
	if (!want("manifestYamlFromJson", args[0], VAL_STR, err) || !json_parse(value_as_str(args[0]), NULL, a, &v, err) ||
	    !yaml_write(v, &options, &b, err))
		return false;
	*out = value_str(buf_to_arena(&b, a));
	return true;
}

/* --- regular expressions, digests --- */

static bool escape_regex(void *ctx, const struct value *args, struct arena *a, struct value *out, struct err *err)
{
	(void)ctx;
	if (!want("escapeStringRegex", args[0], VAL_STR, err))
		return false;
	*out = value_str(regex_quote(a, value_as_str(args[0])));
	return true;
}

static bool match_regex(void *ctx, const struct value *args, struct arena *a, struct value *out, struct err *err)
{
	const struct regex *re;
	(void)ctx;
	if (!want("regexMatch", args[0], VAL_STR, err) || !want("regexMatch", args[1], VAL_STR, err) ||
	    !regex_compile(a, value_as_str(args[0]), 0, &re, err))
		return false;
	*out = value_bool(regex_match(re, value_as_str(args[1])));
	return true;
}

static bool subst_regex(void *ctx, const struct value *args, struct arena *a, struct value *out, struct err *err)
{
	const struct regex *re;
	(void)ctx;
	for (size_t i = 0; i < 3; i++)
		if (!want("regexSubst", args[i], VAL_STR, err))
			return false;
	if (!regex_compile(a, value_as_str(args[0]), 0, &re, err))
		return false;
	*out = value_str(regex_replace(re, value_as_str(args[1]), value_as_str(args[2]), REGEX_EXPAND, a));
	return true;
}

static bool digest(void *ctx, const struct value *args, struct arena *a, struct value *out, struct err *err)
{
	char hex[DIGEST_HEX_LEN + 1];
	(void)ctx;
	if (!want("sha256", args[0], VAL_STR, err))
		return false;
	struct digest d = sha256_of(value_as_str(args[0]));
	digest_hex(&d, hex);
	*out = value_str(arena_str(a, str_c(hex)));
	return true;
}

static const struct jsonnet_native table[] = {
	{ "parseJson", "json", parse_json, NULL },
	{ "parseYaml", "yaml", parse_yaml, NULL },
	{ "manifestJsonFromJson", "json, indent", manifest_json, NULL },
	{ "manifestYamlFromJson", "json", manifest_yaml, NULL },
	{ "escapeStringRegex", "str", escape_regex, NULL },
	{ "regexMatch", "regex, string", match_regex, NULL },
	{ "regexSubst", "regex, src, repl", subst_regex, NULL },
	{ "sha256", "str", digest, NULL },
	{ "helmTemplate", "name, chart, opts", tanka_helm_template, NULL },
	{ "kustomizeBuild", "path, opts", tanka_kustomize_build, NULL },
};

const struct jsonnet_native *tanka_natives(const struct tanka_host *host, struct arena *a, size_t *n)
{
	struct jsonnet_native *rows = arena_array(a, struct jsonnet_native, ARRAY_LEN(table));
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		rows[i] = table[i];
		rows[i].ctx = (void *)host;
	}
	*n = ARRAY_LEN(table);
	return rows;
}
