noinst_LIBRARIES += %D%/libgotmpl.a
%C%_libgotmpl_a_SOURCES =
