noinst_LIBRARIES += %D%/libgotmpl.a
%C%_libgotmpl_a_SOURCES = \
	%D%/func.h %D%/template.h %D%/gofmt.h %D%/types.h %D%/gofmt_pp.h %D%/lex.h %D%/node.h %D%/set.h %D%/parser.h %D%/constant.h \
	%D%/builtin.h %D%/exec.h \
	%D%/types.c %D%/time_methods.c %D%/func.c \
	%D%/gofmt.c %D%/gofmt_printf.c %D%/gofmt_scalar.c %D%/gofmt_float.c %D%/gofmt_quote.c \
	%D%/lex.c %D%/constant.c %D%/node.c %D%/parse.c %D%/parse_pipe.c %D%/set.c \
	%D%/exec.c %D%/eval.c %D%/call.c \
	%D%/builtin_compare.c %D%/builtin_items.c %D%/builtin_text.c
