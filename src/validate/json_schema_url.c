/* References between URLs, RFC 3986 section 5.2, on text that the metaschemas have checked. */
#include "base/path.h"
#include "validate/json_schema_internal.h"

struct str js_url_cut(struct str url, struct str *fragment)
{
	struct str before;
	str_cut(url, '#', &before, fragment);
	return before;
}

/* Length of "scheme:" or 0. */
static size_t scheme_length(struct str url)
{
	for (size_t i = 0; i < url.n; i++) {
		char c = url.p[i];
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
		if (c == ':' && i > 0)
			return i + 1;
		if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.')))
			return 0;
	}
	return 0;
}

/* Where the path begins: behind scheme and authority. */
static size_t path_start(struct str url)
{
	size_t i = scheme_length(url);
	if (!str_starts(str_slice(url, i, url.n), STR("//")))
		return i;
	size_t slash = str_find_char(str_slice(url, i + 2, url.n), '/');
	return slash == STR_NPOS ? url.n : i + 2 + slash;
}

struct str js_url_resolve(struct arena *a, struct str base, struct str ref)
{
	struct str fragment;
	base = js_url_cut(base, &fragment);
	if (ref.n == 0)
		return base;
	if (scheme_length(ref))
		return ref;
	if (*ref.p == '#')
		return arena_concat(a, base, ref);
	if (str_starts(ref, STR("//")))
		return arena_concat(a, str_slice(base, 0, scheme_length(base)), ref);
	struct str path = js_url_cut(ref, &fragment);
	size_t start = path_start(base);
	struct str folder = str_slice(base, start, base.n);
	size_t slash = str_rfind_char(folder, '/');
	folder = str_slice(folder, 0, slash == STR_NPOS ? 0 : slash + 1);
	struct str joined = *path.p == '/' ? path : arena_concat(a, folder.n ? folder : STR("/"), path);
	bool is_folder = str_ends(joined, STR("/"));
	joined = path_clean(a, joined);
	struct str url = arena_concat(a, str_slice(base, 0, start), joined);
	if (is_folder && !str_ends(url, STR("/")))
		url = arena_concat(a, url, STR("/"));
	return path.n < ref.n ? arena_concat(a, url, str_slice(ref, path.n, ref.n)) : url;
}
