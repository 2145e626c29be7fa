/* A note is "ETAG\nDATE\nNAME NAME …\n" and then the text that pkg_index_extract gave. */
#include "pkg/index_cache.h"

#include "base/buf.h"

enum { MAX_NOTE = 16 << 20 };

struct pkg_index_cache {
	struct store *store;
	struct arena *a;
	struct str name; /* of the note */
	struct str names;
	struct str etag, date, text; /* remembered; empty: nothing */
	struct http_header header;
};

struct pkg_index_cache *index_cache_open(struct store *store, struct str url, const struct pkg_repository *repository, const struct pkg_index *index,
					 struct arena *a)
{
	struct pkg_index_cache *c = arena_new(a, struct pkg_index_cache);
	struct str note, names;
	c->store = store;
	c->a = a;
	/* Another user may be shown another index. */
	c->names = pkg_index_names(index, a);
	c->name = arena_fmt(a, "index %.*s %.*s %.*s", STR_ARG(url), STR_ARG(repository ? repository->username : STR("")), STR_ARG(c->names));
	if (!store || !store_note_find(store, c->name, a, &note) || !str_cut(note, '\n', &c->etag, &note) || !str_cut(note, '\n', &c->date, &note) ||
	    !str_cut(note, '\n', &names, &c->text) || !str_eq(names, c->names))
		c->etag = c->date = c->text = STR("");
	return c;
}

void index_cache_ask(struct pkg_index_cache *c, struct http_request *req)
{
	if (!c->text.n || (!c->etag.n && !c->date.n))
		return;
	c->header = c->etag.n ? (struct http_header){ STR("If-None-Match"), c->etag } : (struct http_header){ STR("If-Modified-Since"), c->date };
	req->headers = &c->header;
	req->header_count = 1;
}

bool index_cache_feed(struct pkg_index_cache *c, struct pkg_index *index, struct err *err)
{
	pkg_index_reset(index);
	return pkg_index_feed(index, c->text, err);
}

void index_cache_save(struct pkg_index_cache *c, const struct pkg_index *index, const struct http_response *resp)
{
	AUTO_BUF text = { 0 };
	AUTO_ERR ignored = { 0 };
	struct str etag = http_header(resp, STR("etag")), date = http_header(resp, STR("last-modified"));
	if (!c->store || (!etag.n && !date.n))
		return;
	buf_addf(&text, "%.*s\n%.*s\n%.*s\n", STR_ARG(etag), STR_ARG(date), STR_ARG(c->names));
	if (pkg_index_extract(index, &text) && text.n <= MAX_NOTE && !store_note_put(c->store, c->name, buf_str(&text), &ignored))
		err_deinit(&ignored);
}
