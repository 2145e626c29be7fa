/* Each look at a file goes through the host, which notes it. */
#include "tanka/dirs.h"

#include "base/fs.h"
#include "base/path.h"

/* What `import 'tk'` gives. */
static const struct str TK_NAME = STR_INIT("<internal>/tk.libsonnet");
static const struct str TK_TEXT = STR_INIT("\n{\n  env: std.extVar(\"tanka.dev/environment\"),\n}\n");

static bool has_file(const struct tanka_host *host, struct str dir, struct str name, struct arena *a)
{
	return host->is_file(host->ctx, path_join(a, dir, name));
}

/* The nearest folder from `dir` upward, `top` being the last, that has such a file; empty where there is none. */
static struct str find_parent(const struct tanka_host *host, struct str dir, struct str name, struct str top, struct arena *a)
{
	for (;;) {
		if (has_file(host, dir, name, a))
			return dir;
		if (str_eq(dir, top) || dir.n <= 1)
			return STR_NONE;
		dir = path_dir(a, dir);
	}
}

bool tanka_root_find(const struct tanka_host *host, struct str path, struct arena *a, struct str *out, struct err *err)
{
	struct str full = path_in(a, host->cwd, path);
	struct str dir = fs_is_dir(full) ? full : path_dir(a, full);
	struct str root = find_parent(host, dir, STR("tkrc.yaml"), STR("/"), a);
	if (!root.n)
		root = find_parent(host, dir, STR("jsonnetfile.json"), STR("/"), a);
	if (!root.n)
		return err_set(err, ERR_NOT_FOUND,
			       "unable to identify the project root.\n"
			       "Tried to find 'tkrc.yaml' or 'jsonnetfile.json' in the parent directories.\n"
			       "Please refer to https://tanka.dev/directory-structure for more information");
	*out = root;
	return true;
}

bool tanka_dirs_find(const struct tanka_host *host, struct str path, struct arena *a, struct tanka_dirs *out, struct err *err)
{
	struct tanka_dirs dirs;
	struct str full = path_in(a, host->cwd, path);
	bool is_dir = fs_is_dir(full);
	if (!is_dir && !host->is_file(host->ctx, full))
		return err_set(err, ERR_NOT_FOUND, "stat %.*s: no such file or directory", STR_ARG(full));
	if (!tanka_root_find(host, full, a, &dirs.root, err))
		return false;
	dirs.base = find_parent(host, is_dir ? full : path_dir(a, full), STR("main.jsonnet"), dirs.root, a);
	if (!dirs.base.n)
		return err_set(err, ERR_NOT_FOUND,
			       "Unable to identify the environments base directory.\n"
			       "Tried to find 'main.jsonnet' in the parent directories.\n"
			       "Please refer to https://tanka.dev/directory-structure for more information");
	dirs.entry = is_dir ? path_join(a, dirs.base, STR("main.jsonnet")) : full;
	*out = dirs;
	return true;
}

struct str tanka_rel(const struct tanka_dirs *dirs, struct str path, struct arena *a)
{
	struct str out;
	return path_rel(a, dirs->root, path, &out) ? out : path;
}

/* --- imports --- */

struct search {
	const struct tanka_host *host;
	struct str name;
	struct arena *a;
	struct str *path, *bytes;
	struct err *err;
};

/* False with err set for trouble, else *found says whether it is there. */
static bool look(struct search *s, struct str dir, bool *found)
{
	AUTO_ERR why = { 0 };
	struct str path = path_join(s->a, dir, s->name);
	*found = s->host->read(s->host->ctx, path, s->a, s->bytes, &why);
	if (*found)
		*s->path = path;
	else if (why.kind != ERR_NOT_FOUND)
		return err_set(s->err, why.kind, "%s", why.message);
	return true;
}

static bool look_in_list(struct search *s, struct str list, bool *found)
{
	struct str dir;
	while (!*found && str_next(&list, ':', &dir))
		if (dir.n && !look(s, path_in(s->a, s->host->cwd, dir), found))
			return false;
	return true;
}

bool tanka_import(const struct tanka_host *host, const struct tanka_dirs *dirs, struct str from, struct str name, struct arena *a,
		  struct str *path, struct str *bytes, struct err *err)
{
	struct search s = { host, name, a, path, bytes, err };
	bool found = false;
	if (str_eq(name, STR("tk"))) {
		*path = TK_NAME;
		*bytes = TK_TEXT;
		return true;
	}
	if (path_is_abs(name)) {
		if (!look(&s, STR(""), &found))
			return false;
	} else {
		const struct str places[] = {
			path_in(a, host->cwd, from),
			dirs->base,
			path_join(a, dirs->root, STR("lib")),
			path_join(a, dirs->base, STR("vendor")),
			path_join(a, dirs->root, STR("vendor")),
		};
		for (size_t i = 0; i < ARRAY_LEN(places) && !found; i++) {
			if (!look(&s, places[i], &found))
				return false;
			/* Named as it was found: from a file of a variable that is relative to the working folder. */
			if (found && i == 0)
				*path = path_join(a, from, name);
		}
		if (!found && !look_in_list(&s, host->getenv(host->ctx, STR("JSONNET_PATH")), &found))
			return false;
	}
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "no match locally or in the Jsonnet library paths");
	return true;
}
