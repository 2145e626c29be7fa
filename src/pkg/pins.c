/* One table, made when first written. Loading looks for it in the schema first, so that reading never writes. */
#include "pkg/pins.h"

#include <string.h>
#include <time.h>

static const char make_table[] =
	"create table if not exists pin(chartfile text, directory text, chart text, version text, source text, archive blob, tree blob, "
	"stamp blob, vendored_at int, vendored_by text, primary key(chartfile, directory)) without rowid";

static struct digest digest_at(struct db_query *q, int column)
{
	struct digest d = { 0 };
	struct str bytes = db_blob(q, column);
	if (bytes.n == sizeof(d.b))
		memcpy(d.b, bytes.p, sizeof(d.b));
	return d;
}

static struct pkg_pin pin_at(struct db_query *q, struct arena *a)
{
	return (struct pkg_pin){
		.directory = arena_str(a, db_str(q, 1)),
		.chart = arena_str(a, db_str(q, 2)),
		.version = arena_str(a, db_str(q, 3)),
		.source = arena_str(a, db_str(q, 4)),
		.archive = digest_at(q, 5),
		.tree = digest_at(q, 6),
	};
}

static bool load_rows(struct db *db, struct str chartfile, struct arena *a, pkg_knowns *out, struct err *err)
{
	AUTO_QUERY *q = NULL;
	bool has;
	if (!db_has_table(db, "pin", &has, err))
		return false;
	if (!has)
		return true;
	if (!db_query(db, "select chartfile, directory, chart, version, source, archive, tree, stamp from pin where chartfile = ?1 order by "
			  "directory", &q, err))
		return false;
	db_bind_str(q, 1, chartfile);
	for (bool row;;) {
		if (!db_next(q, &row, err))
			return false;
		if (!row)
			return true;
		vec_push_in(out, a, (struct pkg_known){ pin_at(q, a), digest_at(q, 7) });
	}
}

bool pkg_pins_load(struct state *state, struct str chartfile, struct arena *a, pkg_knowns *out, struct err *err)
{
	struct db *db;
	*out = (pkg_knowns){ 0 };
	if (!state_lock(state, STATE_LOOK, &db, err))
		return false;
	bool ok = !db || load_rows(db, chartfile, a, out, err);
	state_unlock(state);
	return ok;
}

static void bind_digest(struct db_query *q, int at, const struct digest *d)
{
	db_bind_blob(q, at, (struct str){ (const char *)d->b, sizeof(d->b) });
}

static bool save_row(struct db *db, struct str chartfile, const struct pkg_known *k, struct str user, struct err *err)
{
	struct db_query *q;
	/* When and by whom counts for the pin, not for the stamp of its folder. */
	if (!db_query(db,
		      "insert into pin values(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) on conflict do update set chart = excluded.chart, "
		      "version = excluded.version, source = excluded.source, stamp = excluded.stamp, "
		      "vendored_at = case when archive = excluded.archive and tree = excluded.tree then vendored_at else excluded.vendored_at end, "
		      "vendored_by = case when archive = excluded.archive and tree = excluded.tree then vendored_by else excluded.vendored_by end, "
		      "archive = excluded.archive, tree = excluded.tree",
		      &q, err))
		return false;
	const struct str texts[] = { chartfile, k->pin.directory, k->pin.chart, k->pin.version, k->pin.source };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		db_bind_str(q, (int)i + 1, texts[i]);
	bind_digest(q, 6, &k->pin.archive);
	bind_digest(q, 7, &k->pin.tree);
	bind_digest(q, 8, &k->stamp);
	db_bind_int(q, 9, time(NULL));
	db_bind_str(q, 10, user);
	return db_run(q, err);
}

static bool delete_row(struct db *db, struct str chartfile, struct str directory, struct err *err)
{
	struct db_query *q;
	if (!db_query(db, "delete from pin where chartfile = ?1 and directory = ?2", &q, err))
		return false;
	db_bind_str(q, 1, chartfile);
	db_bind_str(q, 2, directory);
	return db_run(q, err);
}

static bool save_rows(struct db *db, struct str chartfile, const pkg_knowns *pins, struct str user, struct err *err)
{
	struct arena a = { 0 };
	pkg_knowns old = { 0 };
	bool ok = db_exec(db, make_table, err) && load_rows(db, chartfile, &a, &old, err);
	for (size_t i = 0; ok && i < old.n; i++)
		if (!pkg_known_find(pins, old.p[i].pin.directory))
			ok = delete_row(db, chartfile, old.p[i].pin.directory, err);
	for (size_t i = 0; ok && i < pins->n; i++)
		ok = save_row(db, chartfile, &pins->p[i], user, err);
	arena_deinit(&a);
	return ok;
}

bool pkg_pins_save(struct state *state, struct str chartfile, const pkg_knowns *pins, struct str user, struct err *err)
{
	struct db *db;
	if (!state_lock(state, STATE_CREATE, &db, err))
		return false;
	bool ok = db_begin(db, DB_IMMEDIATE, err);
	if (ok) {
		ok = save_rows(db, chartfile, pins, user, err) && db_commit(db, err);
		if (!ok)
			db_rollback(db);
	}
	ok = ok && db_sync(db, err);
	state_unlock(state);
	return ok;
}

static bool list_rows(struct db *db, struct arena *a, pkg_pin_rows *out, struct err *err)
{
	AUTO_QUERY *q = NULL;
	bool has, row;
	if (!db_has_table(db, "pin", &has, err))
		return false;
	if (!has)
		return true;
	if (!db_query(db, "select chartfile, directory, chart, version, source, archive, tree, vendored_at, vendored_by from pin where "
			  "chartfile not like '%" PKG_PINS_LEFT "' order by chartfile, directory", &q, err))
		return false;
	for (;;) {
		if (!db_next(q, &row, err))
			return false;
		if (!row)
			return true;
		vec_push_in(out, a, (struct pkg_pin_row){ arena_str(a, db_str(q, 0)), arena_str(a, db_str(q, 8)), pin_at(q, a), db_int(q, 7) });
	}
}

bool pkg_pins_list(struct state *state, struct arena *a, pkg_pin_rows *out, struct err *err)
{
	struct db *db;
	*out = (pkg_pin_rows){ 0 };
	if (!state_lock(state, STATE_LOOK, &db, err))
		return false;
	bool ok = !db || list_rows(db, a, out, err);
	state_unlock(state);
	return ok;
}

struct pkg_known *pkg_known_find(const pkg_knowns *pins, struct str directory)
{
	for (size_t i = 0; i < pins->n; i++)
		if (str_eq(pins->p[i].pin.directory, directory))
			return &pins->p[i];
	return NULL;
}
