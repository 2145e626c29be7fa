/* template_host.c: ext/crypto.h in the shape that gotmpl/sprig.h asks for, with Go's words where ext has its own. */
#include "step/template_host.h"

#include <string.h>

#include "ext/crypto.h"

#define BCRYPT_COST 10 /* Go's default */

static bool hash(enum go_hash kind, struct str bytes, uint8_t out[GO_HASH_MAX], size_t *n, struct err *err)
{
	_Static_assert(GO_HASH_MAX >= CRYPTO_HASH_MAX, "room for every digest");
	return crypto_hash(kind == GO_SHA1 ? CRYPTO_SHA1 : CRYPTO_SHA512, bytes, out, n, err);
}

static bool aes_cbc(enum go_way way, const uint8_t key[32], const uint8_t iv[16], struct str in, struct buf *out, struct err *err)
{
	return crypto_aes_cbc(way == GO_ENCRYPT ? CRYPTO_ENCRYPT : CRYPTO_DECRYPT, key, iv, in, out, err);
}

static bool scrypt(struct str password, struct str salt, struct go_scrypt cost, uint8_t *out, size_t n, struct err *err)
{
	return crypto_scrypt(password, salt, (struct crypto_scrypt){ .n = cost.n, .r = cost.r, .p = cost.p }, out, n, err);
}

static bool bcrypt(struct str password, struct arena *a, struct str *out, struct err *err)
{
	return crypto_bcrypt(password, BCRYPT_COST, a, out, err);
}

static bool gen_cert(const struct go_cert_options *options, struct arena *a, struct go_pair *out, struct err *err)
{
	struct crypto_pair ca, pair;
	struct crypto_cert_options o = {
		.cn = options->cn,
		.ips = options->ips,
		.ip_count = options->ip_count,
		.dns = options->dns,
		.dns_count = options->dns_count,
		.days = options->days,
		.is_ca = options->is_ca,
		.key = options->key,
	};
	if (options->key.n > 0 && !str_contains(options->key, STR("-----BEGIN ")))
		return err_set(err, ERR_FAILED, "parsing private key: no PEM data in input");
	if (options->ca) {
		ca = (struct crypto_pair){ options->ca->cert, options->ca->key };
		o.ca = &ca;
	}
	if (!crypto_gen_cert(&o, a, &pair, err))
		return false;
	*out = (struct go_pair){ pair.cert, pair.key };
	return true;
}

static bool check_pair(const struct go_pair *pair, struct err *err)
{
	if (!str_contains(pair->cert, STR("-----BEGIN ")))
		return err_set(err, ERR_FAILED, "unable to decode certificate");
	if (!str_contains(pair->key, STR("-----BEGIN ")))
		return err_set(err, ERR_FAILED, "unable to decode key");
	return crypto_check_pair(&(struct crypto_pair){ pair->cert, pair->key }, err);
}

const struct go_crypto template_crypto = {
	.hash = hash,
	.aes_cbc = aes_cbc,
	.scrypt = scrypt,
	.bcrypt = bcrypt,
	.gen_key = crypto_gen_key,
	.gen_cert = gen_cert,
	.check_pair = check_pair,
};

const struct go_host *template_host_new(struct arena *a, char *const *environ)
{
	struct go_host *host = arena_new(a, struct go_host);
	const char *tz = NULL;
	for (size_t i = 0; environ && environ[i]; i++)
		if (strncmp(environ[i], "TZ=", 3) == 0)
			tz = environ[i] + 3;
	host->local = gotime_zone_local(a, tz);
	host->environ = environ;
	host->crypto = &template_crypto;
	return host;
}
