UNIT_TESTS += %D%/test_value
%C%_test_value_SOURCES = %D%/test_value.c
%C%_test_value_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_value_LDADD = $(DATA_LIBS) $(CMOCKA_LIBS)
