/*
 * search.h: which tasks file the command line means, and where its recipes run.
 */
#ifndef CLI_SEARCH_H
#define CLI_SEARCH_H

#include "base/err.h"
#include "cli/options.h"

struct search {
	struct str path;              /* absolute */
	struct str working_directory; /* absolute */
	struct str text;              /* in `memory` */
	struct arena memory;
	bool is_found_upward;         /* `set fallback` may go on above */
	struct str from;              /* the folder in which looking upward began; empty where it did not */
	bool is_copied;               /* from standard input or markdown: `path` is a copy, in `temporary` */
	bool is_builtin;              /* no file: the compiled-in text */
	struct str temporary;         /* folder to remove at the end; p is NULL otherwise */
	struct str source;            /* what was read, for messages */
};

struct search_where {
	const struct options *options;
	struct str invocation_directory;
	char **environ;
};

/* Finds the file and reads it. With no file anywhere: ERR_NOT_FOUND. What is not the text is in `a`. */
MUST_CHECK bool search_find(const struct search_where *where, struct arena *a, struct search *out, struct err *err);
/* Finds a file to edit: what is markdown or standard input is read for its copy, other files need not be there. */
MUST_CHECK bool search_file(const struct search_where *where, struct arena *a, struct search *out, struct err *err);
/* Finds it without reading. */
MUST_CHECK bool search_locate(const struct search_where *where, struct arena *a, struct search *out, struct err *err);
/* Finds the next file above that of `from`. ERR_NOT_FOUND where there is none. */
MUST_CHECK bool search_above(const struct search_where *where, const struct search *from, struct arena *a, struct search *out, struct err *err);
/* Files that would have been found in place of this one, had they been there, or that may not stand beside it: for those who watch. */
void search_rivals(const struct search_where *where, const struct search *search, struct arena *a, str_list *out);
/* Where --init would write: the path of the new file. */
MUST_CHECK bool search_init(const struct search_where *where, struct arena *a, struct str *out, struct err *err);
/* Frees the text. */
void search_forget_text(struct search *search);
/* That, and removes the temporary folder. */
void search_end(struct search *search);

#endif
