/*
 * files.h: what is known of each file that the watched commands named: how it was before they touched it, and what they did to it.
 *
 * A file's first state is taken when it is first named, before the call that names it goes on. From then on it is either foreign (as we found it; the
 * commands' own calls are the only changes that we count with) or own: they made, replaced or removed it, and what they see of it says nothing new. At the
 * end each foreign file is looked at again: one that changed meanwhile was changed by somebody else.
 */
#ifndef TRACE_FILES_H
#define TRACE_FILES_H

#include <sys/stat.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/map.h"
#include "trace/trace.h"

enum seen_kind { SEEN_ABSENT, SEEN_FILE, SEEN_DIR, SEEN_LINK, SEEN_OTHER, SEEN_DENIED };

enum seen_flags {
	SEEN_LOOKED = 1,    /* its kind, mode or existence was asked for */
	SEEN_READ = 2,      /* its content */
	SEEN_LISTED = 4,
	SEEN_FOLLOWED = 8,  /* a link's target */
	SEEN_OWN = 16,      /* what it is now is the commands' work */
	SEEN_CREATED = 32,  /* they (tried to) make it where nothing was */
	SEEN_REMOVED = 64,  /* they (tried to) remove it */
	SEEN_MADE_DIR = 128, /* a folder made by them: all below is their own */
	SEEN_IGNORED = 256, /* no notice is taken of it */
	SEEN_SETTLED = 512, /* a folder that they asked to have: that it is there says nothing */
	SEEN_NO_TIMES = 1024, /* its times say nothing (files of the kernel) */
};

struct seen {
	struct str path;
	enum seen_kind kind;   /* at first */
	unsigned flags;
	struct stat was;       /* at first */
	struct str target;     /* of a link, at first */
	struct digest before;  /* of its content at first, where that was asked for in time */
	bool has_before;
	fs_entries names;      /* of a listed folder, at first */
};

struct files {
	struct arena arena;
	struct map map;        /* struct seen *, by path */
	struct trace_options options;
	VEC(struct str) ignored;
	struct buf reason, hint; /* the first thing that could not be seen */
	bool is_blind;           /* names mean something else now: nothing more is looked at */
	struct timespec began;
};

/* `options` is copied, what it points to is borrowed. */
void files_init(struct files *f, const struct trace_options *options);
void files_deinit(struct files *f);
/* From now on what lies at or below the path is looked at by nobody. */
void files_ignore(struct files *f, struct str path);

/* Notes why the result must not be recorded; the first reason stays. */
void files_refuse(struct files *f, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The file of that name: cleaned, absolute, its folders without links. First looked at now if it is new. `inside_own`: its folder is the commands' work. */
struct seen *files_get(struct files *f, struct str path, bool inside_own);
/* The same where it is known that nothing can be there. */
struct seen *files_get_absent(struct files *f, struct str path);
/* What is there now: looked at again where the file is own. `target` of a link goes into `a`. */
enum seen_kind files_kind_now(struct files *f, struct seen *s, struct arena *a, struct str *target);

/* What the commands are about to do. */
void files_look(struct files *f, struct seen *s);
void files_follow(struct files *f, struct seen *s);
void files_read(struct files *f, struct seen *s);
void files_list(struct files *f, struct seen *s);
/* Makes a file or link where nothing is; `dir`: a folder. */
enum files_made { FILES_FILE, FILES_DIR };
void files_create(struct files *f, struct seen *s, enum files_made what);
/* Replaces its content as a whole. */
void files_overwrite(struct files *f, struct seen *s);
/* Gives it another name (a hard link). */
void files_share(struct files *f, struct seen *s);
/* Changes it in place. */
void files_change(struct files *f, struct seen *s);
void files_remove(struct files *f, struct seen *s);

/* Looks at everything again and tells what it comes to. */
void files_finish(struct files *f, struct arena *a, struct traced *out);

#endif
