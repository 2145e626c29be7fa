/* jsonnet_host.c: ext/crypto.h in the shape that jsonnet/jsonnet.h asks for. */
#include "step/jsonnet_host.h"

#include "ext/crypto.h"

bool jsonnet_host_hash(enum jsonnet_hash kind, struct str bytes, uint8_t out[JSONNET_HASH_MAX], size_t *n, struct err *err)
{
	static const enum crypto_hash of[] = {
		[JSONNET_MD5] = CRYPTO_MD5,
		[JSONNET_SHA1] = CRYPTO_SHA1,
		[JSONNET_SHA512] = CRYPTO_SHA512,
		[JSONNET_SHA3_512] = CRYPTO_SHA3_512,
	};
	_Static_assert(JSONNET_HASH_MAX >= CRYPTO_HASH_MAX, "room for every digest");
	return crypto_hash(of[kind], bytes, out, n, err);
}
