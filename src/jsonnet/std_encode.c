/* Bytes and text: UTF-8, base64, digests. Arrays of bytes are arrays of numbers. */
#include <math.h>

#include "base/enc.h"
#include "base/num.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "jsonnet/std.h"
#include "jsonnet/std_util.h"
#include "jsonnet/text.h"
#include "jsonnet/vm.h"

static struct jv bytes_array(struct vm *vm, struct str bytes)
{
	struct jv *slots, out = arr_new(vm, bytes.n, &slots);
	for (size_t i = 0; i < bytes.n; i++)
		slots[i] = jv_num((uint8_t)bytes.p[i]);
	return out;
}

static struct jv fn_encode_utf8(struct vm *vm, struct jv *args)
{
	std_types(vm, "encodeUTF8", "s", args);
	return bytes_array(vm, str_bytes(vm, args[0]));
}

/* Bytes as text: each invalid byte is U+FFFD in Go, C++ has a rule of its own. */
static void add_decoded(struct vm *vm, struct buf *out, struct str bytes)
{
	uint32_t rune;
	if (!vm_is_go(vm)) {
		text_repair(bytes, out);
		return;
	}
	for (size_t len; bytes.n > 0; bytes = str_slice(bytes, len, bytes.n)) {
		len = utf8_decode(bytes, &rune);
		buf_add_rune(out, rune);
	}
}

/* `fmt` has one %.*s for the number as Go prints it. */
#define raise_number(vm, fmt, d)                                       \
	do {                                                           \
		struct buf *text = vm_buf(vm);                         \
		num_add_float(text, d, 'g', -1);                       \
		vm_raise(vm, fmt, STR_ARG(buf_str(text)));             \
	} while (0)

static struct jv fn_decode_utf8(struct vm *vm, struct jv *args)
{
	std_types(vm, "decodeUTF8", "a", args);
	struct buf *bytes = vm_buf(vm), *out = vm_buf(vm);
	for (size_t i = 0; i < arr_len(args[0]); i++) {
		struct jv item = arr_get(vm, args[0], i);
		if (!jv_is_num(item) && vm_is_go(vm))
			vm_raise(vm, "Unexpected type %s, expected number", jv_type_name(item));
		if (!jv_is_num(item))
			vm_raise(vm, "Element %zu of the provided array was not a number", i);
		double d = jv_as_num(item);
		if (vm_is_go(vm) && d != floor(d))
			raise_number(vm, "Expected an integer, but got %.*s", d);
		if (vm_is_go(vm) && (d < 0 || d > 255))
			raise_number(vm, "Bytes must be integers in range [0, 255], got %.*s", d);
		if (d < 0 || d > 255 || d != (uint8_t)d)
			vm_raise(vm, "Element %zu of the provided array was not an integer in range [0,255]", i);
		buf_add_char(bytes, (char)(uint8_t)d);
	}
	add_decoded(vm, out, buf_str(bytes));
	struct jv text = str_from_buf(vm, out);
	vm_buf_done(vm, bytes);
	return text;
}

/* --- base64 --- */

/* The bytes to encode: a string's code points, all below 256, as a byte each (in Go: its UTF-8), or the numbers of an array. */
#define GO_NOT_A_BYTE "base64 encountered invalid codepoint value in the array (must be 0 <= X <= 255), got "

static void gather_bytes(struct vm *vm, struct jv input, struct buf *bytes)
{
	bool fits = true;
	if (jv_is(input, JV_STR)) {
		struct str rest = str_bytes(vm, input);
		uint32_t rune;
		for (size_t len; rest.n > 0; rest = str_slice(rest, len, rest.n)) {
			len = utf8_decode(rest, &rune);
			if (rune > 255 && vm_is_go(vm))
				vm_raise(vm, GO_NOT_A_BYTE "%u", rune);
			fits &= rune < 256;
			if (vm_is_go(vm))
				buf_add(bytes, str_slice(rest, 0, len));
			else
				buf_add_char(bytes, (char)(uint8_t)rune);
		}
	} else if (jv_is(input, JV_ARR)) {
		for (size_t i = 0; i < arr_len(input); i++) {
			struct jv item = arr_get(vm, input, i);
			if (vm_is_go(vm) && !jv_is_num(item))
				vm_raise(vm, "base64 encountered a non-integer value in the array, got %s", jv_type_name(item));
			if (vm_is_go(vm) && (jv_as_num(item) < 0 || jv_as_num(item) > 255))
				raise_number(vm, GO_NOT_A_BYTE "%.*s", jv_as_num(item));
			fits &= std_order(vm, "<", item, jv_num(256)) < 0;
			buf_add_char(bytes, (char)(uint8_t)std_int(item));
		}
	} else if (vm_is_go(vm)) {
		vm_raise(vm, "base64 can only base64 encode strings / arrays of single bytes, got %s", jv_type_name(input));
	} else {
		vm_raise(vm, "In comprehension, can only iterate over array.");
	}
	if (!fits)
		vm_raise(vm, "Can only base64 encode strings / arrays of single bytes.");
	if (!vm_is_go(vm) && jv_is(input, JV_STR) && str_find_char(str_bytes(vm, input), '\0') != STR_NPOS)
		vm_raise(vm, "codepoint takes a string of length 1, got length 0");
}

static struct jv fn_base64(struct vm *vm, struct jv *args)
{
	struct buf *bytes = vm_buf(vm), *out = vm_buf(vm);
	gather_bytes(vm, args[0], bytes);
	enc_base64(out, buf_str(bytes), ENC_BASE64);
	struct jv text = str_from_buf(vm, out);
	vm_buf_done(vm, bytes);
	return text;
}

/* The six bits of a character; `=` and all others are no field of the reference's table. */
static unsigned bits_of(struct vm *vm, struct jv c)
{
	struct str s = jv_is(c, JV_STR) ? str_bytes(vm, c) : STR_NONE;
	char b = s.n == 1 ? s.p[0] : '\0';
	if (b >= 'A' && b <= 'Z')
		return (unsigned)(b - 'A');
	if (b >= 'a' && b <= 'z')
		return (unsigned)(b - 'a') + 26;
	if (b >= '0' && b <= '9')
		return (unsigned)(b - '0') + 52;
	if (b == '+' || b == '/')
		return b == '+' ? 62 : 63;
	if (!jv_is(c, JV_STR))
		vm_raise(vm, "object index must be string, got %s.", jv_type_name(c));
	vm_raise(vm, "field does not exist: %.*s", STR_ARG(s));
}

static bool is_padding(struct vm *vm, struct jv c)
{
	return jv_is(c, JV_STR) && str_eq_c(str_bytes(vm, c), "=");
}

static void decode_base64(struct vm *vm, struct jv input, struct buf *out)
{
	if (vm_is_go(vm)) {
		size_t at;
		if (!jv_is(input, JV_STR))
			vm_raise(vm, "base64DecodeBytes requires a string, got %s", jv_type_name(input));
		struct str text = str_bytes(vm, input);
		if (text.n % 4)
			vm_raise(vm, "input string appears not to be a base64 encoded string. Wrong length found (%zu)", text.n);
		if (!enc_unbase64(out, text, ENC_BASE64, &at))
			vm_raise(vm, "failed to decode: illegal base64 data at input byte %zu", at);
		return;
	}
	size_t n = std_len(vm, input);
	if (n % 4 != 0) {
		struct jv message = std_format(vm, str_new(vm, STR("Not a base64 encoded string \"%s\"")), input);
		vm_raise(vm, "%.*s", STR_ARG(str_bytes(vm, message)));
	}
	struct jv items = std_items(vm, input);
	for (size_t i = 0; i < n; i += 4) {
		struct jv c[4];
		for (size_t k = 0; k < 4; k++)
			c[k] = arr_get(vm, items, i + k);
		unsigned a = bits_of(vm, c[0]), b = bits_of(vm, c[1]);
		buf_add_char(out, (char)(uint8_t)(a << 2 | b >> 4));
		if (!is_padding(vm, c[2]))
			buf_add_char(out, (char)(uint8_t)((b & 15) << 4 | bits_of(vm, c[2]) >> 2));
		if (!is_padding(vm, c[3]))
			buf_add_char(out, (char)(uint8_t)((bits_of(vm, c[2]) & 3) << 6 | bits_of(vm, c[3])));
	}
}

static struct jv fn_base64_decode_bytes(struct vm *vm, struct jv *args)
{
	struct buf *bytes = vm_buf(vm);
	decode_base64(vm, args[0], bytes);
	struct jv out = bytes_array(vm, buf_str(bytes));
	vm_buf_done(vm, bytes);
	return out;
}

/* Each byte becomes the code point of its number; in Go the bytes are UTF-8. */
static struct jv fn_base64_decode(struct vm *vm, struct jv *args)
{
	struct buf *bytes = vm_buf(vm), *out = vm_buf(vm);
	decode_base64(vm, args[0], bytes);
	if (vm_is_go(vm))
		add_decoded(vm, out, buf_str(bytes));
	for (size_t i = 0; !vm_is_go(vm) && i < bytes->n; i++)
		buf_add_rune(out, (uint8_t)bytes->p[i]);
	struct jv text = str_from_buf(vm, out);
	vm_buf_done(vm, bytes);
	return text;
}

/* --- digests --- */

static struct jv hex(struct vm *vm, const uint8_t *digest, size_t n)
{
	struct buf *out = vm_buf(vm);
	enc_hex(out, (struct str){ (const char *)digest, n });
	return str_from_buf(vm, out);
}

/* By the host's cryptography. */
static struct jv hash(struct vm *vm, const char *name, enum jsonnet_hash kind, struct jv *args)
{
	uint8_t digest[JSONNET_HASH_MAX];
	size_t n;
	struct err err = { 0 };
	std_types(vm, name, "s", args);
	if (!vm->options->hash)
		vm_raise(vm, "std.%s is not available here", name);
	if (!vm->options->hash(kind, str_bytes(vm, args[0]), digest, &n, &err)) {
		struct str message = arena_str(&vm->arena, str_c(err.message));
		err_deinit(&err);
		vm_raise(vm, "%.*s", STR_ARG(message));
	}
	return hex(vm, digest, n);
}

static struct jv fn_md5(struct vm *vm, struct jv *args)
{
	return hash(vm, "md5", JSONNET_MD5, args);
}

static struct jv fn_sha1(struct vm *vm, struct jv *args)
{
	return hash(vm, "sha1", JSONNET_SHA1, args);
}

static struct jv fn_sha256(struct vm *vm, struct jv *args)
{
	std_types(vm, "sha256", "s", args);
	struct digest d = sha256_of(str_bytes(vm, args[0]));
	return hex(vm, d.b, sizeof(d.b));
}

static struct jv fn_sha512(struct vm *vm, struct jv *args)
{
	return hash(vm, "sha512", JSONNET_SHA512, args);
}

static struct jv fn_sha3(struct vm *vm, struct jv *args)
{
	return hash(vm, "sha3", JSONNET_SHA3_512, args);
}

const struct std_row std_encode_rows[] = {
	{ "encodeUTF8", "str", fn_encode_utf8 },
	{ "decodeUTF8", "arr", fn_decode_utf8 },
	{ "base64", "input", fn_base64 },
	{ "base64Decode", "str", fn_base64_decode },
	{ "base64DecodeBytes", "str", fn_base64_decode_bytes },
	{ "md5", "str", fn_md5 },
	{ "sha1", "str", fn_sha1 },
	{ "sha256", "str", fn_sha256 },
	{ "sha512", "str", fn_sha512 },
	{ "sha3", "str", fn_sha3 },
	{ NULL },
};
