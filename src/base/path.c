/* Lexical path rules, after the documentation of Go's path.Clean, Join, Split and filepath.Rel. */
#include "base/path.h"

#include <string.h>

#include "base/vec.h"

bool path_is_abs(struct str p)
{
	return p.n && p.p[0] == '/';
}

/* Whether there is surely nothing to clean: most paths are. */
static bool is_clean(struct str p)
{
	if (p.n == 0 || p.p[0] == '.' || p.p[p.n - 1] == '/')
		return false;
	for (const char *at = p.p, *end = p.p + p.n; (at = memchr(at, '/', (size_t)(end - at))); at++)
		if (at[1] == '/' || at[1] == '.')
			return false;
	return true;
}

struct str path_clean(struct arena *a, struct str p)
{
	if (is_clean(p))
		return arena_str(a, p);
	bool absolute = path_is_abs(p);
	char *out = arena_alloc(a, p.n + 2);
	size_t n = 0, floor = 0; /* `floor`: nothing before it may be taken back by `..` */
	if (absolute)
		out[n++] = '/', floor = 1;
	struct str rest = p, piece;
	while (str_next(&rest, '/', &piece)) {
		if (piece.n == 0 || str_eq(piece, STR(".")))
			continue;
		if (str_eq(piece, STR(".."))) {
			if (n > floor) {
				while (n > floor && out[n - 1] != '/')
					n--;
				n -= n > floor;
				continue;
			}
			if (absolute)
				continue;
		}
		if (n > 0 && out[n - 1] != '/')
			out[n++] = '/';
		memcpy(out + n, piece.p, piece.n);
		n += piece.n;
		if (str_eq(piece, STR("..")))
			floor = n;
	}
	if (n == 0)
		out[n++] = '.';
	out[n] = '\0';
	return (struct str){ out, n };
}

/* Whether path_clean would surely change nothing: no element is empty or begins with a dot. */
static bool is_plain(struct str p)
{
	size_t slash;
	if (path_is_abs(p))
		p = str_slice(p, 1, p.n);
	do {
		if (!p.n || p.p[0] == '/' || p.p[0] == '.')
			return false;
		slash = str_find_char(p, '/');
		p = str_slice(p, slash == STR_NPOS ? p.n : slash + 1, p.n);
	} while (slash != STR_NPOS);
	return true;
}

struct str path_join(struct arena *a, struct str left, struct str right)
{
	if (left.n == 0 && right.n == 0)
		return STR("");
	if (left.n == 0)
		return path_clean(a, right);
	char *p = arena_alloc(a, left.n + right.n + 2);
	memcpy(p, left.p, left.n);
	p[left.n] = '/';
	if (right.n)
		memcpy(p + left.n + 1, right.p, right.n);
	struct str joined = { p, left.n + 1 + right.n };
	p[joined.n] = '\0';
	return is_plain(joined) ? joined : path_clean(a, joined);
}

struct str path_in(struct arena *a, struct str dir, struct str p)
{
	return path_is_abs(p) ? path_clean(a, p) : path_join(a, dir, p);
}

struct str path_base(struct str p)
{
	if (p.n == 0)
		return STR(".");
	while (p.n > 1 && p.p[p.n - 1] == '/')
		p.n--;
	size_t slash = str_rfind_char(p, '/');
	return slash == STR_NPOS || p.n == 1 ? p : str_slice(p, slash + 1, p.n);
}

struct str path_dir(struct arena *a, struct str p)
{
	size_t slash = str_rfind_char(p, '/');
	return path_clean(a, slash == STR_NPOS ? STR("") : str_slice(p, 0, slash + 1));
}

struct str path_ext(struct str p)
{
	size_t dot = str_rfind_char(p, '.'), slash = str_rfind_char(p, '/');
	if (dot == STR_NPOS || (slash != STR_NPOS && dot < slash))
		return STR("");
	return str_slice(p, dot, p.n);
}

bool path_rel(struct arena *a, struct str base, struct str target, struct str *out)
{
	base = path_clean(a, base);
	target = path_clean(a, target);
	if (path_is_abs(base) != path_is_abs(target))
		return false;
	if (str_eq(base, STR(".")))
		base = STR("");
	if (str_eq(target, STR(".")))
		target = STR("");
	base = str_drop_prefix(base, STR("/"));
	target = str_drop_prefix(target, STR("/"));
	for (;;) { /* drop what both begin with */
		struct str b, b_rest, t, t_rest;
		if (base.n == 0 || target.n == 0)
			break;
		str_cut(base, '/', &b, &b_rest);
		str_cut(target, '/', &t, &t_rest);
		if (!str_eq(b, t))
			break;
		base = b_rest;
		target = t_rest;
	}
	struct str up = STR(""), piece;
	while (str_next(&base, '/', &piece)) {
		if (str_eq(piece, STR("..")))
			return false;
		up = arena_concat(a, up, STR("../"));
	}
	*out = path_clean(a, arena_concat(a, up, target));
	return true;
}

bool path_is_local(struct str p)
{
	if (p.n == 0 || path_is_abs(p))
		return false;
	int depth = 0;
	struct str piece;
	while (str_next(&p, '/', &piece)) {
		if (str_eq(piece, STR("..")))
			depth--;
		else if (piece.n && !str_eq(piece, STR(".")))
			depth++;
		if (depth < 0)
			return false;
	}
	return true;
}
