# A test of src/helm/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(HELM_LIBS) + $(CMOCKA_LIBS).
