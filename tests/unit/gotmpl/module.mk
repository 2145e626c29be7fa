UNIT_TESTS += %D%/test_golden
%C%_test_golden_SOURCES = %D%/test_golden.c %D%/golden_types.c %D%/golden_types.h
%C%_test_golden_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(srcdir)/%D%
%C%_test_golden_LDADD = $(GOTMPL_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += %D%/test_template
%C%_test_template_SOURCES = %D%/test_template.c
%C%_test_template_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_template_LDADD = $(GOTMPL_LIBS) $(CMOCKA_LIBS)
