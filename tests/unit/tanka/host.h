/* host.h: a host for natives without a world: charts and kustomize give a text that the test sets, or fail. */
#ifndef UNIT_TANKA_HOST_H
#define UNIT_TANKA_HOST_H

#include "tanka/host.h"

struct fake_host {
	const char *text; /* NULL: the tool fails */
	struct tanka_chart chart; /* what was asked for last */
};

static struct str fake_getenv(void *ctx, struct str name)
{
	(void)ctx;
	return str_eq(name, STR("NAME")) ? STR("value") : STR_NONE;
}

static bool fake_is_file(void *ctx, struct str path)
{
	(void)ctx;
	(void)path;
	return false;
}

static bool fake_helm(void *ctx, const struct tanka_chart *chart, struct arena *a, struct str *text, struct err *err)
{
	struct fake_host *f = ctx;
	(void)a;
	f->chart = *chart;
	if (!f->text)
		return err_set(err, ERR_FAILED, "exit status 1");
	*text = str_c(f->text);
	return true;
}

static bool fake_kustomize(void *ctx, struct str path, struct arena *a, struct str *text, struct err *err)
{
	(void)path;
	return fake_helm(ctx, &(struct tanka_chart){ 0 }, a, text, err);
}

static struct tanka_host fake_host(struct fake_host *f)
{
	return (struct tanka_host){ .ctx = f, .cwd = STR("/"), .is_file = fake_is_file, .getenv = fake_getenv, .helm = fake_helm, .kustomize = fake_kustomize };
}

#endif
