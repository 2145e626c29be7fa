/* The kinds of values go to helm_values in its order; a file named - is standard input. */
#include "step/chart_values.h"

#include "base/fs.h"
#include "helm/helm.h"

static bool read_input(void *ctx, struct str path, struct arena *a, struct str *text, struct err *err)
{
	AUTO_ERR why = { 0 };
	(void)ctx;
	if (str_eq(path, STR("-")))
		return fs_read_fd(0, STR("standard input"), CHART_MAX_BYTES, a, text, err);
	if (fs_read(path, CHART_MAX_BYTES, a, text, &why))
		return true;
	if (fs_is_dir(path))
		return err_set(err, ERR_IO, "read %.*s: is a directory", STR_ARG(path));
	if (why.kind != ERR_NOT_FOUND)
		return err_set(err, why.kind, "%s", why.message);
	return err_set(err, ERR_NOT_FOUND, "open %.*s: no such file or directory", STR_ARG(path));
}

bool chart_values_read(const struct chart_values *given, struct arena *a, struct value *out, struct err *err)
{
	const step_words *sets[HELM_SET_KINDS] = {
		[HELM_SET_JSON] = &given->set_json, [HELM_SET] = &given->set, [HELM_SET_STRING] = &given->set_string, [HELM_SET_FILE] = &given->set_file,
		[HELM_SET_LITERAL] = &given->set_literal,
	};
	struct helm_value_options options = { .files = given->files.p, .file_count = given->files.n, .read = read_input };
	for (size_t i = 0; i < HELM_SET_KINDS; i++) {
		options.sets[i] = sets[i]->p;
		options.set_counts[i] = sets[i]->n;
	}
	return helm_values(&options, a, out, err);
}
