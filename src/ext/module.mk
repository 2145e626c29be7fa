noinst_LIBRARIES += %D%/libext.a
%C%_libext_a_SOURCES = \
	%D%/archive.c %D%/archive.h \
	%D%/crypto_verify.c \
	%D%/crypto.c %D%/crypto.h \
	%D%/crypto_pki.c \
	%D%/rsa_hunt.c %D%/rsa_hunt.h \
	%D%/rsa_key.c %D%/rsa_key.h \
	%D%/rsa_prime.c %D%/rsa_prime.h \
	%D%/rsa_sieve.c %D%/rsa_sieve.h \
	%D%/db.c %D%/db.h \
	%D%/gzip.c %D%/gzip.h \
	%D%/http.c %D%/http.h \
	%D%/http_receive.c \
	%D%/http_request.c \
	%D%/libcurl.h \
	%D%/http_url.c \
	%D%/jobserver.c %D%/jobserver.h \
	%D%/lib.c %D%/lib.h \
	%D%/libcrypto.h \
	%D%/notify.c %D%/notify.h \
	%D%/proc.c %D%/proc.h \
	%D%/tar.c %D%/tar.h \
	%D%/unpack.c
