noinst_LIBRARIES += %D%/liblang.a
%C%_liblang_a_SOURCES = \
	%D%/analyze.c \
	%D%/arg.c \
	%D%/ast.h \
	%D%/blake3.c %D%/blake3.h \
	%D%/builtin.c %D%/builtin.h \
	%D%/case.c %D%/case.h \
	%D%/error.c %D%/error.h \
	%D%/eval.c %D%/eval.h \
	%D%/file_ast.h \
	%D%/fold.c \
	%D%/func_digest.c \
	%D%/func_lists.c \
	%D%/func_path.c \
	%D%/func_system.c \
	%D%/func_text.c \
	%D%/json.c \
	%D%/lang.c %D%/lang.h \
	%D%/lex.c %D%/token.h \
	%D%/load.c \
	%D%/markdown.c \
	%D%/parse.c %D%/parser.h \
	%D%/parse_attr.c \
	%D%/parse_expr.c \
	%D%/parse_recipe.c \
	%D%/pure.c \
	%D%/recipes.c \
	%D%/resolve.c \
	%D%/run.c \
	%D%/show.c \
	%D%/strftime.c %D%/strftime.h \
	%D%/string.c \
	%D%/value.c
