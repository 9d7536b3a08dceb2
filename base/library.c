#include "library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#define ATTEMPTS 3

int library_load(const char *soname, const struct library_function *functions, size_t n_functions,
		 struct fault *fault)
{
	void *library = NULL;

	/* The dynamic linker does not read again what a signal interrupted, and keeps no errno. */
	for (int attempt = 0; !library && attempt < ATTEMPTS; attempt++)
		library = dlopen(soname, RTLD_LAZY | RTLD_LOCAL);
	if (!library)
		return fault_raise(fault, -ELIBACC, "%s: load: %s", soname, dlerror());
	for (size_t i = 0; i < n_functions; i++) {
		void *address = dlsym(library, functions[i].name);

		if (!address)
			return fault_raise(fault, -ELIBACC, "%s: load: it has no %s", soname,
					   functions[i].name);
		/* POSIX: what dlsym() returns may be used as a pointer to a function. */
		memcpy(functions[i].pointer, &address, sizeof address);
	}
	return 0;
}
