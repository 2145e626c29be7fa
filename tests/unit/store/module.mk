# A test of src/store/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(STORE_LIBS) + $(CMOCKA_LIBS).
