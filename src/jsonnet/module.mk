noinst_LIBRARIES += %D%/libjsonnet.a
%C%_libjsonnet_a_SOURCES = \
	%D%/jsonnet.h %D%/value.h %D%/std.h %D%/repr.h %D%/heap.h %D%/vm.h %D%/ast.h %D%/lex.h %D%/parser.h %D%/shape.h %D%/cache.h \
	%D%/std_table.h %D%/text.h %D%/text.c \
	%D%/lex.c %D%/parse.c %D%/parse_object.c %D%/resolve.c %D%/cache.c %D%/shape.c \
	%D%/heap.c %D%/mark.c %D%/vm.c %D%/trace.h %D%/trace.c %D%/string.c %D%/array.c %D%/object.c %D%/eval.c %D%/call.c %D%/ops.c %D%/manifest.c \
	%D%/import.c %D%/convert.c %D%/jsonnet.c %D%/std_table.c
# std, a family a file
%C%_libjsonnet_a_SOURCES += \
	%D%/std_util.c %D%/std_util.h %D%/std_path.h \
	%D%/std_core.c %D%/std_arrays.c %D%/std_encode.c %D%/std_format.c %D%/std_json.c %D%/std_manifest.c %D%/std_math.c %D%/std_objects.c \
	%D%/std_parse.c %D%/std_sets.c %D%/std_strings.c %D%/std_toml.c %D%/std_yaml.c
