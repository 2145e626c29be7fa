/*
 * Layout: a version byte, then for each entry: kind, flags, mode (4 bytes, little endian), length of the name (4 bytes), name, and the digest for the
 * kinds that have one.
 */
#include "store/trace.h"

#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, FLAG_SECRET = 1, FLAG_FOUND = 2 };

static bool has_digest(enum trace_kind kind)
{
	return kind != TRACE_ABSENT && kind != TRACE_NO_ENV && kind != TRACE_SUMMARY;
}

static int entry_cmp(const void *a, const void *b)
{
	const struct trace_entry *x = a, *y = b;
	if (x->kind != y->kind)
		return (x->kind > y->kind) - (x->kind < y->kind);
	return str_cmp(x->name, y->name);
}

void trace_sort(struct trace *t)
{
	if (t->entries.n == 0)
		return;
	qsort(t->entries.p, t->entries.n, sizeof(*t->entries.p), entry_cmp);
	size_t kept = 1;
	for (size_t i = 1; i < t->entries.n; i++)
		if (entry_cmp(&t->entries.p[i], &t->entries.p[kept - 1]) != 0)
			t->entries.p[kept++] = t->entries.p[i];
	t->entries.n = kept;
}

static void add_u32(struct buf *b, uint32_t v)
{
	uint8_t le[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) };
	buf_add_bytes(b, le, 4);
}

void trace_encode(const struct trace *t, struct buf *out)
{
	buf_add_char(out, VERSION);
	for (size_t i = 0; i < t->entries.n; i++) {
		const struct trace_entry *e = &t->entries.p[i];
		buf_add_char(out, (char)e->kind);
		buf_add_char(out, (char)((e->secret ? FLAG_SECRET : 0) | (e->found ? FLAG_FOUND : 0)));
		add_u32(out, e->mode);
		add_u32(out, (uint32_t)e->name.n);
		buf_add(out, e->name);
		if (has_digest(e->kind))
			buf_add_bytes(out, e->digest.b, sizeof(struct digest));
	}
}

static bool take(struct str *rest, size_t n, const uint8_t **p)
{
	if (rest->n < n)
		return false;
	*p = (const uint8_t *)rest->p;
	*rest = str_slice(*rest, n, rest->n);
	return true;
}

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool decode_entry(struct str *rest, struct trace_entry *e)
{
	const uint8_t *head, *name, *digest;
	if (!take(rest, 10, &head) || head[0] < TRACE_FILE || head[0] > TRACE_KIND)
		return false;
	*e = (struct trace_entry){ .kind = head[0], .secret = head[1] & FLAG_SECRET, .found = head[1] & FLAG_FOUND, .mode = u32(head + 2) };
	if (!take(rest, u32(head + 6), &name))
		return false;
	e->name = (struct str){ (const char *)name, u32(head + 6) };
	if (has_digest(e->kind)) {
		if (!take(rest, sizeof(struct digest), &digest))
			return false;
		memcpy(e->digest.b, digest, sizeof(struct digest));
	}
	return true;
}

bool trace_decode(struct str bytes, struct arena *a, struct trace *out, struct err *err)
{
	const uint8_t *version;
	struct trace t = { 0 };
	if (!take(&bytes, 1, &version) || *version != VERSION)
		return err_set(err, ERR_INTEGRITY, "a recorded result has an unknown format");
	while (bytes.n) {
		struct trace_entry e;
		if (!decode_entry(&bytes, &e))
			return err_set(err, ERR_INTEGRITY, "a recorded result is damaged");
		vec_push_in(&t.entries, a, e);
	}
	*out = t;
	return true;
}
