/*
 * What the system tells is a hint where to look; what counts is the difference between two looks at a file. So nothing depends on the kinds of events, lost ones cost one look at
 * everything, and looking now and then without being told gives the same.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fs.h"
#include "base/path.h"
#include "ext/notify.h"
#include "run/declared.h"
#include "run/ignore.h"
#include "run/watch_internal.h"

/* Between two looks at everything: at least this, and so many times as long as a look takes. Larger files are compared by their stamps alone. */
enum { LOOK_MS = 500, LOOK_SHARE = 10, HASH_MAX = 16 << 20 };

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- one file --- */

static void see(struct str path, struct seen *out)
{
	struct stat st;
	*out = (struct seen){ 0 };
	if (!fs_stat(path, FS_NOFOLLOW, &st))
		return;
	out->exists = true;
	out->mode = st.st_mode;
	if (S_ISDIR(st.st_mode)) /* what is in it is not the folder itself */
		return;
	plan_stamp_of(&st, &out->stamp);
	if (S_ISLNK(st.st_mode) && fs_stat(path, FS_FOLLOW, &st) && !S_ISDIR(st.st_mode))
		plan_stamp_of(&st, &out->target);
}

bool watch_same(const struct seen *a, const struct seen *b)
{
	return a->exists == b->exists && a->mode == b->mode && plan_stamp_eq(&a->stamp, &b->stamp) && plan_stamp_eq(&a->target, &b->target);
}

void watch_hash(struct str path, struct seen *s)
{
	struct arena a = { 0 };
	AUTO_ERR ignored = { 0 };
	struct str bytes;
	if (!s->has_digest && s->exists && S_ISREG(s->mode) && s->stamp.size <= HASH_MAX && fs_read(path, HASH_MAX, &a, &bytes, &ignored)) {
		s->digest = sha256_of(bytes);
		s->has_digest = true;
	}
	arena_deinit(&a);
}

/* Whether it is another file than when the phase began. */
bool watch_differs(struct entry *e)
{
	if (watch_same(&e->now, &e->before))
		return false;
	if (e->before.has_digest && e->now.mode == e->before.mode) {
		watch_hash(e->path, &e->now);
		return !e->now.has_digest || !digest_eq(&e->now.digest, &e->before.digest);
	}
	return true;
}

static void touch(struct watch *w, struct entry *e)
{
	if (!e->touched) {
		e->touched = true;
		e->did = ACTIVITY_NOTHING;
		vec_push(&w->touched, e);
	}
	e->fresh = true;
}

static void look(struct watch *w, struct entry *e)
{
	struct seen now;
	see(e->path, &now);
	if (watch_same(&now, &e->now))
		return;
	if (!e->touched)
		e->before = e->now;
	e->now = now;
	touch(w, e);
}

struct entry *watch_find(const struct watch *w, struct str path)
{
	struct entry **found = map_find(&w->entries, path);
	if (!found)
		found = map_find(&w->aliases, path);
	return found ? *found : NULL;
}

static struct entry *add_entry(struct watch *w, struct str path)
{
	struct entry *e = arena_new(&w->arena, struct entry);
	e->path = arena_str(&w->arena, path);
	*(struct entry **)map_put(&w->entries, e->path) = e;
	return e;
}

/* A file that was there before it was watched. One that is younger than the run has been changed in it, by whomever. */
struct entry *watch_add_seen(struct watch *w, struct str path)
{
	struct entry *e = add_entry(w, path);
	see(e->path, &e->now);
	const struct plan_stamp *s = S_ISLNK(e->now.mode) && e->now.target.ino ? &e->now.target : &e->now.stamp;
	if (!w->runs || !e->now.exists || S_ISDIR(e->now.mode) || MAX(s->mtime, s->ctime) < w->began_ns)
		return e;
	e->before = e->now;
	e->before.stamp.ctime--; /* not what it is */
	touch(w, e);
	e->fresh = false;
	e->did = ACTIVITY_WROTE;
	return e;
}

/* Takes an entry over from the table before. */
struct entry *watch_adopt(struct watch *w, const struct entry *from)
{
	struct entry *e = add_entry(w, from->path);
	struct str path = e->path;
	*e = *from;
	e->path = path;
	e->exact = false;
	if (e->touched)
		vec_push(&w->touched, e);
	return e;
}

/* --- what counts --- */

bool watch_is_below(struct str folder, struct str path)
{
	return str_starts(path, folder) && (folder.n == 1 || path.n == folder.n || path.p[folder.n] == '/');
}

/* Files that editors make beside the one that is edited. */
static bool is_editors(struct str name)
{
	return str_ends(name, STR("~")) || str_starts(name, STR(".#")) || (str_starts(name, STR("#")) && str_ends(name, STR("#"))) || str_eq(name, STR("4913")) ||
	       (str_starts(name, STR(".")) && name.n > 5 && str_starts(str_slice(name, name.n - 4, name.n), STR(".sw"))) ||
	       str_starts(name, STR(".goutputstream-")) || str_ends(name, STR("___jb_tmp___")) || str_ends(name, STR("___jb_old___"));
}

enum kind { KIND_FILE, KIND_FOLDER };

/* Whether nobody wants to know of a path below the folder. */
static bool is_ignored(struct watch *w, struct str path, enum kind kind)
{
	struct str base = path_base(path);
	if (str_eq(base, STR(".git")) || str_eq(base, STR(".raibid")) || str_eq(base, STR(".justcache")) || str_eq(base, STR(".hg")) || str_eq(base, STR(".svn")))
		return true;
	if (kind == KIND_FILE && is_editors(base))
		return true;
	if (!w->rules)
		w->rules = ignore_load(w->folder, w->top, &w->scratch);
	struct str rel = str_slice(path, w->folder.n + (w->folder.n > 1), path.n);
	return kind == KIND_FOLDER ? ignore_rules_match_folder(w->rules, rel) : ignore_rules_match(w->rules, rel);
}

bool watch_is_output(const struct watch *w, struct str path)
{
	for (size_t end = path.n; end > 0 && end != STR_NPOS; end = str_rfind_char(str_slice(path, 0, end), '/'))
		if (map_has(&w->outputs, str_slice(path, 0, end)))
			return true;
	return false;
}

/* --- being told --- */

void watch_stop_hearing(struct watch *w, struct err *why)
{
	free(w->warning);
	AUTO_BUF text = { 0 };
	buf_addf(&text, "%s%s%s: looking at the files every now and then instead", why->message, why->hint ? "; " : "", why->hint ? why->hint : "");
	w->warning = buf_take(&text);
	notify_close(w->notify);
	w->notify = NULL;
	w->next_look = now_ms() + LOOK_MS;
}

/* Hears of what happens in a folder, or in the nearest one above it that there is. */
static void hear(struct watch *w, struct str folder)
{
	while (w->notify) {
		struct err err = { 0 };
		if (notify_add(w->notify, folder, &err)) {
			return;
		}
		if (err.kind == ERR_LIMIT)
			watch_stop_hearing(w, &err);
		err_deinit(&err);
		if (folder.n <= 1 || fs_is_dir(folder)) /* it may not be read: there is nothing to hear of it */
			return;
		w->lacks_folder = true;
		folder = path_dir(&w->scratch, folder);
	}
}

/* Looks at a folder and all below; what was not known yet is new. */
static void scan(struct watch *w, struct str root, enum watch_news news)
{
	VEC(struct str) stack = { 0 };
	vec_push_in(&stack, &w->scratch, root);
	while (stack.n > 0) {
		struct str folder = stack.p[--stack.n];
		hear(w, folder);
		DIR *d = opendir(arena_cstr(&w->scratch, folder));
		for (struct dirent *item; d && (item = readdir(d));) {
			if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0)
				continue;
			struct str path = path_join(&w->scratch, folder, str_c(item->d_name));
			struct stat st;
			if (!fs_stat(path, FS_NOFOLLOW, &st))
				continue;
			if (is_ignored(w, path, S_ISDIR(st.st_mode) ? KIND_FOLDER : KIND_FILE))
				continue;
			if (S_ISDIR(st.st_mode)) {
				vec_push_in(&stack, &w->scratch, path);
				continue;
			}
			struct entry *e = watch_find(w, path);
			if (!e)
				e = news == WATCH_NEWS ? add_entry(w, path) : watch_add_seen(w, path);
			e->round = w->round;
			look(w, e);
		}
		if (d)
			closedir(d);
	}
}

/* --- listings --- */

static void list_names(struct watch *w, const struct listing *l, step_words *out)
{
	AUTO_ERR ignored = { 0 };
	if (l->n_words == 0) {
		fs_entries found;
		if (!fs_list(l->directory, &w->scratch, &found, &ignored))
			return;
		for (size_t i = 0; i < found.n; i++)
			vec_push_in(out, &w->scratch, path_join(&w->scratch, l->directory, found.p[i].name));
		return;
	}
	struct declared d = { .root = w->folder, .directory = l->directory, .words = l->words, .n = l->n_words, .all = l->all, .may_miss = true };
	step_words names;
	if (!declared_find(&d, &w->scratch, &names, &ignored))
		return;
	for (size_t i = 0; i < names.n; i++)
		vec_push_in(out, &w->scratch, path_in(&w->scratch, w->folder, names.p[i]));
}

void watch_read_listing(struct watch *w, const struct listing *l, struct buf *out)
{
	step_words names = { 0 };
	buf_clear(out);
	list_names(w, l, &names);
	if (names.n > 1)
		qsort(names.p, names.n, sizeof(names.p[0]), str_qsort_cmp);
	for (size_t i = 0; i < names.n; i++) {
		buf_add(out, names.p[i]);
		buf_add_char(out, '\0');
	}
}

static void look_listing(struct watch *w, struct listing *l)
{
	AUTO_BUF names = { 0 };
	l->dirty = false;
	watch_read_listing(w, l, &names);
	if (str_eq(buf_str(&names), buf_str(&l->now)))
		return;
	if (!l->touched) {
		l->touched = true;
		l->did = ACTIVITY_NOTHING;
		watch_swap(&l->before, &l->now);
	}
	watch_swap(&l->now, &names);
	l->fresh = true;
}

/* The first name that came or went, but those of outputs; false where there is none. */
bool watch_listing_differs(const struct watch *w, const struct listing *l, struct str *which)
{
	struct str old = buf_str(&l->before), new = buf_str(&l->now), a = STR_NONE, b = STR_NONE;
	bool has_a = str_next(&old, '\0', &a) && a.n, has_b = str_next(&new, '\0', &b) && b.n;
	while (l->touched && (has_a || has_b)) {
		int order = !has_a ? 1 : !has_b ? -1 : str_cmp(a, b);
		if (order && !watch_is_output(w, order < 0 ? a : b)) {
			*which = order < 0 ? a : b;
			return true;
		}
		if (order <= 0)
			has_a = str_next(&old, '\0', &a) && a.n;
		if (order >= 0)
			has_b = str_next(&new, '\0', &b) && b.n;
	}
	return false;
}

/* Hears of the folders in which the names of a listing could come up. */
static void hear_listing(struct watch *w, const struct listing *l)
{
	if (l->n_words == 0)
		hear(w, l->directory);
	for (size_t i = 0; i < l->n_words; i++) {
		VEC(struct str) stack = { 0 };
		struct str word = l->words[i];
		if (str_starts(word, STR("!")))
			continue;
		struct str full = path_in(&w->scratch, l->directory, declared_is_pattern(word) ? declared_fixed_part(word) : word);
		vec_push_in(&stack, &w->scratch, full);
		if (!fs_is_dir(full)) {
			hear(w, path_dir(&w->scratch, full));
			continue;
		}
		while (stack.n > 0) {
			struct str folder = stack.p[--stack.n];
			fs_entries found;
			AUTO_ERR ignored = { 0 };
			hear(w, folder);
			if (!fs_list(folder, &w->scratch, &found, &ignored))
				continue;
			for (size_t k = 0; k < found.n; k++)
				if (found.p[k].kind == FS_DIR && !str_eq(found.p[k].name, STR(".git")) && !str_eq(found.p[k].name, STR(".raibid")))
					vec_push_in(&stack, &w->scratch, path_join(&w->scratch, folder, found.p[k].name));
		}
	}
}

/* --- looking at everything --- */

static void hear_entry(struct watch *w, struct entry *e)
{
	char real[PATH_MAX];
	hear(w, path_dir(&w->scratch, e->path));
	if (!S_ISLNK(e->now.mode) || !realpath(arena_cstr(&w->scratch, e->path), real))
		return;
	struct str target = arena_str(&w->arena, str_c(real));
	if (!map_has(&w->aliases, target))
		*(struct entry **)map_put(&w->aliases, target) = e;
	hear(w, path_dir(&w->scratch, target));
}

void watch_look_at_all(struct watch *w, enum watch_news news)
{
	int64_t began = now_ms();
	w->look_at_all = w->lacks_folder = false;
	w->rules = NULL; /* a .gitignore may be what changed */
	w->round++;
	if (w->notify)
		notify_begin(w->notify);
	if (!w->knows_inputs)
		scan(w, w->folder, news);
	for (size_t i = 0; i < map_len(&w->entries); i++) {
		struct entry *e = *(struct entry **)map_at(&w->entries, i);
		if (e->exact)
			hear_entry(w, e);
		if (e->exact || e->round != w->round)
			look(w, e);
	}
	for (size_t i = 0; i < w->listings.n; i++) {
		hear_listing(w, w->listings.p[i]);
		look_listing(w, w->listings.p[i]);
	}
	if (w->notify)
		notify_end(w->notify);
	int64_t end = now_ms();
	w->next_look = end + MAX((int64_t)LOOK_MS, (end - began) * LOOK_SHARE);
}

static void heard(struct watch *w, const struct notify_event *event)
{
	struct str path = path_join(&w->scratch, event->folder, event->name);
	struct entry *e = watch_find(w, path);
	for (size_t i = 0; i < w->listings.n; i++)
		if (watch_is_below(w->listings.p[i]->directory, path))
			w->listings.p[i]->dirty = true;
	if (e)
		look(w, e);
	if (event->what == NOTIFY_FOLDER && !fs_is_dir(path))
		w->look_at_all = true; /* with all that was in it */
	if (event->what == NOTIFY_FOLDER && (w->lacks_folder || w->listings.n > 0))
		w->look_at_all = true;
	if (w->knows_inputs || !watch_is_below(w->folder, path))
		return;
	if (str_eq(event->name, STR(".gitignore")))
		w->look_at_all = true;
	struct stat st;
	if (e || !fs_stat(path, FS_NOFOLLOW, &st) || is_ignored(w, path, S_ISDIR(st.st_mode) ? KIND_FOLDER : KIND_FILE))
		return;
	if (S_ISDIR(st.st_mode))
		scan(w, path, WATCH_NEWS);
	else
		look(w, add_entry(w, path));
}

static bool any_fresh(const struct watch *w)
{
	for (size_t i = w->touched.n; i-- > 0;)
		if (w->touched.p[i]->fresh)
			return true;
	for (size_t i = 0; i < w->listings.n; i++)
		if (w->listings.p[i]->fresh)
			return true;
	return false;
}

void watch_end_call(struct watch *w)
{
	arena_reset(&w->scratch);
	w->rules = NULL;
}

bool watch_take(struct watch *w)
{
	struct notify_event event;
	while (w->notify && notify_next(w->notify, &event)) {
		if (event.what == NOTIFY_LOST)
			w->look_at_all = true;
		else
			heard(w, &event);
	}
	if (w->look_at_all || (!w->notify && now_ms() >= w->next_look))
		watch_look_at_all(w, WATCH_NEWS);
	for (size_t i = 0; i < w->listings.n; i++)
		if (w->listings.p[i]->dirty)
			look_listing(w, w->listings.p[i]);
	watch_end_call(w);
	return any_fresh(w);
}

int watch_fd(const struct watch *w)
{
	return w->notify ? notify_fd(w->notify) : -1;
}

int watch_pause(const struct watch *w)
{
	return w->notify ? -1 : (int)MAX(w->next_look - now_ms(), (int64_t)0);
}

const char *watch_warning(struct watch *w)
{
	if (!w->warning)
		return NULL;
	const char *out = arena_cstr(&w->words, str_c(w->warning));
	free(w->warning);
	w->warning = NULL;
	return out;
}
