/*
 * Keys and certificates as sprig makes them with Go's crypto/x509: the same PEM types, key usages, order of extensions (key usage, extended key
 * usage, basic constraints, subject and authority key identifiers, alternative names) and string types. DER comes from libcrypto, PEM is
 * written here, since the old "type-specific" forms have no common function in both versions of the library.
 */
#include <arpa/inet.h>
#include <string.h>

#include "base/enc.h"
#include "ext/crypto.h"
#include "ext/libcrypto.h"
#include "ext/rsa_key.h"

enum { PEM_WIDTH = 64, CERT_BITS = 2048 };

#define DEFINE_AUTO(type, name, release)                  \
	static void auto_free_##name(type **p)            \
	{                                                 \
		if (*p)                                   \
			ossl.release(*p);                 \
	}
DEFINE_AUTO(EVP_PKEY, key, EVP_PKEY_free)
DEFINE_AUTO(EVP_PKEY_CTX, key_ctx, EVP_PKEY_CTX_free)
DEFINE_AUTO(X509, cert, X509_free)
DEFINE_AUTO(X509_NAME, name, X509_NAME_free)
#define AUTO_KEY __attribute__((cleanup(auto_free_key))) EVP_PKEY
#define AUTO_KEY_CTX __attribute__((cleanup(auto_free_key_ctx))) EVP_PKEY_CTX
#define AUTO_CERT __attribute__((cleanup(auto_free_cert))) X509
#define AUTO_NAME __attribute__((cleanup(auto_free_name))) X509_NAME

static struct str pem_of(struct arena *a, const char *type, const uint8_t *der, size_t n)
{
	AUTO_BUF digits = { 0 }, out = { 0 };
	enc_base64(&digits, (struct str){ (const char *)der, n }, ENC_BASE64);
	struct str rest = buf_str(&digits);
	buf_addf(&out, "-----BEGIN %s-----\n", type);
	for (; rest.n; rest = str_slice(rest, PEM_WIDTH, rest.n)) {
		buf_add(&out, str_slice(rest, 0, PEM_WIDTH));
		buf_add_char(&out, '\n');
	}
	buf_addf(&out, "-----END %s-----\n", type);
	return buf_to_arena(&out, a);
}

/* What can be said of each kind of key. `pem` NULL: PKCS #8. */
static const struct key_kind {
	const char *type;
	int id;
	const char *pem;
	size_t bits; /* of an RSA key that a template asks for by its kind */
	const char *param[2][2]; /* of the parameters where there are such, else of the key */
	bool has_params;
} key_kinds[] = {
	{ "rsa", EVP_PKEY_RSA, "RSA PRIVATE KEY", 4096, { { NULL } }, false },
	{ "dsa", EVP_PKEY_DSA, "DSA PRIVATE KEY", 0, { { "dsa_paramgen_bits", "2048" }, { "dsa_paramgen_q_bits", "256" } }, true },
	{ "ecdsa", EVP_PKEY_EC, "EC PRIVATE KEY", 0, { { "ec_paramgen_curve", "P-256" }, { "ec_param_enc", "named_curve" } }, false },
	{ "ed25519", EVP_PKEY_ED25519, NULL, 0, { { NULL } }, false },
};

static bool set_params(EVP_PKEY_CTX *ctx, const struct key_kind *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kind->param) && kind->param[i][0]; i++)
		if (ossl.EVP_PKEY_CTX_ctrl_str(ctx, kind->param[i][0], kind->param[i][1]) <= 0)
			return false;
	return true;
}

static EVP_PKEY *new_key(const struct key_kind *kind, size_t bits, enum rsa_more more)
{
	EVP_PKEY *params_made = NULL, *key = NULL;
	if (kind->id == EVP_PKEY_RSA)
		return rsa_key_new(bits, more);
	AUTO_KEY_CTX *ctx = ossl.EVP_PKEY_CTX_new_id(kind->id, NULL);
	if (!ctx)
		return NULL;
	if (kind->has_params) {
		AUTO_KEY_CTX *key_ctx = NULL;
		if (ossl.EVP_PKEY_paramgen_init(ctx) <= 0 || !set_params(ctx, kind) ||
		    ossl.EVP_PKEY_paramgen(ctx, &params_made) <= 0)
			return NULL;
		AUTO_KEY *params = params_made;
		key_ctx = ossl.EVP_PKEY_CTX_new(params, NULL);
		if (!key_ctx || ossl.EVP_PKEY_keygen_init(key_ctx) <= 0 || ossl.EVP_PKEY_keygen(key_ctx, &key) <= 0)
			return NULL;
		return key;
	}
	if (ossl.EVP_PKEY_keygen_init(ctx) <= 0 || !set_params(ctx, kind) || ossl.EVP_PKEY_keygen(ctx, &key) <= 0)
		return NULL;
	return key;
}

static bool key_to_pem(EVP_PKEY *key, const struct key_kind *kind, struct arena *a, struct str *pem, struct err *err)
{
	uint8_t *der = NULL;
	int n;
	if (kind->pem) {
		n = ossl.i2d_PrivateKey(key, &der);
	} else {
		PKCS8_PRIV_KEY_INFO *info = ossl.EVP_PKEY2PKCS8(key);
		n = info ? ossl.i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
		if (info)
			ossl.PKCS8_PRIV_KEY_INFO_free(info);
	}
	if (n <= 0)
		return libcrypto_failed("write a key", err);
	*pem = pem_of(a, kind->pem ? kind->pem : "PRIVATE KEY", der, (size_t)n);
	ossl.CRYPTO_free(der, __FILE__, __LINE__);
	return true;
}

bool crypto_gen_key(struct str type, struct arena *a, struct str *pem, struct err *err)
{
	const struct key_kind *kind = NULL;
	if (type.n == 0)
		type = STR("rsa");
	for (size_t i = 0; i < ARRAY_LEN(key_kinds) && !kind; i++)
		if (str_eq_c(type, key_kinds[i].type))
			kind = &key_kinds[i];
	if (!kind)
		return err_set(err, ERR_USAGE, "Unknown type %.*s", STR_ARG(type));
	if (!libcrypto_load(err))
		return false;
	AUTO_KEY *key = new_key(kind, kind->bits, RSA_NO_MORE);
	return key ? key_to_pem(key, kind, a, pem, err) : libcrypto_failed("generate a key", err);
}

/* The bytes of the one PEM block of that type that the text is, as we write it. Other texts are the library's matter. */
static bool read_pem(struct str pem, const char *type, struct buf *der)
{
	AUTO_BUF line = { 0 };
	struct str rest = str_trim_right(pem);
	buf_addf(&line, "-----BEGIN %s-----\n", type);
	if (!str_starts(rest, buf_str(&line)))
		return false;
	rest = str_slice(rest, line.n, rest.n);
	line.n = 0;
	buf_addf(&line, "\n-----END %s-----", type);
	return str_ends(rest, buf_str(&line)) && enc_unbase64(der, str_slice(rest, 0, rest.n - line.n), ENC_BASE64, NULL);
}

/* Asked for the kind of key that it is, the library reads it in a thirtieth of the time. */
static EVP_PKEY *read_rsa_key(struct str pem)
{
	AUTO_BUF der = { 0 };
	if (!read_pem(pem, "RSA PRIVATE KEY", &der))
		return NULL;
	const uint8_t *at = (const uint8_t *)der.p;
	EVP_PKEY *key = ossl.EVP_PKEY_new();
	RSA *rsa = ossl.d2i_RSAPrivateKey(NULL, &at, (long)der.n);
	if (key && rsa && ossl.EVP_PKEY_assign(key, EVP_PKEY_RSA, rsa))
		return key;
	ossl.RSA_free(rsa);
	ossl.EVP_PKEY_free(key);
	ossl.ERR_clear_error();
	return NULL;
}

static EVP_PKEY *read_key(struct str pem)
{
	EVP_PKEY *key = read_rsa_key(pem);
	if (key)
		return key;
	BIO *bio = ossl.BIO_new_mem_buf(pem.p ? pem.p : "", (int)MIN(pem.n, (size_t)INT32_MAX));
	key = bio ? ossl.PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"") : NULL;
	if (bio)
		ossl.BIO_free(bio);
	ossl.ERR_clear_error();
	return key;
}

static X509 *read_cert(struct str pem)
{
	BIO *bio = ossl.BIO_new_mem_buf(pem.p ? pem.p : "", (int)MIN(pem.n, (size_t)INT32_MAX));
	X509 *cert = bio ? ossl.PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	if (bio)
		ossl.BIO_free(bio);
	ossl.ERR_clear_error();
	return cert;
}

static bool add_text_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;
	ossl.X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	X509_EXTENSION *ext = ossl.X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
	bool ok = ext && ossl.X509_add_ext(cert, ext, -1) == 1;
	if (ext)
		ossl.X509_EXTENSION_free(ext);
	return ok;
}

static bool add_extension(X509 *cert, int nid, void *value)
{
	X509_EXTENSION *ext = ossl.X509V3_EXT_i2d(nid, 0, value);
	bool ok = ext && ossl.X509_add_ext(cert, ext, -1) == 1;
	if (ext)
		ossl.X509_EXTENSION_free(ext);
	return ok;
}

/* The identifier that the CA's certificate has; Go gives one to certificates of CAs only. */
static bool add_key_ids(X509 *cert, X509 *ca, bool is_ca)
{
	if (is_ca && !add_text_extension(cert, NID_subject_key_identifier, "hash"))
		return false;
	if (!ca)
		return true;
	ASN1_OCTET_STRING *id = ossl.X509_get_ext_d2i(ca, NID_subject_key_identifier, NULL, NULL);
	if (!id)
		return true;
	AUTHORITY_KEYID aki = { .keyid = id };
	bool ok = add_extension(cert, NID_authority_key_identifier, &aki);
	ossl.ASN1_OCTET_STRING_free(id);
	return ok;
}

static bool push_name(GENERAL_NAMES *names, int type, const void *p, size_t n)
{
	GENERAL_NAME *name = ossl.GENERAL_NAME_new();
	ASN1_STRING *value = ossl.ASN1_STRING_type_new(type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
	if (!name || !value)
		base_die("out of memory");
	ossl.ASN1_STRING_set(value, p, (int)n);
	ossl.GENERAL_NAME_set0_value(name, type, value);
	return ossl.OPENSSL_sk_push((OPENSSL_STACK *)names, name) > 0;
}

static bool push_ip(GENERAL_NAMES *names, struct str text, struct arena *a, struct err *err)
{
	uint8_t ip[16];
	const char *s = arena_cstr(a, text);
	if (inet_pton(AF_INET, s, ip) == 1)
		return push_name(names, GEN_IPADD, ip, 4);
	if (inet_pton(AF_INET6, s, ip) == 1) {
		static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
		bool v4 = memcmp(ip, mapped, sizeof(mapped)) == 0; /* Go writes ::ffff:1.2.3.4 as 1.2.3.4 */
		return push_name(names, GEN_IPADD, v4 ? ip + 12 : ip, v4 ? 4 : 16);
	}
	return err_set(err, ERR_USAGE, "unable to parse IP %s", s);
}

/* DNS names first, then addresses, as Go writes them. */
static bool add_alt_names(X509 *cert, const struct crypto_cert_options *opt, struct arena *a, struct err *err)
{
	if (opt->dns_count == 0 && opt->ip_count == 0)
		return true;
	GENERAL_NAMES *names = (GENERAL_NAMES *)ossl.OPENSSL_sk_new_null();
	bool ok = names != NULL;
	for (size_t i = 0; ok && i < opt->dns_count; i++)
		ok = push_name(names, GEN_DNS, opt->dns[i].p, opt->dns[i].n);
	for (size_t i = 0; ok && i < opt->ip_count; i++)
		ok = push_ip(names, opt->ips[i], a, err);
	ok = ok && add_extension(cert, NID_subject_alt_name, names);
	if (names)
		ossl.GENERAL_NAMES_free(names);
	return ok;
}

static bool set_serial(X509 *cert)
{
	uint8_t bytes[16];
	crypto_random(bytes, sizeof(bytes));
	BIGNUM *n = ossl.BN_bin2bn(bytes, sizeof(bytes), NULL);
	bool ok = n && ossl.BN_to_ASN1_INTEGER(n, ossl.X509_get_serialNumber(cert));
	if (n)
		ossl.BN_free(n);
	return ok;
}

/* Go takes PrintableString where the characters allow it, else UTF8String. */
static int string_type(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z', digit = c >= '0' && c <= '9';
		if (!letter && !digit && !(c && strchr(" '()+,-./:=?*&", c)))
			return V_ASN1_UTF8STRING;
	}
	return V_ASN1_PRINTABLESTRING;
}

static bool set_names(X509 *cert, X509 *ca, struct str cn)
{
	AUTO_NAME *name = ossl.X509_NAME_new();
	if (!name || (cn.n && ossl.X509_NAME_add_entry_by_txt(name, "CN", string_type(cn), (const uint8_t *)cn.p, (int)cn.n, -1, 0) != 1))
		return false;
	return ossl.X509_set_subject_name(cert, name) == 1 &&
	       ossl.X509_set_issuer_name(cert, ca ? ossl.X509_get_subject_name(ca) : name) == 1;
}

static bool set_validity(X509 *cert, int64_t days)
{
	time_t now = time(NULL);
	return days >= -100000 && days <= 1000000 && ossl.ASN1_TIME_adj(ossl.X509_getm_notBefore(cert), now, 0, 0) &&
	       ossl.ASN1_TIME_adj(ossl.X509_getm_notAfter(cert), now, (int)days, 0);
}

static bool fill_cert(X509 *cert, const struct crypto_cert_options *opt, EVP_PKEY *key, X509 *ca, struct arena *a, struct err *err)
{
	const char *usage = opt->is_ca ? "critical,digitalSignature,keyEncipherment,keyCertSign" : "critical,digitalSignature,keyEncipherment";
	const char *basic = opt->is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE";
	if (!set_validity(cert, opt->days))
		return err_set(err, ERR_LIMIT, "a certificate cannot be valid for %lld days", (long long)opt->days);
	return ossl.X509_set_version(cert, 2) == 1 && set_serial(cert) && set_names(cert, ca, opt->cn) &&
	       ossl.X509_set_pubkey(cert, key) == 1 && add_text_extension(cert, NID_key_usage, usage) &&
	       add_text_extension(cert, NID_ext_key_usage, "serverAuth,clientAuth") &&
	       add_text_extension(cert, NID_basic_constraints, basic) && add_key_ids(cert, ca, opt->is_ca) &&
	       add_alt_names(cert, opt, a, err);
}

static bool cert_to_pem(X509 *cert, struct arena *a, struct str *pem, struct err *err)
{
	uint8_t *der = NULL;
	int n = ossl.i2d_X509(cert, &der);
	if (n <= 0)
		return libcrypto_failed("write a certificate", err);
	*pem = pem_of(a, "CERTIFICATE", der, (size_t)n);
	ossl.CRYPTO_free(der, __FILE__, __LINE__);
	return true;
}

/* An RSA or EC key signs with SHA-256, an Ed25519 key with its own hash, which the library wants to be told as none. */
static bool sign(X509 *cert, EVP_PKEY *with)
{
	if (ossl.X509_sign(cert, with, ossl.EVP_sha256()) > 0)
		return true;
	ossl.ERR_clear_error();
	return ossl.X509_sign(cert, with, NULL) > 0;
}

/* Of whoever signs. */
static bool read_ca(const struct crypto_pair *ca, X509 **cert, EVP_PKEY **key, struct err *err)
{
	*cert = read_cert(ca->cert);
	if (!*cert)
		return err_set(err, ERR_SYNTAX, "unable to decode certificate");
	*key = read_key(ca->key);
	return *key || err_set(err, ERR_SYNTAX, "unable to decode key");
}

/* The given key, or a new one. Who makes a CA signs with it, so another will be wanted soon. */
static EVP_PKEY *cert_key(const struct crypto_cert_options *opt, struct err *err)
{
	EVP_PKEY *key = opt->key.n ? read_key(opt->key) : new_key(&key_kinds[0], CERT_BITS, opt->is_ca ? RSA_ONE_MORE : RSA_NO_MORE);
	if (!key && opt->key.n)
		err_set(err, ERR_SYNTAX, "error parsing private key: it is no PEM of a key");
	else if (!key)
		err_set(err, ERR_FAILED, "error generating RSA key");
	return key;
}

/* The library with all that signing needs, which it brings at first use: 1 ms, in which another thread already searches for a key. */
static bool load_to_sign(const struct crypto_cert_options *opt, struct err *err)
{
	uint8_t unused;
	if (!opt->key.n)
		rsa_key_begin(CERT_BITS);
	return libcrypto_load(err) && (ossl.RAND_priv_bytes(&unused, 1) == 1 || libcrypto_failed("get random bytes", err));
}

bool crypto_gen_cert(const struct crypto_cert_options *opt, struct arena *a, struct crypto_pair *out, struct err *err)
{
	struct crypto_pair pair = { .key = opt->key };
	AUTO_CERT *ca = NULL, *cert = NULL;
	AUTO_KEY *ca_key = NULL, *key = NULL;
	if (!load_to_sign(opt, err) || (opt->key.n && !(key = cert_key(opt, err))) || (opt->ca && !read_ca(opt->ca, &ca, &ca_key, err)))
		return false;
	if (!key && !(key = cert_key(opt, err)))
		return false;
	if (opt->key.n == 0 && !key_to_pem(key, &key_kinds[0], a, &pair.key, err))
		return false;
	cert = ossl.X509_new();
	if (!cert || !fill_cert(cert, opt, key, ca, a, err) || !sign(cert, ca_key ? ca_key : key))
		return err->kind ? false : libcrypto_failed("create a certificate", err);
	if (!cert_to_pem(cert, a, &pair.cert, err))
		return false;
	*out = pair;
	return true;
}

bool crypto_check_pair(const struct crypto_pair *pair, struct err *err)
{
	if (!libcrypto_load(err))
		return false;
	AUTO_CERT *cert = read_cert(pair->cert);
	if (!cert)
		return err_set(err, ERR_SYNTAX, "unable to decode certificate");
	AUTO_KEY *key = read_key(pair->key);
	return key || err_set(err, ERR_SYNTAX, "unable to decode private key");
}
