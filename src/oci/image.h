/*
 * image.h: OCI images in memory: built from a base and files, read from and written to image layouts.
 *
 * The formats are those of the OCI image specification 1.1: an image is a manifest that names a config and layers by digest. The same base, files and settings give
 * the same digests on every machine: times are 0, owners numeric, entries sorted, keys in a fixed order.
 */
#ifndef OCI_IMAGE_H
#define OCI_IMAGE_H

#include "base/sha256.h"
#include "base/vec.h"
#include "data/value.h"

#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define OCI_CONFIG "application/vnd.oci.image.config.v1+json"
#define OCI_LAYER "application/vnd.oci.image.layer.v1.tar+gzip"
#define OCI_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define OCI_DOCKER_INDEX "application/vnd.docker.distribution.manifest.list.v2+json"

struct oci_blob {
	struct str media_type;
	struct digest digest;
	struct str bytes;
};

struct oci_image {
	struct oci_blob manifest, config;
	VEC(struct oci_blob) layers; /* lowest first */
};

/* A file of the new layer. */
struct oci_file {
	struct str path;    /* absolute in the image; cleaned */
	struct str bytes;
	struct str target;  /* of a symbolic link, in place of bytes; p is NULL for a file */
	uint32_t mode;
	uint32_t uid, gid;
};
typedef VEC(struct oci_file) oci_files;

struct oci_settings {
	struct str os, architecture, variant;  /* "linux", "amd64", "" */
	const struct str *env;      /* "K=V", over the base's of the same name */
	size_t env_count;
	const struct str *entrypoint, *cmd, *ports;
	size_t entrypoint_count, cmd_count, port_count;
	struct str user, workdir;
	struct value labels;        /* VAL_MAP of strings, or null */
};

/* A layer with the digest of its tar before compression, which the config names (oci/layer.h builds one). */
struct oci_layer {
	struct oci_blob blob;
	struct digest diff_id;
};

/* The base (zeroed: none, as `FROM scratch`) with one layer more, or none where `layer` is NULL. Settings that are empty are the base's. Memory in `a`. */
MUST_CHECK bool oci_image_build(const struct oci_image *base, const struct oci_layer *layer, const struct oci_settings *settings, struct arena *a,
				struct oci_image *out, struct err *err);

/* How a blob is had: the bytes for the digest in `a`, ERR_NOT_FOUND if it is not there. */
typedef bool oci_fetch(void *ctx, const struct digest *digest, struct arena *a, struct str *bytes, struct err *err);
/* Reads an image from its manifest, or an index's for the platform, fetching and checking what it names. */
struct oci_platform {
	struct str os, architecture, variant;
};
MUST_CHECK bool oci_image_read(struct str manifest, const struct oci_platform *platform, oci_fetch *fetch, void *ctx, struct arena *a,
			       struct oci_image *out, struct err *err);

/* "linux/arm64/v8" into its parts; ERR_SYNTAX. Empty: the platform of this machine. */
MUST_CHECK bool oci_platform_parse(struct str text, struct oci_platform *out, struct err *err);

/* Reads the image of a layout folder (or its only one). */
MUST_CHECK bool oci_layout_read(struct str dir, const struct oci_platform *platform, struct arena *a, struct oci_image *out, struct err *err);
/* The text of index.json for a layout of these images, each with a name as annotation, and of oci-layout. */
struct str oci_layout_index(const struct oci_image *images, const struct str *names, size_t n, struct arena *a);
#define OCI_LAYOUT_FILE "{\"imageLayoutVersion\":\"1.0.0\"}"

#endif
