/*
 * notify.h: hears of changes in folders from the system, by inotify(7).
 *
 * Folders are watched, not files: a file that is renamed over, removed or made anew is seen then. Where the system has no inotify notify_open fails with ERR_NOT_FOUND,
 * and whoever wants to know has to look.
 */
#ifndef EXT_NOTIFY_H
#define EXT_NOTIFY_H

#include "base/err.h"

struct notify;

/* ERR_LIMIT: the process has no descriptor left; ERR_NOT_FOUND: the system tells nobody of changes. */
MUST_CHECK bool notify_open(struct notify **out, struct err *err);
/* Takes NULL. */
void notify_close(struct notify *n);
/* Polls readable when there is something to hear. */
int notify_fd(const struct notify *n);

/* Watches a folder, absolute; one that is watched already is fine. ERR_NOT_FOUND: there is no such folder (or it may not be read); ERR_LIMIT: the user's share of watches
 * is used up, with a hint. */
MUST_CHECK bool notify_add(struct notify *n, struct str folder, struct err *err);
/* Folders that are not added again between the two are watched no more. */
void notify_begin(struct notify *n);
void notify_end(struct notify *n);

enum notify_what {
	NOTIFY_NAME,   /* something happened to `name` in `folder` */
	NOTIFY_FOLDER, /* the same, and it is a folder, or was one */
	NOTIFY_LOST,   /* some of what happened was lost: all has to be looked at */
};
struct notify_event {
	enum notify_what what;
	struct str folder, name; /* valid until the next call */
};
/* The next event; false where none waits. */
bool notify_next(struct notify *n, struct notify_event *out);

#endif
