/*
 * The user's values: files first, then --set-json, --set, --set-string, --set-file and --set-literal, each kind in the order given, whatever
 * their order on the command line: so Helm does it.
 */
#include "base/fs.h"
#include "data/yaml.h"
#include "helm/coalesce.h"
#include "helm/helm.h"
#include "helm/strvals.h"

static const struct {
	const char *option;
	enum strvals_form form;
} kinds[HELM_SET_KINDS] = {
	[HELM_SET_JSON] = { "--set-json", STRVALS_JSON },
	[HELM_SET] = { "--set", STRVALS_TYPED },
	[HELM_SET_STRING] = { "--set-string", STRVALS_STRING },
	[HELM_SET_FILE] = { "--set-file", STRVALS_FILE },
	[HELM_SET_LITERAL] = { "--set-literal", STRVALS_LITERAL },
};

static bool read_file(void *ctx, struct str path, struct arena *a, struct str *text, struct err *err)
{
	AUTO_ERR why = { 0 };
	(void)ctx;
	if (fs_read(path, CHART_MAX_BYTES, a, text, &why))
		return true;
	if (why.kind == ERR_NOT_FOUND)
		return err_set(err, ERR_NOT_FOUND, "open %.*s: no such file or directory", STR_ARG(path));
	err_move(err, &why);
	return false;
}

struct value helm_values_merge(struct value under, struct value over, struct arena *a)
{
	struct value out = value_map_new(a);
	map_clone(under.map, out.map, a);
	for (size_t i = 0; i < value_map_len(over); i++) {
		struct str key = map_key(over.map, i);
		struct value v = *value_map_at(over, i), *has = value_map_get(out, key);
		if (v.kind == VAL_MAP && has && has->kind == VAL_MAP)
			v = helm_values_merge(*has, v, a);
		value_map_set(out, key, v);
	}
	return out;
}

static bool merge_file(const struct helm_value_options *options, struct str path, struct arena *a, struct value *values, struct err *err)
{
	struct str text;
	struct value file;
	struct yaml_options yaml = { .rules = YAML_HELM, .numbers = YAML_FLOATS };
	if (!(options->read ? options->read : read_file)(options->read_ctx, path, a, &text, err))
		return false;
	if (!yaml_read_map(text, &yaml, a, &file, err))
		return err_wrap(err, "failed to parse %.*s", STR_ARG(path));
	*values = helm_values_merge(*values, file, a);
	return true;
}

static bool set_one(const struct helm_value_options *options, enum helm_value_source kind, struct str text, struct arena *a,
		    struct value values, struct err *err)
{
	struct strvals_options how = { kinds[kind].form, options->read ? options->read : read_file, options->read_ctx };
	if (strvals_parse(text, &how, a, values, err))
		return true;
	if (kind != HELM_SET_JSON)
		return err_wrap(err, "failed parsing %s data", kinds[kind].option);
	err_deinit(err);
	return err_set(err, ERR_SYNTAX, "failed parsing --set-json data %.*s", STR_ARG(text));
}

bool helm_values(const struct helm_value_options *options, struct arena *a, struct value *out, struct err *err)
{
	struct value values = value_map_new(a);
	for (size_t i = 0; i < options->file_count; i++)
		if (!merge_file(options, options->files[i], a, &values, err))
			return false;
	/* What a file holds twice by an alias must not change twice. */
	values = values_copy(values, a);
	for (size_t kind = 0; kind < HELM_SET_KINDS; kind++)
		for (size_t i = 0; i < options->set_counts[kind]; i++)
			if (!set_one(options, kind, options->sets[kind][i], a, values, err))
				return false;
	*out = values;
	return true;
}
