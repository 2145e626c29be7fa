/*
 * A reader is one of two: our tar reader over bytes in memory, gunzipped by libdeflate (the hot path of charts), or libarchive for all else. Both
 * pass their entries through the same checks of count, size and ratio in arc_next and arc_chunk.
 */
#include "ext/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "config.h"
#include "base/fs.h"
#include "ext/gzip.h"
#include "ext/lib.h"
#include "ext/tar.h"

enum {
	IN_MEMORY = 64 << 20,       /* larger files, and larger contents, are streamed by libarchive */
	INFLATED_IN_MEMORY = 256 << 20,
	RATIO_FROM = 1 << 20,       /* below, a high ratio is no harm */
	STREAM_BLOCK = 64 * 1024,
};

#define ARCHIVE_FUNCTIONS(X)                                                                                  \
	X(archive_read_new)                                                                                   \
	X(archive_read_free)                                                                                  \
	X(archive_read_support_filter_all)                                                                    \
	X(archive_read_support_format_tar)                                                                    \
	X(archive_read_support_format_zip)                                                                    \
	X(archive_read_support_format_raw)                                                                    \
	X(archive_read_open_memory)                                                                           \
	X(archive_read_open_fd)                                                                               \
	X(archive_read_next_header)                                                                           \
	X(archive_read_data)                                                                                  \
	X(archive_filter_bytes)                                                                               \
	X(archive_error_string)                                                                               \
	X(archive_errno)                                                                                      \
	X(archive_entry_new)                                                                                  \
	X(archive_entry_free)                                                                                 \
	X(archive_entry_pathname)                                                                             \
	X(archive_entry_pathname_utf8)                                                                        \
	X(archive_entry_symlink)                                                                              \
	X(archive_entry_symlink_utf8)                                                                         \
	X(archive_entry_hardlink)                                                                             \
	X(archive_entry_hardlink_utf8)                                                                        \
	X(archive_entry_filetype)                                                                             \
	X(archive_entry_perm)                                                                                 \
	X(archive_entry_size)                                                                                 \
	X(archive_entry_size_is_set)                                                                          \
	X(archive_entry_mtime)                                                                                \
	X(archive_entry_set_pathname)                                                                         \
	X(archive_entry_set_symlink)                                                                          \
	X(archive_entry_set_hardlink)                                                                         \
	X(archive_entry_set_filetype)                                                                         \
	X(archive_entry_set_perm)                                                                             \
	X(archive_entry_set_uid)                                                                              \
	X(archive_entry_set_gid)                                                                              \
	X(archive_entry_set_size)                                                                             \
	X(archive_entry_set_mtime)                                                                            \
	X(archive_write_new)                                                                                  \
	X(archive_write_free)                                                                                 \
	X(archive_write_close)                                                                                \
	X(archive_write_set_format_gnutar)                                                                    \
	X(archive_write_set_format_raw)                                                                       \
	X(archive_write_add_filter_gzip)                                                                      \
	X(archive_write_add_filter_none)                                                                      \
	X(archive_write_set_filter_option)                                                                    \
	X(archive_write_set_options)                                                                          \
	X(archive_write_set_bytes_in_last_block)                                                              \
	X(archive_write_open)                                                                                 \
	X(archive_write_header)                                                                               \
	X(archive_write_data)

static struct {
	ARCHIVE_FUNCTIONS(LIB_POINTER)
} la;
static const struct lib_symbol la_symbols[] = { ARCHIVE_FUNCTIONS(LIB_SYMBOL) };
static struct lib la_lib = LIB(ARCHIVE_SONAME, la, la_symbols);

struct arc_reader {
	char *name;
	struct arc_limits limits;
	struct arena arena;        /* names and what arc_read_file read */
	struct buf inflated;       /* what `tar` reads, where that was packed */
	bool is_tar;
	struct tar tar;
	struct str data;           /* is_tar: what arc_chunk has not given yet of the current file */
	struct archive *archive;
	int fd;
	bool is_file, sized;       /* the current entry; its size is known */
	uint64_t size, given;      /* of the current file */
	uint64_t packed;           /* bytes of the whole archive, where known */
	uint64_t entries, unpacked;
	char *block;
};

static bool over(const struct arc_reader *r, const char *what, uint64_t limit, struct err *err)
{
	return err_set(err, ERR_LIMIT, "archive '%s' has more than the limit of %llu %s", r->name, (unsigned long long)limit, what);
}

static bool library_failed(struct arc_reader *r, struct err *err)
{
	const char *why = la.archive_error_string(r->archive);
	int code = la.archive_errno(r->archive);
	enum err_kind kind = code == ENOSPC || code == EIO || code == EACCES ? ERR_IO : ERR_INTEGRITY;
	return err_set(err, kind, "archive '%s' cannot be read: %s", r->name, why ? why : "unknown reason");
}

static uint64_t or_default(uint64_t v, uint64_t otherwise)
{
	return v ? v : otherwise;
}

static struct arc_reader *reader_new(struct str name, const struct arc_limits *given)
{
	struct arc_limits l = given ? *given : (struct arc_limits){ 0 };
	struct arc_reader *r = xcalloc(1, sizeof(*r));
	r->fd = -1;
	r->name = xstrndup(name.p, name.n);
	r->limits = (struct arc_limits){
		.total_bytes = or_default(l.total_bytes, ARC_MAX_TOTAL),
		.file_bytes = or_default(l.file_bytes, ARC_MAX_FILE),
		.entries = or_default(l.entries, ARC_MAX_ENTRIES),
		.ratio = (uint32_t)or_default(l.ratio, ARC_MAX_RATIO),
		.path_bytes = (uint32_t)or_default(l.path_bytes, ARC_MAX_PATH),
		.depth = (uint32_t)or_default(l.depth, ARC_MAX_DEPTH),
	};
	return r;
}

static bool start_library(struct arc_reader *r, struct err *err)
{
	if (!lib_load(&la_lib, err))
		return false;
	r->archive = la.archive_read_new();
	if (!r->archive)
		base_die("out of memory");
	la.archive_read_support_filter_all(r->archive);
	la.archive_read_support_format_tar(r->archive);
	la.archive_read_support_format_zip(r->archive);
	return true;
}

static bool not_an_archive(struct arc_reader *r, struct err *err)
{
	return err_set(err, ERR_SYNTAX, "'%s' is no archive that can be read: %s", r->name, la.archive_error_string(r->archive));
}

static void read_tar(struct arc_reader *r, struct str bytes)
{
	r->is_tar = true;
	r->tar = (struct tar){ .bytes = bytes, .arena = &r->arena, .name = str_c(r->name) };
}

/* The most that the content may inflate to. Headers and padding come on top of the files themselves. */
static uint64_t inflated_limit(const struct arc_reader *r, size_t packed)
{
	uint64_t by_ratio = MAX((uint64_t)packed * r->limits.ratio, (uint64_t)RATIO_FROM);
	uint64_t by_total = r->limits.total_bytes + r->limits.total_bytes / 2 + RATIO_FROM;
	return MIN(by_ratio, by_total);
}

/* True in *taken where it is gzip'ed tar and fits into memory; otherwise libarchive's turn. */
static bool try_gzip_tar(struct arc_reader *r, struct str bytes, bool *taken, struct err *err)
{
	uint64_t most = inflated_limit(r, bytes.n);
	size_t limit = (size_t)MIN(most, (uint64_t)INFLATED_IN_MEMORY);
	enum gzip_result result = gzip_inflate(bytes, limit, &r->inflated);
	*taken = false;
	if (result == GZIP_DAMAGED)
		return err_set(err, ERR_INTEGRITY, "archive '%s' is damaged: its gzip data ends early or does not match its checksum",
			       r->name);
	if (result == GZIP_TOO_LARGE && limit == most)
		return over(r, most == (uint64_t)bytes.n * r->limits.ratio ? "unpacked bytes for its size" : "unpacked bytes", most, err);
	if (result == GZIP_OK && tar_looks_like(buf_str(&r->inflated))) {
		read_tar(r, buf_str(&r->inflated));
		*taken = true;
	} else {
		buf_deinit(&r->inflated);
	}
	return true;
}

static bool open_bytes(struct arc_reader *r, struct str bytes, struct err *err)
{
	bool taken = false;
	r->packed = bytes.n;
	if (gzip_looks_like(bytes) && gzip_can() && !try_gzip_tar(r, bytes, &taken, err))
		return false;
	if (taken)
		return true;
	if (tar_looks_like(bytes)) {
		read_tar(r, bytes);
		return true;
	}
	if (!start_library(r, err))
		return false;
	return la.archive_read_open_memory(r->archive, bytes.p, bytes.n) == ARCHIVE_OK || not_an_archive(r, err);
}

bool arc_open_bytes(struct str bytes, struct str name, const struct arc_limits *limits, struct arc_reader **out, struct err *err)
{
	return arc_open_bytes_in(bytes, name, limits, NULL, out, err);
}

bool arc_open_bytes_in(struct str bytes, struct str name, const struct arc_limits *limits, struct arena *a, struct arc_reader **out, struct err *err)
{
	struct arc_reader *r = reader_new(name, limits);
	r->inflated.arena = a;
	if (!open_bytes(r, bytes, err)) {
		arc_close(r);
		return false;
	}
	*out = r;
	return true;
}

static bool open_file(struct arc_reader *r, struct err *err)
{
	struct stat st;
	struct str bytes;
	r->fd = open(r->name, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0 || fstat(r->fd, &st) != 0)
		return err_set(err, errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO, "cannot open '%s': %s", r->name,
			       strerror(errno));
	if (S_ISDIR(st.st_mode))
		return err_set(err, ERR_IO, "'%s' is a folder, not an archive", r->name);
	if (st.st_size <= IN_MEMORY)
		return fs_read_fd(r->fd, str_c(r->name), IN_MEMORY, &r->arena, &bytes, err) && open_bytes(r, bytes, err);
	r->packed = (uint64_t)st.st_size;
	if (!start_library(r, err))
		return false;
	return la.archive_read_open_fd(r->archive, r->fd, STREAM_BLOCK) == ARCHIVE_OK || not_an_archive(r, err);
}

bool arc_open_file(struct str path, const struct arc_limits *limits, struct arc_reader **out, struct err *err)
{
	struct arc_reader *r = reader_new(path, limits);
	if (!open_file(r, err)) {
		arc_close(r);
		return false;
	}
	*out = r;
	return true;
}

void arc_close(struct arc_reader *r)
{
	if (!r)
		return;
	if (r->archive)
		la.archive_read_free(r->archive);
	base_close_fd(&r->fd);
	buf_deinit(&r->inflated);
	arena_deinit(&r->arena);
	free(r->block);
	free(r->name);
	free(r);
}

bool arc_borrows(const struct arc_reader *r)
{
	return r->is_tar;
}

/* libarchive converts names to the locale's charset, which need not be UTF-8: its UTF-8 form is asked for first. */
static struct str entry_text(struct arc_reader *r, const char *utf8, const char *raw)
{
	return arena_str(&r->arena, str_c(utf8 ? utf8 : raw));
}

static void fill_item(struct arc_reader *r, struct archive_entry *e, struct arc_item *item)
{
	const char *hard = la.archive_entry_hardlink(e);
	const char *hard8 = la.archive_entry_hardlink_utf8(e);
	mode_t type = la.archive_entry_filetype(e);
	*item = (struct arc_item){
		.path = entry_text(r, la.archive_entry_pathname_utf8(e), la.archive_entry_pathname(e)),
		.mode = la.archive_entry_perm(e),
		.mtime = la.archive_entry_mtime(e),
		.type = S_ISREG(type) ? ARC_FILE : S_ISDIR(type) ? ARC_DIR : S_ISLNK(type) ? ARC_SYMLINK : ARC_OTHER,
	};
	while (item->path.n > 1 && item->path.p[item->path.n - 1] == '/')
		item->path.n--;
	r->sized = la.archive_entry_size_is_set(e) != 0;
	int64_t size = la.archive_entry_size(e);
	item->size = r->sized && size > 0 ? (uint64_t)size : 0;
	if (hard || hard8) {
		item->type = ARC_HARDLINK;
		item->target = entry_text(r, hard8, hard);
	} else if (item->type == ARC_SYMLINK) {
		item->target = entry_text(r, la.archive_entry_symlink_utf8(e), la.archive_entry_symlink(e));
	}
}

static bool next_of_library(struct arc_reader *r, struct arc_item *item, bool *more, struct err *err)
{
	struct archive_entry *e;
	int code = la.archive_read_next_header(r->archive, &e);
	*more = code != ARCHIVE_EOF;
	if (code == ARCHIVE_EOF)
		return true;
	if (code < ARCHIVE_WARN)
		return library_failed(r, err);
	fill_item(r, e, item);
	return true;
}

static bool within_limits(const struct arc_reader *r, const struct arc_item *item, struct err *err)
{
	const struct arc_limits *l = &r->limits;
	size_t depth = 1;
	if (r->entries > l->entries)
		return over(r, "entries", l->entries, err);
	if (item->path.n > l->path_bytes)
		return over(r, "bytes in one name", l->path_bytes, err);
	for (size_t i = 0; i < item->path.n; i++)
		depth += item->path.p[i] == '/';
	if (depth > l->depth)
		return over(r, "folders in one name", l->depth, err);
	if (item->size > l->file_bytes)
		return over(r, "bytes in one file", l->file_bytes, err);
	if (item->size > l->total_bytes - MIN(r->unpacked, l->total_bytes))
		return over(r, "unpacked bytes", l->total_bytes, err);
	return true;
}

bool arc_next(struct arc_reader *r, struct arc_item *item, bool *more, struct err *err)
{
	r->sized = true;
	if (r->is_tar ? !tar_next(&r->tar, item, &r->data, more, err) : !next_of_library(r, item, more, err))
		return false;
	if (!*more)
		return true;
	r->entries++;
	r->is_file = item->type == ARC_FILE;
	r->size = item->size;
	r->given = 0;
	if (!within_limits(r, item, err))
		return false;
	if (r->is_tar) /* its bytes are there already: counted whether read or not */
		r->unpacked += item->size;
	return true;
}

/* Counts what came out of libarchive, whose sizes may be unknown or lies. */
static bool count(struct arc_reader *r, size_t n, struct err *err)
{
	r->given += n;
	r->unpacked += n;
	if (r->given > r->limits.file_bytes)
		return over(r, "bytes in one file", r->limits.file_bytes, err);
	if (r->unpacked > r->limits.total_bytes)
		return over(r, "unpacked bytes", r->limits.total_bytes, err);
	int64_t in = la.archive_filter_bytes(r->archive, -1);
	if (r->unpacked > RATIO_FROM && in > 0 && r->unpacked / r->limits.ratio > (uint64_t)in)
		return err_set(err, ERR_LIMIT, "archive '%s' unpacks to more than %u times its size", r->name, r->limits.ratio);
	return true;
}

bool arc_chunk(struct arc_reader *r, struct str *out, struct err *err)
{
	if (r->is_tar || !r->is_file) {
		*out = r->is_file ? r->data : STR("");
		r->data = STR("");
		return true;
	}
	if (!r->block)
		r->block = xmalloc(STREAM_BLOCK);
	ssize_t got = la.archive_read_data(r->archive, r->block, STREAM_BLOCK);
	if (got < 0)
		return library_failed(r, err);
	if (!count(r, (size_t)got, err))
		return false;
	if (got == 0 && r->sized && r->given < r->size)
		return err_set(err, ERR_INTEGRITY, "archive '%s' is damaged: it ends within a file", r->name);
	*out = (struct str){ r->block, (size_t)got };
	return true;
}

bool arc_read(struct arc_reader *r, struct arena *a, struct str *out, struct err *err)
{
	struct str piece;
	if (r->is_tar)
		return arc_chunk(r, out, err);
	AUTO_BUF all = { 0 };
	do {
		if (!arc_chunk(r, &piece, err))
			return false;
		buf_add(&all, piece);
	} while (piece.n);
	*out = buf_to_arena(&all, a);
	return true;
}

/* --- Writing --- */

struct arc_writer {
	struct archive *archive;
	struct buf bytes; /* what is collected where fd is -1 */
	int fd;
	int error;        /* errno of a failed write */
};

static la_ssize_t write_out(struct archive *archive, void *ctx, const void *p, size_t n)
{
	struct arc_writer *w = ctx;
	if (w->fd < 0) {
		buf_add_bytes(&w->bytes, p, n);
		return (la_ssize_t)n;
	}
	ssize_t done;
	do
		done = write(w->fd, p, n);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		w->error = errno;
	return done;
}

static bool write_failed(struct arc_writer *w, struct err *err)
{
	const char *why = w->error ? strerror(w->error) : la.archive_error_string(w->archive);
	err_set(err, ERR_IO, "cannot write archive: %s", why ? why : "unknown reason");
	if (w->error == ENOSPC)
		err_hint(err, "free some space on that file system and run again");
	return false;
}

/* gzip with neither name nor time, so that equal input gives equal bytes. */
static void add_gzip(struct archive *a, int level)
{
	char digit[2] = { (char)('0' + (level ? level : 6)), '\0' };
	la.archive_write_add_filter_gzip(a);
	la.archive_write_set_filter_option(a, "gzip", "compression-level", digit);
	la.archive_write_set_filter_option(a, "gzip", "timestamp", NULL);
}

static bool writer_open(int fd, struct arc_writer **out, struct err *err)
{
	if (!lib_load(&la_lib, err))
		return false;
	struct arc_writer *w = xcalloc(1, sizeof(*w));
	w->fd = fd;
	w->archive = la.archive_write_new();
	if (!w->archive)
		base_die("out of memory");
	*out = w;
	return true;
}

bool arc_writer_new(int fd, const struct arc_writer_options *opt, struct arc_writer **out, struct err *err)
{
	struct arc_writer *w;
	if (!writer_open(fd, &w, err))
		return false;
	if (opt->format == ARC_TAR_GZ)
		add_gzip(w->archive, opt->level);
	else
		la.archive_write_add_filter_none(w->archive);
	/* GNU's form keeps names as bytes; pax would convert them by the locale, or say in a header of each entry that it did not. */
	la.archive_write_set_format_gnutar(w->archive);
	la.archive_write_set_bytes_in_last_block(w->archive, 1);
	if (la.archive_write_open(w->archive, w, NULL, write_out, NULL) != ARCHIVE_OK) {
		write_failed(w, err);
		arc_writer_free(w);
		return false;
	}
	*out = w;
	return true;
}

void arc_writer_free(struct arc_writer *w)
{
	if (!w)
		return;
	la.archive_write_free(w->archive);
	buf_deinit(&w->bytes);
	free(w);
}

static bool add_header(struct arc_writer *w, const struct arc_item *item, uint64_t size, struct err *err)
{
	static const mode_t types[] = { [ARC_FILE] = AE_IFREG, [ARC_DIR] = AE_IFDIR, [ARC_SYMLINK] = AE_IFLNK,
					[ARC_HARDLINK] = AE_IFREG };
	if (item->type == ARC_OTHER)
		return err_set(err, ERR_USAGE, "'%.*s' is no file, folder or link", STR_ARG(item->path));
	struct arena a = { 0 };
	struct archive_entry *e = la.archive_entry_new();
	if (!e)
		base_die("out of memory");
	la.archive_entry_set_pathname(e, arena_cstr(&a, item->path));
	la.archive_entry_set_filetype(e, types[item->type]);
	la.archive_entry_set_perm(e, item->mode);
	la.archive_entry_set_uid(e, item->uid);
	la.archive_entry_set_gid(e, item->gid);
	la.archive_entry_set_mtime(e, item->mtime, 0);
	la.archive_entry_set_size(e, (int64_t)size);
	if (item->type == ARC_SYMLINK)
		la.archive_entry_set_symlink(e, arena_cstr(&a, item->target));
	else if (item->type == ARC_HARDLINK)
		la.archive_entry_set_hardlink(e, arena_cstr(&a, item->target));
	int code = la.archive_write_header(w->archive, e);
	la.archive_entry_free(e);
	arena_deinit(&a);
	return code >= ARCHIVE_WARN || write_failed(w, err);
}

static bool add_data(struct arc_writer *w, struct str data, struct err *err)
{
	while (data.n) {
		la_ssize_t done = la.archive_write_data(w->archive, data.p, data.n);
		if (done <= 0)
			return write_failed(w, err);
		data = str_slice(data, (size_t)done, data.n);
	}
	return true;
}

bool arc_add(struct arc_writer *w, const struct arc_item *item, struct str data, struct err *err)
{
	size_t size = item->type == ARC_FILE ? data.n : 0;
	return add_header(w, item, size, err) && (size == 0 || add_data(w, data, err));
}

bool arc_add_fd(struct arc_writer *w, const struct arc_item *item, int fd, struct err *err)
{
	char chunk[STREAM_BLOCK];
	if (!add_header(w, item, item->size, err))
		return false;
	for (uint64_t left = item->size; left;) {
		ssize_t got = read(fd, chunk, (size_t)MIN(left, (uint64_t)sizeof(chunk)));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, ERR_IO, "cannot read '%.*s': %s", STR_ARG(item->path), strerror(errno));
		if (got == 0)
			return err_set(err, ERR_IO, "'%.*s' became shorter while it was read", STR_ARG(item->path));
		if (!add_data(w, (struct str){ chunk, (size_t)got }, err))
			return false;
		left -= (uint64_t)got;
	}
	return true;
}

bool arc_writer_finish(struct arc_writer *w, struct buf *out, struct err *err)
{
	if (la.archive_write_close(w->archive) != ARCHIVE_OK)
		return write_failed(w, err);
	if (out)
		buf_add(out, buf_str(&w->bytes));
	buf_clear(&w->bytes);
	return true;
}

/* --- gzip alone --- */

static bool gunzip_by_library(struct str bytes, size_t limit, struct buf *out, struct err *err)
{
	struct arc_reader *r = reader_new(STR("gzip data"), &(struct arc_limits){ limit, limit });
	struct arc_item item;
	struct str piece;
	bool more, ok = start_library(r, err);
	if (ok) {
		la.archive_read_support_format_raw(r->archive);
		ok = la.archive_read_open_memory(r->archive, bytes.p, bytes.n) == ARCHIVE_OK || not_an_archive(r, err);
	}
	ok = ok && arc_next(r, &item, &more, err);
	if (ok && more)
		do {
			ok = arc_chunk(r, &piece, err);
			if (ok)
				buf_add(out, piece);
		} while (ok && piece.n);
	arc_close(r);
	return ok;
}

bool arc_gunzip(struct str bytes, size_t limit, struct buf *out, struct err *err)
{
	size_t keep = out->n;
	if (!gzip_looks_like(bytes))
		return err_set(err, ERR_INTEGRITY, "the data is not gzip'ed");
	enum gzip_result result = GZIP_OK;
	bool ok = true;
	if (gzip_can())
		result = gzip_inflate(bytes, limit > SIZE_MAX - keep ? SIZE_MAX : keep + limit, out);
	else
		ok = gunzip_by_library(bytes, limit, out, err);
	if (result == GZIP_DAMAGED)
		ok = err_set(err, ERR_INTEGRITY, "the gzip data ends early or does not match its checksum");
	else if (result == GZIP_TOO_LARGE)
		ok = err_set(err, ERR_LIMIT, "the data unpacks to more than %zu bytes", limit);
	if (!ok)
		out->n = keep;
	return ok;
}

bool arc_gzip(struct str bytes, int level, struct buf *out, struct err *err)
{
	if (gzip_can()) {
		gzip_deflate(bytes, level, out);
		return true;
	}
	struct arc_writer *w;
	if (!writer_open(-1, &w, err))
		return false;
	add_gzip(w->archive, level);
	la.archive_write_set_format_raw(w->archive);
	la.archive_write_set_bytes_in_last_block(w->archive, 1);
	bool ok = la.archive_write_open(w->archive, w, NULL, write_out, NULL) == ARCHIVE_OK || write_failed(w, err);
	ok = ok && add_header(w, &(struct arc_item){ .path = STR("data"), .mode = 0644 }, bytes.n, err) && add_data(w, bytes, err) &&
	     arc_writer_finish(w, out, err);
	arc_writer_free(w);
	return ok;
}
