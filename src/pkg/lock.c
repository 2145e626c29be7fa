/* The lock is YAML with a fixed shape: written by a format, read by the strict decoder. */
#include "pkg/lock.h"

#include <stddef.h>
#include <stdlib.h>

#include "data/schema.h"

struct lock_doc {
	int64_t version;
	const struct yaml_node *charts, *files;
};

struct pin_doc {
	struct str directory, chart, version, source, archive, tree, verified;
};

static const struct schema_key doc_keys[] = {
	{ STR_INIT("version"), SCHEMA_INT, offsetof(struct lock_doc, version), true },
	{ STR_INIT("charts"), SCHEMA_NODE, offsetof(struct lock_doc, charts), false },
	{ STR_INIT("files"), SCHEMA_NODE, offsetof(struct lock_doc, files), false },
	{ .name = STR_INIT("") },
};

static const struct schema_key pin_keys[] = {
	{ STR_INIT("directory"), SCHEMA_STR, offsetof(struct pin_doc, directory), true },
	{ STR_INIT("chart"), SCHEMA_STR, offsetof(struct pin_doc, chart), true },
	{ STR_INIT("version"), SCHEMA_STR, offsetof(struct pin_doc, version), true },
	{ STR_INIT("source"), SCHEMA_STR, offsetof(struct pin_doc, source), true },
	{ STR_INIT("archive"), SCHEMA_STR, offsetof(struct pin_doc, archive), true },
	{ STR_INIT("tree"), SCHEMA_STR, offsetof(struct pin_doc, tree), true },
	{ STR_INIT("verified"), SCHEMA_STR, offsetof(struct pin_doc, verified), false },
	{ .name = STR_INIT("") },
};

static const struct schema_key file_keys[] = {
	{ STR_INIT("path"), SCHEMA_STR, offsetof(struct pin_doc, directory), true },
	{ STR_INIT("source"), SCHEMA_STR, offsetof(struct pin_doc, source), true },
	{ STR_INIT("digest"), SCHEMA_STR, offsetof(struct pin_doc, archive), true },
	{ .name = STR_INIT("") },
};

static bool parse_file(const struct schema_file *file, const struct yaml_node *node, struct pkg_pin *out, struct err *err)
{
	struct pin_doc d = { 0 };
	if (!schema_decode(file, node, "a file", file_keys, &d, err))
		return false;
	*out = (struct pkg_pin){ .directory = d.directory, .source = d.source };
	if (!digest_parse(d.archive, &out->archive))
		return schema_fail(file, node, err, "the pin of '%.*s' has a digest that is no sha256:HEX", STR_ARG(d.directory));
	out->tree = out->archive;
	return true;
}

static bool parse_pin(const struct schema_file *file, const struct yaml_node *node, struct pkg_pin *out, struct err *err)
{
	struct pin_doc d = { 0 };
	if (!schema_decode(file, node, "a pin", pin_keys, &d, err))
		return false;
	*out = (struct pkg_pin){ .directory = d.directory, .chart = d.chart, .version = d.version, .source = d.source,
				  .verified = d.verified };
	if (!digest_parse(d.archive, &out->archive) || !digest_parse(d.tree, &out->tree))
		return schema_fail(file, node, err, "the pin of '%.*s' has a digest that is no sha256:HEX", STR_ARG(d.directory));
	return true;
}

typedef bool pin_fn(const struct schema_file *file, const struct yaml_node *node, struct pkg_pin *out, struct err *err);

static bool parse_list(const struct schema_file *file, const struct yaml_node *list, const char *key, pin_fn *parse, pkg_pins *out, struct err *err)
{
	schema_nodes nodes;
	if (!schema_list(file, list, key, &nodes, err))
		return false;
	for (size_t i = 0; i < nodes.n; i++) {
		struct pkg_pin pin;
		if (!parse(file, nodes.p[i], &pin, err))
			return false;
		if (pkg_pin_find(out, pin.directory))
			return schema_fail(file, nodes.p[i], err, "'%.*s' is pinned twice", STR_ARG(pin.directory));
		vec_push_in(out, file->arena, pin);
	}
	return true;
}

bool pkg_lock_parse(struct str name, struct str text, struct arena *a, struct pkg_lock *out, struct err *err)
{
	struct schema_file file = { name, text, a };
	struct lock_doc d = { 0 };
	const struct yaml_node *root;
	*out = (struct pkg_lock){ 0 };
	if (!schema_parse(&file, &root, err) || !schema_decode(&file, root, "a lock", doc_keys, &d, err))
		return false;
	if (d.version != 1)
		return schema_fail(&file, root, err, "version %lld of the lock is not known, only 1", (long long)d.version);
	return parse_list(&file, d.charts, "charts", parse_pin, &out->charts, err) && parse_list(&file, d.files, "files", parse_file, &out->files, err);
}

static int by_directory(const void *a, const void *b)
{
	return str_cmp(((const struct pkg_pin *)a)->directory, ((const struct pkg_pin *)b)->directory);
}

/* Versions look like numbers to YAML, so they are quoted where they could be read as one; folders and URLs where YAML would stumble. */
static void add_text(struct buf *out, struct str s)
{
	bool plain = s.n > 0;
	size_t dots = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z', digit = c >= '0' && c <= '9';
		dots += c == '.';
		plain = plain && (letter || digit || c == '/' || c == '.' || c == '_' || (i && (c == '-' || c == '+' || c == ':' || c == '~' || c == '%')));
	}
	bool number_like = s.n && s.p[0] >= '0' && s.p[0] <= '9' && dots < 2;
	if (plain && !number_like && s.p[s.n - 1] != ':') {
		buf_add(out, s);
		return;
	}
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, s.p[i]);
	}
	buf_add_char(out, '"');
}

static void sort_pins(pkg_pins *pins)
{
	if (pins->n)
		qsort(pins->p, pins->n, sizeof(*pins->p), by_directory);
}

static void add_row(struct buf *out, const char *key, struct str value)
{
	buf_add_c(out, key);
	add_text(out, value);
	buf_add_char(out, '\n');
}

static void add_digest(struct buf *out, const char *key, const struct digest *d)
{
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(d, hex);
	buf_addf(out, "%ssha256:%s\n", key, hex);
}

void pkg_lock_write(struct pkg_lock *lock, struct buf *out)
{
	sort_pins(&lock->charts);
	sort_pins(&lock->files);
	buf_add_c(out, "# The charts of chartfile.yaml, pinned by content: commit this file. `raibid-run vendor` writes it.\n"
		       "version: 1\ncharts:\n");
	for (size_t i = 0; i < lock->charts.n; i++) {
		const struct pkg_pin *p = &lock->charts.p[i];
		add_row(out, "  - directory: ", p->directory);
		add_row(out, "    chart: ", p->chart);
		add_row(out, "    version: ", p->version);
		add_row(out, "    source: ", p->source);
		add_digest(out, "    archive: ", &p->archive);
		add_digest(out, "    tree: ", &p->tree);
		if (p->verified.n)
			add_row(out, "    verified: ", p->verified);
	}
	if (lock->files.n)
		buf_add_c(out, "files:\n");
	for (size_t i = 0; i < lock->files.n; i++) {
		add_row(out, "  - path: ", lock->files.p[i].directory);
		add_row(out, "    source: ", lock->files.p[i].source);
		add_digest(out, "    digest: ", &lock->files.p[i].archive);
	}
}

struct pkg_pin *pkg_pin_find(const pkg_pins *pins, struct str directory)
{
	for (size_t i = 0; i < pins->n; i++)
		if (str_eq(pins->p[i].directory, directory))
			return &pins->p[i];
	return NULL;
}

bool pkg_pin_eq(const struct pkg_pin *a, const struct pkg_pin *b)
{
	return str_eq(a->directory, b->directory) && str_eq(a->chart, b->chart) && str_eq(a->version, b->version) &&
	       str_eq(a->source, b->source) && digest_eq(&a->archive, &b->archive) && digest_eq(&a->tree, &b->tree);
}
