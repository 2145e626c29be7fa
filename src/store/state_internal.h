/*
 * state_internal.h: what the files of the state share:
 *	state.c          the database: opened, set aside where it is damaged, verified; the project's key
 *	state_files.c    stamps and digests of files and folders
 *	state_records.c  records of runs: kept, found, counted, pruned
 */
#ifndef STORE_STATE_INTERNAL_H
#define STORE_STATE_INTERNAL_H

#include <pthread.h>

#include "base/map.h"
#include "ext/crypto.h"
#include "store/state.h"

enum { STAMP_FIELDS = 5 };
struct stamp {
	int64_t is[STAMP_FIELDS]; /* device, inode, size, mtime, ctime */
	struct digest digest;
};

struct file_fact {
	struct stamp stamp;
	uint32_t turn; /* of the last look */
	bool exists, dirty;
};

struct state {
	pthread_mutex_t lock;
	struct arena arena;
	struct str dir, db_path;
	struct db *db;
	int64_t version;         /* see state_changed */
	bool missing;            /* looked, and there is no database yet */
	bool frozen, looks; /* looks: the database is open for reading only */
	bool has_put;            /* a record, by this process */
	bool was_damaged;        /* and has been set aside */
	struct map files;        /* of struct file_fact: looked at in this run */
	uint32_t turn;           /* facts of earlier turns are looked at again, see state_look_again */
	struct map stamps;       /* of struct stamp: as the database has them */
	bool has_stamps;
	uint8_t key[CRYPTO_KEY_LEN];
	bool has_key;
	struct store *private;
	state_warn *warn;
	void *warn_ctx;
};

/* Opens the database as `how` says, for who holds the lock; s->db is NULL where it is not there and may not be made. */
MUST_CHECK bool state_open_db(struct state *s, enum state_open how, struct err *err);
/* After a failed read: damage sets the file aside, and the answer is "nothing known"; any other failure stays one. For who holds the lock. */
MUST_CHECK bool state_recover(struct state *s, struct err *err);
/* Writes what has been learnt of files; for state_free. On failure the transaction is still open. */
MUST_CHECK bool state_write_stamps(struct state *s, struct err *err);

#endif
