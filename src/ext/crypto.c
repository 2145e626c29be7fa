/*
 * Thin calls into libcrypto through the table of libcrypto.h. bcrypt is not in libcrypto: it is the system's crypt_r (libxcrypt, or musl's libc),
 * loaded the same way.
 */
#include "ext/crypto.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <crypt.h>

#include "config.h"
#include "ext/libcrypto.h"

enum { NONCE_LEN = 12, TAG_LEN = 16, BCRYPT_MAX = 72, SCRYPT_MAX_MEMORY = 1 << 30 };

struct libcrypto ossl;
static const struct lib_symbol ossl_symbols[] = { CRYPTO_FUNCTIONS(LIB_SYMBOL) CRYPTO_OPTIONAL(LIB_OPTIONAL_SYMBOL) };
static struct lib ossl_lib = LIB(CRYPTO_SONAME, ossl, ossl_symbols);

bool libcrypto_load(struct err *err)
{
	return lib_load(&ossl_lib, err);
}

bool libcrypto_failed(const char *doing, struct err *err)
{
	char text[256] = "unknown reason";
	unsigned long code = ossl.ERR_get_error();
	if (code)
		ossl.ERR_error_string_n(code, text, sizeof(text));
	ossl.ERR_clear_error();
	return err_set(err, ERR_FAILED, "cannot %s: %s", doing, text);
}

bool libcrypto_exp(const struct libcrypto_exp *e, BN_CTX *ctx)
{
	return ossl.BN_mod_exp_mont_consttime(e->result, e->base, e->exponent, e->modulus, ctx, e->mont) == 1;
}

bool libcrypto_exp_pair(const struct libcrypto_exp e[2], BN_CTX *ctx)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	if (ossl.BN_mod_exp_mont_consttime_x2)
		return ossl.BN_mod_exp_mont_consttime_x2(e[0].result, e[0].base, e[0].exponent, e[0].modulus, e[0].mont, e[1].result, e[1].base,
							 e[1].exponent, e[1].modulus, e[1].mont, ctx) == 1;
#endif
	return libcrypto_exp(&e[0], ctx) && libcrypto_exp(&e[1], ctx);
}

void crypto_random(void *p, size_t n)
{
	for (char *at = p; n;) {
		ssize_t got = getrandom(at, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			base_die("the system gives no random bytes: %s", strerror(errno));
		at += got;
		n -= (size_t)got;
	}
}

bool crypto_hash(enum crypto_hash kind, struct str bytes, uint8_t out[CRYPTO_HASH_MAX], size_t *n, struct err *err)
{
	if (!libcrypto_load(err))
		return false;
	const EVP_MD *(*const of[])(void) = {
		[CRYPTO_MD5] = ossl.EVP_md5,       [CRYPTO_SHA1] = ossl.EVP_sha1,     [CRYPTO_SHA224] = ossl.EVP_sha224,
		[CRYPTO_SHA256] = ossl.EVP_sha256, [CRYPTO_SHA384] = ossl.EVP_sha384, [CRYPTO_SHA512] = ossl.EVP_sha512,
		[CRYPTO_SHA3_512] = ossl.EVP_sha3_512,
	};
	unsigned len = 0;
	if (ossl.EVP_Digest(bytes.p ? bytes.p : "", bytes.n, out, &len, of[kind](), NULL) != 1)
		return libcrypto_failed("hash", err);
	*n = len;
	return true;
}

/* One use of a cipher: update in pieces that fit an int, then final; adds to `out`. */
static bool cipher_run(EVP_CIPHER_CTX *ctx, struct str in, struct buf *out)
{
	int n;
	while (in.n) {
		size_t piece = MIN(in.n, (size_t)1 << 30);
		uint8_t *to = (uint8_t *)buf_reserve(out, piece + 16);
		if (ossl.EVP_CipherUpdate(ctx, to, &n, (const uint8_t *)in.p, (int)piece) != 1)
			return false;
		out->n += (size_t)n;
		in = str_slice(in, piece, in.n);
	}
	if (ossl.EVP_CipherFinal_ex(ctx, (uint8_t *)buf_reserve(out, 16), &n) != 1)
		return false;
	out->n += (size_t)n;
	return true;
}

static void free_cipher(EVP_CIPHER_CTX **ctx)
{
	if (*ctx)
		ossl.EVP_CIPHER_CTX_free(*ctx);
}
#define AUTO_CIPHER __attribute__((cleanup(free_cipher))) EVP_CIPHER_CTX

static bool gcm_start(EVP_CIPHER_CTX *ctx, const uint8_t *key, const uint8_t *nonce, enum crypto_way way, struct str context)
{
	int n;
	return ossl.EVP_CipherInit_ex(ctx, ossl.EVP_aes_256_gcm(), NULL, key, nonce, way == CRYPTO_ENCRYPT) == 1 &&
	       (context.n == 0 ||
		ossl.EVP_CipherUpdate(ctx, NULL, &n, (const uint8_t *)context.p, (int)context.n) == 1);
}

bool crypto_seal(const uint8_t key[CRYPTO_KEY_LEN], struct str context, struct str plain, struct buf *out, struct err *err)
{
	uint8_t nonce[NONCE_LEN];
	size_t keep = out->n;
	if (!libcrypto_load(err))
		return false;
	AUTO_CIPHER *ctx = ossl.EVP_CIPHER_CTX_new();
	crypto_random(nonce, sizeof(nonce));
	buf_add_bytes(out, nonce, sizeof(nonce));
	if (!ctx || !gcm_start(ctx, key, nonce, CRYPTO_ENCRYPT, context) || !cipher_run(ctx, plain, out) ||
	    ossl.EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, buf_reserve(out, TAG_LEN)) != 1) {
		out->n = keep;
		return libcrypto_failed("seal", err);
	}
	out->n += TAG_LEN;
	return true;
}

bool crypto_unseal(const uint8_t key[CRYPTO_KEY_LEN], struct str context, struct str sealed, struct buf *out, struct err *err)
{
	size_t keep = out->n;
	uint8_t tag[TAG_LEN];
	if (!libcrypto_load(err))
		return false;
	if (sealed.n < CRYPTO_SEAL_EXTRA)
		return err_set(err, ERR_INTEGRITY, "the sealed data is cut short");
	AUTO_CIPHER *ctx = ossl.EVP_CIPHER_CTX_new();
	memcpy(tag, sealed.p + sealed.n - TAG_LEN, TAG_LEN);
	struct str body = str_slice(sealed, NONCE_LEN, sealed.n - TAG_LEN);
	if (!ctx || !gcm_start(ctx, key, (const uint8_t *)sealed.p, CRYPTO_DECRYPT, context) ||
	    ossl.EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) != 1 || !cipher_run(ctx, body, out)) {
		ossl.ERR_clear_error();
		if (out->n > keep)
			memset(out->p + keep, 0, out->n - keep);
		out->n = keep;
		return err_set(err, ERR_INTEGRITY, "the sealed data was changed, or belongs to another key");
	}
	return true;
}

bool crypto_aes_cbc(enum crypto_way way, const uint8_t key[CRYPTO_KEY_LEN], const uint8_t iv[16], struct str in, struct buf *out,
		    struct err *err)
{
	size_t keep = out->n;
	if (in.n % 16)
		return err_set(err, ERR_SYNTAX, "the data is not a multiple of 16 bytes");
	if (!libcrypto_load(err))
		return false;
	AUTO_CIPHER *ctx = ossl.EVP_CIPHER_CTX_new();
	if (ctx && ossl.EVP_CipherInit_ex(ctx, ossl.EVP_aes_256_cbc(), NULL, key, iv, way == CRYPTO_ENCRYPT) == 1 &&
	    ossl.EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 && cipher_run(ctx, in, out))
		return true;
	out->n = keep;
	return libcrypto_failed("encrypt", err);
}

bool crypto_scrypt(struct str password, struct str salt, struct crypto_scrypt cost, uint8_t *out, size_t len, struct err *err)
{
	if (!libcrypto_load(err))
		return false;
	if (ossl.EVP_PBE_scrypt(password.p ? password.p : "", password.n, (const uint8_t *)(salt.p ? salt.p : ""), salt.n, cost.n,
				cost.r, cost.p, SCRYPT_MAX_MEMORY, out, len) != 1)
		return libcrypto_failed("derive a key", err);
	return true;
}

/* bcrypt's own base64: another order of digits, no padding. */
static void add_bcrypt64(struct buf *out, const uint8_t *p, size_t n)
{
	static const char digits[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	uint32_t bits = 0;
	int have = 0;
	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | p[i];
		for (have += 8; have >= 6; have -= 6)
			buf_add_char(out, digits[bits >> (have - 6) & 63]);
	}
	if (have)
		buf_add_char(out, digits[bits << (6 - have) & 63]);
}

/* crypt_r of libcrypt, or of the libc that has it. */
static __typeof__(crypt_r) *find_crypt(void)
{
	static const char *const sonames[] = { "libcrypt.so.1", "libcrypt.so.2" };
	void *handle = NULL;
	for (size_t i = 0; i < ARRAY_LEN(sonames) && !handle; i++)
		handle = dlopen(sonames[i], RTLD_NOW | RTLD_LOCAL);
	return (__typeof__(crypt_r) *)dlsym(handle ? handle : RTLD_DEFAULT, "crypt_r");
}

bool crypto_bcrypt(struct str password, int cost, struct arena *a, struct str *out, struct err *err)
{
	uint8_t salt[16];
	if (password.n > BCRYPT_MAX)
		return err_set(err, ERR_LIMIT, "bcrypt: password length exceeds 72 bytes");
	if (password.n && memchr(password.p, '\0', password.n))
		return err_set(err, ERR_SYNTAX, "bcrypt: password holds a NUL byte");
	if (cost < 4 || cost > 31)
		return err_set(err, ERR_USAGE, "crypto/bcrypt: cost %d is outside allowed inclusive range 4..31", cost);
	__typeof__(crypt_r) *crypt_fn = find_crypt();
	if (!crypt_fn)
		return err_set(err, ERR_NOT_FOUND, "bcrypt needs libcrypt, which cannot be loaded");
	AUTO_BUF setting = { 0 };
	crypto_random(salt, sizeof(salt));
	buf_addf(&setting, "$2a$%02d$", cost);
	add_bcrypt64(&setting, salt, sizeof(salt));
	AUTO_FREE struct crypt_data *data = xcalloc(1, sizeof(*data));
	const char *hash = crypt_fn(arena_cstr(a, password), buf_str(&setting).p, data);
	if (!hash || hash[0] != '$')
		return err_set(err, ERR_FAILED, "the system's crypt does not know bcrypt");
	*out = arena_str(a, str_c(hash));
	return true;
}
