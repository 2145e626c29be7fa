/* Two tables for the strict decoder and the rules between their rows. Edits work on lines of the text, by the positions of the parsed nodes. */
#include "pkg/chartfile.h"

#include <stddef.h>

#include "base/path.h"
#include "pkg/git.h"

struct chartfile_doc {
	int64_t version;
	struct str directory;
	const struct yaml_node *repositories, *requires, *files;
};

static const struct schema_key doc_keys[] = {
	{ STR_INIT("version"), SCHEMA_INT, offsetof(struct chartfile_doc, version), false },
	{ STR_INIT("directory"), SCHEMA_STR, offsetof(struct chartfile_doc, directory), false },
	{ STR_INIT("repositories"), SCHEMA_NODE, offsetof(struct chartfile_doc, repositories), false },
	{ STR_INIT("requires"), SCHEMA_NODE, offsetof(struct chartfile_doc, requires), false },
	{ STR_INIT("files"), SCHEMA_NODE, offsetof(struct chartfile_doc, files), false },
	{ .name = STR_INIT("") },
};

static const struct schema_key verify_keys[] = {
	{ STR_INIT("keyring"), SCHEMA_STR, offsetof(struct pkg_verify, keyring), false },
	{ STR_INIT("cosignKey"), SCHEMA_STR, offsetof(struct pkg_verify, cosign_key), false },
	{ .name = STR_INIT("") },
};

struct repository_doc {
	struct pkg_repository r;
	const struct yaml_node *verify;
};

static const struct schema_key repository_keys[] = {
	{ STR_INIT("verify"), SCHEMA_NODE, offsetof(struct repository_doc, verify), false },
	{ STR_INIT("name"), SCHEMA_STR, offsetof(struct pkg_repository, name), true },
	{ STR_INIT("url"), SCHEMA_STR, offsetof(struct pkg_repository, url), true },
	{ STR_INIT("caFile"), SCHEMA_STR, offsetof(struct pkg_repository, ca_file), false },
	{ STR_INIT("certFile"), SCHEMA_STR, offsetof(struct pkg_repository, cert_file), false },
	{ STR_INIT("keyFile"), SCHEMA_STR, offsetof(struct pkg_repository, key_file), false },
	{ STR_INIT("username"), SCHEMA_STR, offsetof(struct pkg_repository, username), false },
	{ STR_INIT("password"), SCHEMA_STR, offsetof(struct pkg_repository, password), false },
	{ .name = STR_INIT("") },
};

struct require_doc {
	struct str chart, version, directory;
	const struct yaml_node *verify;
};

static const struct schema_key require_keys[] = {
	{ STR_INIT("chart"), SCHEMA_STR, offsetof(struct require_doc, chart), true },
	{ STR_INIT("version"), SCHEMA_TEXT, offsetof(struct require_doc, version), true },
	{ STR_INIT("directory"), SCHEMA_STR, offsetof(struct require_doc, directory), false },
	{ STR_INIT("verify"), SCHEMA_NODE, offsetof(struct require_doc, verify), false },
	{ .name = STR_INIT("") },
};

static const struct pkg_repository *find_repository(const struct pkg_chartfile *f, struct str name)
{
	for (size_t i = 0; i < f->repositories.n; i++)
		if (str_eq(f->repositories.p[i].name, name))
			return &f->repositories.p[i];
	return NULL;
}

static bool load_verify(struct pkg_chartfile *f, const struct yaml_node *node, struct pkg_verify *out, struct err *err)
{
	struct pkg_verify v = { 0 };
	if (!node)
		return true;
	if (!schema_decode(&f->file, node, "verify", verify_keys, &v, err))
		return false;
	if (!v.keyring.n == !v.cosign_key.n)
		return schema_fail(&f->file, node, err, "verify names either a `keyring` or a `cosignKey`");
	struct str *files[] = { &v.keyring, &v.cosign_key };
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (files[i]->n)
			*files[i] = path_in(f->file.arena, f->dir, *files[i]);
	*out = v;
	return true;
}

static bool load_git(struct pkg_chartfile *f, const struct yaml_node *node, struct pkg_repository *r, struct err *err)
{
	AUTO_ERR why = { 0 };
	struct pkg_git_place *place = arena_new(f->file.arena, struct pkg_git_place);
	r->git = place;
	if (pkg_git_parse(r->url, f->file.arena, place, &why))
		return true;
	schema_fail(&f->file, node, err, "repository '%.*s': %s", STR_ARG(r->name), why.message);
	return why.hint ? err_hint(err, "%s", why.hint) : false;
}

static bool load_repositories(struct pkg_chartfile *f, const struct yaml_node *list, struct err *err)
{
	schema_nodes nodes;
	struct arena *a = f->file.arena;
	if (!schema_list(&f->file, list, "repositories", &nodes, err))
		return false;
	for (size_t i = 0; i < nodes.n; i++) {
		struct repository_doc doc = { 0 };
		if (!schema_decode(&f->file, nodes.p[i], "a repository", repository_keys, &doc, err) ||
		    !load_verify(f, doc.verify, &doc.r.verify, err))
			return false;
		struct pkg_repository r = doc.r;
		static const struct str schemes[] = { STR_INIT("https://"), STR_INIT("http://"), STR_INIT("oci://"), STR_INIT("file://"),
						      STR_INIT("git+") };
		bool known = false;
		for (size_t k = 0; k < ARRAY_LEN(schemes); k++)
			known = known || str_starts(r.url, schemes[k]);
		if (!known)
			return schema_fail(&f->file, nodes.p[i], err, "repository '%.*s': the url must begin with https://, http://, oci://, file:// or git+",
					   STR_ARG(r.name));
		if (find_repository(f, r.name))
			return schema_fail(&f->file, nodes.p[i], err, "repository '%.*s' stands twice", STR_ARG(r.name));
		while (str_ends(r.url, STR("/")))
			r.url.n--;
		r.is_oci = str_starts(r.url, STR("oci://"));
		r.place = str_starts(r.url, STR("file://")) ? path_in(a, f->dir, str_drop_prefix(r.url, STR("file://"))) : r.url;
		if (str_starts(r.url, STR("git+")) && !load_git(f, nodes.p[i], &r, err))
			return false;
		struct str *files[] = { &r.ca_file, &r.cert_file, &r.key_file };
		for (size_t k = 0; k < ARRAY_LEN(files); k++)
			if (files[k]->n)
				*files[k] = path_in(a, f->dir, *files[k]);
		vec_push_in(&f->repositories, a, r);
	}
	return true;
}

static bool parse_version(struct pkg_chartfile *f, struct pkg_require *r, struct err *err)
{
	AUTO_ERR why = { 0 };
	struct semver v;
	r->exact = semver_parse(str_drop_prefix(r->version, STR("v")), SEMVER_STRICT, &v, &why);
	err_deinit(&why);
	if (r->exact || semver_range_parse(f->file.arena, r->version, SEMVER_HELM, &r->range, &why))
		return true;
	return schema_fail(&f->file, r->node, err, "version '%.*s' of %.*s is neither a version nor a range: %s", STR_ARG(r->version),
			   STR_ARG(r->name), why.message);
}

/* Whether one folder is the other, or lies in it. */
static bool overlap(struct str a, struct str b)
{
	struct str shorter = a.n < b.n ? a : b, longer = a.n < b.n ? b : a;
	return str_starts(longer, shorter) && (longer.n == shorter.n || longer.p[shorter.n] == '/');
}

static bool load_require(struct pkg_chartfile *f, const struct yaml_node *node, struct pkg_require *r, struct err *err)
{
	struct require_doc d = { 0 };
	*r = (struct pkg_require){ .node = node };
	if (!schema_decode(&f->file, node, "a requirement", require_keys, &d, err))
		return false;
	if (!str_cut(d.chart, '/', &r->repo_name, &r->name) || r->repo_name.n == 0 || r->name.n == 0 ||
	    str_find_char(r->name, '/') != STR_NPOS || str_eq(r->name, STR(".")) || str_eq(r->name, STR("..")))
		return schema_fail(&f->file, node, err, "chart '%.*s' must be REPOSITORY/NAME", STR_ARG(d.chart));
	r->version = d.version;
	r->repository = find_repository(f, r->repo_name);
	if (!r->repository)
		return schema_fail(&f->file, node, err, "chart '%.*s': there is no repository '%.*s' in this file", STR_ARG(d.chart),
				   STR_ARG(r->repo_name));
	r->verify = r->repository->verify;
	if (!load_verify(f, d.verify, &r->verify, err))
		return false;
	if (r->verify.cosign_key.n && !r->repository->is_oci)
		return schema_fail(&f->file, node, err, "a `cosignKey` is for charts in oci:// repositories");
	r->directory = path_clean(f->file.arena, d.directory.n ? d.directory : r->name);
	if (!path_is_local(r->directory) || str_eq(r->directory, STR(".")))
		return schema_fail(&f->file, node, err, "directory '%.*s' must be a folder below '%.*s'", STR_ARG(d.directory),
				   STR_ARG(f->vendor_name));
	return parse_version(f, r, err);
}

static bool load_requires(struct pkg_chartfile *f, const struct yaml_node *list, struct err *err)
{
	schema_nodes nodes;
	if (!schema_list(&f->file, list, "requires", &nodes, err))
		return false;
	for (size_t i = 0; i < nodes.n; i++) {
		struct pkg_require r;
		if (!load_require(f, nodes.p[i], &r, err))
			return false;
		for (size_t k = 0; k < f->requires.n; k++) {
			const struct pkg_require *other = &f->requires.p[k];
			if (overlap(other->directory, r.directory)) {
				schema_fail(&f->file, nodes.p[i], err, "%.*s/%.*s and %.*s/%.*s would share the folder '%.*s'",
					    STR_ARG(other->repo_name), STR_ARG(other->name), STR_ARG(r.repo_name), STR_ARG(r.name),
					    STR_ARG(other->directory));
				return err_hint(err, "give one of them a `directory:` of its own");
			}
		}
		vec_push_in(&f->requires, f->file.arena, r);
	}
	return true;
}

static const struct schema_key file_keys[] = {
	{ STR_INIT("url"), SCHEMA_STR, offsetof(struct pkg_file, url), true },
	{ STR_INIT("path"), SCHEMA_STR, offsetof(struct pkg_file, path), false },
	{ STR_INIT("sha256"), SCHEMA_STR, offsetof(struct pkg_file, sha256), false },
	{ .name = STR_INIT("") },
};

static bool load_file(struct pkg_chartfile *f, const struct yaml_node *node, struct pkg_file *out, struct err *err)
{
	struct pkg_file d = { .node = node };
	if (!schema_decode(&f->file, node, "a file", file_keys, &d, err))
		return false;
	if (!str_starts(d.url, STR("https://")) && !str_starts(d.url, STR("http://")) && !str_starts(d.url, STR("file://")))
		return schema_fail(&f->file, node, err, "the url of a file must begin with https://, http:// or file://");
	struct str bare = str_slice(d.url, 0, MIN(str_find_char(d.url, '?'), str_find_char(d.url, '#')));
	d.path = path_clean(f->file.arena, d.path.n ? d.path : path_join(f->file.arena, f->vendor_name, path_base(bare)));
	if (path_is_abs(d.path) || str_eq(d.path, STR(".")) || str_ends(d.path, STR("..")))
		return schema_fail(&f->file, node, err, "path '%.*s' must be a file as seen from the chartfile's folder", STR_ARG(d.path));
	d.has_digest = d.sha256.n != 0;
	if (d.has_digest && !digest_parse(d.sha256, &d.digest))
		return schema_fail(&f->file, node, err, "sha256 '%.*s' is not 64 hexadecimal digits", STR_ARG(d.sha256));
	for (size_t i = 0; i < f->repositories.n; i++)
		if (str_starts(d.url, arena_concat(f->file.arena, f->repositories.p[i].url, STR("/"))))
			d.repository = &f->repositories.p[i];
	*out = d;
	return true;
}

static bool load_files(struct pkg_chartfile *f, const struct yaml_node *list, struct err *err)
{
	schema_nodes nodes;
	if (!schema_list(&f->file, list, "files", &nodes, err))
		return false;
	for (size_t i = 0; i < nodes.n; i++) {
		struct pkg_file d;
		if (!load_file(f, nodes.p[i], &d, err))
			return false;
		for (size_t k = 0; k < f->files.n; k++)
			if (str_eq(f->files.p[k].path, d.path))
				return schema_fail(&f->file, nodes.p[i], err, "two files would be '%.*s'", STR_ARG(d.path));
		for (size_t k = 0; k < f->requires.n; k++)
			if (overlap(path_join(f->file.arena, f->vendor_name, f->requires.p[k].directory), d.path))
				return schema_fail(&f->file, nodes.p[i], err, "the file '%.*s' would lie in the folder of a chart", STR_ARG(d.path));
		vec_push_in(&f->files, f->file.arena, d);
	}
	return true;
}

bool pkg_chartfile_parse(struct str path, struct str name, struct str text, struct arena *a, struct pkg_chartfile *out, struct err *err)
{
	struct pkg_chartfile f = { .file = { name, text, a }, .path = path, .dir = path_dir(a, path) };
	struct chartfile_doc d = { .version = 1, .directory = STR("charts") };
	const struct yaml_node *root;
	if (!schema_parse(&f.file, &root, err) || !schema_decode(&f.file, root, "a chartfile", doc_keys, &d, err))
		return false;
	if (d.version != 1)
		return schema_fail(&f.file, root, err, "version %lld of the chartfile is not known, only 1", (long long)d.version);
	f.vendor_name = path_clean(a, d.directory);
	if (!path_is_local(f.vendor_name) || str_eq(f.vendor_name, STR(".")))
		return schema_fail(&f.file, root, err, "directory '%.*s' must be a folder below the chartfile's own", STR_ARG(d.directory));
	f.vendor_dir = path_join(a, f.dir, f.vendor_name);
	if (!load_repositories(&f, d.repositories, err) || !load_requires(&f, d.requires, err) || !load_files(&f, d.files, err))
		return false;
	*out = f;
	return true;
}

bool pkg_require_takes(const struct pkg_require *r, struct str version)
{
	AUTO_ERR ignored = { 0 };
	struct semver v;
	if (r->exact)
		return str_eq(str_drop_prefix(r->version, STR("v")), str_drop_prefix(version, STR("v")));
	return semver_parse(version, SEMVER_LOOSE, &v, &ignored) && semver_range_has(r->range, &v);
}

bool pkg_require_set_version(struct pkg_require *r, struct str version, struct arena *a, struct err *err)
{
	AUTO_ERR why = { 0 };
	struct semver v;
	r->version = version;
	r->exact = semver_parse(str_drop_prefix(version, STR("v")), SEMVER_STRICT, &v, &why);
	err_deinit(&why);
	return r->exact || semver_range_parse(a, version, SEMVER_HELM, &r->range, &why) ||
	       err_set(err, ERR_USAGE, "'%.*s' is neither a version nor a range: %s", STR_ARG(version), why.message);
}

/* --- edits --- */

struct spec {
	struct str chart, version, directory;
};

static bool parse_spec(const struct pkg_chartfile *f, struct str text, struct spec *out, struct err *err)
{
	struct str rest, repo, name;
	if (!str_cut(text, '@', &out->chart, &rest) || rest.n == 0 || !str_cut(out->chart, '/', &repo, &name) || name.n == 0) {
		err_set(err, ERR_USAGE, "'%.*s' is no REPOSITORY/CHART@VERSION[:FOLDER]", STR_ARG(text));
		return false;
	}
	str_cut(rest, ':', &out->version, &out->directory);
	for (size_t i = 0; i < text.n; i++)
		if ((uint8_t)text.p[i] < ' ' || text.p[i] == '"')
			return err_set(err, ERR_USAGE, "'%.*s' holds a character that cannot be in it", STR_ARG(text));
	if (find_repository(f, repo))
		return true;
	err_set(err, ERR_USAGE, "there is no repository '%.*s' in %.*s", STR_ARG(repo), STR_ARG(f->file.name));
	return err_hint(err, "add it under `repositories:` first");
}

/* Lines of the text before line `n` (from 1). */
static struct str lines_before(struct str text, uint32_t n)
{
	struct str rest = text, line;
	for (uint32_t i = 1; i < n && str_next_line(&rest, &line); i++)
		;
	return str_slice(text, 0, text.n - rest.n);
}

/* The line behind the node's last: where the next item or key begins. */
static uint32_t last_line(const struct yaml_node *node)
{
	uint32_t last = node->line;
	for (const struct yaml_node *c = node->child; c; c = c->next)
		last = MAX(last, last_line(c)); /* a map of scalars: one level */
	return last;
}

static const struct pkg_require *find_require(const struct pkg_chartfile *f, struct str chart)
{
	for (size_t i = 0; i < f->requires.n; i++) {
		const struct pkg_require *r = &f->requires.p[i];
		struct str repo, name;
		bool whole = str_cut(chart, '/', &repo, &name);
		if (whole ? str_eq(repo, r->repo_name) && str_eq(name, r->name) : str_eq(chart, r->name) || str_eq(chart, r->directory))
			return r;
	}
	return NULL;
}

/* Whether the requirement has its lines for itself: "- {chart: …}" on one line, or keys below each other. */
static bool is_editable(const struct pkg_chartfile *f, const struct pkg_require *r, struct err *err)
{
	struct str before = lines_before(f->file.text, r->node->line), rest = str_slice(f->file.text, before.n, f->file.text.n), line;
	if (r->node->style == YAML_STYLE_BLOCK)
		return true;
	(void)str_next_line(&rest, &line);
	line = str_trim(line);
	size_t end = str_rfind_char(line, '}');
	struct str behind = end == STR_NPOS ? line : str_trim(str_slice(line, end + 1, line.n));
	if (last_line(r->node) == r->node->line && str_starts(line, STR("- {")) && (!behind.n || behind.p[0] == '#'))
		return true;
	return schema_fail(&f->file, r->node, err, "requirements that share a line, or are in braces over several, cannot be edited here: edit the file by hand");
}

static void add_block(const struct spec *s, uint32_t indent, struct buf *out)
{
	const struct { const char *key; struct str value; const char *quote; } rows[] = {
		{ "- chart: ", s->chart, "" }, { "  version: ", s->version, "\"" }, { "  directory: ", s->directory, "" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!rows[i].value.n)
			continue;
		buf_add_repeat(out, ' ', indent);
		buf_addf(out, "%s%s%.*s%s\n", rows[i].key, rows[i].quote, STR_ARG(rows[i].value), rows[i].quote);
	}
}

static void add_braces(const struct spec *s, uint32_t indent, struct buf *out)
{
	buf_add_repeat(out, ' ', indent);
	buf_addf(out, "- {chart: %.*s, version: \"%.*s\"", STR_ARG(s->chart), STR_ARG(s->version));
	if (s->directory.n)
		buf_addf(out, ", directory: %.*s", STR_ARG(s->directory));
	buf_add_c(out, "}\n");
}

/* What is before and behind a key `requires` that has no items; all is before where there is none. */
static void split_at_requires(struct str text, struct str *head, struct str *after)
{
	struct str rest = text, line;
	*head = text;
	*after = STR("");
	while (str_next_line(&rest, &line)) {
		if (!str_starts(line, STR("requires:")))
			continue;
		*head = str_slice(text, 0, (size_t)(line.p - text.p));
		*after = rest;
		return;
	}
}

bool pkg_chartfile_add(const struct pkg_chartfile *f, struct str text, struct buf *out, struct err *err)
{
	struct spec s = { 0 };
	if (!parse_spec(f, text, &s, err))
		return false;
	const struct pkg_require *same = find_require(f, s.chart);
	if (same && str_eq(s.directory.n ? s.directory : same->name, same->directory))
		return err_set(err, ERR_CONFLICT, "%.*s is required already, at version %.*s", STR_ARG(s.chart), STR_ARG(same->version));
	struct str head = f->file.text, after = STR("");
	uint32_t indent = 2;
	const struct pkg_require *last = f->requires.n ? &vec_last(&f->requires) : NULL;
	if (!last)
		split_at_requires(f->file.text, &head, &after);
	if (last) {
		if (!is_editable(f, last, err))
			return false;
		head = lines_before(f->file.text, last_line(last->node) + 1);
		indent = last->node->column >= 3 ? last->node->column - 3 : 0; /* of the dash */
		after = str_slice(f->file.text, head.n, f->file.text.n);
	}
	buf_add(out, head);
	if (head.n && head.p[head.n - 1] != '\n')
		buf_add_char(out, '\n');
	if (!last)
		buf_add_c(out, "requires:\n");
	(last && last->node->style != YAML_STYLE_BLOCK ? add_braces : add_block)(&s, indent, out);
	buf_add(out, after);
	return true;
}

bool pkg_chartfile_remove(const struct pkg_chartfile *f, struct str chart, struct buf *out, struct err *err)
{
	const struct pkg_require *r = find_require(f, chart);
	if (!r)
		return err_set(err, ERR_NOT_FOUND, "%.*s does not require '%.*s'", STR_ARG(f->file.name), STR_ARG(chart));
	if (!is_editable(f, r, err))
		return false;
	struct str before = lines_before(f->file.text, r->node->line), through = lines_before(f->file.text, last_line(r->node) + 1);
	buf_add(out, before);
	buf_add(out, str_slice(f->file.text, through.n, f->file.text.n));
	return true;
}
