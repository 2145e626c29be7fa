/*
 * auth.h: the credentials of a user, made when they are first needed: token files are read, exec plugins run, and their answers kept until they expire.
 */
#ifndef KUBE_AUTH_H
#define KUBE_AUTH_H

#include "kube/config.h"

/* What a request carries. Valid until the next kube_auth_get or kube_auth_refresh. */
struct kube_credentials {
	struct str bearer, username, password;
	struct str cert_file, cert_pem, key_file, key_pem;
};

struct kube_auth;

/* `config` and `environ` are borrowed and must outlive it. Runs nothing yet. */
struct kube_auth *kube_auth_new(const struct kube_config *config, char *const *environ);
void kube_auth_free(struct kube_auth *auth);
/*
 * The present credentials. An exec plugin (client.authentication.k8s.io/v1 or v1beta1) is run unless its last answer still holds.
 * Errors: ERR_NOT_FOUND for a missing plugin, with its install hint; ERR_DENIED where it fails or its answer is not an
 * ExecCredential; none of them shows what it printed on standard output.
 */
MUST_CHECK bool kube_auth_get(struct kube_auth *auth, struct kube_credentials *out, struct err *err);
/* The server refused the credentials: forgets what a plugin answered. False where asking again would give the same. */
bool kube_auth_forget(struct kube_auth *auth);

#endif
