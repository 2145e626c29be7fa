UNIT_TESTS += %D%/test_golden
%C%_test_golden_SOURCES = %D%/test_golden.c %D%/golden_types.c %D%/golden_types.h
%C%_test_golden_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(srcdir)/%D%
%C%_test_golden_LDADD = $(GOTMPL_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += %D%/test_template
%C%_test_template_SOURCES = %D%/test_template.c
%C%_test_template_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_template_LDADD = $(GOTMPL_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += %D%/test_golden_host
%C%_test_golden_host_SOURCES = %D%/test_golden.c %D%/golden_types.c %D%/golden_types.h src/step/template_host.c
%C%_test_golden_host_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(srcdir)/%D% -DWITH_HOST
%C%_test_golden_host_LDADD = $(GOTMPL_LIBS) $(EXT_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += %D%/test_parse_quick
%C%_test_parse_quick_SOURCES = %D%/test_parse_quick.c
%C%_test_parse_quick_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_parse_quick_LDADD = $(GOTMPL_LIBS) $(CMOCKA_LIBS)
