/*
 * names.h: which names Kubernetes accepts: "Object Names and IDs", "Labels and Selectors", "Annotations" of its documentation (RFC 1035 and 1123 labels).
 *
 * Each function returns whether the text is valid and, where it is not, points *why at a phrase.
 */
#ifndef VALIDATE_NAMES_H
#define VALIDATE_NAMES_H

#include "base/str.h"

enum { NAMES_ANNOTATIONS_MAX = 256 << 10 }; /* bytes of all keys and values of one object */

/* The shapes alone, whatever the length: of a label, and of labels joined with dots. */
bool names_is_label(struct str s);
bool names_is_subdomain(struct str s);
/* Up to 63 of a-z 0-9 '-', beginning and ending with a letter or digit. */
bool names_dns_label(struct str s, const char **why);
/* Labels joined with dots, up to 253. */
bool names_dns_subdomain(struct str s, const char **why);
/* What the name of an object of this kind must be: kinds of rbac.authorization.k8s.io are path segments, Services and Namespaces labels, others subdomains. */
bool names_object(struct str kind, struct str name, const char **why);
/* Key of a label or annotation: [subdomain/]name with up to 63 of A-Z a-z 0-9 '-' '_' '.'. */
bool names_qualified(struct str key, const char **why);
bool names_label_value(struct str value, const char **why);
/* "v1" or "group/version". */
bool names_api_version(struct str s, const char **why);
/* An upper case letter, then letters and digits. */
bool names_kind(struct str s);

#endif
