noinst_LIBRARIES += %D%/liboci.a
%C%_liboci_a_SOURCES =
