/* A chart as an OCI artifact (https://helm.sh/docs/topics/registries/#oci-feature-deprecation-and-behavior-changes-with-v380): the config is Chart.yaml as
 * JSON, the one layer the packed chart. Nothing of now goes in, so that pushing twice is one manifest. */
#include <string.h>

#include "base/fs.h"
#include "chart/metadata.h"
#include "data/json.h"
#include "data/yaml.h"
#include "oci/image.h"
#include "pkg/archives.h"
#include "pkg/closure.h"
#include "pkg/fetch.h"
#include "pkg/vendor.h"

static struct oci_blob blob_of(const char *type, struct str bytes)
{
	return (struct oci_blob){ str_c(type), sha256_of(bytes), bytes };
}

static void add_descriptor(struct buf *out, const struct oci_blob *b)
{
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(&b->digest, hex);
	buf_addf(out, "{\"mediaType\":\"%.*s\",\"digest\":\"sha256:%s\",\"size\":%zu}", STR_ARG(b->media_type), hex, b->bytes.n);
}

struct annotation {
	const char *key;
	struct str value;
};

static void build_image(struct oci_blob config, struct oci_blob layer, const struct annotation *annotations, size_t n, struct arena *a,
			struct oci_image *image)
{
	AUTO_BUF text = { 0 };
	image->config = config;
	vec_push_in(&image->layers, a, layer);
	buf_add_c(&text, "{\"schemaVersion\":2,\"mediaType\":\"" OCI_MANIFEST "\",\"config\":");
	add_descriptor(&text, &image->config);
	buf_add_c(&text, ",\"layers\":[");
	add_descriptor(&text, &image->layers.p[0]);
	buf_add_c(&text, "],\"annotations\":{");
	for (size_t i = 0; i < n; i++) {
		buf_addf(&text, "%s\"%s\":", i ? "," : "", annotations[i].key);
		json_write_str(annotations[i].value, JSON_HTML_ESCAPED, &text);
	}
	buf_add_c(&text, "}}");
	image->manifest = blob_of(OCI_MANIFEST, buf_to_arena(&text, a));
}

/* Nothing of now goes in, so that pushing twice is one manifest. */
static bool chart_image(struct str archive, struct str path, struct arena *a, struct chart_metadata *m, struct oci_image *image, struct err *err)
{
	struct str yaml;
	struct value metadata;
	AUTO_BUF config = { 0 };
	if (!pkg_packed_chart_yaml(archive, path, a, &yaml, err))
		return false;
	if (!chart_metadata_parse(yaml, a, m, err) || !chart_metadata_validate(m, a, err) || !yaml_read_map(yaml, NULL, a, &metadata, err) ||
	    !json_write(metadata, NULL, &config, err))
		return err_wrap(err, "%.*s", STR_ARG(path));
	const struct annotation annotations[] = { { "org.opencontainers.image.title", m->name }, { "org.opencontainers.image.version", m->version } };
	build_image(blob_of(PKG_CHART_CONFIG, buf_to_arena(&config, a)), blob_of(PKG_CHART_CONTENT, archive), annotations, ARRAY_LEN(annotations), a,
		    image);
	return true;
}

bool pkg_archive_image(const struct pkg_archive *x, struct arena *a, struct oci_image *out, struct err *err)
{
	static const char *const types[] = {
		[PKG_CHART] = "application/vnd.raibid-run.chart.tar", [PKG_FILE] = "application/vnd.raibid-run.file",
		[PKG_BUNDLE] = "application/vnd.raibid-run.jsonnet-bundle.tar",
	};
	struct chart_metadata m = { 0 };
	bool packed = x->bytes.n > 2 && memcmp(x->bytes.p, "\x1f\x8b", 2) == 0;
	*out = (struct oci_image){ 0 };
	if (x->kind == PKG_CHART && packed)
		return chart_image(x->bytes, x->name, a, &m, out, err);
	const struct annotation annotations[] = { { "org.opencontainers.image.title", x->name }, { "org.opencontainers.image.version", x->version } };
	build_image(blob_of("application/vnd.oci.empty.v1+json", STR("{}")), blob_of(types[x->kind], x->bytes), annotations, ARRAY_LEN(annotations), a,
		    out);
	return true;
}

bool pkg_push(const struct pkg_vendor_options *opt, struct str path, struct str url, struct arena *a, struct str *ref, struct err *err)
{
	struct str archive, where;
	struct chart_metadata m = { 0 };
	struct oci_image image = { 0 };
	char hex[DIGEST_HEX_LEN + 1];
	if (!str_starts(url, STR("oci://")))
		return err_set(err, ERR_USAGE, "'%.*s' is no oci://HOST/PATH", STR_ARG(url));
	if (fs_is_dir(path)) {
		err_set(err, ERR_USAGE, "'%.*s' is a folder", STR_ARG(path));
		return err_hint(err, "pack it first: `helm package`");
	}
	if (!fs_read(path, PKG_MAX_ARCHIVE, a, &archive, err) || !chart_image(archive, path, a, &m, &image, err))
		return false;
	while (str_ends(url, STR("/")))
		url.n--;
	struct pkg_fetch *f = pkg_fetch_new(opt);
	bool ok = pkg_push_oci(f, arena_fmt(a, "%.*s/%.*s", STR_ARG(url), STR_ARG(m.name)), m.version, &image, a, &where, err);
	pkg_fetch_free(f);
	digest_hex(&image.manifest.digest, hex);
	*ref = arena_fmt(a, "%.*s@sha256:%s", STR_ARG(where), hex);
	return ok;
}
