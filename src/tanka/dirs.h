/*
 * dirs.h: where an environment belongs: root, base and entry point (https://tanka.dev/libraries/import-paths, https://tanka.dev/directory-structure).
 */
#ifndef TANKA_DIRS_H
#define TANKA_DIRS_H

#include "tanka/host.h"

/* All absolute. */
struct tanka_dirs {
	struct str root;  /* the nearest folder upward with tkrc.yaml, else with jsonnetfile.json */
	struct str base;  /* the nearest one with main.jsonnet, not above root */
	struct str entry; /* the file that was named, or base's main.jsonnet */
};

/* The root that `path` (a file or folder) belongs to. Error: ERR_NOT_FOUND in Tanka's words. */
MUST_CHECK bool tanka_root_find(const struct tanka_host *host, struct str path, struct arena *a, struct str *out, struct err *err);
/* `path` is relative to the host's folder. Errors: ERR_NOT_FOUND: "stat PATH: no such file or directory", or that root or base are missing. */
MUST_CHECK bool tanka_dirs_find(const struct tanka_host *host, struct str path, struct arena *a, struct tanka_dirs *out, struct err *err);
/* `path` as seen from the root; "." for the root itself. */
struct str tanka_rel(const struct tanka_dirs *dirs, struct str path, struct arena *a);

/*
 * Reads what a program imports: beside the importing file, then in base, root/lib, base/vendor, root/vendor, and last in the folders of JSONNET_PATH.
 * `from` is the importing file's folder, empty for none. *path is the file's. `tk` is built in. Missing: ERR_NOT_FOUND.
 */
MUST_CHECK bool tanka_import(const struct tanka_host *host, const struct tanka_dirs *dirs, struct str from, struct str name, struct arena *a,
			     struct str *path, struct str *bytes, struct err *err);

#endif
