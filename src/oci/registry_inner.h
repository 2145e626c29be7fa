/* registry_inner.h: what the two halves of a registry's client share: registry.c (single images in memory), copy.c (whole trees through files). Internal to oci. */
#ifndef OCI_REGISTRY_INNER_H
#define OCI_REGISTRY_INNER_H

#include "oci/auth.h"
#include "oci/registry.h"

struct oci_registry {
	struct arena arena;
	struct oci_registry_options opt;
	struct str host, url;
	struct http_tls tls;
	struct oci_credentials credentials;
	bool has_credentials;
	bool basic;          /* the registry wants basic authentication */
	struct str token;    /* bearer, for the last scope */
};

#define OCI_ACCEPT OCI_MANIFEST ", " OCI_INDEX ", " OCI_DOCKER_MANIFEST ", " OCI_DOCKER_INDEX

/* Sends the request with what is known of credentials; a 401 is answered once. */
MUST_CHECK bool registry_ask(struct oci_registry *r, struct http_request *req, struct http_response *resp, struct err *err);
/* Sets what a request to this registry needs besides its URL. */
void registry_authorize(const struct oci_registry *r, struct http_request *req);
/* GETs into `a`; *type (may be NULL) is the answer's Content-Type. */
MUST_CHECK bool registry_get(struct oci_registry *r, struct str url, struct str accept, struct arena *a, struct str *bytes, struct str *type,
			     struct err *err);
/* Sends a blob that is not there yet; `base` is URL/v2/PATH. Adds to *sent. */
MUST_CHECK bool registry_push_blob(struct oci_registry *r, struct str base, const struct oci_blob *blob, size_t *sent, struct err *err);
MUST_CHECK bool registry_put(struct oci_registry *r, struct str url, struct str type, struct str bytes, struct err *err);

#endif
