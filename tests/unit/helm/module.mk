# A test of src/helm/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(HELM_LIBS) + $(CMOCKA_LIBS).

UNIT_TESTS += %D%/test_session
%C%_test_session_SOURCES = %D%/test_session.c
%C%_test_session_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_session_LDADD = $(HELM_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += %D%/test_execute
%C%_test_execute_SOURCES = %D%/test_execute.c
%C%_test_execute_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_execute_LDADD = $(HELM_LIBS) $(CMOCKA_LIBS)
