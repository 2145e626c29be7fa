/* One table in state.db, made when the first value is kept. */
#include "step/kept.h"

#include <time.h>

#include "base/fs.h"
#include "base/path.h"
#include "ext/crypto.h"
#include "store/state.h"

#define SEAL_CONTEXT STR("raibid-run kept value 1")

static const char make_table[] =
	"create table if not exists kept(environment text, release text, use blob, value blob, made_at int, "
	"primary key(environment, release, use)) without rowid";

static void bind_use(const struct kept *k, struct db_query *q, const struct digest *use)
{
	db_bind_str(q, 1, k->environment);
	db_bind_str(q, 2, k->release);
	db_bind_blob(q, 3, (struct str){ (const char *)use->b, sizeof(use->b) });
}

/* The sealed value; *found false where there is none. */
static bool find_row(const struct kept *k, struct db *db, const struct digest *use, struct arena *a, struct str *sealed, bool *found,
		     struct err *err)
{
	AUTO_QUERY *q = NULL;
	if (!db_query(db, "select value from kept where environment = ?1 and release = ?2 and use = ?3", &q, err))
		return false;
	bind_use(k, q, use);
	if (!db_next(q, found, err))
		return false;
	if (*found)
		*sealed = arena_str(a, db_blob(q, 0));
	return true;
}

static bool unseal(const struct kept *k, struct str sealed, struct arena *a, struct str *value, struct err *err)
{
	struct str key;
	AUTO_BUF plain = { 0 };
	if (!state_key(k->state, &key, err))
		return false;
	if (!crypto_unseal((const uint8_t *)key.p, SEAL_CONTEXT, sealed, &plain, err)) {
		err_wrap(err, "a kept random value of release '%.*s' cannot be opened with the project's key", STR_ARG(k->release));
		return err_hint(err, "bring back .raibid/key, or renew the values: render %.*s --rotate", STR_ARG(k->environment));
	}
	*value = buf_to_arena(&plain, a);
	return true;
}

static bool find(void *ctx, const struct digest *use, struct arena *a, struct str *value, bool *found, struct err *err)
{
	struct kept *k = ctx;
	struct db *db;
	struct str sealed;
	*found = false;
	if (!state_lock(k->state, STATE_LOOK, &db, err))
		return false;
	bool has = false;
	bool ok = !db || (db_has_table(db, "kept", &has, err) && (!has || find_row(k, db, use, a, &sealed, found, err)));
	state_unlock(k->state);
	return ok && (!*found || unseal(k, sealed, a, value, err));
}

/* Whoever was first counts: two renders at once give the same. */
static bool put_row(const struct kept *k, struct db *db, const struct digest *use, struct arena *a, struct str *sealed, struct err *err)
{
	struct db_query *q;
	bool found;
	if (!db_exec(db, make_table, err) || !db_query(db, "insert into kept values(?1, ?2, ?3, ?4, ?5) on conflict do nothing", &q, err))
		return false;
	bind_use(k, q, use);
	db_bind_blob(q, 4, *sealed);
	db_bind_int(q, 5, time(NULL));
	return db_run(q, err) && find_row(k, db, use, a, sealed, &found, err);
}

static bool put(void *ctx, const struct digest *use, struct arena *a, struct str *value, struct err *err)
{
	struct kept *k = ctx;
	struct str key, sealed;
	struct db *db;
	AUTO_BUF b = { 0 };
	if (!state_key(k->state, &key, err) || !crypto_seal((const uint8_t *)key.p, SEAL_CONTEXT, *value, &b, err) ||
	    !state_lock(k->state, STATE_CREATE, &db, err))
		return false;
	sealed = buf_str(&b);
	bool ok = put_row(k, db, use, a, &sealed, err);
	state_unlock(k->state);
	return ok && unseal(k, sealed, a, value, err);
}

static struct str mark_path(struct step_ctx *ctx, struct str environment)
{
	return path_join(ctx->arena, path_join(ctx->arena, state_dir(ctx->host->state), STR("rotated")), environment);
}

bool kept_init(struct kept *k, struct step_ctx *ctx, struct str environment, struct str release, struct err *err)
{
	struct str unused;
	AUTO_ERR why = { 0 };
	*k = (struct kept){ .state = ctx->host->state, .environment = environment, .release = release, .keep = { find, put, k } };
	if (step_read(ctx, mark_path(ctx, environment), ctx->arena, &unused, &why) || why.kind == ERR_NOT_FOUND)
		return true;
	return err_set(err, why.kind, "%s", why.message);
}

static bool list_releases(struct step_ctx *ctx, struct db *db, struct str environment, step_words *out, struct err *err)
{
	AUTO_QUERY *q = NULL;
	bool more = false, ok;
	if (!db_query(db, "select distinct release from kept where environment = ?1 order by release", &q, err))
		return false;
	db_bind_str(q, 1, environment);
	while ((ok = db_next(q, &more, err)) && more)
		vec_push_in(out, ctx->arena, arena_str(ctx->arena, db_str(q, 0)));
	return ok;
}

bool kept_releases(struct step_ctx *ctx, struct str environment, step_words *out, struct err *err)
{
	struct db *db;
	bool has = false;
	*out = (step_words){ 0 };
	if (!state_lock(ctx->host->state, STATE_LOOK, &db, err))
		return false;
	bool ok = !db || (db_has_table(db, "kept", &has, err) && (!has || list_releases(ctx, db, environment, out, err)));
	state_unlock(ctx->host->state);
	return ok;
}

static bool forget(struct db *db, struct str environment, struct str release, struct err *err)
{
	struct db_query *q;
	if (!db_query(db, "delete from kept where environment = ?1 and release = ?2", &q, err))
		return false;
	db_bind_str(q, 1, environment);
	db_bind_str(q, 2, release);
	return db_run(q, err);
}

bool kept_rotate(struct step_ctx *ctx, struct str environment, const step_words *releases, struct err *err)
{
	struct db *db;
	struct timespec now;
	struct str path = mark_path(ctx, environment);
	if (!state_lock(ctx->host->state, STATE_CREATE, &db, err))
		return false;
	bool ok = db_exec(db, make_table, err) && db_begin(db, DB_IMMEDIATE, err);
	for (size_t i = 0; ok && i < releases->n; i++)
		ok = forget(db, environment, releases->p[i], err);
	ok = ok && db_commit(db, err);
	if (!ok)
		db_rollback(db);
	state_unlock(ctx->host->state);
	clock_gettime(CLOCK_REALTIME, &now);
	if (!ok || !fs_mkdirs(path_dir(ctx->arena, path), 0700, err) ||
	    !fs_write(path, arena_fmt(ctx->arena, "%lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec), 0600, FS_NO_SYNC, err))
		return false;
	state_forget_file(ctx->host->state, path);
	return true;
}
