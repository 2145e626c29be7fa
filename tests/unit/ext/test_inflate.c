/*
 * Inflating: what libdeflate or libarchive packed comes back at each level, whatever it is made of; what is cut off, changed or too long for the room is told, and
 * nothing is read or written beyond the ends. Streams by hand for what those two never write. The checksum.
 */
#include "unit.h"

#include "base/buf.h"
#include "base/crew.h"
#include "ext/archive.h"
#include "ext/crc32.h"
#include "ext/gzip.h"
#include "ext/gzip_stream.h"
#include "ext/inflate.h"

/* A copy that ends where the memory does, so that a sanitizer sees who reads beyond. */
static char *exact(struct str s)
{
	char *p = xmalloc(s.n ? s.n : 1);
	memcpy(p, s.p, s.n);
	return p;
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* What is told must be there to stay. */
struct watch {
	const char *p;
	size_t n;
	uint32_t check;
};

static void told(void *ctx, size_t n)
{
	struct watch *w = ctx;
	assert_true(n >= w->n);
	w->check = crc32_add(w->check, (struct str){ w->p + w->n, n - w->n });
	w->n = n;
}

static enum inflate_result run(struct str packed, size_t room, size_t *used, size_t *n, char **out)
{
	char *in = exact(packed);
	*out = xmalloc(room ? room : 1);
	struct watch w = { .p = *out };
	enum inflate_result r = inflate((struct str){ in, packed.n }, &(struct inflate_to){ *out, room, told, &w }, used, n);
	assert_int_equal(w.n, *n);
	assert_true(w.check == crc32_add(0, (struct str){ *out, *n }));
	free(in);
	return r;
}

/* Kinds of content: letters of a few, runs, random bytes, repetitions at each short distance, words. */
static void make(struct buf *b, int kind, size_t size)
{
	uint32_t state = (uint32_t)kind + 1;
	while (b->n < size) {
		uint32_t r = next_random(&state);
		if (kind == 0)
			buf_add_char(b, (char)('a' + r % 4));
		else if (kind == 1)
			buf_add_repeat(b, (char)r, r % 700);
		else if (kind == 2)
			buf_add_char(b, (char)r);
		else if (kind == 3 && b->n)
			for (size_t distance = 1 + r % MIN(b->n, (size_t)40), i = 0, times = r % 300; i < times; i++)
				buf_add_char(b, b->p[b->n - distance]);
		else if (kind == 4)
			buf_addf(b, "%s: %u\n", (const char *[]){ "name", "image", "  replicas", "    - value" }[r % 4], r % 50);
		else
			buf_add_char(b, (char)r);
		if (kind == 3)
			buf_add_char(b, (char)r);
	}
	b->n = size;
}

static void test_round_trips(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 100, 1000, 20000, 70000, 300000 };
	AUTO_ERR err = { 0 };
	for (int kind = 0; kind < 5; kind++)
		for (size_t s = 0; s < ARRAY_LEN(sizes); s++)
			for (int level = 1; level <= 9; level += 4) {
				AUTO_BUF content = { 0 }, packed = { 0 };
				make(&content, kind, sizes[s]);
				assert_true(arc_gzip(buf_str(&content), level, &packed, &err));
				size_t at = gzip_content_at(buf_str(&packed)), used, n;
				char *out;
				struct str body = str_slice(buf_str(&packed), at, packed.n);
				assert_int_equal(run(body, content.n, &used, &n, &out), INFLATE_OK);
				assert_int_equal(n, content.n);
				assert_int_equal(used, body.n - GZIP_TRAILER);
				assert_memory_equal(out, content.p ? content.p : "", n);
				free(out);
				if (content.n) {
					assert_int_equal(run(body, content.n - 1, &used, &n, &out), INFLATE_FULL);
					free(out);
				}
			}
}

/* Each place where a stream can be cut off; each bit that can be wrong: either it is told, or something comes out. */
static void test_damage(void **state)
{
	AUTO_ERR err = { 0 };
	for (int kind = 0; kind < 5; kind++) {
		AUTO_BUF content = { 0 }, packed = { 0 };
		make(&content, kind, 3000);
		assert_true(arc_gzip(buf_str(&content), 6, &packed, &err));
		struct str body = str_slice(buf_str(&packed), gzip_content_at(buf_str(&packed)), packed.n - GZIP_TRAILER);
		for (size_t cut = 0; cut < body.n; cut++) {
			size_t used, n;
			char *out;
			assert_int_equal(run(str_slice(body, 0, cut), 3000, &used, &n, &out), INFLATE_DAMAGED);
			assert_memory_equal(out, content.p, n);
			free(out);
		}
		char *changed = exact(body);
		for (size_t bit = 0; bit < MIN(body.n * 8, (size_t)6000); bit++) {
			size_t used, n;
			char *out;
			changed[bit / 8] ^= (char)(1 << bit % 8);
			(void)run((struct str){ changed, body.n }, 4000, &used, &n, &out);
			assert_true(used <= body.n && n <= 4000);
			free(out);
			changed[bit / 8] ^= (char)(1 << bit % 8);
		}
		free(changed);
	}
}

/* By hand, from RFC 1951. */
static void test_streams(void **state)
{
	static const struct {
		struct str packed;
		enum inflate_result result;
		const char *content;
	} rows[] = {
		{ STR_INIT("\x4b\x4c\x02\x00"), INFLATE_OK, "ab" },
		{ STR_INIT("\x01\x03\x00\xfc\xff" "abc"), INFLATE_OK, "abc" },
		{ STR_INIT("\x00\x01\x00\xfe\xff" "a" "\x01\x01\x00\xfe\xff" "b"), INFLATE_OK, "ab" },
		{ STR_INIT("\x01\x00\x00\xff\xff"), INFLATE_OK, "" },
		{ STR_INIT("\x01\x03\x00\xfc\xfe" "abc"), INFLATE_DAMAGED, NULL }, /* its length's complement */
		{ STR_INIT("\x01\x04\x00\xfb\xff" "abc"), INFLATE_DAMAGED, NULL },
		{ STR_INIT("\x07"), INFLATE_DAMAGED, NULL },			   /* no kind of block */
		{ STR_INIT("\x4b\x04\x02\x00"), INFLATE_OK, "aaaa" },
		{ STR_INIT("\x03\x02\x00"), INFLATE_DAMAGED, NULL },	   /* from before the beginning */
		{ STR_INIT("\x1b\x03\x00"), INFLATE_DAMAGED, NULL },	   /* a length that is none */
		{ STR_INIT("\x05\xe0\x93\x24\x49\x92\x24\x49\x92\x00\x00\x00\x00\x00\x00\x00\x00\x00"), INFLATE_DAMAGED, NULL }, /* more codes than fit */
		{ STR_INIT("\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), INFLATE_DAMAGED, NULL }, /* no code at all */
		{ STR_INIT(""), INFLATE_DAMAGED, NULL },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t used, n;
		char *out;
		assert_int_equal(run(rows[i].packed, 100, &used, &n, &out), rows[i].result);
		if (rows[i].content)
			same(((struct str){ out, n }), rows[i].content);
		free(out);
	}
}

static void test_check(void **state)
{
	AUTO_BUF b = { 0 };
	make(&b, 2, 1000);
	assert_true(crc32_add(0, STR("123456789")) == 0xcbf43926);
	assert_true(crc32_add(0, STR("")) == 0);
	for (size_t n = 0; n < b.n; n++) { /* at once, and byte by byte */
		uint32_t single = crc32_add(7, str_slice(buf_str(&b), 0, n % 70));
		for (size_t i = n % 70; i < n; i++)
			single = crc32_add(single, str_slice(buf_str(&b), i, i + 1));
		assert_true(crc32_add(7, str_slice(buf_str(&b), 0, n)) == single);
	}
}

/* ---- Read while it is being inflated ---- */

static bool count_idle(void *ctx)
{
	++*(int *)ctx;
	return *(int *)ctx < 3;
}

static void test_stream(void **state)
{
	AUTO_BUF content = { 0 }, packed = { 0 };
	AUTO_ERR err = { 0 };
	make(&content, 4, 2 << 20);
	assert_true(arc_gzip(buf_str(&content), 6, &packed, &err));
	for (int damage = 0; damage < 4; damage++) {
		struct str bytes = buf_str(&packed);
		if (damage == 1)
			packed.p[packed.n / 2] ^= 4;
		if (damage == 2)
			packed.p[packed.n - 5] ^= 1; /* the checksum */
		if (damage == 3)
			buf_add_char(&packed, '\0');
		bytes = buf_str(&packed);
		size_t size = gzip_stream_size(bytes);
		if (damage == 3)
			size = content.n;
		assert_int_equal(size, content.n);
		struct crew crew;
		crew_init(&crew);
		char *to = xmalloc(size);
		struct gzip_stream *s = gzip_stream_new(bytes, to, size);
		crew_add(&crew, gzip_stream_run, s);
		int idle = 0;
		for (size_t at = 0; damage == 0 && at < size; at += 5000) {
			size_t want = MIN(at + 5000, size), there = gzip_stream_wait(s, want, &(struct arc_idle){ count_idle, &idle });
			assert_true(there >= want);
			assert_memory_equal(to + at, content.p + at, want - at);
		}
		(void)gzip_stream_wait(s, size + 1, &(struct arc_idle){ NULL, NULL });
		assert_int_equal(gzip_stream_end(s), damage == 0);
		gzip_stream_free(s);
		crew_deinit(&crew);
		free(to);
		if (damage == 1)
			packed.p[packed.n / 2] ^= 4;
		if (damage == 2)
			packed.p[packed.n - 5] ^= 1;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips), cmocka_unit_test(test_damage), cmocka_unit_test(test_streams),
		cmocka_unit_test(test_check),	    cmocka_unit_test(test_stream),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
