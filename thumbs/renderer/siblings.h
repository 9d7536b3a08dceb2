/*
 * siblings.h: renderers that are forked from one that has loaded its libraries, which is most of a
 * start. They are children of the renderer's own parent, have descriptors of their own, and share
 * nothing but the code and data that were loaded.
 *
 * Before the sandbox, before any input, and before there are threads.
 */
#ifndef SIBLINGS_H
#define SIBLINGS_H

/* At most WIRE_MAX_SIBLINGS. Returns in each of them, with its own service and stderr where this
 * process has its own. One that could not be made is seen by its parent as closed descriptors.
 * Where a library has started threads they are started anew, as `program --serve`. */
void siblings_start(unsigned count, const char *program);

#endif
