# A test of src/text/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(TEXT_LIBS) + $(CMOCKA_LIBS).
