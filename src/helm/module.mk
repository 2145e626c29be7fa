noinst_LIBRARIES += %D%/libhelm.a
%C%_libhelm_a_SOURCES =
