/*
 * std.sort, std.uniq and the functions on sets.
 *
 * The reference sorts by a quicksort in jsonnet that keeps equal elements in their order, up to 30 elements, and merges above. Its result is that
 * of any stable sort; here the keys are computed once, then a merge sort compares numbers and strings directly. What can be seen of its way is
 * which comparison fails first: check_keys asks in its order.
 *
 * A key function that was not given is JV_NOTHING: elements are their own keys.
 */
#include "jsonnet/std.h"
#include "jsonnet/std_util.h"
#include "jsonnet/vm.h"

#define QUICK_MAX 30

static struct jv key_of(struct vm *vm, struct jv func, struct jv item)
{
	return jv_is(func, JV_EMPTY) ? vm_force(vm, item) : std_call1(vm, func, item);
}

/* Raises the error that the reference meets first when it sorts keys [from, to) of different types, or of types without order. */
static void check_keys(struct vm *vm, const struct jv *keys, size_t from, size_t to)
{
	size_t n = to - from;
	if (n > QUICK_MAX) {
		size_t middle = from + n / 2;
		check_keys(vm, keys, from, middle);
		check_keys(vm, keys, middle, to);
		if (jv_kind(keys[from]) != jv_kind(keys[middle]))
			std_order(vm, "<=", keys[from], keys[middle]);
		return;
	}
	for (size_t i = from + 1; i < to; i++)
		if (jv_kind(keys[i]) != jv_kind(keys[from]) || !(jv_is_num(keys[i]) || jv_is(keys[i], JV_STR) || jv_is(keys[i], JV_ARR)))
			std_order(vm, "<", keys[i], keys[from]);
}

typedef int order_fn(struct vm *vm, struct jv a, struct jv b);

static int order_numbers(struct vm *vm UNUSED, struct jv a, struct jv b)
{
	double x = jv_as_num(a), y = jv_as_num(b);
	return x < y ? -1 : x > y;
}

static int order_strings(struct vm *vm, struct jv a, struct jv b)
{
	return str_cmp(str_bytes(vm, a), str_bytes(vm, b));
}

static int order_any(struct vm *vm, struct jv a, struct jv b)
{
	return std_order(vm, "<", a, b);
}

/* Keys and elements side by side, on the collected heap. */
struct pair {
	struct jv key, item;
};

/* Merges runs of `width` pairs from `from` into `to`; stable. */
static void merge_pass(struct vm *vm, order_fn *order, const struct pair *from, struct pair *to, size_t n, size_t width)
{
	for (size_t start = 0; start < n; start += 2 * width) {
		size_t i = start, middle = MIN(start + width, n), j = middle, end = MIN(start + 2 * width, n), k = start;
		/* Runs that are in order already need one comparison. */
		if (middle < end && order(vm, from[middle].key, from[middle - 1].key) >= 0) {
			memcpy(to + start, from + start, (end - start) * sizeof(*from));
			continue;
		}
		while (i < middle && j < end)
			to[k++] = order(vm, from[j].key, from[i].key) < 0 ? from[j++] : from[i++];
		memcpy(to + k, from + i, (middle - i) * sizeof(*from));
		k += middle - i;
		memcpy(to + k, from + j, (end - j) * sizeof(*from));
	}
}

/* The pairs live in two lists that are as long as two slots a pair, so that the collector sees them. */
static struct pair *new_pairs(struct vm *vm, size_t n)
{
	struct jv *slots;
	arr_new(vm, 2 * n, &slots);
	return (struct pair *)slots;
}

static struct pair *sort_pairs(struct vm *vm, struct pair *pairs, size_t n)
{
	order_fn *order = jv_is_num(pairs[0].key) ? order_numbers : jv_is(pairs[0].key, JV_STR) ? order_strings : order_any;
	struct pair *other = new_pairs(vm, n);
	for (size_t width = 1; width < n; width *= 2) {
		merge_pass(vm, order, pairs, other, n, width);
		struct pair *swap = pairs;
		pairs = other;
		other = swap;
	}
	return pairs;
}

/* Sorted elements with their keys, or NULL for less than two, which only Go looks at. */
static struct pair *sorted(struct vm *vm, struct jv arr, struct jv lazy_func, size_t *n)
{
	struct jv *keys;
	*n = std_len(vm, arr);
	if (*n <= 1) {
		if (*n && vm_is_go(vm))
			key_of(vm, vm_force(vm, lazy_func), arr_lazy(vm, arr, 0));
		return NULL;
	}
	struct jv items = std_items(vm, arr), func = vm_force(vm, lazy_func);
	arr_new(vm, *n, &keys);
	/* The first comparison is of the second element with the first. */
	keys[1] = key_of(vm, func, arr_lazy(vm, items, 1));
	for (size_t i = 0; i < *n; i++)
		if (i != 1)
			keys[i] = key_of(vm, func, arr_lazy(vm, items, i));
	check_keys(vm, keys, 0, *n);
	struct pair *pairs = new_pairs(vm, *n);
	for (size_t i = 0; i < *n; i++)
		pairs[i] = (struct pair){ keys[i], arr_lazy(vm, items, i) };
	return sort_pairs(vm, pairs, *n);
}

static struct jv fn_sort(struct vm *vm, struct jv *args)
{
	struct jv *slots;
	size_t n;
	struct pair *pairs = sorted(vm, args[0], args[1], &n);
	if (!pairs)
		return args[0];
	struct jv out = arr_new(vm, n, &slots);
	for (size_t i = 0; i < n; i++)
		slots[i] = pairs[i].item;
	return out;
}

/* Leaves out what has the key of the element kept before it. */
static struct jv fn_uniq(struct vm *vm, struct jv *args)
{
	struct vm_vec out = { 0 };
	std_fold_over(vm, "foldl", args[0]);
	struct jv last = JV_NOTHING, items = std_items(vm, args[0]);
	size_t n = arr_len(items);
	struct jv func = n > 1 ? vm_force(vm, args[1]) : JV_NOTHING;
	for (size_t i = 0; i < n; i++) {
		struct jv item = arr_lazy(vm, items, i);
		if (i > 0) {
			if (i == 1)
				last = key_of(vm, func, arr_lazy(vm, items, 0));
			struct jv key = key_of(vm, func, item);
			if (vm_equal(vm, last, key))
				continue;
			last = key;
		}
		vm_vec_push(vm, &out, item);
	}
	return vm_vec_array(vm, &out);
}

static struct jv fn_set(struct vm *vm, struct jv *args)
{
	struct vm_vec out = { 0 };
	size_t n;
	struct pair *pairs = sorted(vm, args[0], args[1], &n);
	if (!pairs)
		return std_items(vm, args[0]);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !vm_equal(vm, pairs[i - 1].key, pairs[i].key))
			vm_vec_push(vm, &out, pairs[i].item);
	return vm_vec_array(vm, &out);
}

/* Where two sets are merged: the next element of each with its key. */
struct side {
	struct jv set, items, key;
	size_t n, i;
	bool has_key;
};

static void side_open(struct vm *vm, struct side *s, struct jv lazy)
{
	s->set = vm_force(vm, lazy);
	s->n = std_len(vm, s->set);
}

static struct jv side_item(struct vm *vm, struct side *s)
{
	if (jv_is(s->items, JV_EMPTY))
		s->items = std_items(vm, s->set);
	return arr_lazy(vm, s->items, s->i);
}

static void side_key(struct vm *vm, struct side *s, struct jv func)
{
	if (!s->has_key)
		s->key = key_of(vm, func, side_item(vm, s));
	s->has_key = true;
}

static void side_next(struct side *s)
{
	s->i++;
	s->has_key = false;
}

/* Keys of both sides compared; equality first, as the reference does, so that values without order may still be equal. */
static int side_order(struct vm *vm, struct side *a, struct side *b, struct jv func)
{
	side_key(vm, a, func);
	side_key(vm, b, func);
	if (jv_kind(a->key) == jv_kind(b->key) && (jv_is_num(a->key) || jv_is(a->key, JV_STR)))
		return std_order(vm, "<", a->key, b->key);
	return vm_equal(vm, a->key, b->key) ? 0 : std_order(vm, "<", a->key, b->key);
}

/* What of a side is left, added by `+` to what was gathered. */
static struct jv add_rest(struct vm *vm, struct vm_vec *out, struct side *s)
{
	if (!jv_is(s->set, JV_ARR))
		return vm_add(vm, vm_vec_array(vm, out), std_tail(vm, s->set, s->i));
	for (; s->i < s->n; s->i++)
		vm_vec_push(vm, out, arr_lazy(vm, s->set, s->i));
	return vm_vec_array(vm, out);
}

enum keep { KEEP_LEFT = 1, KEEP_BOTH = 2, KEEP_RIGHT = 4 };

/* Union, intersection and difference: which of the elements are kept that are left only, in both, right only. */
static struct jv combine(struct vm *vm, struct jv *args, int keep)
{
	struct vm_vec out = { 0 };
	struct side a = { 0 }, b = { 0 };
	side_open(vm, &a, args[0]);
	if (vm_is_go(vm) && !(keep & KEEP_RIGHT))
		args[1] = vm_force(vm, args[1]); /* strict in Go, where a set is made smaller */
	if (a.n == 0)
		return keep & KEEP_RIGHT ? vm_add(vm, vm_vec_array(vm, &out), std_tail(vm, vm_force(vm, args[1]), 0))
					 : vm_vec_array(vm, &out);
	side_open(vm, &b, args[1]);
	struct jv func = b.n > 0 ? vm_force(vm, args[2]) : JV_NOTHING;
	while (a.i < a.n && b.i < b.n) {
		int order = side_order(vm, &a, &b, func);
		if (order <= 0 && keep & (order ? KEEP_LEFT : KEEP_BOTH))
			vm_vec_push(vm, &out, side_item(vm, &a));
		if (order > 0 && keep & KEEP_RIGHT)
			vm_vec_push(vm, &out, side_item(vm, &b));
		if (order <= 0)
			side_next(&a);
		if (order >= 0)
			side_next(&b);
	}
	if (a.i >= a.n)
		return keep & KEEP_RIGHT ? add_rest(vm, &out, &b) : vm_vec_array(vm, &out);
	return keep & KEEP_LEFT ? add_rest(vm, &out, &a) : vm_vec_array(vm, &out);
}

static struct jv fn_set_union(struct vm *vm, struct jv *args)
{
	return combine(vm, args, KEEP_LEFT | KEEP_BOTH | KEEP_RIGHT);
}

static struct jv fn_set_inter(struct vm *vm, struct jv *args)
{
	return combine(vm, args, KEEP_BOTH);
}

static struct jv fn_set_diff(struct vm *vm, struct jv *args)
{
	return combine(vm, args, KEEP_LEFT);
}

static struct jv fn_set_member(struct vm *vm, struct jv *args)
{
	struct jv *slots, one = arr_new(vm, 1, &slots);
	slots[0] = args[0];
	struct jv both = combine(vm, (struct jv[]){ one, args[1], args[2] }, KEEP_BOTH);
	return jv_bool(arr_len(both) > 0);
}

const struct std_row std_sets_rows[] = {
	{ "sort", "arr, ~keyF=?", fn_sort },
	{ "uniq", "arr, ~keyF=?", fn_uniq },
	{ "set", "arr, ~keyF=?", fn_set },
	{ "setUnion", "~a, ~b, ~keyF=?", fn_set_union },
	{ "setInter", "~a, ~b, ~keyF=?", fn_set_inter },
	{ "setDiff", "~a, ~b, ~keyF=?", fn_set_diff },
	{ "setMember", "~x, ~arr, ~keyF=?", fn_set_member },
	{ NULL },
};
