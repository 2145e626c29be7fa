/*
 * Two ways in which charts are signed. Helm's: NAME-VERSION.tgz.prov beside the archive (in a registry a layer of its own), a text signed with
 * OpenPGP in the clear, which holds Chart.yaml
 * and the archive's digest (https://helm.sh/docs/topics/provenance/); gpgv checks it, and only what gpgv gives back as signed is read. Cosign's: a
 * payload that names the manifest's digest
 * and a signature of it, in the registry under a tag made of that digest (https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md).
 *
 * The lock remembers by which keys a pin was found good, so that what comes from the store needs no proof again until the keys change.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/scratch.h"
#include "data/json.h"
#include "data/yaml.h"
#include "ext/crypto.h"
#include "ext/proc.h"
#include "pkg/work.h"

enum { MAX_KEYS = 16 << 20, MAX_SAID = 64 << 10, GPGV_MS = 30000 };

static struct str key_path(const struct item *it)
{
	return it->require->verify.keyring.n ? it->require->verify.keyring : it->require->verify.cosign_key;
}

/* "pgp sha256:…" of the keys that are asked for now; empty where none are, or they cannot be read. */
static struct str asked_for(struct work *w, const struct item *it)
{
	struct str path = key_path(it);
	struct digest d;
	char hex[DIGEST_HEX_LEN + 1];
	AUTO_ERR ignored = { 0 };
	if (!path.n || !sha256_file(path, &d, NULL, &ignored))
		return STR("");
	digest_hex(&d, hex);
	return arena_fmt(w->arena, "%s sha256:%s", it->require->verify.keyring.n ? "pgp" : "cosign", hex);
}

bool work_wants_proof(struct work *w, const struct item *it)
{
	struct str asked = asked_for(w, it);
	return key_path(it).n && !(asked.n && str_starts(it->known.pin.verified, asked));
}

/* --- OpenPGP --- */

/* gpgv reads binary keys only: what is armoured is taken out of its armour (RFC 9580 section 6.2). */
static bool binary_keys(struct str text, struct arena *a, struct str *out, struct err *err)
{
	AUTO_BUF body = { 0 }, bytes = { 0 };
	struct str rest = text, line;
	bool inside = false, headers = false;
	if (!str_contains(str_slice(text, 0, 200), STR("-----BEGIN PGP PUBLIC KEY BLOCK-----"))) {
		*out = text;
		return true;
	}
	while (str_next_line(&rest, &line)) {
		line = str_trim(line);
		if (str_starts(line, STR("-----BEGIN"))) {
			inside = headers = true;
		} else if (str_starts(line, STR("-----END")) || (inside && !headers && str_starts(line, STR("=")))) {
			if (!enc_unbase64(&bytes, buf_str(&body), ENC_BASE64, NULL))
				return err_set(err, ERR_SYNTAX, "the armoured keys are damaged");
			buf_clear(&body);
			inside = false;
		} else if (inside && headers) {
			headers = line.n != 0;
		} else if (inside) {
			buf_add(&body, line);
		}
	}
	*out = buf_to_arena(&bytes, a);
	return true;
}

/* "[GNUPG:] VALIDSIG FINGERPRINT …" */
static struct str fingerprint(struct str status, struct arena *a)
{
	struct str rest = status, line, first;
	while (str_next_line(&rest, &line)) {
		const struct str sign = STR("[GNUPG:] VALIDSIG ");
		if (!str_starts(line, sign))
			continue;
		str_cut(str_slice(line, sign.n, line.n), ' ', &first, &line);
		return arena_str(a, first);
	}
	return STR("");
}

static bool run_gpgv(struct work *w, struct str dir, struct str *signer, struct err *err)
{
	struct arena *a = w->arena;
	AUTO_BUF status = { 0 }, said = { 0 };
	struct proc_end end;
	const char *argv[] = { "gpgv", "--status-fd", "1", "--homedir", arena_cstr(a, dir), "--keyring", arena_cstr(a, path_join(a, dir, STR("keys.gpg"))),
			       "--output", arena_cstr(a, path_join(a, dir, STR("signed"))), "--", arena_cstr(a, path_join(a, dir, STR("prov"))), NULL };
	struct proc_options opt = { .argv = argv, .env = (const char *const *)w->opt->environ, .in = PROC_NULL, .out = PROC_PIPE, .err = PROC_PIPE };
	struct proc_run io = { .out = &status, .err = &said, .limit = MAX_SAID, .timeout_ms = GPGV_MS };
	if (!proc_run(&opt, &io, &end, err))
		return err->kind == ERR_NOT_FOUND ? err_hint(err, "gpgv checks provenance files: install it (Debian: gpgv)") : false;
	*signer = fingerprint(buf_str(&status), a);
	if (end.code == 0 && signer->n)
		return true;
	struct str text = buf_str(&said), line, told = STR("gpgv refused it");
	while (str_next_line(&text, &line))
		if (str_starts(line, STR("gpgv: ")))
			told = str_slice(line, 6, line.n);
	return err_set(err, ERR_INTEGRITY, "its provenance is not signed by a key of the keyring: %.*s", STR_ARG(told));
}

/* The text that was signed: Chart.yaml, a line "...", then `files:` with digests. */
static bool check_signed(struct work *w, const struct item *it, struct str text, struct err *err)
{
	struct str version = it->known.pin.version, name = it->require->name;
	struct str file = arena_fmt(w->arena, "%.*s-%.*s.tgz", STR_ARG(name), STR_ARG(version));
	struct digest named;
	struct value sums;
	char got[DIGEST_HEX_LEN + 1];
	size_t cut = str_find(text, STR("\n...\n"));
	digest_hex(&it->known.pin.archive, got);
	if (cut == STR_NPOS || !yaml_read_map(str_slice(text, cut + 5, text.n), NULL, w->arena, &sums, err)) {
		err_deinit(err);
		return err_set(err, ERR_INTEGRITY, "its provenance is signed, but is none of a chart");
	}
	struct value *files = value_map_get(sums, STR("files")), *sum = files ? value_map_get(*files, file) : NULL;
	if (!sum || sum->kind != VAL_STR || !digest_parse(value_as_str(*sum), &named))
		return err_set(err, ERR_INTEGRITY, "its provenance does not speak of %.*s", STR_ARG(file));
	return digest_eq(&named, &it->known.pin.archive) ||
	       err_set(err, ERR_INTEGRITY, "its provenance is of an archive with %.*s, but this one has sha256:%s", STR_ARG(value_as_str(*sum)), got);
}

static bool check_provenance(struct work *w, struct item *it, struct str prov, struct str *signer, struct err *err)
{
	struct str dir, keys, text;
	struct scratch scratch = { 0 };
	if (!fs_read(it->require->verify.keyring, MAX_KEYS, w->arena, &text, err) || !binary_keys(text, w->arena, &keys, err) ||
	    !scratch_make(scratch_parent(w->opt->environ), "raibid-gpgv-", w->arena, &scratch, err))
		return false;
	dir = scratch.dir;
	bool ok = fs_write(path_join(w->arena, dir, STR("keys.gpg")), keys, 0600, FS_NO_SYNC, err) &&
		  fs_write(path_join(w->arena, dir, STR("prov")), prov, 0600, FS_NO_SYNC, err) && run_gpgv(w, dir, signer, err) &&
		  fs_read(path_join(w->arena, dir, STR("signed")), MAX_KEYS, w->arena, &text, err) && check_signed(w, it, text, err);
	scratch_remove(&scratch);
	return ok;
}

/* Where the archive is, so that .prov is beside it. */
static struct str archive_place(struct work *w, const struct item *it)
{
	if (it->from.n)
		return it->from;
	if (w->opt->mirror.n)
		return arena_fmt(w->arena, "%.*s/%.*s-%.*s.tgz", STR_ARG(w->opt->mirror), STR_ARG(it->require->name), STR_ARG(it->known.pin.version));
	struct str source = it->known.pin.source;
	return pkg_is_url(source) ? source : path_in(w->arena, w->file.dir, pkg_plain_path(source));
}

static bool get_prov(struct work *w, const struct item *it, struct str *prov, struct err *err)
{
	struct pkg_get get = { .what = arena_concat(w->arena, work_label(w, it), STR(".prov")), .any_text = true,
			       .url = arena_concat(w->arena, archive_place(w, it), STR(".prov")),
			       .repository = w->opt->mirror.n ? NULL : it->require->repository };
	bool ok = pkg_fetch_all(w->fetch, &get, 1, w->arena, err);
	if (ok && get.err.kind) {
		ok = get.err.kind == ERR_NOT_FOUND ? err_set(err, ERR_INTEGRITY, "it has no provenance: there is no %.*s",
							      STR_ARG(pkg_public_url(w->arena, get.url)))
						   : (err_move(err, &get.err), false);
	}
	err_deinit(&get.err);
	*prov = get.bytes;
	return ok;
}

/* --- cosign --- */

static bool is_of_manifest(struct str payload, const struct digest *manifest, struct arena *a)
{
	struct value v;
	struct digest named;
	AUTO_ERR ignored = { 0 };
	return json_parse(payload, NULL, a, &v, &ignored) && digest_parse(value_find_str(v, "critical.image.docker-manifest-digest"), &named) &&
	       digest_eq(&named, manifest);
}

static bool check_signatures(struct work *w, const struct item *it, const struct pkg_oci_proof *proof, struct err *err)
{
	struct arena *a = w->arena;
	struct value v;
	struct str key;
	if (!fs_read(it->require->verify.cosign_key, MAX_KEYS, a, &key, err))
		return false;
	if (!proof->signatures.n)
		return err_set(err, ERR_INTEGRITY, "it has no signature of cosign's in the registry");
	if (!json_parse(proof->signatures, NULL, a, &v, err))
		return false;
	struct value *layers = value_map_get(v, STR("layers"));
	AUTO_ERR why = { 0 };
	for (size_t i = 0; i < proof->count && layers && layers->kind == VAL_LIST && i < value_list_len(*layers); i++) {
		AUTO_BUF signature = { 0 };
		struct value *notes = value_map_get(layers->list->p[i], STR("annotations"));
		struct value *text = notes ? value_map_get(*notes, STR("dev.cosignproject.cosign/signature")) : NULL;
		err_deinit(&why);
		if (!text || text->kind != VAL_STR || !enc_unbase64(&signature, value_as_str(*text), ENC_BASE64, NULL))
			continue;
		if (!crypto_verify(key, proof->payloads[i], buf_str(&signature), &why)) {
			if (why.kind != ERR_INTEGRITY) {
				err_move(err, &why);
				return err_wrap(err, "%.*s", STR_ARG(it->require->verify.cosign_key));
			}
			continue;
		}
		if (is_of_manifest(proof->payloads[i], &proof->manifest, a))
			return true;
	}
	return err_set(err, ERR_INTEGRITY, "none of its signatures in the registry is one of this chart by the given key");
}

/* --- both --- */

static bool prove_oci(struct work *w, struct item *it, struct str *signer, struct err *err)
{
	const struct pkg_require *r = it->require;
	struct pkg_oci_proof proof = { .wants_signatures = r->verify.cosign_key.n != 0 };
	struct str bytes, url = arena_fmt(w->arena, "%.*s/%.*s", STR_ARG(r->repository->url), STR_ARG(r->name));
	if (!pkg_fetch_oci(w->fetch, url, it->known.pin.version, r->repository, w->arena, &bytes, &proof, err))
		return false;
	struct digest now = sha256_of(bytes);
	if (!digest_eq(&now, &it->known.pin.archive))
		return work_other_bytes("the registry's chart", url, &it->known.pin.archive, &now, err);
	if (proof.wants_signatures)
		return check_signatures(w, it, &proof, err);
	if (!proof.provenance.n)
		return err_set(err, ERR_INTEGRITY, "it has no provenance in the registry");
	return check_provenance(w, it, proof.provenance, signer, err);
}

bool work_prove(struct work *w, struct item *it, struct err *err)
{
	struct str asked, signer = STR(""), prov;
	if (!key_path(it).n) {
		it->known.pin.verified = STR("");
		return true;
	}
	if (!work_wants_proof(w, it))
		return true;
	bool ok = it->require->repository->is_oci && !w->opt->mirror.n ? prove_oci(w, it, &signer, err)
			: it->require->verify.cosign_key.n
				? err_set(err, ERR_INTEGRITY, "a mirror has no signatures of cosign's")
				: get_prov(w, it, &prov, err) && check_provenance(w, it, prov, &signer, err);
	if (!ok)
		return err_wrap(err, "%.*s", STR_ARG(work_label(w, it)));
	asked = asked_for(w, it);
	it->known.pin.verified = signer.n ? arena_fmt(w->arena, "%.*s %.*s", STR_ARG(asked), STR_ARG(signer)) : asked;
	return true;
}
