noinst_LIBRARIES += %D%/libvalidate.a
%C%_libvalidate_a_SOURCES =
