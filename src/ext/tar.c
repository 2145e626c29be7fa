/*
 * POSIX ustar and pax, GNU long names and binary numbers: what Go's archive/tar, GNU tar, bsdtar and git write. Ours because charts are read in
 * the hot path, where loading libarchive would cost more (1.8 ms, and 2 to 4 to inflate through it) than rendering the chart. Sparse
 * files are not understood and come out as ARC_OTHER.
 */
#include "ext/tar.h"

#include <string.h>

enum { BLOCK = 512, MAX_META = 1 << 20 };

/* A header's fields: offset and length (POSIX pax, "ustar Header Block"). */
enum {
	NAME = 0, NAME_LEN = 100, MODE = 100, MODE_LEN = 8, SIZE = 124, SIZE_LEN = 12, MTIME = 136, MTIME_LEN = 12,
	CHECKSUM = 148, CHECKSUM_LEN = 8, TYPE = 156, LINK = 157, LINK_LEN = 100, MAGIC = 257, PREFIX = 345, PREFIX_LEN = 155,
};

/* What a pax or GNU header says about the entry after it. */
struct overrides {
	struct str path, target;
	bool has_path, has_target, has_size, has_mtime;
	int64_t size, mtime;
};

static bool damaged(const struct tar *t, const char *what, struct err *err)
{
	return err_set(err, ERR_INTEGRITY, "archive '%.*s' is damaged: %s", STR_ARG(t->name), what);
}

static struct str field(const char *header, size_t at, size_t n)
{
	return (struct str){ header + at, strnlen(header + at, n) };
}

/* Octal text between blanks, or GNU's binary form where the first byte's top bit is set. Empty is 0. */
static bool number(const char *p, size_t n, int64_t *out)
{
	uint64_t v = 0;
	if ((uint8_t)p[0] & 0x80) {
		if ((uint8_t)p[0] != 0x80) /* negative or beyond 63 bits */
			return false;
		for (size_t i = 1; i < n; i++) {
			if (v >> 55)
				return false;
			v = v << 8 | (uint8_t)p[i];
		}
		*out = (int64_t)v;
		return true;
	}
	struct str text = str_trim(field(p, 0, n));
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '7' || v >> 60)
			return false;
		v = v << 3 | (uint64_t)(text.p[i] - '0');
	}
	*out = (int64_t)v;
	return true;
}

static int64_t sum_signed(const char *p, size_t n)
{
	int64_t sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += (signed char)p[i];
	return sum;
}

/* The sum of a header's bytes, eight at a time in four lanes: none of them exceeds 2 * 64 * 255. */
static int64_t sum_header(const char *header)
{
	const uint64_t even = 0x00ff00ff00ff00ff;
	uint64_t lanes = 0;
	for (size_t i = 0; i < BLOCK; i += sizeof(uint64_t)) {
		uint64_t word;
		memcpy(&word, header + i, sizeof(word));
		lanes += (word & even) + (word >> 8 & even);
	}
	return (int64_t)((lanes & 0xffff) + (lanes >> 16 & 0xffff) + (lanes >> 32 & 0xffff) + (lanes >> 48));
}

/* The sum of all bytes, the checksum's own taken as blanks. Some old writers summed signed bytes. */
static bool checksum_holds(const char *header)
{
	int64_t want, blanks = ' ' * CHECKSUM_LEN, own = 0;
	if (!number(header + CHECKSUM, CHECKSUM_LEN, &want))
		return false;
	for (size_t i = CHECKSUM; i < CHECKSUM + CHECKSUM_LEN; i++)
		own += (uint8_t)header[i];
	return want == sum_header(header) - own + blanks ||
	       want == sum_signed(header, BLOCK) - sum_signed(header + CHECKSUM, CHECKSUM_LEN) + blanks;
}

static bool is_zero_block(const char *p)
{
	return p[0] == '\0' && memcmp(p, p + 1, BLOCK - 1) == 0;
}

bool tar_looks_like(struct str bytes)
{
	return bytes.n >= BLOCK && (is_zero_block(bytes.p) || checksum_holds(bytes.p));
}

/* Records "LENGTH KEY=VALUE\n", the length counting all of itself. */
static bool read_pax(struct tar *t, struct str data, struct overrides *o, struct err *err)
{
	while (data.n) {
		struct str length, rest, key, value;
		int64_t n;
		if (!str_cut(data, ' ', &length, &rest) || !str_to_int(length, &n) || n <= (int64_t)length.n + 1 ||
		    (uint64_t)n > data.n || data.p[n - 1] != '\n')
			return damaged(t, "bad extended header", err);
		if (!str_cut(str_slice(data, length.n + 1, (size_t)n - 1), '=', &key, &value))
			return damaged(t, "bad extended header", err);
		data = str_slice(data, (size_t)n, data.n);
		if (str_eq(key, STR("path"))) {
			o->path = value;
			o->has_path = true;
		} else if (str_eq(key, STR("linkpath"))) {
			o->target = value;
			o->has_target = true;
		} else if (str_eq(key, STR("size"))) {
			o->has_size = str_to_int(value, &o->size) && o->size >= 0;
			if (!o->has_size)
				return damaged(t, "bad size in an extended header", err);
		} else if (str_eq(key, STR("mtime"))) {
			struct str seconds, fraction;
			str_cut(value, '.', &seconds, &fraction);
			o->has_mtime = str_to_int(seconds, &o->mtime);
		}
	}
	return true;
}

static enum arc_type type_of(char flag, struct str path)
{
	switch (flag) {
	case '\0':
		return str_ends(path, STR("/")) ? ARC_DIR : ARC_FILE; /* before ustar a folder's name ended in a slash */
	case '0':
	case '7':
		return ARC_FILE;
	case '1':
		return ARC_HARDLINK;
	case '2':
		return ARC_SYMLINK;
	case '5':
		return ARC_DIR;
	default:
		return ARC_OTHER;
	}
}

static struct str without_slash(struct str path)
{
	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	return path;
}

static void fill_item(struct tar *t, const char *header, const struct overrides *o, int64_t size, struct arc_item *item)
{
	int64_t mode = 0, mtime = 0;
	if (!number(header + MODE, MODE_LEN, &mode))
		mode = 0644;
	if (!number(header + MTIME, MTIME_LEN, &mtime))
		mtime = 0;
	struct str path = field(header, NAME, NAME_LEN), prefix = field(header, PREFIX, PREFIX_LEN);
	/* GNU's own magic "ustar  " has other things where the prefix is. */
	if (memcmp(header + MAGIC, "ustar\0", 6) == 0 && prefix.n)
		path = arena_fmt(t->arena, "%.*s/%.*s", STR_ARG(prefix), STR_ARG(path));
	if (o->has_path)
		path = o->path;
	*item = (struct arc_item){
		.type = type_of(header[TYPE], path),
		.path = without_slash(path),
		.target = o->has_target ? o->target : field(header, LINK, LINK_LEN),
		.mode = (mode_t)(mode & 07777),
		.mtime = o->has_mtime ? o->mtime : mtime,
	};
	item->size = item->type == ARC_FILE ? (uint64_t)size : 0;
}

/* Takes one header and its data off the archive. Links and devices carry no data, whatever their size says. */
static bool take(struct tar *t, const char **header, const struct overrides *o, struct str *data, struct err *err)
{
	const char *h = t->bytes.p + t->at;
	int64_t size;
	*header = NULL;
	if (t->at == t->bytes.n)
		return true; /* some writers leave the end marks out */
	if (t->bytes.n - t->at < BLOCK)
		return damaged(t, "it ends within a header", err);
	if (is_zero_block(h))
		return true;
	if (!checksum_holds(h))
		return damaged(t, "a header's checksum is wrong", err);
	if (!number(h + SIZE, SIZE_LEN, &size))
		return damaged(t, "a header's size is no number", err);
	if (o->has_size)
		size = o->size;
	if (h[TYPE] >= '1' && h[TYPE] <= '6')
		size = 0;
	size_t left = t->bytes.n - t->at - BLOCK;
	if ((uint64_t)size > left)
		return damaged(t, "it ends within a file", err);
	*data = (struct str){ h + BLOCK, (size_t)size };
	size_t padded = ((size_t)size + BLOCK - 1) / BLOCK * BLOCK;
	t->at += BLOCK + MIN(padded, left);
	*header = h;
	return true;
}

bool tar_next(struct tar *t, struct arc_item *item, struct str *data, bool *more, struct err *err)
{
	struct overrides o = { 0 };
	for (;;) {
		const char *h;
		if (!take(t, &h, &o, data, err))
			return false;
		*more = h != NULL;
		if (!h)
			return true;
		char type = h[TYPE];
		if (!strchr("xgXLK", type) || type == '\0') {
			fill_item(t, h, &o, (int64_t)data->n, item);
			return true;
		}
		if (data->n > MAX_META)
			return err_set(err, ERR_LIMIT, "archive '%.*s' has an extended header of more than %d bytes",
				       STR_ARG(t->name), MAX_META);
		if ((type == 'x' || type == 'X') && !read_pax(t, *data, &o, err))
			return false;
		struct str text = field(data->p, 0, data->n);
		if (type == 'L') {
			o.path = text;
			o.has_path = true;
		} else if (type == 'K') {
			o.target = text;
			o.has_target = true;
		}
	}
}
