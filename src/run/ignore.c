/*
 * A .gitignore below the folder is read when a path leads through it. Each pattern is compiled once, to a glob over the path relative to the folder that its file stands in.
 */
#include "run/ignore.h"

#include "base/fs.h"
#include "base/map.h"
#include "base/path.h"
#include "base/vec.h"
#include "text/glob.h"

struct pattern {
	const struct glob *glob;
	bool negated, folders_only;
};
typedef VEC(struct pattern) patterns;

struct ignore_rules {
	struct arena *a;
	struct str dir;      /* absolute */
	struct str root;     /* where looking upward ends */
	struct map files;    /* of patterns, by the absolute folder they stand in */
};

static void add_pattern(struct ignore_rules *r, struct str line, patterns *out)
{
	struct pattern p = { 0 };
	struct err ignored = { 0 };
	line = str_trim_right(line);
	if (line.n == 0 || line.p[0] == '#')
		return;
	if (line.p[0] == '!') {
		p.negated = true;
		line = str_slice(line, 1, line.n);
	}
	if (str_ends(line, STR("/"))) {
		p.folders_only = true;
		line = str_slice(line, 0, line.n - 1);
	}
	bool anchored = str_find_char(line, '/') != STR_NPOS;
	line = str_drop_prefix(line, STR("/"));
	/* Without a slash a pattern names files at any depth. */
	struct str text = anchored ? line : arena_fmt(r->a, "{%.*s,**/%.*s}", STR_ARG(line), STR_ARG(line));
	if (str_starts(text, STR("**/")))
		text = arena_fmt(r->a, "{%.*s,%.*s}", STR_ARG(str_slice(text, 3, text.n)), STR_ARG(text));
	if (glob_compile(r->a, text, STR("/"), &p.glob, &ignored))
		vec_push_in(out, r->a, p);
	err_deinit(&ignored); /* git passes over a malformed pattern */
}

static const patterns *file_of(struct ignore_rules *r, struct str dir)
{
	patterns *found = map_find(&r->files, dir);
	if (found)
		return found;
	patterns list = { 0 };
	struct str text, line;
	struct err missing = { 0 };
	if (fs_read(path_join(r->a, dir, STR(".gitignore")), 1 << 20, r->a, &text, &missing))
		while (str_next_line(&text, &line))
			add_pattern(r, line, &list);
	err_deinit(&missing);
	found = map_put(&r->files, arena_str(r->a, dir));
	*found = list;
	return found;
}

struct ignore_rules *ignore_load(struct str dir, struct str root, struct arena *a)
{
	struct ignore_rules *r = arena_new(a, struct ignore_rules);
	r->a = a;
	r->dir = arena_str(a, dir);
	bool inside = str_starts(dir, root) && (dir.n == root.n || dir.p[root.n] == '/');
	r->root = inside ? arena_str(a, root) : r->dir;
	map_init(&r->files, sizeof(patterns), a);
	return r;
}

/* What the .gitignore files between root and the folder of `full` say of it: the deepest and last match decides. */
static bool decided(struct ignore_rules *r, struct str full, bool is_folder)
{
	for (struct str dir = path_dir(r->a, full);; dir = path_dir(r->a, dir)) {
		const patterns *list = file_of(r, dir);
		struct str rel = str_slice(full, dir.n + (dir.n > 1), full.n);
		for (size_t i = list->n; i-- > 0;)
			if ((is_folder || !list->p[i].folders_only) && glob_match(list->p[i].glob, rel))
				return !list->p[i].negated;
		if (dir.n <= r->root.n)
			return false;
	}
}

static bool match(struct ignore_rules *r, struct str path, bool is_folder)
{
	struct str full = path_join(r->a, r->dir, path);
	for (size_t i = r->dir.n + 1; i <= full.n; i++) {
		if (i < full.n && full.p[i] != '/')
			continue;
		struct str at = str_slice(full, 0, i);
		if (str_eq(path_base(at), STR(".git")) || decided(r, at, is_folder || i < full.n))
			return true;
	}
	return false;
}

bool ignore_rules_match(struct ignore_rules *r, struct str path)
{
	return match(r, path, false);
}

bool ignore_rules_match_folder(struct ignore_rules *r, struct str path)
{
	return match(r, path, true);
}
