/*
 * gzip in memory: the header, inflate.h, and what the trailer says. Deflating is libdeflate's, linked from its archive or else loaded at first use; a build or a machine
 * without it goes through libarchive, which is there anyhow, and is only slower.
 */
#include "ext/gzip.h"

#include <string.h>

#include "config.h"
#include "ext/crc32.h"
#include "ext/inflate.h"

enum { HEADER = 10, FLAGS = 3, SMALLEST_MEMBER = 18, FIRST_GUESS = 64 * 1024 };
enum { FLAG_TEXT = 1, FLAG_CHECK = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16, FLAGS_KNOWN = 31 };

/* ---- Inflating ---- */

bool gzip_looks_like(struct str bytes)
{
	return bytes.n >= 3 && memcmp(bytes.p, "\x1f\x8b\x08", 3) == 0;
}

/* Skips a text that a NUL ends. */
static bool skip_text(struct str bytes, size_t *at)
{
	const char *nul = *at < bytes.n ? memchr(bytes.p + *at, '\0', bytes.n - *at) : NULL;
	if (nul)
		*at = (size_t)(nul - bytes.p) + 1;
	return nul != NULL;
}

size_t gzip_content_at(struct str bytes)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	if (bytes.n < SMALLEST_MEMBER || !gzip_looks_like(bytes) || p[FLAGS] & ~FLAGS_KNOWN)
		return 0;
	size_t at = HEADER;
	if (p[FLAGS] & FLAG_EXTRA)
		at += 2 + (p[at] | (size_t)p[at + 1] << 8);
	if ((p[FLAGS] & FLAG_NAME && !skip_text(bytes, &at)) || (p[FLAGS] & FLAG_COMMENT && !skip_text(bytes, &at)))
		return 0;
	if (p[FLAGS] & FLAG_CHECK)
		at += 2;
	return at < bytes.n - GZIP_TRAILER ? at : 0;
}

uint32_t gzip_number_at(struct str bytes, size_t at)
{
	const uint8_t *p = (const uint8_t *)bytes.p + at;
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The last four bytes are the size modulo 2^32: only a guess, since anybody can write anything there. */
static size_t guess_size(struct str bytes, size_t limit)
{
	size_t size = gzip_number_at(bytes, bytes.n - 4);
	size_t most = bytes.n > SIZE_MAX / GZIP_MAX_RATIO ? SIZE_MAX : bytes.n * GZIP_MAX_RATIO;
	size = size ? size : FIRST_GUESS;
	return MIN(MIN(size, most), limit);
}

/* One member into `out`, which grows as needed up to `limit` bytes in all. */
static enum gzip_result inflate_member(struct str bytes, size_t limit, struct buf *out, size_t *used)
{
	size_t at = gzip_content_at(bytes), room = guess_size(bytes, limit - out->n), n;
	if (!at)
		return GZIP_DAMAGED;
	for (;;) {
		struct inflate_to to = { .p = buf_reserve(out, room), .room = room };
		enum inflate_result r = inflate(str_slice(bytes, at, bytes.n), &to, used, &n);
		if (r == INFLATE_OK) {
			size_t end = at + *used;
			if (bytes.n - end < GZIP_TRAILER || gzip_number_at(bytes, end) != crc32_add(0, (struct str){ to.p, n }) ||
			    gzip_number_at(bytes, end + 4) != (uint32_t)n)
				return GZIP_DAMAGED;
			out->n += n;
			*used = end + GZIP_TRAILER;
			return GZIP_OK;
		}
		if (r == INFLATE_DAMAGED)
			return GZIP_DAMAGED;
		if (room == limit - out->n)
			return GZIP_TOO_LARGE;
		room = MIN(MAX(room * 2, (size_t)FIRST_GUESS), limit - out->n);
	}
}

enum gzip_result gzip_inflate(struct str bytes, size_t limit, struct buf *out)
{
	enum gzip_result r = bytes.n < SMALLEST_MEMBER ? GZIP_DAMAGED : GZIP_OK;
	while (r == GZIP_OK && bytes.n >= SMALLEST_MEMBER && gzip_looks_like(bytes)) {
		size_t used;
		r = inflate_member(bytes, limit, out, &used);
		if (r == GZIP_OK)
			bytes = str_slice(bytes, used, bytes.n);
	}
	/* Zeros behind the last member are a tape's padding; anything else is damage. */
	for (size_t i = 0; r == GZIP_OK && i < bytes.n; i++)
		if (bytes.p[i] != '\0')
			r = GZIP_DAMAGED;
	return r;
}

/* ---- Deflating ---- */

#ifdef HAVE_DEFLATE

#include <libdeflate.h>

#include "ext/lib.h"

#define DEFLATE_FUNCTIONS(X)                                                                              \
	X(libdeflate_alloc_compressor)                                                                    \
	X(libdeflate_free_compressor)                                                                     \
	X(libdeflate_gzip_compress)                                                                       \
	X(libdeflate_gzip_compress_bound)

#ifdef DEFLATE_STATIC

#define LINKED(f) .f = f,
static const struct {
	DEFLATE_FUNCTIONS(LIB_POINTER)
} z = { DEFLATE_FUNCTIONS(LINKED) };

bool gzip_can_deflate(void)
{
	return true;
}

#else

static struct {
	DEFLATE_FUNCTIONS(LIB_POINTER)
} z;
static const struct lib_symbol z_symbols[] = { DEFLATE_FUNCTIONS(LIB_SYMBOL) };
static struct lib z_lib = LIB(DEFLATE_SONAME, z, z_symbols);

bool gzip_can_deflate(void)
{
	AUTO_ERR err = { 0 };
	return lib_load(&z_lib, &err);
}

#endif

void gzip_deflate(struct str bytes, int level, struct buf *out)
{
	struct libdeflate_compressor *c = z.libdeflate_alloc_compressor(level);
	if (!c)
		base_die("out of memory");
	size_t room = z.libdeflate_gzip_compress_bound(c, bytes.n);
	out->n += z.libdeflate_gzip_compress(c, bytes.p, bytes.n, buf_reserve(out, room), room);
	z.libdeflate_free_compressor(c);
}

#else

bool gzip_can_deflate(void)
{
	return false;
}

void gzip_deflate(struct str bytes UNUSED, int level UNUSED, struct buf *out UNUSED)
{
}

#endif
