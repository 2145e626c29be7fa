noinst_LIBRARIES += %D%/libstep.a
%C%_libstep_a_SOURCES =
