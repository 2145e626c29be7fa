/*
 * A remote gets one bare repository in a temporary folder; a commit is fetched by its name, at depth 1. A server that does not give commits by name
 * is asked for all branches
 * and tags. Trees are listed and read by git's plumbing (ls-tree, cat-file), whose output is bytes as they are stored.
 */
#include "pkg/git_run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/scratch.h"
#include "ext/archive.h"
#include "ext/http.h"
#include "ext/proc.h"
#include "pkg/fetch.h"

enum { TIMEOUT_MS = 600 * 1000, LOCAL_TIMEOUT_MS = 60 * 1000, MAX_REFS_BYTES = 64 << 20, MAX_SAID_BYTES = 1 << 20, MAX_COMMITS = 100 };
#define MAX_TREE_BYTES ((size_t)512 << 20)

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
	if (str_contains(remote, STR("/../")) || str_ends(remote, STR("/..")))
		return err_set(err, ERR_SYNTAX, "the repository's URL holds '..'");
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
	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] < 0x20 || url.p[i] == 0x7F)
			return err_set(err, ERR_SYNTAX, "a git URL with a control character");
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

/* --- repositories --- */

struct pkg_git *pkg_git_new(const struct pkg_vendor_options *opt)
{
	struct pkg_git *g = xcalloc(1, sizeof(*g));
	g->opt = opt;
	return g;
}

void pkg_git_free(struct pkg_git *g)
{
	if (!g)
		return;
	scratch_remove(&g->scratch);
	arena_deinit(&g->arena);
	free(g);
}

/* Whether a mirror stands in for git: a folder of charts alone does not. */
static bool has_mirror(const struct pkg_git *g)
{
	struct arena a = { 0 };
	struct str mirror = g->opt->mirror;
	bool has = mirror.n && (pkg_is_url(mirror) || fs_is_dir(path_join(&a, mirror, STR("git"))));
	arena_deinit(&a);
	return has;
}

/*
 * What git is asked in the repository's place: MIRROR/git/HOST/PATH.git, where there is a mirror. In a folder it may be called PATH too, as it is where somebody
 * worked in it.
 */
static struct str address_of(struct pkg_git *g, struct str url)
{
	struct arena *a = &g->arena;
	struct str mirror = g->opt->mirror, rest = str_slice(url, str_find(url, STR("://")) + 3, url.n), host, path;
	if (!has_mirror(g))
		return url;
	(void)str_cut(rest, '/', &host, &path);
	host = str_slice(host, str_rfind_char(host, '@') == STR_NPOS ? 0 : str_rfind_char(host, '@') + 1, host.n);
	struct str at = arena_fmt(a, "%.*s/git%s%.*s/%.*s", STR_ARG(mirror), host.n ? "/" : "", STR_ARG(host), STR_ARG(str_drop_suffix(path, STR(".git"))));
	if (pkg_is_url(mirror))
		return arena_concat(a, at, STR(".git"));
	struct str bare = arena_concat(a, at, STR(".git"));
	return arena_concat(a, STR("file://"), fs_is_dir(bare) || !fs_is_dir(at) ? bare : at);
}

static struct remote *remote_of(struct pkg_git *g, struct str url)
{
	for (size_t i = 0; i < g->remotes.n; i++)
		if (str_eq(g->remotes.p[i]->url, url))
			return g->remotes.p[i];
	struct remote *r = arena_new(&g->arena, struct remote);
	r->url = arena_str(&g->arena, url);
	r->at = address_of(g, r->url);
	r->number = g->remotes.n;
	vec_push_in(&g->remotes, &g->arena, r);
	return r;
}

/* A mirror gets nobody's credentials. */
static const struct pkg_repository *known_to(const struct pkg_git *g, const struct pkg_repository *repository)
{
	return has_mirror(g) ? NULL : repository;
}

static bool has_commit(const struct remote *r, struct str commit)
{
	for (size_t i = 0; i < r->commits.n; i++)
		if (str_eq(r->commits.p[i], commit))
			return true;
	return false;
}

/* --- asking and fetching, many at once --- */

/* A remote that is asked for something, and for whom. */
struct errand {
	struct remote *remote;
	const struct pkg_git_want *want; /* the first */
	VEC(struct str) commits;         /* to fetch; none: its refs */
	struct err err;
};
typedef VEC(struct errand) errands;

static void read_refs(struct pkg_git *g, struct remote *r, struct str text)
{
	struct str rest = arena_str(&g->arena, text), line, commit, name;
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
}

static bool make_repository(struct pkg_git *g, struct remote *r, struct err *err)
{
	if (r->dir.n)
		return true;
	if (!g->scratch.dir.n && !scratch_make(scratch_parent(g->opt->environ), "raibid-git-", &g->arena, &g->scratch, err))
		return false;
	struct str dir = arena_fmt(&g->arena, "%.*s/%zu", STR_ARG(g->scratch.dir), r->number);
	struct git_asked q = { "preparing for", r->at, STR(""), STR(""), NULL, MAX_SAID_BYTES, LOCAL_TIMEOUT_MS };
	/* Without a template no hook of the system's gets in either. */
	const char *words[] = { "init", "--quiet", "--bare", "--template=", "--", dir.p, NULL };
	if (!git_run(g, &q, words, NULL, err))
		return false;
	r->dir = dir;
	return true;
}

static bool is_here(struct pkg_git *g, struct remote *r, struct str commit)
{
	AUTO_ERR ignored = { 0 };
	struct git_asked q = { "reading", r->at, r->dir, STR(""), NULL, MAX_SAID_BYTES, LOCAL_TIMEOUT_MS };
	const char *words[] = { "cat-file", "-e", arena_concat(&g->arena, commit, STR("^{commit}")).p, NULL };
	return git_run(g, &q, words, NULL, &ignored);
}

/* The errand of each remote that has something to do for the wants. */
static void plan_errands(struct pkg_git *g, const struct pkg_git_want *wants, size_t n, errands *out)
{
	for (size_t i = 0; i < n; i++) {
		struct remote *r = remote_of(g, wants[i].remote);
		struct errand *e = NULL;
		if (wants[i].commit.n ? has_commit(r, wants[i].commit) : r->has_refs)
			continue;
		for (size_t k = 0; k < out->n && !e; k++)
			if (out->p[k].remote == r && !out->p[k].commits.n == !wants[i].commit.n)
				e = &out->p[k];
		if (!e) {
			vec_push_in(out, &g->arena, ((struct errand){ .remote = r, .want = &wants[i] }));
			e = &vec_last(out);
		}
		bool known = false;
		for (size_t k = 0; k < e->commits.n; k++)
			known = known || str_eq(e->commits.p[k], wants[i].commit);
		if (wants[i].commit.n && !known)
			vec_push_in(&e->commits, &g->arena, arena_str(&g->arena, wants[i].commit));
	}
}

/* ls-remote; or fetch, of the commits by name or of all branches and tags. */
enum way { WAY_REFS, WAY_COMMITS, WAY_ALL };

static const char *const *words_of(struct pkg_git *g, const struct errand *e, enum way way)
{
	VEC(const char *) words = { 0 };
	static const char *const refs[] = { "ls-remote", "--quiet", "--" };
	static const char *const fetch[] = { "fetch", "--progress", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head" };
	for (size_t i = 0; i < (way == WAY_REFS ? ARRAY_LEN(refs) : ARRAY_LEN(fetch)); i++)
		vec_push_in(&words, &g->arena, way == WAY_REFS ? refs[i] : fetch[i]);
	if (way == WAY_COMMITS)
		vec_push_in(&words, &g->arena, "--depth=1");
	if (way != WAY_REFS)
		vec_push_in(&words, &g->arena, "--");
	vec_push_in(&words, &g->arena, arena_cstr(&g->arena, e->remote->at));
	for (size_t i = 0; way == WAY_COMMITS && i < MIN(e->commits.n, (size_t)MAX_COMMITS); i++)
		vec_push_in(&words, &g->arena, e->commits.p[i].p);
	if (way == WAY_ALL) {
		vec_push_in(&words, &g->arena, "+refs/heads/*:refs/raibid/heads/*");
		vec_push_in(&words, &g->arena, "+refs/tags/*:refs/raibid/tags/*");
	}
	vec_push_in(&words, &g->arena, NULL);
	return words.p;
}

/* What the bar of a fetch says. */
static struct str bar_name(struct pkg_git *g, const struct errand *e)
{
	if (e->commits.n > 1)
		return arena_fmt(&g->arena, "%.*s, %zu commits", STR_ARG(e->remote->at), e->commits.n);
	return arena_fmt(&g->arena, "%.*s %.12s", STR_ARG(e->remote->at), e->commits.p[0].p);
}

/* Does the errands that have no error yet and that `wanted` says. */
static bool do_errands(struct pkg_git *g, errands *all, enum way way, const bool *wanted, struct err *err)
{
	struct git_job *jobs = arena_array(&g->arena, struct git_job, all->n);
	struct errand **of = arena_array(&g->arena, struct errand *, all->n);
	size_t n = 0;
	for (size_t i = 0; i < all->n; i++) {
		struct errand *e = &all->p[i];
		if (!wanted[i] || e->err.kind)
			continue;
		of[n] = e;
		jobs[n] = (struct git_job){
			.asked = { way == WAY_REFS ? "asking" : "fetching", e->remote->at, way == WAY_REFS ? STR("") : e->remote->dir, STR(""),
				   known_to(g, e->want->repository), way == WAY_REFS ? MAX_REFS_BYTES : MAX_SAID_BYTES, TIMEOUT_MS },
			.words = words_of(g, e, way),
		};
		if (way != WAY_REFS)
			jobs[n].download = g->opt->ui.begin(g->opt->ui.ctx, bar_name(g, e));
		n++;
	}
	bool ok = git_run_all(g, jobs, n, err);
	for (size_t i = 0; i < n; i++) {
		if (jobs[i].download)
			g->opt->ui.end(jobs[i].download, !jobs[i].err.kind);
		if (jobs[i].err.kind)
			err_move(&of[i]->err, &jobs[i].err);
		else if (way == WAY_REFS)
			read_refs(g, of[i]->remote, buf_str(&jobs[i].out));
		buf_deinit(&jobs[i].out);
	}
	return ok;
}

/* Each commit that is here now is noted, the others are the errand's error. */
static void look_for_commits(struct pkg_git *g, struct errand *e, bool surely)
{
	for (size_t i = 0; i < e->commits.n && !e->err.kind; i++) {
		if ((surely && i < MAX_COMMITS) || is_here(g, e->remote, e->commits.p[i]))
			vec_push_in(&e->remote->commits, &g->arena, e->commits.p[i]);
		else
			err_set(&e->err, ERR_NOT_FOUND, "%.*s has no commit %.*s (any more)", STR_ARG(e->remote->at), STR_ARG(e->commits.p[i]));
	}
}

/* By name at depth 1; what a server does not give by name is looked for among all branches and tags. */
static bool fetch_commits(struct pkg_git *g, errands *all, bool *wanted, struct err *err)
{
	for (size_t i = 0; i < all->n; i++) {
		wanted[i] = all->p[i].commits.n > 0;
		if (wanted[i])
			(void)!make_repository(g, all->p[i].remote, &all->p[i].err);
	}
	bool *again = arena_array(&g->arena, bool, all->n);
	if (!do_errands(g, all, WAY_COMMITS, wanted, err))
		return false;
	for (size_t i = 0; i < all->n; i++) {
		struct errand *e = &all->p[i];
		again[i] = wanted[i] && e->remote->dir.n && (e->commits.n > MAX_COMMITS || (e->err.kind && e->err.kind != ERR_DENIED));
		if (again[i])
			err_deinit(&e->err);
	}
	if (!do_errands(g, all, WAY_ALL, again, err))
		return false;
	for (size_t i = 0; i < all->n; i++)
		if (wanted[i])
			look_for_commits(g, &all->p[i], !again[i]);
	return true;
}

bool pkg_git_prepare(struct pkg_git *g, const struct pkg_git_want *wants, size_t n, struct err *err)
{
	errands all = { 0 };
	plan_errands(g, wants, n, &all);
	if (!all.n)
		return true;
	if (g->opt->offline.n) {
		const struct errand *e = &all.p[0];
		struct str what = !e->commits.n ? e->remote->url
						: arena_fmt(&g->arena, "%.*s at %.*s", STR_ARG(e->remote->url), STR_ARG(e->commits.p[0]));
		return pkg_no_network(g->opt, what, err);
	}
	bool *wanted = arena_array(&g->arena, bool, all.n);
	for (size_t i = 0; i < all.n; i++)
		wanted[i] = !all.p[i].commits.n;
	bool ok = do_errands(g, &all, WAY_REFS, wanted, err) && fetch_commits(g, &all, wanted, err);
	for (size_t i = 0; i < all.n; i++) {
		struct errand *e = &all.p[i];
		if (e->err.kind && ok) {
			err_move(err, &e->err);
			ok = e->want->what.n ? err_wrap(err, "%.*s", STR_ARG(e->want->what)) : false;
		}
		err_deinit(&e->err);
	}
	return ok;
}

static bool load_refs(struct pkg_git *g, struct remote *r, const struct pkg_repository *repository, struct err *err)
{
	struct pkg_git_want want = { .remote = r->url, .repository = repository };
	return pkg_git_prepare(g, &want, 1, err);
}

static bool fetch_commit(struct pkg_git *g, struct remote *r, const struct pkg_repository *repository, struct str commit, struct err *err)
{
	struct pkg_git_want want = { .remote = r->url, .repository = repository, .commit = commit };
	return pkg_git_prepare(g, &want, 1, err);
}

/* --- refs --- */

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

/* --- trees --- */

struct entry {
	struct str mode, object, path;
};
typedef VEC(struct entry) entries;

static bool list_tree(struct pkg_git *g, struct remote *r, struct str commit, struct str path, entries *out, struct err *err)
{
	AUTO_BUF text = { 0 };
	struct str piece, facts, mode, kind, object;
	struct git_asked q = { "reading", r->at, r->dir, STR(""), NULL, MAX_REFS_BYTES, LOCAL_TIMEOUT_MS };
	struct str tree = arena_fmt(&g->arena, "%.*s:%.*s", STR_ARG(commit), STR_ARG(path));
	const char *words[] = { "ls-tree", "-r", "-z", "--full-tree", tree.p, NULL };
	if (!git_run(g, &q, words, &text, err)) {
		if (err->kind == ERR_CANCELLED || err->kind == ERR_LIMIT)
			return false;
		err_deinit(err);
		return err_set(err, ERR_NOT_FOUND, "%.*s has no folder '%.*s' at %.*s", STR_ARG(r->at), STR_ARG(path), STR_ARG(commit));
	}
	struct str rest = buf_to_arena(&text, &g->arena);
	while (str_next(&rest, '\0', &piece)) {
		struct entry e = { 0 };
		if (!str_cut(piece, '\t', &facts, &e.path) || !str_cut(facts, ' ', &mode, &facts) || !str_cut(facts, ' ', &kind, &object))
			continue;
		e.mode = mode;
		e.object = object;
		if (str_eq(kind, STR("commit"))) {
			err_set(err, ERR_INTEGRITY, "%.*s: '%.*s' is a submodule, and those are not followed", STR_ARG(r->at), STR_ARG(e.path));
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
		ok = next_blob(&blobs, &bytes) || err_set(err, ERR_INTEGRITY, "%.*s: git gave other objects than it listed", STR_ARG(r->at));
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
	struct git_asked q = { "reading", r->at, r->dir, buf_str(&wanted), NULL, MAX_TREE_BYTES, LOCAL_TIMEOUT_MS };
	const char *words[] = { "cat-file", "--batch", NULL };
	return git_run(g, &q, words, &blobs, err) && pack_entries(r, &list, buf_str(&blobs), prefix, a, tar, err);
}

bool pkg_git_has_file(struct pkg_git *g, struct str url, const struct pkg_repository *repository, struct str commit, struct str path, bool *has,
		      struct err *err)
{
	struct remote *r = remote_of(g, url);
	AUTO_ERR no = { 0 };
	if (!fetch_commit(g, r, repository, commit, err))
		return false;
	struct git_asked q = { "reading", r->at, r->dir, STR(""), NULL, 1 << 20, LOCAL_TIMEOUT_MS };
	const char *words[] = { "cat-file", "-e", arena_fmt(&g->arena, "%.*s:%.*s", STR_ARG(commit), STR_ARG(path)).p, NULL };
	*has = git_run(g, &q, words, NULL, &no);
	if (no.kind != ERR_CANCELLED)
		return true;
	err_move(err, &no);
	return false;
}
