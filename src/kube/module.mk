noinst_LIBRARIES += %D%/libkube.a
%C%_libkube_a_SOURCES =
