# A test of src/graph/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(GRAPH_LIBS) + $(CMOCKA_LIBS).
