/*
 * glob.h: shell patterns in two dialects: Go's path.Match, and the one of Helm's .Files.Glob (gobwas/glob).
 *
 * path.Match (https://pkg.go.dev/path#Match): `*` and `?` match all but '/', classes [a-z] [^a-z], backslash escapes; the whole name must match.
 * The second (https://github.com/gobwas/glob#readme): `*` and `?` match all but separators, `**` all, [abc] [!abc] [a-z] [!a-z] one, {a,b}
 * alternatives, which may nest; backslash escapes.
 */
#ifndef TEXT_GLOB_H
#define TEXT_GLOB_H

#include "base/arena.h"
#include "base/err.h"

/* path.Match: *matched says whether. A malformed pattern is ERR_SYNTAX "syntax error in pattern"; like Go's, it is seen only as far as matching
 * came. Quadratic at worst. */
MUST_CHECK bool glob_path_match(struct str pattern, struct str name, bool *matched, struct err *err);

struct glob;

/* Compiles a pattern of the second dialect; `separators` are the code points that `*` and `?` stop at ("" for none). The result lives in `a`, immutable.
 * Malformed: ERR_SYNTAX; more than GLOB_DEPTH_MAX nested braces: ERR_LIMIT. */
#define GLOB_DEPTH_MAX 100
MUST_CHECK bool glob_compile(struct arena *a, struct str pattern, struct str separators, const struct glob **out, struct err *err);
/* Whether the whole name matches; linear in pattern times name. */
bool glob_match(const struct glob *g, struct str name);

#endif
