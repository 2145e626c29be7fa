/*
 * A head with the place of each table, then the tables: nodes, files, what is known of both, order, roots, guard, references, which every run looks at and which
 * one sum covers; then words and
 * strings, which are needed only where something runs and have a sum of their own. Numbers are the machine's: the file never leaves it.
 */
#include "run/plan_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/path.h"

enum { FORMAT = 3, STALE_SECONDS = 60, CHUNK = 64, PIECE = 64 << 10 };

enum section { NODES, FILES, KNOWN, RESULTS, ORDER, ROOTS, GUARD, REFS, WORDS, STRINGS, SECTIONS };

struct head {
	char magic[8];
	uint32_t format, node_size, file_size, n_roots;
	uint64_t at[SECTIONS], size[SECTIONS]; /* bytes */
	uint64_t sum, text_sum;
	struct digest question;
};
static const char magic[8] = { 'r', 'a', 'i', 'b', 'p', 'l', 'a', 'n' };

/* --- sums: against accidents, not against attackers --- */

static uint64_t sum_add(uint64_t sum, const void *bytes, size_t n)
{
	const char *p = bytes;
	uint64_t lanes[4] = { sum, sum ^ 0x9e3779b97f4a7c15u, sum + n, ~sum };
	for (; n >= 32; p += 32, n -= 32) {
		for (int i = 0; i < 4; i++) {
			uint64_t v;
			memcpy(&v, p + 8 * i, 8);
			lanes[i] = (lanes[i] ^ v) * 0xff51afd7ed558ccdu;
			lanes[i] ^= lanes[i] >> 29;
		}
	}
	uint64_t last[4] = { 0 };
	memcpy(last, p, n);
	for (int i = 0; i < 4; i++) {
		sum = (sum ^ lanes[i] ^ last[i]) * 0xc4ceb9fe1a85ec53u;
		sum ^= sum >> 32;
	}
	return sum;
}

/* A sum is taken in pieces, so that a file is not mapped to be summed up: what is mapped counts as memory. */
static uint64_t sum_of(const char *bytes, size_t n)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < n; i += PIECE)
		sum = sum_add(sum, bytes + i, MIN(n - i, (size_t)PIECE));
	return sum;
}

static bool sum_of_file(int fd, uint64_t from, uint64_t to, char *piece, uint64_t *sum)
{
	*sum = 0;
	while (from < to) {
		size_t n = (size_t)MIN(to - from, (uint64_t)PIECE);
		for (size_t done = 0; done < n;) {
			ssize_t got = pread(fd, piece + done, n - done, (off_t)(from + done));
			if (got == 0 || (got < 0 && errno != EINTR))
				return false;
			done += (size_t)MAX(got, (ssize_t)0);
		}
		*sum = sum_add(*sum, piece, n);
		from += n;
	}
	return true;
}

/* --- reading --- */

static bool take(struct str *rest, void *out, size_t n)
{
	if (rest->n < n)
		return false;
	memcpy(out, rest->p, n);
	*rest = str_slice(*rest, n, rest->n);
	return true;
}

static bool take_str(struct str *rest, struct str *out)
{
	uint32_t n;
	if (!take(rest, &n, sizeof(n)))
		return false;
	*out = n == UINT32_MAX ? STR_NONE : str_slice(*rest, 0, n);
	if (n == UINT32_MAX)
		return true;
	if (rest->n < n)
		return false;
	*rest = str_slice(*rest, n, rest->n);
	return true;
}

static bool read_guard(struct str bytes, struct plan_guard *g)
{
	uint32_t n_sources, n_variables, n_commands;
	if (!take(&bytes, &n_sources, sizeof(n_sources)) || !take(&bytes, &n_variables, sizeof(n_variables)) ||
	    !take(&bytes, &n_commands, sizeof(n_commands)))
		return false;
	for (uint32_t i = 0; i < n_sources; i++) {
		struct plan_source s;
		if (!take(&bytes, &s.stamp, sizeof(s.stamp)) || !take_str(&bytes, &s.path))
			return false;
		vec_push(&g->sources, s);
	}
	for (uint32_t i = 0; i < n_variables; i++) {
		struct plan_variable v;
		if (!take_str(&bytes, &v.name) || !take_str(&bytes, &v.value))
			return false;
		vec_push(&g->variables, v);
	}
	for (uint32_t i = 0; i < n_commands; i++) {
		struct plan_command c;
		if (!take_str(&bytes, &c.argv) || !take_str(&bytes, &c.overlay) || !take_str(&bytes, &c.directory) ||
		    !take(&bytes, &c.output, sizeof(c.output)) || !take(&bytes, &c.is_quiet, sizeof(c.is_quiet)))
			return false;
		vec_push(&g->commands, c);
	}
	return true;
}

static bool fits(const struct head *h, uint64_t size)
{
	uint64_t at = sizeof(*h);
	if (memcmp(h->magic, magic, sizeof(magic)) != 0 || h->format != FORMAT || h->node_size != sizeof(struct plan_node) ||
	    h->file_size != sizeof(struct plan_file))
		return false;
	for (int i = 0; i < SECTIONS; i++) {
		if (h->at[i] != ((at + 7) & ~(uint64_t)7) || h->size[i] > size || h->at[i] + h->size[i] > size)
			return false;
		at = h->at[i] + h->size[i];
	}
	uint64_t n_nodes = h->size[NODES] / sizeof(struct plan_node), n_files = h->size[FILES] / sizeof(struct plan_file);
	if (h->size[KNOWN] != n_files * sizeof(struct plan_known) || h->size[RESULTS] != n_nodes * sizeof(struct digest))
		return false;
	return h->size[STRINGS] > 0 && h->size[WORDS] > 0 && (uint64_t)h->n_roots * sizeof(uint32_t) == h->size[ROOTS];
}

static bool use(const struct head *h, struct plan_stored *out, struct plan *plan)
{
	const char *base = out->map;
	*plan = (struct plan){
		.nodes = (const void *)(base + h->at[NODES]), .n_nodes = (uint32_t)(h->size[NODES] / sizeof(struct plan_node)),
		.files = (const void *)(base + h->at[FILES]), .n_files = (uint32_t)(h->size[FILES] / sizeof(struct plan_file)),
		.known = (const void *)(base + h->at[KNOWN]), .results = (const void *)(base + h->at[RESULTS]),
		.order = (const void *)(base + h->at[ORDER]), .n_order = (uint32_t)(h->size[ORDER] / sizeof(struct plan_order)),
		.n_refs = (uint32_t)(h->size[REFS] / sizeof(uint32_t)), .n_words = (uint32_t)(h->size[WORDS] / sizeof(uint32_t)),
		.n_strings = (uint32_t)h->size[STRINGS],
		.refs = (const void *)(base + h->at[REFS]), .words = (const void *)(base + h->at[WORDS]), .strings = base + h->at[STRINGS],
	};
	out->roots = (const void *)(base + h->at[ROOTS]);
	out->n_roots = h->n_roots;
	out->guard.question = h->question;
	/* One pass over all that is always used; the strings end with a NUL, so that no name leads out of them. */
	size_t summed = h->at[REFS] + h->size[REFS] - sizeof(*h);
	if (sum_of(base + sizeof(*h), summed) != h->sum || base[h->at[STRINGS] + h->size[STRINGS] - 1] != '\0')
		return false;
	for (uint32_t i = 0; i < plan->n_files; i++)
		if (plan->files[i].name + sizeof(uint32_t) >= h->size[STRINGS])
			return false;
	return read_guard((struct str){ base + h->at[GUARD], h->size[GUARD] }, &out->guard);
}

bool plan_file_open(struct str path, const struct digest *question, struct plan_stored *out, struct plan *plan)
{
	struct arena a = { 0 };
	struct stat st;
	AUTO_FD fd = open(arena_cstr(&a, path), O_RDONLY | O_CLOEXEC);
	arena_deinit(&a);
	*out = (struct plan_stored){ 0 };
	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size < (off_t)sizeof(struct head))
		return false;
	void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return false;
	out->map = map;
	out->size = (size_t)st.st_size;
	const struct head *h = map;
	if (fits(h, (uint64_t)st.st_size) && digest_eq(&h->question, question) && use(h, out, plan))
		return true;
	plan_file_close(out);
	return false;
}

bool plan_file_is_sound(const struct plan_stored *s)
{
	const struct head *h = s->map;
	const char *base = s->map;
	return sum_of(base + h->at[WORDS], h->at[STRINGS] + h->size[STRINGS] - h->at[WORDS]) == h->text_sum;
}

void plan_file_close(struct plan_stored *s)
{
	if (s->map)
		munmap(s->map, s->size);
	vec_deinit(&s->guard.sources);
	vec_deinit(&s->guard.variables);
	vec_deinit(&s->guard.commands);
	*s = (struct plan_stored){ 0 };
}

/* --- writing --- */

static void add_str(struct buf *b, struct str s)
{
	uint32_t n = s.p ? (uint32_t)s.n : UINT32_MAX;
	buf_add_bytes(b, &n, sizeof(n));
	buf_add(b, s);
}

static void encode_guard(const struct plan_guard *g, struct buf *b)
{
	uint32_t counts[] = { (uint32_t)g->sources.n, (uint32_t)g->variables.n, (uint32_t)g->commands.n };
	buf_add_bytes(b, counts, sizeof(counts));
	for (size_t i = 0; i < g->sources.n; i++) {
		buf_add_bytes(b, &g->sources.p[i].stamp, sizeof(struct plan_stamp));
		add_str(b, g->sources.p[i].path);
	}
	for (size_t i = 0; i < g->variables.n; i++) {
		add_str(b, g->variables.p[i].name);
		add_str(b, g->variables.p[i].value);
	}
	for (size_t i = 0; i < g->commands.n; i++) {
		const struct plan_command *c = &g->commands.p[i];
		add_str(b, c->argv);
		add_str(b, c->overlay);
		add_str(b, c->directory);
		buf_add_bytes(b, &c->output, sizeof(c->output));
		buf_add_bytes(b, &c->is_quiet, sizeof(c->is_quiet));
	}
}

static bool write_all(int fd, const void *bytes, size_t n, uint64_t at)
{
	for (size_t done = 0; done < n;) {
		ssize_t w = pwrite(fd, (const char *)bytes + done, n - done, (off_t)(at + done));
		if (w < 0 && errno != EINTR)
			return false;
		done += (size_t)MAX(w, (ssize_t)0);
	}
	return true;
}

/* Nodes and files go through a small block, so that patching needs no copy of the plan. */
static bool write_nodes(int fd, const struct plan *p, const struct plan_patch *patch, const struct head *h)
{
	struct plan_node block[CHUNK];
	struct digest results[CHUNK];
	for (uint32_t i = 0; i < p->n_nodes; i += CHUNK) {
		uint32_t n = MIN(p->n_nodes - i, (uint32_t)CHUNK);
		memcpy(block, p->nodes + i, n * sizeof(block[0]));
		memset(results, 0, sizeof(results));
		if (p->results)
			memcpy(results, p->results + i, n * sizeof(results[0]));
		for (uint32_t k = 0; k < n; k++)
			patch->node(patch->ctx, i + k, &block[k], &results[k]);
		if (!write_all(fd, block, n * sizeof(block[0]), h->at[NODES] + i * sizeof(block[0])) ||
		    !write_all(fd, results, n * sizeof(results[0]), h->at[RESULTS] + i * sizeof(results[0])))
			return false;
	}
	return true;
}

static bool write_files(int fd, const struct plan *p, const struct plan_patch *patch, const struct head *h)
{
	struct plan_file block[CHUNK];
	struct plan_known known[CHUNK];
	for (uint32_t i = 0; i < p->n_files; i += CHUNK) {
		uint32_t n = MIN(p->n_files - i, (uint32_t)CHUNK);
		memcpy(block, p->files + i, n * sizeof(block[0]));
		memset(known, 0, sizeof(known));
		if (p->known)
			memcpy(known, p->known + i, n * sizeof(known[0]));
		for (uint32_t k = 0; k < n; k++)
			patch->file(patch->ctx, i + k, &block[k], &known[k]);
		if (!write_all(fd, block, n * sizeof(block[0]), h->at[FILES] + i * sizeof(block[0])) ||
		    !write_all(fd, known, n * sizeof(known[0]), h->at[KNOWN] + i * sizeof(known[0])))
			return false;
	}
	return true;
}

static void place(struct head *h, const struct plan *p, const struct buf *guard, uint32_t n_roots)
{
	uint64_t at = sizeof(*h);
	*h = (struct head){ .format = FORMAT, .node_size = sizeof(struct plan_node), .file_size = sizeof(struct plan_file), .n_roots = n_roots };
	memcpy(h->magic, magic, sizeof(magic));
	h->size[NODES] = p->n_nodes * sizeof(struct plan_node);
	h->size[FILES] = p->n_files * sizeof(struct plan_file);
	h->size[KNOWN] = p->n_files * sizeof(struct plan_known);
	h->size[RESULTS] = p->n_nodes * sizeof(struct digest);
	h->size[ORDER] = p->n_order * sizeof(struct plan_order);
	h->size[ROOTS] = n_roots * sizeof(uint32_t);
	h->size[GUARD] = guard->n;
	h->size[REFS] = p->n_refs * sizeof(uint32_t);
	h->size[WORDS] = p->n_words * sizeof(uint32_t);
	h->size[STRINGS] = p->n_strings;
	for (int i = 0; i < SECTIONS; i++) {
		h->at[i] = (at + 7) & ~(uint64_t)7;
		at = h->at[i] + h->size[i];
	}
}

static bool write_tables(int fd, const struct plan *p, const struct plan_patch *patch, const struct buf *guard, const uint32_t *roots,
			 const struct head *h)
{
	return ftruncate(fd, (off_t)(h->at[STRINGS] + h->size[STRINGS])) == 0 && write_nodes(fd, p, patch, h) &&
	       write_files(fd, p, patch, h) && write_all(fd, p->order, h->size[ORDER], h->at[ORDER]) &&
	       write_all(fd, roots, h->size[ROOTS], h->at[ROOTS]) && write_all(fd, guard->p, guard->n, h->at[GUARD]) &&
	       write_all(fd, p->refs, h->size[REFS], h->at[REFS]) && write_all(fd, p->words, h->size[WORDS], h->at[WORDS]) &&
	       write_all(fd, p->strings, h->size[STRINGS], h->at[STRINGS]);
}

/* Sums of what has been written, read back. */
static bool add_sums(int fd, struct head *h)
{
	char *piece = xmalloc(PIECE);
	bool ok = sum_of_file(fd, sizeof(*h), h->at[REFS] + h->size[REFS], piece, &h->sum) &&
		  sum_of_file(fd, h->at[WORDS], h->at[STRINGS] + h->size[STRINGS], piece, &h->text_sum);
	free(piece);
	return ok;
}

/* -1: another process writes it. What one that was killed has left is taken over after a while. */
static int open_new(const char *name)
{
	struct stat st;
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0 || errno != EEXIST || stat(name, &st) != 0 || time(NULL) - st.st_mtim.tv_sec < STALE_SECONDS)
		return fd;
	unlink(name);
	return open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

bool plan_file_save(struct str path, const struct plan *plan, const struct plan_patch *patch, const struct plan_guard *guard, const uint32_t *roots,
		    uint32_t n_roots, struct err *err)
{
	struct arena a = { 0 };
	AUTO_BUF guard_bytes = { 0 };
	struct head head;
	const char *name = arena_cstr(&a, path), *new = arena_fmt(&a, "%s.new", name).p;
	AUTO_FD fd = open_new(new);
	bool ok = true;
	if (fd >= 0) {
		encode_guard(guard, &guard_bytes);
		place(&head, plan, &guard_bytes, n_roots);
		head.question = guard->question;
		ok = write_tables(fd, plan, patch, &guard_bytes, roots, &head) && add_sums(fd, &head) && write_all(fd, &head, sizeof(head), 0) &&
		     rename(new, name) == 0;
		if (!ok)
			err_set(err, ERR_IO, "cannot write '%s': %s", name, strerror(errno));
		if (!ok)
			unlink(new);
	}
	arena_deinit(&a);
	return ok;
}
