noinst_LIBRARIES += %D%/libchart.a
%C%_libchart_a_SOURCES =
