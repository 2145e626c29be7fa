/*
 * record.c: four small tables. A save writes only rows that differ, so that a large set with one change costs one row.
 */
#include "kube/record.h"

#include <time.h>

#include "kube/plan.h"

static const char schema[] =
	"create table if not exists kube_environment (environment text not null, target text not null, fingerprint text not null,"
	" primary key (environment, target)) without rowid;"
	"create table if not exists kube_applied (environment text not null, target text not null, namespace text not null, ended_at integer not null,"
	" primary key (environment, target)) without rowid;"
	"create table if not exists kube_release (environment text not null, target text not null, release text not null,"
	" primary key (environment, target, release)) without rowid;"
	"create table if not exists kube_object (environment text not null, target text not null, id text not null,"
	" api_version text not null, kind text not null, namespace text not null, name text not null, release text not null,"
	" uid text not null, resource_version text not null, applied_at text not null, digest text not null, body text not null,"
	" primary key (environment, target, id));";

void kube_record_init(struct kube_record *r, struct arena *a)
{
	*r = (struct kube_record){ 0 };
	map_init(&r->rows, sizeof(struct kube_record_row), a);
	map_init(&r->releases, 0, a);
}

struct kube_record_row kube_record_row_of(const struct kube_item *item)
{
	return (struct kube_record_row){
		.id = item->id,
		.api_version = item->object->api_version,
		.kind = item->object->kind,
		.namespace = item->namespace,
		.name = item->object->name,
		.release = item->object->release,
	};
}

static bool load_environment(struct db *db, struct str environment, struct str target, struct arena *a, struct kube_record *r, bool *found,
			     struct err *err)
{
	AUTO_QUERY *q = NULL;
	if (!db_query(db, "select fingerprint from kube_environment where environment = ?1 and target = ?2", &q, err))
		return false;
	db_bind_str(q, 1, environment);
	db_bind_str(q, 2, target);
	if (!db_next(q, found, err))
		return false;
	if (*found)
		r->fingerprint = arena_str(a, db_str(q, 0));
	return true;
}

static bool load_releases(struct db *db, struct str environment, struct str target, struct arena *a, struct kube_record *r, struct err *err)
{
	AUTO_QUERY *q = NULL;
	if (!db_query(db, "select release from kube_release where environment = ?1 and target = ?2", &q, err))
		return false;
	db_bind_str(q, 1, environment);
	db_bind_str(q, 2, target);
	bool row, ok;
	while ((ok = db_next(q, &row, err)) && row)
		map_put(&r->releases, arena_str(a, db_str(q, 0)));
	return ok;
}

static bool load_rows(struct db *db, struct str environment, struct str target, enum kube_record_bodies bodies, struct arena *a,
		      struct kube_record *r, struct err *err)
{
	AUTO_QUERY *q = NULL;
	if (!db_query(db,
		      "select id, api_version, kind, namespace, name, release, uid, resource_version, applied_at, digest,"
		      " case when ?3 then body else '' end from kube_object where environment = ?1 and target = ?2 order by rowid",
		      &q, err))
		return false;
	db_bind_str(q, 1, environment);
	db_bind_str(q, 2, target);
	db_bind_int(q, 3, bodies == KUBE_WITH_BODIES);
	bool more, ok;
	while ((ok = db_next(q, &more, err)) && more) {
		struct kube_record_row row = { 0 };
		struct str *const columns[] = { &row.id, &row.api_version, &row.kind, &row.namespace, &row.name, &row.release,
						&row.uid, &row.resource_version, &row.applied_at, &row.digest, &row.body };
		for (size_t i = 0; i < ARRAY_LEN(columns); i++)
			*columns[i] = arena_str(a, db_str(q, (int)i));
		if (bodies == KUBE_WITHOUT_BODIES)
			row.body = STR_NONE;
		*(struct kube_record_row *)map_put(&r->rows, row.id) = row;
	}
	return ok;
}

static bool load(struct db *db, struct str environment, struct str target, enum kube_record_bodies bodies, struct arena *a,
		 struct kube_record *out, struct err *err)
{
	bool found;
	if (!db_has_table(db, "kube_object", &found, err))
		return false;
	return !found || (load_environment(db, environment, target, a, out, &found, err) &&
			  load_releases(db, environment, target, a, out, err) && load_rows(db, environment, target, bodies, a, out, err));
}

bool kube_record_load(const struct kube_state *state, struct str environment, struct str target, enum kube_record_bodies bodies, struct arena *a,
		      struct kube_record *out, struct err *err)
{
	struct db *db = NULL;
	kube_record_init(out, a);
	if (!state->lock(state->ctx, false, &db, err))
		return err_wrap(err, "cannot read what was applied");
	bool ok = !db || load(db, environment, target, bodies, a, out, err);
	state->unlock(state->ctx);
	return ok || err_wrap(err, "cannot read what was applied");
}

static bool peek(struct db *db, struct str environment, struct str target, struct arena *a, struct str *fingerprint, size_t *objects, bool *found,
		 struct err *err)
{
	struct kube_record r = { 0 };
	if (!db_has_table(db, "kube_object", found, err))
		return false;
	if (!*found)
		return true;
	if (!load_environment(db, environment, target, a, &r, found, err))
		return false;
	AUTO_QUERY *q = NULL;
	bool row;
	if (!db_query(db, "select count(*) from kube_object where environment = ?1 and target = ?2", &q, err))
		return false;
	db_bind_str(q, 1, environment);
	db_bind_str(q, 2, target);
	if (!db_next(q, &row, err))
		return false;
	*fingerprint = r.fingerprint;
	*objects = row ? (size_t)db_int(q, 0) : 0;
	return true;
}

bool kube_record_peek(const struct kube_state *state, struct str environment, struct str target, struct arena *a, struct str *fingerprint,
		      size_t *objects, bool *found, struct err *err)
{
	struct db *db = NULL;
	*found = false;
	if (!state->lock(state->ctx, false, &db, err))
		return err_wrap(err, "cannot read what was applied");
	bool ok = !db || peek(db, environment, target, a, fingerprint, objects, found, err);
	state->unlock(state->ctx);
	return ok || err_wrap(err, "cannot read what was applied");
}

static bool list_applied(struct db *db, struct str environment, struct arena *a, kube_applieds *out, struct err *err)
{
	AUTO_QUERY *q = NULL;
	bool row, ok;
	if (!db_has_table(db, "kube_applied", &row, err))
		return false;
	if (!row)
		return true;
	if (!db_query(db,
		      "select e.target, e.fingerprint, (select count(*) from kube_object o where o.environment = e.environment and o.target = e.target),"
		      " a.namespace, a.ended_at from kube_environment e join kube_applied a on a.environment = e.environment and a.target = e.target"
		      " where e.environment = ?1 order by a.ended_at desc, e.target",
		      &q, err))
		return false;
	db_bind_str(q, 1, environment);
	while ((ok = db_next(q, &row, err)) && row) {
		const struct kube_applied applied = {
			.target = arena_str(a, db_str(q, 0)),
			.fingerprint = arena_str(a, db_str(q, 1)),
			.objects = (size_t)db_int(q, 2),
			.namespace = arena_str(a, db_str(q, 3)),
			.ended_at = db_int(q, 4),
		};
		vec_push_in(out, a, applied);
	}
	return ok;
}

bool kube_record_list(const struct kube_state *state, struct str environment, struct arena *a, kube_applieds *out, struct err *err)
{
	struct db *db = NULL;
	*out = (kube_applieds){ 0 };
	if (!state->lock(state->ctx, false, &db, err))
		return err_wrap(err, "cannot read what was applied");
	bool ok = !db || list_applied(db, environment, a, out, err);
	state->unlock(state->ctx);
	return ok || err_wrap(err, "cannot read what was applied");
}

static bool save_environment(struct db *db, struct str environment, struct str target, const struct kube_record *r, struct err *err)
{
	struct db_query *q;
	if (!db_query(db, "insert or replace into kube_environment values (?1, ?2, ?3)", &q, err))
		return false;
	db_bind_str(q, 1, environment);
	db_bind_str(q, 2, target);
	db_bind_str(q, 3, r->fingerprint.p ? r->fingerprint : STR(""));
	if (!db_run(q, err) || !db_query(db, "insert or replace into kube_applied values (?1, ?2, ?3, ?4)", &q, err))
		return false;
	db_bind_str(q, 1, environment);
	db_bind_str(q, 2, target);
	db_bind_str(q, 3, r->namespace.p ? r->namespace : STR(""));
	db_bind_int(q, 4, (int64_t)time(NULL));
	if (!db_run(q, err))
		return false;
	for (size_t i = 0; i < map_len(&r->releases); i++) {
		if (!db_query(db, "insert or ignore into kube_release values (?1, ?2, ?3)", &q, err))
			return false;
		db_bind_str(q, 1, environment);
		db_bind_str(q, 2, target);
		db_bind_str(q, 3, map_key(&r->releases, i));
		if (!db_run(q, err))
			return false;
	}
	return true;
}

/* Inserts or updates a row; nothing is written where it is the same already. */
static bool save_row(struct db *db, struct str environment, struct str target, const struct kube_record_row *row, struct err *err)
{
	struct db_query *q;
	if (!db_query(db,
		      "insert into kube_object (environment, target, id, api_version, kind, namespace, name, release, uid,"
		      " resource_version, applied_at, digest, body) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ifnull(?13, ''))"
		      " on conflict (environment, target, id) do update set api_version = ?4, kind = ?5, namespace = ?6, name = ?7,"
		      " release = ?8, uid = ?9, resource_version = ?10, applied_at = ?11, digest = ?12, body = ifnull(?13, body)"
		      " where api_version <> ?4 or release <> ?8 or uid <> ?9 or resource_version <> ?10 or applied_at <> ?11"
		      " or digest <> ?12",
		      &q, err))
		return false;
	const struct str columns[] = { environment, target, row->id, row->api_version, row->kind, row->namespace, row->name,
				       row->release, row->uid, row->resource_version, row->applied_at, row->digest };
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		db_bind_str(q, (int)i + 1, columns[i].p ? columns[i] : STR(""));
	if (row->body.p)
		db_bind_str(q, 13, row->body);
	else
		db_bind_null(q, 13);
	return db_run(q, err);
}

static bool remove_row(struct db *db, struct str environment, struct str target, struct str id, struct err *err)
{
	struct db_query *q;
	if (!db_query(db, "delete from kube_object where environment = ?1 and target = ?2 and id = ?3", &q, err))
		return false;
	db_bind_str(q, 1, environment);
	db_bind_str(q, 2, target);
	db_bind_str(q, 3, id);
	return db_run(q, err);
}

static bool save(struct db *db, struct str environment, struct str target, const struct kube_record *r, struct err *err)
{
	struct arena a = { 0 };
	struct kube_record old;
	kube_record_init(&old, &a);
	bool ok = load_rows(db, environment, target, KUBE_WITHOUT_BODIES, &a, &old, err) && save_environment(db, environment, target, r, err);
	for (size_t i = 0; ok && i < map_len(&r->rows); i++)
		ok = save_row(db, environment, target, map_at(&r->rows, i), err);
	for (size_t i = 0; ok && i < map_len(&old.rows); i++)
		if (!map_has(&r->rows, map_key(&old.rows, i)))
			ok = remove_row(db, environment, target, map_key(&old.rows, i), err);
	arena_deinit(&a);
	return ok;
}

bool kube_record_save(const struct kube_state *state, struct str environment, struct str target, const struct kube_record *r, struct err *err)
{
	struct db *db = NULL;
	if (!state->lock(state->ctx, true, &db, err))
		return err_wrap(err, "cannot record what was applied");
	bool ok = db_exec(db, schema, err) && db_begin(db, DB_IMMEDIATE, err);
	if (ok && save(db, environment, target, r, err) && db_commit(db, err)) {
		ok = db_sync(db, err);
	} else {
		db_rollback(db);
		ok = false;
	}
	state->unlock(state->ctx);
	return ok || err_wrap(err, "cannot record what was applied");
}
