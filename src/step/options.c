/* One pass over the words. */
#include "step/options.h"

static bool fail(const struct step_def *def, struct err *err)
{
	return err_hint(err, "usage: %.*s %s", STR_ARG(def->name), def->usage);
}

static const struct step_option *find(const struct step_option *table, struct str name)
{
	for (; table->name; table++)
		if (str_eq_c(name, table->name) || (table->alias && str_eq_c(name, table->alias)))
			return table;
	return NULL;
}

static void store(const struct step_option *o, struct str value, struct arena *a, void *opts)
{
	void *member = (char *)opts + o->offset;
	switch (o->kind) {
	case STEP_FLAG:
		*(bool *)member = true;
		break;
	case STEP_VALUE:
		*(struct str *)member = value;
		break;
	case STEP_LIST:
		vec_push_in((step_words *)member, a, value);
		break;
	}
}

bool step_options(const struct step_def *def, const struct step_option *table, const step_words *args, size_t least, size_t most,
		  struct arena *a, void *opts, step_words *operands, struct err *err)
{
	step_words found = { 0 };
	bool ended = false;
	for (size_t i = 0; i < args->n; i++) {
		struct str word = args->p[i], name, value;
		if (ended || word.n < 2 || word.p[0] != '-') {
			vec_push_in(&found, a, word);
			continue;
		}
		if (str_eq(word, STR("--"))) {
			ended = true;
			continue;
		}
		bool inline_value = str_starts(word, STR("--")) && str_cut(word, '=', &name, &value);
		const struct step_option *o = find(table, inline_value ? name : word);
		if (!o || (inline_value && o->kind == STEP_FLAG)) {
			err_set(err, ERR_USAGE, "%.*s: unknown option '%.*s'", STR_ARG(def->name), STR_ARG(word));
			return fail(def, err);
		}
		if (o->kind != STEP_FLAG && !inline_value) {
			if (++i == args->n) {
				err_set(err, ERR_USAGE, "%.*s: option '%.*s' needs a value", STR_ARG(def->name), STR_ARG(word));
				return fail(def, err);
			}
			value = args->p[i];
		}
		store(o, value, a, opts);
	}
	if (found.n < least || found.n > most) {
		err_set(err, ERR_USAGE, "%.*s: %s", STR_ARG(def->name), found.n < least ? "an argument is missing" : "too many arguments");
		return fail(def, err);
	}
	*operands = found;
	return true;
}
