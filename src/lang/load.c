/*
 * Files are read and parsed depth first with a stack, the last import of a file first, as just does it: which of two errors is reported depends on that.
 * A file that one module imports twice is parsed once; each `mod` parses its own copy, since its names are resolved in its own module.
 */
#include "lang/file_ast.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/path.h"
#include "base/utf8.h"
#include "lang/error.h"

/* Files of one tree, the same one counted again for each module: two modules that each have two, and so on, are many soon. */
#define LANG_FILES_MAX 100000
/* Bytes of one file. */
#define LANG_READ_MAX ((size_t)256 << 20)

/* A file on the way, with those that led to it. */
struct pending {
	const struct pending *parent;
	const struct pending *above; /* of the first file of its module, the parent: what leads to the module */
	struct str path;
	uint32_t depth;           /* imports since the module's own file */
	struct map *imported;     /* of its module: path → struct lang_file_ast * */
	struct lang_import *import; /* that it comes by, or NULL */
	struct lang_file_ast **slot;
};

struct loader {
	struct lang_tree *tree;
	const struct lang_load_options *options;
	struct str root_dir;
	VEC(struct pending *) stack;
	struct err *err;
};

/* `~/` at the start is the home folder. */
static struct str expand_home(struct loader *l, struct str path)
{
	struct str home;
	const struct lang_host *host = l->tree->host;
	if (!str_starts(path, STR("~/")) || !lang_home(host, &l->tree->arena, &home))
		return path;
	return path_join(&l->tree->arena, home, str_slice(path, 2, path.n));
}

static struct str resolve(struct loader *l, const struct pending *from, struct str path)
{
	struct arena *a = &l->tree->arena;
	return path_in(a, path_dir(a, from->path), expand_home(l, path));
}

static bool check_text(struct loader *l, struct str path, struct str text)
{
	return utf8_valid(text) ||
	       err_set(l->err, ERR_SYNTAX, "failed to read justfile at `%.*s`: stream did not contain valid UTF-8", STR_ARG(path));
}

static bool read_text(struct loader *l, struct str path, struct str *out)
{
	const struct lang_host *host = l->tree->host;
	struct arena *a = &l->tree->arena;
	AUTO_ERR why = { 0 };
	errno = 0;
	bool ok = host->read_file ? host->read_file(host->ctx, path, a, out, &why) : fs_read_text(path, LANG_READ_MAX, a, out, &why);
	if (!ok) {
		int code = why.kind == ERR_NOT_FOUND ? ENOENT : !host->read_file && fs_is_dir(path) ? EISDIR : errno;
		const char *reason = code ? arena_fmt(a, "%s (os error %d)", strerror(code), code).p : why.message;
		return err_set(l->err, why.kind, "failed to read justfile at `%.*s`: %s", STR_ARG(path), reason);
	}
	return true;
}

static struct str display_path(struct loader *l, struct str path)
{
	struct str rest = str_drop_prefix(path, l->root_dir);
	if (rest.n < path.n && l->root_dir.n > 1 && str_starts(rest, STR("/")))
		return str_slice(rest, 1, rest.n);
	return l->root_dir.n == 1 ? str_slice(path, 1, path.n) : path;
}

static bool is_circular(struct loader *l, const struct pending *from, struct str path)
{
	/* A module that has not read the file need not be gone through: a chain of imports may be long. */
	for (const struct pending *module = from; module; module = module->above)
		for (const struct pending *p = map_has(module->imported, path) ? module : NULL; p && p != module->above; p = p->parent)
			if (str_eq(p->path, path))
				return err_set(l->err, ERR_SYNTAX, "import `%.*s` in `%.*s` is circular", STR_ARG(path), STR_ARG(from->path)), true;
	return false;
}

static struct pending *push(struct loader *l, const struct pending *from, struct str path, struct lang_file_ast **slot)
{
	struct pending *p = arena_new(&l->tree->arena, struct pending);
	*p = (struct pending){ .parent = from, .path = path, .slot = slot };
	vec_push(&l->stack, p);
	return p;
}

static void look(struct loader *l, struct str path)
{
	vec_push_in(&l->tree->looked, &l->tree->arena, path);
}

static bool push_import(struct loader *l, struct pending *from, struct lang_import *import)
{
	struct str path = resolve(l, from, import->path.cooked);
	if (!fs_is_file(path)) {
		vec_push_in(&l->tree->missed, &l->tree->arena, path);
		look(l, path);
		if (import->is_optional)
			return true;
		return lang_fail_kind(l->err, ERR_SYNTAX, &import->at, "could not find source file for import");
	}
	if (is_circular(l, from, path))
		return false;
	struct pending *p = push(l, from, path, &import->ast);
	p->import = import;
	p->depth = from->depth + 1;
	p->above = from->above;
	p->imported = from->imported;
	return true;
}

typedef VEC(struct str) path_list;

/* In folder `dir` below `base`: mod.just and any spelling of justfile and .justfile, whatever they are. */
static void add_candidates(struct loader *l, struct str base, struct str dir, path_list *out)
{
	struct arena *a = &l->tree->arena;
	struct str folder = path_in(a, base, dir);
	look(l, folder);
	DIR *d = opendir(folder.p);
	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));) {
		struct str name = str_c(e->d_name);
		bool fits = str_eq_c(name, "mod.just") || str_eq_nocase(name, STR("justfile")) || str_eq_nocase(name, STR(".justfile"));
		struct str path = path_join(a, dir, arena_str(a, name));
		if (fits)
			vec_push_in(out, a, path);
	}
	closedir(d);
}

/* Order of paths by their parts. */
static int cmp_parts(const void *x, const void *y)
{
	struct str a = *(const struct str *)x, b = *(const struct str *)y;
	for (;;) {
		struct str p, q;
		if (!str_next(&a, '/', &p))
			return b.n ? -1 : 0;
		if (!str_next(&b, '/', &q))
			return 1;
		int c = str_cmp(p, q);
		if (c)
			return c;
	}
}

static bool find_module(struct loader *l, const struct pending *from, const struct lang_module_item *m, struct str *out, bool *found)
{
	struct arena *a = &l->tree->arena;
	struct str base = path_dir(a, from->path);
	path_list list = { 0 };
	if (m->has_path) {
		struct str path = expand_home(l, m->path.cooked);
		look(l, path_in(a, base, path));
		if (fs_is_file(path_in(a, base, path)))
			vec_push_in(&list, a, path);
		else
			add_candidates(l, base, path, &list);
	} else {
		struct str file = arena_concat(a, m->name.s, STR(".just"));
		struct stat st;
		look(l, path_in(a, base, file));
		if (fs_stat(path_in(a, base, file), FS_NOFOLLOW, &st))
			vec_push_in(&list, a, file);
		add_candidates(l, base, m->name.s, &list);
	}
	*found = list.n > 0;
	if (!*found) {
		struct str name = m->has_path ? expand_home(l, m->path.cooked) : m->name.s;
		vec_push_in(&l->tree->missed, a, path_in(a, base, name));
		if (!m->has_path)
			vec_push_in(&l->tree->missed, a, path_in(a, base, arena_concat(a, name, STR(".just"))));
	}
	if (list.n == 1)
		*out = path_in(a, base, list.p[0]);
	if (list.n < 2)
		return true;
	qsort(list.p, list.n, sizeof(list.p[0]), cmp_parts);
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i < list.n; i++)
		buf_addf(&b, "%s`%.*s`", i == 0 ? "" : list.n == 2 ? " and " : i + 1 == list.n ? ", and " : ", ", STR_ARG(list.p[i]));
	return lang_fail(l->err, &m->name.at, "found multiple source files for module `%.*s`: %s", STR_ARG(m->name.s), buf_text(&b));
}

static bool push_module(struct loader *l, struct pending *from, struct lang_module_item *m)
{
	struct str path;
	bool found;
	if (!find_module(l, from, m, &path, &found))
		return false;
	if (!found) {
		if (m->is_optional)
			return true;
		return lang_fail(l->err, &m->name.at, "could not find source file for module `%.*s`", STR_ARG(m->name.s));
	}
	if (is_circular(l, from, path))
		return false;
	struct pending *p = push(l, from, path, &m->ast);
	p->above = from;
	p->imported = arena_new(&l->tree->arena, struct map);
	map_init(p->imported, sizeof(struct lang_file_ast *), &l->tree->arena);
	return true;
}

static bool load_one(struct loader *l, struct pending *p)
{
	struct arena *a = &l->tree->arena;
	struct lang_file_ast **known = map_find(p->imported, p->path);
	if (known) {
		*p->slot = *known;
		return true;
	}
	if (l->tree->files.n == LANG_FILES_MAX)
		return err_set(l->err, ERR_LIMIT, "more than %d source files", LANG_FILES_MAX);
	struct lang_file *file = arena_new(a, struct lang_file);
	*file = (struct lang_file){ .path = p->path, .display = display_path(l, p->path), .depth = p->depth };
	vec_push_in(&l->tree->files, a, file);
	if (!p->parent && l->options->text.p)
		file->text = l->options->text;
	else if (!read_text(l, p->path, &file->text))
		return false;
	if (!check_text(l, p->path, file->text))
		return false;
	size_t fold_from = l->options->fold_from;
	struct arena *items = fold_from > 0 && file->text.n >= fold_from ? &l->tree->items : NULL;
	if (!lang_parse(file, l->tree->host, items, a, p->slot, l->err))
		return false;
	struct lang_file_ast *ast = *p->slot;
	*(struct lang_file_ast **)map_put(p->imported, p->path) = ast;
	if (p->import)
		p->import->is_first = true;
	for (struct lang_item *item = ast->items; item; item = item->next) {
		if (item->is_disabled)
			continue;
		if (item->kind == LANG_ITEM_IMPORT && !push_import(l, p, item->import))
			return false;
		if (item->kind == LANG_ITEM_MODULE && !push_module(l, p, item->module))
			return false;
	}
	return true;
}

bool lang_load_files(struct lang_tree *tree, const struct lang_load_options *options, struct lang_file_ast **out, struct err *err)
{
	struct arena *a = &tree->arena;
	struct str path = path_clean(a, arena_str(a, options->path));
	struct loader l = { .tree = tree, .options = options, .root_dir = path_dir(a, path), .err = err };
	struct pending *root = push(&l, NULL, path, out);
	root->imported = arena_new(a, struct map);
	map_init(root->imported, sizeof(struct lang_file_ast *), a);
	bool ok = true;
	while (ok && l.stack.n)
		ok = load_one(&l, l.stack.p[--l.stack.n]);
	vec_deinit(&l.stack);
	return ok;
}
