/* The archive writer (ext/archive.h) fixes times and names; the order is fixed here. */
#include "oci/layer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/path.h"
#include "ext/archive.h"

enum { GZIP_LEVEL = 6 };

static int file_cmp(const void *a, const void *b)
{
	return str_cmp(((const struct oci_file *)a)->path, ((const struct oci_file *)b)->path);
}

/* Folders above `path` that have not been written yet. */
static bool add_folders(struct arc_writer *w, struct str path, struct map *made, struct arena *a, struct err *err)
{
	for (size_t i = 1; i < path.n; i++) {
		struct str dir = str_slice(path, 0, i);
		if (path.p[i] != '/' || map_has(made, dir))
			continue;
		map_put(made, dir);
		struct arc_item item = { .path = str_slice(dir, 1, dir.n), .type = ARC_DIR, .mode = 0755 };
		if (!arc_add(w, &item, STR(""), err))
			return false;
	}
	return true;
}

static bool add_files(struct arc_writer *w, const struct oci_file *files, size_t n, struct arena *a, struct err *err)
{
	struct map made;
	map_init(&made, 0, a);
	for (size_t i = 0; i < n; i++) {
		const struct oci_file *f = &files[i];
		struct arc_item item = {
			.path = str_slice(f->path, 1, f->path.n),
			.target = f->target,
			.type = f->target.p ? ARC_SYMLINK : ARC_FILE,
			.mode = f->mode,
			.uid = f->uid,
			.gid = f->gid,
		};
		if (i && str_eq(f->path, files[i - 1].path))
			return err_set(err, ERR_CONFLICT, "two files of the image have the path '%.*s'", STR_ARG(f->path));
		if (!add_folders(w, f->path, &made, a, err) || !arc_add(w, &item, f->bytes, err))
			return false;
	}
	return true;
}

static bool build(struct arc_writer *w, const struct oci_file *files, size_t n, struct arena *a, struct oci_layer *out, struct err *err)
{
	AUTO_BUF tar = { 0 };
	AUTO_BUF packed = { 0 };
	if (!add_files(w, files, n, a, err) || !arc_writer_finish(w, &tar, err) || !arc_gzip(buf_str(&tar), GZIP_LEVEL, &packed, err))
		return false;
	*out = (struct oci_layer){
		.blob = { STR(OCI_LAYER), sha256_of(buf_str(&packed)), buf_to_arena(&packed, a) },
		.diff_id = sha256_of(buf_str(&tar)),
	};
	return true;
}

bool oci_layer_build(const oci_files *files, struct arena *a, struct oci_layer *out, struct err *err)
{
	struct arc_writer *w;
	struct oci_file *sorted = arena_array(a, struct oci_file, files->n);
	memcpy(sorted, files->p, files->n * sizeof(*sorted));
	for (size_t i = 0; i < files->n; i++)
		if (!path_is_abs(sorted[i].path) || sorted[i].path.n < 2)
			return err_set(err, ERR_USAGE, "'%.*s' is no absolute path of a file in the image", STR_ARG(sorted[i].path));
	qsort(sorted, files->n, sizeof(*sorted), file_cmp);
	if (!arc_writer_new(-1, &(struct arc_writer_options){ .format = ARC_TAR }, &w, err))
		return false;
	bool ok = build(w, sorted, files->n, a, out, err);
	arc_writer_free(w);
	return ok;
}
