/*
 * One rule a line. Rules are tried in order: the first one that says "ignore" decides, none can take that back; that is why a negated rule
 * alone leaves hardly anything of a chart, in Helm as here.
 */
#include "chart/ignore.h"

#include "base/path.h"
#include "text/glob.h"

static bool matches(const struct ignore_rule *rule, struct str name)
{
	bool matched = false;
	AUTO_ERR err = { 0 };
	size_t n = rule->pattern.n;
	switch (rule->shape) {
	case IGNORE_LITERAL: return str_eq(name, rule->pattern);
	/* A star stops at a slash. */
	case IGNORE_PREFIX: return str_starts(name, rule->pattern) && str_find_char(str_slice(name, n, name.n), '/') == STR_NPOS;
	case IGNORE_SUFFIX: return str_ends(name, rule->pattern) && str_find_char(str_slice(name, 0, name.n - n), '/') == STR_NPOS;
	case IGNORE_GLOB: break;
	}
	if (!str_starts(name, rule->literal))
		return false;
	return glob_path_match(rule->pattern, name, &matched, &err) && matched;
}

/* How many bytes of a pattern stand for themselves before the first that does not. */
static size_t literal_length(struct str s)
{
	size_t n = 0;
	while (n < s.n && s.p[n] != '*' && s.p[n] != '?' && s.p[n] != '[' && s.p[n] != '\\')
		n++;
	return n;
}

static bool is_literal(struct str s)
{
	return literal_length(s) == s.n;
}

static void find_shape(struct ignore_rule *rule)
{
	struct str s = rule->pattern;
	rule->literal = str_slice(s, 0, literal_length(s));
	if (is_literal(s)) {
		rule->shape = IGNORE_LITERAL;
	} else if (s.p[0] == '*' && is_literal(str_slice(s, 1, s.n))) {
		rule->shape = IGNORE_SUFFIX;
		rule->pattern = str_slice(s, 1, s.n);
	} else if (s.p[s.n - 1] == '*' && is_literal(str_slice(s, 0, s.n - 1))) {
		rule->shape = IGNORE_PREFIX;
		rule->pattern = str_slice(s, 0, s.n - 1);
	}
}

static bool add_rule(struct ignore_rules *rules, struct str line, struct arena *a, struct err *err)
{
	line = str_trim(line);
	if (!line.n || line.p[0] == '#')
		return true;
	if (str_contains(line, STR("**")))
		return err_set(err, ERR_SYNTAX, "double-star (**) syntax is not supported");
	bool matched;
	if (!glob_path_match(line, STR("abc"), &matched, err))
		return false;

	struct ignore_rule rule = { .pattern = line };
	if (str_starts(rule.pattern, STR("!"))) {
		rule.is_negated = true;
		rule.pattern = str_drop_prefix(rule.pattern, STR("!"));
	}
	if (str_ends(rule.pattern, STR("/"))) {
		rule.wants_folder = true;
		rule.pattern = str_drop_suffix(rule.pattern, STR("/"));
	}
	rule.wants_base = str_find_char(rule.pattern, '/') == STR_NPOS;
	rule.pattern = str_drop_prefix(rule.pattern, STR("/"));
	find_shape(&rule);
	vec_push_in(&rules->rules, a, rule);
	return true;
}

bool ignore_parse(struct str text, struct arena *a, struct ignore_rules *out, struct err *err)
{
	struct ignore_rules rules = { 0 };
	struct str line;
	text = str_drop_prefix(text, STR("\xef\xbb\xbf"));
	while (str_next(&text, '\n', &line))
		if (!add_rule(&rules, line, a, err))
			return false;
	if (!add_rule(&rules, STR("templates/.?*"), a, err))
		return false;
	*out = rules;
	return true;
}

bool ignore_matches(const struct ignore_rules *rules, struct str name, enum ignore_kind kind)
{
	struct str base = path_base(name);
	for (size_t i = 0; i < rules->rules.n; i++) {
		const struct ignore_rule *rule = &rules->rules.p[i];
		bool fits_kind = kind == IGNORE_FOLDER || !rule->wants_folder;
		bool matched = fits_kind && matches(rule, rule->wants_base ? base : name);
		if (matched != rule->is_negated)
			return true;
	}
	return false;
}
