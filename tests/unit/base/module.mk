UNIT_TESTS += %D%/test_base
%C%_test_base_SOURCES = %D%/test_base.c
%C%_test_base_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_base_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += %D%/test_enc
%C%_test_enc_SOURCES = %D%/test_enc.c
%C%_test_enc_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_enc_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += %D%/test_udiff
%C%_test_udiff_SOURCES = %D%/test_udiff.c
%C%_test_udiff_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_udiff_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += %D%/test_libm
%C%_test_libm_SOURCES = %D%/test_libm.c
%C%_test_libm_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_libm_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
