/*
 * libcrypto.h: the functions of libcrypto that crypto.c and crypto_pki.c use, in one table loaded at first use. Internal to ext. Only functions that
 * both OpenSSL 1.1.1 and 3 export by these names, but for optional ones.
 */
#ifndef EXT_LIBCRYPTO_H
#define EXT_LIBCRYPTO_H

/* Libraries of both versions have RSA_set0_key and its kin; the newer one calls them deprecated. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/bn.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "ext/lib.h"

#define CRYPTO_FUNCTIONS(X)                                                                                   \
	X(OPENSSL_init_crypto) X(ERR_get_error) X(ERR_clear_error) X(ERR_error_string_n)                                             \
	X(EVP_MD_CTX_new) X(EVP_MD_CTX_free) X(EVP_Digest)                                                    \
	X(EVP_md5) X(EVP_sha1) X(EVP_sha224) X(EVP_sha256) X(EVP_sha384) X(EVP_sha512) X(EVP_sha3_512)        \
	X(EVP_aes_256_gcm) X(EVP_aes_256_cbc) X(EVP_CIPHER_CTX_new) X(EVP_CIPHER_CTX_free)                    \
	X(EVP_CIPHER_CTX_ctrl) X(EVP_CIPHER_CTX_set_padding)                                                  \
	X(EVP_CipherInit_ex) X(EVP_CipherUpdate) X(EVP_CipherFinal_ex) X(EVP_PBE_scrypt)                      \
	X(EVP_PKEY_new) X(EVP_PKEY_free) X(EVP_PKEY_CTX_new) X(EVP_PKEY_CTX_new_id) X(EVP_PKEY_CTX_free)       \
	X(EVP_PKEY_keygen_init) X(EVP_PKEY_keygen) X(EVP_PKEY_paramgen_init) X(EVP_PKEY_paramgen)             \
	X(EVP_PKEY_CTX_ctrl_str)                                                                              \
	X(RAND_priv_bytes) X(i2d_PrivateKey) X(d2i_RSAPrivateKey) X(EVP_PKEY2PKCS8) X(i2d_PKCS8_PRIV_KEY_INFO) X(PKCS8_PRIV_KEY_INFO_free)            \
	X(CRYPTO_free) X(BIO_new_mem_buf) X(BIO_free)                                                         \
	X(PEM_read_bio_PUBKEY) X(EVP_DigestVerifyInit) X(EVP_DigestVerify)                                      \
	X(PEM_read_bio_PrivateKey) X(PEM_read_bio_X509)                                                       \
	X(X509_new) X(X509_free) X(X509_set_version) X(X509_get_serialNumber) X(X509_getm_notBefore)          \
	X(X509_getm_notAfter) X(X509_set_pubkey) X(X509_sign) X(X509_add_ext) X(i2d_X509)                     \
	X(X509_get_subject_name) X(X509_set_subject_name) X(X509_set_issuer_name) X(X509_check_private_key)   \
	X(X509_NAME_new) X(X509_NAME_free) X(X509_NAME_add_entry_by_txt)                                      \
	X(X509_EXTENSION_free) X(X509V3_EXT_nconf_nid) X(X509V3_set_ctx) X(X509V3_EXT_i2d)                    \
	X(X509_get_ext_d2i) X(X509_pubkey_digest)                                                             \
	X(GENERAL_NAME_new) X(GENERAL_NAME_free) X(GENERAL_NAME_set0_value) X(GENERAL_NAMES_free)             \
	X(ASN1_STRING_set) X(ASN1_STRING_type_new) X(ASN1_TIME_adj) X(ASN1_OCTET_STRING_free)                 \
	X(BN_new) X(BN_free) X(BN_bin2bn) X(BN_to_ASN1_INTEGER)                           \
	X(BN_dup) X(BN_clear_free) X(BN_CTX_new) X(BN_CTX_free) X(BN_add_word) X(BN_sub_word) X(BN_set_word) X(BN_rshift) X(BN_cmp)            \
	X(BN_add) X(BN_sub) X(BN_mul) X(BN_div) X(BN_gcd) X(BN_nnmod) X(BN_mod_inverse) X(BN_mod_sqr) X(BN_mod_mul) X(BN_mod_word) X(BN_value_one) X(BN_is_one) X(BN_is_bit_set)   \
	X(BN_num_bits) X(BN_set_flags) X(BN_copy) X(BN_priv_rand_range) X(BN_MONT_CTX_new) X(BN_MONT_CTX_set) X(BN_MONT_CTX_free)                         \
	X(BN_mod_exp_mont_consttime)                                                           \
	X(RSA_new) X(RSA_free) X(RSA_set0_key) X(RSA_set0_factors) X(RSA_set0_crt_params) X(EVP_PKEY_assign)  \
	X(OPENSSL_sk_new_null) X(OPENSSL_sk_push)

/* NULL where the library, or its headers, are older than version 3. */
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
#define CRYPTO_OPTIONAL(X) X(BN_mod_exp_mont_consttime_x2)
#else
#define CRYPTO_OPTIONAL(X)
#endif

struct libcrypto {
	CRYPTO_FUNCTIONS(LIB_POINTER)
	CRYPTO_OPTIONAL(LIB_POINTER)
};
/* Filled by libcrypto_load. */
extern struct libcrypto ossl;
MUST_CHECK bool libcrypto_load(struct err *err);

/* Fails with what the library's error queue says first, and empties it. */
bool libcrypto_failed(const char *doing, struct err *err);

/* result = base^exponent modulo `modulus`, in a time that does not depend on the exponent. `mont` may be NULL. */
struct libcrypto_exp {
	BIGNUM *result;
	const BIGNUM *base, *exponent, *modulus;
	BN_MONT_CTX *mont;
};
bool libcrypto_exp(const struct libcrypto_exp *e, BN_CTX *ctx);
/*
 * Two powers; by libraries from version 3 on processors with AVX-512 IFMA in the time of one, where each number has as many bits as the modulus takes words of
 * 64 (3.0: 1024 bits only). Neither `mont` is NULL.
 */
bool libcrypto_exp_pair(const struct libcrypto_exp e[2], BN_CTX *ctx);

#endif
