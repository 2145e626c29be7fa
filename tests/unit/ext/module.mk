UNIT_TESTS += %D%/test_db
%C%_test_db_SOURCES = %D%/test_db.c
%C%_test_db_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_db_LDADD = $(EXT_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += %D%/test_proc
%C%_test_proc_SOURCES = %D%/test_proc.c
%C%_test_proc_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_proc_LDADD = $(EXT_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += %D%/test_archive
%C%_test_archive_SOURCES = %D%/test_archive.c
%C%_test_archive_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_archive_LDADD = $(EXT_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += %D%/test_http
%C%_test_http_SOURCES = %D%/test_http.c
%C%_test_http_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_http_LDADD = $(EXT_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += %D%/test_crypto
%C%_test_crypto_SOURCES = %D%/test_crypto.c
%C%_test_crypto_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_crypto_LDADD = $(EXT_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += %D%/test_rsa
%C%_test_rsa_SOURCES = %D%/test_rsa.c
%C%_test_rsa_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
%C%_test_rsa_LDADD = $(EXT_LIBS) $(CMOCKA_LIBS) $(CRYPTO_LIBS)
