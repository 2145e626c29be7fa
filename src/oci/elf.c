/*
 * Reads the dynamic section of each file through the program headers; section headers may be stripped. Every offset is checked against the file's size: an
 * image's file may be anything.
 */
#include "oci/elf.h"

#include <elf.h>
#include <string.h>

#include "base/fs.h"
#include "base/map.h"
#include "base/path.h"

enum { MAX_LIBRARIES = 1000, MAX_FILE = 1 << 30 };

struct object {
	struct str bytes;
	struct str interpreter, runpath;
	elf_paths needed;
};

static const Elf64_Ehdr *header(struct str bytes)
{
	const Elf64_Ehdr *h = (const void *)bytes.p;
	if (bytes.n < sizeof(*h) || memcmp(h->e_ident, ELFMAG, SELFMAG) != 0 || h->e_ident[EI_CLASS] != ELFCLASS64)
		return NULL;
	bool fits = h->e_phentsize == sizeof(Elf64_Phdr) && h->e_phoff <= bytes.n &&
		    h->e_phnum <= (bytes.n - h->e_phoff) / sizeof(Elf64_Phdr);
	return fits ? h : NULL;
}

static bool part(struct str bytes, uint64_t offset, uint64_t size, struct str *out)
{
	if (offset > bytes.n || size > bytes.n - offset)
		return false;
	*out = (struct str){ bytes.p + offset, size };
	return true;
}

/* File offset of a virtual address, by the segment that maps it. */
static bool offset_of(const Elf64_Ehdr *h, struct str bytes, uint64_t address, uint64_t *offset)
{
	for (int i = 0; i < h->e_phnum; i++) {
		Elf64_Phdr p;
		memcpy(&p, bytes.p + h->e_phoff + (size_t)i * sizeof(p), sizeof(p));
		if (p.p_type == PT_LOAD && address >= p.p_vaddr && address - p.p_vaddr < p.p_filesz) {
			*offset = address - p.p_vaddr + p.p_offset;
			return true;
		}
	}
	return false;
}

static struct str string_at(struct str table, uint64_t at)
{
	if (at >= table.n)
		return STR_NONE;
	return (struct str){ table.p + at, strnlen(table.p + at, table.n - at) };
}

static void read_dynamic(struct object *o, const Elf64_Ehdr *h, struct str dynamic, struct arena *a)
{
	size_t n = dynamic.n / sizeof(Elf64_Dyn);
	uint64_t strings = 0, strings_size = 0, at;
	struct str table = STR("");
	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < n; i++) {
			Elf64_Dyn d;
			memcpy(&d, dynamic.p + i * sizeof(d), sizeof(d));
			if (d.d_tag == DT_NULL)
				break;
			if (pass == 0 && d.d_tag == DT_STRTAB)
				strings = d.d_un.d_ptr;
			else if (pass == 0 && d.d_tag == DT_STRSZ)
				strings_size = d.d_un.d_val;
			else if (pass == 1 && d.d_tag == DT_NEEDED)
				vec_push_in(&o->needed, a, string_at(table, d.d_un.d_val));
			else if (pass == 1 && (d.d_tag == DT_RUNPATH || d.d_tag == DT_RPATH))
				o->runpath = string_at(table, d.d_un.d_val);
		}
		if (pass == 0 && (!offset_of(h, o->bytes, strings, &at) || !part(o->bytes, at, strings_size, &table)))
			return;
	}
}

static void read_object(struct object *o, struct arena *a)
{
	const Elf64_Ehdr *h = header(o->bytes);
	for (int i = 0; h && i < h->e_phnum; i++) {
		Elf64_Phdr p;
		struct str content;
		memcpy(&p, o->bytes.p + h->e_phoff + (size_t)i * sizeof(p), sizeof(p));
		if (!part(o->bytes, p.p_offset, p.p_filesz, &content))
			continue;
		if (p.p_type == PT_INTERP)
			o->interpreter = string_at(content, 0);
		else if (p.p_type == PT_DYNAMIC)
			read_dynamic(o, h, content, a);
	}
}

/* --- finding --- */

struct search {
	struct arena *a;
	struct map found;  /* by name */
	elf_paths *out;
	elf_paths folders; /* of ld.so.conf, then the standard ones */
	VEC(struct str) queue; /* paths still to be read */
};

static void add_conf(struct search *s, struct str path)
{
	struct str text, line;
	struct err ignored = { 0 };
	if (fs_read(path, 1 << 20, s->a, &text, &ignored))
		while (str_next_line(&text, &line))
			if (path_is_abs(str_trim(line)))
				vec_push_in(&s->folders, s->a, str_trim(line));
	err_deinit(&ignored);
}

static void add_folders(struct search *s)
{
	static const struct str standard[] = { STR_INIT("/lib64"), STR_INIT("/usr/lib64"), STR_INIT("/lib"), STR_INIT("/usr/lib"),
					       STR_INIT("/usr/local/lib") };
	fs_entries confs;
	struct err ignored = { 0 };
	add_conf(s, STR("/etc/ld.so.conf"));
	if (fs_list(STR("/etc/ld.so.conf.d"), s->a, &confs, &ignored))
		for (size_t i = 0; i < confs.n; i++)
			add_conf(s, path_join(s->a, STR("/etc/ld.so.conf.d"), confs.p[i].name));
	err_deinit(&ignored);
	for (size_t i = 0; i < ARRAY_LEN(standard); i++)
		vec_push_in(&s->folders, s->a, standard[i]);
}

static bool find_file(struct search *s, struct str name, struct str runpath, struct str origin, struct str *out)
{
	struct str folder;
	while (str_next(&runpath, ':', &folder)) {
		struct str rest = folder;
		if (str_starts(folder, STR("$ORIGIN")) || str_starts(folder, STR("${ORIGIN}"))) {
			rest = str_slice(folder, folder.p[1] == '{' ? 9 : 7, folder.n);
			folder = arena_concat(s->a, origin, rest);
		}
		*out = path_join(s->a, folder, name);
		if (fs_is_file(*out))
			return true;
	}
	for (size_t i = 0; i < s->folders.n; i++) {
		*out = path_join(s->a, s->folders.p[i], name);
		if (fs_is_file(*out))
			return true;
	}
	return false;
}

static void add_found(struct search *s, struct str name, struct str path)
{
	map_put(&s->found, name);
	vec_push_in(s->out, s->a, path);
	vec_push_in(&s->queue, s->a, path);
}

static bool add_needed(struct search *s, const struct object *o, struct str path, struct err *err)
{
	if (o->interpreter.n && !map_has(&s->found, path_base(o->interpreter)) && fs_is_file(o->interpreter))
		add_found(s, path_base(o->interpreter), o->interpreter);
	for (size_t i = 0; i < o->needed.n; i++) {
		struct str found, name = o->needed.p[i];
		if (name.n == 0 || map_has(&s->found, name))
			continue;
		if (s->out->n >= MAX_LIBRARIES)
			return err_set(err, ERR_LIMIT, "'%.*s' needs more than %d libraries", STR_ARG(path), MAX_LIBRARIES);
		if (!find_file(s, name, o->runpath, path_dir(s->a, path), &found))
			return err_set(err, ERR_NOT_FOUND, "'%.*s' needs the library %.*s, which is not on this machine", STR_ARG(path),
				       STR_ARG(name));
		add_found(s, name, found);
	}
	return true;
}

bool elf_libraries(struct str program, const struct str *extra, size_t extra_count, struct arena *a, elf_paths *out, struct err *err)
{
	elf_paths paths = { 0 };
	struct search s = { .a = a, .out = &paths };
	map_init(&s.found, 0, a);
	add_folders(&s);
	vec_push_in(&s.queue, a, program);
	for (size_t i = 0; i < extra_count; i++) {
		struct str found;
		if (find_file(&s, extra[i], STR(""), STR(""), &found))
			add_found(&s, extra[i], found);
	}
	for (size_t i = 0; i < s.queue.n; i++) {
		struct object o = { 0 };
		struct str path = s.queue.p[i];
		if (!fs_read(path, MAX_FILE, a, &o.bytes, err))
			return false;
		read_object(&o, a);
		if (!add_needed(&s, &o, path, err))
			return false;
	}
	*out = paths;
	return true;
}
