# A test of src/lang/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(LANG_LIBS) + $(CMOCKA_LIBS).
