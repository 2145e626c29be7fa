# A test of src/kube/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(KUBE_LIBS) + $(CMOCKA_LIBS).
UNIT_TESTS += %D%/test_object
%C%_test_object_SOURCES = %D%/test_object.c
%C%_test_object_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_object_LDADD = $(KUBE_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += %D%/test_config
%C%_test_config_SOURCES = %D%/test_config.c
%C%_test_config_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_config_LDADD = $(KUBE_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += %D%/test_hook
%C%_test_hook_SOURCES = %D%/test_hook.c
%C%_test_hook_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_hook_LDADD = $(KUBE_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += %D%/test_ready
%C%_test_ready_SOURCES = %D%/test_ready.c
%C%_test_ready_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_ready_LDADD = $(KUBE_LIBS) $(CMOCKA_LIBS)
