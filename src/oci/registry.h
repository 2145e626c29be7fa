/*
 * registry.h: pulls from and pushes to OCI registries (distribution specification 1.1) over one HTTP client.
 *
 * A registry that asks for it gets basic or bearer credentials: those of the docker config (DOCKER_CONFIG or ~/.docker/config.json: auths, credHelpers,
 * credsStore), else none. Tokens are kept for the connection's life.
 */
#ifndef OCI_REGISTRY_H
#define OCI_REGISTRY_H

#include "ext/http.h"
#include "oci/image.h"
#include "oci/ref.h"

struct oci_registry;

struct oci_registry_options {
	struct http *http;        /* borrowed */
	enum oci_scheme scheme;
	struct str docker_config; /* folder of config.json; empty: none */
	struct str ca_file;
	char *const *environ;     /* for credential helpers */
	/* Told of each blob's way; may be NULL. */
	void (*progress)(void *ctx, struct str what, uint64_t done, uint64_t total);
	void *progress_ctx;
};

/* For the host of `ref`. No request yet. */
struct oci_registry *oci_registry_new(const struct oci_ref *ref, const struct oci_registry_options *options);
void oci_registry_free(struct oci_registry *r);

/* Reads the image that `ref` names. Missing: ERR_NOT_FOUND; refused: ERR_DENIED with a hint about credentials. Memory in `a`. */
MUST_CHECK bool oci_registry_pull(struct oci_registry *r, const struct oci_ref *ref, const struct oci_platform *platform, struct arena *a,
				  struct oci_image *out, struct err *err);
/* The manifest that `ref` names, checked against its digest where it has one. Memory in `a`. */
MUST_CHECK bool oci_registry_manifest(struct oci_registry *r, const struct oci_ref *ref, struct arena *a, struct str *bytes, struct err *err);
/* Makes *req the request of a blob of ref's repository, with what the registry was found to want; call it after a manifest was read. Everything in `a`, so that it outlives `r`. */
void oci_registry_blob_request(const struct oci_registry *r, const struct oci_ref *ref, const struct digest *digest, struct arena *a,
			       struct http_request *req);
/* All tags of `ref`'s repository, in the registry's order. More than OCI_MAX_TAGS is ERR_LIMIT. Memory in `a`. */
#define OCI_MAX_TAGS 100000
typedef VEC(struct str) oci_tags;
MUST_CHECK bool oci_registry_tags(struct oci_registry *r, const struct oci_ref *ref, struct arena *a, oci_tags *out, struct err *err);
/* Sends what the registry does not have yet (each blob is asked for first), then the manifest under the tag. *sent (may be NULL) counts blobs that went over. */
MUST_CHECK bool oci_registry_push(struct oci_registry *r, const struct oci_ref *ref, const struct oci_image *image, size_t *sent,
				  struct err *err);

#endif
