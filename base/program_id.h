/*
 * program_id.h: which program runs, to the last instruction: the build IDs (a note of ELF that
 * linkers make from all they link) of the executable and of every library it is linked with.
 *
 * What was worked out by another program of the same version, or with another library, need not be
 * what this one would work out.
 */
#ifndef PROGRAM_ID_H
#define PROGRAM_ID_H

#include <stdbool.h>

#include "object_id.h"

/* False when the executable has no build ID. */
bool program_id(struct object_id *ret_id);

#endif
