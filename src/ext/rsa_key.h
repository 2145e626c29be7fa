/*
 * rsa_key.h: makes RSA keys. Internal to ext; libcrypto is loaded (libcrypto.h).
 */
#ifndef EXT_RSA_KEY_H
#define EXT_RSA_KEY_H

#include "ext/libcrypto.h"

/*
 * A new key of 2048 or 4096 bits with e = 65537, checked. Uses a second thread while it searches. NULL where the library fails. Release with EVP_PKEY_free.
 */
EVP_PKEY *rsa_key_new(size_t bits);

#endif
