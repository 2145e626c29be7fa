# A test of src/store/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(STORE_LIBS) + $(CMOCKA_LIBS).
UNIT_TESTS += %D%/test_keep
%C%_test_keep_SOURCES = %D%/test_keep.c
%C%_test_keep_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_keep_LDADD = $(STORE_LIBS) $(CMOCKA_LIBS)
