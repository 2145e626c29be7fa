/*
 * auth.h: credentials of registries: docker's config file and its helpers, and the bearer tokens that registries hand out for them.
 */
#ifndef OCI_AUTH_H
#define OCI_AUTH_H

#include "ext/http.h"

struct oci_credentials {
	struct str username, password; /* both empty: anonymous */
	struct str identity_token;     /* of a helper that gives one in place of a password */
};

/* Credentials for `host` from the folder's config.json. No file, or none for that host: anonymous. A helper that fails is ERR_DENIED. Memory in `a`. */
MUST_CHECK bool oci_auth_find(struct str docker_config, struct str host, char *const *environ, struct arena *a, struct oci_credentials *out,
			      struct err *err);

struct oci_challenge {
	bool bearer;
	struct str realm, service, scope;
};
/* Parses a WWW-Authenticate header (RFC 9110 section 11.6.1). False where it names neither Basic nor Bearer. */
MUST_CHECK bool oci_auth_challenge(struct str header, struct oci_challenge *out);
/* Asks the challenge's realm for a token. Refused: ERR_DENIED. In `a`. */
MUST_CHECK bool oci_auth_token(struct http *http, const struct oci_challenge *challenge, const struct oci_credentials *credentials,
			       const struct http_tls *tls, struct arena *a, struct str *token, struct err *err);

#endif
