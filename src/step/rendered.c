/*
 * The mark in the first line, not a list kept elsewhere, says which files are ours: it survives the loss of the state, and a copy of the folder. A
 * file without it is never touched.
 */
#include "step/rendered.h"

#include "base/fs.h"
#include "base/path.h"
#include "data/yaml_write.h"
#include "kube/order.h"

static const struct str MARK = STR_INIT("# Rendered by raibid-run: changes here are overwritten.\n");

/* --- objects to files --- */

static void add_name_part(struct buf *b, struct str s)
{
	/* No part may lead out of the folder: "." and ".." are names like any other. */
	if (str_eq(s, STR(".")) || str_eq(s, STR(".."))) {
		buf_add_c(b, s.n == 1 ? "%2e" : "%2e%2e");
		return;
	}
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
		if (c >= 'A' && c <= 'Z')
			buf_add_char(b, (char)(c | 0x20));
		else if (plain)
			buf_add_char(b, c);
		else
			buf_addf(b, "%%%02x", (unsigned char)c); /* names of RBAC objects may hold colons */
	}
}

static struct str file_path(struct value object, struct arena *a)
{
	AUTO_BUF b = { 0 };
	struct str ns = value_find_str(object, "metadata.namespace"), name = value_find_str(object, "metadata.name");
	struct str group, version, api = value_find_str(object, "apiVersion");
	if (!name.n)
		name = value_find_str(object, "metadata.generateName");
	if (ns.n)
		add_name_part(&b, ns);
	else
		buf_add_c(&b, "_cluster");
	buf_add_char(&b, '/');
	add_name_part(&b, value_find_str(object, "kind"));
	/* Kinds of other groups may share a name (Ingress, Event): the group tells them apart, and is left out where there is none. */
	if (str_cut(api, '/', &group, &version) && str_find_char(group, '.') != STR_NPOS && !str_ends(group, STR(".k8s.io"))) {
		buf_add_char(&b, '.');
		add_name_part(&b, group);
	}
	buf_add_char(&b, '-');
	add_name_part(&b, name);
	buf_add_c(&b, ".yaml");
	return buf_to_arena(&b, a);
}

static struct value *child_map(struct value parent, struct str key, struct arena *a)
{
	struct value *v = value_map_get(parent, key);
	if (!v || v->kind == VAL_NULL) {
		value_map_set(parent, key, value_map_new(a));
		v = value_map_get(parent, key);
	}
	return v->kind == VAL_MAP ? v : NULL;
}

static void complete(struct value object, const struct rendered_origin *o, struct arena *a)
{
	struct value *meta = child_map(object, STR("metadata"), a);
	struct value *ns = meta ? value_map_get(*meta, STR("namespace")) : NULL;
	struct str api = value_find_str(object, "apiVersion"), kind = value_find_str(object, "kind");
	if (!meta)
		return;
	if (kube_kind_is_global(api, kind)) {
		/* Charts do put namespaces on cluster-wide objects; a server refuses or ignores them. */
		value_map_remove(*meta, STR("namespace"));
	} else if (!ns || ns->kind == VAL_NULL || (ns->kind == VAL_STR && ns->len == 0)) {
		value_map_set(*meta, STR("namespace"), value_str(o->namespace));
	}
	if (o->labels.kind != VAL_MAP || value_map_len(o->labels) == 0)
		return;
	meta = value_map_get(object, STR("metadata"));
	struct value *labels = child_map(*meta, STR("labels"), a);
	for (size_t i = 0; labels && i < value_map_len(o->labels); i++)
		if (!value_map_get(*labels, map_key(o->labels.map, i)))
			value_map_set(*labels, map_key(o->labels.map, i), *value_map_at(o->labels, i));
}

static bool add_object(struct value object, const struct rendered_origin *o, struct arena *a, rendered_files *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	struct rendered_file f = { .origin = o->release.n ? arena_fmt(a, "release %.*s", STR_ARG(o->release)) : o->source };
	complete(object, o, a);
	f.path = file_path(object, a);
	f.secret = str_eq(value_find_str(object, "kind"), STR("Secret"));
	buf_add(&b, MARK);
	if (o->release.n)
		buf_addf(&b, "# Release: %.*s\n", STR_ARG(o->release));
	buf_addf(&b, "# Source: %.*s\n", STR_ARG(o->source));
	if (!yaml_write(object, NULL, &b, err))
		return err_wrap(err, "%.*s", STR_ARG(o->source));
	f.bytes = buf_to_arena(&b, a);
	vec_push_in(out, a, f);
	return true;
}

bool rendered_add(struct value object, const struct rendered_origin *o, struct arena *a, rendered_files *out, struct err *err)
{
	if (object.kind == VAL_NULL)
		return true;
	struct str kind = value_find_str(object, "kind"), api = value_find_str(object, "apiVersion");
	struct value *items = value_map_get(object, STR("items"));
	if (kind.n && str_ends(kind, STR("List")) && items && items->kind == VAL_LIST) {
		for (size_t i = 0; i < items->list->n; i++)
			if (!rendered_add(items->list->p[i], o, a, out, err))
				return false;
		return true;
	}
	bool named = value_find_str(object, "metadata.name").n || value_find_str(object, "metadata.generateName").n;
	if (object.kind != VAL_MAP || !kind.n || !api.n || !named) {
		err_set(err, ERR_SYNTAX, "%.*s: a document is no Kubernetes object: it has no %s", STR_ARG(o->source),
			object.kind != VAL_MAP ? "fields" : !api.n ? "apiVersion" : !kind.n ? "kind" : "metadata.name");
		return false;
	}
	return add_object(object, o, a, out, err);
}

void rendered_add_beside(size_t of, struct str suffix, struct str text, struct arena *a, rendered_files *files)
{
	struct rendered_file f = files->p[of];
	f.path = arena_concat(a, f.path, suffix);
	f.bytes = arena_concat(a, MARK, text);
	vec_push_in(files, a, f);
}

/* --- packing: for each file, flag and three lengths in one line, then the bytes --- */

void rendered_pack(const rendered_files *files, struct buf *out)
{
	for (size_t i = 0; i < files->n; i++) {
		const struct rendered_file *f = &files->p[i];
		buf_addf(out, "%d %zu %zu %zu\n%.*s%.*s", f->secret, f->path.n, f->origin.n, f->bytes.n, STR_ARG(f->path), STR_ARG(f->origin));
		buf_add(out, f->bytes);
	}
}

static bool take(struct str *rest, int64_t n, struct str *out)
{
	if (n < 0 || (uint64_t)n > rest->n)
		return false;
	*out = str_slice(*rest, 0, (size_t)n);
	*rest = str_slice(*rest, (size_t)n, rest->n);
	return true;
}

static bool unpack_one(struct str *rest, struct rendered_file *f)
{
	struct str line, word;
	int64_t n[4];
	if (!str_next_line(rest, &line))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(n); i++)
		if (!str_next(&line, ' ', &word) || !str_to_int(word, &n[i]))
			return false;
	f->secret = n[0] != 0;
	return take(rest, n[1], &f->path) && take(rest, n[2], &f->origin) && take(rest, n[3], &f->bytes);
}

bool rendered_unpack(struct str bytes, struct arena *a, rendered_files *out, struct err *err)
{
	rendered_files files = { 0 };
	while (bytes.n) {
		struct rendered_file f;
		if (!unpack_one(&bytes, &f))
			return err_set(err, ERR_INTEGRITY, "a stored render is damaged");
		vec_push_in(&files, a, f);
	}
	*out = files;
	return true;
}

/* --- writing --- */

/* Whether the file at `full` begins with our mark. */
static bool is_ours(struct str full, struct arena *a, bool *exists)
{
	struct str text;
	struct stat st;
	struct err ignored = { 0 };
	*exists = fs_stat(full, FS_NOFOLLOW, &st);
	bool ours = *exists && S_ISREG(st.st_mode) && fs_read(full, 0, a, &text, &ignored) && str_starts(text, MARK);
	/* Another run may have swept it away in between. */
	if (ignored.kind == ERR_NOT_FOUND)
		*exists = false;
	err_deinit(&ignored);
	return ours;
}

bool rendered_owns(struct str path)
{
	struct arena a = { 0 };
	bool exists, ours = is_ours(path, &a, &exists);
	arena_deinit(&a);
	return ours || !exists; /* what is gone is in nobody's way */
}

static bool check_names(struct str dir, const rendered_files *files, struct map *wanted, struct arena *a, struct err *err)
{
	for (size_t i = 0; i < files->n; i++) {
		const struct rendered_file *f = &files->p[i];
		const struct rendered_file **other = map_find(wanted, f->path);
		bool exists;
		if (other) {
			err_set(err, ERR_CONFLICT, "%.*s is made twice: by %.*s and by %.*s", STR_ARG(f->path), STR_ARG((*other)->origin),
				STR_ARG(f->origin));
			return err_hint(err, "two objects of one kind, namespace and name cannot both be applied: rename one");
		}
		*(const struct rendered_file **)map_put(wanted, f->path) = f;
		struct str full = path_join(a, dir, f->path);
		if (!is_ours(full, a, &exists) && exists) {
			err_set(err, ERR_CONFLICT, "'%.*s' is in the way: it was not written by raibid-run", STR_ARG(full));
			return err_hint(err, "move it elsewhere, or render to another folder with --out");
		}
	}
	return true;
}

/* What a run that was killed had begun to write: the folder is locked, so nobody else is at it. */
static bool is_cut_short(struct str full, struct arena *a)
{
	struct str of, text;
	AUTO_ERR ignored = { 0 };
	return fs_is_temporary(path_base(full), &of) && (str_ends(of, STR(".yaml")) || str_ends(of, STR(".yaml.map"))) &&
	       fs_read(full, 0, a, &text, &ignored) && str_starts(MARK, str_slice(text, 0, MARK.n));
}

struct sweep {
	struct step_ctx *ctx;
	struct str dir;
	struct map *wanted;
	struct arena *a;
	size_t removed;
};

static bool sweep_file(void *arg, struct str path, const struct stat *st, struct err *err)
{
	struct sweep *s = arg;
	bool exists;
	if (!S_ISREG(st->st_mode) || map_has(s->wanted, path))
		return true;
	struct str full = path_join(s->a, s->dir, path);
	if (!is_ours(full, s->a, &exists) && !is_cut_short(full, s->a))
		return true;
	s->removed++;
	return fs_remove_tree(full, err);
}

static bool settle_folder(void *arg, struct str path, const struct stat *st, struct err *err)
{
	struct sweep *s = arg;
	return !S_ISDIR(st->st_mode) || step_did_settle(s->ctx, path_join(s->a, s->dir, path), err);
}

static bool goes_on(void *ctx, struct err *err)
{
	return step_check_cancel(ctx, err);
}

bool rendered_write(struct step_ctx *ctx, struct str dir, const rendered_files *files, size_t *removed, struct err *err)
{
	struct arena *a = ctx->arena;
	struct map wanted;
	struct sweep sweep = { .ctx = ctx, .dir = path_in(a, ctx->cwd, dir), .wanted = &wanted, .a = a };
	map_init(&wanted, sizeof(struct rendered_file *), a);
	/* Two runs at once must not sweep each other's new files away, nor keep each other's as their own. */
	AUTO_FD lock = -1;
	const struct fs_wait wait = { .goes_on = goes_on, .ctx = ctx };
	if (!fs_mkdirs(sweep.dir, 0777, err) || !fs_lock_folder(sweep.dir, &wait, &lock, err) || !check_names(sweep.dir, files, &wanted, a, err))
		return false;
	for (size_t i = 0; i < files->n; i++) {
		const struct rendered_file *f = &files->p[i];
		if (!step_check_cancel(ctx, err) ||
		    !step_write(ctx, path_join(a, sweep.dir, f->path), f->bytes, f->secret ? STEP_SECRET : STEP_PLAIN, err))
			return false;
	}
	if (!fs_walk(sweep.dir, sweep_file, &sweep, err))
		return false;
	*removed = sweep.removed;
	return step_did_settle(ctx, sweep.dir, err) && fs_walk(sweep.dir, settle_folder, &sweep, err);
}
