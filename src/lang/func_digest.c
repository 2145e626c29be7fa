/* Digests and random text. */
#include <string.h>
#include <sys/random.h>

#include "base/sha256.h"
#include "base/utf8.h"
#include "lang/blake3.h"
#include "lang/builtin.h"

/* choose() gives at most so many bytes. */
#define CHOOSE_MAX ((size_t)64 << 20)

static struct str arg(const struct builtin_call *c, size_t i)
{
	return c->args[i].p[0];
}

static struct str hex(struct builtin_call *c, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char *out = arena_alloc(c->arena, 2 * n + 1);
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * n] = '\0';
	return (struct str){ out, 2 * n };
}

static bool return_blake3(struct builtin_call *c, struct str bytes)
{
	uint8_t out[BLAKE3_SIZE];
	blake3(bytes, out);
	return builtin_return(c, hex(c, out, sizeof(out)));
}

static bool return_sha256(struct builtin_call *c, struct str bytes)
{
	struct digest d = sha256_of(bytes);
	return builtin_return(c, hex(c, d.b, sizeof(d.b)));
}

static bool fn_blake3(struct builtin_call *c)
{
	return return_blake3(c, arg(c, 0));
}

static bool fn_sha256(struct builtin_call *c)
{
	return return_sha256(c, arg(c, 0));
}

/* `open` and `read` word the failure to open and, where it is a folder, to read. */
static bool file_bytes(struct builtin_call *c, const char *open, const char *read, struct str *out)
{
	struct str full;
	int number;
	if (builtin_read_bytes(c, arg(c, 0), out, &full, &number))
		return true;
	bool folder = !strcmp(strerror(number), "Is a directory");
	return builtin_fail(c, "failed to %s `%.*s`: %s (os error %d)", folder ? read : open, STR_ARG(full), strerror(number), number);
}

static bool fn_blake3_file(struct builtin_call *c)
{
	struct str bytes;
	return file_bytes(c, "hash", "hash", &bytes) && return_blake3(c, bytes);
}

static bool fn_sha256_file(struct builtin_call *c)
{
	struct str bytes;
	return file_bytes(c, "open", "read", &bytes) && return_sha256(c, bytes);
}

static void random_bytes(struct builtin_call *c, void *out, size_t n)
{
	const struct lang_host *host = c->ev->host;
	if (host->random) {
		host->random(host->ctx, out, n);
		return;
	}
	for (size_t done = 0; done < n;) {
		ssize_t got = getrandom((char *)out + done, n - done, 0);
		if (got > 0)
			done += (size_t)got;
	}
}

static bool fn_uuid(struct builtin_call *c)
{
	uint8_t b[16];
	random_bytes(c, b, sizeof(b));
	b[6] = (uint8_t)((b[6] & 0x0F) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3F) | 0x80);
	struct str s = hex(c, b, sizeof(b));
	return builtin_return(c, arena_fmt(c->arena, "%.8s-%.4s-%.4s-%.4s-%.12s", s.p, s.p + 8, s.p + 12, s.p + 16, s.p + 20));
}

static bool parse_count(struct builtin_call *c, struct str s, uint64_t *out)
{
	const char *why = s.n == 0 ? "cannot parse integer from empty string" : NULL;
	struct str digits = s.n > 1 ? str_drop_prefix(s, STR("+")) : s;
	bool overflow = false;
	*out = 0;
	for (size_t i = 0; i < digits.n && !why; i++) {
		unsigned d = (unsigned)(digits.p[i] - '0');
		if (d > 9)
			why = "invalid digit found in string";
		overflow |= __builtin_mul_overflow(*out, 10, out) || __builtin_add_overflow(*out, d, out);
	}
	if (!why && overflow)
		why = "number too large to fit in target type";
	return !why || builtin_fail(c, "failed to parse `%.*s` as positive integer: %s", STR_ARG(s), why);
}

static bool fn_choose(struct builtin_call *c)
{
	struct str alphabet = arg(c, 1);
	VEC(struct str) letters = { 0 };
	for (struct str s = alphabet; s.n;) {
		uint32_t r;
		size_t n = utf8_decode(s, &r);
		struct str letter = str_slice(s, 0, n);
		if (str_find(str_slice(alphabet, 0, (size_t)(s.p - alphabet.p)), letter) != STR_NPOS)
			return builtin_fail(c, "alphabet contains repeated character `%.*s`", STR_ARG(letter));
		vec_push_in(&letters, c->arena, letter);
		s = str_slice(s, n, s.n);
	}
	if (!letters.n)
		return builtin_fail(c, "empty alphabet");
	uint64_t count;
	if (!parse_count(c, arg(c, 0), &count))
		return false;
	if (count > CHOOSE_MAX)
		return builtin_fail(c, "more than %zu characters", CHOOSE_MAX);
	AUTO_BUF b = { 0 };
	for (uint64_t i = 0; i < count; i++) {
		uint64_t r;
		random_bytes(c, &r, sizeof(r));
		buf_add(&b, letters.p[r % letters.n]);
	}
	return builtin_return(c, buf_to_arena(&b, c->arena));
}

static const struct lang_builtin rows[] = {
	{ STR_INIT("blake3"), 1, 1, fn_blake3 },
	{ STR_INIT("blake3_file"), 1, 1, fn_blake3_file },
	{ STR_INIT("choose"), 2, 2, fn_choose },
	{ STR_INIT("sha256"), 1, 1, fn_sha256 },
	{ STR_INIT("sha256_file"), 1, 1, fn_sha256_file },
	{ STR_INIT("uuid"), 0, 0, fn_uuid },
};
const struct builtin_table builtin_digest = { rows, ARRAY_LEN(rows) };
