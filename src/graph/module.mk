noinst_LIBRARIES += %D%/libgraph.a
%C%_libgraph_a_SOURCES = \
	%D%/dag.c %D%/dag.h
