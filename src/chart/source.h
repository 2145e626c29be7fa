/*
 * source.h: where a chart's files come from: a folder or a packed archive, as a flat list of names and bytes. Internal to src/chart.
 */
#ifndef CHART_SOURCE_H
#define CHART_SOURCE_H

#include <stdatomic.h>

#include "chart/chart.h"

/* Opened archives whose unpacked bytes the files borrow. */
struct chart_archives {
	pthread_mutex_t lock;
	VEC(struct arc_reader *) readers; /* on the heap */
};

/* An open folder. */
struct chart_folder {
	int fd;
	struct str path;
	atomic_size_t total; /* bytes read */
};

/*
 * One of several pieces of work that two threads do in turn. What each warns of is kept, and told in their order, up to the first that failed:
 * its error is the one that counts.
 */
struct source_turn {
	bool ok;
	struct err err;
	struct arena *a;
	VEC(struct str) warnings;
	struct chart_options options;
};
/* The options to work with: `from`, which may not be NULL, but for where warnings go. */
const struct chart_options *source_turn_begin(struct source_turn *t, const struct chart_options *from, struct arena *a);
/* Tells what it warned of, unless *ok is false already: then nothing of it counts. False where it does not; *ok and the error are its then. */
bool source_turn_end(struct source_turn *t, const struct chart_options *to, bool *ok, struct err *err);
/* Makes `side` an arena for the helper, from `a` where that has room. To be adopted by `a`. */
void source_side_arena(struct arena *a, struct arena *side);

/* Lists all files of the folder that .helmignore leaves, parents first, siblings in order of bytes; nothing of them is read. *folder, to be closed
 * with source_close_folder, is what source_read_file reads them from. */
MUST_CHECK bool source_list_folder(struct str path, const struct chart_options *options, struct arena *a, struct chart_folder **folder,
				   chart_files *out, struct err *err);
/* Reads a listed file into `a`. */
MUST_CHECK bool source_read_file(struct chart_folder *folder, struct chart_file *file, struct arena *a, struct err *err);
/* Takes NULL. */
void source_close_folder(struct chart_folder *folder);
/* All files of a packed chart, names without the leading folder, in the archive's order. `name` is for messages; `bytes` must outlive the files. */
MUST_CHECK bool source_read_archive(struct str bytes, struct str name, struct chart_archives *archives, struct arena *a, chart_files *out,
				    struct err *err);
/* Whether the bytes of a file named `path` can be a packed chart; the error is Helm's. */
MUST_CHECK bool source_check_archive(struct str path, struct str bytes, struct err *err);

#endif
