/*
 * ignore.h: .gitignore, for folders that are declared as inputs: what git does not track is seldom meant.
 *
 * The rules of gitignore(5): later patterns win, `!` takes back, a slash anchors, a trailing slash means folders, `**` crosses folders; a file below an ignored
 * folder cannot be taken back. The files of the folder itself, of those above it up to the project's root and of those below it count.
 */
#ifndef RUN_IGNORE_H
#define RUN_IGNORE_H

#include "base/arena.h"

struct ignore_rules;

/* Rules for files below `dir`, a folder inside `root` (or not: then only its own). Reads the .gitignore files; `.git` is always ignored. In `a`. */
struct ignore_rules *ignore_load(struct str dir, struct str root, struct arena *a);
/* Whether the file at `path`, relative to the folder, is ignored. */
bool ignore_rules_match(struct ignore_rules *rules, struct str path);
/* The same of a folder. */
bool ignore_rules_match_folder(struct ignore_rules *rules, struct str path);

#endif
