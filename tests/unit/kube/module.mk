# A test of src/kube/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(KUBE_LIBS) + $(CMOCKA_LIBS).
