/* Texts of bytes, and digests: base64, base32, adler32, sha256; sha1 and sha512 come from the host. JSON is in fn_reflect.c. */
#include "gotmpl/sprig_util.h"

#include "base/enc.h"
#include "base/sha256.h"

static bool fn_b64enc(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	enc_base64(&b, arg_str(call, 0), ENC_BASE64);
	return give(call, &b, out, err);
}

/* What is no base64 gives the error's text as the result. */
static bool fn_b64dec(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	size_t at = 0;
	if (!enc_unbase64(&b, arg_str(call, 0), ENC_BASE64, &at))
		buf_addf(&b, "illegal base64 data at input byte %zu", at);
	return give(call, &b, out, err);
}

static bool fn_b32enc(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	enc_base32(&b, arg_str(call, 0));
	return give(call, &b, out, err);
}

static bool fn_b32dec(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	size_t at = 0;
	if (!enc_unbase32(&b, arg_str(call, 0), &at))
		buf_addf(&b, "illegal base32 data at input byte %zu", at);
	return give(call, &b, out, err);
}

static bool fn_sha256sum(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	struct digest d = sha256_of(arg_str(call, 0));
	enc_hex(&b, (struct str){ (const char *)d.b, sizeof(d.b) });
	return give(call, &b, out, err);
}

/* RFC 1950. */
static bool fn_adler32sum(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	uint32_t low = 1, high = 0;
	struct str s = arg_str(call, 0);
	for (size_t i = 0; i < s.n; i++) {
		low = (low + (unsigned char)s.p[i]) % 65521;
		high = (high + low) % 65521;
	}
	*out = value_str(arena_fmt(call->arena, "%u", high << 16 | low));
	return true;
}

static bool host_sum(struct go_call *call, enum go_hash kind, struct value *out, struct err *err)
{
	uint8_t digest[GO_HASH_MAX];
	size_t n;
	AUTO_BUF b = { 0 };
	if (!call->host || !call->host->crypto)
		return fail(err, "cryptography is not available here");
	if (!call->host->crypto->hash(kind, arg_str(call, 0), digest, &n, err))
		return false;
	enc_hex(&b, (struct str){ (const char *)digest, n });
	return give(call, &b, out, err);
}

static bool fn_sha1sum(struct go_call *call, struct value *out, struct err *err)
{
	return host_sum(call, GO_SHA1, out, err);
}

static bool fn_sha512sum(struct go_call *call, struct value *out, struct err *err)
{
	return host_sum(call, GO_SHA512, out, err);
}

static const struct go_func rows[] = {
	GO_FUNC("b64enc", fn_b64enc, GO_P_STRING),       GO_FUNC("b64dec", fn_b64dec, GO_P_STRING),
	GO_FUNC("b32enc", fn_b32enc, GO_P_STRING),       GO_FUNC("b32dec", fn_b32dec, GO_P_STRING),
	GO_FUNC("sha256sum", fn_sha256sum, GO_P_STRING), GO_FUNC("adler32sum", fn_adler32sum, GO_P_STRING),
	GO_FUNC("sha1sum", fn_sha1sum, GO_P_STRING),     GO_FUNC("sha512sum", fn_sha512sum, GO_P_STRING),
};
const struct go_table fn_encode = GO_TABLE(rows);
