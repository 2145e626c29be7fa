/* crypto_verify.c: one signature against one public key. The key's kind decides how: Ed25519 takes no hash, so what fails to begin with SHA-256 is begun without. */
#include "ext/crypto.h"
#include "ext/libcrypto.h"

bool crypto_verify(struct str public_key, struct str bytes, struct str signature, struct err *err)
{
	if (!libcrypto_load(err))
		return false;
	BIO *in = ossl.BIO_new_mem_buf(public_key.p, (int)public_key.n);
	EVP_PKEY *key = in ? ossl.PEM_read_bio_PUBKEY(in, NULL, NULL, NULL) : NULL;
	EVP_MD_CTX *ctx = ossl.EVP_MD_CTX_new();
	ossl.BIO_free(in);
	bool began = key && ctx && ossl.EVP_DigestVerifyInit(ctx, NULL, ossl.EVP_sha256(), NULL, key) == 1;
	if (key && ctx && !began) {
		ossl.EVP_MD_CTX_free(ctx);
		ctx = ossl.EVP_MD_CTX_new();
		began = ctx && ossl.EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1;
	}
	bool right = began && ossl.EVP_DigestVerify(ctx, (const unsigned char *)signature.p, signature.n, (const unsigned char *)bytes.p, bytes.n) == 1;
	ossl.EVP_MD_CTX_free(ctx);
	ossl.EVP_PKEY_free(key);
	ossl.ERR_clear_error();
	if (!began)
		return err_set(err, ERR_SYNTAX, "this is no public key in PEM");
	return right || err_set(err, ERR_INTEGRITY, "the signature is not one by this key");
}
