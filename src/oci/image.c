/*
 * Config and manifest are written with keys in the order of the specification's examples, not through maps, since a digest depends on each byte. A base's
 * config is read as a value and carried over field by field.
 */
#include "oci/image.h"

#include <sys/utsname.h>

#include "base/buf.h"
#include "data/json.h"

#define EPOCH "1970-01-01T00:00:00Z"

/* --- platforms --- */

static struct str machine_architecture(void)
{
	static const struct { const char *machine; struct str name; } rows[] = {
		{ "x86_64", STR_INIT("amd64") }, { "aarch64", STR_INIT("arm64") }, { "armv7l", STR_INIT("arm") }, { "i686", STR_INIT("386") },
		{ "ppc64le", STR_INIT("ppc64le") }, { "s390x", STR_INIT("s390x") }, { "riscv64", STR_INIT("riscv64") },
	};
	struct utsname u;
	uname(&u);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq_c(str_c(u.machine), rows[i].machine))
			return rows[i].name;
	return STR("amd64");
}

bool oci_platform_parse(struct str text, struct oci_platform *out, struct err *err)
{
	struct oci_platform p = { STR("linux"), machine_architecture(), STR("") };
	struct str rest;
	if (text.n) {
		if (!str_cut(text, '/', &p.os, &rest) || p.os.n == 0 || rest.n == 0) {
			err_set(err, ERR_SYNTAX, "'%.*s' is no platform", STR_ARG(text));
			return err_hint(err, "a platform is OS/ARCHITECTURE[/VARIANT], such as linux/amd64");
		}
		str_cut(rest, '/', &p.architecture, &p.variant);
	}
	*out = p;
	return true;
}

/* --- writing JSON --- */

static void add_key(struct buf *b, const char *key)
{
	char last = b->n ? b->p[b->n - 1] : 0;
	if (last != '{' && last != '[')
		buf_add_char(b, ',');
	json_write_str(str_c(key), JSON_HTML_PLAIN, b);
	buf_add_char(b, ':');
}

static void add_str_field(struct buf *b, const char *key, struct str s)
{
	if (s.n == 0)
		return;
	add_key(b, key);
	json_write_str(s, JSON_HTML_PLAIN, b);
}

static void add_strs(struct buf *b, const struct str *items, size_t n)
{
	buf_add_char(b, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_add_char(b, ',');
		json_write_str(items[i], JSON_HTML_PLAIN, b);
	}
	buf_add_char(b, ']');
}

static bool add_value_field(struct buf *b, const char *key, struct value v, struct err *err)
{
	add_key(b, key);
	return json_write(v, &(struct json_write_options){ .order = JSON_SORTED, .html = JSON_HTML_PLAIN }, b, err);
}

static void add_digest(struct buf *b, const struct digest *d)
{
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(d, hex);
	buf_addf(b, "\"sha256:%s\"", hex);
}

static void add_descriptor(struct buf *b, const struct oci_blob *blob)
{
	buf_addf(b, "{\"mediaType\":\"%.*s\",\"digest\":", STR_ARG(blob->media_type));
	add_digest(b, &blob->digest);
	buf_addf(b, ",\"size\":%zu}", blob->bytes.n);
}

/* --- config --- */

/* The base's list with the settings' entries over those of the same NAME=. */
static struct value merge_env(struct value base, const struct oci_settings *s, struct arena *a)
{
	struct value merged = value_map_new(a), list = value_list_new(a);
	for (size_t i = 0; base.kind == VAL_LIST && i < base.list->n; i++) {
		struct str name, value, entry = base.list->p[i].kind == VAL_STR ? value_as_str(base.list->p[i]) : STR("");
		str_cut(entry, '=', &name, &value);
		value_map_set(merged, name, value_str(entry));
	}
	for (size_t i = 0; i < s->env_count; i++) {
		struct str name, value;
		str_cut(s->env[i], '=', &name, &value);
		value_map_set(merged, name, value_str(s->env[i]));
	}
	for (size_t i = 0; i < value_map_len(merged); i++)
		value_list_add(list, *value_map_at(merged, i), a);
	return list;
}

static struct value merge_map(struct value base, struct value over, struct arena *a)
{
	struct value merged = value_map_new(a);
	for (size_t i = 0; base.kind == VAL_MAP && i < value_map_len(base); i++)
		value_map_set(merged, map_key(base.map, i), *value_map_at(base, i));
	for (size_t i = 0; over.kind == VAL_MAP && i < value_map_len(over); i++)
		value_map_set(merged, map_key(over.map, i), *value_map_at(over, i));
	return merged;
}

static struct value ports_of(const struct oci_settings *s, struct arena *a)
{
	struct value ports = value_map_new(a);
	for (size_t i = 0; i < s->port_count; i++) {
		/* A port without a protocol is TCP (image specification, config.ExposedPorts). */
		struct str port = s->ports[i];
		if (str_find_char(port, '/') == STR_NPOS)
			port = arena_concat(a, port, STR("/tcp"));
		value_map_set(ports, port, value_map_new(a));
	}
	return ports;
}

static struct value get(struct value map, const char *key)
{
	struct value *v = value_map_get(map, str_c(key));
	return v ? *v : value_null();
}

/* What runs: the settings', else the base's. An entrypoint of the settings drops the base's command, as a Dockerfile's does. */
static bool add_run_config(struct buf *b, struct value base, const struct oci_settings *s, struct arena *a, struct err *err)
{
	struct value env = merge_env(get(base, "Env"), s, a), labels = merge_map(get(base, "Labels"), s->labels, a);
	struct value ports = merge_map(get(base, "ExposedPorts"), ports_of(s, a), a);
	struct str user = s->user.n ? s->user : value_find_str(base, "User"), dir = s->workdir.n ? s->workdir : value_find_str(base, "WorkingDir");
	add_key(b, "config");
	buf_add_char(b, '{');
	add_str_field(b, "User", user);
	if (value_map_len(ports) && !add_value_field(b, "ExposedPorts", ports, err))
		return false;
	if (value_list_len(env) && !add_value_field(b, "Env", env, err))
		return false;
	if (s->entrypoint_count) {
		add_key(b, "Entrypoint");
		add_strs(b, s->entrypoint, s->entrypoint_count);
	} else if (get(base, "Entrypoint").kind == VAL_LIST && !add_value_field(b, "Entrypoint", get(base, "Entrypoint"), err)) {
		return false;
	}
	if (s->cmd_count) {
		add_key(b, "Cmd");
		add_strs(b, s->cmd, s->cmd_count);
	} else if (!s->entrypoint_count && get(base, "Cmd").kind == VAL_LIST && !add_value_field(b, "Cmd", get(base, "Cmd"), err)) {
		return false;
	}
	add_str_field(b, "WorkingDir", dir);
	if (value_map_len(labels) && !add_value_field(b, "Labels", labels, err))
		return false;
	buf_add_char(b, '}');
	return true;
}

static void add_rootfs(struct buf *b, struct value base, const struct digest *diff_id)
{
	struct value ids = value_null(), *found = value_find(base, "rootfs.diff_ids");
	if (found && found->kind == VAL_LIST)
		ids = *found;
	add_key(b, "rootfs");
	buf_add_c(b, "{\"type\":\"layers\",\"diff_ids\":[");
	for (size_t i = 0; ids.kind == VAL_LIST && i < ids.list->n; i++) {
		if (i)
			buf_add_char(b, ',');
		json_write_str(value_as_str(ids.list->p[i]), JSON_HTML_PLAIN, b);
	}
	if (diff_id) {
		if (b->p[b->n - 1] != '[')
			buf_add_char(b, ',');
		add_digest(b, diff_id);
	}
	buf_add_c(b, "]}");
}

static bool add_history(struct buf *b, struct value base, bool has_layer, struct err *err)
{
	struct value history = get(base, "history");
	add_key(b, "history");
	buf_add_char(b, '[');
	for (size_t i = 0; history.kind == VAL_LIST && i < history.list->n; i++) {
		if (i)
			buf_add_char(b, ',');
		if (!json_write(history.list->p[i], NULL, b, err))
			return false;
	}
	if (b->p[b->n - 1] != '[')
		buf_add_char(b, ',');
	buf_addf(b, "{\"created\":\"" EPOCH "\",\"created_by\":\"raibid-run images\"%s}]", has_layer ? "" : ",\"empty_layer\":true");
	return true;
}

static bool build_config(struct value base, const struct oci_settings *s, const struct digest *diff_id, struct arena *a, struct oci_blob *out,
			 struct err *err)
{
	AUTO_BUF b = { 0 };
	buf_add_char(&b, '{');
	add_str_field(&b, "created", STR(EPOCH));
	add_str_field(&b, "architecture", s->architecture);
	add_str_field(&b, "variant", s->variant);
	add_str_field(&b, "os", s->os);
	if (!add_run_config(&b, get(base, "config"), s, a, err))
		return false;
	add_rootfs(&b, base, diff_id);
	if (!add_history(&b, base, diff_id != NULL, err))
		return false;
	buf_add_char(&b, '}');
	*out = (struct oci_blob){ STR(OCI_CONFIG), sha256_of(buf_str(&b)), buf_to_arena(&b, a) };
	return true;
}

static void build_manifest(const struct oci_image *image, struct arena *a, struct oci_blob *out)
{
	AUTO_BUF b = { 0 };
	buf_add_c(&b, "{\"schemaVersion\":2,\"mediaType\":\"" OCI_MANIFEST "\",\"config\":");
	add_descriptor(&b, &image->config);
	buf_add_c(&b, ",\"layers\":[");
	for (size_t i = 0; i < image->layers.n; i++) {
		if (i)
			buf_add_char(&b, ',');
		add_descriptor(&b, &image->layers.p[i]);
	}
	buf_add_c(&b, "]}");
	*out = (struct oci_blob){ STR(OCI_MANIFEST), sha256_of(buf_str(&b)), buf_to_arena(&b, a) };
}

/* Layers of Docker's media type are the same bytes under another name; a manifest of ours names them as OCI does. */
static struct str layer_type(struct str type)
{
	return str_eq(type, STR("application/vnd.docker.image.rootfs.diff.tar.gzip")) ? STR(OCI_LAYER) : type;
}

bool oci_image_build(const struct oci_image *base, const struct oci_layer *layer, const struct oci_settings *settings, struct arena *a,
		     struct oci_image *out, struct err *err)
{
	struct oci_image image = { 0 };
	struct value config = value_null();
	if (base->config.bytes.n && !json_parse(base->config.bytes, NULL, a, &config, err))
		return err_wrap(err, "the base's config");
	for (size_t i = 0; i < base->layers.n; i++) {
		struct oci_blob l = base->layers.p[i];
		l.media_type = layer_type(l.media_type);
		vec_push_in(&image.layers, a, l);
	}
	if (layer)
		vec_push_in(&image.layers, a, layer->blob);
	if (!build_config(config, settings, layer ? &layer->diff_id : NULL, a, &image.config, err))
		return false;
	build_manifest(&image, a, &image.manifest);
	*out = image;
	return true;
}

/* --- reading --- */

struct reading {
	oci_fetch *fetch;
	void *ctx;
	struct arena *a;
};

static bool fetch_blob(struct reading *r, struct value descriptor, struct oci_blob *out, struct err *err)
{
	struct str text = value_find_str(descriptor, "digest");
	struct oci_blob blob = { .media_type = value_find_str(descriptor, "mediaType") };
	if (!digest_parse(text, &blob.digest))
		return err_set(err, ERR_SYNTAX, "an image names '%.*s', which is no sha256 digest", STR_ARG(text));
	if (!r->fetch(r->ctx, &blob.digest, r->a, &blob.bytes, err))
		return false;
	struct digest actual = sha256_of(blob.bytes);
	if (!digest_eq(&actual, &blob.digest)) {
		char hex[DIGEST_HEX_LEN + 1];
		digest_hex(&actual, hex);
		return err_set(err, ERR_INTEGRITY, "a blob is sha256:%s where %.*s was asked for", hex, STR_ARG(text));
	}
	*out = blob;
	return true;
}

static bool matches(struct value entry, const struct oci_platform *p)
{
	struct str variant = value_find_str(entry, "platform.variant");
	return str_eq(value_find_str(entry, "platform.os"), p->os) && str_eq(value_find_str(entry, "platform.architecture"), p->architecture) &&
	       (p->variant.n == 0 || variant.n == 0 || str_eq(variant, p->variant));
}

/* An index leads to the manifest of the platform; one entry without a platform (a layout of one image) is taken as it is. */
static bool choose(struct reading *r, struct value index, const struct oci_platform *platform, struct str *manifest, struct err *err)
{
	struct value list = get(index, "manifests"), *chosen = NULL;
	for (size_t i = 0; list.kind == VAL_LIST && i < list.list->n && !chosen; i++)
		if (matches(list.list->p[i], platform))
			chosen = &list.list->p[i];
	if (!chosen && list.kind == VAL_LIST && list.list->n == 1 && !value_find(list.list->p[0], "platform"))
		chosen = &list.list->p[0];
	struct oci_blob blob;
	if (!chosen)
		return err_set(err, ERR_NOT_FOUND, "the image has no variant for %.*s/%.*s", STR_ARG(platform->os),
			       STR_ARG(platform->architecture));
	if (!fetch_blob(r, *chosen, &blob, err))
		return false;
	*manifest = blob.bytes;
	return true;
}

bool oci_image_read(struct str manifest, const struct oci_platform *platform, oci_fetch *fetch, void *ctx, struct arena *a,
		    struct oci_image *out, struct err *err)
{
	struct reading r = { fetch, ctx, a };
	struct oci_image image = { 0 };
	struct value v;
	enum { MOST_INDEXES = 4 };
	for (int depth = 0;; depth++) {
		if (!json_parse(manifest, NULL, a, &v, err))
			return err_wrap(err, "an image's manifest");
		if (get(v, "manifests").kind != VAL_LIST)
			break;
		if (depth == MOST_INDEXES)
			return err_set(err, ERR_LIMIT, "an image's indexes are nested deeper than %d", MOST_INDEXES);
		if (!choose(&r, v, platform, &manifest, err))
			return false;
	}
	struct str type = value_find_str(v, "mediaType");
	image.manifest = (struct oci_blob){ type.n ? type : STR(OCI_MANIFEST), sha256_of(manifest), manifest };
	if (!fetch_blob(&r, get(v, "config"), &image.config, err))
		return false;
	struct value layers = get(v, "layers");
	for (size_t i = 0; layers.kind == VAL_LIST && i < layers.list->n; i++) {
		struct oci_blob layer;
		if (!fetch_blob(&r, layers.list->p[i], &layer, err))
			return false;
		vec_push_in(&image.layers, a, layer);
	}
	*out = image;
	return true;
}
