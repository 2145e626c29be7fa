/*
 * Tasks are kept in an arena until the end: a summary needs them all, and a trace needs the begin of what ends. One mutex guards everything; each event is one
 * write, so that readers of a pipe see whole lines.
 *
 * Rows of the trace viewer: a task takes the lowest row that is free, a part its parent's row where no other part is on it, since what stands in one row must lie
 * within each other.
 */
#include "run/observe.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/env.h"
#include "base/utf8.h"
#include "run/observe_internal.h"

enum { SECRET_MIN = 6, LANES_MAX = 4096, TEXT_MAX = 64 * 1024 };

const char *const observe_kinds[] = { "recipe", "cached", "step", "part" };
const char *const observe_hows[] = { "ran", "cached", "restored", "failed", "skipped", "differs" };

struct observe {
	struct observe_options opt;
	pthread_mutex_t lock;
	struct arena arena;
	observed_list tasks;
	VEC(struct str) secrets;
	VEC(bool) lanes;       /* taken */
	int fd_events, fd_trace;
	bool is_first;         /* no entry is in the trace yet */
	bool has_told;         /* an annotation of a failure was made */
	bool is_markdown, appends;
	int64_t began_us, began;
};

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void write_all(int fd, struct str s)
{
	while (fd >= 0 && s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* nobody listens: the work goes on */
		s = str_slice(s, (size_t)n, s.n);
	}
}

/* --- secrets --- */

static bool is_secret_name(struct str name)
{
	static const struct str parts[] = {
		STR_INIT("TOKEN"), STR_INIT("PASSWORD"), STR_INIT("PASSWD"), STR_INIT("SECRET"), STR_INIT("APIKEY"), STR_INIT("API_KEY"),
		STR_INIT("ACCESS_KEY"), STR_INIT("PRIVATE_KEY"), STR_INIT("CREDENTIAL"), STR_INIT("PASSPHRASE"),
	};
	char upper[128];
	size_t n = MIN(name.n, sizeof(upper));
	for (size_t i = 0; i < n; i++)
		upper[i] = name.p[i] >= 'a' && name.p[i] <= 'z' ? (char)(name.p[i] - 'a' + 'A') : name.p[i];
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (str_contains((struct str){ upper, n }, parts[i]))
			return true;
	return false;
}

static void find_secrets(struct observe *o)
{
	for (char *const *e = o->opt.environ; e && *e; e++) {
		struct str name, value;
		/* Short values and paths (a file that holds the secret) would mask what they do not mean. */
		if (str_cut(str_c(*e), '=', &name, &value) && value.n >= SECRET_MIN && value.p[0] != '/' && is_secret_name(name))
			vec_push_in(&o->secrets, &o->arena, arena_str(&o->arena, value));
	}
}

/* The text with secrets masked, in `a` where there were any. */
static struct str masked(const struct observe *o, struct str s, struct arena *a)
{
	for (size_t i = 0; i < o->secrets.n; i++) {
		if (!str_contains(s, o->secrets.p[i]))
			continue;
		AUTO_BUF b = { 0 };
		for (size_t at; (at = str_find(s, o->secrets.p[i])) != STR_NPOS; s = str_slice(s, at + o->secrets.p[i].n, s.n)) {
			buf_add(&b, str_slice(s, 0, at));
			buf_add_c(&b, "***");
		}
		buf_add(&b, s);
		s = buf_to_arena(&b, a);
	}
	return s;
}

struct str observe_masked(const struct observe *o, struct str text, struct arena *a)
{
	return o ? masked(o, text, a) : text;
}

static struct str kept(struct observe *o, struct str s)
{
	struct str m = masked(o, s, &o->arena);
	return m.p == s.p ? arena_str(&o->arena, s) : m;
}

/* --- JSON --- */

void observe_add_json(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	while (s.n) {
		uint32_t rune;
		unsigned char c = (unsigned char)s.p[0];
		size_t n = c < 0x80 ? 1 : utf8_decode(s, &rune);
		if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_addf(out, "\\u%04x", c);
		else if (c < 0x80)
			buf_add_char(out, (char)c);
		else
			buf_add_rune(out, rune);
		s = str_slice(s, n, s.n);
	}
	buf_add_char(out, '"');
}

static void add_field(struct buf *b, const char *key, struct str value)
{
	if (value.n == 0)
		return;
	buf_addf(b, ",\"%s\":", key);
	observe_add_json(b, value);
}

/* --- events: one JSON object a line, docs/events.md --- */

static void begin_event(const struct observe *o, struct buf *b, const char *type)
{
	buf_addf(b, "{\"v\":1,\"ms\":%lld,\"event\":\"%s\"", (long long)((now_us() - o->began_us) / 1000), type);
}

static void add_task(struct buf *b, uint32_t id, const struct observed *t)
{
	buf_addf(b, ",\"id\":%u,\"step\":", id);
	observe_add_json(b, t->name);
	buf_addf(b, ",\"what\":\"%s\"", observe_kinds[t->kind]);
	if (t->parent)
		buf_addf(b, ",\"parent\":%u", t->parent);
}

static void send_event(const struct observe *o, struct buf *b)
{
	buf_add_c(b, "}\n");
	write_all(o->fd_events, buf_str(b));
}

static void event_run(const struct observe *o)
{
	AUTO_BUF b = { 0 };
	struct tm tm;
	char time[32];
	time_t now = (time_t)o->began;
	if (o->fd_events < 0)
		return;
	strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	begin_event(o, &b, "run");
	buf_addf(&b, ",\"time\":\"%s\"", time);
	send_event(o, &b);
}

/* --- trace: the JSON array form of the Trace Event format, of which viewers forgive a missing end --- */

static void add_entry(struct observe *o, struct buf *entry)
{
	AUTO_BUF b = { 0 };
	buf_add_c(&b, o->is_first ? "[\n" : ",\n");
	buf_add(&b, buf_str(entry));
	o->is_first = false;
	write_all(o->fd_trace, buf_str(&b));
}

static void trace_task(struct observe *o, const struct observed *t)
{
	AUTO_BUF b = { 0 };
	if (o->fd_trace < 0)
		return;
	buf_add_c(&b, "{\"name\":");
	observe_add_json(&b, t->name);
	buf_addf(&b, ",\"cat\":\"%s\",\"ph\":\"X\",\"ts\":%lld,\"dur\":%lld,\"pid\":1,\"tid\":%d,\"args\":{\"how\":\"%s\"", observe_kinds[t->kind],
		 (long long)t->began_us, (long long)(t->ended_us - t->began_us), t->lane + 1, observe_hows[t->how]);
	add_field(&b, "why", t->why);
	add_field(&b, "summary", t->summary);
	add_field(&b, "error", t->error);
	add_field(&b, "file", t->file);
	if (t->line)
		buf_addf(&b, ",\"line\":%u", t->line);
	if (t->saved_ms)
		buf_addf(&b, ",\"saved_ms\":%lld", (long long)t->saved_ms);
	buf_add_c(&b, "}}");
	add_entry(o, &b);
}

static void trace_run(struct observe *o)
{
	AUTO_BUF b = { 0 };
	if (o->fd_trace < 0)
		return;
	buf_add_c(&b, "{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":1,\"tid\":0,\"args\":{\"name\":\"raibid-run\"}}");
	add_entry(o, &b);
}

static int take_lane(struct observe *o, struct observed *part_of)
{
	if (part_of && !part_of->has_part) {
		part_of->has_part = true;
		return part_of->lane;
	}
	size_t i = 0;
	while (i < o->lanes.n && o->lanes.p[i])
		i++;
	if (i == LANES_MAX)
		return LANES_MAX;
	if (i == o->lanes.n)
		vec_push_in(&o->lanes, &o->arena, true);
	o->lanes.p[i] = true;
	return (int)i;
}

static void free_lane(struct observe *o, const struct observed *t)
{
	struct observed *parent = t->parent ? &o->tasks.p[t->parent - 1] : NULL;
	if (parent && parent->lane == t->lane)
		parent->has_part = false;
	else if (t->lane < LANES_MAX)
		o->lanes.p[t->lane] = false;
}

/* --- opening and closing --- */

enum observe_ci observe_find_ci(char *const *environ)
{
	if (str_eq(env_get(environ, STR("GITHUB_ACTIONS")), STR("true")))
		return OBSERVE_GITHUB;
	return env_get(environ, STR("GITLAB_CI")).n ? OBSERVE_GITLAB : OBSERVE_NO_CI;
}

static bool open_file(struct str path, int flags, int *fd, struct err *err)
{
	struct arena a = { 0 };
	*fd = path.n ? open(arena_cstr(&a, path), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666) : -1;
	arena_deinit(&a);
	return *fd >= 0 || path.n == 0 || err_set(err, ERR_IO, "cannot write '%.*s': %s", STR_ARG(path), strerror(errno));
}

static void free_observe(struct observe *o)
{
	if (o->fd_events > STDERR_FILENO)
		close(o->fd_events);
	base_close_fd(&o->fd_trace);
	pthread_mutex_destroy(&o->lock);
	arena_deinit(&o->arena);
	free(o);
}

bool observe_new(const struct observe_options *options, struct observe **out, struct err *err)
{
	*out = NULL;
	if (!options->events.n && !options->trace_file.n && !options->summary_file.n && options->ci == OBSERVE_NO_CI)
		return true;
	struct observe *o = xcalloc(1, sizeof(*o));
	struct str step_summary = env_get(options->environ, STR("GITHUB_STEP_SUMMARY"));
	int probe = -1;
	o->opt = *options;
	pthread_mutex_init(&o->lock, NULL);
	o->fd_events = o->fd_trace = -1;
	o->is_first = true;
	o->began_us = now_us();
	o->began = time(NULL);
	o->appends = step_summary.n && str_eq(step_summary, options->summary_file);
	o->is_markdown = o->appends || str_ends(options->summary_file, STR(".md"));
	find_secrets(o);
	/* What cannot be written is told before the work, not after it. */
	bool ok = open_file(options->summary_file, o->appends ? O_APPEND : 0, &probe, err) &&
		  open_file(options->trace_file, O_TRUNC, &o->fd_trace, err);
	base_close_fd(&probe);
	if (ok && str_eq(options->events, STR("-")))
		o->fd_events = options->fd_out;
	else
		ok = ok && open_file(options->events, O_TRUNC, &o->fd_events, err);
	if (!ok) {
		free_observe(o);
		return false;
	}
	event_run(o);
	trace_run(o);
	*out = o;
	return true;
}

static void write_summary(struct observe *o, int status)
{
	AUTO_BUF b = { 0 };
	AUTO_ERR ignored = { 0 };
	int fd;
	struct observe_run run = { .tasks = &o->tasks, .began = o->began, .duration_us = now_us() - o->began_us, .status = status };
	if (!o->opt.summary_file.n || !open_file(o->opt.summary_file, o->appends ? O_APPEND : O_TRUNC, &fd, &ignored))
		return;
	if (o->is_markdown)
		observe_summary_markdown(&run, &b);
	else
		observe_summary_json(&run, &b);
	write_all(fd, buf_str(&b));
	close(fd);
}

void observe_end_run(struct observe *o, int status)
{
	if (!o)
		return;
	struct observe_totals n = observe_count(&o->tasks);
	AUTO_BUF b = { 0 };
	if (o->fd_events >= 0) {
		begin_event(o, &b, "done");
		buf_addf(&b, ",\"status\":%d,\"ran\":%d,\"cached\":%d,\"failed\":%d,\"skipped\":%d,\"saved_ms\":%lld", status, n.ran, n.cached, n.failed,
			 n.skipped, (long long)n.saved_ms);
		send_event(o, &b);
	}
	write_all(o->fd_trace, STR("\n]\n"));
	write_summary(o, status);
	free_observe(o);
}

/* --- tasks --- */

uint32_t observe_begin(struct observe *o, const struct observe_task *task)
{
	AUTO_BUF b = { 0 };
	if (!o)
		return 0;
	pthread_mutex_lock(&o->lock);
	struct observed *parent = task->parent ? &o->tasks.p[task->parent - 1] : NULL;
	struct observed t = { .kind = task->kind, .name = kept(o, task->name), .file = kept(o, task->file), .why = kept(o, task->why),
			      .parent = task->parent, .line = task->line, .lane = take_lane(o, parent),
			      .began_us = now_us() - o->began_us, .ended_us = -1 };
	vec_push_in(&o->tasks, &o->arena, t);
	uint32_t id = (uint32_t)o->tasks.n;
	if (o->fd_events >= 0) {
		begin_event(o, &b, "begin");
		add_task(&b, id, &t);
		add_field(&b, "why", t.why);
		add_field(&b, "file", t.file);
		if (t.line)
			buf_addf(&b, ",\"line\":%u", t.line);
		send_event(o, &b);
	}
	pthread_mutex_unlock(&o->lock);
	return id;
}

void observe_text(struct observe *o, uint32_t task, enum observe_text_kind kind, struct str text)
{
	AUTO_BUF b = { 0 };
	struct arena a = { 0 };
	if (!o || o->fd_events < 0)
		return;
	pthread_mutex_lock(&o->lock);
	begin_event(o, &b, kind == OBSERVE_LOG ? "log" : "note");
	if (task)
		add_task(&b, task, &o->tasks.p[task - 1]);
	buf_add_c(&b, ",\"text\":");
	observe_add_json(&b, masked(o, str_slice(text, 0, TEXT_MAX), &a));
	send_event(o, &b);
	pthread_mutex_unlock(&o->lock);
	arena_deinit(&a);
}

/* --- annotations --- */

/* What a workflow command of GitHub's takes as it is: the rest is in per cent. */
static void add_escaped(struct buf *b, struct str s, bool is_property)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ',')))
			buf_addf(b, "%%%02X", (unsigned char)c);
		else
			buf_add_char(b, c);
	}
}

static void annotate(struct observe *o, struct str file, uint32_t line, uint32_t column, struct str title, struct str message)
{
	AUTO_BUF b = { 0 };
	if (o->opt.ci != OBSERVE_GITHUB || o->has_told)
		return;
	o->has_told = true;
	buf_add_c(&b, "::error ");
	if (file.n) {
		buf_add_c(&b, "file=");
		add_escaped(&b, file, true);
		if (line)
			buf_addf(&b, ",line=%u", line);
		if (line && column)
			buf_addf(&b, ",col=%u", column);
		buf_add_char(&b, ',');
	}
	buf_add_c(&b, "title=");
	add_escaped(&b, title.n ? title : STR("raibid-run"), true);
	buf_add_c(&b, "::");
	add_escaped(&b, message, false);
	buf_add_char(&b, '\n');
	write_all(o->opt.fd_err, buf_str(&b));
}

void observe_error(struct observe *o, const struct err *err)
{
	struct arena a = { 0 };
	if (!o)
		return;
	pthread_mutex_lock(&o->lock);
	annotate(o, str_c(err->pos.file), err->pos.line, err->pos.column, STR_NONE, masked(o, str_c(err->message), &a));
	pthread_mutex_unlock(&o->lock);
	arena_deinit(&a);
}

static void tell_failure(struct observe *o, const struct observed *t, const struct observe_result *r)
{
	bool has_place = r->err && r->err->pos.file;
	bool more = o->has_told;
	o->has_told = false; /* each failed task has one of its own */
	annotate(o, has_place ? str_c(r->err->pos.file) : t->file, has_place ? r->err->pos.line : r->line ? r->line : t->line,
		 has_place ? r->err->pos.column : 0, t->name, t->error.n ? t->error : STR("failed"));
	o->has_told = o->has_told || more;
}

void observe_end(struct observe *o, uint32_t task, const struct observe_result *r)
{
	AUTO_BUF b = { 0 };
	if (!o || !task)
		return;
	pthread_mutex_lock(&o->lock);
	struct observed *t = &o->tasks.p[task - 1];
	t->ended_us = now_us() - o->began_us;
	t->how = r->how;
	t->status = r->status;
	t->saved_ms = r->saved_ms;
	t->summary = kept(o, r->summary);
	t->error = kept(o, r->err ? str_c(r->err->message) : STR_NONE);
	free_lane(o, t);
	if (o->fd_events >= 0) {
		begin_event(o, &b, "end");
		add_task(&b, task, t);
		buf_addf(&b, ",\"how\":\"%s\",\"duration_ms\":%lld,\"summary\":", observe_hows[t->how], (long long)((t->ended_us - t->began_us) / 1000));
		observe_add_json(&b, t->summary);
		if (t->saved_ms)
			buf_addf(&b, ",\"saved_ms\":%lld", (long long)t->saved_ms);
		if (t->status)
			buf_addf(&b, ",\"status\":%d", t->status);
		if (r->err)
			buf_addf(&b, ",\"kind\":\"%s\"", err_kind_name(r->err->kind));
		add_field(&b, "error", t->error);
		send_event(o, &b);
	}
	trace_task(o, t);
	if (r->how == OBSERVE_FAILED && t->kind != OBSERVE_PART)
		tell_failure(o, t, r);
	pthread_mutex_unlock(&o->lock);
}

/* --- groups --- */

bool observe_has_groups(const struct observe *o)
{
	return o && o->opt.ci != OBSERVE_NO_CI;
}

void observe_group_begin(const struct observe *o, uint32_t id, struct str title, struct buf *out)
{
	struct arena a = { 0 };
	if (!observe_has_groups(o))
		return;
	title = masked(o, title, &a);
	if (o->opt.ci == OBSERVE_GITHUB)
		buf_addf(out, "::group::%.*s\n", STR_ARG(title));
	else
		buf_addf(out, "\x1b[0Ksection_start:%lld:raibid_%u[collapsed=true]\r\x1b[0K%.*s\n", (long long)time(NULL), id, STR_ARG(title));
	arena_deinit(&a);
}

void observe_group_end(const struct observe *o, uint32_t id, struct buf *out)
{
	if (!observe_has_groups(o))
		return;
	if (o->opt.ci == OBSERVE_GITHUB)
		buf_add_c(out, "::endgroup::\n");
	else
		buf_addf(out, "\x1b[0Ksection_end:%lld:raibid_%u\r\x1b[0K\n", (long long)time(NULL), id);
}
