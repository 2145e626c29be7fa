/*
 * Sets of templates. A clone looks in its own map first and then in its parent's; a chain is as long as clones are nested (tpl within
 * tpl), which is rarely more than two.
 */
#include "gotmpl/set.h"

struct template_set *template_set_new(struct str name, const struct template_options *options, struct arena *a)
{
	struct template_set *set = arena_new(a, struct template_set);
	set->name = arena_str(a, name);
	set->options = *options;
	set->arena = a;
	if (!set->options.funcs)
		set->options.funcs = go_funcs_new(NULL, 0, a);
	map_init(&set->templates, sizeof(const struct template *), a);
	return set;
}

struct template_set *template_set_clone(const struct template_set *parent, struct arena *a)
{
	struct template_set *set = arena_new(a, struct template_set);
	set->name = parent->name;
	set->options = parent->options;
	set->parent = parent;
	set->arena = a;
	map_init(&set->templates, sizeof(const struct template *), a);
	return set;
}

const struct template *set_find(const struct template_set *set, const struct ident *name)
{
	for (; set; set = set->parent) {
		const struct template *const *t = map_find_hashed(&set->templates, name->name, name->hash);
		if (t)
			return *t;
	}
	return NULL;
}

const struct template *template_find(const struct template_set *set, struct str name)
{
	return set_find(set, &(struct ident){ name, str_hash(name) });
}

/* ---- Parsing ---- */

/* What one text defines, before it is in a set: a map of struct template *. */
static bool parse_unit(const struct template_set *set, const struct template_source *source, struct arena *a, struct map *unit,
		       struct err *err)
{
	struct parse_input in = {
		.file = arena_str(a, source->name),
		.text = source->text.n ? source->text : STR(""),
		.funcs = set->options.funcs,
		.arena = a,
	};
	map_init(unit, sizeof(struct template *), a);
	return parse_text(&in, unit, err);
}

/* Puts the templates into the set; what is empty does not replace what is there. */
static void add_unit(struct template_set *set, const struct map *unit)
{
	for (size_t i = 0; i < map_len(unit); i++) {
		const struct template *made = *(const struct template **)map_at(unit, i);
		if (!made->empty || !template_find(set, made->name))
			*(const struct template **)map_put(&set->templates, made->name) = made;
	}
}

bool template_parse(struct template_set *set, struct str name, struct str text, const struct template **t, struct err *err)
{
	struct map unit;
	if (!parse_unit(set, &(struct template_source){ name, text }, set->arena, &unit, err))
		return false;
	if (t)
		*t = *(const struct template *const *)map_find(&unit, name);
	add_unit(set, &unit);
	return true;
}

/*
 * What the threads share: they take the texts in turn, each into an arena of its own. A text that is another's to the byte, as those of library charts
 * in several sub-charts are, is not parsed again.
 */
struct work {
	const struct template_set *set;
	const struct template_source *sources;
	const struct template_reading *reading;
	size_t n;
	struct unit {
		struct map made;    /* of struct template *, by name */
		size_t same;        /* the text that is the same, plus 1 */
		bool has_failed;
	} *units;
	pthread_mutex_t lock;       /* of the table */
	uint32_t *table, mask;      /* open addressing: number of a text plus 1 */
	struct arena *arenas[CREW_SIZE];
	atomic_bool is_unread;      /* a text could not be read */
};

/* Length, beginning and end tell texts apart well enough to compare them whole then. */
static uint32_t sample(struct str text)
{
	enum { ENDS = 64 };
	return (uint32_t)(str_hash(str_slice(text, 0, ENDS)) ^ str_hash(str_slice(text, text.n - MIN(text.n, (size_t)ENDS), text.n)) ^ text.n);
}

/* The number plus 1 of a text that is the same as the i-th and was begun before, or 0. */
static size_t find_same(struct work *work, size_t i)
{
	struct str text = work->sources[i].text;
	uint32_t slot = sample(text) & work->mask;
	size_t same = 0;
	pthread_mutex_lock(&work->lock);
	for (; !same && work->table[slot]; slot = (slot + 1) & work->mask)
		if (str_eq(work->sources[work->table[slot] - 1].text, text))
			same = work->table[slot];
	if (!same)
		work->table[slot] = (uint32_t)i + 1;
	pthread_mutex_unlock(&work->lock);
	return same;
}

/* A text that fails is parsed again when it is its turn in the set: then it is told why. */
static bool parse_in_turn(void *ctx, size_t i, enum crew_who who)
{
	struct work *work = ctx;
	AUTO_ERR err = { 0 };
	if (work->reading && !work->reading->read(work->reading->ctx, i, work->arenas[who], &i)) {
		atomic_store_explicit(&work->is_unread, true, memory_order_relaxed);
		return false;
	}
	if (i == TEMPLATE_NO_SOURCE)
		return true;
	struct unit *unit = &work->units[i];
	unit->same = find_same(work, i);
	unit->has_failed = !unit->same && !parse_unit(work->set, &work->sources[i], work->arenas[who], &unit->made, &err);
	return true;
}

/* Below so many bytes, or files to be read, a thread costs more than it saves. */
enum { SHARE_MIN = 64 << 10, SHARE_MIN_ITEMS = 16 };

static bool is_worth_help(const struct work *work)
{
	size_t all = 0;
	if (work->reading && work->reading->n >= SHARE_MIN_ITEMS)
		return true;
	for (size_t i = 0; i < work->n; i++)
		all += work->sources[i].text.n;
	return work->n > 1 && all >= SHARE_MIN;
}

/* The same templates as those of another text, as if they stood in the file `name`. */
static void copy_unit(const struct map *from, struct str from_name, struct str name, struct arena *a, struct map *to)
{
	map_init(to, sizeof(struct template *), a);
	for (size_t i = 0; i < map_len(from); i++) {
		struct template *copy = arena_alloc(a, sizeof(*copy));
		*copy = **(struct template *const *)map_at(from, i);
		copy->file = name;
		if (str_eq(copy->name, from_name))
			copy->name = name;
		*(struct template **)map_put(to, copy->name) = copy;
	}
}

/* Adds the i-th text's templates. */
static bool add_text(struct template_set *set, struct work *work, size_t i, struct err *err)
{
	struct unit *unit = &work->units[i], *same = unit->same ? &work->units[unit->same - 1] : NULL;
	if (unit->has_failed || (same && same->has_failed)) /* it says what is wrong with it under its own name */
		return parse_unit(set, &work->sources[i], set->arena, &unit->made, err);
	if (same)
		copy_unit(&same->made, work->sources[unit->same - 1].name, arena_str(set->arena, work->sources[i].name), set->arena, &unit->made);
	add_unit(set, &unit->made);
	return true;
}

bool template_parse_all(struct template_set *set, const struct template_source *sources, size_t n, const struct template_help *help,
			const struct template_reading *reading, size_t *failed, struct err *err)
{
	struct work work = { .set = set, .sources = sources, .reading = reading, .n = n,
			     .units = arena_array(set->arena, struct unit, n), .mask = 1, .lock = PTHREAD_MUTEX_INITIALIZER,
			     .arenas = { set->arena, help ? help->side : NULL } };
	while (work.mask < 2 * n)
		work.mask = work.mask * 2 + 1;
	work.table = arena_array(set->arena, uint32_t, (size_t)work.mask + 1);
	crew_share(help && is_worth_help(&work) ? help->crew : NULL, reading ? reading->n : n, parse_in_turn, &work);
	*failed = TEMPLATE_NO_SOURCE;
	if (work.is_unread)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!add_text(set, &work, i, err)) {
			*failed = i;
			return false;
		}
	return true;
}
