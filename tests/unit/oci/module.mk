# A test of src/oci/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(OCI_LIBS) + $(CMOCKA_LIBS).
