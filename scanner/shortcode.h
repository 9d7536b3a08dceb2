/*
 * shortcode.h: the images that template tags name literally: {{< figure src="x.png" >}},
 * {% include image.html url="x.png" %}, {% img x.png %}.
 */
#ifndef SHORTCODE_H
#define SHORTCODE_H

#include "found.h"
#include "template.h"

struct shortcode_image {
	struct slice written; /* in the tag's content */
	int width_px, height_px;
	struct slice title; /* empty: none */
};

/*
 * A tag whose name (of an include: the file's, without folder and extension) is in `names` has its
 * image in `src`, `image_path`, `url` or the first argument without a name; any other tag only in
 * one of the three that ends like an image's name. So must a `poster`, and a `path` with a folder
 * in it. Arguments of other names (`image-file`) mean what the include makes of them: nobody else
 * knows in which folder.
 */
bool shortcode_read(struct slice content, const char *const *names,
		    struct shortcode_image *ret_image);

#endif
