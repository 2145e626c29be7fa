# A test of src/validate/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(VALIDATE_LIBS) + $(CMOCKA_LIBS).
