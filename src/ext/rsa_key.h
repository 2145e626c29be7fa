/*
 * rsa_key.h: makes RSA keys. Internal to ext; libcrypto is loaded (libcrypto.h) unless a function says otherwise.
 */
#ifndef EXT_RSA_KEY_H
#define EXT_RSA_KEY_H

#include "ext/rsa_hunt.h"

/* A key of `bits` is going to be asked for: the search begins on another thread (rsa_hunt.h). Needs no libcrypto yet. */
void rsa_key_begin(size_t bits);

/*
 * A new key of 2048 or 4096 bits with e = 65537, checked. NULL where the library fails. Release with EVP_PKEY_free.
 */
EVP_PKEY *rsa_key_new(size_t bits, enum rsa_more more);

#endif
