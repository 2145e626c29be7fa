/*
 * images.h: the image definitions of an environment (images.yaml beside environment.yaml, or its key `images`), and where what was built is noted, so
 * that apply can name it
 * by digest. The format is in docs/environment.md.
 */
#ifndef STEP_IMAGES_H
#define STEP_IMAGES_H

#include "oci/image.h"
#include "step/environment.h"
#include "step/image_scan.h"

struct image_def {
	struct str name;         /* as the objects name it, without tag */
	struct str base;         /* "scratch", a folder with an OCI layout, or a reference */
	struct str platform;
	struct str user, workdir;
	schema_strs env, entrypoint, cmd, ports;
	struct value labels;
	const struct yaml_node *files;
	const struct yaml_node *node;
};
typedef VEC(struct image_def) image_defs;

/* Decodes the definitions; an environment without any gives none. env->file becomes the file that they stand in. */
MUST_CHECK bool images_load(struct step_ctx *ctx, struct environment *env, image_defs *out, struct err *err);

/* Renders the environment in memory and collects all images that it names. Memory in ctx->arena. */
MUST_CHECK bool images_of(struct step_ctx *ctx, const struct environment *env, struct image_uses *uses, struct err *err);

/* Path of the note for an environment: .raibid/images/NAME.json below the root, a map from the name in the objects to the reference by digest. In `a`. */
struct str images_note_path(const struct step_host *host, struct arena *a, struct str environment);

/* The image reference without its tag and digest. */
struct str images_bare_name(struct str image);
/* What the note says of an image: under its whole text, else under its bare name; or NULL. */
struct value *images_find_note(struct value note, struct str image);

/* Replaces, in every `image:` of the object's pod templates, a reference whose name the note knows by what the note says. `note` is the note's value (VAL_MAP).
 * Returns how many were replaced. */
size_t images_pin(struct value object, struct value note);

#endif
