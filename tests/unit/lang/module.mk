# A driver that shows what the language makes of a file, for tests/peer/just-lang.test and for hand.
check_PROGRAMS += %D%/lang_dump
%C%_lang_dump_SOURCES = %D%/lang_dump.c
%C%_lang_dump_LDADD = $(LANG_LIBS)
# What every text that is formatted must fulfil, for tests/cli/formats.test.
check_PROGRAMS += %D%/lang_formats
%C%_lang_formats_SOURCES = %D%/lang_formats.c
%C%_lang_formats_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/%D%
%C%_lang_formats_LDADD = $(LANG_LIBS)
UNIT_TESTS += %D%/test_lang
%C%_test_lang_SOURCES = %D%/test_lang.c
%C%_test_lang_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_lang_LDADD = $(LANG_LIBS) $(CMOCKA_LIBS)
