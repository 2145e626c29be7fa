/*
 * archive.h: archives in and out: iterate, unpack safely, write so that the same input gives the same bytes.
 *
 * Tar and gzip'ed tar in memory, the form of charts, are read by our own reader (see tar.c for the measurement); every other format and
 * compression goes through libarchive, loaded at first use. Whatever an archive says is untrusted: names, sizes and counts are held
 * against the limits of struct arc_limits, each of which reports ERR_LIMIT with its name.
 */
#ifndef EXT_ARCHIVE_H
#define EXT_ARCHIVE_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

enum arc_type { ARC_FILE, ARC_DIR, ARC_SYMLINK, ARC_HARDLINK, ARC_OTHER };

struct arc_item {
	struct str path;   /* as in the archive, without trailing slash */
	struct str target; /* of a link */
	enum arc_type type;
	mode_t mode;       /* permission bits, setuid, setgid and sticky */
	uint64_t size;     /* of a file */
	int64_t mtime;     /* seconds */
	uint32_t uid, gid; /* written, never restored */
};

/* Zero means the default named below. */
struct arc_limits {
	uint64_t total_bytes; /* all files unpacked */
	uint64_t file_bytes;  /* one file */
	uint64_t entries;
	uint32_t ratio;       /* unpacked bytes per packed byte, judged above 1 MiB unpacked */
	uint32_t path_bytes;  /* one name */
	uint32_t depth;       /* folders in one name */
};
#define ARC_MAX_TOTAL ((uint64_t)4 << 30)
#define ARC_MAX_FILE ((uint64_t)1 << 30)
#define ARC_MAX_ENTRIES 200000u
#define ARC_MAX_RATIO 200u
#define ARC_MAX_PATH 1024u
#define ARC_MAX_DEPTH 64u

struct arc_reader;

/* Reads the archive in `bytes`, which must outlive the reader; `name` is for messages. Unknown formats are ERR_SYNTAX. */
MUST_CHECK bool arc_open_bytes(struct str bytes, struct str name, const struct arc_limits *limits, struct arc_reader **out,
			       struct err *err);
/* The same; what has to be unpacked at once may be in `a`, which then must outlive the reader. NULL: in memory of the reader's. */
MUST_CHECK bool arc_open_bytes_in(struct str bytes, struct str name, const struct arc_limits *limits, struct arena *a, struct arc_reader **out,
				  struct err *err);
/* Reads a file; small ones as arc_open_bytes, large ones as a stream. */
MUST_CHECK bool arc_open_file(struct str path, const struct arc_limits *limits, struct arc_reader **out, struct err *err);
void arc_close(struct arc_reader *r);
/* Goes to the next entry; false in *more at the end. A damaged or truncated archive is ERR_INTEGRITY. The item is valid until the next call. */
MUST_CHECK bool arc_next(struct arc_reader *r, struct arc_item *item, bool *more, struct err *err);
/* The bytes of the current file: borrowed from the reader and valid until arc_close where arc_borrows, else copied into `a`. */
MUST_CHECK bool arc_read(struct arc_reader *r, struct arena *a, struct str *out, struct err *err);
/* Whether arc_read gives views into memory that lives until arc_close, without copying. */
bool arc_borrows(const struct arc_reader *r);
/* The next bytes of the current file, valid until the next call; empty at its end. */
MUST_CHECK bool arc_chunk(struct arc_reader *r, struct str *out, struct err *err);

/* Unpacking. The zero value is the strictest. */
struct arc_unpack {
	uint32_t strip;         /* leading folders to drop from each name; shorter names are skipped */
	struct str only;        /* take only what is below this folder, before stripping; empty: all */
	bool keep_links;        /* make symbolic links that stay inside; otherwise a link is an error */
};
/*
 * Unpacks all entries below the folder `dir`, which is created and must be empty or absent. Refused with ERR_INTEGRITY: absolute names,
 * `..`, names that are not UTF-8 or hold control characters, two names that differ only in case, an entry below a link,
 * links and hard links that lead outside, devices, sockets and FIFOs. Files get 0644 or 0755 (by the owner's x), folders 0755;
 * owners, times, setuid are not restored. On failure what was written stays: unpack aside, then rename.
 */
MUST_CHECK bool arc_unpack(struct arc_reader *r, struct str dir, const struct arc_unpack *opt, struct err *err);

/* Writing. */
enum arc_format { ARC_TAR, ARC_TAR_GZ };
struct arc_writer;
struct arc_writer_options {
	enum arc_format format;
	int level;     /* of gzip, 1 to 9; 0: 6 */
};
/* Writes to the descriptor (borrowed), or with -1 collects the bytes for arc_writer_finish. The same items and options give the same bytes: no time of
 * now, no names of users, owner 0:0. */
MUST_CHECK bool arc_writer_new(int fd, const struct arc_writer_options *opt, struct arc_writer **out, struct err *err);
void arc_writer_free(struct arc_writer *w);
/* Adds an entry; `data` is the content of a file (item->size is ignored). The order of the calls is the order in the archive. */
MUST_CHECK bool arc_add(struct arc_writer *w, const struct arc_item *item, struct str data, struct err *err);
/* Adds a file whose content is read from `fd` up to item->size bytes; fewer are ERR_IO. */
MUST_CHECK bool arc_add_fd(struct arc_writer *w, const struct arc_item *item, int fd, struct err *err);
/* Writes the end; `out` (NULL with a descriptor) gets the bytes. */
MUST_CHECK bool arc_writer_finish(struct arc_writer *w, struct buf *out, struct err *err);

/* One gzip stream, possibly of several members, into `out`; more than `limit` bytes is ERR_LIMIT, damage ERR_INTEGRITY. */
MUST_CHECK bool arc_gunzip(struct str bytes, size_t limit, struct buf *out, struct err *err);
/* Adds `bytes` as one gzip member without name or time; level 1 to 9. */
MUST_CHECK bool arc_gzip(struct str bytes, int level, struct buf *out, struct err *err);

#endif
