noinst_LIBRARIES += %D%/libext.a
%C%_libext_a_SOURCES =
