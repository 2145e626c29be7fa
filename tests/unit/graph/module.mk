# A test of src/graph/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(GRAPH_LIBS) + $(CMOCKA_LIBS).
UNIT_TESTS += %D%/test_dag
%C%_test_dag_SOURCES = %D%/test_dag.c
%C%_test_dag_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dag_LDADD = $(GRAPH_LIBS) $(CMOCKA_LIBS)
