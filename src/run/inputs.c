/* A record is a byte for its kind, four for the length of the name, the name. Each is written once. */
#include "run/inputs.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/map.h"
#include "base/path.h"

enum { FLUSH_AT = 16 << 10, HEAD = 1 + sizeof(uint32_t) };

struct inputs {
	int fd;
	pthread_mutex_t lock;
	struct arena arena;
	struct map seen; /* records */
	struct buf waiting;
};

struct inputs *inputs_new(int fd)
{
	struct inputs *in = xcalloc(1, sizeof(*in));
	in->fd = fd;
	pthread_mutex_init(&in->lock, NULL);
	map_init(&in->seen, 0, &in->arena);
	return in;
}

static void flush(struct inputs *in)
{
	for (struct str rest = buf_str(&in->waiting); rest.n > 0;) {
		ssize_t n = write(in->fd, rest.p, rest.n);
		if (n < 0 && errno != EINTR)
			break;
		rest = str_slice(rest, (size_t)MAX(n, (ssize_t)0), rest.n);
	}
	buf_clear(&in->waiting);
}

void inputs_free(struct inputs *in)
{
	if (!in)
		return;
	flush(in);
	pthread_mutex_destroy(&in->lock);
	buf_deinit(&in->waiting);
	arena_deinit(&in->arena);
	free(in);
}

static void put(struct inputs *in, enum inputs_kind kind, struct str name)
{
	if (!in)
		return;
	AUTO_BUF record = { 0 };
	uint32_t n = (uint32_t)name.n;
	buf_add_char(&record, (char)kind);
	buf_add_bytes(&record, &n, sizeof(n));
	buf_add(&record, name);
	pthread_mutex_lock(&in->lock);
	if (!map_has(&in->seen, buf_str(&record))) {
		map_put(&in->seen, arena_str(&in->arena, buf_str(&record)));
		buf_add(&in->waiting, buf_str(&record));
	}
	if (in->waiting.n >= FLUSH_AT)
		flush(in);
	pthread_mutex_unlock(&in->lock);
}

void inputs_file(struct inputs *in, struct str path)
{
	put(in, INPUTS_FILE, path);
}

void inputs_list(struct inputs *in, struct str path)
{
	put(in, INPUTS_LIST, path);
}

void inputs_search(struct inputs *in, struct str directory, const struct str *words, size_t n, enum inputs_which which)
{
	AUTO_BUF name = { 0 };
	buf_add(&name, directory);
	for (size_t i = 0; i < n; i++) {
		buf_add_char(&name, '\0');
		buf_add(&name, words[i]);
	}
	put(in, which == INPUTS_ALL ? INPUTS_SEARCH_ALL : INPUTS_SEARCH, buf_str(&name));
}

void inputs_output(struct inputs *in, struct str path)
{
	put(in, INPUTS_OUTPUT, path);
}

void inputs_unknown(struct inputs *in)
{
	put(in, INPUTS_UNKNOWN, STR(""));
}

void inputs_done(struct inputs *in)
{
	put(in, INPUTS_DONE, STR(""));
}

void inputs_trace(struct inputs *in, struct str root, const struct trace *t)
{
	struct arena a = { 0 };
	for (size_t i = 0; in && i < t->entries.n; i++) {
		const struct trace_entry *e = &t->entries.p[i];
		switch (e->kind) {
		case TRACE_FILE:
		case TRACE_ABSENT:
		case TRACE_LINK:
		case TRACE_KIND:
			inputs_file(in, path_in(&a, root, e->name));
			break;
		case TRACE_LIST:
			inputs_list(in, path_in(&a, root, e->name));
			break;
		case TRACE_OUTPUT:
			inputs_output(in, path_in(&a, root, e->name));
			break;
		default:
			break;
		}
	}
	arena_deinit(&a);
}

bool inputs_next(struct str *rest, struct inputs_record *out)
{
	uint32_t n;
	if (rest->n < HEAD)
		return false;
	memcpy(&n, rest->p + 1, sizeof(n));
	if (rest->n < HEAD + n)
		return false;
	*out = (struct inputs_record){ (enum inputs_kind)rest->p[0], str_slice(*rest, HEAD, HEAD + n) };
	*rest = str_slice(*rest, HEAD + n, rest->n);
	return true;
}
