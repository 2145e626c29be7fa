/*
 * Codes are looked up in tables: the next 11 bits (8 for distances) find an entry that says what they mean and how many of them belong to it; longer codes, which
 * are rare, take a second look. All that follows a length's code, its extra bits, is taken together with it.
 *
 * The fast loop reads eight bytes at once and writes words beyond the end of what it copies, so it stops short of both ends; the careful loop, which looks at
 * each byte, does the rest. Between two of its checks the fast loop takes at most three literals, or two and a length with its distance: bits enough for
 * that are in the buffer after one load.
 */
#include "ext/inflate.h"

#include <string.h>

enum {
	LENGTH_BITS = 11,
	DISTANCE_BITS = 8,
	CODE_BITS_MAX = 15,
	LENGTH_CODES = 288,
	DISTANCE_CODES = 32,
	ORDER_CODES = 19, /* for the lengths of codes */
	ORDER_BITS = 7,
	END_OF_BLOCK = 256,
	MATCH_MAX = 258,
	IN_MARGIN = 32,
	OUT_MARGIN = MATCH_MAX + 48,
};

/*
 * An entry: bits 0-7, how many bits it takes with its extra ones; 8-11, how many without; 16-31 the literal, the least length or distance, or where the second
 * table is, whose index has as many bits as 8-11 say. A second table's entry does not count the bits of the first.
 */
enum {
	LITERAL = 1 << 15,
	SPECIAL = 1 << 14, /* one of the following, or no code */
	SECOND = 1 << 13,
	STOP = 1 << 12, /* the end of the block */
	BAD = SPECIAL,
};

typedef uint32_t entry;

struct tables {
	entry length[(1 << LENGTH_BITS) + LENGTH_CODES * (1 << (CODE_BITS_MAX - LENGTH_BITS))];
	entry distance[(1 << DISTANCE_BITS) + DISTANCE_CODES * (1 << (CODE_BITS_MAX - DISTANCE_BITS))];
};

struct reader {
	const uint8_t *p, *end;
	uint64_t bits;
	unsigned count;    /* bits that are in `bits` */
	unsigned missing;  /* bytes taken beyond the end, as zeros */
};

/* ---- Bits ---- */

static inline uint64_t load(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

/* At least 56 bits; past the end zeros. */
static void fill(struct reader *r)
{
	while (r->count <= 56) {
		if (r->p < r->end)
			r->bits |= (uint64_t)*r->p++ << r->count;
		else
			r->missing++;
		r->count += 8;
	}
}

static unsigned take(struct reader *r, unsigned n)
{
	if (r->count < n)
		fill(r);
	unsigned v = (unsigned)(r->bits & ((1ULL << n) - 1));
	r->bits >>= n;
	r->count -= n;
	return v;
}

/* Bits were taken that are not there. */
static bool is_beyond(const struct reader *r)
{
	return r->missing * 8 > r->count;
}

/* Gives whole bytes back. */
static void to_byte(struct reader *r)
{
	take(r, r->count % 8);
	unsigned held = r->count / 8, unread = held - (r->missing < held ? r->missing : held);
	r->p -= unread;
	r->missing -= held - unread;
	r->bits = 0;
	r->count = 0;
}

/* ---- Tables ---- */

/* What codes mean: lengths from 257 on, and distances. RFC 1951, 3.2.5. */
static const uint16_t length_base[] = { 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258 };
static const uint8_t length_extra[] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0 };
static const uint16_t distance_base[] = { 1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
					  8193, 12289, 16385, 24577 };

static entry length_entry(unsigned symbol, unsigned bits)
{
	if (symbol < END_OF_BLOCK)
		return LITERAL | symbol << 16 | bits << 8 | bits;
	if (symbol == END_OF_BLOCK)
		return SPECIAL | STOP | bits << 8 | bits;
	symbol -= END_OF_BLOCK + 1;
	if (symbol >= sizeof(length_extra))
		return BAD;
	return (entry)length_base[symbol] << 16 | bits << 8 | (bits + length_extra[symbol]);
}

static entry distance_entry(unsigned symbol, unsigned bits)
{
	if (symbol >= sizeof(distance_base) / sizeof(*distance_base))
		return BAD;
	return (entry)distance_base[symbol] << 16 | bits << 8 | (bits + (symbol < 2 ? 0 : symbol / 2 - 1));
}

static entry plain_entry(unsigned symbol, unsigned bits)
{
	return symbol << 16 | bits << 8 | bits;
}

typedef entry entry_fn(unsigned symbol, unsigned bits);

static unsigned reverse(unsigned code, unsigned bits)
{
	unsigned r = 0;
	for (unsigned i = 0; i < bits; i++, code >>= 1)
		r = r << 1 | (code & 1);
	return r;
}

/*
 * From the lengths of codes: codes of a length follow each other in the order of symbols, and those of the next length follow them (3.2.2). False where there
 * are more than fit. Fewer are allowed for one code only, or none, as zlib does it; what is no code is BAD.
 */
static inline bool build(entry *table, unsigned table_bits, const uint8_t *lengths, unsigned n, entry_fn *make)
{
	unsigned count[CODE_BITS_MAX + 1] = { 0 }, next[CODE_BITS_MAX + 2] = { 0 }, first[CODE_BITS_MAX + 2] = { 0 };
	uint16_t sorted[LENGTH_CODES];
	for (unsigned i = 0; i < n; i++)
		count[lengths[i]]++;
	count[0] = 0;
	long left = 1;
	unsigned used = 0;
	for (unsigned bits = 1; bits <= CODE_BITS_MAX; bits++) {
		left = left * 2 - count[bits];
		if (left < 0)
			return false;
		first[bits + 1] = first[bits] + count[bits];
		used += count[bits];
	}
	if (left > 0 && (used > 1 || count[1] != used))
		return false;
	memcpy(next, first, sizeof(next));
	for (unsigned i = 0; i < n; i++)
		if (lengths[i])
			sorted[next[lengths[i]]++] = (uint16_t)i;
	unsigned size = 1U << table_bits, code = 0, end = size, done = 0;
	if (left > 0)
		for (unsigned i = 0; i < size; i++)
			table[i] = BAD;
	/* Codes that the table holds: each at all places that end in it. */
	for (unsigned bits = 1; bits <= table_bits; bits++, code <<= 1)
		for (unsigned k = 0; k < count[bits]; k++, code++) {
			entry e = make(sorted[done++], bits);
			for (unsigned at = reverse(code, bits); at < size; at += 1U << bits)
				table[at] = e;
		}
	/* The longer ones: a second table for all that begin with the same bits, as large as the longest of them needs. */
	unsigned prefix = ~0U, second_bits = 0, second = 0;
	for (unsigned bits = table_bits + 1; bits <= CODE_BITS_MAX; bits++, code <<= 1)
		for (unsigned k = 0; k < count[bits]; k++, code++) {
			unsigned reversed = reverse(code, bits), more = bits - table_bits;
			if ((reversed & (size - 1)) != prefix) {
				prefix = reversed & (size - 1);
				second_bits = more;
				unsigned room = 1U << more, taken = count[bits] - k;
				while (taken < room && table_bits + second_bits < CODE_BITS_MAX) {
					second_bits++;
					taken = (taken << 1) + count[table_bits + second_bits];
					room <<= 1;
				}
				second = end;
				end += 1U << second_bits;
				table[prefix] = SPECIAL | SECOND | second << 16 | second_bits << 8 | table_bits;
			}
			entry e = make(sorted[done++], more);
			for (unsigned at = reversed >> table_bits; at < 1U << second_bits; at += 1U << more)
				table[second + at] = e;
		}
	return true;
}

/* ---- Blocks ---- */

struct writer {
	uint8_t *begin, *p, *end;
	uint8_t *next_told; /* where the one that waits is told again */
	const struct inflate_to *to;
};

static void tell(struct writer *w)
{
	if (!w->to->told)
		return;
	w->to->told(w->to->ctx, (size_t)(w->p - w->begin));
	w->next_told = w->p + INFLATE_STEP;
}

static enum inflate_result stored_block(struct reader *r, struct writer *w)
{
	to_byte(r);
	if (r->end - r->p < 4 || r->missing)
		return INFLATE_DAMAGED;
	unsigned n = r->p[0] | (unsigned)r->p[1] << 8, check = r->p[2] | (unsigned)r->p[3] << 8;
	r->p += 4;
	if ((n ^ check) != 0xffff || (size_t)(r->end - r->p) < n)
		return INFLATE_DAMAGED;
	if ((size_t)(w->end - w->p) < n)
		return INFLATE_FULL;
	memcpy(w->p, r->p, n);
	w->p += n;
	r->p += n;
	return INFLATE_OK;
}

/* Lengths of 8, 9, 7 and 8 bits. 3.2.6. */
static bool fixed_tables(struct tables *t)
{
	uint8_t lengths[LENGTH_CODES];
	memset(lengths, 8, 144);
	memset(lengths + 144, 9, 112);
	memset(lengths + 256, 7, 24);
	memset(lengths + 280, 8, 8);
	bool ok = build(t->length, LENGTH_BITS, lengths, LENGTH_CODES, length_entry);
	memset(lengths, 5, DISTANCE_CODES);
	return build(t->distance, DISTANCE_BITS, lengths, DISTANCE_CODES, distance_entry) && ok;
}

/* The lengths of both codes, which are packed by a third. 3.2.7. */
static bool read_lengths(struct reader *r, const entry *order_table, uint8_t *lengths, unsigned n)
{
	for (unsigned i = 0; i < n;) {
		fill(r);
		entry e = order_table[r->bits & ((1 << ORDER_BITS) - 1)];
		if (e & SPECIAL)
			return false;
		take(r, e & 0xff);
		unsigned symbol = e >> 16;
		if (symbol < 16) {
			lengths[i++] = (uint8_t)symbol;
			continue;
		}
		if (symbol == 16 && i == 0)
			return false;
		uint8_t value = symbol == 16 ? lengths[i - 1] : 0;
		unsigned times = symbol == 16 ? 3 + take(r, 2) : symbol == 17 ? 3 + take(r, 3) : 11 + take(r, 7);
		if (times > n - i)
			return false;
		memset(lengths + i, value, times);
		i += times;
	}
	return !is_beyond(r);
}

static bool read_tables(struct reader *r, struct tables *t)
{
	static const uint8_t order[ORDER_CODES] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };
	uint8_t lengths[LENGTH_CODES + DISTANCE_CODES] = { 0 }, order_lengths[ORDER_CODES] = { 0 };
	entry order_table[1 << ORDER_BITS];
	unsigned length_codes = 257 + take(r, 5), distance_codes = 1 + take(r, 5), order_codes = 4 + take(r, 4);
	if (length_codes > 286)
		return false;
	for (unsigned i = 0; i < order_codes; i++)
		order_lengths[order[i]] = (uint8_t)take(r, 3);
	if (!build(order_table, ORDER_BITS, order_lengths, ORDER_CODES, plain_entry) ||
	    !read_lengths(r, order_table, lengths, length_codes + distance_codes) || !lengths[END_OF_BLOCK])
		return false;
	return build(t->length, LENGTH_BITS, lengths, length_codes, length_entry) &&
	       build(t->distance, DISTANCE_BITS, lengths + length_codes, distance_codes, distance_entry);
}

static inline void copy_word(uint8_t *to, const uint8_t *from)
{
	uint64_t v;
	memcpy(&v, from, sizeof(v));
	memcpy(to, &v, sizeof(v));
}

/* Repeats what is `distance` before: in words, beyond the end of the match. */
static inline void copy_match(uint8_t *to, size_t distance, size_t length)
{
	const uint8_t *from = to - distance;
	uint8_t *end = to + length;
	if (distance >= 8) {
		copy_word(to, from);
		copy_word(to + 8, from + 8);
		copy_word(to + 16, from + 16);
		copy_word(to + 24, from + 24);
		copy_word(to + 32, from + 32);
		for (to += 40, from += 40; to < end; to += 8, from += 8)
			copy_word(to, from);
	} else if (distance == 1) {
		memset(to, *from, length);
	} else {
		/* Words that overlap: each step advances by what is right of one. */
		do {
			copy_word(to, from);
			to += distance;
			from += distance;
		} while (to < end);
	}
}

/* With the extra bits, which follow the code's. */
static inline size_t value_of(entry e, uint64_t bits)
{
	return (e >> 16) + (size_t)((bits & ((1ULL << (e & 0xff)) - 1)) >> (e >> 8 & 0xf));
}

enum step { STEP_ON, STEP_BLOCK_ENDS, STEP_BAD };

/* As long as there is room on both sides. */
static inline enum step fast_loop(struct reader *r, struct writer *w, const struct tables *t)
{
	const entry *lengths = t->length, *distances = t->distance;
	const uint8_t *in = r->p, *in_last = r->end - IN_MARGIN;
	uint8_t *out = w->p, *out_last = w->end - OUT_MARGIN, *begin = w->begin;
	uint64_t bits = r->bits;
	unsigned count = r->count;
	enum step step = STEP_ON;
	if (w->next_told < out_last)
		out_last = w->next_told;
#define FILL() (bits |= load(in) << count, in += (63 - count) >> 3, count |= 56)
#define TAKE(e) (bits >>= (uint8_t)(e), count -= (uint8_t)(e))
	if (r->end - r->p < IN_MARGIN || w->end - w->p < OUT_MARGIN)
		return STEP_ON;
	FILL();
	entry e = lengths[bits & ((1 << LENGTH_BITS) - 1)];
	while (in <= in_last && out < out_last) {
		if (e & LITERAL) {
			TAKE(e);
			*out++ = (uint8_t)(e >> 16);
			e = lengths[bits & ((1 << LENGTH_BITS) - 1)];
			if (e & LITERAL) {
				TAKE(e);
				*out++ = (uint8_t)(e >> 16);
				e = lengths[bits & ((1 << LENGTH_BITS) - 1)];
				if (e & LITERAL) {
					TAKE(e);
					*out++ = (uint8_t)(e >> 16);
					FILL();
					e = lengths[bits & ((1 << LENGTH_BITS) - 1)];
					continue;
				}
			}
		}
		if (e & SPECIAL) {
			if (e & SECOND) {
				unsigned second_bits = e >> 8 & 0xf;
				TAKE(LENGTH_BITS);
				e = lengths[(e >> 16) + (bits & ((1U << second_bits) - 1))];
			}
			if (e & LITERAL) {
				TAKE(e);
				*out++ = (uint8_t)(e >> 16);
				FILL();
				e = lengths[bits & ((1 << LENGTH_BITS) - 1)];
				continue;
			}
			if (e & SPECIAL) {
				step = e & STOP ? STEP_BLOCK_ENDS : STEP_BAD;
				TAKE(e);
				break;
			}
		}
		size_t length = value_of(e, bits);
		TAKE(e);
		FILL();
		e = distances[bits & ((1 << DISTANCE_BITS) - 1)];
		if (e & SPECIAL) {
			unsigned second_bits = e >> 8 & 0xf;
			if (!(e & SECOND)) {
				step = STEP_BAD;
				break;
			}
			TAKE(DISTANCE_BITS);
			e = distances[(e >> 16) + (bits & ((1U << second_bits) - 1))];
			if (e & SPECIAL) {
				step = STEP_BAD;
				break;
			}
		}
		size_t distance = value_of(e, bits);
		if (distance > (size_t)(out - begin)) {
			step = STEP_BAD;
			break;
		}
		TAKE(e);
		FILL();
		e = lengths[bits & ((1 << LENGTH_BITS) - 1)];
		copy_match(out, distance, length);
		out += length;
	}
#undef FILL
#undef TAKE
	r->p = in;
	r->bits = bits & ((1ULL << count) - 1);
	r->count = count;
	w->p = out;
	return step;
}

static entry look_up(struct reader *r, const entry *table, unsigned table_bits)
{
	fill(r);
	entry e = table[r->bits & ((1U << table_bits) - 1)];
	if (e & LITERAL || !(e & SECOND))
		return e;
	take(r, table_bits);
	return table[(e >> 16) + (r->bits & ((1U << (e >> 8 & 0xf)) - 1))];
}

/* One literal or match, looking at each byte. */
static enum inflate_result careful_step(struct reader *r, struct writer *w, const struct tables *t, bool *ends)
{
	entry e = look_up(r, t->length, LENGTH_BITS);
	if (e & LITERAL) {
		take(r, e & 0xff);
		if (is_beyond(r))
			return INFLATE_DAMAGED;
		if (w->p == w->end)
			return INFLATE_FULL;
		*w->p++ = (uint8_t)(e >> 16);
		return INFLATE_OK;
	}
	if (e & SPECIAL) {
		*ends = true;
		take(r, e & 0xff);
		return e & STOP && !is_beyond(r) ? INFLATE_OK : INFLATE_DAMAGED;
	}
	size_t length = value_of(e, r->bits);
	take(r, e & 0xff);
	e = look_up(r, t->distance, DISTANCE_BITS);
	if (e & SPECIAL)
		return INFLATE_DAMAGED;
	size_t distance = value_of(e, r->bits);
	take(r, e & 0xff);
	if (is_beyond(r) || distance > (size_t)(w->p - w->begin))
		return INFLATE_DAMAGED;
	if ((size_t)(w->end - w->p) < length)
		return INFLATE_FULL;
	for (const uint8_t *from = w->p - distance; length; length--)
		*w->p++ = *from++;
	return INFLATE_OK;
}

static enum inflate_result coded_block(struct reader *r, struct writer *w, const struct tables *t)
{
	bool ends = false;
	enum inflate_result result = INFLATE_OK;
	while (result == INFLATE_OK && !ends) {
		enum step step = fast_loop(r, w, t);
		if (step == STEP_BAD)
			return INFLATE_DAMAGED;
		if (w->p >= w->next_told)
			tell(w);
		if (step == STEP_BLOCK_ENDS)
			return INFLATE_OK;
		result = careful_step(r, w, t, &ends);
	}
	return result;
}

enum inflate_result inflate(struct str bytes, const struct inflate_to *to, size_t *used, size_t *n)
{
	struct reader r = { .p = (const uint8_t *)bytes.p, .end = (const uint8_t *)bytes.p + bytes.n };
	struct writer w = { .begin = (uint8_t *)to->p, .p = (uint8_t *)to->p, .end = (uint8_t *)to->p + to->room, .to = to };
	struct tables t;
	enum inflate_result result = INFLATE_OK;
	bool is_last = false;
	w.next_told = to->told ? w.p + INFLATE_STEP : w.end;
	while (result == INFLATE_OK && !is_last) {
		is_last = take(&r, 1);
		unsigned kind = take(&r, 2);
		if (kind == 0)
			result = stored_block(&r, &w);
		else if (kind == 1 ? fixed_tables(&t) : kind == 2 && read_tables(&r, &t))
			result = coded_block(&r, &w, &t);
		else
			result = INFLATE_DAMAGED;
	}
	to_byte(&r);
	if (result == INFLATE_OK && r.missing)
		result = INFLATE_DAMAGED;
	tell(&w);
	*used = (size_t)(r.p - (const uint8_t *)bytes.p);
	*n = (size_t)(w.p - w.begin);
	return result;
}
