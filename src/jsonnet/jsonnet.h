/*
 * jsonnet.h: evaluates jsonnet 0.22 programs: the whole language and all of std, with the output and the messages of the C++ implementation.
 *
 *	struct jsonnet_cache *cache = jsonnet_cache_new();
 *	struct jsonnet_options o = { .cache = cache, .max_stack = JSONNET_MAX_STACK };
 *	struct value v;
 *	if (!jsonnet_evaluate(&(struct jsonnet_program){ .file = STR("main.jsonnet") }, &o, &arena, &v, &err)) …
 *
 * One call evaluates one program, on a stack of its own (a thread that the call starts and waits for; callbacks and natives run on it). Several
 * calls may run at the same time in several threads and share a cache of parsed files.
 *
 * Errors: the message of `err` is what the jsonnet command prints, without a newline at the end: first `RUNTIME ERROR: …` or `STATIC ERROR: …`, then a line of
 * trace for each frame. Kinds: ERR_SYNTAX for static errors, ERR_FAILED for what the program raises or what breaks at run time, ERR_NOT_FOUND for a program
 * file that is not there, ERR_LIMIT for memory and time, ERR_CANCELLED.
 */
#ifndef JSONNET_JSONNET_H
#define JSONNET_JSONNET_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "data/value.h"

#define JSONNET_VERSION "v0.22.0"
#define JSONNET_MAX_STACK 500
#define JSONNET_MAX_TRACE 20
#define JSONNET_MAX_MEMORY ((size_t)4 << 30)

/* Parsed files, shared by evaluations, safe for several threads. A file is parsed once for each path and content. */
struct jsonnet_cache;
struct jsonnet_cache *jsonnet_cache_new(void);
void jsonnet_cache_free(struct jsonnet_cache *cache);

/* Where a variable's text comes from, and what it is. */
enum jsonnet_var_kind {
	JSONNET_STR,       /* text is the string */
	JSONNET_CODE,      /* text is an expression */
	JSONNET_STR_FILE,  /* text is the path of a file with the string */
	JSONNET_CODE_FILE, /* text is the path of a file with an expression */
	JSONNET_VALUE,     /* `value` */
};
struct jsonnet_var {
	struct str name, text;
	enum jsonnet_var_kind kind;
	struct value value;
};

/* A function that programs reach by std.native(name). Arguments are evaluated wholly (a function among them is an error before the call). The result lives in `a`.
 * A failure becomes RUNTIME ERROR with err's message. */
typedef bool jsonnet_native_fn(void *ctx, const struct value *args, struct arena *a, struct value *out, struct err *err);
struct jsonnet_native {
	const char *name;
	const char *params; /* "name, chart, opts" */
	jsonnet_native_fn *fn;
	void *ctx;
};

/* Digests for std.md5, sha1, sha512 and sha3, since this folder may not include ext (std.sha256 is base's). */
enum jsonnet_hash { JSONNET_MD5, JSONNET_SHA1, JSONNET_SHA512, JSONNET_SHA3_512 };
#define JSONNET_HASH_MAX 64
typedef bool jsonnet_hash_fn(enum jsonnet_hash kind, struct str bytes, uint8_t out[JSONNET_HASH_MAX], size_t *n, struct err *err);

/* What the evaluation looked at; tells a step its inputs. Paths as they were opened. */
enum jsonnet_look { JSONNET_READ, JSONNET_MISSED };
typedef void jsonnet_look_fn(void *ctx, enum jsonnet_look what, struct str path);

/* Finds `import_path` for the file in folder `from` ("" for the current one, else with a `/` at the end): sets *path and *bytes, both in `a`. Not found: ERR_NOT_FOUND. Every
 * look at a file is to be told to options->look by the callback itself. NULL in the options: the rule of the jsonnet command (folder of the importing file, then library
 * paths from the last to the first). */
typedef bool jsonnet_import_fn(void *ctx, struct str from, struct str import_path, struct arena *a, struct str *path, struct str *bytes,
			       struct err *err);

/*
 * Where the implementations give different results: Go's, which tk has, or C++'s, which the jsonnet command has. Numbers and strings in std.manifestJson… and
 * manifestYaml…, bytes of std.base64 and base64Decode, std.round and isEven…, std.parseYaml (YAML 1.1 as helm reads it, or what is JSON), fractional indices, what natives
 * check first and how their parameters are called.
 * Messages are C++'s in both but where Go's say more; traces are each's own (trace.h).
 */
enum jsonnet_dialect { JSONNET_GO, JSONNET_CPP };

struct jsonnet_vars {
	const struct jsonnet_var *p;
	size_t n;
};
struct jsonnet_options {
	struct jsonnet_cache *cache;  /* NULL: one for this call */
	struct jsonnet_vars ext, tla; /* where a name comes twice, the last one counts */
	const struct str *library_paths; /* -J in the order given: the last is searched first */
	size_t n_library_paths;
	struct str cwd;               /* folder that relative paths start from; empty: the process's */
	jsonnet_import_fn *import;
	void *import_ctx;
	jsonnet_look_fn *look;        /* may be NULL */
	void *look_ctx;
	const struct jsonnet_native *natives;
	size_t n_natives;
	enum jsonnet_dialect dialect;
	jsonnet_hash_fn *hash;        /* step/jsonnet_host.h has one; NULL: the functions that need it fail */
	void (*trace)(void *ctx, struct str line); /* std.trace's lines with their newline; NULL: dropped */
	void *trace_ctx;
	uint32_t max_stack;           /* 0: JSONNET_MAX_STACK */
	uint32_t max_trace;           /* lines of trace in an error; 0: all. The command's default is JSONNET_MAX_TRACE */
	size_t max_memory;            /* bytes of heap; 0: JSONNET_MAX_MEMORY, or three quarters of the machine's memory if that is less */
	uint32_t max_seconds;         /* 0: no limit */
	const atomic_bool *cancel;    /* looked at now and then; may be NULL */
};

/* What to evaluate: a file, or a snippet with the name that it has in messages. */
struct jsonnet_program {
	struct str file;     /* the path; with `text` its name in messages */
	struct str text;     /* the program, if text.p is not NULL */
	struct str expr;     /* if not empty: evaluated instead; in it `main` is the program's value, e.g. `main.a.b[0]` */
};

/* The program's value as data: numbers are VAL_FLOAT, maps ordered by key. Top-level functions are called with options->tla. Everything is in `a`. */
MUST_CHECK bool jsonnet_evaluate(const struct jsonnet_program *program, const struct jsonnet_options *options, struct arena *a,
				 struct value *out, struct err *err);

/* How the jsonnet command prints. */
enum jsonnet_mode {
	JSONNET_JSON,   /* one document */
	JSONNET_STRING, /* -S: the value is a string, printed as it is */
	JSONNET_STREAM, /* -y: an array, each element a YAML document of JSON: ---, …, then ... at the end */
	JSONNET_STREAM_STRING, /* -y with -S: each element is a string */
	JSONNET_MULTI,  /* -m: an object, a document a field */
	JSONNET_MULTI_STRING, /* -m with -S */
};
struct jsonnet_document {
	struct str name; /* JSONNET_MULTI: the field's name; otherwise empty */
	struct str text; /* with the newline that the command ends it with */
};
struct jsonnet_documents {
	struct jsonnet_document *p;
	size_t n;
};
/* The program's value as text: one document for all modes but the multi ones. Everything is in `a`. */
MUST_CHECK bool jsonnet_manifest(const struct jsonnet_program *program, enum jsonnet_mode mode, const struct jsonnet_options *options,
				 struct arena *a, struct jsonnet_documents *out, struct err *err);

#endif
