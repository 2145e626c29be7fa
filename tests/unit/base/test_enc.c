/* Hexadecimal, base64, base32 and SHA-256: the offsets and bytes of the first table were printed by Go's encoding packages. */
#include "unit.h"

#include "base/enc.h"
#include "base/sha256.h"

static void test_go_rows(void **state)
{
	static const struct {
		int base, raw;
		const char *in;
		int at; /* -1: decodes */
		const char *hex;
	} rows[] = {
		{ 64, 0, "", -1, "" },
		{ 64, 1, "", -1, "" },
		{ 64, 0, "A", 0, "" },
		{ 64, 1, "A", 0, "" },
		{ 64, 0, "AA", 0, "" },
		{ 64, 1, "AA", -1, "00" },
		{ 64, 0, "AAA", 0, "" },
		{ 64, 1, "AAA", -1, "0000" },
		{ 64, 0, "AAAA", -1, "000000" },
		{ 64, 1, "AAAA", -1, "000000" },
		{ 64, 0, "AAAAA", 4, "" },
		{ 64, 1, "AAAAA", 4, "" },
		{ 64, 0, "AA=", 3, "" },
		{ 64, 1, "AA=", 2, "" },
		{ 64, 0, "AA==", -1, "00" },
		{ 64, 1, "AA==", 2, "" },
		{ 64, 0, "AAA=", -1, "0000" },
		{ 64, 1, "AAA=", 3, "" },
		{ 64, 0, "AA==x", 4, "" },
		{ 64, 1, "AA==x", 2, "" },
		{ 64, 0, "AA=x", 2, "" },
		{ 64, 1, "AA=x", 2, "" },
		{ 64, 0, "A=", 1, "" },
		{ 64, 1, "A=", 1, "" },
		{ 64, 0, "A===", 1, "" },
		{ 64, 1, "A===", 1, "" },
		{ 64, 0, "=", 0, "" },
		{ 64, 1, "=", 0, "" },
		{ 64, 0, "==", 0, "" },
		{ 64, 1, "==", 0, "" },
		{ 64, 0, "AAA=A", 4, "" },
		{ 64, 1, "AAA=A", 3, "" },
		{ 64, 0, "AAA==", 4, "" },
		{ 64, 1, "AAA==", 3, "" },
		{ 64, 0, "AA\n==", -1, "00" },
		{ 64, 1, "AA\n==", 3, "" },
		{ 64, 0, "AA=\n=", -1, "00" },
		{ 64, 1, "AA=\n=", 2, "" },
		{ 64, 0, "AA==\n", -1, "00" },
		{ 64, 1, "AA==\n", 2, "" },
		{ 64, 0, "AA==\nx", 5, "" },
		{ 64, 1, "AA==\nx", 2, "" },
		{ 64, 0, "A\nA\nA\n", 3, "" },
		{ 64, 1, "A\nA\nA\n", -1, "0000" },
		{ 64, 0, "AAAA\nA", 5, "" },
		{ 64, 1, "AAAA\nA", 5, "" },
		{ 64, 0, "AA!A", 2, "" },
		{ 64, 1, "AA!A", 2, "" },
		{ 64, 0, "AAAAAA!", 6, "" },
		{ 64, 1, "AAAAAA!", 6, "" },
		{ 64, 0, "AAAA====", 4, "" },
		{ 64, 1, "AAAA====", 4, "" },
		{ 64, 0, "AAAAA=", 5, "" },
		{ 64, 1, "AAAAA=", 5, "" },
		{ 64, 0, "AAAA=", 4, "" },
		{ 64, 1, "AAAA=", 4, "" },
		{ 64, 0, "A=AA", 1, "" },
		{ 64, 1, "A=AA", 1, "" },
		{ 64, 0, "AB==", -1, "00" },
		{ 64, 1, "AB==", 2, "" },
		{ 64, 0, "Zm9vYg==", -1, "666f6f62" },
		{ 64, 1, "Zm9vYg==", 6, "" },
		{ 64, 0, "AAAAAA", 4, "" },
		{ 64, 1, "AAAAAA", -1, "00000000" },
		{ 64, 0, "AAAA\n\nAA\n", 7, "" },
		{ 64, 1, "AAAA\n\nAA\n", -1, "00000000" },
		{ 64, 0, "AAA\n=", -1, "0000" },
		{ 64, 1, "AAA\n=", 4, "" },
		{ 64, 0, "AAA=\n\nz", 6, "" },
		{ 64, 1, "AAA=\n\nz", 3, "" },
		{ 64, 0, "AA=\n", 4, "" },
		{ 64, 1, "AA=\n", 2, "" },
		{ 64, 0, "AA=\nx", 3, "" },
		{ 64, 1, "AA=\nx", 2, "" },
		{ 64, 0, "AAAAA\n\n", 6, "" },
		{ 64, 1, "AAAAA\n\n", 6, "" },
		{ 32, 0, "", -1, "" },
		{ 32, 0, "A", 0, "" },
		{ 32, 0, "AA", 0, "" },
		{ 32, 0, "AA=", 3, "" },
		{ 32, 0, "AA======", -1, "00" },
		{ 32, 0, "AAA=====", 3, "" },
		{ 32, 0, "AAAA====", -1, "0000" },
		{ 32, 0, "AAAAA===", -1, "000000" },
		{ 32, 0, "AAAAAA==", 6, "" },
		{ 32, 0, "AAAAAAA=", -1, "00000000" },
		{ 32, 0, "AAAAAAAA", -1, "0000000000" },
		{ 32, 0, "AAAAAAAAA", 8, "" },
		{ 32, 0, "AAAAAAAAAA======", -1, "000000000000" },
		{ 32, 0, "AA====", 6, "" },
		{ 32, 0, "AA======x", -1, "00" },
		{ 32, 0, "AA===x==", 4, "" },
		{ 32, 0, "a", 0, "" },
		{ 32, 0, "AA!", 2, "" },
		{ 32, 0, "AA\n======", -1, "00" },
		{ 32, 0, "AA===\n===", -1, "00" },
		{ 32, 0, "A=======", 1, "" },
		{ 32, 0, "=", 0, "" },
		{ 32, 0, "========", 0, "" },
		{ 32, 0, "MZXW6===", -1, "666f6f" },
		{ 32, 0, "AAAAAAAA=", 8, "" },
		{ 32, 0, "AAAAAAAA========", 8, "" },
		{ 32, 0, "AA=======", -1, "00" },
		{ 32, 0, "AAAA=====", -1, "0000" },
		{ 32, 0, "AA====\nx", 7, "" },
		{ 32, 0, "AAAAAAAAAA", 8, "" },
		{ 32, 0, "AAAA", 0, "" },
		{ 32, 0, "AAAAAA=", 7, "" },
		{ 32, 0, "1AAAAAAA", 0, "" },
		{ 32, 0, "AA0=====", 2, "" },
		{ 32, 0, "AAAAAAAA\nA", 8, "" },
		{ 32, 0, "AA======\n", -1, "00" },
		{ 32, 0, "AA======\nx", -1, "00" },
		{ 32, 0, "AAAAAAAAAA=", 11, "" },
		{ 32, 0, "AAA=A===", 3, "" },
		{ 32, 0, "A=A=====", 1, "" },
		{ 32, 0, "AAAAA==", 7, "" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_BUF out = { 0 }, hex = { 0 };
		buf_add_c(&out, "x"); /* stays in front, also on failure */
		size_t at = 99;
		bool ok = rows[i].base == 32 ? enc_unbase32(&out, str_c(rows[i].in), &at)
					     : enc_unbase64(&out, str_c(rows[i].in), rows[i].raw ? ENC_BASE64_RAW : ENC_BASE64, &at);
		if (ok != (rows[i].at < 0) || (!ok && (int)at != rows[i].at))
			fail_msg("base%d raw %d '%s': ok %d at %zu", rows[i].base, rows[i].raw, rows[i].in, ok, at);
		assert_true(out.n >= 1);
		enc_hex(&hex, str_slice(buf_str(&out), 1, out.n));
		same(buf_str(&hex), rows[i].hex);
	}
}

static void test_encode(void **state)
{
	/* RFC 4648 section 10. */
	static const struct { const char *in, *b64, *b64_raw, *b32, *hex; } rows[] = {
		{ "", "", "", "", "" },
		{ "f", "Zg==", "Zg", "MY======", "66" },
		{ "fo", "Zm8=", "Zm8", "MZXQ====", "666f" },
		{ "foo", "Zm9v", "Zm9v", "MZXW6===", "666f6f" },
		{ "foob", "Zm9vYg==", "Zm9vYg", "MZXW6YQ=", "666f6f62" },
		{ "fooba", "Zm9vYmE=", "Zm9vYmE", "MZXW6YTB", "666f6f6261" },
		{ "foobar", "Zm9vYmFy", "Zm9vYmFy", "MZXW6YTBOI======", "666f6f626172" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_BUF b64 = { 0 }, raw = { 0 }, b32 = { 0 }, hex = { 0 }, back = { 0 };
		enc_base64(&b64, str_c(rows[i].in), ENC_BASE64);
		enc_base64(&raw, str_c(rows[i].in), ENC_BASE64_RAW);
		enc_base32(&b32, str_c(rows[i].in));
		enc_hex(&hex, str_c(rows[i].in));
		same(buf_str(&b64), rows[i].b64);
		same(buf_str(&raw), rows[i].b64_raw);
		same(buf_str(&b32), rows[i].b32);
		same(buf_str(&hex), rows[i].hex);
		assert_true(enc_unhex(&back, buf_str(&hex), NULL));
		same(buf_str(&back), rows[i].in);
	}
	AUTO_BUF url = { 0 }, back = { 0 };
	enc_base64(&url, STR("\xfb\xff\xfe"), ENC_BASE64_URL);
	same(buf_str(&url), "-__-");
	assert_true(enc_unbase64(&back, STR("-__-"), ENC_BASE64_URL_RAW, NULL));
	assert_int_equal(back.n, 3);
	size_t at;
	assert_false(enc_unhex(&back, STR("0g"), &at));
	assert_int_equal(at, 1);
	assert_false(enc_unhex(&back, STR("000"), &at));
	assert_int_equal(at, 3);
}

static void check_digest(struct digest d, const char *want)
{
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(&d, hex);
	assert_string_equal(hex, want);
}

static void test_sha256(void **state)
{
	/* FIPS 180-4 examples. */
	check_digest(sha256_of(STR("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	check_digest(sha256_of(STR("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	check_digest(sha256_of(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
		     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	/* A million times 'a', in pieces of every size. */
	struct sha256 s;
	sha256_init(&s);
	char piece[200];
	memset(piece, 'a', sizeof(piece));
	size_t left = 1000000;
	for (size_t n = 1; left; n = n % 199 + 1) {
		sha256_add(&s, (struct str){ piece, MIN(n, left) });
		left -= MIN(n, left);
	}
	check_digest(sha256_end(&s), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	/* RFC 4231, cases 2 and 6. */
	check_digest(sha256_hmac(STR("Jefe"), STR("what do ya want for nothing?")),
		     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	char key[131];
	memset(key, 0xaa, sizeof(key));
	check_digest(sha256_hmac((struct str){ key, 131 }, STR("Test Using Larger Than Block-Size Key - Hash Key First")),
		     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	struct digest d;
	assert_true(digest_parse(STR("sha256:BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), &d));
	check_digest(d, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_false(digest_parse(STR("ba78"), &d));
	AUTO_ERR err = { 0 };
	assert_false(sha256_file(STR("/nonexistent/x"), &d, NULL, &err));
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_go_rows),
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_sha256),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
