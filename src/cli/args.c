/*
 * args.c: see args.h.
 *
 * One pass over the words. An option that takes values stays "pending" until the next option, `--` or the end shows how many it got; only
 * then are its values counted and checked, so that of two faults the one met first by a reader is the one reported. What was seen is kept in
 * the order of appearance, since usage lines and conflicts follow it; variables of the environment come after, in the table's order.
 */
#include <string.h>

#include "base/map.h"
#include "base/num.h"
#include "base/utf8.h"
#include "cli/args.h"

/* Similarity from which a name is offered as a tip. */
#define SIMILAR 0.7

struct reading {
	const struct args_input *in;
	struct arena *a;
	struct args *out;
	struct buf *message;
	struct map longs;        /* name → const struct arg_spec * */
	const struct arg_spec *shorts[128];
	const struct arg_spec *positional;
	VEC(size_t) order;       /* rows in order of appearance */
	const struct arg_spec *pending; /* its values are still coming */
	VEC(struct str) values;  /* of `pending` */
	bool open;               /* the next word may be a value of `pending` */
};

static struct arg_seen *seen_of(struct reading *r, const struct arg_spec *spec)
{
	return &r->out->seen[spec - r->in->table];
}

/* How messages name the option: with dashes and its values; the positional in brackets. */
static struct str shown(struct reading *r, const struct arg_spec *spec)
{
	if (spec->kind == ARG_POSITIONAL)
		return arena_fmt(r->a, "[%s]%s", spec->name, spec->shown);
	return arena_fmt(r->a, "--%s%s", spec->name, spec->shown ? spec->shown : "");
}

/* ---- similarity ---- */

/* Decodes into `out`, at most `cap` code points. */
static size_t runes_of(struct str s, uint32_t *out, size_t cap)
{
	size_t n = 0;
	while (s.n > 0 && n < cap) {
		size_t step = utf8_decode(s, &out[n++]);
		s = str_slice(s, step, s.n);
	}
	return n;
}

#define RUNES_MAX 256

/* Jaro similarity of two words, 0 to 1: shared characters within half the longer word, less half of those out of order. */
static double jaro(struct str left, struct str right)
{
	uint32_t a[RUNES_MAX], b[RUNES_MAX];
	size_t na = runes_of(left, a, RUNES_MAX), nb = runes_of(right, b, RUNES_MAX);
	if (na == 0 && nb == 0)
		return 1;
	if (na == 0 || nb == 0)
		return 0;
	size_t window = MAX(na, nb) / 2;
	window = window > 0 ? window - 1 : 0;
	bool in_a[RUNES_MAX] = { false }, in_b[RUNES_MAX] = { false };
	size_t matches = 0;
	for (size_t i = 0; i < na; i++) {
		size_t from = i > window ? i - window : 0, to = MIN(nb, i + window + 1);
		for (size_t j = from; j < to; j++) {
			if (in_b[j] || a[i] != b[j])
				continue;
			in_a[i] = in_b[j] = true;
			matches++;
			break;
		}
	}
	if (matches == 0)
		return 0;
	size_t moved = 0;
	for (size_t i = 0, j = 0; i < na; i++) {
		if (!in_a[i])
			continue;
		while (!in_b[j])
			j++;
		moved += a[i] != b[j++];
	}
	double m = (double)matches;
	return (m / (double)na + m / (double)nb + (m - (double)(moved / 2)) / m) / 3;
}

/* The most similar of the table's long names, the later of equals; NULL below the mark. */
static const struct arg_spec *similar_option(struct reading *r, struct str word)
{
	const struct arg_spec *best = NULL;
	double score = SIMILAR;
	for (size_t i = 0; i < r->in->n; i++) {
		const struct arg_spec *spec = &r->in->table[i];
		if (spec->kind == ARG_POSITIONAL || (spec->extension && !r->in->extensions))
			continue;
		double s = jaro(word, str_c(spec->name));
		if (s > SIMILAR && s >= score) {
			best = spec;
			score = s;
		}
	}
	return best;
}

/* ---- messages ---- */

static void usage_add(struct map *set, struct reading *r, const struct arg_spec *spec, bool *positional)
{
	if (spec->kind == ARG_POSITIONAL)
		*positional = true;
	else
		map_put(set, shown(r, spec));
}

/* The usage line for the options `used`; with none the general one. */
static void add_usage(struct reading *r, const struct arg_spec *const *used, size_t n)
{
	struct buf *b = r->message;
	buf_addf(b, "\nUsage: %s", r->in->program);
	const char *name = r->positional->name, *more = r->positional->shown;
	if (n == 0) {
		buf_addf(b, " [OPTIONS] [%s]%s\n", name, more);
		return;
	}
	struct map set;
	map_init(&set, 0, r->a);
	bool positional = false;
	for (size_t i = 0; i < n; i++)
		usage_add(&set, r, used[i], &positional);
	for (size_t i = 0; i < map_len(&set); i++)
		buf_addf(b, " %.*s", STR_ARG(map_key(&set, i)));
	buf_addf(b, positional ? " <%s>%s\n" : " [%s]%s\n", name, more);
}

static bool finish(struct reading *r)
{
	buf_add_c(r->message, "\nFor more information, try '--help'.\n");
	return false;
}

/* Fails with the usage line for what was seen so far and `extra` (may be NULL). */
static bool fail_with_seen(struct reading *r, const struct arg_spec *extra)
{
	VEC(const struct arg_spec *) used = { 0 };
	for (size_t i = 0; i < r->order.n; i++)
		vec_push_in(&used, r->a, &r->in->table[r->order.p[i]]);
	if (extra)
		vec_push_in(&used, r->a, extra);
	add_usage(r, used.p, used.n);
	return finish(r);
}

static bool fail_plain(struct reading *r)
{
	add_usage(r, NULL, 0);
	return finish(r);
}

static void add_choices(struct reading *r, const struct arg_spec *spec)
{
	static const char *const flag[] = { "true", "false", NULL };
	const char *const *choices = spec->choices ? spec->choices : spec->kind == ARG_FLAG ? flag : NULL;
	if (!choices)
		return;
	buf_add_c(r->message, "  [possible values: ");
	for (size_t i = 0; choices[i]; i++)
		buf_addf(r->message, "%s%s", i ? ", " : "", choices[i]);
	buf_add_c(r->message, "]\n");
}

static bool fail_no_value(struct reading *r, const struct arg_spec *spec)
{
	buf_addf(r->message, "error: a value is required for '%.*s' but none was supplied\n", STR_ARG(shown(r, spec)));
	add_choices(r, spec);
	return finish(r);
}

static bool fail_choice(struct reading *r, const struct arg_spec *spec, struct str value, const char *const *choices)
{
	if (value.n == 0)
		return fail_no_value(r, spec);
	buf_add_c(r->message, "error: invalid value '");
	for (struct str rest = value; rest.n > 0;) {
		uint32_t rune;
		rest = str_slice(rest, utf8_decode(rest, &rune), rest.n);
		buf_add_rune(r->message, rune);
	}
	buf_addf(r->message, "' for '%.*s'\n", STR_ARG(shown(r, spec)));
	add_choices(r, spec);
	const char *best = NULL;
	double score = SIMILAR;
	for (size_t i = 0; choices[i]; i++) {
		double s = jaro(value, str_c(choices[i]));
		if (s > SIMILAR && s >= score) {
			best = choices[i];
			score = s;
		}
	}
	if (best)
		buf_addf(r->message, "\n  tip: a similar value exists: '%s'\n", best);
	return finish(r);
}

/* `word` with its dashes; the similar option, if any, becomes part of the usage line. */
static bool fail_unknown(struct reading *r, struct str word, bool is_long)
{
	AUTO_BUF clean = { 0 };
	for (struct str rest = word; rest.n > 0;) {
		uint32_t rune;
		rest = str_slice(rest, utf8_decode(rest, &rune), rest.n);
		buf_add_rune(&clean, rune);
	}
	word = buf_to_arena(&clean, r->a);
	const struct arg_spec *near = is_long ? similar_option(r, str_slice(word, 2, word.n)) : NULL;
	buf_addf(r->message, "error: unexpected argument '%.*s' found\n\n", STR_ARG(word));
	if (near)
		buf_addf(r->message, "  tip: a similar argument exists: '--%s'\n", near->name);
	buf_addf(r->message, "  tip: to pass '%.*s' as a value, use '-- %.*s'\n", STR_ARG(word), STR_ARG(word));
	return is_long ? fail_with_seen(r, near) : fail_plain(r);
}

/* ---- taking values ---- */

static bool fail_invalid(struct reading *r, const struct arg_spec *spec, struct str value, const char *why)
{
	buf_addf(r->message, "error: invalid value '%.*s' for '%.*s': %s\n", STR_ARG(value), STR_ARG(shown(r, spec)), why);
	return finish(r);
}

static bool check_utf8(struct reading *r, struct str value)
{
	if (utf8_valid(value))
		return true;
	buf_add_c(r->message, "error: invalid UTF-8 was detected in one or more arguments\n");
	return fail_plain(r);
}

static bool value_allowed(struct reading *r, const struct arg_spec *spec, struct str value)
{
	if (spec->choices) {
		for (size_t i = 0; spec->choices[i]; i++) {
			if (str_eq_c(value, spec->choices[i]))
				return true;
		}
		return fail_choice(r, spec, value, spec->choices);
	}
	if (!check_utf8(r, value))
		return false;
	const char *why;
	if (spec->check && !spec->check(r->a, value, &why))
		return fail_invalid(r, spec, value, why);
	return true;
}

static bool overrides(const struct arg_spec *a, const struct arg_spec *b)
{
	return (a->overrides && strcmp(a->overrides, b->name) == 0) || (b->overrides && strcmp(b->overrides, a->name) == 0);
}

/* Forgets what this option overrides, and what overrides it. */
static void drop_overridden(struct reading *r, const struct arg_spec *spec)
{
	size_t kept = 0;
	for (size_t i = 0; i < r->order.n; i++) {
		const struct arg_spec *other = &r->in->table[r->order.p[i]];
		if (overrides(spec, other))
			*seen_of(r, other) = (struct arg_seen){ 0 };
		else
			r->order.p[kept++] = r->order.p[i];
	}
	r->order.n = kept;
}

static void note_seen(struct reading *r, const struct arg_spec *spec)
{
	struct arg_seen *seen = seen_of(r, spec);
	if (!seen->present)
		vec_push_in(&r->order, r->a, (size_t)(spec - r->in->table));
	seen->present = true;
	seen->count++;
}

static bool fail_twice(struct reading *r, const struct arg_spec *spec)
{
	buf_addf(r->message, "error: the argument '%.*s' cannot be used multiple times\n", STR_ARG(shown(r, spec)));
	return fail_plain(r);
}

/* Takes an option with these values as given on the command line. */
static bool take(struct reading *r, const struct arg_spec *spec, const struct str *values, size_t n)
{
	struct arg_seen *seen = seen_of(r, spec);
	bool exact = spec->kind == ARG_APPEND || spec->kind == ARG_VALUE;
	size_t min = spec->kind == ARG_VALUE ? 1 : spec->min;
	if (spec->kind != ARG_POSITIONAL && n == 0 && min > 0)
		return fail_no_value(r, spec);
	if (exact && n != min) {
		buf_addf(r->message, "error: %zu values required for '%.*s' but %zu was provided\n", min, STR_ARG(shown(r, spec)), n);
		return fail_plain(r);
	}
	bool once = spec->kind == ARG_FLAG || spec->kind == ARG_FALSEY || spec->kind == ARG_VALUE;
	if (once && seen->present)
		return fail_twice(r, spec);
	for (size_t i = 0; i < n; i++) {
		if (!value_allowed(r, spec, values[i]))
			return false;
	}
	drop_overridden(r, spec);
	note_seen(r, spec);
	seen->on = true;
	for (size_t i = 0; i < n; i++)
		vec_push_in(&seen->values, r->a, values[i]);
	return true;
}

static bool take_pending(struct reading *r)
{
	if (!r->pending)
		return true;
	const struct arg_spec *spec = r->pending;
	r->pending = NULL;
	r->open = false;
	bool ok = take(r, spec, r->values.p, r->values.n);
	r->values.n = 0;
	return ok;
}

/* As take_pending, where another fault is reported instead of one found here. */
static void drop_pending(struct reading *r)
{
	size_t n = r->message->n;
	if (!take_pending(r))
		r->message->n = n;
}

static bool takes_value(const struct arg_spec *spec)
{
	return spec->kind == ARG_VALUE || spec->kind == ARG_APPEND || spec->kind == ARG_LIST;
}

/* Whether the pending option can take another word. */
static bool wants_more(struct reading *r)
{
	const struct arg_spec *spec = r->pending;
	size_t most = spec->kind == ARG_LIST || spec->kind == ARG_POSITIONAL ? SIZE_MAX : spec->kind == ARG_APPEND ? spec->min : 1;
	return r->values.n < most;
}

static void start_pending(struct reading *r, const struct arg_spec *spec)
{
	r->pending = spec;
	r->values.n = 0;
	r->open = spec->kind != ARG_POSITIONAL;
}

/* An option that takes values, with the one attached to it if `attached`. */
static bool option_with_value(struct reading *r, const struct arg_spec *spec, const struct str *attached)
{
	if (!take_pending(r))
		return false;
	if (attached)
		return take(r, spec, attached, 1);
	start_pending(r, spec);
	return true;
}

static bool flag(struct reading *r, const struct arg_spec *spec)
{
	if (!take_pending(r))
		return false;
	if (spec->kind == ARG_STOP) {
		r->out->stop = spec;
		return true;
	}
	return take(r, spec, NULL, 0);
}

static bool long_option(struct reading *r, struct str word)
{
	struct str name = str_slice(word, 2, word.n), value = { 0 };
	size_t at = str_find_char(name, '=');
	bool attached = at != STR_NPOS;
	if (attached) {
		value = str_slice(name, at + 1, name.n);
		name = str_slice(name, 0, at);
	}
	const struct arg_spec **found = map_find(&r->longs, name);
	if (!found) {
		drop_pending(r);
		return fail_unknown(r, arena_fmt(r->a, "--%.*s", STR_ARG(name)), true);
	}
	const struct arg_spec *spec = *found;
	if (takes_value(spec))
		return option_with_value(r, spec, attached ? &value : NULL);
	if (!attached)
		return flag(r, spec);
	drop_pending(r);
	buf_addf(r->message, "error: unexpected value '%.*s' for '%.*s' found; no more were expected\n", STR_ARG(value),
	         STR_ARG(shown(r, spec)));
	return fail_with_seen(r, spec);
}

static bool short_options(struct reading *r, struct str word)
{
	for (size_t i = 1; i < word.n && !r->out->stop;) {
		uint32_t rune;
		struct str rest = str_slice(word, i, word.n);
		size_t n = utf8_decode(rest, &rune);
		bool bad = n == 1 && rune == UTF8_BAD;
		const struct arg_spec *spec = rune < 128 ? r->shorts[rune] : NULL;
		if (!spec) {
			drop_pending(r);
			return fail_unknown(r, arena_fmt(r->a, "-%.*s", (int)(bad ? rest.n : n), rest.p), false);
		}
		i += n;
		if (!takes_value(spec)) {
			if (!flag(r, spec))
				return false;
			continue;
		}
		struct str value = str_slice(word, i, word.n);
		bool attached = value.n > 0;
		value = str_drop_prefix(value, STR("="));
		return option_with_value(r, spec, attached ? &value : NULL);
	}
	return true;
}

/* A word that is no option. */
static bool plain_word(struct reading *r, struct str word)
{
	if (r->open && r->pending) {
		vec_push_in(&r->values, r->a, word);
		r->open = wants_more(r);
		return true;
	}
	if (r->pending != r->positional) {
		if (!take_pending(r))
			return false;
		start_pending(r, r->positional);
	}
	vec_push_in(&r->values, r->a, word);
	return true;
}

static bool read_words(struct reading *r)
{
	bool trailing = false;
	for (int i = 0; i < r->in->argc && !r->out->stop; i++) {
		struct str word = str_c(r->in->argv[i]);
		bool raw = trailing || (r->pending && r->open && r->pending->hyphens);
		if (!raw && str_eq(word, STR("--"))) {
			trailing = true;
			r->open = false;
			continue;
		}
		bool ok;
		if (!raw && str_starts(word, STR("--")))
			ok = long_option(r, word);
		else if (!raw && word.n > 1 && word.p[0] == '-')
			ok = short_options(r, word);
		else
			ok = plain_word(r, word);
		if (!ok)
			return false;
		trailing |= r->pending == r->positional;
	}
	return r->out->stop || take_pending(r);
}

/* ---- the environment ---- */

const char *args_env(char **environ, const char *name)
{
	size_t n = strlen(name);
	for (size_t i = 0; environ[i]; i++) {
		if (environ[i][0] == name[0] && strncmp(environ[i], name, n) == 0 && environ[i][n] == '=')
			return environ[i] + n + 1;
	}
	return NULL;
}

static bool count_from(struct reading *r, const struct arg_spec *spec, struct str value, uint32_t *out)
{
	const char *why;
	int64_t n;
	if (!arg_whole(r->a, value, &n, &why))
		return fail_invalid(r, spec, value, why);
	if (n < 0 || n > UINT8_MAX)
		return fail_invalid(r, spec, value, arena_fmt(r->a, "%lld is not in 0..=255", (long long)n).p);
	*out = (uint32_t)n;
	return true;
}

/* False words of a variable that switches a flag. */
static bool is_falsey(struct str value)
{
	static const char *const words[] = { "n", "no", "f", "false", "off", "0", NULL };
	for (size_t i = 0; words[i]; i++) {
		if (str_eq_nocase(value, str_c(words[i])))
			return true;
	}
	return value.n == 0;
}

static bool take_variable(struct reading *r, const struct arg_spec *spec, struct str value)
{
	static const char *const flag_words[] = { "true", "false", NULL };
	struct arg_seen *seen = seen_of(r, spec);
	if (spec->kind == ARG_FLAG) {
		if (!str_eq_c(value, "true") && !str_eq_c(value, "false"))
			return fail_choice(r, spec, value, flag_words);
		seen->on = str_eq_c(value, "true");
	} else if (spec->kind == ARG_FALSEY) {
		if (!check_utf8(r, value))
			return false;
		seen->on = !is_falsey(value);
	} else if (spec->kind == ARG_COUNT) {
		uint32_t n = 0;
		if (!check_utf8(r, value) || !count_from(r, spec, value, &n))
			return false;
		note_seen(r, spec);
		seen->count = n;
		return true;
	} else {
		if (!value_allowed(r, spec, value))
			return false;
		vec_push_in(&seen->values, r->a, value);
	}
	note_seen(r, spec);
	return true;
}

static bool read_environment(struct reading *r)
{
	for (size_t i = 0; i < r->in->n; i++) {
		const struct arg_spec *spec = &r->in->table[i];
		if (!spec->env || r->out->seen[i].present)
			continue;
		const char *value = args_env(r->in->environ, spec->env);
		if (value && !take_variable(r, spec, str_c(value)))
			return false;
	}
	return true;
}

/* ---- what goes with what ---- */

static bool names(const struct arg_spec *spec, const char *other)
{
	for (size_t i = 0; i < ARG_PEERS && spec->conflicts[i]; i++) {
		if (strcmp(spec->conflicts[i], other) == 0)
			return true;
	}
	return false;
}

/* Whether `a` goes with one command alone, and `b` is another. */
static bool excludes(const struct arg_spec *a, const struct arg_spec *b)
{
	return a->only_with && b->command && strcmp(b->name, a->only_with) != 0;
}

static bool conflict(const struct arg_spec *a, const struct arg_spec *b)
{
	if (a == b)
		return false;
	if ((a->command && b->command) || overrides(a, b))
		return true;
	if ((a->no_arguments && b->kind == ARG_POSITIONAL) || (b->no_arguments && a->kind == ARG_POSITIONAL))
		return true;
	return names(a, b->name) || names(b, a->name) || excludes(a, b) || excludes(b, a);
}

typedef VEC(const struct arg_spec *) spec_list;

static bool list_has(const spec_list *list, const struct arg_spec *spec)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->p[i] == spec)
			return true;
	}
	return false;
}

static const struct arg_spec *spec_named(struct reading *r, const char *name)
{
	for (size_t i = 0; i < r->in->n; i++) {
		if (strcmp(r->in->table[i].name, name) == 0)
			return &r->in->table[i];
	}
	return NULL;
}

/* The usage line of a conflict: what was given but for `against`, after what that requires. */
static void conflict_usage(struct reading *r, const spec_list *against)
{
	spec_list given = { 0 }, used = { 0 };
	for (size_t i = 0; i < r->order.n; i++) {
		const struct arg_spec *spec = &r->in->table[r->order.p[i]];
		if (!list_has(against, spec))
			vec_push_in(&given, r->a, spec);
	}
	for (size_t i = 0; i < given.n; i++) {
		const struct arg_spec *required = given.p[i]->required ? spec_named(r, given.p[i]->required) : NULL;
		if (required && !list_has(&given, required) && !list_has(against, required))
			vec_push_in(&used, r->a, required);
	}
	for (size_t i = 0; i < given.n; i++)
		vec_push_in(&used, r->a, given.p[i]);
	add_usage(r, used.p, used.n);
}

static bool check_conflicts(struct reading *r)
{
	for (size_t i = 0; i < r->order.n; i++) {
		const struct arg_spec *spec = &r->in->table[r->order.p[i]];
		spec_list against = { 0 };
		for (size_t j = 0; j < r->order.n; j++) {
			const struct arg_spec *other = &r->in->table[r->order.p[j]];
			if (conflict(spec, other))
				vec_push_in(&against, r->a, other);
		}
		if (against.n == 0)
			continue;
		buf_addf(r->message, "error: the argument '%.*s' cannot be used with", STR_ARG(shown(r, spec)));
		if (against.n == 1)
			buf_addf(r->message, " '%.*s'\n", STR_ARG(shown(r, against.p[0])));
		else
			buf_add_c(r->message, ":\n");
		for (size_t j = 0; against.n > 1 && j < against.n; j++)
			buf_addf(r->message, "  %.*s\n", STR_ARG(shown(r, against.p[j])));
		conflict_usage(r, &against);
		return finish(r);
	}
	return true;
}

/* A missing requirement is forgiven where something that excludes it was given. */
static bool is_excluded(struct reading *r, const struct arg_spec *spec)
{
	for (size_t i = 0; i < r->order.n; i++) {
		if (conflict(spec, &r->in->table[r->order.p[i]]))
			return true;
	}
	return false;
}

static bool check_required(struct reading *r)
{
	spec_list required = { 0 }, missing = { 0 };
	for (size_t i = 0; i < r->order.n; i++) {
		const char *name = r->in->table[r->order.p[i]].required;
		const struct arg_spec *spec = name ? spec_named(r, name) : NULL;
		if (!spec || list_has(&required, spec))
			continue;
		vec_push_in(&required, r->a, spec);
		if (!seen_of(r, spec)->present && !is_excluded(r, spec))
			vec_push_in(&missing, r->a, spec);
	}
	if (missing.n == 0)
		return true;
	buf_add_c(r->message, "error: the following required arguments were not provided:\n");
	for (size_t i = 0; i < missing.n; i++)
		buf_addf(r->message, "  %.*s\n", STR_ARG(shown(r, missing.p[i])));
	for (size_t i = 0; i < r->order.n; i++)
		vec_push_in(&required, r->a, &r->in->table[r->order.p[i]]);
	add_usage(r, required.p, required.n);
	return finish(r);
}

/* ---- */

static void index_table(struct reading *r)
{
	map_init(&r->longs, sizeof(const struct arg_spec *), r->a);
	for (size_t i = 0; i < r->in->n; i++) {
		const struct arg_spec *spec = &r->in->table[i];
		if (spec->extension && !r->in->extensions)
			continue;
		if (spec->kind == ARG_POSITIONAL) {
			r->positional = spec;
			continue;
		}
		*(const struct arg_spec **)map_put(&r->longs, str_c(spec->name)) = spec;
		if (spec->letter)
			r->shorts[(unsigned char)spec->letter] = spec;
	}
}

bool args_parse(const struct args_input *in, struct arena *a, struct args *out, struct buf *message)
{
	struct reading r = { .in = in, .a = a, .out = out, .message = message };
	*out = (struct args){ .table = in->table, .n = in->n, .seen = arena_array(a, struct arg_seen, in->n) };
	index_table(&r);
	if (!read_words(&r))
		return false;
	return out->stop || (read_environment(&r) && check_conflicts(&r) && check_required(&r));
}

const struct arg_seen *args_get(const struct args *args, const char *name)
{
	for (size_t i = 0; i < args->n; i++) {
		const char *known = args->table[i].name;
		if (known[0] == name[0] && strcmp(known, name) == 0)
			return &args->seen[i];
	}
	base_die("no option '%s'", name);
}

bool args_on(const struct args *args, const char *name)
{
	return args_get(args, name)->on;
}

struct str args_value(const struct args *args, const char *name)
{
	const struct arg_seen *seen = args_get(args, name);
	if (seen->values.n > 0)
		return vec_last(&seen->values);
	const char *fallback = args->table[seen - args->seen].fallback;
	return fallback ? str_c(fallback) : STR_NONE;
}

bool arg_natural(struct arena *a, struct str value, uint64_t *out, const char **why)
{
	(void)a;
	*why = value.n == 0 ? "cannot parse integer from empty string" : "invalid digit found in string";
	struct str digits = value.n > 1 && value.p[0] == '+' ? str_slice(value, 1, value.n) : value;
	uint64_t n = 0;
	bool fits = true;
	for (size_t i = 0; i < digits.n; i++) {
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return false;
		fits &= !__builtin_mul_overflow(n, 10, &n) && !__builtin_add_overflow(n, (uint64_t)(digits.p[i] - '0'), &n);
	}
	if (digits.n == 0)
		return false;
	*why = "number too large to fit in target type";
	*out = n;
	return fits;
}

bool arg_whole(struct arena *a, struct str value, int64_t *out, const char **why)
{
	(void)a;
	*why = value.n == 0 ? "cannot parse integer from empty string" : "invalid digit found in string";
	struct str digits = value.n > 1 && (value.p[0] == '-' || value.p[0] == '+') ? str_slice(value, 1, value.n) : value;
	for (size_t i = 0; i < digits.n; i++) {
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return false;
	}
	if (digits.n == 0)
		return false;
	if (!str_to_int(value, out)) {
		*why = value.p[0] == '-' ? "number too small to fit in target type" : "number too large to fit in target type";
		return false;
	}
	return true;
}
