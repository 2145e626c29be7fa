/*
 * One lock for all libraries: loading is rare. The table is written whole before `loaded` is set, and read only after it was seen set. Libraries
 * stay mapped until the process ends: several of them cannot be unloaded safely.
 */
#include "ext/lib.h"

#include <dlfcn.h>
#include <pthread.h>

static bool load_locked(struct lib *lib, struct err *err)
{
	void *handle = dlopen(lib->soname, RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		err_set(err, ERR_NOT_FOUND, "cannot load %s: %s", lib->soname, dlerror());
		return err_hint(err, "install the package that has %s", lib->soname);
	}
	for (size_t i = 0; i < lib->count; i++) {
		lib->table[i] = dlsym(handle, lib->symbols[i].name);
		if (!lib->table[i] && !lib->symbols[i].is_optional) {
			err_set(err, ERR_NOT_FOUND, "%s has no function %s", lib->soname, lib->symbols[i].name);
			return err_hint(err, "install a newer version of that library");
		}
	}
	atomic_store_explicit(&lib->loaded, true, memory_order_release);
	return true;
}

bool lib_load(struct lib *lib, struct err *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	if (atomic_load_explicit(&lib->loaded, memory_order_acquire))
		return true;
	pthread_mutex_lock(&lock);
	bool ok = atomic_load_explicit(&lib->loaded, memory_order_relaxed) || load_locked(lib, err);
	pthread_mutex_unlock(&lock);
	return ok;
}
