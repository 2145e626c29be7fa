# A test of src/run/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(RUN_LIBS) + $(CMOCKA_LIBS).
