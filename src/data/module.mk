noinst_LIBRARIES += %D%/libdata.a
%C%_libdata_a_SOURCES = \
	%D%/json.h \
	%D%/value.c %D%/value.h \
	%D%/yaml.h \
	%D%/yaml_write.h
