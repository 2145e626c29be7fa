/*
 * sprig.h: the functions of sprig 3.3.0 (https://masterminds.github.io/sprig/): tables, a family a file (fn_*.c). env and expandenv, which Helm
 * removes, stand apart.
 *
 * What needs the world outside comes in through struct go_host, which template_run.host names: the local time zone, and cryptography as a
 * table of functions, since this folder may not include ext. The clock and the system's random bytes are asked for directly.
 */
#ifndef GOTMPL_SPRIG_H
#define GOTMPL_SPRIG_H

#include "base/sha256.h"
#include "gotmpl/func.h"
#include "text/gotime.h"

#define SPRIG_TABLES_MAX 16
/* Writes the tables for go_funcs_new into `tables` and returns how many. */
size_t sprig_tables(struct go_table tables[SPRIG_TABLES_MAX]);
extern const struct go_table sprig_env; /* env and expandenv, of go_host.environ */

/* ---- Cryptography, implemented above this layer ---- */

enum go_hash { GO_SHA1, GO_SHA512 };
#define GO_HASH_MAX 64
enum go_way { GO_ENCRYPT, GO_DECRYPT };

struct go_scrypt {
	uint64_t n, r, p;
};

/* A certificate with its key, both PEM. */
struct go_pair {
	struct str cert, key;
};

struct go_cert_options {
	struct str cn;
	const struct str *ips, *dns; /* addresses are valid ones */
	size_t ip_count, dns_count;
	int64_t days;
	bool is_ca;
	struct str key;            /* PEM of the key to use; empty: a new RSA key */
	const struct go_pair *ca;  /* who signs; NULL: self-signed */
};

/* Results are in `a`. Errors carry Go's and sprig's words where there are any. */
struct go_crypto {
	bool (*hash)(enum go_hash kind, struct str bytes, uint8_t out[GO_HASH_MAX], size_t *n, struct err *err);
	/* AES-256-CBC of whole blocks without padding. */
	bool (*aes_cbc)(enum go_way way, const uint8_t key[32], const uint8_t iv[16], struct str in, struct buf *out, struct err *err);
	bool (*scrypt)(struct str password, struct str salt, struct go_scrypt cost, uint8_t *out, size_t n, struct err *err);
	/* At Go's default cost, 10. */
	bool (*bcrypt)(struct str password, struct arena *a, struct str *out, struct err *err);
	bool (*gen_key)(struct str type, struct arena *a, struct str *pem, struct err *err);
	bool (*gen_cert)(const struct go_cert_options *options, struct arena *a, struct go_pair *out, struct err *err);
	bool (*check_pair)(const struct go_pair *pair, struct err *err);
};

/*
 * Remembers what functions with a random result gave, so that a later execution gives the same (a password, a certificate). `user` is
 * template_run.user, `use` the digest of the function's name and its arguments.
 */
struct go_keep {
	/* *found false: nothing is kept for this use. What is found is in `a`. */
	bool (*find)(void *ctx, void *user, const struct digest *use, struct arena *a, struct str *kept, bool *found, struct err *err);
	/* Keeps *kept for the use just asked for; where another process was faster, *kept becomes what that one kept, in `a`. */
	bool (*put)(void *ctx, void *user, const struct digest *use, struct arena *a, struct str *kept, struct err *err);
	void *ctx;
};

/* What functions may use of the world. Every member may be NULL: local is UTC then, and what needs cryptography fails. */
struct go_host {
	const struct gotime_zone *local;
	char *const *environ;
	const struct go_crypto *crypto;
	const struct go_keep *keep; /* NULL: random results are random each time */
};

#endif
