/*
 * Strings: flat, or a rope of two where joining would copy much. A rope is made flat, for good, when its bytes are asked for: written from
 * its end, since ropes grow to the left mostly.
 */
#include <stdlib.h>

#include "base/utf8.h"
#include "jsonnet/vm.h"

#define ROPE_MIN 64 /* shorter results are copied */

uint32_t bytes_hash32(struct str bytes)
{
	uint64_t h = str_hash(bytes);
	uint32_t n = (uint32_t)(h ^ h >> 32);
	return n ? n : 1;
}

struct jstr *jstr_constant(struct arena *a, struct str bytes)
{
	struct jstr *s = arena_alloc(a, offsetof(struct jstr, data) + bytes.n + 1);
	s->gc = (struct gc){ .type = GC_STR, .state = STR_FLAT, .n = bytes_hash32(bytes) };
	s->size = (uint32_t)bytes.n;
	s->runes = (uint32_t)utf8_count(bytes);
	if (bytes.n)
		memcpy(s->data, bytes.p, bytes.n);
	s->data[bytes.n] = 0;
	return s;
}

static struct jstr *flat_new(struct vm *vm, size_t n)
{
	if (n > UINT32_MAX - 64)
		vm_raise(vm, "string too long");
	struct jstr *s = heap_alloc(&vm->heap, MAX(offsetof(struct jstr, data) + n + HEAP_BEHIND, sizeof(struct gc) * 2), GC_STR);
	s->gc.state = STR_FLAT;
	s->size = (uint32_t)n;
	s->runes = RUNES_UNKNOWN;
	return s;
}

struct jv str_new(struct vm *vm, struct str bytes)
{
	if (bytes.n == 1 && (unsigned char)*bytes.p < 128)
		return str_jv(vm->ascii[(unsigned char)*bytes.p]);
	struct jstr *s = flat_new(vm, bytes.n);
	if (bytes.n)
		memcpy(s->data, bytes.p, bytes.n);
	return str_jv(s);
}

struct jv str_rune(struct vm *vm, uint32_t rune)
{
	char bytes[4];
	return str_new(vm, (struct str){ bytes, utf8_encode(rune, bytes) });
}

struct jv str_from_buf(struct vm *vm, struct buf *b)
{
	struct jv s = str_new(vm, buf_str(b));
	vm_buf_done(vm, b);
	return s;
}

/* Writes the parts of a rope behind one another, the last one first; parts still to be written wait on a list. */
void str_flatten(struct vm *vm, struct jstr *s)
{
	struct gc *block = heap_alloc(&vm->heap, sizeof(*block) + s->size + HEAP_BEHIND, GC_BYTES);
	char *start = (char *)(block + 1), *end = start + s->size;
	VEC(struct jstr *) wait = { 0 };
	struct jstr *at = s;
	for (;;) {
		while (at->gc.state == STR_ROPE) {
			vec_push(&wait, at->left);
			at = at->right;
		}
		end -= at->size;
		memcpy(end, at->gc.state == STR_FLAT ? at->data : at->at, at->size);
		if (!wait.n)
			break;
		at = wait.p[--wait.n];
	}
	vec_deinit(&wait);
	s->gc.state = STR_AT;
	s->at = start;
	s->bytes = block;
}

struct str str_bytes(struct vm *vm, struct jv s)
{
	return jstr_bytes(vm, jv_str(s));
}

size_t str_size(struct jv s)
{
	return jv_str(s)->size;
}

size_t str_runes(struct vm *vm, struct jv v)
{
	struct jstr *s = jv_str(v);
	if (s->runes == RUNES_UNKNOWN)
		s->runes = (uint32_t)utf8_count(jstr_bytes(vm, s));
	return s->runes;
}

/* Where code point i begins. */
static size_t offset_of(struct str s, size_t i)
{
	size_t at = 0;
	for (; i > 0 && at < s.n; i--)
		for (at++; at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80;)
			at++;
	return at;
}

#define STR_INDEX_MIN 512 /* bytes; shorter texts are counted through */
#define STR_INDEX_STEP 64

static const struct str_index *index_of(struct vm *vm, const struct jstr *s, struct str bytes)
{
	for (size_t k = 0; k < ARRAY_LEN(vm->indexed); k++)
		if (vm->indexed[k].s == s)
			return &vm->indexed[k];
	struct str_index *x = &vm->indexed[vm->next_indexed++ % ARRAY_LEN(vm->indexed)];
	x->s = s;
	x->at.n = 0;
	for (size_t at = 0; at < bytes.n; at += offset_of(str_slice(bytes, at, bytes.n), STR_INDEX_STEP))
		vec_push(&x->at, (uint32_t)at);
	return x;
}

/* Where code point i of a long text begins, without counting from its start each time. */
static size_t offset_in(struct vm *vm, const struct jstr *s, struct str bytes, size_t i)
{
	if (bytes.n < STR_INDEX_MIN)
		return offset_of(bytes, i);
	const struct str_index *x = index_of(vm, s, bytes);
	if (i / STR_INDEX_STEP >= x->at.n)
		return bytes.n;
	size_t at = x->at.p[i / STR_INDEX_STEP];
	return at + offset_of(str_slice(bytes, at, bytes.n), i % STR_INDEX_STEP);
}

struct jv str_sub(struct vm *vm, struct jv v, size_t from, size_t to)
{
	size_t n = str_runes(vm, v);
	struct str s = str_bytes(vm, v);
	to = MIN(to, n);
	from = MIN(from, to);
	if (from == 0 && to == n)
		return v;
	if (n != s.n) {
		size_t count = to - from;
		from = offset_in(vm, jv_str(v), s, from);
		to = count < STR_INDEX_STEP ? from + offset_of(str_slice(s, from, s.n), count) : offset_in(vm, jv_str(v), s, to);
	}
	return str_new(vm, str_slice(s, from, to));
}

struct jv str_concat(struct vm *vm, struct jv a, struct jv b)
{
	struct jstr *x = jv_str(a), *y = jv_str(b), *s;
	size_t n = (size_t)x->size + y->size;
	if (!x->size || !y->size)
		return x->size ? a : b;
	if (n < ROPE_MIN) {
		s = flat_new(vm, n);
		struct str left = jstr_bytes(vm, x), right = jstr_bytes(vm, y);
		memcpy(s->data, left.p, left.n);
		memcpy(s->data + left.n, right.p, right.n);
	} else {
		if (n > UINT32_MAX - 64)
			vm_raise(vm, "string too long");
		s = heap_alloc(&vm->heap, sizeof(*s), GC_STR);
		s->gc.state = STR_ROPE;
		s->size = (uint32_t)n;
		s->left = x;
		s->right = y;
	}
	s->runes = x->runes != RUNES_UNKNOWN && y->runes != RUNES_UNKNOWN ? x->runes + y->runes : RUNES_UNKNOWN;
	return str_jv(s);
}

bool str_same(struct vm *vm, struct jv a, struct jv b)
{
	return a.bits == b.bits || (jv_str(a)->size == jv_str(b)->size && str_eq(str_bytes(vm, a), str_bytes(vm, b)));
}
