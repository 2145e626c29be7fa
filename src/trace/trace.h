/*
 * trace.h: finds out what commands read and write by watching them and all their descendants, static programs included.
 *
 *	struct tracer *t;
 *	ok = tracer_start(&options, &t, err);
 *	tracer_call(t, start_child, &job);      // whatever this function starts is watched, and all that comes of it
 *	… wait for the child …
 *	tracer_end(t, &arena, &traced);         // traced.reason is empty: all was seen
 *
 * The kernel stops each system call that names a file, lists a folder or leaves the machine and tells us (seccomp user notification, Linux 5.5); we look at
 * the file as it is before the call, write down what that says, and let the call go on. Nothing is changed for the programs but three things: their
 * standard input should be /dev/null and other descriptors closed (a caller's affair: what comes that way is not seen), io_uring and clone3 do not exist for
 * them (libraries then use the older calls), and without root setuid programs run without their rights, which is told.
 *
 * It fails closed: what cannot be seen or compared makes the whole result uncacheable, and `reason` says what it was. Linux on x86-64 and aarch64.
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include <sys/types.h>

#include "base/sha256.h"
#include "base/vec.h"

enum traced_kind {
	TRACED_FILE = 1, /* a regular file that was read, executed or looked at: digest of its content */
	TRACED_ABSENT,   /* looked for, not there */
	TRACED_KIND,     /* looked at: digest of traced_kind_word */
	TRACED_LIST,     /* folder listed: digest of its names and kinds, see tracer_list_digest */
	TRACED_LINK,     /* symbolic link read or followed: digest of its target */
	TRACED_LEFT,     /* folder that was removed and made again: digest of the names left in it */
	TRACED_OUTPUT,   /* regular file, symbolic link or empty folder that the commands made; mode tells which */
};

struct traced_entry {
	enum traced_kind kind;
	mode_t mode;          /* TRACED_OUTPUT: as lstat tells it */
	struct str path;      /* absolute; only its last part may be a link */
	struct digest digest; /* TRACED_OUTPUT: not set */
};

struct traced {
	VEC(struct traced_entry) entries; /* in order of kind and path */
	struct str reason; /* empty: everything was seen. Else why the result must not be recorded, "it connected to 10.0.0.1:80" */
	struct str hint;   /* how to mend it; may be empty */
	uint64_t calls;    /* system calls that were looked at */
};

struct trace_options {
	struct str root;          /* absolute: outputs must lie in it */
	struct str state;         /* absolute: a folder of our own, whose name does not count in listings; may be empty */
	const struct str *ignore; /* absolute paths; of what lies at or below them no notice is taken */
	size_t n_ignore;
	/* Digest of a regular file's content; NULL: it is hashed. Called from the tracer's own thread too. */
	bool (*digest)(void *ctx, struct str path, struct digest *out, struct err *err);
	void *digest_ctx;
};

struct tracer;

/* Begins to watch. ERR_IO where the kernel does not let us (an old one, a sandbox, a trace within a trace), ERR_USAGE on other systems. */
MUST_CHECK bool tracer_start(const struct trace_options *options, struct tracer **out, struct err *err);
/* Takes no notice of `path` (copied) and what is below it from now on. */
void tracer_ignore(struct tracer *t, struct str path);
/* Runs fn(arg) in the watched thread and returns when it has returned. Only children that are started there are watched. Fatal signals are blocked or not
 * as they were for the caller of tracer_start. */
void tracer_call(struct tracer *t, void (*fn)(void *arg), void *arg);
/* Ends the watching and frees the tracer; `out`, in `a`, is what it has seen. Processes that still run make the result uncacheable and go on unwatched. To be called when the
 * children have been waited for. */
void tracer_end(struct tracer *t, struct arena *a, struct traced *out);

/* One command from its start to its end, with standard input from /dev/null; *status as waitpid gives it. */
struct trace_command {
	const char *const *argv; /* argv[0] is searched in PATH of environ */
	char *const *environ;
	const char *directory;   /* NULL: the program's own */
};
MUST_CHECK bool trace_run(const struct trace_options *options, const struct trace_command *command, int *status, struct arena *a, struct traced *out,
			  struct err *err);

/* What can be seen of a file by looking at it but its times and its content: "folder", "file", "program", "other", "link", "denied". NULL where there is nothing. */
const char *traced_kind_word(struct str path);

/* Digest of the names and kinds in a folder but those for which `skip` says true; *exists is false where there is none. */
typedef bool traced_skip(void *ctx, struct str name);
MUST_CHECK bool traced_list_digest(struct str path, traced_skip *skip, void *ctx, struct digest *out, bool *exists, struct err *err);

#endif
