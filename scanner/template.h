/*
 * template.h: Liquid, Nunjucks, Go templates and JSX inside a body.
 *
 * Before Markdown and HTML see the body, template_mask() rewrites a copy of it, same length, line
 * breaks kept:
 *  - what blocks and comments hide is blanked: {% raw %}, {% highlight %}, {% comment %},
 *    {{< highlight >}}, {{< ... >}} of the commented form, JSX comments;
 *  - other expressions and tags become letters, so that blanks and quotes in them do not break the
 * URL or attribute they stand in: `{{ x }}/y.png` is `xxxxxxx/y.png`; tags that print nothing
 *    become blanks where nothing is torn;
 *  - in MDX, `src={"/x.png"}` becomes `src= "/x.png" `, other expressions letters.
 * The original text at the same offset tells what stood there. A block that is never closed hides
 * nothing.
 */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "scanner.h"

enum template_syntax {
	TEMPLATE_LIQUID = 1,   /* {{ }}, {% %} */
	TEMPLATE_NUNJUCKS = 2, /* {# #} */
	TEMPLATE_GO = 4,       /* {{< >}}, {{% %}} */
	TEMPLATE_JSX = 8,
	TEMPLATE_DIRECTIVES = 16, /* of Markdown: :x{…}, ::x{…} */
};

/* A tag that may name an image: {{< figure src="x" >}}, {% include image.html url="x" %}, and the
 * directive :img{src="x"}, whose content begins with its name and ends before the brace. Of MDX,
 * an object that does: style={{backgroundImage: "url(x)"}}, sources={{light: "x", dark: "y"}}. */
struct template_tag {
	size_t offset;        /* of "{{" or "{%", or of a directive's name */
	struct slice content; /* between the marks, from the original text */
	bool is_object;
};

struct template_tags {
	struct template_tag *items;
	size_t count, capacity;
};

/* `text` is the copy, changed in place; `original` the same bytes. Linear. */
void template_mask(char *text, const char *original, size_t length_bytes, unsigned syntaxes,
		   struct template_tags *ret_tags);
void template_tags_release(struct template_tags *tags);

bool template_is_in(struct slice text); /* an expression or a tag is in it */

/*
 * Resolves the expressions that everyone uses: {{ site.baseurl }}, {{ site.url }}, {{ "/x" |
 * relative_url }}, absolute_url, append, prepend, Hugo's relURL, absURL, Eleventy's url, {% link x
 * %}. False when one is none of those, or there is none; else the text with their values.
 */
bool template_resolve(struct slice text, const struct site *site, struct buf *ret_text);

#endif
