/* The summary of a run: JSON for programs (docs/events.md), Markdown for people (the job summary of a CI system). */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run/observe_internal.h"

enum { ROWS_MAX = 500 }; /* of the Markdown table: job summaries are limited to 1 MiB */

struct observe_totals observe_count(const observed_list *tasks)
{
	struct observe_totals n = { 0 };
	for (size_t i = 0; i < tasks->n; i++) {
		const struct observed *t = &tasks->p[i];
		/* Parts are in their step's numbers. */
		if (t->kind == OBSERVE_PART || t->ended_us < 0)
			continue;
		n.ran += t->how == OBSERVE_RAN || t->how == OBSERVE_DIFFERS;
		n.cached += t->how == OBSERVE_WAS_CACHED || t->how == OBSERVE_RESTORED;
		n.failed += t->how == OBSERVE_FAILED;
		n.skipped += t->how == OBSERVE_SKIPPED;
		n.saved_ms += t->saved_ms;
	}
	return n;
}

static int64_t duration_ms(const struct observed *t)
{
	return t->ended_us < 0 ? 0 : (t->ended_us - t->began_us) / 1000;
}

static void add_field(struct buf *b, const char *key, struct str value)
{
	if (value.n == 0)
		return;
	buf_addf(b, ",\"%s\":", key);
	observe_add_json(b, value);
}

static void add_task(struct buf *out, uint32_t id, const struct observed *t)
{
	buf_addf(out, "{\"id\":%u,\"step\":", id);
	observe_add_json(out, t->name);
	buf_addf(out, ",\"what\":\"%s\",\"how\":\"%s\",\"duration_ms\":%lld,\"saved_ms\":%lld", observe_kinds[t->kind],
		 t->ended_us < 0 ? "unfinished" : observe_hows[t->how], (long long)duration_ms(t), (long long)t->saved_ms);
	if (t->parent)
		buf_addf(out, ",\"parent\":%u", t->parent);
	add_field(out, "file", t->file);
	if (t->line)
		buf_addf(out, ",\"line\":%u", t->line);
	if (t->status)
		buf_addf(out, ",\"status\":%d", t->status);
	add_field(out, "why", t->why);
	add_field(out, "summary", t->summary);
	add_field(out, "error", t->error);
	buf_add_char(out, '}');
}

void observe_summary_json(const struct observe_run *run, struct buf *out)
{
	struct observe_totals n = observe_count(run->tasks);
	struct tm tm;
	char time[32];
	time_t began = (time_t)run->began;
	strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&began, &tm));
	buf_addf(out, "{\"v\":1,\"time\":\"%s\",\"duration_ms\":%lld,\"status\":%d,\"ran\":%d,\"cached\":%d,\"failed\":%d,\"skipped\":%d,\"saved_ms\":%lld,\"tasks\":[",
		 time, (long long)(run->duration_us / 1000), run->status, n.ran, n.cached, n.failed, n.skipped, (long long)n.saved_ms);
	for (size_t i = 0; i < run->tasks->n; i++) {
		buf_add_c(out, i ? ",\n" : "\n");
		add_task(out, (uint32_t)i + 1, &run->tasks->p[i]);
	}
	buf_add_c(out, "\n]}\n");
}

/* --- Markdown --- */

static void add_time(struct buf *out, int64_t ms)
{
	if (ms < 60000)
		buf_addf(out, "%lld.%lld s", (long long)ms / 1000, (long long)ms % 1000 / 100);
	else
		buf_addf(out, "%lld min %lld s", (long long)ms / 60000, (long long)ms % 60000 / 1000);
}

/* Text in a cell: what would end the cell or begin markup is written as an entity. */
static void add_cell(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '\n' || c == '\r')
			buf_add_c(out, c == '\n' ? "<br>" : "");
		else if (memchr("|<>&*_`[]\\", c, 10))
			buf_addf(out, "&#%d;", c);
		else
			buf_add_char(out, c);
	}
}

static void add_row(struct buf *out, const struct observed *t)
{
	static const char *const marks[] = { "ran", "unchanged", "restored", "**failed**", "skipped", "differs" };
	buf_add_c(out, "| ");
	add_cell(out, t->name);
	buf_addf(out, " | %s | ", t->ended_us < 0 ? "unfinished" : marks[t->how]);
	if (t->how == OBSERVE_WAS_CACHED || t->how == OBSERVE_RESTORED) {
		if (t->saved_ms) {
			add_time(out, t->saved_ms);
			buf_add_c(out, " saved");
		}
	} else {
		add_time(out, duration_ms(t));
	}
	buf_add_c(out, " | ");
	add_cell(out, t->error.n ? t->error : t->summary.n ? t->summary : t->why);
	buf_add_c(out, " |\n");
}

void observe_summary_markdown(const struct observe_run *run, struct buf *out)
{
	struct observe_totals n = observe_count(run->tasks);
	size_t rows = 0, left_out = 0;
	buf_addf(out, "### raibid-run: %s in ", run->status == 0 ? "done" : "failed");
	add_time(out, run->duration_us / 1000);
	buf_addf(out, "\n\n%d ran, %d unchanged, %d failed, %d skipped", n.ran, n.cached, n.failed, n.skipped);
	if (n.saved_ms > 0) {
		buf_add_c(out, "; ");
		add_time(out, n.saved_ms);
		buf_add_c(out, " saved");
	}
	buf_add_c(out, "\n\n");
	for (size_t i = 0; i < run->tasks->n; i++) {
		const struct observed *t = &run->tasks->p[i];
		if (t->kind == OBSERVE_PART)
			continue;
		if (rows == ROWS_MAX) {
			left_out++;
			continue;
		}
		if (rows++ == 0)
			buf_add_c(out, "| task | | time | |\n|---|---|---:|---|\n");
		add_row(out, t);
	}
	if (left_out)
		buf_addf(out, "\n… and %zu more\n", left_out);
	buf_add_char(out, '\n');
}
