/* A chart as an OCI artifact (https://helm.sh/docs/topics/registries/#oci-feature-deprecation-and-behavior-changes-with-v380): the config is Chart.yaml as
 * JSON, the one layer the packed chart. Nothing of now goes in, so that pushing twice is one manifest. */
#include <string.h>

#include "base/fs.h"
#include "chart/metadata.h"
#include "data/json.h"
#include "data/yaml.h"
#include "oci/image.h"
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

static void build_image(struct str config, struct str archive, const struct chart_metadata *m, struct arena *a, struct oci_image *image)
{
	AUTO_BUF text = { 0 };
	image->config = blob_of(PKG_CHART_CONFIG, config);
	vec_push_in(&image->layers, a, blob_of(PKG_CHART_CONTENT, archive));
	buf_add_c(&text, "{\"schemaVersion\":2,\"mediaType\":\"" OCI_MANIFEST "\",\"config\":");
	add_descriptor(&text, &image->config);
	buf_add_c(&text, ",\"layers\":[");
	add_descriptor(&text, &image->layers.p[0]);
	buf_add_c(&text, "],\"annotations\":{\"org.opencontainers.image.title\":");
	json_write_str(m->name, JSON_HTML_ESCAPED, &text);
	buf_add_c(&text, ",\"org.opencontainers.image.version\":");
	json_write_str(m->version, JSON_HTML_ESCAPED, &text);
	buf_add_c(&text, "}}");
	image->manifest = blob_of(OCI_MANIFEST, buf_to_arena(&text, a));
}

bool pkg_push(const struct pkg_vendor_options *opt, struct str path, struct str url, struct arena *a, struct str *ref, struct err *err)
{
	struct str archive, yaml, where;
	struct value metadata;
	struct chart_metadata m = { 0 };
	struct oci_image image = { 0 };
	AUTO_BUF config = { 0 };
	char hex[DIGEST_HEX_LEN + 1];
	if (!str_starts(url, STR("oci://")))
		return err_set(err, ERR_USAGE, "'%.*s' is no oci://HOST/PATH", STR_ARG(url));
	if (fs_is_dir(path)) {
		err_set(err, ERR_USAGE, "'%.*s' is a folder", STR_ARG(path));
		return err_hint(err, "pack it first: `helm package`");
	}
	if (!fs_read(path, PKG_MAX_ARCHIVE, a, &archive, err) || !pkg_packed_chart_yaml(archive, path, a, &yaml, err))
		return false;
	if (!chart_metadata_parse(yaml, a, &m, err) || !chart_metadata_validate(&m, a, err) || !yaml_read_map(yaml, NULL, a, &metadata, err) ||
	    !json_write(metadata, NULL, &config, err))
		return err_wrap(err, "%.*s", STR_ARG(path));
	build_image(buf_to_arena(&config, a), archive, &m, a, &image);
	while (str_ends(url, STR("/")))
		url.n--;
	struct pkg_fetch *f = pkg_fetch_new(opt);
	bool ok = pkg_push_oci(f, arena_fmt(a, "%.*s/%.*s", STR_ARG(url), STR_ARG(m.name)), m.version, &image, a, &where, err);
	pkg_fetch_free(f);
	digest_hex(&image.manifest.digest, hex);
	*ref = arena_fmt(a, "%.*s@sha256:%s", STR_ARG(where), hex);
	return ok;
}
