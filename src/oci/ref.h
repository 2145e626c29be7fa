/*
 * ref.h: image references, with the rules of the distribution project's reference grammar: [HOST[:PORT]/]PATH[:TAG][@DIGEST].
 */
#ifndef OCI_REF_H
#define OCI_REF_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sha256.h"

struct oci_ref {
	struct str host;   /* "docker.io" where the text names none */
	struct str path;   /* "library/redis" for docker.io's short names */
	struct str tag;    /* "latest" where neither tag nor digest is named; may be empty with a digest */
	struct str digest; /* "sha256:…", or empty */
};

/* Views into `text` where it has the part, else literals or memory in `a`. ERR_SYNTAX says what is wrong. */
MUST_CHECK bool oci_ref_parse(struct str text, struct arena *a, struct oci_ref *out, struct err *err);

enum oci_scheme { OCI_HTTPS, OCI_PLAIN_HTTP };
/* "https://HOST" of the registry's API: docker.io is registry-1.docker.io; localhost and 127.0.0.0/8 speak http under either scheme. */
struct str oci_ref_url(struct arena *a, const struct oci_ref *ref, enum oci_scheme scheme);
/* Tag, or digest where there is no tag. */
struct str oci_ref_version(const struct oci_ref *ref);
/* HOST/PATH[:TAG][@DIGEST] */
struct str oci_ref_text(struct arena *a, const struct oci_ref *ref);

#endif
