/* Formats into a buffer of its own, since a line may quote values of any length. */
#include "helm/log.h"

#include "base/buf.h"

void helm_log_line(const struct helm_log *log, const char *where, const char *fmt, ...)
{
	if (!log || !log->line)
		return;
	AUTO_BUF b = { 0 };
	va_list ap;
	buf_addf(&b, "%s: ", where);
	va_start(ap, fmt);
	buf_addvf(&b, fmt, ap);
	va_end(ap);
	/* Go's log does not double a newline that ends the text. */
	if (b.p[b.n - 1] == '\n')
		b.n--;
	log->line(log->ctx, buf_str(&b));
}
