/*
 * One mutex guards all. On a terminal the block of running steps at the bottom is taken away before anything is printed and drawn again
 * after it; it is drawn at most every REDRAW_MS, and only when something happens: there is no clock of its own. What a
 * step printed as its result is kept until its end, so that the
 * results of steps side by side do not mix.
 */
#include "run/out.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "run/observe.h"

enum { REDRAW_MS = 60, BAR_WIDTH = 20 };

struct out_step {
	struct out *out;
	struct out_step *parent;
	struct out_step *next; /* of the running ones, in order of their begin */
	struct buf name, doing, log, result, summary;
	uint64_t done, total;
	int64_t began_ms;
	int64_t saved_ms;
	uint32_t id;         /* the observer's */
	bool hidden;
};

struct out {
	struct out_options opt;
	pthread_mutex_t lock;
	struct out_step *running;
	int total, ended;
	int drawn_lines;
	int64_t drawn_ms;
	int print_errno; /* of the first result that could not be written; 0: none */
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Fails with errno; the work goes on all the same. */
static bool write_all(int fd, struct str s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0 && errno != EINTR)
			return false;
		s = str_slice(s, n < 0 ? 0 : (size_t)n, s.n);
	}
	return true;
}

/* --- the block of running steps --- */

static void add_clipped(struct buf *b, struct str line, int columns)
{
	size_t width = 0;
	while (line.n) {
		uint32_t rune;
		size_t n = utf8_decode(line, &rune);
		size_t w = utf8_width(str_slice(line, 0, n));
		if (width + w >= (size_t)columns)
			break;
		width += w;
		buf_add(b, str_slice(line, 0, n));
		line = str_slice(line, n, line.n);
	}
}

static void add_size(struct buf *b, double bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB" };
	size_t u = 0;
	for (; bytes >= 1024 && u + 1 < ARRAY_LEN(units); u++)
		bytes /= 1024;
	buf_addf(b, u ? "%.1f %s" : "%.0f %s", bytes, units[u]);
}

static void add_bar(struct buf *b, uint64_t done, uint64_t total)
{
	int filled = total ? (int)(MIN(done, total) * BAR_WIDTH / total) : 0;
	buf_add_char(b, '[');
	buf_add_repeat(b, '=', (size_t)filled);
	if (filled < BAR_WIDTH)
		buf_add_char(b, '>');
	buf_add_repeat(b, ' ', (size_t)MAX(BAR_WIDTH - filled - 1, 0));
	buf_add_char(b, ']');
}

static void add_running(struct buf *b, const struct out_step *s, int64_t now, int columns)
{
	AUTO_BUF line = { 0 };
	buf_add_c(&line, s->parent ? "    " : "  ");
	buf_add(&line, buf_str(&s->name));
	if (s->total) {
		buf_add_char(&line, ' ');
		add_bar(&line, s->done, s->total);
	}
	if (s->done) {
		buf_add_char(&line, ' ');
		add_size(&line, (double)s->done);
		if (now > s->began_ms + 200) {
			buf_add_c(&line, ", ");
			add_size(&line, (double)s->done * 1000 / (double)(now - s->began_ms));
			buf_add_c(&line, "/s");
		}
	}
	if (s->doing.n)
		buf_addf(&line, "  %.*s", STR_ARG(buf_str(&s->doing)));
	add_clipped(b, buf_str(&line), columns);
	buf_add_char(b, '\n');
}

static void add_erase(struct out *o, struct buf *b)
{
	if (o->drawn_lines)
		buf_addf(b, "\x1b[%dA\x1b[J", o->drawn_lines);
	o->drawn_lines = 0;
}

static void draw(struct out *o, struct buf *b)
{
	if (!o->opt.terminal || o->opt.quiet || !o->running)
		return;
	int64_t now = now_ms();
	for (struct out_step *s = o->running; s; s = s->next) {
		if (s->hidden || (s->parent && s->parent->hidden))
			continue;
		add_running(b, s, now, o->opt.columns);
		o->drawn_lines++;
	}
	if (o->total > 1) {
		add_bar(b, (uint64_t)o->ended, (uint64_t)o->total);
		buf_addf(b, " %d/%d\n", o->ended, o->total);
		o->drawn_lines++;
	}
	o->drawn_ms = now;
}

static void redraw(struct out *o)
{
	if (!o->opt.terminal || o->opt.quiet || now_ms() - o->drawn_ms < REDRAW_MS)
		return;
	AUTO_BUF b = { 0 };
	add_erase(o, &b);
	draw(o, &b);
	write_all(o->opt.fd_err, buf_str(&b));
}

/* Prints whole lines above the block. */
static void say(struct out *o, struct str text)
{
	AUTO_BUF b = { 0 };
	add_erase(o, &b);
	buf_add(&b, text);
	draw(o, &b);
	write_all(o->opt.fd_err, buf_str(&b));
}

static void add_log(const struct out *o, struct buf *b, struct str log)
{
	struct arena a = { 0 };
	struct str line;
	log = observe_masked(o->opt.observe, log, &a);
	while (str_next_line(&log, &line))
		buf_addf(b, "    %.*s\n", STR_ARG(line));
	arena_deinit(&a);
}

/* Lines that are shown as they come are not shown again at the end. */
static bool shows_at_once(const struct out_step *s)
{
	const struct out_options *opt = &s->out->opt;
	return opt->verbose && !opt->quiet && !s->hidden && (opt->mode == OUT_STREAM || opt->mode == OUT_PREFIX);
}

static void show_line(struct out_step *s, struct str line)
{
	AUTO_BUF b = { 0 };
	struct arena a = { 0 };
	if (s->out->opt.mode == OUT_PREFIX)
		buf_addf(&b, "%.*s | ", STR_ARG(buf_str(&s->name)));
	else
		buf_add_c(&b, "    ");
	buf_add(&b, observe_masked(s->out->opt.observe, line, &a));
	buf_add_char(&b, '\n');
	say(s->out, buf_str(&b));
	arena_deinit(&a);
}

/* --- life of steps --- */

struct out *out_new(const struct out_options *options)
{
	struct out *o = xcalloc(1, sizeof(*o));
	o->opt = *options;
	if (o->opt.columns <= 0)
		o->opt.columns = 80;
	pthread_mutex_init(&o->lock, NULL);
	return o;
}

void out_free(struct out *o)
{
	if (!o)
		return;
	pthread_mutex_destroy(&o->lock);
	free(o);
}

void out_total(struct out *o, int steps)
{
	pthread_mutex_lock(&o->lock);
	o->total += steps;
	pthread_mutex_unlock(&o->lock);
}

static struct out_step *begin(struct out *o, struct out_step *parent, const struct observe_task *task)
{
	struct out_step *s = xcalloc(1, sizeof(*s));
	s->out = o;
	s->parent = parent;
	s->began_ms = now_ms();
	buf_add(&s->name, task->name);
	pthread_mutex_lock(&o->lock);
	s->id = observe_begin(o->opt.observe, task);
	struct out_step **at = &o->running;
	if (parent) {
		while (*at && *at != parent)
			at = &(*at)->next;
		while (*at && ((*at) == parent || (*at)->parent == parent))
			at = &(*at)->next;
	} else {
		while (*at)
			at = &(*at)->next;
	}
	s->next = *at;
	*at = s;
	redraw(o);
	pthread_mutex_unlock(&o->lock);
	return s;
}

struct out_step *out_begin(struct out *o, struct str name, struct str file, uint32_t line)
{
	return begin(o, NULL, &(struct observe_task){ .kind = OBSERVE_STEP, .name = name, .file = file, .line = line });
}

void out_saved(struct out_step *s, int64_t ms)
{
	s->saved_ms = ms;
}

struct out_step *out_part_begin(struct out_step *parent, struct str name)
{
	return begin(parent->out, parent, &(struct observe_task){ .kind = OBSERVE_PART, .name = name, .parent = parent->id });
}

static void unlink_step(struct out *o, struct out_step *s)
{
	struct out_step **at = &o->running;
	while (*at && *at != s)
		at = &(*at)->next;
	if (*at)
		*at = s->next;
}

static void free_step(struct out_step *s)
{
	buf_deinit(&s->name);
	buf_deinit(&s->doing);
	buf_deinit(&s->log);
	buf_deinit(&s->result);
	buf_deinit(&s->summary);
	free(s);
}

void out_hide(struct out_step *s)
{
	pthread_mutex_lock(&s->out->lock);
	s->hidden = true;
	pthread_mutex_unlock(&s->out->lock);
}

void out_doing(struct out_step *s, const char *fmt, ...)
{
	va_list ap;
	pthread_mutex_lock(&s->out->lock);
	buf_clear(&s->doing);
	va_start(ap, fmt);
	buf_addvf(&s->doing, fmt, ap);
	va_end(ap);
	redraw(s->out);
	pthread_mutex_unlock(&s->out->lock);
}

void out_bytes(struct out_step *s, uint64_t done, uint64_t total)
{
	pthread_mutex_lock(&s->out->lock);
	s->done = done;
	s->total = total;
	redraw(s->out);
	pthread_mutex_unlock(&s->out->lock);
}

void out_log(struct out_step *s, const char *fmt, ...)
{
	va_list ap;
	pthread_mutex_lock(&s->out->lock);
	size_t before = s->log.n;
	va_start(ap, fmt);
	buf_addvf(&s->log, fmt, ap);
	va_end(ap);
	observe_text(s->out->opt.observe, s->id, OBSERVE_LOG, str_slice(buf_str(&s->log), before, s->log.n));
	if (shows_at_once(s))
		show_line(s, str_slice(buf_str(&s->log), before, s->log.n));
	buf_add_char(&s->log, '\n');
	pthread_mutex_unlock(&s->out->lock);
}

void out_note(struct out_step *s, const char *fmt, ...)
{
	va_list ap;
	AUTO_BUF text = { 0 };
	va_start(ap, fmt);
	buf_addvf(&text, fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&s->out->lock);
	observe_text(s->out->opt.observe, s->id, OBSERVE_NOTE, buf_str(&text));
	buf_add_char(&text, '\n');
	say(s->out, buf_str(&text));
	pthread_mutex_unlock(&s->out->lock);
}

void out_warn(struct out *o, const char *fmt, ...)
{
	va_list ap;
	AUTO_BUF text = { 0 };
	buf_add_c(&text, "warning: ");
	va_start(ap, fmt);
	buf_addvf(&text, fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&o->lock);
	observe_text(o->opt.observe, 0, OBSERVE_NOTE, buf_str(&text));
	buf_add_char(&text, '\n');
	say(o, buf_str(&text));
	pthread_mutex_unlock(&o->lock);
}

void out_print(struct out_step *s, struct str bytes)
{
	pthread_mutex_lock(&s->out->lock);
	buf_add(&s->result, bytes);
	pthread_mutex_unlock(&s->out->lock);
}

void out_summary(struct out_step *s, const char *fmt, ...)
{
	va_list ap;
	pthread_mutex_lock(&s->out->lock);
	buf_clear(&s->summary);
	va_start(ap, fmt);
	buf_addvf(&s->summary, fmt, ap);
	va_end(ap);
	pthread_mutex_unlock(&s->out->lock);
}

struct str out_get_summary(struct out_step *s)
{
	return buf_str(&s->summary);
}

static void add_colored(const struct out *o, struct buf *b, const char *code, const char *text)
{
	if (o->opt.color)
		buf_addf(b, "\x1b[%sm%s\x1b[0m", code, text);
	else
		buf_add_c(b, text);
}

static void add_end_line(const struct out *o, struct buf *b, struct out_step *s, enum out_end how)
{
	static const struct { const char *word, *color; } words[] = {
		[OUT_RAN] = { "done", "32" }, [OUT_CACHED] = { "unchanged", "36" }, [OUT_FAILED] = { "failed", "31" },
		[OUT_SKIPPED] = { "skipped", "33" }, [OUT_DIFFERS] = { "differs", "33" },
	};
	add_colored(o, b, words[how].color, words[how].word);
	buf_add_repeat(b, ' ', 10 - strlen(words[how].word));
	buf_add(b, buf_str(&s->name));
	if (s->summary.n)
		buf_addf(b, "  %.*s", STR_ARG(buf_str(&s->summary)));
	int64_t ms = now_ms() - s->began_ms;
	if (how != OUT_CACHED && ms >= 10)
		buf_addf(b, "  %lld.%02lld s", (long long)ms / 1000, (long long)ms % 1000 / 10);
	buf_add_char(b, '\n');
}

static void end_observed(struct out *o, struct out_step *s, enum out_end how, const struct err *err)
{
	static const enum observe_how hows[] = { OBSERVE_RAN, OBSERVE_WAS_CACHED, OBSERVE_FAILED, OBSERVE_SKIPPED, OBSERVE_DIFFERS };
	struct observe_result result = { .how = hows[how], .saved_ms = how == OUT_CACHED ? s->saved_ms : 0, .summary = buf_str(&s->summary), .err = err };
	observe_end(o->opt.observe, s->id, &result);
}

/* The last line and the log; where CI folds lines the line is the title. */
static void add_end(struct out *o, struct buf *b, struct out_step *s, enum out_end how)
{
	AUTO_BUF line = { 0 };
	bool folds = observe_has_groups(o->opt.observe) && s->log.n > 0 && !shows_at_once(s);
	add_end_line(o, &line, s, how);
	if (folds)
		observe_group_begin(o->opt.observe, s->id, str_drop_suffix(buf_str(&line), STR("\n")), b);
	else
		buf_add(b, buf_str(&line));
	if (s->log.n && !shows_at_once(s) && (folds || how == OUT_FAILED || o->opt.verbose))
		add_log(o, b, buf_str(&s->log));
	if (folds)
		observe_group_end(o->opt.observe, s->id, b);
}

void out_end(struct out_step *s, enum out_end how, const struct err *err)
{
	struct out *o = s->out;
	AUTO_BUF b = { 0 };
	pthread_mutex_lock(&o->lock);
	unlink_step(o, s);
	o->ended++;
	if (!o->opt.quiet && !s->hidden)
		add_end(o, &b, s, how);
	say(o, buf_str(&b));
	if (!write_all(o->opt.fd_out, buf_str(&s->result)) && !o->print_errno)
		o->print_errno = errno;
	end_observed(o, s, how, err);
	pthread_mutex_unlock(&o->lock);
	free_step(s);
}

bool out_check(struct out *o, struct err *err)
{
	pthread_mutex_lock(&o->lock);
	int code = o->print_errno;
	pthread_mutex_unlock(&o->lock);
	return code == 0 || code == EPIPE || err_set(err, ERR_IO, "cannot write the output: %s", strerror(code));
}

void out_part_end(struct out_step *part, enum out_end how)
{
	struct out *o = part->out;
	pthread_mutex_lock(&o->lock);
	unlink_step(o, part);
	end_observed(o, part, how, NULL);
	redraw(o);
	pthread_mutex_unlock(&o->lock);
	free_step(part);
}
