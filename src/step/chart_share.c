/* Whoever asks first makes it, outside the lock; a chart that proves to be no common one is made by each who waited, side by side. */
#include "step/chart_share.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/map.h"

enum share_state { SHARE_MAKING, SHARE_COMMON, SHARE_EACH };

struct shared {
	enum share_state state;
	struct str text; /* SHARE_COMMON */
};

struct chart_share {
	pthread_mutex_t lock;
	pthread_cond_t made;
	struct arena arena;
	struct map charts; /* struct shared *, by digest */
};

struct chart_share *chart_share_new(void)
{
	struct chart_share *s = xcalloc(1, sizeof(*s));
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->made, NULL);
	map_init(&s->charts, sizeof(struct shared *), &s->arena);
	return s;
}

void chart_share_free(struct chart_share *s)
{
	if (!s)
		return;
	pthread_cond_destroy(&s->made);
	pthread_mutex_destroy(&s->lock);
	arena_deinit(&s->arena);
	free(s);
}

/* Called with the lock, returns with it. */
static bool make_first(struct chart_share *s, struct str key, chart_share_make *make, void *ctx, struct arena *a, struct str *text, struct err *err)
{
	bool same = false;
	struct shared *chart = arena_new(&s->arena, struct shared);
	*(struct shared **)map_put(&s->charts, arena_str(&s->arena, key)) = chart;
	pthread_mutex_unlock(&s->lock);
	bool ok = make(ctx, a, text, &same, err);
	pthread_mutex_lock(&s->lock);
	chart->state = ok && same ? SHARE_COMMON : SHARE_EACH;
	if (chart->state == SHARE_COMMON)
		chart->text = arena_str(&s->arena, *text);
	pthread_cond_broadcast(&s->made);
	return ok;
}

bool chart_share_get(struct chart_share *s, const struct digest *key, chart_share_make *make, void *ctx, struct arena *a, struct str *text,
		     struct err *err)
{
	struct str bytes = { (const char *)key->b, sizeof(key->b) };
	bool same;
	pthread_mutex_lock(&s->lock);
	struct shared **found = map_find(&s->charts, bytes);
	if (!found) {
		bool ok = make_first(s, bytes, make, ctx, a, text, err);
		pthread_mutex_unlock(&s->lock);
		return ok;
	}
	const struct shared *chart = *found;
	while (chart->state == SHARE_MAKING)
		pthread_cond_wait(&s->made, &s->lock);
	bool is_common = chart->state == SHARE_COMMON;
	if (is_common)
		*text = chart->text;
	pthread_mutex_unlock(&s->lock);
	return is_common || make(ctx, a, text, &same, err);
}
