/*
 * earlier_places.h: where an earlier `publish:` and `manifest:` put thumbnails and manifest.
 * Nothing of them is removed there: another configuration may use them. A build says once what it
 * leaves.
 */
#ifndef EARLIER_PLACES_H
#define EARLIER_PLACES_H

#include "run.h"

/* After a build of the whole site; remembers this run's places in a cache that is this site's
 * alone. */
void earlier_places_tell(const struct run *run);

#endif
