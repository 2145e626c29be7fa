# A test of src/text/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(TEXT_LIBS) + $(CMOCKA_LIBS).
EXTRA_DIST += %D%/golden.h
UNIT_TESTS += %D%/test_regex
%C%_test_regex_SOURCES = %D%/test_regex.c
%C%_test_regex_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_regex_LDADD = $(TEXT_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += %D%/test_unicode
%C%_test_unicode_SOURCES = %D%/test_unicode.c
%C%_test_unicode_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_unicode_LDADD = $(TEXT_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += %D%/test_semver
%C%_test_semver_SOURCES = %D%/test_semver.c
%C%_test_semver_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_semver_LDADD = $(TEXT_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += %D%/test_glob
%C%_test_glob_SOURCES = %D%/test_glob.c
%C%_test_glob_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_glob_LDADD = $(TEXT_LIBS) $(CMOCKA_LIBS)
