/* Image layouts: a folder with oci-layout, index.json and blobs/sha256/HEX (image specification, "Image Layout"). */
#include "base/buf.h"
#include "base/fs.h"
#include "base/path.h"
#include "data/json.h"
#include "oci/image.h"

static bool fetch_file(void *ctx, const struct digest *digest, struct arena *a, struct str *bytes, struct err *err)
{
	const struct str *dir = ctx;
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(digest, hex);
	return fs_read(arena_fmt(a, "%.*s/blobs/sha256/%s", STR_ARG(*dir), hex), 0, a, bytes, err);
}

bool oci_layout_read(struct str dir, const struct oci_platform *platform, struct arena *a, struct oci_image *out, struct err *err)
{
	struct str index;
	if (!fs_read(path_join(a, dir, STR("index.json")), 0, a, &index, err))
		return err_wrap(err, "'%.*s' is no OCI layout", STR_ARG(dir));
	return oci_image_read(index, platform, fetch_file, &dir, a, out, err);
}

struct str oci_layout_index(const struct oci_image *images, const struct str *names, size_t n, struct arena *a)
{
	AUTO_BUF b = { 0 };
	buf_add_c(&b, "{\"schemaVersion\":2,\"mediaType\":\"" OCI_INDEX "\",\"manifests\":[");
	for (size_t i = 0; i < n; i++) {
		char hex[DIGEST_HEX_LEN + 1];
		digest_hex(&images[i].manifest.digest, hex);
		buf_addf(&b, "%s{\"mediaType\":\"" OCI_MANIFEST "\",\"digest\":\"sha256:%s\",\"size\":%zu,\"annotations\":{\"org.opencontainers.image.ref.name\":",
			 i ? "," : "", hex, images[i].manifest.bytes.n);
		json_write_str(names[i], JSON_HTML_PLAIN, &b);
		buf_add_c(&b, "}}");
	}
	buf_add_c(&b, "]}");
	return buf_to_arena(&b, a);
}
