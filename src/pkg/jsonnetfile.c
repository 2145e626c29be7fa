/* JSON to dependencies and back. What jb accepts for a remote (https, ssh, git@host:path) is brought to one form, the one that it writes to its lock. */
#include "pkg/jsonnetfile.h"

#include <stdlib.h>

#include "base/path.h"
#include "data/json.h"
#include "ext/http.h"
#include "pkg/git.h"

static bool bad(struct str file, size_t i, struct err *err, const char *what, struct str text)
{
	return err_set(err, ERR_SYNTAX, "%.*s: dependency %zu: %s '%.*s'", STR_ARG(file), i + 1, what, STR_ARG(text));
}

/* "git@host:a/b" and "git+ssh://…" as URLs; ".git" at the end where jb puts it. */
static struct str usual_remote(struct str remote, struct arena *a)
{
	struct str user_host, path;
	remote = str_drop_prefix(remote, STR("git+"));
	if (!str_contains(remote, STR("://")) && str_cut(remote, ':', &user_host, &path) && str_find_char(user_host, '@') != STR_NPOS)
		remote = arena_fmt(a, "ssh://%.*s/%.*s", STR_ARG(user_host), STR_ARG(path));
	while (str_ends(remote, STR("/")))
		remote.n--;
	bool as_jb = str_starts(remote, STR("https://")) || str_starts(remote, STR("ssh://"));
	return as_jb && !str_ends(remote, STR(".git")) ? arena_concat(a, remote, STR(".git")) : arena_str(a, remote);
}

static struct str package_of(const struct pkg_dep *d, struct arena *a)
{
	struct http_url u = { 0 };
	struct str path = str_drop_prefix(d->remote, STR("file://")), host = STR("");
	if (path.n == d->remote.n && http_parse_url(d->remote, &u)) {
		path = u.path;
		host = u.host;
	}
	path = str_drop_suffix(path, STR(".git"));
	while (str_starts(path, STR("/")))
		path = str_slice(path, 1, path.n);
	return path_join(a, path_join(a, host, path), d->subdir);
}

static bool parse_git(struct str file, size_t i, struct value git, struct arena *a, struct pkg_dep *d, struct err *err)
{
	struct pkg_git_place place;
	AUTO_ERR why = { 0 };
	struct str subdir = value_find_str(git, "subdir");
	while (str_starts(subdir, STR("/")))
		subdir = str_slice(subdir, 1, subdir.n);
	d->remote = usual_remote(value_find_str(git, "remote"), a);
	d->subdir = path_clean(a, subdir);
	if (str_eq(d->subdir, STR(".")))
		d->subdir = STR("");
	struct pkg_git_place whole = { d->remote, d->subdir, d->version };
	if (!pkg_git_parse(pkg_git_url(a, &whole), a, &place, &why)) {
		err_set(err, ERR_SYNTAX, "%.*s: dependency %zu: %s", STR_ARG(file), i + 1, why.message);
		return why.hint ? err_hint(err, "%s", why.hint) : false;
	}
	d->package = package_of(d, a);
	if (!path_is_local(d->package) || d->package.n == 0 || d->package.p[0] == '.')
		return bad(file, i, err, "no folder below vendor/ can be made of", d->remote);
	return true;
}

static bool parse_dep(struct str file, size_t i, struct value v, struct arena *a, struct pkg_dep *d, struct err *err)
{
	struct value *git = value_find(v, "source.git"), *local = value_find(v, "source.local"), *single = value_map_get(v, STR("single"));
	*d = (struct pkg_dep){ .version = value_find_str(v, "version"), .sum = value_find_str(v, "sum"), .name = value_find_str(v, "name") };
	d->single = single && single->kind == VAL_BOOL && single->b;
	if (d->name.n && (str_find_char(d->name, '/') != STR_NPOS || d->name.p[0] == '.'))
		return bad(file, i, err, "this is no name:", d->name);
	if (git && git->kind == VAL_MAP)
		return parse_git(file, i, *git, a, d, err);
	if (!local || local->kind != VAL_MAP)
		return err_set(err, ERR_SYNTAX, "%.*s: dependency %zu has neither source.git nor source.local", STR_ARG(file), i + 1);
	d->is_local = true;
	d->local = value_find_str(*local, "directory");
	d->package = pkg_dep_short_name(d);
	if (!d->local.n || str_eq(d->package, STR("..")) || str_eq(d->package, STR(".")) || str_eq(d->package, STR("/")))
		return bad(file, i, err, "no short name can be made of the directory", d->local);
	return true;
}

struct str pkg_dep_short_name(const struct pkg_dep *d)
{
	if (d->name.n)
		return d->name;
	if (d->is_local)
		return path_base(d->local);
	return d->subdir.n ? path_base(d->subdir) : str_drop_suffix(path_base(d->remote), STR(".git"));
}

const struct pkg_dep *pkg_dep_find(const pkg_deps *deps, struct str package)
{
	for (size_t i = 0; i < deps->n; i++)
		if (str_eq(deps->p[i].package, package))
			return &deps->p[i];
	return NULL;
}

static int by_package(const void *a, const void *b)
{
	return str_cmp(((const struct pkg_dep *)a)->package, ((const struct pkg_dep *)b)->package);
}

bool pkg_jsonnetfile_parse(struct str file, struct str text, struct arena *a, struct pkg_jsonnetfile *out, struct err *err)
{
	struct value root;
	struct pkg_jsonnetfile f = { .legacy_imports = true };
	if (!json_parse(text, &(struct json_read_options){ .file = file, .numbers = JSON_INTS }, a, &root, err))
		return false;
	if (root.kind != VAL_MAP)
		return err_set(err, ERR_SYNTAX, "%.*s is no JSON object", STR_ARG(file));
	struct value *version = value_map_get(root, STR("version")), *legacy = value_map_get(root, STR("legacyImports"));
	if (version && (version->kind != VAL_INT || version->i < 0 || version->i > 1))
		return err_set(err, ERR_SYNTAX, "%.*s: only versions 0 and 1 of this file are known", STR_ARG(file));
	if (legacy && legacy->kind == VAL_BOOL)
		f.legacy_imports = legacy->b;
	struct value *deps = value_map_get(root, STR("dependencies"));
	for (size_t i = 0; deps && deps->kind == VAL_LIST && i < value_list_len(*deps); i++) {
		struct pkg_dep d;
		if (!parse_dep(file, i, deps->list->p[i], a, &d, err))
			return false;
		/* In version 0 each one had to have a name. */
		if ((!version || version->i == 0) && !d.is_local && str_eq(d.name, pkg_dep_short_name(&(struct pkg_dep){ .remote = d.remote, .subdir = d.subdir })))
			d.name = STR("");
		if (pkg_dep_find(&f.deps, d.package))
			return bad(file, i, err, "stands twice:", d.package);
		vec_push_in(&f.deps, a, d);
	}
	if (f.deps.n)
		qsort(f.deps.p, f.deps.n, sizeof(*f.deps.p), by_package);
	*out = f;
	return true;
}

static void add_field(struct buf *out, const char *indent, const char *key, struct str s, const char *end)
{
	buf_addf(out, "%s\"%s\": ", indent, key);
	json_write_str(s, JSON_HTML_ESCAPED, out);
	buf_add_c(out, end);
}

static void write_dep(const struct pkg_dep *d, struct buf *out)
{
	const char *deep = "          ", *flat = "      ";
	buf_addf(out, "    {\n      \"source\": {\n        \"%s\": {\n", d->is_local ? "local" : "git");
	if (d->is_local) {
		add_field(out, deep, "directory", d->local, "\n");
	} else {
		add_field(out, deep, "remote", d->remote, ",\n");
		add_field(out, deep, "subdir", d->subdir, "\n");
	}
	buf_add_c(out, "        }\n      },\n");
	add_field(out, flat, "version", d->version, "");
	if (d->sum.n) {
		buf_add_c(out, ",\n");
		add_field(out, flat, "sum", d->sum, "");
	}
	if (d->single)
		buf_addf(out, ",\n%s\"single\": true", flat);
	if (d->name.n) {
		buf_add_c(out, ",\n");
		add_field(out, flat, "name", d->name, "");
	}
	buf_add_c(out, "\n    }");
}

void pkg_jsonnetfile_write_lock(pkg_deps *deps, struct buf *out)
{
	if (deps->n)
		qsort(deps->p, deps->n, sizeof(*deps->p), by_package);
	buf_add_c(out, "{\n  \"version\": 1,\n  \"dependencies\": [");
	for (size_t i = 0; i < deps->n; i++) {
		buf_add_c(out, i ? ",\n" : "\n");
		write_dep(&deps->p[i], out);
	}
	buf_add_c(out, deps->n ? "\n  ],\n" : "],\n");
	buf_add_c(out, "  \"legacyImports\": false\n}\n");
}
