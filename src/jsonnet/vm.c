/* The state of an evaluation: its stack, its end by an error, the trace. */
#include "jsonnet/vm.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "jsonnet/cache.h"
#include "jsonnet/trace.h"

#if defined(__SANITIZE_ADDRESS__)
#define STACK_MIN ((size_t)1 << 27) /* the sanitizer touches a shadow of all of it */
#define STACK_MAX STACK_MIN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STACK_MIN ((size_t)1 << 27)
#define STACK_MAX STACK_MIN
#endif
#endif
#ifndef STACK_MIN
#define STACK_MIN ((size_t)1 << 30)
#define STACK_MAX ((size_t)1 << 34)
#endif
#define STACK_PER_CALL ((size_t)1 << 15)
#define STACK_MARGIN ((size_t)1 << 20) /* for what does not look at the limit by itself: natives, libc */

/* --- errors --- */

NORETURN static void raise_v(struct vm *vm, enum err_kind kind, const struct node *at, const char *fmt, va_list ap)
{
	buf_clear(&vm->error);
	buf_add_c(&vm->error, "RUNTIME ERROR: ");
	buf_addvf(&vm->error, fmt, ap);
	trace_gather(vm, at);
	vm->error_kind = kind;
	longjmp(vm->escape, 1);
}

void vm_raise(struct vm *vm, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	raise_v(vm, ERR_FAILED, NULL, fmt, ap);
}

void vm_raise_at(struct vm *vm, const struct node *at, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	raise_v(vm, ERR_FAILED, at, fmt, ap);
}

void vm_raise_text(struct vm *vm, enum err_kind kind, struct str text)
{
	buf_clear(&vm->error);
	buf_add(&vm->error, text);
	vm->trace = (trace_lines){ 0 };
	vm->error_kind = kind;
	longjmp(vm->escape, 1);
}

void vm_raise_static(struct vm *vm, const struct node *at, struct str text)
{
	if (!vm_is_go(vm) || (!at && !vm->calls))
		vm_raise_text(vm, ERR_SYNTAX, text);
	buf_clear(&vm->error);
	buf_add(&vm->error, text);
	vm->error_kind = ERR_SYNTAX;
	trace_gather(vm, at);
	longjmp(vm->escape, 1);
}

NORETURN static void raise_limit(struct vm *vm, enum err_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void raise_limit(struct vm *vm, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	raise_v(vm, kind, NULL, fmt, ap);
}

void vm_deeper(struct vm *vm)
{
	if ((const char *)__builtin_frame_address(0) < vm->stack_limit)
		vm_raise(vm, "max stack frames exceeded.");
}

void vm_out_of_memory(struct vm *vm)
{
	raise_limit(vm, ERR_LIMIT, "out of memory: the limit is %zu MiB.", vm->heap.limit >> 20);
}

void vm_check_text(struct vm *vm, size_t n)
{
	if (n > VM_TEXT_MAX)
		raise_limit(vm, ERR_LIMIT, "out of memory: the limit of a text is %zu MiB.", VM_TEXT_MAX >> 20);
}

void vm_tick(struct vm *vm)
{
	struct timespec now;
	if (vm->options->cancel && atomic_load_explicit(vm->options->cancel, memory_order_relaxed))
		raise_limit(vm, ERR_CANCELLED, "cancelled");
	if (!vm->options->max_seconds || ++vm->ticks % 64)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec > vm->deadline.tv_sec || (now.tv_sec == vm->deadline.tv_sec && now.tv_nsec > vm->deadline.tv_nsec))
		raise_limit(vm, ERR_LIMIT, "out of time: the limit is %u s.", vm->options->max_seconds);
}

/* --- buffers --- */

struct buf *vm_buf(struct vm *vm)
{
	if (vm->bufs_used == vm->bufs.n)
		vec_push(&vm->bufs, xcalloc(1, sizeof(struct buf)));
	struct buf *b = vm->bufs.p[vm->bufs_used++];
	buf_clear(b);
	return b;
}

void vm_buf_done(struct vm *vm, struct buf *b)
{
	size_t i = vm->bufs_used;
	while (i-- > 0 && vm->bufs.p[i] != b)
		;
	vm->bufs.p[i] = vm->bufs.p[--vm->bufs_used];
	vm->bufs.p[vm->bufs_used] = b;
	if (b->cap > (size_t)1 << 20) {
		buf_deinit(b);
		*b = (struct buf){ 0 };
	}
}

/* --- roots --- */

void vm_mark_roots(struct vm *vm)
{
	for (size_t i = 0; i < vm->modules.n; i++)
		heap_mark_word(&vm->heap, vm->modules.p[i].bits);
	for (size_t i = 0; i < vm->roots.n; i++)
		heap_mark_word(&vm->heap, vm->roots.p[i].bits);
	for (size_t i = 0; i < ARRAY_LEN(vm->indexed); i++)
		vm->indexed[i].s = NULL; /* it may be gone, and another string in its place */
}

char *vm_stack_end(struct vm *vm)
{
	return vm->stack_end;
}

/* --- running --- */

struct run {
	struct vm *vm;
	vm_fn *fn;
	void *arg;
	char *stack;
	size_t stack_size;
	bool ok;
};

static __attribute__((noinline)) void run_inside(struct run *r)
{
	if (setjmp(r->vm->escape) == 0) {
		r->fn(r->vm, r->arg);
		r->ok = true;
	} else {
		trace_print(r->vm, &r->vm->error);
	}
}

static void *thread_main(void *arg)
{
	struct run *r = arg;
	r->vm->stack_end = (char *)((uintptr_t)__builtin_frame_address(0) & ~(uintptr_t)7);
	r->vm->stack_limit = r->stack + STACK_MARGIN;
	run_inside(r);
	return NULL;
}

static bool reserve_stack(struct run *r, uint32_t max_depth)
{
	size_t n = STACK_MIN;
	while (n < STACK_MAX && n / STACK_PER_CALL < max_depth)
		n *= 2;
	for (; n >= STACK_MARGIN * 4; n /= 2) {
		r->stack = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
		if (r->stack != MAP_FAILED) {
			r->stack_size = n;
			return true;
		}
	}
	return false;
}

static bool run_on_stack(struct run *r, uint32_t max_depth, struct err *err)
{
	pthread_attr_t attr;
	pthread_t thread;
	if (!reserve_stack(r, max_depth))
		return err_set(err, ERR_LIMIT, "no memory for the evaluation's stack: %s", strerror(errno));
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, r->stack, r->stack_size);
	int failure = pthread_create(&thread, &attr, thread_main, r);
	if (!failure)
		pthread_join(thread, NULL);
	pthread_attr_destroy(&attr);
	munmap(r->stack, r->stack_size);
	return !failure || err_set(err, ERR_LIMIT, "cannot start the evaluation: %s", strerror(failure));
}

static size_t default_memory(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	return pages > 0 && size > 0 ? MIN((size_t)pages * (size_t)size / 4 * 3, JSONNET_MAX_MEMORY) : JSONNET_MAX_MEMORY;
}

static void vm_deinit(struct vm *vm)
{
	heap_deinit(&vm->heap);
	for (size_t i = 0; i < vm->bufs.n; i++) {
		buf_deinit(vm->bufs.p[i]);
		free(vm->bufs.p[i]);
	}
	vec_deinit(&vm->bufs);
	for (size_t i = 0; i < vm->lent.n; i++) {
		arena_deinit(vm->lent.p[i]);
		free(vm->lent.p[i]);
	}
	vec_deinit(&vm->lent);
	for (size_t i = 0; i < ARRAY_LEN(vm->indexed); i++)
		vec_deinit(&vm->indexed[i].at);
	vec_deinit(&vm->modules);
	vec_deinit(&vm->roots);
	buf_deinit(&vm->error);
	arena_deinit(&vm->arena);
}

static bool vm_init(struct vm *vm, const struct jsonnet_options *options, struct jsonnet_cache *cache, struct err *err)
{
	vm->options = options;
	vm->cache = cache;
	vm->std = cache_std(cache);
	vm->outside = "During manifestation";
	vm->phase = "During evaluation";
	vm->max_depth = options->max_stack ? options->max_stack : JSONNET_MAX_STACK;
	map_init(&vm->imports, sizeof(void *), &vm->arena);
	map_init(&vm->natives, sizeof(size_t), &vm->arena);
	map_init(&vm->ext, sizeof(size_t), &vm->arena);
	for (unsigned c = 0; c < ARRAY_LEN(vm->ascii); c++)
		vm->ascii[c] = jstr_constant(&vm->arena, (struct str){ (char[]){ (char)c }, 1 });
	if (options->max_seconds) {
		clock_gettime(CLOCK_MONOTONIC, &vm->deadline);
		vm->deadline.tv_sec += options->max_seconds;
	}
	if (!heap_init(&vm->heap, options->max_memory ? options->max_memory : default_memory(), vm))
		return err_set(err, ERR_LIMIT, "no memory for the evaluation's heap: %s", strerror(errno));
	return true;
}

bool vm_run(const struct jsonnet_options *options, vm_fn *fn, void *arg, struct err *err)
{
	struct jsonnet_cache *own = options->cache ? NULL : jsonnet_cache_new();
	struct vm *vm = xcalloc(1, sizeof(*vm));
	struct run r = { .vm = vm, .fn = fn, .arg = arg };
	bool ok = vm_init(vm, options, own ? own : options->cache, err) && run_on_stack(&r, vm->max_depth, err);
	if (ok && !r.ok)
		ok = err_set(err, vm->error_kind, "%.*s", STR_ARG(buf_str(&vm->error)));
	vm_deinit(vm);
	free(vm);
	if (own)
		jsonnet_cache_free(own);
	return ok;
}
