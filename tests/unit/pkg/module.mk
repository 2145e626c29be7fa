# A test of src/pkg/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(PKG_LIBS) + $(CMOCKA_LIBS).
