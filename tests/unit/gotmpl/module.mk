# A test of src/gotmpl/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(GOTMPL_LIBS) + $(CMOCKA_LIBS).
