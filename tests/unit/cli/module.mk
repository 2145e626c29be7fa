# What of cli can be tested without the program: such files are compiled in, for cli is no library.
UNIT_TESTS += %D%/test_line_diff
%C%_test_line_diff_SOURCES = %D%/test_line_diff.c src/cli/line_diff.c
%C%_test_line_diff_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_line_diff_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
