noinst_LIBRARIES += %D%/libdata.a
%C%_libdata_a_SOURCES = \
	%D%/json.h %D%/json_read.c %D%/json_write.c \
	%D%/schema.c %D%/schema.h \
	%D%/value.c %D%/value.h \
	%D%/yaml.h %D%/yaml_quick.c %D%/yaml_quick.h %D%/yaml_quick_flow.c %D%/yaml_quick_parts.h %D%/yaml_quick_scalar.c %D%/yaml_read.c %D%/yaml_resolve.c \
	%D%/yaml_scalar.c %D%/yaml_scalar.h %D%/yaml_scan.c %D%/yaml_scan.h %D%/yaml_time.c \
	%D%/yaml_stream.c %D%/yaml_stream.h \
	%D%/yaml_emit.c %D%/yaml_emit.h %D%/yaml_keys.c %D%/yaml_keys.h \
	%D%/yaml_write.c %D%/yaml_write.h
