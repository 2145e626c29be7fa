# A test of src/kube/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(KUBE_LIBS) + $(CMOCKA_LIBS).
UNIT_TESTS += %D%/test_object
%C%_test_object_SOURCES = %D%/test_object.c
%C%_test_object_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_object_LDADD = $(KUBE_LIBS) $(CMOCKA_LIBS)
