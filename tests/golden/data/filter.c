/*
 * The readers and writers of src/data behind standard input and output, for suites that compare them with a peer in bulk.
 *
 * Each line of input is a JSON object {"op": …, "in": …}, each line of output {"out": …, "err": …}. With --check a line of input also holds
 * the "out" and "err" that Go's libraries gave (tests/peer/data/main.go), and only lines that differ are printed; the exit status says whether any did. With --random SEED N it prints a
 * values file of random values and texts for a chart (tests/peer/yaml.test).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "data/json.h"
#include "data/yaml.h"
#include "data/yaml_write.h"

enum mode { ANSWER, CHECK };

struct op {
	const char *name;
	bool (*run)(struct str in, int arg, struct arena *a, struct buf *out, struct err *err);
	int arg;
};

typedef bool yaml_reader(struct str, const struct yaml_options *, struct arena *, struct value *, struct err *);
static yaml_reader *const readers[] = { yaml_read, yaml_read_map, yaml_read_list, yaml_read_all };

/* arg: rules * 10 + reader */
static bool yaml_to_json(struct str in, int arg, struct arena *a, struct buf *out, struct err *err)
{
	struct value v;
	struct yaml_options options = { .rules = (enum yaml_rules)(arg / 10), .numbers = YAML_INTS };
	return readers[arg % 10](in, &options, a, &v, err) && json_write(v, NULL, out, err);
}

static bool json_to_json(struct str in, int arg, struct arena *a, struct buf *out, struct err *err)
{
	struct value v;
	struct json_write_options options = { .indent = arg ? "  " : NULL };
	return json_parse(in, NULL, a, &v, err) && json_write(v, &options, out, err);
}

static bool json_to_yaml(struct str in, int arg, struct arena *a, struct buf *out, struct err *err)
{
	struct value v;
	struct yaml_write_options options = { .dialect = (enum yaml_dialect)arg };
	return json_parse(in, NULL, a, &v, err) && yaml_write(v, &options, out, err);
}

/* Helm's toYaml and toYamlPretty: without the last newline, and nothing at all where the library fails. */
static bool helm_to_yaml(struct str in, int arg, struct arena *a, struct buf *out, struct err *err)
{
	AUTO_ERR ignored = { 0 };
	struct value v;
	struct yaml_write_options options = { .dialect = (enum yaml_dialect)arg };
	if (!json_parse(in, NULL, a, &v, err))
		return false;
	if (yaml_write(v, &options, out, &ignored))
		out->n -= str_ends(buf_str(out), STR("\n"));
	return true;
}

/* Helm's fromYaml and fromYamlArray, printed by toJson: an error is a value. */
static bool helm_from_yaml(struct str in, int arg, struct arena *a, struct buf *out, struct err *err)
{
	AUTO_ERR failed = { 0 };
	struct value v;
	if (readers[arg](in, NULL, a, &v, &failed))
		return json_write(v, NULL, out, err);
	buf_add_c(out, arg == 1 ? "{\"Error\":" : "[");
	json_write_str(str_c(failed.message), JSON_HTML_ESCAPED, out);
	buf_add_char(out, arg == 1 ? '}' : ']');
	return true;
}

static const struct op ops[] = {
	{ "y2j", yaml_to_json, YAML_HELM * 10 },
	{ "unm", yaml_to_json, YAML_HELM * 10 + 1 },
	{ "list", yaml_to_json, YAML_HELM * 10 + 2 },
	{ "uns", yaml_to_json, YAML_HELM_STRICT * 10 + 1 },
	{ "v3", yaml_to_json, YAML_V3 * 10 + 3 },
	{ "j2j", json_to_json, 0 },
	{ "j2ji", json_to_json, 1 },
	{ "j2y", json_to_yaml, YAML_OUT_SIGS },
	{ "j2v2", json_to_yaml, YAML_OUT_V2 },
	{ "j2v3", json_to_yaml, YAML_OUT_V3 },
	{ "j2v3_2", json_to_yaml, YAML_OUT_PRETTY },
	{ "toYaml", helm_to_yaml, YAML_OUT_SIGS },
	{ "toYamlPretty", helm_to_yaml, YAML_OUT_PRETTY },
	{ "fromYaml", helm_from_yaml, 1 },
	{ "fromYamlArray", helm_from_yaml, 2 },
};

/* Our answer to a request: text, or the message of the error. */
static void answer(struct value request, struct arena *a, struct buf *text, struct err *err)
{
	struct str name = value_find_str(request, "op");
	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (str_eq_c(name, ops[i].name) && !ops[i].run(value_find_str(request, "in"), ops[i].arg, a, text, err))
			buf_clear(text);
}

static bool check(struct value request, struct str text, struct str error, struct buf *out)
{
	struct str want = value_find_str(request, "out"), want_error = value_find_str(request, "err");
	if (str_eq(text, want) && str_eq(error, want_error))
		return true;
	/* With two errors in one text, go-yaml may be one token further ahead than libyaml and name the second. */
	struct str syntax = STR("error converting YAML to JSON: yaml: ");
	if (str_contains(text, syntax) && str_contains(want, syntax) && value_find(request, "worded"))
		return true;
	buf_addf(out, "%.*s of ", STR_ARG(value_find_str(request, "op")));
	json_write_str(value_find_str(request, "in"), JSON_HTML_PLAIN, out);
	buf_add_c(out, "\n  got  ");
	json_write_str(error.n ? error : text, JSON_HTML_PLAIN, out);
	buf_add_c(out, "\n  want ");
	json_write_str(want_error.n ? want_error : want, JSON_HTML_PLAIN, out);
	buf_add_c(out, "\n");
	return false;
}

static bool serve(struct str line, enum mode mode, struct arena *a, struct buf *out)
{
	AUTO_ERR bad = { 0 }, err = { 0 };
	AUTO_BUF text = { 0 };
	struct value request;
	if (!json_parse(line, NULL, a, &request, &bad))
		base_die("data filter: %s", bad.message);
	answer(request, a, &text, &err);
	if (mode == CHECK)
		return check(request, buf_str(&text), str_c(err.message), out);
	buf_add_c(out, "{\"out\":");
	json_write_str(buf_str(&text), JSON_HTML_PLAIN, out);
	buf_add_c(out, ",\"err\":");
	json_write_str(str_c(err.message), JSON_HTML_PLAIN, out);
	buf_add_c(out, "}\n");
	return true;
}

/* What random texts are made of: what YAML treats on its own, next to ordinary words. */
static const char *const pieces[] = {
	"a", "key", "word ", "x y", " ", "  ", "\n", "\n\n", "\n  ", "\n- ", "\t", "\r\n", ": ", ":", "#", " #", "- ", "-", "? ", "[", "]", "{", "}", ", ",
	"&a ", "*a", "!t ", "!!str ", "|", ">", "'", "\"", "%", "@", "~", "null", "true", "yes", "No", "1", "0", ".5", "1e3", "0x1f", "1:30", "017",
	"2020-01-01", "<<", "---", "...", "\\", "\u00e9", "\u2713", "\U0001f600", "\u00a0", "\u2028", "\x01", ".inf", "_", "a: b", "k: [1, 2]\n",
	"the quick brown fox jumps over the lazy dog ", "http://x:80/y", "{{ .x }}", "0.0.0.0",
};

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static void random_text(uint64_t *state, uint32_t most, struct buf *out)
{
	for (uint32_t n = next_random(state) % (most + 1); n; n--)
		buf_add_c(out, pieces[next_random(state) % ARRAY_LEN(pieces)]);
}

static void random_str(uint64_t *state, uint32_t most, struct buf *out)
{
	AUTO_BUF text = { 0 };
	random_text(state, most, &text);
	json_write_str(buf_str(&text), JSON_HTML_PLAIN, out);
}

static void random_value(uint64_t *state, int depth, struct buf *out)
{
	static const char *const others[] = { "null", "true", "false", "0", "1.5", "1e6", "1e20", "1e21", "-0.0", "123456789", "1e-7", "9223372036854775808" };
	uint32_t kind = next_random(state) % 20, n = next_random(state) % 4;
	if (depth > 4 || kind < 10) {
		random_str(state, 12, out);
	} else if (kind < 13) {
		buf_add_c(out, others[next_random(state) % ARRAY_LEN(others)]);
	} else {
		buf_add_char(out, kind < 16 ? '[' : '{');
		for (uint32_t i = 0; i < n; i++) {
			buf_add_c(out, i ? "," : "");
			if (kind >= 16) {
				random_str(state, 3, out);
				buf_add_char(out, ':');
			}
			random_value(state, depth + 1, out);
		}
		buf_add_char(out, kind < 16 ? ']' : '}');
	}
}

/* A values file {"values": [JSON texts of maps], "texts": [texts that may be YAML]}, `n` of each. */
static void print_random(uint64_t seed, uint32_t n)
{
	AUTO_BUF out = { 0 };
	buf_add_c(&out, "{\"values\":[");
	for (uint32_t i = 0; i < n; i++) {
		AUTO_BUF value = { 0 };
		buf_add_c(&value, "{\"k\":");
		random_value(&seed, 0, &value);
		buf_add_char(&value, '}');
		buf_add_c(&out, i ? "," : "");
		json_write_str(buf_str(&value), JSON_HTML_PLAIN, &out);
	}
	buf_add_c(&out, "],\"texts\":[");
	for (uint32_t i = 0; i < n; i++) {
		buf_add_c(&out, i ? "," : "");
		random_str(&seed, 10, &out);
	}
	buf_add_c(&out, "]}\n");
	fwrite(out.p, 1, out.n, stdout);
}

int main(int argc, char **argv)
{
	if (argc > 3 && strcmp(argv[1], "--random") == 0) {
		print_random(strtoull(argv[2], NULL, 10), (uint32_t)strtoul(argv[3], NULL, 10));
		return 0;
	}
	enum mode mode = argc > 1 && strcmp(argv[1], "--check") == 0 ? CHECK : ANSWER;
	struct arena input = { 0 }, a = { 0 };
	struct str text, line;
	AUTO_BUF out = { 0 };
	AUTO_ERR err = { 0 };
	size_t rows = 0, wrong = 0;
	if (!fs_read_fd(0, STR("standard input"), 0, &input, &text, &err))
		base_die("data filter: %s", err.message);
	for (; str_next_line(&text, &line); rows++) {
		wrong += !serve(line, mode, &a, &out);
		arena_reset(&a);
	}
	if (mode == CHECK)
		buf_addf(&out, "%zu of %zu rows differ\n", wrong, rows);
	fwrite(out.p, 1, out.n, stdout);
	arena_deinit(&a);
	arena_deinit(&input);
	return wrong > 0 || !rows;
}
