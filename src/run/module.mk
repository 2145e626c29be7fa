noinst_LIBRARIES += %D%/librun.a
%C%_librun_a_SOURCES =
