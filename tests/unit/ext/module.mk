# A test of src/ext/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(EXT_LIBS) + $(CMOCKA_LIBS).
