noinst_LIBRARIES += %D%/libgotmpl.a
%C%_libgotmpl_a_SOURCES = \
	%D%/func.h %D%/template.h %D%/gofmt.h %D%/types.h %D%/gofmt_pp.h %D%/lex.h %D%/node.h %D%/set.h %D%/parser.h %D%/constant.h \
	%D%/builtin.h %D%/exec.h \
	%D%/types.c %D%/time_methods.c %D%/func.c \
	%D%/gofmt.c %D%/gofmt_printf.c %D%/gofmt_scalar.c %D%/gofmt_float.c %D%/gofmt_quote.c \
	%D%/lex.c %D%/constant.c %D%/node.c %D%/parse.c %D%/parse_pipe.c %D%/parse_quick.c %D%/set.c \
	%D%/exec.c %D%/eval.c %D%/call.c %D%/kept.c %D%/kept.h \
	%D%/builtin_compare.c %D%/builtin_items.c %D%/builtin_text.c
# sprig's functions, a family a file
%C%_libgotmpl_a_SOURCES += \
	%D%/sprig.c %D%/sprig.h %D%/sprig_util.h \
	%D%/fn_case.c %D%/fn_crypto.c %D%/fn_dates.c %D%/fn_dicts.c %D%/fn_encode.c %D%/fn_env.c %D%/fn_float.c %D%/fn_list_tests.c %D%/fn_lists.c \
	%D%/fn_math.c %D%/fn_merge.c %D%/fn_reflect.c %D%/fn_regex.c %D%/fn_semver.c %D%/fn_strings.c %D%/fn_url.c
