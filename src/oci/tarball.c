/* The map of entries is made at the opening, which touches a page a blob; the bytes are read when they are wanted. */
#include "oci/tarball.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "data/json.h"
#include "ext/archive.h"

#define MAX_TOTAL ((uint64_t)1 << 42)
#define MAX_FILE ((uint64_t)1 << 38)
enum { MAX_ENTRIES = 1000000 };

/* --- writing --- */

static bool add_text(struct arc_writer *w, const char *name, struct str text, struct err *err)
{
	struct arc_item item = { .path = str_c(name), .type = ARC_FILE, .mode = 0644 };
	return arc_add(w, &item, text, err);
}

static bool add_blob(struct arc_writer *w, struct str dir, struct str hex, struct err *err)
{
	struct arena a = { 0 };
	struct stat st;
	struct str name = arena_fmt(&a, "blobs/sha256/%.*s", STR_ARG(hex));
	char *path = arena_cstr(&a, path_join(&a, dir, name));
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	struct arc_item item = { .path = name, .type = ARC_FILE, .mode = 0644 };
	bool ok = fd >= 0 && fstat(fd, &st) == 0;
	if (!ok)
		err_set(err, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
	item.size = ok ? (uint64_t)st.st_size : 0;
	ok = ok && arc_add_fd(w, &item, fd, err);
	arena_deinit(&a);
	return ok;
}

static bool add_all(struct arc_writer *w, struct str dir, struct map *wanted, struct err *err)
{
	struct arena a = { 0 };
	struct str index;
	bool ok = fs_read(path_join(&a, dir, STR("index.json")), 0, &a, &index, err) && add_text(w, "oci-layout", STR(OCI_LAYOUT_FILE), err) &&
		  add_text(w, "index.json", index, err);
	arena_deinit(&a);
	for (size_t i = 0; ok && i < map_len(wanted); i++)
		ok = add_blob(w, dir, map_key(wanted, map_sorted(wanted, i)), err);
	return ok && arc_writer_finish(w, NULL, err);
}

bool oci_tarball_write(struct str dir, struct map *wanted, struct str path, struct err *err)
{
	struct arena a = { 0 };
	struct arc_writer *w;
	char *part = arena_cstr(&a, arena_concat(&a, path, STR(".part")));
	AUTO_FD fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool ok = fd >= 0 || err_set(err, ERR_IO, "cannot make '%s': %s", part, strerror(errno));
	if (ok && (ok = arc_writer_new(fd, &(struct arc_writer_options){ .format = ARC_TAR }, &w, err))) {
		ok = add_all(w, dir, wanted, err);
		arc_writer_free(w);
		ok = ok && (fsync(fd) == 0 || err_set(err, ERR_IO, "cannot write '%s': %s", part, strerror(errno))) &&
		     fs_rename(str_c(part), path, err);
	}
	if (!ok && fd >= 0)
		unlink(part);
	arena_deinit(&a);
	return ok;
}

/* --- reading --- */

struct oci_tarball {
	struct arena arena;
	struct str name;
	void *bytes;
	size_t size;
	struct arc_reader *reader;
	struct map blobs; /* of struct str, by hex digest */
	struct value index;
};

static bool map_file(struct oci_tarball *t, struct err *err)
{
	struct stat st;
	AUTO_FD fd = open(t->name.p, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open '%s': %s", t->name.p, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return err_set(err, ERR_SYNTAX, "'%s' is no bundle", t->name.p);
	t->size = (size_t)st.st_size;
	t->bytes = mmap(NULL, t->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (t->bytes != MAP_FAILED)
		return true;
	t->bytes = NULL;
	return err_set(err, ERR_IO, "cannot map '%s': %s", t->name.p, strerror(errno));
}

static bool read_entries(struct oci_tarball *t, struct err *err)
{
	static const struct arc_limits limits = { .total_bytes = MAX_TOTAL, .file_bytes = MAX_FILE, .entries = MAX_ENTRIES };
	struct arc_item item;
	struct str index = STR(""), data;
	const struct str blobs = STR("blobs/sha256/");
	if (!arc_open_bytes((struct str){ t->bytes, t->size }, t->name, &limits, &t->reader, err))
		return false;
	if (!arc_borrows(t->reader))
		return err_set(err, ERR_SYNTAX, "'%s' is no plain tar", t->name.p);
	for (bool more = true;;) {
		if (!arc_next(t->reader, &item, &more, err))
			return false;
		if (!more)
			break;
		if (item.type != ARC_FILE)
			continue;
		struct str path = str_drop_prefix(item.path, STR("./"));
		if (!arc_read(t->reader, &t->arena, &data, err))
			return false;
		if (str_eq(path, STR("index.json")))
			index = data;
		else if (str_starts(path, blobs))
			*(struct str *)map_put(&t->blobs, arena_str(&t->arena, str_slice(path, blobs.n, path.n))) = data;
	}
	if (!json_parse(index, &(struct json_read_options){ .numbers = JSON_INTS }, &t->arena, &t->index, err) || t->index.kind != VAL_MAP) {
		err_deinit(err);
		return err_set(err, ERR_SYNTAX, "'%s' is no OCI layout: it has no index.json that could be read", t->name.p);
	}
	return true;
}

bool oci_tarball_open(struct str path, struct oci_tarball **out, struct err *err)
{
	struct oci_tarball *t = xcalloc(1, sizeof(*t));
	t->name = arena_str(&t->arena, path);
	map_init(&t->blobs, sizeof(struct str), &t->arena);
	if (!map_file(t, err) || !read_entries(t, err)) {
		oci_tarball_close(t);
		return false;
	}
	*out = t;
	return true;
}

void oci_tarball_close(struct oci_tarball *t)
{
	if (!t)
		return;
	arc_close(t->reader);
	if (t->bytes)
		munmap(t->bytes, t->size);
	arena_deinit(&t->arena);
	free(t);
}

struct value oci_tarball_index(const struct oci_tarball *t)
{
	return t->index;
}

bool oci_tarball_blob(struct oci_tarball *t, const struct digest *digest, struct str *bytes, struct err *err)
{
	char want[DIGEST_HEX_LEN + 1], got[DIGEST_HEX_LEN + 1];
	digest_hex(digest, want);
	const struct str *blob = map_find(&t->blobs, str_c(want));
	if (!blob)
		return err_set(err, ERR_NOT_FOUND, "'%s' does not hold the blob sha256:%s", t->name.p, want);
	struct digest actual = sha256_of(*blob);
	digest_hex(&actual, got);
	if (!digest_eq(&actual, digest))
		return err_set(err, ERR_INTEGRITY, "'%s': the blob sha256:%s has the content sha256:%s", t->name.p, want, got);
	*bytes = *blob;
	return true;
}
