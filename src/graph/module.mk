noinst_LIBRARIES += %D%/libgraph.a
%C%_libgraph_a_SOURCES =
