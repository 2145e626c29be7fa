/*
 * Imports: finding files as the jsonnet command does, parsed ones from the cache, each file's value once.
 */
#include "base/fs.h"
#include "base/path.h"
#include "base/utf8.h"
#include "jsonnet/text.h"
#include "jsonnet/cache.h"
#include "jsonnet/vm.h"

static void look(struct vm *vm, enum jsonnet_look what, struct str path)
{
	if (vm->options->look)
		vm->options->look(vm->options->look_ctx, what, path);
}

/* Reads `path` relative to the options' folder. False with *missing where it is not there. */
static bool read_file(struct vm *vm, struct str path, struct arena *a, struct str *bytes, bool *missing, struct err *err)
{
	struct str full = vm->options->cwd.n ? path_join(a, vm->options->cwd, path) : path;
	*missing = false;
	if (fs_read(full, 0, a, bytes, err)) {
		look(vm, JSONNET_READ, path);
		return true;
	}
	*missing = err->kind == ERR_NOT_FOUND;
	if (*missing)
		look(vm, JSONNET_MISSED, path);
	return false;
}

/* The folder of the importing file, then library paths from the last to the first. */
static bool default_import(struct vm *vm, struct str from, struct str import_path, struct arena *a, struct str *path, struct str *bytes, struct err *err)
{
	const struct jsonnet_options *o = vm->options;
	bool absolute = str_starts(import_path, STR("/")), missing;
	for (size_t i = 0; i <= o->n_library_paths; i++) {
		struct str folder = i == 0 ? from : o->library_paths[o->n_library_paths - i];
		bool slash = !folder.n || folder.p[folder.n - 1] == '/';
		*path = absolute ? arena_str(a, import_path) : arena_fmt(a, "%.*s%s%.*s", STR_ARG(folder), slash ? "" : "/", STR_ARG(import_path));
		if (read_file(vm, *path, a, bytes, &missing, err))
			return true;
		if (!missing)
			return false;
		err_deinit(err);
		if (absolute)
			break;
	}
	return err_set(err, ERR_NOT_FOUND, "no match locally or in the Jsonnet library paths.");
}

struct found {
	struct str path, bytes;
	struct source *source; /* once it was asked for as code */
};

/* The file that `import_path` is for somebody in folder `from`. The look-up is done once. */
static struct found *find_import(struct vm *vm, const struct node *at, struct str from, struct str import_path)
{
	struct str key = arena_fmt(&vm->arena, "%.*s%c%.*s", STR_ARG(from), 0, STR_ARG(import_path));
	struct found **known = map_find(&vm->imports, key);
	if (known)
		return *known;
	struct found *f = arena_new(&vm->arena, struct found);
	struct err err = { 0 };
	const struct jsonnet_options *o = vm->options;
	bool ok = o->import ? o->import(o->import_ctx, from, import_path, &vm->arena, &f->path, &f->bytes, &err)
			    : default_import(vm, from, import_path, &vm->arena, &f->path, &f->bytes, &err);
	if (!ok) {
		struct str message = arena_str(&vm->arena, str_c(err.message));
		err_deinit(&err);
		vm_raise_at(vm, at, "couldn't open import \"%.*s\": %.*s", STR_ARG(import_path), STR_ARG(message));
	}
	/* One file under two names is one. */
	struct str path_key = arena_fmt(&vm->arena, "%c%.*s", 1, STR_ARG(f->path));
	struct found **same = map_find(&vm->imports, path_key);
	if (same)
		f = *same;
	else
		*(struct found **)map_put(&vm->imports, path_key) = f;
	*(struct found **)map_put(&vm->imports, key) = f;
	return f;
}

static struct str folder_of(struct str path)
{
	size_t slash = str_rfind_char(path, '/');
	return slash == STR_NPOS ? STR("") : str_slice(path, 0, slash + 1);
}

static struct source *get_source(struct vm *vm, struct str path, struct str folder, struct str name, struct str text)
{
	struct source *s = cache_get(vm->cache, path, folder, name, text, vm->stack_limit);
	if (!s)
		vm_raise_text(vm, ERR_LIMIT, STR("RUNTIME ERROR: more than 4 GiB of programs"));
	return s;
}

struct source *import_snippet(struct vm *vm, struct str name, struct str text)
{
	return get_source(vm, STR(""), folder_of(name), name, text);
}

struct source *import_file(struct vm *vm, struct str path)
{
	struct found *f = find_import(vm, NULL, STR(""), path);
	if (!f->source)
		f->source = get_source(vm, f->path, folder_of(f->path), f->path, f->bytes);
	return f->source;
}

struct jv import_source(struct vm *vm, const struct node *at, struct source *s)
{
	if (!s->root)
		vm_raise_static(vm, at, s->error);
	while (vm->modules.n <= s->number)
		vec_push(&vm->modules, JV_NOTHING);
	if (!vm->modules.p[s->number].bits) {
		struct frame *f = frame_new(vm, NULL, s->n_slots);
		vm->modules.p[s->number] = eval_lazy(vm, s->root, f);
	}
	struct jv v = vm->modules.p[s->number];
	if (!at && jv_is(v, JV_THUNK) && jv_thunk(v)->gc.state == THUNK_CODE)
		v = eval(vm, jv_thunk(v)->code, jv_thunk(v)->frame); /* the program itself is no call */
	else
		v = force_as(vm, CALL_THUNK, at, v);
	return vm->modules.p[s->number] = v;
}

/* Valid UTF-8, as texts are decoded everywhere. */
struct jv text_value(struct vm *vm, struct str bytes)
{
	struct jv s = str_new(vm, bytes);
	struct buf *b;
	if (utf8_valid(bytes))
		return s;
	b = vm_buf(vm);
	text_repair(bytes, b);
	return str_from_buf(vm, b);
}

struct jv import_string(struct vm *vm, struct str path)
{
	return text_value(vm, find_import(vm, NULL, STR(""), path)->bytes);
}

static struct jv import_bytes(struct vm *vm, struct str bytes)
{
	struct jv *slots, arr = arr_new(vm, bytes.n, &slots);
	for (size_t i = 0; i < bytes.n; i++)
		slots[i] = jv_num((unsigned char)bytes.p[i]);
	return arr;
}

struct jv import_at(struct vm *vm, const struct node_import *n)
{
	const struct source *from = source_at(vm, n->node.begin);
	struct found *f = find_import(vm, &n->node, from ? from->folder : STR(""), n->path);
	if (n->node.kind == NODE_IMPORTSTR)
		return text_value(vm, f->bytes);
	if (n->node.kind == NODE_IMPORTBIN)
		return import_bytes(vm, f->bytes);
	if (!f->source)
		f->source = get_source(vm, f->path, folder_of(f->path), f->path, f->bytes);
	return import_source(vm, &n->node, f->source);
}

const struct source *source_at(struct vm *vm, uint32_t position)
{
	return cache_source_at(vm->cache, position);
}
