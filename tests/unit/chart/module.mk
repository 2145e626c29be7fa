# A test of src/chart/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(CHART_LIBS) + $(CMOCKA_LIBS).
