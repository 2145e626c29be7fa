/*
 * Hashes, sealing, derivation against published vectors; keys and certificates against what `openssl` (where it is installed) says of them, in the words
 * that it has for sprig's own.
 */
#include "unit.h"

#include <stdio.h>

#include "base/enc.h"
#include "base/fs.h"
#include "ext/crypto.h"
#include "ext/proc.h"

static void same_hex(const void *p, size_t n, const char *want)
{
	AUTO_BUF hex = { 0 };
	enc_hex(&hex, (struct str){ p, n });
	same(buf_str(&hex), want);
}

static void test_hashes(void **state)
{
	static const struct { enum crypto_hash kind; const char *in, *hex; } rows[] = {
		{ CRYPTO_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72" },
		{ CRYPTO_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ CRYPTO_SHA224, "abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7" },
		{ CRYPTO_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ CRYPTO_SHA512, "abc",
		  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		  "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t out[CRYPTO_HASH_MAX];
		size_t n;
		AUTO_ERR err = { 0 };
		assert_true(crypto_hash(rows[i].kind, str_c(rows[i].in), out, &n, &err));
		same_hex(out, n, rows[i].hex);
	}
	uint8_t key[64];
	AUTO_ERR err = { 0 };
	/* RFC 7914 section 12. */
	assert_true(crypto_scrypt(STR("password"), STR("NaCl"), (struct crypto_scrypt){ 1024, 8, 16 }, key, 64, &err));
	same_hex(key, 64, "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
			  "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640");
	/* NIST SP 800-38A F.2.5. */
	AUTO_BUF k = { 0 }, iv = { 0 }, plain = { 0 }, sealed = { 0 }, back = { 0 };
	assert_true(enc_unhex(&k, STR("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"), NULL));
	assert_true(enc_unhex(&iv, STR("000102030405060708090a0b0c0d0e0f"), NULL));
	assert_true(enc_unhex(&plain, STR("6bc1bee22e409f96e93d7e117393172a"), NULL));
	assert_true(crypto_aes_cbc(CRYPTO_ENCRYPT, (uint8_t *)k.p, (uint8_t *)iv.p, buf_str(&plain), &sealed, &err));
	same_hex(sealed.p, sealed.n, "f58c4c04d6e5f1ba779eabfb5f7bfbd6");
	assert_true(crypto_aes_cbc(CRYPTO_DECRYPT, (uint8_t *)k.p, (uint8_t *)iv.p, buf_str(&sealed), &back, &err));
	same_hex(back.p, back.n, "6bc1bee22e409f96e93d7e117393172a");
	assert_false(crypto_aes_cbc(CRYPTO_DECRYPT, (uint8_t *)k.p, (uint8_t *)iv.p, STR("short"), &back, &err));
}

static void test_seal(void **state)
{
	uint8_t key[CRYPTO_KEY_LEN], other[CRYPTO_KEY_LEN];
	AUTO_ERR err = { 0 };
	AUTO_BUF sealed = { 0 }, out = { 0 };
	crypto_random(key, sizeof(key));
	crypto_random(other, sizeof(other));
	assert_true(crypto_seal(key, STR("row 1"), STR("secret"), &sealed, &err));
	assert_int_equal(sealed.n, 6 + CRYPTO_SEAL_EXTRA);
	assert_true(crypto_unseal(key, STR("row 1"), buf_str(&sealed), &out, &err));
	same(buf_str(&out), "secret");
	for (size_t i = 0; i <= sealed.n; i++) { /* one changed bit anywhere; then another key, context, length */
		if (i < sealed.n)
			sealed.p[i] ^= 1;
		bool ok = i < sealed.n ? crypto_unseal(key, STR("row 1"), buf_str(&sealed), &out, &err)
				       : crypto_unseal(other, STR("row 1"), buf_str(&sealed), &out, &err);
		assert_false(ok);
		assert_int_equal(err.kind, ERR_INTEGRITY);
		err_deinit(&err);
		if (i < sealed.n)
			sealed.p[i] ^= 1;
	}
	assert_false(crypto_unseal(key, STR("row 2"), buf_str(&sealed), &out, &err));
	err_deinit(&err);
	assert_false(crypto_unseal(key, STR("row 1"), str_slice(buf_str(&sealed), 0, 20), &out, &err));
	same(buf_str(&out), "secret");
}

static void test_bcrypt(void **state)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct str hash;
	char long_password[74];
	memset(long_password, 'x', sizeof(long_password));
	assert_true(crypto_bcrypt(STR("password"), 4, &a, &hash, &err));
	assert_int_equal(hash.n, 60);
	assert_true(str_starts(hash, STR("$2a$04$")));
	assert_false(crypto_bcrypt((struct str){ long_password, 73 }, 4, &a, &hash, &err));
	assert_string_equal(err.message, "bcrypt: password length exceeds 72 bytes");
	arena_deinit(&a);
}

static void test_keys(void **state)
{
	static const struct { const char *type, *first; } rows[] = {
		{ "", "-----BEGIN RSA PRIVATE KEY-----\n" },   { "rsa", "-----BEGIN RSA PRIVATE KEY-----\n" },
		{ "ecdsa", "-----BEGIN EC PRIVATE KEY-----\n" }, { "ed25519", "-----BEGIN PRIVATE KEY-----\n" },
	};
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct crypto_pair pair, own;
	assert_true(crypto_gen_cert(&(struct crypto_cert_options){ .cn = STR("x"), .days = 1 }, &a, &pair, &err));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str pem;
		assert_true(crypto_gen_key(str_c(rows[i].type), &a, &pem, &err));
		assert_true(str_starts(pem, str_c(rows[i].first)));
		assert_true(crypto_check_pair(&(struct crypto_pair){ pair.cert, pem }, &err));
		if (rows[i].type[0] == 'e') { /* a given key is used as it is */
			assert_true(crypto_gen_cert(&(struct crypto_cert_options){ .cn = STR("x"), .days = 1, .key = pem }, &a, &own, &err));
			assert_true(str_eq(own.key, pem));
		}
	}
	struct str pem, bad = STR("nonsense");
	assert_false(crypto_gen_key(STR("x"), &a, &pem, &err));
	assert_string_equal(err.message, "Unknown type x");
	err_deinit(&err);
	assert_false(crypto_check_pair(&(struct crypto_pair){ bad, pair.key }, &err));
	err_deinit(&err);
	assert_false(crypto_gen_cert(&(struct crypto_cert_options){ .cn = STR("x"), .days = 1, .ips = &bad, .ip_count = 1 }, &a, &own, &err));
	assert_string_equal(err.message, "unable to parse IP nonsense");
	arena_deinit(&a);
}

/* What `openssl x509` prints of extensions, names and dates. */
static bool describe(struct str pem, struct buf *out)
{
	const char *argv[] = { "openssl", "x509", "-noout", "-subject", "-issuer", "-ext",
			       "keyUsage,extendedKeyUsage,basicConstraints,subjectAltName", "-nameopt", "show_type", NULL };
	AUTO_ERR err = { 0 };
	struct proc_end end;
	struct proc_options opt = { .argv = argv, .in = PROC_PIPE, .out = PROC_PIPE, .err = PROC_NULL };
	return proc_run(&opt, &(struct proc_run){ .input = pem, .out = out }, &end, &err) && end.code == 0;
}

static void test_certificates(void **state)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	AUTO_BUF text = { 0 };
	struct crypto_pair ca, leaf;
	struct str ips[] = { STR("10.0.0.1"), STR("::1"), STR("::ffff:1.2.3.4") }, dns[] = { STR("bar.com"), STR("bat.com") };
	assert_true(crypto_gen_cert(&(struct crypto_cert_options){ .cn = STR("my ca"), .days = 365, .is_ca = true }, &a, &ca, &err));
	assert_true(crypto_gen_cert(&(struct crypto_cert_options){ .cn = STR("foo_bar.com"), .ips = ips, .ip_count = 3, .dns = dns,
								   .dns_count = 2, .days = 365, .ca = &ca }, &a, &leaf, &err));
	if (!describe(ca.cert, &text))
		skip();
	same(buf_str(&text),
	     "subject=CN=PRINTABLESTRING:my ca\nissuer=CN=PRINTABLESTRING:my ca\n"
	     "X509v3 Key Usage: critical\n    Digital Signature, Key Encipherment, Certificate Sign\n"
	     "X509v3 Extended Key Usage: \n    TLS Web Server Authentication, TLS Web Client Authentication\n"
	     "X509v3 Basic Constraints: critical\n    CA:TRUE\n");
	buf_clear(&text);
	assert_true(describe(leaf.cert, &text));
	same(buf_str(&text),
	     "subject=CN=UTF8STRING:foo_bar.com\nissuer=CN=PRINTABLESTRING:my ca\n"
	     "X509v3 Key Usage: critical\n    Digital Signature, Key Encipherment\n"
	     "X509v3 Extended Key Usage: \n    TLS Web Server Authentication, TLS Web Client Authentication\n"
	     "X509v3 Basic Constraints: critical\n    CA:FALSE\n"
	     "X509v3 Subject Alternative Name: \n    DNS:bar.com, DNS:bat.com, IP Address:10.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP "
	     "Address:1.2.3.4\n");
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hashes), cmocka_unit_test(test_seal),         cmocka_unit_test(test_bcrypt),
		cmocka_unit_test(test_keys),   cmocka_unit_test(test_certificates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
