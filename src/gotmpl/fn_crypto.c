/*
 * Keys, certificates, passwords and random text. The primitives are the host's (struct go_crypto); formats and words are sprig's.
 *
 * derivePassword is the Master Password algorithm, version 3 (https://spectre.app/spectre-algorithm.pdf).
 */
#include "gotmpl/sprig_util.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/random.h>

#include "base/enc.h"
#include "base/sha256.h"

static const struct go_crypto *crypto_of(struct go_call *call, struct err *err)
{
	if (call->host && call->host->crypto)
		return call->host->crypto;
	err_set(err, ERR_FAILED, "cryptography is not available here");
	return NULL;
}

static bool random_bytes(void *p, size_t n, struct err *err)
{
	for (size_t done = 0; done < n;) {
		ssize_t got = getrandom((char *)p + done, n - done, 0);
		if (got < 0)
			return fail(err, "no random bytes from the system");
		done += (size_t)got;
	}
	return true;
}

/* ---- Random text ---- */

/* `n` characters of the set, each as likely; none for a negative count, whose error sprig drops. */
static bool random_text(struct go_call *call, struct str set, struct value *out, struct err *err)
{
	int64_t n = call->argv[0].i;
	AUTO_BUF b = { 0 };
	uint8_t pool[256];
	size_t used = sizeof(pool), limit = 256 - 256 % set.n;
	if (n > SPRIG_MAX_ITEMS)
		return err_set(err, ERR_LIMIT, "more than %lld random characters", (long long)SPRIG_MAX_ITEMS);
	while ((int64_t)b.n < n) {
		if (used == sizeof(pool)) {
			if (!random_bytes(pool, sizeof(pool), err))
				return false;
			used = 0;
		}
		uint8_t byte = pool[used++];
		if (byte < limit) /* else some would be likelier */
			buf_add_char(&b, set.p[byte % set.n]);
	}
	return give(call, &b, out, err);
}

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool fn_rand_alpha_num(struct go_call *call, struct value *out, struct err *err)
{
	return random_text(call, STR(LETTERS DIGITS), out, err);
}

static bool fn_rand_alpha(struct go_call *call, struct value *out, struct err *err)
{
	return random_text(call, STR(LETTERS), out, err);
}

static bool fn_rand_numeric(struct go_call *call, struct value *out, struct err *err)
{
	return random_text(call, STR(DIGITS), out, err);
}

static bool fn_rand_ascii(struct go_call *call, struct value *out, struct err *err)
{
	return random_text(call, STR(LETTERS DIGITS " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"), out, err);
}

static bool fn_rand_bytes(struct go_call *call, struct value *out, struct err *err)
{
	int64_t n = call->argv[0].i;
	AUTO_BUF raw = { 0 }, text = { 0 };
	if (n < 0)
		return fail(err, "runtime error: makeslice: len out of range");
	if (n > SPRIG_MAX_ITEMS)
		return err_set(err, ERR_LIMIT, "more than %lld random bytes", (long long)SPRIG_MAX_ITEMS);
	if (!random_bytes(buf_reserve(&raw, (size_t)n + 1), (size_t)n, err))
		return false;
	raw.n = (size_t)n;
	enc_base64(&text, buf_str(&raw), ENC_BASE64);
	return give(call, &text, out, err);
}

/* RFC 9562, version 4. */
static bool fn_uuidv4(struct go_call *call, struct value *out, struct err *err)
{
	uint8_t b[16];
	AUTO_BUF text = { 0 };
	if (!random_bytes(b, sizeof(b), err))
		return false;
	b[6] = (b[6] & 0x0F) | 0x40;
	b[8] = (b[8] & 0x3F) | 0x80;
	for (size_t i = 0; i < sizeof(b); i++)
		buf_addf(&text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
	return give(call, &text, out, err);
}

/* ---- Passwords ---- */

/* The hash, or what is wrong as text. */
static bool bcrypt_text(struct go_call *call, struct str password, struct str *out, struct err *err)
{
	const struct go_crypto *crypto = crypto_of(call, err);
	AUTO_ERR why = { 0 };
	if (!crypto)
		return false;
	if (!crypto->bcrypt(password, call->arena, out, &why))
		*out = arena_fmt(call->arena, "failed to encrypt string with bcrypt: %s", why.message);
	return true;
}

static bool fn_bcrypt(struct go_call *call, struct value *out, struct err *err)
{
	struct str hash;
	return bcrypt_text(call, arg_str(call, 0), &hash, err) && give_str(hash, out, err);
}

static bool fn_htpasswd(struct go_call *call, struct value *out, struct err *err)
{
	struct str user = arg_str(call, 0), hash;
	if (str_find_char(user, ':') != STR_NPOS) {
		*out = value_str(arena_fmt(call->arena, "invalid username: %.*s", STR_ARG(user)));
		return true;
	}
	if (!bcrypt_text(call, arg_str(call, 1), &hash, err))
		return false;
	*out = value_str(arena_fmt(call->arena, "%.*s:%.*s", STR_ARG(user), STR_ARG(hash)));
	return true;
}

/* Shapes of passwords by type; each letter stands for a set of characters. */
static const struct {
	struct str type;
	const char *shapes; /* separated by spaces */
} password_types[] = {
	{ STR_INIT("maximum"), "anoxxxxxxxxxxxxxxxxx axxxxxxxxxxxxxxxxxno" },
	{ STR_INIT("long"), "CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno CvcvnoCvccCvcv "
			    "CvcvCvccnoCvcv CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno CvccnoCvccCvcv CvccCvccnoCvcv "
			    "CvccCvccCvcvno CvcvnoCvccCvcc CvcvCvccnoCvcc CvcvCvccCvccno CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno" },
	{ STR_INIT("medium"), "CvcnoCvc CvcCvcno" },
	{ STR_INIT("short"), "Cvcn" },
	{ STR_INIT("basic"), "aaanaaan aannaaan aaannaaa" },
	{ STR_INIT("pin"), "nnnn" },
};

static const struct {
	char letter;
	const char *set;
} password_sets[] = {
	{ 'V', "AEIOU" },
	{ 'C', "BCDFGHJKLMNPQRSTVWXYZ" },
	{ 'v', "aeiou" },
	{ 'c', "bcdfghjklmnpqrstvwxyz" },
	{ 'A', "AEIOUBCDFGHJKLMNPQRSTVWXYZ" },
	{ 'a', "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz" },
	{ 'n', "0123456789" },
	{ 'o', "@&%?,=[]_:-+*$#!'^~;()/." },
	{ 'x', "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()" },
};

static void add_be32(struct buf *b, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_add_char(b, (char)(v >> shift));
}

/* The algorithm's name, then the text with its length in front. */
static void add_seed(struct buf *b, struct str s)
{
	buf_add_c(b, "com.lyndir.masterpassword");
	add_be32(b, (uint32_t)s.n);
	buf_add(b, s);
}

static void add_password(struct buf *out, const char *shapes, const uint8_t seed[32])
{
	size_t count = 1;
	for (const char *p = shapes; *p; p++)
		count += *p == ' ';
	struct str rest = str_c(shapes), shape = STR("");
	for (size_t i = 0; i <= seed[0] % count; i++)
		(void)str_next(&rest, ' ', &shape);
	for (size_t i = 0; i < shape.n; i++)
		for (size_t k = 0; k < ARRAY_LEN(password_sets); k++)
			if (password_sets[k].letter == shape.p[i])
				buf_add_char(out, password_sets[k].set[seed[i + 1] % strlen(password_sets[k].set)]);
}

static bool fn_derive_password(struct go_call *call, struct value *out, struct err *err)
{
	struct str type = arg_str(call, 1);
	AUTO_BUF salt = { 0 }, message = { 0 }, password = { 0 };
	uint8_t key[64];
	const char *shapes = NULL;
	for (size_t i = 0; i < ARRAY_LEN(password_types); i++)
		if (str_eq(password_types[i].type, type))
			shapes = password_types[i].shapes;
	if (!shapes) {
		*out = value_str(arena_concat(call->arena, STR("cannot find password template "), type));
		return true;
	}
	const struct go_crypto *crypto = crypto_of(call, err);
	add_seed(&salt, arg_str(call, 3));
	if (!crypto || !crypto->scrypt(arg_str(call, 2), buf_str(&salt), (struct go_scrypt){ 32768, 8, 2 }, key, sizeof(key), err))
		return false;
	add_seed(&message, arg_str(call, 4));
	add_be32(&message, (uint32_t)call->argv[0].i);
	struct digest seed = sha256_hmac((struct str){ (const char *)key, sizeof(key) }, buf_str(&message));
	add_password(&password, shapes, seed.b);
	return give(call, &password, out, err);
}

/* ---- AES ---- */

#define BLOCK 16

/* The password's first 32 bytes, padded with zeros. */
static void aes_key(struct str password, uint8_t key[32])
{
	memset(key, 0, 32);
	if (password.n > 0)
		memcpy(key, password.p, MIN(password.n, 32));
}

static bool fn_encrypt_aes(struct go_call *call, struct value *out, struct err *err)
{
	struct str plain = arg_str(call, 1);
	uint8_t key[32], iv[BLOCK];
	AUTO_BUF padded = { 0 }, sealed = { 0 }, text = { 0 };
	if (plain.n == 0) {
		*out = value_str(STR(""));
		return true;
	}
	const struct go_crypto *crypto = crypto_of(call, err);
	if (!crypto || !random_bytes(iv, sizeof(iv), err))
		return false;
	aes_key(arg_str(call, 0), key);
	size_t pad = BLOCK - plain.n % BLOCK;
	buf_add(&padded, plain);
	buf_add_repeat(&padded, (char)pad, pad);
	buf_add_bytes(&sealed, iv, sizeof(iv));
	if (!crypto->aes_cbc(GO_ENCRYPT, key, iv, buf_str(&padded), &sealed, err))
		return false;
	enc_base64(&text, buf_str(&sealed), ENC_BASE64);
	return give(call, &text, out, err);
}

static bool fn_decrypt_aes(struct go_call *call, struct value *out, struct err *err)
{
	struct str text = arg_str(call, 1);
	uint8_t key[32];
	AUTO_BUF sealed = { 0 }, plain = { 0 };
	size_t at = 0;
	if (text.n == 0) {
		*out = value_str(STR(""));
		return true;
	}
	if (!enc_unbase64(&sealed, text, ENC_BASE64, &at))
		return err_set(err, ERR_FAILED, "illegal base64 data at input byte %zu", at);
	if (sealed.n < BLOCK)
		return err_set(err, ERR_FAILED, "runtime error: slice bounds out of range [:%d] with capacity %zu", BLOCK, text.n / 4 * 3);
	struct str body = str_slice(buf_str(&sealed), BLOCK, sealed.n);
	if (body.n == 0)
		return fail(err, "runtime error: index out of range [-1]");
	if (body.n % BLOCK != 0)
		return fail(err, "crypto/cipher: input not full blocks");
	const struct go_crypto *crypto = crypto_of(call, err);
	aes_key(arg_str(call, 0), key);
	if (!crypto || !crypto->aes_cbc(GO_DECRYPT, key, (const uint8_t *)sealed.p, body, &plain, err))
		return false;
	size_t pad = (unsigned char)plain.p[plain.n - 1];
	if (pad > plain.n)
		return err_set(err, ERR_FAILED, "runtime error: slice bounds out of range [:%zd]", (ssize_t)plain.n - (ssize_t)pad);
	plain.n -= pad;
	return give(call, &plain, out, err);
}

/* ---- Keys and certificates ---- */

struct go_cert {
	struct object object;
	struct go_pair pair;
};

static const struct go_field cert_fields[] = { { .name = STR_INIT("Cert") }, { .name = STR_INIT("Key") } };

static struct value cert_field(const struct object *o, size_t i, struct arena *a UNUSED)
{
	const struct go_cert *cert = (const struct go_cert *)o;
	return value_str(i == 0 ? cert->pair.cert : cert->pair.key);
}

static bool cert_equal(const struct object *a, const struct object *b)
{
	const struct go_pair *l = &((const struct go_cert *)a)->pair, *r = &((const struct go_cert *)b)->pair;
	return str_eq(l->cert, r->cert) && str_eq(l->key, r->key);
}

static const struct object_ops cert_ops = {
	.type = STR_INIT("sprig.certificate"),
	.kind = GO_KIND_STRUCT,
	.fields = cert_fields,
	.field_count = ARRAY_LEN(cert_fields),
	.field = cert_field,
	.equal = cert_equal,
};

struct value sprig_cert(struct go_pair pair, struct arena *a)
{
	struct go_cert *cert = arena_new(a, struct go_cert);
	cert->object.ops = &cert_ops;
	cert->pair = pair;
	return go_object(&cert->object);
}

const struct go_pair *sprig_cert_pair(struct value v)
{
	return v.kind == VAL_OBJECT && v.object->ops == &cert_ops ? &((const struct go_cert *)v.object)->pair : NULL;
}

/* What is wrong is the result's text. */
static bool fn_gen_private_key(struct go_call *call, struct value *out, struct err *err)
{
	const struct go_crypto *crypto = crypto_of(call, err);
	AUTO_ERR why = { 0 };
	struct str pem;
	if (!crypto)
		return false;
	if (!crypto->gen_key(arg_str(call, 0), call->arena, &pem, &why))
		pem = arena_str(call->arena, str_c(why.message));
	*out = value_str(pem);
	return true;
}

static bool is_ip(struct str s)
{
	char text[INET6_ADDRSTRLEN + 1];
	struct in6_addr unused;
	if (s.n >= sizeof(text) || memchr(s.p, '\0', s.n))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return inet_pton(AF_INET, text, &unused) == 1 || inet_pton(AF_INET6, text, &unused) == 1;
}

/* The list's strings; "<what>: X is not a string" for others. */
static bool strings_of(struct go_call *call, struct value list, const char *what, const struct str **out, size_t *n, struct err *err)
{
	struct str *p = arena_array(call->arena, struct str, value_list_len(list) + 1);
	for (size_t i = 0; i < value_list_len(list); i++) {
		struct value v = list.list->p[i];
		if (v.kind != VAL_STR || v.type != GO_STRING)
			return err_set(err, ERR_FAILED, "%s: %.*s is not a string", what, STR_ARG(sprig_strval(call, v)));
		p[i] = value_as_str(v);
	}
	*out = p;
	*n = value_list_len(list);
	return true;
}

static bool gen_cert(struct go_call *call, struct go_cert_options *options, struct value *out, struct err *err)
{
	const struct go_crypto *crypto = crypto_of(call, err);
	struct go_pair pair;
	if (!crypto || !crypto->gen_cert(options, call->arena, &pair, err))
		return false;
	*out = sprig_cert(pair, call->arena);
	return true;
}

/* CN DAYS [KEY] */
static bool fn_gen_ca(struct go_call *call, struct value *out, struct err *err)
{
	struct go_cert_options options = { .cn = arg_str(call, 0), .days = call->argv[1].i, .is_ca = true };
	if (call->argc > 2) {
		options.key = arg_str(call, 2);
		if (options.key.n == 0)
			return fail(err, "parsing private key: no PEM data in input");
	}
	return gen_cert(call, &options, out, err);
}

/* The options of CN IPS DNS DAYS. */
static bool leaf_options(struct go_call *call, struct go_cert_options *options, struct err *err)
{
	*options = (struct go_cert_options){ .cn = arg_str(call, 0), .days = call->argv[3].i };
	if (!strings_of(call, call->argv[1], "error parsing ip", &options->ips, &options->ip_count, err) ||
	    !strings_of(call, call->argv[2], "error processing alternate dns name", &options->dns, &options->dns_count, err))
		return false;
	for (size_t i = 0; i < options->ip_count; i++)
		if (!is_ip(options->ips[i]))
			return err_set(err, ERR_FAILED, "error parsing ip: %.*s", STR_ARG(options->ips[i]));
	return true;
}

static bool with_key(struct go_call *call, size_t i, struct go_cert_options *options, struct err *err)
{
	options->key = arg_str(call, i);
	return options->key.n > 0 || fail(err, "parsing private key: no PEM data in input");
}

static bool fn_gen_self_signed(struct go_call *call, struct value *out, struct err *err)
{
	struct go_cert_options options;
	return leaf_options(call, &options, err) && (call->argc < 5 || with_key(call, 4, &options, err)) && gen_cert(call, &options, out, err);
}

static bool fn_gen_signed(struct go_call *call, struct value *out, struct err *err)
{
	struct go_cert_options options;
	if (!leaf_options(call, &options, err) || (call->argc > 5 && !with_key(call, 5, &options, err)))
		return false;
	options.ca = sprig_cert_pair(call->argv[4]);
	return gen_cert(call, &options, out, err);
}

static bool fn_build_custom_cert(struct go_call *call, struct value *out, struct err *err)
{
	const struct go_crypto *crypto = crypto_of(call, err);
	AUTO_BUF cert = { 0 }, key = { 0 };
	if (!crypto)
		return false;
	if (!enc_unbase64(&cert, arg_str(call, 0), ENC_BASE64, NULL))
		return fail(err, "unable to decode base64 certificate");
	if (!enc_unbase64(&key, arg_str(call, 1), ENC_BASE64, NULL))
		return fail(err, "unable to decode base64 private key");
	struct go_pair pair = { buf_to_arena(&cert, call->arena), buf_to_arena(&key, call->arena) };
	if (!crypto->check_pair(&pair, err))
		return false;
	*out = sprig_cert(pair, call->arena);
	return true;
}

static const struct go_func rows[] = {
	GO_RANDOM("randAlphaNum", fn_rand_alpha_num, GO_P_INT),
	GO_RANDOM("randAlpha", fn_rand_alpha, GO_P_INT),
	GO_RANDOM("randNumeric", fn_rand_numeric, GO_P_INT),
	GO_RANDOM("randAscii", fn_rand_ascii, GO_P_INT),
	GO_RANDOM("randBytes", fn_rand_bytes, GO_P_INT),
	GO_RANDOM("uuidv4", fn_uuidv4, GO_P_END),
	GO_RANDOM("bcrypt", fn_bcrypt, GO_P_STRING),
	GO_RANDOM("htpasswd", fn_htpasswd, GO_P_STRING, GO_P_STRING),
	GO_FUNC("derivePassword", fn_derive_password, GO_P_UINT32, GO_P_STRING, GO_P_STRING, GO_P_STRING, GO_P_STRING),
	GO_RANDOM("encryptAES", fn_encrypt_aes, GO_P_STRING, GO_P_STRING),
	GO_FUNC("decryptAES", fn_decrypt_aes, GO_P_STRING, GO_P_STRING),
	GO_RANDOM("genPrivateKey", fn_gen_private_key, GO_P_STRING),
	GO_RANDOM("genCA", fn_gen_ca, GO_P_STRING, GO_P_INT),
	GO_RANDOM("genCAWithKey", fn_gen_ca, GO_P_STRING, GO_P_INT, GO_P_STRING),
	GO_RANDOM("genSelfSignedCert", fn_gen_self_signed, GO_P_STRING, GO_P_LIST, GO_P_LIST, GO_P_INT),
	GO_RANDOM("genSelfSignedCertWithKey", fn_gen_self_signed, GO_P_STRING, GO_P_LIST, GO_P_LIST, GO_P_INT, GO_P_STRING),
	GO_RANDOM("genSignedCert", fn_gen_signed, GO_P_STRING, GO_P_LIST, GO_P_LIST, GO_P_INT, GO_P_CERT),
	GO_RANDOM("genSignedCertWithKey", fn_gen_signed, GO_P_STRING, GO_P_LIST, GO_P_LIST, GO_P_INT, GO_P_CERT, GO_P_STRING),
	GO_FUNC("buildCustomCert", fn_build_custom_cert, GO_P_STRING, GO_P_STRING),
};
const struct go_table fn_crypto = GO_TABLE(rows);
