# With the step's cryptography, as programs get it.
UNIT_TESTS += %D%/test_golden
%C%_test_golden_SOURCES = %D%/test_golden.c src/step/jsonnet_host.c
%C%_test_golden_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_golden_LDADD = $(JSONNET_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += %D%/test_evaluate
%C%_test_evaluate_SOURCES = %D%/test_evaluate.c
%C%_test_evaluate_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_evaluate_LDADD = $(JSONNET_LIBS) $(CMOCKA_LIBS)
