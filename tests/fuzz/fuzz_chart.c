/*
 * Charts: the first byte says how the rest is packed. 0: as it is, what a stranger sends. 1: a tar, whose checksums are made right and which is wrapped in
 * gzip, so that changes get past both. 2: a folder of one Chart.yaml, values.yaml, .helmignore and template, divided by NULs, packed by us.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "chart/chart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BLOCK = 512, CHECKSUM = 148, SIZE = 124, STORED_MAX = 65535 };

static uint32_t crc32_of(struct str s)
{
	uint32_t crc = ~0u;
	for (size_t i = 0; i < s.n; i++) {
		crc ^= (unsigned char)s.p[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static void add_little(struct buf *b, uint32_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_add_char(b, (char)(v >> 8 * i));
}

/* gzip of stored blocks. */
static void wrap(struct str s, struct buf *out)
{
	size_t at = 0;
	buf_add(out, STR("\x1f\x8b\x08\0\0\0\0\0\0\xff"));
	do {
		uint32_t n = (uint32_t)MIN(s.n - at, (size_t)STORED_MAX);
		buf_add_char(out, at + n == s.n);
		add_little(out, n, 2);
		add_little(out, ~n, 2);
		buf_add_bytes(out, s.p + at, n);
		at += n;
	} while (at < s.n);
	add_little(out, crc32_of(s), 4);
	add_little(out, (uint32_t)s.n, 4);
}

/* Makes the checksum of every header right. */
static void mend_checksums(struct buf *tar)
{
	for (size_t at = 0; at + BLOCK <= tar->n;) {
		char *h = tar->p + at, digits[8];
		unsigned sum = 8 * ' ', size = 0;
		for (size_t i = 0; i < BLOCK; i++)
			sum += i >= CHECKSUM && i < CHECKSUM + 8 ? 0 : (unsigned char)h[i];
		snprintf(digits, sizeof(digits), "%06o", sum & 0777777);
		memcpy(h + CHECKSUM, digits, 7);
		h[CHECKSUM + 7] = ' ';
		for (size_t i = SIZE; i < SIZE + 11 && h[i] >= '0' && h[i] <= '7'; i++)
			size = size * 8 + (unsigned)(h[i] - '0');
		at += BLOCK + (size + BLOCK - 1) / BLOCK * (size_t)BLOCK;
	}
}

static void add_tar_file(struct buf *tar, const char *name, struct str text)
{
	char *h = buf_reserve(tar, BLOCK);
	memset(h, 0, BLOCK);
	snprintf(h, 100, "%s", name);
	snprintf(h + 100, 8, "%07o", 0644);
	snprintf(h + SIZE, 12, "%011o", (unsigned)text.n);
	h[156] = '0';
	memcpy(h + 257, "ustar\00000", 8);
	tar->n += BLOCK;
	buf_add(tar, text);
	buf_add_repeat(tar, '\0', -text.n & (BLOCK - 1));
}

static void pack_parts(struct str rest, struct buf *tar)
{
	static const char *const names[] = { "c/Chart.yaml", "c/values.yaml", "c/requirements.yaml", "c/templates/x.yaml", "c/charts/s/Chart.yaml",
					     "c/values.schema.json" };
	struct str part;
	for (size_t i = 0; i < ARRAY_LEN(names) && rest.n; i++) {
		str_cut(rest, '\0', &part, &rest);
		add_tar_file(tar, names[i], part);
	}
	buf_add_repeat(tar, '\0', 2 * BLOCK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	AUTO_BUF tar = { 0 }, packed = { 0 };
	AUTO_ERR err = { 0 };
	struct chart_tree tree = { 0 };
	char path[64];
	if (!size)
		return 0;
	struct str text = { (const char *)data + 1, size - 1 };
	switch (data[0] % 3) {
	case 0: buf_add(&packed, text); break;
	case 1:
		buf_add(&tar, text);
		mend_checksums(&tar);
		break;
	default:
		pack_parts(text, &tar);
		mend_checksums(&tar);
	}
	if (data[0] % 3)
		wrap(buf_str(&tar), &packed);
	int fd = memfd_create("chart.tgz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, packed.p ? packed.p : "", packed.n) != (ssize_t)packed.n)
		base_die("no memory file");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (chart_load(str_c(path), NULL, &a, &tree, &err) != (err.kind == ERR_NONE))
		base_die("chart_load: result and error disagree");
	chart_close(&tree);
	close(fd);
	arena_deinit(&a);
	return 0;
}
