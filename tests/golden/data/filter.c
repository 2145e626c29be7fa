/*
 * The readers and writers of src/data behind standard input and output, for suites that compare them with a peer in bulk.
 *
 * Each line of input is a JSON object {"op": …, "in": …}, each line of output {"out": …, "err": …}. With --check a line of input also holds
 * the "out" and "err" that Go's libraries gave (tests/peer/data/main.go), and only lines that differ are printed; the exit status says whether any did.
 */
#include <stdio.h>
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

int main(int argc, char **argv)
{
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
	return wrong > 0;
}
