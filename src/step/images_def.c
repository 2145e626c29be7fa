/* Decoding of image definitions, and pinning of the objects that name them. */
#include <stddef.h>

#include "base/path.h"
#include "step/images.h"

static const struct schema_key image_keys[] = {
	{ STR_INIT("name"), SCHEMA_STR, offsetof(struct image_def, name), true },
	{ STR_INIT("base"), SCHEMA_STR, offsetof(struct image_def, base), false },
	{ STR_INIT("platform"), SCHEMA_STR, offsetof(struct image_def, platform), false },
	{ STR_INIT("files"), SCHEMA_NODE, offsetof(struct image_def, files), false },
	{ STR_INIT("env"), SCHEMA_STRS, offsetof(struct image_def, env), false },
	{ STR_INIT("entrypoint"), SCHEMA_STRS, offsetof(struct image_def, entrypoint), false },
	{ STR_INIT("cmd"), SCHEMA_STRS, offsetof(struct image_def, cmd), false },
	{ STR_INIT("user"), SCHEMA_STR, offsetof(struct image_def, user), false },
	{ STR_INIT("workdir"), SCHEMA_STR, offsetof(struct image_def, workdir), false },
	{ STR_INIT("ports"), SCHEMA_STRS, offsetof(struct image_def, ports), false },
	{ STR_INIT("labels"), SCHEMA_STR_MAP, offsetof(struct image_def, labels), false },
	{ .name = STR_INIT("") },
};

struct images_doc {
	const struct yaml_node *images;
};
static const struct schema_key doc_keys[] = {
	{ STR_INIT("images"), SCHEMA_NODE, offsetof(struct images_doc, images), true },
	{ .name = STR_INIT("") },
};

static bool decode_all(const struct schema_file *file, const struct yaml_node *list, image_defs *out, struct err *err)
{
	schema_nodes nodes;
	if (!schema_list(file, list, "images", &nodes, err))
		return false;
	for (size_t i = 0; i < nodes.n; i++) {
		struct image_def d = { .base = STR("scratch"), .node = nodes.p[i] };
		if (!schema_decode(file, nodes.p[i], "an image", image_keys, &d, err))
			return false;
		for (size_t k = 0; k < out->n; k++)
			if (str_eq(out->p[k].name, d.name))
				return schema_fail(file, nodes.p[i], err, "image '%.*s' stands twice", STR_ARG(d.name));
		vec_push_in(out, file->arena, d);
	}
	return true;
}

bool images_load(struct step_ctx *ctx, struct environment *env, image_defs *out, struct err *err)
{
	struct arena *a = ctx->arena;
	image_defs defs = { 0 };
	struct str path = path_join(a, env->dir, STR("images.yaml"));
	struct err missing = { 0 };
	if (env->images && !decode_all(&env->file, env->images, &defs, err))
		return false;
	struct schema_file file = { .name = step_name_of(ctx, path), .arena = a };
	if (step_read(ctx, path, a, &file.text, &missing)) {
		const struct yaml_node *root;
		struct images_doc doc = { 0 };
		if (env->images)
			return schema_fail(&env->file, env->images, err, "images stand both here and in images.yaml: keep one");
		if (!schema_parse(&file, &root, err) || !schema_decode(&file, root, "the file", doc_keys, &doc, err) ||
		    !decode_all(&file, doc.images, &defs, err))
			return false;
		env->file = file; /* further messages are about this file */
	} else if (missing.kind != ERR_NOT_FOUND) {
		err_move(err, &missing);
		return false;
	}
	err_deinit(&missing);
	*out = defs;
	return true;
}

struct str images_note_path(const struct step_host *host, struct arena *a, struct str environment)
{
	return arena_fmt(a, "%.*s/.raibid/images/%.*s.json", STR_ARG(host->root), STR_ARG(environment));
}

/* --- pinning --- */

/* The reference without its tag and digest. */
struct str images_bare_name(struct str image)
{
	struct str name, digest;
	str_cut(image, '@', &name, &digest);
	size_t colon = str_rfind_char(name, ':'), slash = str_rfind_char(name, '/');
	if (colon != STR_NPOS && (slash == STR_NPOS || colon > slash))
		name = str_slice(name, 0, colon);
	return name;
}

struct value *images_find_note(struct value note, struct str image)
{
	struct value *whole = value_map_get(note, image);
	return whole ? whole : value_map_get(note, images_bare_name(image));
}

enum { MAX_DEPTH = 64 }; /* manifests are far flatter; what is deeper holds no pod template */

static size_t pin(struct value v, struct value note, int depth)
{
	size_t count = 0;
	if (depth > MAX_DEPTH)
		return 0;
	if (v.kind == VAL_LIST) {
		for (size_t i = 0; i < v.list->n; i++)
			count += pin(v.list->p[i], note, depth + 1);
		return count;
	}
	for (size_t i = 0; v.kind == VAL_MAP && i < value_map_len(v); i++) {
		struct value *field = value_map_at(v, i);
		struct str key = map_key(v.map, i);
		bool containers = str_eq(key, STR("containers")) || str_eq(key, STR("initContainers"));
		for (size_t k = 0; containers && field->kind == VAL_LIST && k < field->list->n; k++) {
			struct value *image = value_map_get(field->list->p[k], STR("image"));
			struct value *to = image && image->kind == VAL_STR ? images_find_note(note, value_as_str(*image)) : NULL;
			if (to && to->kind == VAL_STR) {
				*image = *to;
				count++;
			}
		}
		count += pin(*field, note, depth + 1);
	}
	return count;
}

size_t images_pin(struct value object, struct value note)
{
	return note.kind == VAL_MAP ? pin(object, note, 0) : 0;
}
