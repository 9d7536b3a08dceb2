/*
 * render_specs.h: the thumbnails of one original, from as few decodes as their specs allow.
 */
#ifndef RENDER_SPECS_H
#define RENDER_SPECS_H

#include <stdbool.h>

#include "original.h"
#include "thumbs.h"

/* Whether there is memory for what the decoder keeps and the most that a spec keeps beside it.
 * False with the verdict set. */
bool render_specs_fit(struct original *original, struct thumb_result *result);
/* A thumbnail for each spec, in their order; owned by `result`, which may have some after an error,
 * too. -1 with the verdict set. */
int render_specs(struct original *original, struct thumb_result *result);

#endif
