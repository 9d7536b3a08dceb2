#include "mdx_imports.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "image_key.h"
#include "site_aliases.h"

void mdx_imports_release(struct mdx_imports *imports)
{
	map_free(imports->sources);
	free(imports->places);
	*imports = (struct mdx_imports){0};
}

/* The name at the start; empty when there is none. */
static struct slice name_at(struct slice text)
{
	size_t n = 0;

	while (n < text.length_bytes &&
	       (isalnum((unsigned char)text.data[n]) || text.data[n] == '_' || text.data[n] == '$'))
		n++;
	return (struct slice){text.data, n};
}

/* The query is webpack's or Vite's. */
static bool is_image_of_site(const struct site *site, struct slice source)
{
	return (slice_starts_with(source, "./") || slice_starts_with(source, "../") ||
		slice_starts_with(source, "/") || slice_starts_with(source, "@site/") ||
		slice_starts_with(source, "@/") || slice_starts_with(source, "~/") ||
		site_alias_of(site, source)) &&
	       image_value_has_extension(source);
}

/* `name from "source"`, behind the import. */
static void take_import(struct mdx_imports *imports, struct slice rest)
{
	struct slice name = name_at(rest = slice_trim(rest)), source;
	const char *end;

	rest = slice_trim(slice_from(rest, name.length_bytes));
	if (name.length_bytes == 0 || !slice_starts_with(rest, "from"))
		return;
	rest = slice_trim(slice_from(rest, 4));
	if (rest.length_bytes < 2 || !strchr("\"'", rest.data[0]))
		return;
	end = memchr(rest.data + 1, rest.data[0], rest.length_bytes - 1);
	if (!end)
		return;
	source = (struct slice){rest.data + 1, (size_t)(end - rest.data) - 1};
	if (!is_image_of_site(imports->site, source))
		return;
	ALLOC_GROW(imports->places, imports->count, imports->capacity);
	imports->places[imports->count++] = source;
	map_put(imports->sources, name.data, name.length_bytes, (void *)(uintptr_t)imports->count);
}

static void read_imports(struct mdx_imports *imports, struct slice body)
{
	const char *at = body.data, *end = body.data + body.length_bytes;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		struct slice line = {at, (size_t)((newline ? newline : end) - at)};

		if (slice_starts_with(line, "import "))
			take_import(imports, slice_from(line, 7));
		at += line.length_bytes + 1;
	}
}

bool mdx_imports_find(struct mdx_imports *imports, struct slice body, struct slice value,
		      struct slice *ret_source)
{
	struct slice name;
	uintptr_t index;

	if (value.length_bytes < 3 || value.data[0] != '{')
		return false;
	value = slice_trim((struct slice){value.data + 1, value.length_bytes - 2});
	name = name_at(value);
	if (name.length_bytes == 0 || !(name.length_bytes == value.length_bytes ||
					slice_equals(slice_from(value, name.length_bytes), ".src")))
		return false;
	if (!imports->sources) {
		imports->sources = map_new();
		read_imports(imports, body);
	}
	index = (uintptr_t)map_get(imports->sources, name.data, name.length_bytes);
	if (!index)
		return false;
	*ret_source = imports->places[index - 1];
	return true;
}
