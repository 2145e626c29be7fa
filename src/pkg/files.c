/* Plain files: one digest each, written whole. A stamp of the state (store/state.h) says whether one has to be read again. */
#include "base/fs.h"
#include "base/path.h"
#include "pkg/work.h"

static struct str full_path(const struct work *w, const struct pkg_file *f)
{
	return path_in(w->arena, w->file.dir, f->path);
}

bool work_names_file(const struct pkg_vendor_options *opt, const struct pkg_file *f)
{
	for (size_t i = 0; i < opt->name_count; i++)
		if (str_eq(opt->names[i], f->path) || str_eq(opt->names[i], path_base(f->path)))
			return true;
	return opt->name_count == 0;
}

static bool stays_inside(const struct work *w, const struct pkg_file *f, struct err *err)
{
	struct str below;
	if (path_rel(w->arena, w->opt->root, full_path(w, f), &below) && path_is_local(below))
		return true;
	return schema_fail(&w->file.file, f->node, err, "path '%.*s' leads out of the project", STR_ARG(f->path));
}

static bool look_at(struct work *w, struct plain_file *p, struct err *err)
{
	const struct pkg_file *f = p->file;
	const struct pkg_pin *lock = pkg_pin_find(&w->file_lock, f->path);
	struct str source = pkg_public_url(w->arena, f->url);
	struct digest now;
	bool exists;
	p->pin = (struct pkg_pin){ .directory = f->path, .chart = f->path, .source = source };
	if (!stays_inside(w, f, err))
		return false;
	if (!lock || !str_eq(lock->source, source) || (f->has_digest && !digest_eq(&f->digest, &lock->archive)) ||
	    (w->opt->update && !f->has_digest && work_names_file(w->opt, f)))
		return true;
	p->pin.archive = p->pin.tree = lock->archive;
	p->pinned = true;
	if (!state_file(w->opt->state, full_path(w, f), &now, &exists, err))
		return false;
	p->done = exists && digest_eq(&now, &lock->archive);
	return true;
}

bool work_look_at_files(struct work *w, struct err *err)
{
	w->files = arena_array(w->arena, struct plain_file, w->file.files.n + 1);
	for (size_t i = 0; i < w->file.files.n; i++) {
		w->files[i].file = &w->file.files.p[i];
		if (!look_at(w, &w->files[i], err))
			return false;
	}
	w->rewrite = w->rewrite || w->file_lock.n != w->file.files.n || w->known_files.n != w->file.files.n;
	return true;
}

bool work_files_are_done(const struct work *w)
{
	for (size_t i = 0; i < w->file.files.n; i++)
		if (!w->files[i].done)
			return false;
	return true;
}

static bool from_store(struct work *w, struct plain_file *p)
{
	AUTO_ERR ignored = { 0 };
	const struct digest *d = p->pinned ? &p->pin.archive : p->file->has_digest ? &p->file->digest : NULL;
	return d && w->opt->store && store_has(w->opt->store, d) && store_get(w->opt->store, d, w->arena, &p->bytes, &ignored);
}

static bool judge(struct work *w, struct plain_file *p, struct err *err)
{
	const struct pkg_file *f = p->file;
	struct digest got = sha256_of(p->bytes), kept;
	struct str where = arena_fmt(w->arena, "%.*s (%.*s)", STR_ARG(f->path), STR_ARG(p->pin.source));
	if (p->pinned && !digest_eq(&got, &p->pin.archive)) {
		work_other_bytes("the file", where, &p->pin.archive, &got, err);
		return err_hint(err, "these are other bytes than %.*s pins: find out why before you run `vendor --update`", STR_ARG(w->lock_name));
	}
	if (f->has_digest && !digest_eq(&got, &f->digest))
		return work_other_bytes("the file", where, &f->digest, &got, err);
	if (!p->pinned && !f->has_digest && str_starts(f->url, STR("http://")))
		work_note(w, "%.*s came over plain http and no digest vouches for it", STR_ARG(f->path));
	p->pin.archive = p->pin.tree = got;
	return !w->opt->store || store_put(w->opt->store, p->bytes, &kept, err);
}

static struct str url_of(struct work *w, const struct pkg_file *f)
{
	struct str mirror = w->opt->mirror, bare = str_slice(f->url, 0, str_find_char(f->url, '?'));
	if (mirror.n)
		return arena_fmt(w->arena, "%.*s/%.*s", STR_ARG(mirror), STR_ARG(path_base(bare)));
	return pkg_is_url(f->url) ? f->url : path_in(w->arena, w->file.dir, pkg_plain_path(f->url));
}

/* A page of HTML under such a name is an error page of some server. */
static bool is_data(struct str path)
{
	static const struct str ends[] = { STR_INIT(".yaml"), STR_INIT(".yml"), STR_INIT(".json") };
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (str_ends(path, ends[i]))
			return true;
	return false;
}

bool work_bring_files(struct work *w, struct err *err)
{
	struct pkg_get *gets = arena_array(w->arena, struct pkg_get, w->file.files.n + 1);
	struct plain_file **of = arena_array(w->arena, struct plain_file *, w->file.files.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < w->file.files.n; i++) {
		struct plain_file *p = &w->files[i];
		if (p->done || from_store(w, p))
			continue;
		of[n] = p;
		gets[n++] = (struct pkg_get){ .what = p->file->path, .url = url_of(w, p->file), .any_text = !is_data(p->file->path),
					      .expected = p->pinned ? &p->pin.archive : p->file->has_digest ? &p->file->digest : NULL,
					      .repository = w->opt->mirror.n ? NULL : p->file->repository };
	}
	bool ok = pkg_fetch_all(w->fetch, gets, n, w->arena, err);
	for (size_t i = 0; i < n; i++) {
		of[i]->bytes = gets[i].bytes;
		w->downloaded += gets[i].err.kind == ERR_NONE;
		if (ok && gets[i].err.kind) {
			err_move(err, &gets[i].err);
			ok = err_wrap(err, "%.*s", STR_ARG(of[i]->file->path));
		}
		err_deinit(&gets[i].err);
	}
	for (size_t i = 0; ok && i < w->file.files.n; i++)
		ok = w->files[i].done || judge(w, &w->files[i], err);
	return ok;
}

static void tell(struct work *w, const struct plain_file *p, const struct pkg_pin *was, struct pkg_vendor_result *out)
{
	char from[DIGEST_HEX_LEN + 1], to[DIGEST_HEX_LEN + 1];
	struct str path = p->file->path;
	if (was && !digest_eq(&was->archive, &p->pin.archive)) {
		digest_hex(&was->archive, from);
		digest_hex(&p->pin.archive, to);
		vec_push_in(&out->updates, w->arena,
			    (struct pkg_update){ path, arena_fmt(w->arena, "sha256:%.12s", from), arena_fmt(w->arena, "sha256:%.12s", to), STR("") });
	}
	work_log(w, "%.*s", STR_ARG(path));
}

bool work_commit_files(struct work *w, struct pkg_vendor_result *out, struct err *err)
{
	for (size_t i = 0; i < w->file.files.n; i++) {
		struct plain_file *p = &w->files[i];
		struct str path = full_path(w, p->file);
		if (p->done)
			continue;
		if (p->pinned && fs_exists(path))
			work_note(w, "%.*s had been changed: it was put back", STR_ARG(p->file->path));
		fs_sweep(path);
		if (!fs_mkdirs(path_dir(w->arena, path), 0777, err) || !fs_write(path, p->bytes, 0644, FS_NO_SYNC, err))
			return false;
		state_forget_file(w->opt->state, path);
		tell(w, p, pkg_pin_find(&w->file_lock, p->file->path), out);
		out->changed++;
	}
	return true;
}

bool work_check_files(struct work *w, struct pkg_vendor_result *out, struct err *err)
{
	for (size_t i = 0; i < w->file.files.n; i++) {
		const struct plain_file *p = &w->files[i];
		struct str path = full_path(w, p->file);
		struct digest now;
		char want[DIGEST_HEX_LEN + 1], got[DIGEST_HEX_LEN + 1];
		if (!p->pinned) {
			work_differ(w, out, "%.*s is not in %.*s as the chartfile asks for it", STR_ARG(p->file->path), STR_ARG(w->lock_name));
			continue;
		}
		if (!fs_is_file(path)) {
			work_differ(w, out, "%.*s is not there", STR_ARG(p->file->path));
			continue;
		}
		if (!sha256_file(path, &now, NULL, err))
			return false;
		digest_hex(&p->pin.archive, want);
		digest_hex(&now, got);
		if (!digest_eq(&now, &p->pin.archive))
			work_differ(w, out, "%.*s has sha256:%s, the lock says sha256:%s", STR_ARG(p->file->path), got, want);
	}
	for (size_t i = 0; i < w->file_lock.n; i++) {
		bool wanted = false;
		for (size_t k = 0; k < w->file.files.n; k++)
			wanted = wanted || str_eq(w->file.files.p[k].path, w->file_lock.p[i].directory);
		if (!wanted)
			work_differ(w, out, "%.*s pins the file %.*s, which the chartfile does not ask for", STR_ARG(w->lock_name),
				    STR_ARG(w->file_lock.p[i].directory));
	}
	return true;
}
