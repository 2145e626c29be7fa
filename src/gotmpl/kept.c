/*
 * A kept result is a letter for its type and its bytes: s text, i an integer, c a certificate (the length of its PEM, a space, it and the
 * key's). Results of other types would not survive the way there and back: they are not kept, and no random function has one.
 */
#include "gotmpl/kept.h"

#include "base/num.h"
#include "gotmpl/gofmt.h"
#include "gotmpl/sprig_util.h"

static void add_arg(struct sha256 *h, const struct go_call *call, struct value v)
{
	const struct go_pair *pair = sprig_cert_pair(v);
	AUTO_BUF text = { 0 };
	sha256_add_field(h, go_type_name(call->types, v));
	if (pair) {
		sha256_add_field(h, pair->cert);
		sha256_add_field(h, pair->key);
	} else if (v.kind == VAL_LIST) {
		for (size_t i = 0; i < value_list_len(v); i++)
			add_arg(h, call, v.list->p[i]);
	} else {
		sha256_add_field(h, sprig_strval(call, v));
	}
}

static struct digest use_of(const struct go_func *func, const struct go_call *call)
{
	struct sha256 h;
	sha256_init(&h);
	sha256_add_field(&h, func->name);
	for (size_t i = 0; i < call->argc; i++)
		add_arg(&h, call, call->argv[i]);
	return sha256_end(&h);
}

static bool encode(struct value v, struct buf *b)
{
	const struct go_pair *pair = sprig_cert_pair(v);
	if (v.kind == VAL_STR && v.type == GO_STRING) {
		buf_add_char(b, 's');
		buf_add(b, value_as_str(v));
	} else if (v.kind == VAL_INT && v.type == GO_INT) {
		buf_addf(b, "i%lld", (long long)v.i);
	} else if (pair) {
		buf_addf(b, "c%zu ", pair->cert.n);
		buf_add(b, pair->cert);
		buf_add(b, pair->key);
	}
	return b->n > 0;
}

static bool decode(struct str kept, struct arena *a, struct value *out)
{
	struct str rest = kept.n ? str_slice(kept, 1, kept.n) : kept, number;
	int64_t i;
	if (str_starts(kept, STR("s"))) {
		*out = value_str(rest);
		return true;
	}
	if (str_starts(kept, STR("i")) && str_to_int(rest, &i)) {
		*out = go_int(i);
		return true;
	}
	if (!str_starts(kept, STR("c")) || !str_cut(rest, ' ', &number, &rest) || !str_to_int(number, &i) || i < 0 || (uint64_t)i > rest.n)
		return false;
	*out = sprig_cert((struct go_pair){ str_slice(rest, 0, (size_t)i), str_slice(rest, (size_t)i, rest.n) }, a);
	return true;
}

bool kept_call(const struct go_func *func, struct go_call *call, struct value *out, struct err *err)
{
	const struct go_keep *keep = call->host->keep;
	struct digest use = use_of(func, call);
	struct str kept;
	bool found;
	AUTO_BUF b = { 0 };
	if (!keep->find(keep->ctx, call->user, &use, call->arena, &kept, &found, err))
		return false;
	if (found && decode(kept, call->arena, out))
		return true;
	if (!func->fn(call, out, err))
		return false;
	if (!encode(*out, &b))
		return true;
	kept = buf_to_arena(&b, call->arena);
	return keep->put(keep->ctx, call->user, &use, call->arena, &kept, err) &&
	       (decode(kept, call->arena, out) || err_set(err, ERR_INTEGRITY, "what was kept of this value cannot be read"));
}
