/* justcache.c: see justcache.h. The JSON is written twice from one description: compact for the hash, indented for the user. */
#include "run/justcache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "lang/blake3.h"

/* ---- JSON ---- */

struct json {
	struct buf compact, pretty;
	size_t depth;
	bool first; /* nothing stands in the open object or list yet */
};

static void both(struct json *j, const char *text)
{
	buf_add_c(&j->compact, text);
	buf_add_c(&j->pretty, text);
}

static void add_string(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		static const char escapes[][2] = { { '"', '"' }, { '\\', '\\' }, { '\b', 'b' }, { '\f', 'f' }, { '\n', 'n' }, { '\r', 'r' }, { '\t', 't' } };
		size_t k = 0;
		while (k < ARRAY_LEN(escapes) && escapes[k][0] != (char)c)
			k++;
		if (k < ARRAY_LEN(escapes))
			buf_addf(out, "\\%c", escapes[k][1]);
		else if (c < 0x20)
			buf_addf(out, "\\u%04x", c);
		else
			buf_add_char(out, (char)c);
	}
	buf_add_char(out, '"');
}

static void string(struct json *j, struct str s)
{
	add_string(&j->compact, s);
	add_string(&j->pretty, s);
}

/* Begins an item of the open object or list. */
static void item(struct json *j)
{
	if (!j->first)
		both(j, ",");
	j->first = false;
	buf_add_char(&j->pretty, '\n');
	buf_add_repeat(&j->pretty, ' ', 2 * j->depth);
}

static void key(struct json *j, struct str name)
{
	item(j);
	string(j, name);
	both(j, ":");
	buf_add_char(&j->pretty, ' ');
}

static void open_json(struct json *j, const char *bracket)
{
	both(j, bracket);
	j->depth++;
	j->first = true;
}

static void close_json(struct json *j, const char *bracket)
{
	j->depth--;
	if (!j->first) {
		buf_add_char(&j->pretty, '\n');
		buf_add_repeat(&j->pretty, ' ', 2 * j->depth);
	}
	both(j, bracket);
	j->first = false;
}

static void strings(struct json *j, const struct str *items, size_t n)
{
	open_json(j, "[");
	for (size_t i = 0; i < n; i++) {
		item(j);
		string(j, items[i]);
	}
	close_json(j, "]");
}

/* ---- what goes into the key ---- */

/* A keyword of the attribute, evaluated; *given false where it is not there. */
static bool keyword(const struct justcache_call *call, const char *name, struct arena *a, bool *given, struct lang_value *out, struct err *err)
{
	const struct lang_attribute *at = lang_attr(&call->recipe->attributes, LANG_ATTR_CACHE);
	*given = false;
	*out = (struct lang_value){ 0 };
	for (size_t i = 0; i < at->n_keywords; i++) {
		if (!str_eq_c(at->keywords[i].name.s, name) || !at->keywords[i].value)
			continue;
		*given = true;
		return lang_eval(call->scope, at->keywords[i].value, a, out, err);
	}
	return true;
}

/* A list as it is written: null, one string, or a list. */
static void value(struct json *j, bool given, const struct lang_value *v)
{
	if (!given)
		both(j, "null");
	else
		strings(j, v->p, v->n);
}

struct variables {
	struct map map; /* struct str by name; p NULL: not set */
};

static void note_variable(void *ctx, struct str name, struct str text)
{
	struct variables *v = ctx;
	*(struct str *)map_put(&v->map, name) = text.p ? text : STR("");
}

static struct str in_environ(char *const *environ, struct str name)
{
	for (size_t i = 0; environ[i]; i++) {
		struct str left, right;
		if (str_cut(str_c(environ[i]), '=', &left, &right) && str_eq(left, name))
			return right;
	}
	return STR_NONE;
}

/* What the tasks file exports and unexports, or the variables that the attribute names. */
static bool environment(const struct justcache_call *call, struct arena *a, struct variables *v, struct err *err)
{
	bool given;
	struct lang_value names;
	map_init(&v->map, sizeof(struct str), a);
	if (!keyword(call, "environment", a, &given, &names, err))
		return false;
	for (size_t i = 0; i < names.n; i++)
		*(struct str *)map_put(&v->map, names.p[i]) = in_environ(call->environ, names.p[i]);
	if (given)
		return true;
	for (const struct lang_module *m = call->recipe->module; m; m = NULL) {
		for (size_t i = 0; i < m->unexports.n; i++)
			*(struct str *)map_put(&v->map, m->unexports.p[i]) = STR_NONE;
	}
	lang_scope_exports(call->scope, note_variable, v);
	return true;
}

static void add_environment(struct json *j, struct variables *v)
{
	key(j, STR("environment"));
	open_json(j, "{");
	for (size_t i = 0; i < map_len(&v->map); i++) {
		size_t at = map_sorted(&v->map, i);
		struct str text = *(struct str *)map_at(&v->map, at);
		key(j, map_key(&v->map, at));
		if (text.p)
			string(j, text);
		else
			both(j, "null");
	}
	close_json(j, "}");
}

static void add_executor(struct json *j, const struct justcache_call *call)
{
	key(j, STR("executor"));
	open_json(j, "{");
	key(j, STR("type"));
	if (call->n_interpreter > 0) {
		string(j, STR("command"));
		key(j, STR("command"));
		string(j, call->interpreter[0]);
		key(j, STR("arguments"));
		strings(j, call->interpreter + 1, call->n_interpreter - 1);
	} else {
		struct str line = str_trim(str_drop_prefix(call->lines[0], STR("#!"))), name, argument;
		bool more = str_cut(line, ' ', &name, &argument);
		string(j, STR("shebang"));
		key(j, STR("argument"));
		if (more)
			string(j, str_trim(argument));
		else
			both(j, "null");
		key(j, STR("interpreter"));
		string(j, name);
	}
	close_json(j, "}");
}

static bool add_inputs(struct json *j, const struct justcache_call *call, struct arena *a, struct err *err)
{
	bool given;
	struct lang_value paths;
	key(j, STR("inputs"));
	if (!keyword(call, "inputs", a, &given, &paths, err))
		return false;
	if (!given) {
		both(j, "null");
		return true;
	}
	struct map sorted;
	map_init(&sorted, 0, a);
	for (size_t i = 0; i < paths.n; i++)
		map_put(&sorted, paths.p[i]);
	open_json(j, "{");
	for (size_t i = 0; i < map_len(&sorted); i++) {
		struct str name = map_key(&sorted, map_sorted(&sorted, i)), path = path_in(a, call->directory, name), text;
		if (fs_is_dir(path))
			return err_set(err, ERR_USAGE, "cache input is directory: `%.*s`", STR_ARG(path));
		if (!fs_exists(path))
			return err_set(err, ERR_NOT_FOUND, "cache input does not exist: `%.*s`", STR_ARG(path));
		if (!fs_read(path, 0, a, &text, err))
			return false;
		uint8_t hash[BLAKE3_SIZE];
		blake3(text, hash);
		key(j, name);
		open_json(j, "[");
		for (size_t k = 0; k < BLAKE3_SIZE; k++) {
			item(j);
			buf_addf(&j->compact, "%u", hash[k]);
			buf_addf(&j->pretty, "%u", hash[k]);
		}
		close_json(j, "]");
	}
	close_json(j, "}");
	return true;
}

static void add_positional(struct json *j, const struct justcache_call *call)
{
	key(j, STR("positional"));
	if (!call->positional) {
		both(j, "null");
		return;
	}
	open_json(j, "[");
	for (size_t i = 0; call->positional[i]; i++) {
		item(j);
		string(j, str_c(call->positional[i]));
	}
	close_json(j, "]");
}

static bool make_key(const struct justcache_call *call, struct arena *a, struct json *j, struct err *err)
{
	struct variables v;
	bool given;
	struct lang_value extra;
	if (!environment(call, a, &v, err) || !keyword(call, "extra", a, &given, &extra, err))
		return false;
	open_json(j, "{");
	key(j, STR("body"));
	strings(j, call->lines, call->recipe->n_lines);
	add_environment(j, &v);
	add_executor(j, call);
	key(j, STR("extension"));
	if (call->extension.p)
		string(j, call->extension);
	else
		both(j, "null");
	key(j, STR("extra"));
	value(j, given, &extra);
	if (!add_inputs(j, call, a, err))
		return false;
	add_positional(j, call);
	key(j, STR("recipe"));
	string(j, call->recipe->path);
	key(j, STR("working_directory"));
	string(j, call->directory);
	close_json(j, "}");
	return true;
}

/* ---- entries ---- */

static struct str cache_folder(struct arena *a, const struct lang_tree *tree)
{
	return path_in(a, tree->root->directory, STR(".justcache"));
}

static bool open_entry(const struct justcache_call *call, struct arena *a, struct justcache *out, struct err *err)
{
	struct str folder = cache_folder(a, call->tree);
	if (!fs_mkdirs(folder, 0777, err))
		return false;
	struct str path = arena_fmt(a, "%.*s/%.*s.json", STR_ARG(folder), STR_ARG(out->hash));
	out->fd = openat(AT_FDCWD, path.p, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (out->fd < 0)
		return err_set(err, ERR_IO, "I/O error at `%.*s`: %s (os error %d)", STR_ARG(path), strerror(errno), errno);
	while (flock(out->fd, LOCK_EX) != 0 && errno == EINTR)
		;
	return true;
}

static bool outputs_exist(const struct justcache_call *call, const struct justcache *entry, struct str *missing)
{
	struct arena a = { 0 };
	bool all = true;
	for (size_t i = 0; i < entry->n_outputs && all; i++) {
		all = fs_exists(path_in(&a, call->directory, entry->outputs[i]));
		*missing = entry->outputs[i];
	}
	arena_deinit(&a);
	return all;
}

bool justcache_begin(const struct justcache_call *call, struct arena *a, struct justcache *out, bool *hit, struct err *err)
{
	struct json j = { .first = true };
	bool given, ok = make_key(call, a, &j, err);
	*out = (struct justcache){ .fd = -1 };
	if (ok) {
		uint8_t hash[BLAKE3_SIZE];
		blake3(buf_str(&j.compact), hash);
		char hex[2 * BLAKE3_SIZE + 1];
		for (size_t i = 0; i < BLAKE3_SIZE; i++)
			snprintf(hex + 2 * i, 3, "%02x", hash[i]);
		out->hash = arena_str(a, str_c(hex));
		out->key_json = buf_to_arena(&j.pretty, a);
	}
	buf_deinit(&j.compact);
	buf_deinit(&j.pretty);
	struct lang_value outputs;
	if (!ok || !keyword(call, "outputs", a, &given, &outputs, err) || !open_entry(call, a, out, err))
		return false;
	out->outputs = outputs.p;
	out->n_outputs = outputs.n;
	struct stat st;
	struct str missing;
	*hit = fstat(out->fd, &st) == 0 && st.st_size > 0 && outputs_exist(call, out, &missing);
	return true;
}

bool justcache_done(const struct justcache_call *call, const struct justcache *entry, struct err *err)
{
	struct str missing;
	if (!outputs_exist(call, entry, &missing))
		return err_set(err, ERR_FAILED, "recipe `%.*s` failed to create cache output `%.*s`", STR_ARG(call->recipe->name.s),
		               STR_ARG(missing));
	AUTO_BUF text = { 0 };
	buf_add_c(&text, "{\"recipe\":");
	add_string(&text, call->recipe->path);
	buf_add_char(&text, '}');
	if (ftruncate(entry->fd, 0) != 0 || pwrite(entry->fd, text.p, text.n, 0) != (ssize_t)text.n)
		return err_set(err, ERR_IO, "cannot write the recipe cache: %s (os error %d)", strerror(errno), errno);
	return true;
}

void justcache_end(struct justcache *entry)
{
	if (entry->fd > 0)
		close(entry->fd);
	entry->fd = -1;
}

/* The recipe that an entry is for; empty where it says none. */
static struct str entry_recipe(struct str text)
{
	struct str rest = str_drop_suffix(str_drop_prefix(text, STR("{\"recipe\":\"")), STR("\"}"));
	return rest.n < text.n ? rest : STR("");
}

static bool is_below(struct str recipe, struct str path)
{
	return path.n == 0 || recipe.n == 0 || str_eq(recipe, path) ||
	       (str_starts(recipe, path) && str_starts(str_slice(recipe, path.n, recipe.n), STR("::")));
}

bool justcache_clean(struct str folder, struct str path, bool *found, size_t *removed, struct err *err)
{
	struct arena a = { 0 };
	struct str cache = path_in(&a, folder, STR(".justcache"));
	fs_entries entries = { 0 };
	*found = fs_is_dir(cache);
	*removed = 0;
	bool ok = !*found || fs_list(cache, &a, &entries, err);
	for (size_t i = 0; ok && i < entries.n; i++) {
		struct str file = path_in(&a, cache, entries.p[i].name), text;
		if (!str_ends(file, STR(".json")))
			continue;
		ok = fs_read(file, 0, &a, &text, err);
		if (ok && is_below(entry_recipe(text), path))
			*removed += unlink(file.p) == 0;
	}
	if (ok && path.n == 0 && *found)
		rmdir(cache.p);
	arena_deinit(&a);
	return ok;
}
