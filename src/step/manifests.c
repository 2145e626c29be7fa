/* A walk over the folder; integers stay integers, since what is read here is sent to a server. */
#include "step/manifests.h"

#include "base/fs.h"
#include "base/path.h"
#include "data/yaml.h"

struct reader {
	struct step_ctx *ctx;
	struct str root, shown; /* absolute; as the user named it */
	struct arena *a;
	manifest_docs *out;
};

static struct str comment(struct str line, struct str key)
{
	if (!str_starts(line, key))
		return STR_NONE;
	return str_trim(str_slice(line, key.n, line.n));
}

static void read_comments(struct str text, struct str *source, struct str *release)
{
	struct str line;
	*source = *release = STR("");
	while (str_next_line(&text, &line) && (str_starts(line, STR("#")) || str_eq(line, STR("---")))) {
		struct str s = comment(line, STR("# Source:")), r = comment(line, STR("# Release:"));
		*source = s.n ? s : *source;
		*release = r.n ? r : *release;
	}
}

static bool read_file(struct reader *r, struct str path, struct str shown, struct err *err)
{
	struct str text, source, release;
	struct yaml_docs docs;
	struct yaml_options opt = { .rules = YAML_HELM, .numbers = YAML_INTS, .file = shown };
	if (!step_read(r->ctx, path, r->a, &text, err) || !yaml_parse(text, &opt, r->a, &docs, err))
		return false;
	read_comments(text, &source, &release);
	for (size_t i = 0; i < docs.n; i++) {
		struct manifest_doc d = { .file = shown, .document = (uint32_t)i + 1, .source = source, .release = release };
		if (!docs.p[i])
			continue;
		if (!yaml_resolve(docs.p[i], &opt, r->a, &d.value, err))
			return false;
		d.line = docs.p[i]->line;
		if (d.value.kind != VAL_NULL)
			vec_push_in(r->out, r->a, d);
	}
	return true;
}

static bool is_manifest(struct str path)
{
	struct str ext = path_ext(path);
	return str_eq(ext, STR(".yaml")) || str_eq(ext, STR(".yml")) || str_eq(ext, STR(".json"));
}

static bool visit(void *arg, struct str path, const struct stat *st, struct err *err)
{
	struct reader *r = arg;
	struct str full = path_join(r->a, r->root, path);
	if (S_ISDIR(st->st_mode))
		return step_did_list(r->ctx, full, err);
	if (!S_ISREG(st->st_mode) || !is_manifest(path))
		return true;
	return read_file(r, full, path_join(r->a, r->shown, path), err);
}

bool manifests_read(struct step_ctx *ctx, struct str path, struct arena *a, manifest_docs *out, struct err *err)
{
	struct reader r = { .ctx = ctx, .root = path_in(a, ctx->cwd, path), .shown = step_name_of(ctx, path), .a = a, .out = out };
	*out = (manifest_docs){ 0 };
	if (fs_is_file(r.root))
		return read_file(&r, r.root, r.shown, err);
	if (!fs_is_dir(r.root)) {
		step_did_miss(ctx, r.root);
		err_set(err, ERR_NOT_FOUND, "there is no '%.*s'", STR_ARG(r.shown));
		return err_hint(err, "render the environment first: render environments/NAME --out %.*s", STR_ARG(r.shown));
	}
	return step_did_list(ctx, r.root, err) && fs_walk(r.root, visit, &r, err);
}
