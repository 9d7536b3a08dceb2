/*
 * mdx_imports.h: what the names that an MDX document imports stand for.
 *
 *	import cover from './cover.png'		{cover} and {cover.src} are ./cover.png
 */
#ifndef MDX_IMPORTS_H
#define MDX_IMPORTS_H

#include <stdbool.h>

#include "buf.h"
#include "map.h"
#include "scanner.h"

struct mdx_imports {
	const struct site *site;
	struct map *sources; /* name -> index + 1 of `places`; NULL: not looked for yet */
	struct slice *places;
	size_t count, capacity;
};

void mdx_imports_release(struct mdx_imports *imports);

/* The file that an attribute's value `{name}` or `{name.src}` imports: a relative path, or one from
 * the site's root or a folder that has a name, that ends like an image; of other modules the
 * bundler alone knows where they are. `body` is the whole document, the same at each call; it is
 * read at the first one. */
bool mdx_imports_find(struct mdx_imports *imports, struct slice body, struct slice value,
		      struct slice *ret_source);

#endif
