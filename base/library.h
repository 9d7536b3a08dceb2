/*
 * library.h: a shared library that is loaded when it is needed, not when the program starts.
 *
 * The dynamic linker takes longer over libcurl and libarchive, with what these need (TLS, Kerberos,
 * LDAP, XML, ICU), than a scan of hundreds of articles takes; most runs need neither.
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include <stddef.h>

#include "fault.h"

/* A function of the library, and the pointer to it that is set. */
struct library_function {
	const char *name;
	void *pointer; /* of a function pointer of that function's type */
};

/*
 * Loads the library of this soname (dlopen(3)), for the rest of the program, and sets the pointers.
 * -ELIBACC when it cannot be loaded or lacks a function; pointers may be set then, and are not to
 * be used.
 */
int library_load(const char *soname, const struct library_function *functions, size_t n_functions,
		 struct fault *fault);

#endif
