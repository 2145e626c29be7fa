/* The reading side: what `--bundle FILE` means to vendor and images. Every blob is hashed before it is used. */
#include "base/path.h"
#include "data/json.h"
#include "step/bundle.h"

static bool read_entry(struct value v, struct bundle_entry *out, struct err *err)
{
	struct value *annotations = value_map_get(v, STR("annotations")), *size = value_map_get(v, STR("size"));
	struct value none = value_null(), from = annotations ? *annotations : none;
	const struct { const char *key; struct str *to; } rows[] = {
		{ "run.raibid.kind", &out->kind }, { "run.raibid.name", &out->name }, { "run.raibid.version", &out->version },
		{ "run.raibid.source", &out->source },
	};
	*out = (struct bundle_entry){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct value *text = value_map_get(from, str_c(rows[i].key));
		*rows[i].to = text && text->kind == VAL_STR ? value_as_str(*text) : STR("");
	}
	out->descriptor.media_type = value_find_str(v, "mediaType");
	out->descriptor.size = size && size->kind == VAL_INT && size->i > 0 ? (uint64_t)size->i : 0;
	return digest_parse(value_find_str(v, "digest"), &out->descriptor.digest) ||
	       err_set(err, ERR_SYNTAX, "its index.json has an entry without a digest");
}

bool bundle_open(struct step_ctx *ctx, struct str path, struct bundle *out, struct err *err)
{
	struct bundle b = { 0 };
	if (!oci_tarball_open(path_in(ctx->arena, ctx->cwd, path), &b.tar, err))
		return false;
	struct value *list = value_map_get(oci_tarball_index(b.tar), STR("manifests"));
	struct value *notes = value_map_get(oci_tarball_index(b.tar), STR("annotations"));
	struct value *environment = notes ? value_map_get(*notes, STR(BUNDLE_ENVIRONMENT)) : NULL;
	if (environment && environment->kind == VAL_STR)
		b.environment = arena_str(ctx->arena, value_as_str(*environment));
	for (size_t i = 0; list && list->kind == VAL_LIST && i < value_list_len(*list); i++) {
		struct bundle_entry e;
		if (!read_entry(list->list->p[i], &e, err)) {
			bundle_close(&b);
			return err_wrap(err, "'%.*s'", STR_ARG(path));
		}
		vec_push_in(&b.entries, ctx->arena, e);
	}
	*out = b;
	return true;
}

void bundle_close(struct bundle *b)
{
	oci_tarball_close(b->tar);
	b->tar = NULL;
}

bool bundle_blob(void *ctx, const struct digest *digest, struct arena *a, struct str *bytes, struct err *err)
{
	return oci_tarball_blob(ctx, digest, bytes, err);
}

/* The digest of the one layer of an artifact. */
static bool layer_of(const struct bundle *b, const struct bundle_entry *e, struct arena *a, struct digest *out, struct err *err)
{
	struct str manifest;
	struct value v;
	if (!oci_tarball_blob(b->tar, &e->descriptor.digest, &manifest, err) || !json_parse(manifest, NULL, a, &v, err))
		return false;
	struct value *layers = value_map_get(v, STR("layers"));
	if (layers && layers->kind == VAL_LIST && value_list_len(*layers) && digest_parse(value_find_str(layers->list->p[0], "digest"), out))
		return true;
	return err_set(err, ERR_SYNTAX, "%.*s %.*s has no layer", STR_ARG(e->kind), STR_ARG(e->name));
}

bool bundle_import(const struct bundle *b, const struct pkg_vendor_options *opt, struct arena *a, struct err *err)
{
	for (size_t i = 0; i < b->entries.n; i++) {
		const struct bundle_entry *e = &b->entries.p[i];
		struct pkg_archive x = { .name = e->name, .version = e->version, .source = e->source };
		if (!pkg_kind_find(e->kind, &x.kind))
			continue;
		if (!layer_of(b, e, a, &x.digest, err))
			return false;
		/* What the store has it checks itself when it hands it out. */
		if (x.kind != PKG_BUNDLE && store_has(opt->store, &x.digest))
			continue;
		if (!oci_tarball_blob(b->tar, &x.digest, &x.bytes, err) || !pkg_archive_keep(opt, &x, err))
			return false;
	}
	return true;
}
