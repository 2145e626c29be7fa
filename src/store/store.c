/*
 * Folder layout: blobs/ab/cdef… by the first two digits, so that no folder grows large, and tmp/ for what is being written. Everything is
 * 0700: even plain blobs are the user's own business.
 */
#include "store/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "ext/crypto.h"

struct store {
	struct arena arena;
	struct str dir;
	struct str key; /* empty: plain */
};

static const struct str SEAL_CONTEXT = STR_INIT("raibid-run blob 1");

struct store *store_new(struct str dir, struct str key)
{
	assert(key.n == 0 || key.n == CRYPTO_KEY_LEN);
	struct store *s = xcalloc(1, sizeof(*s));
	s->dir = arena_str(&s->arena, dir);
	s->key = arena_str(&s->arena, key);
	return s;
}

void store_free(struct store *s)
{
	if (!s)
		return;
	explicit_bzero((char *)s->key.p, s->key.n);
	arena_deinit(&s->arena);
	free(s);
}

struct str store_default_dir(struct arena *a, struct str xdg_cache_home, struct str home)
{
	if (path_is_abs(xdg_cache_home))
		return path_join(a, xdg_cache_home, STR("raibid-run"));
	if (path_is_abs(home))
		return path_join(a, home, STR(".cache/raibid-run"));
	return arena_fmt(a, "/tmp/raibid-run-%ld", (long)getuid());
}

struct digest store_digest(const struct store *s, struct str bytes)
{
	return s->key.n ? sha256_hmac(s->key, bytes) : sha256_of(bytes);
}

static struct str blob_path(const struct store *s, struct arena *a, const struct digest *d)
{
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(d, hex);
	return arena_fmt(a, "%.*s/blobs/%.2s/%s", STR_ARG(s->dir), hex, hex + 2);
}

static bool write_blob(struct store *s, struct str path, struct str bytes, struct arena *a, struct err *err)
{
	AUTO_BUF sealed = { 0 };
	if (s->key.n) {
		if (!crypto_seal((const uint8_t *)s->key.p, SEAL_CONTEXT, bytes, &sealed, err))
			return false;
		bytes = buf_str(&sealed);
	}
	return fs_mkdirs(path_dir(a, path), 0700, err) && fs_write(path, bytes, 0400, FS_NO_SYNC, err);
}

bool store_put(struct store *s, struct str bytes, struct digest *digest, struct err *err)
{
	struct arena a = { 0 };
	struct digest d = store_digest(s, bytes);
	struct str path = blob_path(s, &a, &d);
	bool ok = fs_is_file(path) || write_blob(s, path, bytes, &a, err);
	arena_deinit(&a);
	if (!ok)
		return err_wrap(err, "keeping a result");
	*digest = d;
	return true;
}

bool store_put_file(struct store *s, struct str path, struct digest *digest, struct err *err)
{
	struct arena a = { 0 };
	struct str bytes;
	bool ok = fs_read(path, 0, &a, &bytes, err) && store_put(s, bytes, digest, err);
	arena_deinit(&a);
	return ok;
}

bool store_has(struct store *s, const struct digest *digest)
{
	struct arena a = { 0 };
	bool has = fs_is_file(blob_path(s, &a, digest));
	arena_deinit(&a);
	return has;
}

static bool open_sealed(struct store *s, struct arena *a, struct str *bytes)
{
	AUTO_BUF plain = { 0 };
	AUTO_ERR ignored = { 0 };
	if (!crypto_unseal((const uint8_t *)s->key.p, SEAL_CONTEXT, *bytes, &plain, &ignored))
		return false;
	*bytes = buf_to_arena(&plain, a);
	return true;
}

bool store_get(struct store *s, const struct digest *digest, struct arena *a, struct str *bytes, struct err *err)
{
	struct str path = blob_path(s, a, digest), got;
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(digest, hex);
	AUTO_ERR read_err = { 0 };
	if (!fs_read(path, 0, a, &got, &read_err))
		return err_set(err, ERR_NOT_FOUND, "blob %s is not in the store", hex);
	bool sound = !s->key.n || open_sealed(s, a, &got);
	struct digest actual = sound ? store_digest(s, got) : (struct digest){ 0 };
	if (!sound || !digest_eq(&actual, digest)) {
		unlink(path.p);
		return err_set(err, ERR_NOT_FOUND, "blob %s in the store was damaged and has been removed", hex);
	}
	*bytes = got;
	return true;
}

bool store_restore(struct store *s, const struct digest *digest, struct str path, mode_t mode, struct err *err)
{
	struct arena a = { 0 };
	struct str bytes;
	bool ok = store_get(s, digest, &a, &bytes, err) && fs_mkdirs(path_dir(&a, path), 0777, err) &&
		  fs_write(path, bytes, mode, FS_NO_SYNC, err);
	arena_deinit(&a);
	return ok;
}
