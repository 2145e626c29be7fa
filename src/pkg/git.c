/*
 * A remote gets one bare repository in a temporary folder; a commit is fetched by its name, at depth 1. A server that does not give commits by name
 * is asked for all branches
 * and tags. Trees are listed and read by git's plumbing (ls-tree, cat-file), whose output is bytes as they are stored.
 */
#include "pkg/git.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/fs.h"
#include "base/path.h"
#include "ext/archive.h"
#include "ext/http.h"
#include "ext/proc.h"
#include "pkg/fetch.h"

enum { TIMEOUT_MS = 600 * 1000, LOCAL_TIMEOUT_MS = 60 * 1000, MAX_REFS_BYTES = 64 << 20, MAX_WORDS = 40, MAX_ENV = 1024, MAX_SAID = 400 };
#define MAX_TREE_BYTES ((size_t)512 << 20)
#define PROTOCOLS "https:http:ssh:file"

struct remote {
	struct str url;
	struct str dir;          /* its bare repository; empty: none yet */
	bool has_refs;
	pkg_git_refs refs;       /* whole names, "refs/tags/v1", peeled */
	VEC(struct str) commits; /* that are in dir */
};

struct pkg_git {
	const struct pkg_vendor_options *opt;
	struct arena arena;
	struct str dir; /* temporary; empty: not made yet */
	VEC(struct remote *) remotes;
};

/* --- URLs --- */

bool pkg_git_is_commit(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return s.n == 40;
}

/* What git's own rules for names of refs forbid, and whatever could be an option or a range (git-check-ref-format(1)). */
static bool is_ref(struct str ref)
{
	if (ref.n == 0)
		return true;
	for (size_t i = 0; i < ref.n; i++)
		if ((uint8_t)ref.p[i] <= ' ' || strchr("~^:?*[\\\x7f", ref.p[i]))
			return false;
	return ref.p[0] != '-' && ref.p[0] != '/' && !str_contains(ref, STR("..")) && !str_contains(ref, STR("@{")) && !str_ends(ref, STR("/")) &&
	       !str_ends(ref, STR(".lock"));
}

static bool check_remote(struct str remote, struct err *err)
{
	struct http_url u;
	static const struct str schemes[] = { STR_INIT("https"), STR_INIT("http"), STR_INIT("ssh"), STR_INIT("file") };
	bool known = false;
	struct str scheme = str_slice(remote, 0, str_find(remote, STR("://")));
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		known = known || str_eq(scheme, schemes[i]);
	if (!known || scheme.n == remote.n) {
		err_set(err, ERR_SYNTAX, "'%.*s' is no repository that may be fetched", STR_ARG(remote));
		return err_hint(err, "the transports are https://, http://, ssh:// and file://");
	}
	for (size_t i = 0; i < remote.n; i++)
		if ((uint8_t)remote.p[i] <= ' ' || remote.p[i] == 0x7f)
			return err_set(err, ERR_SYNTAX, "the repository's URL holds blanks or control characters");
	if (str_eq(scheme, STR("file")))
		return str_starts(remote, STR("file:///")) || err_set(err, ERR_SYNTAX, "'%.*s' must be file:///FOLDER", STR_ARG(remote));
	if (!http_parse_url(remote, &u) || u.host.p[0] == '-' || (u.has_user && u.user.n && u.user.p[0] == '-') || u.path.n < 2)
		return err_set(err, ERR_SYNTAX, "the repository's URL names no host and path that git could be given");
	if (u.password.n || (u.has_user && !str_eq(scheme, STR("ssh")))) {
		err_set(err, ERR_SYNTAX, "the repository's URL at %.*s holds a credential", STR_ARG(u.host));
		return err_hint(err, "write `username:` and `password:` beside the url, or use git's credential helpers");
	}
	return true;
}

bool pkg_git_parse(struct str url, struct arena *a, struct pkg_git_place *out, struct err *err)
{
	struct pkg_git_place p = { 0 };
	struct str rest, query;
	if (!str_starts(url, STR("git+")))
		return err_set(err, ERR_SYNTAX, "'%.*s' does not begin with git+", STR_ARG(url));
	str_cut(str_slice(url, 4, url.n), '?', &rest, &query);
	if (query.n && !str_starts(query, STR("ref=")))
		return err_set(err, ERR_SYNTAX, "after the '?' of a git URL only ref=… is known, not '%.*s'", STR_ARG(query));
	p.ref = arena_str(a, str_drop_prefix(query, STR("ref=")));
	size_t after = str_find(rest, STR("://"));
	size_t from = after == STR_NPOS ? 0 : after + (str_starts(rest, STR("file://")) ? 4 : 3);
	size_t cut = str_find(str_slice(rest, from, rest.n), STR("//"));
	p.remote = arena_str(a, cut == STR_NPOS ? rest : str_slice(rest, 0, from + cut));
	p.path = cut == STR_NPOS ? STR("") : path_clean(a, str_slice(rest, from + cut + 2, rest.n));
	if (str_eq(p.path, STR(".")))
		p.path = STR("");
	while (str_ends(p.remote, STR("/")))
		p.remote.n--;
	if (!check_remote(p.remote, err))
		return false;
	if (!is_ref(p.ref))
		return err_set(err, ERR_SYNTAX, "'%.*s' is no name of a branch, tag or commit", STR_ARG(p.ref));
	if (p.path.n && !path_is_local(p.path))
		return err_set(err, ERR_SYNTAX, "the folder '%.*s' leads out of the repository", STR_ARG(p.path));
	*out = p;
	return true;
}

struct str pkg_git_url(struct arena *a, const struct pkg_git_place *p)
{
	return arena_fmt(a, "git+%.*s%s%.*s%s%.*s", STR_ARG(p->remote), p->path.n ? "//" : "", STR_ARG(p->path), p->ref.n ? "?ref=" : "",
			 STR_ARG(p->ref));
}

/* --- running git --- */

struct pkg_git *pkg_git_new(const struct pkg_vendor_options *opt)
{
	struct pkg_git *g = xcalloc(1, sizeof(*g));
	g->opt = opt;
	return g;
}

void pkg_git_free(struct pkg_git *g)
{
	AUTO_ERR ignored = { 0 };
	if (!g)
		return;
	if (g->dir.n && !fs_remove_tree(g->dir, &ignored))
		err_deinit(&ignored);
	arena_deinit(&g->arena);
	free(g);
}

struct call {
	const char *argv[MAX_WORDS];
	size_t words;
	const char *env[MAX_ENV];
	size_t env_n;
};

static void add_word(struct call *c, const char *word)
{
	if (c->words + 1 < MAX_WORDS)
		c->argv[c->words++] = word;
}

static void add_env(struct call *c, const char *text)
{
	if (c->env_n + 1 < MAX_ENV)
		c->env[c->env_n++] = text;
}

static void set_up(struct pkg_git *g, struct call *c, struct str dir, const struct pkg_repository *repository, struct str remote)
{
	/* What a user's own configuration may want for work on a checkout has no business here. */
	static const char *const settings[] = {
		"-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
		"-c", "submodule.recurse=false", "-c", "fetch.recurseSubmodules=false", "-c", "core.attributesFile=/dev/null",
	};
	add_word(c, "git");
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		add_word(c, settings[i]);
	if (dir.n) {
		add_word(c, "--git-dir");
		add_word(c, arena_cstr(&g->arena, dir));
	}
	for (char *const *e = g->opt->environ; e && *e; e++)
		if (strncmp(*e, "GIT_", 4) != 0 && strncmp(*e, "LC_ALL=", 7) != 0 && strncmp(*e, "SSH_ASKPASS", 11) != 0)
			add_env(c, *e);
	add_env(c, "LC_ALL=C");
	add_env(c, "GIT_TERMINAL_PROMPT=0");
	add_env(c, "GIT_ALLOW_PROTOCOL=" PROTOCOLS);
	add_env(c, "GIT_PROTOCOL_FROM_USER=0");
	struct str ca = repository && repository->ca_file.n ? repository->ca_file : g->opt->ca_file;
	if (ca.n)
		add_env(c, arena_fmt(&g->arena, "GIT_SSL_CAINFO=%.*s", STR_ARG(ca)).p);
	if (repository && repository->cert_file.n)
		add_env(c, arena_fmt(&g->arena, "GIT_SSL_CERT=%.*s", STR_ARG(repository->cert_file)).p);
	if (repository && repository->key_file.n)
		add_env(c, arena_fmt(&g->arena, "GIT_SSL_KEY=%.*s", STR_ARG(repository->key_file)).p);
	if (!repository || !repository->username.n || !pkg_is_url(remote))
		return;
	/* In the environment, where other users do not see it; and it must not follow a redirect. */
	AUTO_BUF text = { 0 };
	enc_base64(&text, arena_fmt(&g->arena, "%.*s:%.*s", STR_ARG(repository->username), STR_ARG(repository->password)), ENC_BASE64);
	add_env(c, "GIT_CONFIG_COUNT=2");
	add_env(c, arena_fmt(&g->arena, "GIT_CONFIG_KEY_0=http.%.*s.extraHeader", STR_ARG(remote)).p);
	add_env(c, arena_fmt(&g->arena, "GIT_CONFIG_VALUE_0=Authorization: Basic %.*s", STR_ARG(buf_str(&text))).p);
	add_env(c, "GIT_CONFIG_KEY_1=http.followRedirects");
	add_env(c, "GIT_CONFIG_VALUE_1=false");
}

/* What git says is told by its last line; its kind by words that it has used for long. */
static bool git_failed(struct str remote, const char *doing, struct str said, struct err *err)
{
	static const struct { struct str text; enum err_kind kind; } signs[] = {
		{ STR_INIT("could not read Username"), ERR_DENIED }, { STR_INIT("Authentication failed"), ERR_DENIED },
		{ STR_INIT("Permission denied"), ERR_DENIED }, { STR_INIT("terminal prompts disabled"), ERR_DENIED },
		{ STR_INIT("not found"), ERR_NOT_FOUND }, { STR_INIT("does not appear to be a git repository"), ERR_NOT_FOUND },
		{ STR_INIT("does not exist"), ERR_NOT_FOUND },
	};
	enum err_kind kind = ERR_NETWORK;
	for (size_t i = 0; i < ARRAY_LEN(signs); i++)
		if (kind == ERR_NETWORK && str_contains(said, signs[i].text))
			kind = signs[i].kind;
	struct str rest = said, line, told = STR("");
	while (str_next_line(&rest, &line))
		if (str_starts(line, STR("fatal:")) || str_starts(line, STR("error:")) || (!told.n && line.n))
			told = str_trim(str_slice(line, str_starts(line, STR("fatal:")) || str_starts(line, STR("error:")) ? 6 : 0, line.n));
	told = str_slice(told, 0, MAX_SAID);
	err_set(err, kind, "%s %.*s: %.*s", doing, STR_ARG(remote), STR_ARG(told.n ? told : STR("git failed without a word")));
	if (kind == ERR_DENIED)
		return err_hint(err, "write `username:` and `password:` beside the url, or use git's credential helpers; git asks nobody here");
	return false;
}

struct asked {
	const char *doing;
	struct str remote, dir, input;
	const struct pkg_repository *repository;
	size_t limit;
	int timeout_ms;
};

static bool run_git(struct pkg_git *g, const struct asked *q, const char *const *words, struct buf *out, struct err *err)
{
	struct call *c = arena_new(&g->arena, struct call);
	AUTO_BUF said = { 0 };
	struct proc_end end;
	if (g->opt->ui.cancelled(g->opt->ui.ctx))
		return err_set(err, ERR_CANCELLED, "stopped before %s", q->doing);
	set_up(g, c, q->dir, q->repository, q->remote);
	for (; *words; words++)
		add_word(c, *words);
	struct proc_options opt = { .argv = c->argv, .env = c->env, .in = q->input.n ? PROC_PIPE : PROC_NULL, .out = PROC_PIPE, .err = PROC_PIPE };
	struct proc_run io = { .input = q->input, .out = out, .err = &said, .limit = q->limit, .timeout_ms = q->timeout_ms };
	if (!proc_run(&opt, &io, &end, err)) {
		if (err->kind == ERR_NOT_FOUND)
			err_hint(err, "git is needed for git+ repositories and jsonnet bundles: install it");
		return err_wrap(err, "%s %.*s", q->doing, STR_ARG(q->remote));
	}
	return end.code == 0 || git_failed(q->remote, q->doing, buf_str(&said), err);
}

static struct str temporary(const struct pkg_git *g)
{
	for (char *const *e = g->opt->environ; e && *e; e++)
		if (strncmp(*e, "TMPDIR=/", 8) == 0)
			return str_c(*e + 7);
	return STR("/tmp");
}

static struct remote *remote_of(struct pkg_git *g, struct str url)
{
	for (size_t i = 0; i < g->remotes.n; i++)
		if (str_eq(g->remotes.p[i]->url, url))
			return g->remotes.p[i];
	struct remote *r = arena_new(&g->arena, struct remote);
	r->url = arena_str(&g->arena, url);
	vec_push_in(&g->remotes, &g->arena, r);
	return r;
}

/* --- refs --- */

static bool load_refs(struct pkg_git *g, struct remote *r, const struct pkg_repository *repository, struct err *err)
{
	AUTO_BUF out = { 0 };
	struct str line, commit, name;
	struct asked q = { "asking", r->url, STR(""), STR(""), repository, MAX_REFS_BYTES, TIMEOUT_MS };
	const char *words[] = { "ls-remote", "--quiet", "--", r->url.p, NULL };
	if (r->has_refs)
		return true;
	if (g->opt->offline.n)
		return pkg_no_network(g->opt, r->url, err);
	if (!run_git(g, &q, words, &out, err))
		return false;
	struct str rest = buf_to_arena(&out, &g->arena);
	while (str_next_line(&rest, &line)) {
		if (!str_cut(line, '\t', &commit, &name) || !pkg_git_is_commit(commit))
			continue;
		/* "refs/tags/v1^{}" follows "refs/tags/v1" and says which commit an annotated tag leads to. */
		if (str_ends(name, STR("^{}")) && r->refs.n && str_eq(vec_last(&r->refs).name, str_drop_suffix(name, STR("^{}"))))
			vec_last(&r->refs).commit = commit;
		else
			vec_push_in(&r->refs, &g->arena, (struct pkg_git_ref){ name, commit });
	}
	r->has_refs = true;
	return true;
}

bool pkg_git_tags(struct pkg_git *g, struct str url, const struct pkg_repository *repository, struct arena *a, pkg_git_refs *out, struct err *err)
{
	struct remote *r = remote_of(g, url);
	*out = (pkg_git_refs){ 0 };
	if (!load_refs(g, r, repository, err))
		return false;
	for (size_t i = 0; i < r->refs.n; i++)
		if (str_starts(r->refs.p[i].name, STR("refs/tags/")))
			vec_push_in(out, a, (struct pkg_git_ref){ str_slice(r->refs.p[i].name, 10, r->refs.p[i].name.n), r->refs.p[i].commit });
	return true;
}

bool pkg_git_commit(struct pkg_git *g, struct str url, const struct pkg_repository *repository, struct str ref, struct arena *a, struct str *commit,
		    struct err *err)
{
	struct remote *r = remote_of(g, url);
	static const char *const forms[] = { "%.*s", "refs/tags/%.*s", "refs/heads/%.*s" };
	if (!is_ref(ref))
		return err_set(err, ERR_SYNTAX, "'%.*s' is no name of a branch, tag or commit", STR_ARG(ref));
	if (pkg_git_is_commit(ref)) {
		*commit = arena_str(a, ref);
		return true;
	}
	if (!load_refs(g, r, repository, err))
		return false;
	struct str whole[] = { ref.n ? ref : STR("HEAD"), arena_fmt(a, forms[1], STR_ARG(ref)), arena_fmt(a, forms[2], STR_ARG(ref)) };
	for (size_t k = 0; k < ARRAY_LEN(whole); k++)
		for (size_t i = 0; i < r->refs.n; i++)
			if (str_eq(r->refs.p[i].name, whole[k])) {
				*commit = arena_str(a, r->refs.p[i].commit);
				return true;
			}
	err_set(err, ERR_NOT_FOUND, "%.*s has no branch or tag '%.*s'", STR_ARG(url), STR_ARG(ref));
	return err_hint(err, "a commit is named by all its 40 digits");
}

/* --- objects --- */

static bool has_commit(const struct remote *r, struct str commit)
{
	for (size_t i = 0; i < r->commits.n; i++)
		if (str_eq(r->commits.p[i], commit))
			return true;
	return false;
}

static bool make_repository(struct pkg_git *g, struct remote *r, struct err *err)
{
	if (r->dir.n)
		return true;
	if (!g->dir.n && !fs_mkdtemp(path_join(&g->arena, temporary(g), STR("raibid-git-")), &g->arena, &g->dir, err))
		return false;
	struct str dir = arena_fmt(&g->arena, "%.*s/%zu", STR_ARG(g->dir), g->remotes.n);
	for (size_t i = 0; i < g->remotes.n; i++)
		if (g->remotes.p[i] == r)
			dir = arena_fmt(&g->arena, "%.*s/%zu", STR_ARG(g->dir), i);
	struct asked q = { "preparing for", r->url, STR(""), STR(""), NULL, 1 << 20, LOCAL_TIMEOUT_MS };
	/* Without a template no hook of the system's gets in either. */
	const char *words[] = { "init", "--quiet", "--bare", "--template=", "--", dir.p, NULL };
	if (!run_git(g, &q, words, NULL, err))
		return false;
	r->dir = dir;
	return true;
}

static bool is_here(struct pkg_git *g, struct remote *r, struct str commit)
{
	AUTO_ERR ignored = { 0 };
	struct asked q = { "reading", r->url, r->dir, STR(""), NULL, 1 << 20, LOCAL_TIMEOUT_MS };
	const char *words[] = { "cat-file", "-e", arena_concat(&g->arena, commit, STR("^{commit}")).p, NULL };
	return run_git(g, &q, words, NULL, &ignored);
}

static bool fetch_commit(struct pkg_git *g, struct remote *r, const struct pkg_repository *repository, struct str commit, struct err *err)
{
	struct asked q = { "fetching", r->url, STR(""), STR(""), repository, 1 << 20, TIMEOUT_MS };
	AUTO_ERR refused = { 0 };
	if (has_commit(r, commit))
		return true;
	if (g->opt->offline.n)
		return pkg_no_network(g->opt, arena_fmt(&g->arena, "%.*s at %.*s", STR_ARG(r->url), STR_ARG(commit)), err);
	if (!make_repository(g, r, err))
		return false;
	q.dir = r->dir;
	const char *one[] = { "fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--", r->url.p,
			      arena_cstr(&g->arena, commit), NULL };
	const char *all[] = { "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--", r->url.p,
			      "+refs/heads/*:refs/raibid/heads/*", "+refs/tags/*:refs/raibid/tags/*", NULL };
	void *download = g->opt->ui.begin(g->opt->ui.ctx, arena_fmt(&g->arena, "%.*s %.12s", STR_ARG(r->url), commit.p));
	bool ok = run_git(g, &q, one, NULL, &refused) || (refused.kind != ERR_DENIED && refused.kind != ERR_CANCELLED && run_git(g, &q, all, NULL, err));
	g->opt->ui.end(download, ok);
	if (!ok) {
		if (!err->kind)
			err_move(err, &refused);
		return false;
	}
	if (!is_here(g, r, commit))
		return err_set(err, ERR_NOT_FOUND, "%.*s has no commit %.*s (any more)", STR_ARG(r->url), STR_ARG(commit));
	vec_push_in(&r->commits, &g->arena, arena_str(&g->arena, commit));
	return true;
}

/* --- trees --- */

struct entry {
	struct str mode, object, path;
};
typedef VEC(struct entry) entries;

static bool list_tree(struct pkg_git *g, struct remote *r, struct str commit, struct str path, entries *out, struct err *err)
{
	AUTO_BUF text = { 0 };
	struct str piece, facts, mode, kind, object;
	struct asked q = { "reading", r->url, r->dir, STR(""), NULL, MAX_REFS_BYTES, LOCAL_TIMEOUT_MS };
	struct str tree = arena_fmt(&g->arena, "%.*s:%.*s", STR_ARG(commit), STR_ARG(path));
	const char *words[] = { "ls-tree", "-r", "-z", "--full-tree", tree.p, NULL };
	if (!run_git(g, &q, words, &text, err)) {
		if (err->kind == ERR_CANCELLED || err->kind == ERR_LIMIT)
			return false;
		err_deinit(err);
		return err_set(err, ERR_NOT_FOUND, "%.*s has no folder '%.*s' at %.*s", STR_ARG(r->url), STR_ARG(path), STR_ARG(commit));
	}
	struct str rest = buf_to_arena(&text, &g->arena);
	while (str_next(&rest, '\0', &piece)) {
		struct entry e = { 0 };
		if (!str_cut(piece, '\t', &facts, &e.path) || !str_cut(facts, ' ', &mode, &facts) || !str_cut(facts, ' ', &kind, &object))
			continue;
		e.mode = mode;
		e.object = object;
		if (str_eq(kind, STR("commit"))) {
			err_set(err, ERR_INTEGRITY, "%.*s: '%.*s' is a submodule, and those are not followed", STR_ARG(r->url), STR_ARG(e.path));
			return err_hint(err, "vendor the submodule's repository by its own URL");
		}
		vec_push_in(out, &g->arena, e);
	}
	return true;
}

/* cat-file's answer: "OBJECT blob SIZE\nBYTES\n" for each. */
static bool next_blob(struct str *rest, struct str *bytes)
{
	struct str line, object, kind;
	int64_t size;
	if (!str_next_line(rest, &line) || !str_cut(line, ' ', &object, &line) || !str_cut(line, ' ', &kind, &line) || !str_eq(kind, STR("blob")) ||
	    !str_to_int(line, &size) || size < 0 || (size_t)size + 1 > rest->n)
		return false;
	*bytes = str_slice(*rest, 0, (size_t)size);
	*rest = str_slice(*rest, (size_t)size + 1, rest->n);
	return true;
}

static bool pack_entries(struct remote *r, const entries *list, struct str blobs, struct str prefix, struct arena *a, struct str *tar,
			 struct err *err)
{
	struct arc_writer *w;
	AUTO_BUF out = { 0 };
	if (!arc_writer_new(-1, &(struct arc_writer_options){ .format = ARC_TAR }, &w, err))
		return false;
	bool ok = true;
	for (size_t i = 0; ok && i < list->n; i++) {
		const struct entry *e = &list->p[i];
		struct str bytes;
		ok = next_blob(&blobs, &bytes) || err_set(err, ERR_INTEGRITY, "%.*s: git gave other objects than it listed", STR_ARG(r->url));
		bool link = str_eq(e->mode, STR("120000"));
		struct arc_item item = { .path = arena_fmt(a, "%.*s/%.*s", STR_ARG(prefix), STR_ARG(e->path)),
					 .type = link ? ARC_SYMLINK : ARC_FILE,
					 .target = link && ok ? arena_str(a, bytes) : STR(""),
					 .mode = str_eq(e->mode, STR("100755")) ? 0755 : 0644 };
		ok = ok && arc_add(w, &item, link ? STR("") : bytes, err);
	}
	ok = ok && arc_writer_finish(w, &out, err);
	arc_writer_free(w);
	if (ok)
		*tar = buf_to_arena(&out, a);
	return ok;
}

bool pkg_git_pack(struct pkg_git *g, struct str url, const struct pkg_repository *repository, struct str commit, struct str path, struct str prefix,
		  struct arena *a, struct str *tar, struct err *err)
{
	struct remote *r = remote_of(g, url);
	entries list = { 0 };
	AUTO_BUF wanted = { 0 }, blobs = { 0 };
	if (!pkg_git_is_commit(commit))
		return err_set(err, ERR_SYNTAX, "'%.*s' is no whole name of a commit", STR_ARG(commit));
	if (!fetch_commit(g, r, repository, commit, err) || !list_tree(g, r, commit, path, &list, err))
		return false;
	for (size_t i = 0; i < list.n; i++)
		buf_addf(&wanted, "%.*s\n", STR_ARG(list.p[i].object));
	struct asked q = { "reading", r->url, r->dir, buf_str(&wanted), NULL, MAX_TREE_BYTES, LOCAL_TIMEOUT_MS };
	const char *words[] = { "cat-file", "--batch", NULL };
	return run_git(g, &q, words, &blobs, err) && pack_entries(r, &list, buf_str(&blobs), prefix, a, tar, err);
}

bool pkg_git_has_file(struct pkg_git *g, struct str url, const struct pkg_repository *repository, struct str commit, struct str path, bool *has,
		      struct err *err)
{
	struct remote *r = remote_of(g, url);
	AUTO_ERR no = { 0 };
	if (!fetch_commit(g, r, repository, commit, err))
		return false;
	struct asked q = { "reading", r->url, r->dir, STR(""), NULL, 1 << 20, LOCAL_TIMEOUT_MS };
	const char *words[] = { "cat-file", "-e", arena_fmt(&g->arena, "%.*s:%.*s", STR_ARG(commit), STR_ARG(path)).p, NULL };
	*has = run_git(g, &q, words, NULL, &no);
	if (no.kind != ERR_CANCELLED)
		return true;
	err_move(err, &no);
	return false;
}
