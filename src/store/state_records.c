/* Records of runs: a row each, several a key, the newest by `seq`. */
#include <string.h>

#include "base/fs.h"
#include "store/state_internal.h"

static void read_record(struct db_query *q, struct arena *a, struct state_record *r)
{
	struct str key = db_blob(q, 0);
	*r = (struct state_record){
		.name = arena_str(a, db_str(q, 1)),
		.trace = arena_str(a, db_blob(q, 2)),
		.duration_ms = db_int(q, 3),
		.ended_at = db_int(q, 4),
	};
	memcpy(r->key.b, key.p, MIN(key.n, sizeof(r->key.b)));
}

static bool read_records(struct db_query *q, struct arena *a, state_records *out, struct err *err)
{
	for (bool row;;) {
		struct state_record r;
		if (!db_next(q, &row, err))
			return false;
		if (!row)
			return true;
		read_record(q, a, &r);
		vec_push_in(out, a, r);
	}
}

static bool find_rows(struct state *s, const struct digest *key, struct arena *a, state_records *out, struct err *err)
{
	AUTO_QUERY *q = NULL;
	if (!db_query(s->db, "select key,name,trace,duration_ms,ended_at from record where key=?1 order by seq desc", &q, err))
		return false;
	db_bind_blob(q, 1, (struct str){ (const char *)key->b, sizeof(key->b) });
	return read_records(q, a, out, err);
}

bool state_find(struct state *s, const struct digest *key, struct arena *a, state_records *out, struct err *err)
{
	struct db *db;
	state_records found = { 0 };
	if (!state_lock(s, STATE_LOOK, &db, err))
		return false;
	bool ok = !db || find_rows(s, key, a, &found, err) || state_recover(s, err);
	state_unlock(s);
	if (ok)
		*out = found;
	return ok;
}

bool state_find_name(struct state *s, struct str name, struct arena *a, struct state_record *out, bool *found, struct err *err)
{
	struct db *db;
	if (!state_lock(s, STATE_LOOK, &db, err))
		return false;
	*found = false;
	AUTO_QUERY *q = NULL;
	bool ok = true;
	if (db) {
		ok = db_query(db, "select key,name,trace,duration_ms,ended_at from record where name=?1 order by ended_at desc, seq desc limit 1", &q, err);
		if (ok) {
			db_bind_str(q, 1, name);
			ok = db_next(q, found, err);
		}
		if (ok && *found)
			read_record(q, a, out);
		db_done(q);
		q = NULL;
		ok = ok || state_recover(s, err);
	}
	state_unlock(s);
	return ok;
}

static bool find_under(struct state *s, struct str prefix, struct arena *a, state_records *out, struct err *err)
{
	AUTO_QUERY *q = NULL;
	if (!db_query(s->db,
		      "select key,name,trace,duration_ms,ended_at,max(ended_at*1000+seq) from record "
		      "where name>=?1 and substr(name,1,length(?1))=?1 group by name order by name",
		      &q, err))
		return false;
	db_bind_str(q, 1, prefix);
	return read_records(q, a, out, err);
}

bool state_find_under(struct state *s, struct str prefix, struct arena *a, state_records *out, struct err *err)
{
	struct db *db;
	state_records found = { 0 };
	if (!state_lock(s, STATE_LOOK, &db, err))
		return false;
	bool ok = !db || find_under(s, prefix, a, &found, err) || state_recover(s, err);
	state_unlock(s);
	if (ok)
		*out = found;
	return ok;
}

static bool put_row(struct db *db, const struct state_record *r, struct err *err)
{
	struct str key = { (const char *)r->key.b, sizeof(r->key.b) };
	struct db_query *q;
	if (!db_query(db,
		      "insert into record(key,seq,name,trace,duration_ms,ended_at) "
		      "values(?1,(select coalesce(max(seq),0)+1 from record where key=?1),?2,?3,?4,?5)",
		      &q, err))
		return false;
	db_bind_blob(q, 1, key);
	db_bind_str(q, 2, r->name);
	db_bind_blob(q, 3, r->trace);
	db_bind_int(q, 4, r->duration_ms);
	db_bind_int(q, 5, r->ended_at);
	if (!db_run(q, err))
		return false;
	if (!db_query(db, "delete from record where key=?1 and seq<=(select max(seq) from record where key=?1)-?2", &q, err))
		return false;
	db_bind_blob(q, 1, key);
	db_bind_int(q, 2, STATE_RECORDS_KEPT);
	return db_run(q, err);
}

bool state_put(struct state *s, const struct state_record *record, struct err *err)
{
	struct db *db;
	if (!state_lock(s, STATE_CREATE, &db, err))
		return false;
	bool ok = db_begin(db, DB_IMMEDIATE, err) && put_row(db, record, err) && db_commit(db, err);
	if (!ok)
		db_rollback(db);
	s->has_put = s->has_put || ok;
	state_unlock(s);
	return ok;
}

bool state_has_put(struct state *s)
{
	pthread_mutex_lock(&s->lock);
	bool has = s->has_put;
	pthread_mutex_unlock(&s->lock);
	return has;
}

static bool visit_durations(struct db *db, state_duration *visit, void *ctx, struct err *err)
{
	AUTO_QUERY *q = NULL;
	bool row;
	if (!db_query(db, "select key,duration_ms from record order by key,seq", &q, err))
		return false;
	for (;;) {
		struct digest key = { 0 };
		if (!db_next(q, &row, err))
			return false;
		if (!row)
			return true;
		struct str bytes = db_blob(q, 0);
		memcpy(key.b, bytes.p, MIN(bytes.n, sizeof(key.b)));
		visit(ctx, &key, db_int(q, 1));
	}
}

bool state_durations(struct state *s, state_duration *visit, void *ctx, struct err *err)
{
	struct db *db;
	if (!state_lock(s, STATE_LOOK, &db, err))
		return false;
	bool ok = !db || visit_durations(db, visit, ctx, err) || state_recover(s, err);
	state_unlock(s);
	return ok;
}

/* --- looking after it --- */

static bool visit_blobs(struct db *db, const char *sql, void (*visit)(void *ctx, struct str blob), void *ctx, struct err *err)
{
	AUTO_QUERY *q = NULL;
	bool row;
	if (!db_query(db, sql, &q, err))
		return false;
	for (;;) {
		if (!db_next(q, &row, err))
			return false;
		if (!row)
			return true;
		visit(ctx, db_blob(q, 0));
	}
}

bool state_each_trace(struct state *s, state_trace *visit, void *ctx, struct err *err)
{
	struct db *db;
	if (!state_lock(s, STATE_LOOK, &db, err))
		return false;
	bool ok = !db || visit_blobs(db, "select trace from record", visit, ctx, err) || state_recover(s, err);
	state_unlock(s);
	return ok;
}

struct pin_visit {
	state_pin *visit;
	void *ctx;
};

static void visit_pin(void *ctx, struct str blob)
{
	struct pin_visit *v = ctx;
	struct digest d = { 0 };
	memcpy(d.b, blob.p, MIN(blob.n, sizeof(d.b)));
	v->visit(v->ctx, &d);
}

bool state_each_pin(struct state *s, state_pin *visit, void *ctx, struct err *err)
{
	struct pin_visit v = { visit, ctx };
	struct db *db;
	bool has = false;
	if (!state_lock(s, STATE_LOOK, &db, err))
		return false;
	bool ok = !db || (db_has_table(db, "pin", &has, err) && (!has || visit_blobs(db, "select archive from pin", visit_pin, &v, err))) ||
		  state_recover(s, err);
	state_unlock(s);
	return ok;
}

static bool count_records(struct db *db, struct state_count *out, struct err *err)
{
	AUTO_QUERY *q = NULL;
	bool row;
	if (!db_query(db, "select count(*),count(distinct name) from record", &q, err) || !db_next(q, &row, err))
		return false;
	out->records = (uint64_t)db_int(q, 0);
	out->names = (uint64_t)db_int(q, 1);
	return true;
}

bool state_measure(struct state *s, struct state_count *out, struct err *err)
{
	struct db *db;
	struct stat st;
	*out = (struct state_count){ 0 };
	if (!state_lock(s, STATE_LOOK, &db, err))
		return false;
	bool ok = !db || count_records(db, out, err) || state_recover(s, err);
	if (fs_stat(s->db_path, FS_FOLLOW, &st))
		out->bytes = (uint64_t)st.st_size;
	state_unlock(s);
	return ok;
}

/* The newest records of their names that are older than that. */
static bool find_old(struct db *db, int64_t before, struct arena *a, state_records *out, struct err *err)
{
	AUTO_QUERY *q = NULL;
	if (!db_query(db, "select key,name,trace,duration_ms,ended_at from record where ended_at<?1", &q, err))
		return false;
	db_bind_int(q, 1, before);
	return read_records(q, a, out, err);
}

static bool delete_record(struct db *db, const struct state_record *r, uint64_t *n, struct err *err)
{
	struct db_query *q;
	if (!db_query(db, "delete from record where key=?1 and trace=?2", &q, err))
		return false;
	db_bind_blob(q, 1, (struct str){ (const char *)r->key.b, sizeof(r->key.b) });
	db_bind_blob(q, 2, r->trace);
	if (!db_run(q, err))
		return false;
	*n += (uint64_t)db_changes(db);
	return true;
}

static bool prune_replaced(struct db *db, int64_t before, uint64_t *n, struct err *err)
{
	struct db_query *q;
	if (!db_query(db, "delete from record where ended_at<?1 and ended_at<(select max(ended_at) from record as r where r.name=record.name)", &q, err))
		return false;
	db_bind_int(q, 1, before);
	if (!db_run(q, err))
		return false;
	*n = (uint64_t)db_changes(db);
	return true;
}

/* `holds` looks at files, which takes the lock: so it is asked between two transactions. */
static bool prune_dead(struct state *s, int64_t before, state_holds *holds, void *ctx, uint64_t *n, struct err *err)
{
	struct arena a = { 0 };
	struct db *db;
	state_records old = { 0 };
	bool ok = state_lock(s, STATE_LOOK, &db, err);
	if (ok) {
		ok = !db || find_old(db, before, &a, &old, err);
		state_unlock(s);
	}
	for (size_t i = 0; ok && i < old.n; i++) {
		if (holds(ctx, &old.p[i]))
			continue;
		ok = state_lock(s, STATE_CREATE, &db, err);
		if (ok) {
			ok = delete_record(db, &old.p[i], n, err);
			state_unlock(s);
		}
	}
	arena_deinit(&a);
	return ok;
}

bool state_prune(struct state *s, int64_t before, state_holds *holds, void *ctx, uint64_t *n, struct err *err)
{
	struct db *db;
	*n = 0;
	if (!state_lock(s, STATE_CHANGE, &db, err))
		return false;
	bool is_there = db != NULL, ok = !db || prune_replaced(db, before, n, err) || state_recover(s, err);
	state_unlock(s);
	return ok && (!is_there || prune_dead(s, before, holds, ctx, n, err));
}
