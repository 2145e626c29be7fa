/*
 * path.h: paths as text; nothing here touches the file system. Rules of Go's path and path/filepath on Unix.
 */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include "base/arena.h"

/* Whether it begins with a slash. */
bool path_is_abs(struct str p);
/* Lexically shortest equal path: no `.`, no inner `..`, no doubled or trailing slash; "" gives ".". */
struct str path_clean(struct arena *a, struct str p);
/* Cleaned join; empty parts are skipped; all empty gives "". */
struct str path_join(struct arena *a, struct str left, struct str right);
/* `p` if absolute, else joined to `dir`; cleaned. */
struct str path_in(struct arena *a, struct str dir, struct str p);
/* Last element without trailing slashes; "" gives ".", "/" gives "/". */
struct str path_base(struct str p);
/* All but the last element, cleaned; "." if there is none. */
struct str path_dir(struct arena *a, struct str p);
/* From the last dot of the last element, dot included; or "". */
struct str path_ext(struct str p);
/* `target` as seen from folder `base`; both absolute or both relative. False where only `..` of unknown names would help. */
MUST_CHECK bool path_rel(struct arena *a, struct str base, struct str target, struct str *out);
/* Whether the cleaned relative path stays below its folder: not absolute, no leading `..`. */
bool path_is_local(struct str p);

#endif
