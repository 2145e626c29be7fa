/*
 * config.h: which cluster to talk to, and as whom: kubeconfig files by kubectl's rules, or the pod that we run in.
 *
 * Reading and choosing are two calls, so that a context can be chosen by other means (Tanka's apiServer). Rules: kubernetes.io "Organizing cluster
 * access using kubeconfig files": --kubeconfig alone, else the files of KUBECONFIG, else ~/.kube/config; the first file that sets a
 * value or defines a name wins, entries are never mixed; relative paths in a file start from its folder.
 */
#ifndef KUBE_CONFIG_H
#define KUBE_CONFIG_H

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/vec.h"
#include "data/value.h"

typedef VEC(struct str) kube_strs;

struct kube_config_options {
	struct str kubeconfig;     /* --kubeconfig, or empty; this file must exist */
	char *const *environ;      /* KUBECONFIG, HOME, KUBERNETES_SERVICE_* and what exec plugins get; ends with NULL */
	struct str cwd;            /* absolute; what relative paths of the options and of KUBECONFIG start from */
	struct str pod_dir;        /* where a pod finds its token, ca.crt and namespace; empty: Kubernetes' own place */
};

/* A program that prints credentials: client.authentication.k8s.io. */
struct kube_exec {
	struct str command;        /* a path, or a name for PATH */
	kube_strs args;
	kube_strs env;             /* "NAME=VALUE" */
	struct str api_version;
	struct str install_hint;
	enum { KUBE_EXEC_IF_AVAILABLE, KUBE_EXEC_NEVER, KUBE_EXEC_ALWAYS } interactive;
	bool provide_cluster_info;
	struct value cluster_config; /* the cluster's extension client.authentication.k8s.io/exec, or null */
};

/* One resolved choice. Strings are empty where not set; PEM is decoded; paths are absolute. */
struct kube_config {
	struct str context, cluster, user; /* names; empty in a pod */
	struct str namespace;              /* "default" where the context names none */
	struct str origin;                 /* the file that the context came from, for messages */

	struct str server;                 /* with its scheme, without a slash at the end */
	struct str ca_file, ca_pem, tls_server_name, proxy_url;
	bool insecure;

	struct str cert_file, cert_pem, key_file, key_pem;
	struct str token, token_file;      /* the file's present content goes before `token` */
	struct str username, password;
	struct kube_exec *exec;            /* or NULL */
	struct str as_user, as_uid;        /* impersonation */
	kube_strs as_groups;
	struct value as_extra;             /* map of lists, or null */
};

struct kube_named {
	struct value value;
	struct str file;           /* that defined it */
};

/* The merged files. */
struct kube_configs {
	struct map clusters, users, contexts; /* of struct kube_named by name */
	struct str current;        /* current-context, or empty */
	struct str looked_at;      /* for messages: the names of the files that were looked for */
};

/*
 * Reads and merges. *found is false where there is no configuration at all: no file that exists holds a cluster, user or context. A file of --kubeconfig that is missing,
 * unreadable files and bad YAML are errors (ERR_NOT_FOUND, ERR_IO, ERR_SYNTAX with file and line).
 */
MUST_CHECK bool kube_configs_load(const struct kube_config_options *options, struct arena *a, struct kube_configs *out, bool *found,
				  struct err *err);
/* Resolves a context; an empty name means the current one. Unknown names: ERR_NOT_FOUND with those that exist; missing fields, bad base64
 * and contradictions: ERR_USAGE. */
MUST_CHECK bool kube_configs_resolve(const struct kube_configs *configs, struct str context, struct arena *a, struct kube_config *out,
				     struct err *err);
/* The name of a context of the first cluster whose server is `api_server`, as Tanka picks it from spec.apiServer; "https://" is put before one without a scheme.
 * ERR_NOT_FOUND where there is none. */
MUST_CHECK bool kube_configs_find_server(const struct kube_configs *configs, struct str api_server, struct arena *a, struct str *context,
					 struct err *err);
/* The first of the names that is a context. ERR_NOT_FOUND where none is. */
MUST_CHECK bool kube_configs_find_names(const struct kube_configs *configs, const struct str *names, size_t count, struct str *context,
					struct err *err);

/* What a pod is given; *found is false outside of one. */
MUST_CHECK bool kube_config_in_pod(const struct kube_config_options *options, struct arena *a, struct kube_config *out, bool *found,
				   struct err *err);

/* The whole choice: files, else pod. *found is false where there is neither; asking for a context by name then is ERR_NOT_FOUND. */
MUST_CHECK bool kube_config_load(const struct kube_config_options *options, struct str context, struct arena *a, struct kube_config *out,
				 bool *found, struct err *err);

/* The value of a variable in an environ, or STR_NONE. */
struct str kube_getenv(char *const *environ, const char *name);

#endif
