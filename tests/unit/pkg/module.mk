UNIT_TESTS += %D%/test_index
%C%_test_index_SOURCES = %D%/test_index.c
%C%_test_index_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_index_LDADD = $(PKG_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += %D%/test_lock
%C%_test_lock_SOURCES = %D%/test_lock.c
%C%_test_lock_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_lock_LDADD = $(PKG_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += %D%/test_jsonnetfile
%C%_test_jsonnetfile_SOURCES = %D%/test_jsonnetfile.c
%C%_test_jsonnetfile_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_jsonnetfile_LDADD = $(PKG_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += %D%/test_git
%C%_test_git_SOURCES = %D%/test_git.c
%C%_test_git_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_git_LDADD = $(PKG_LIBS) $(CMOCKA_LIBS)
