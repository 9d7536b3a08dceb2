#include "result_key.h"

#include <string.h>

#include "cleanup.h"
#include "program_id.h"
#include "site_framework.h"

DEFINE_CLEANUP_POINTER(struct object_hasher, object_hasher_free)

/* Each with its NUL, and an empty one behind the last. */
static void add_list(struct object_hasher *hasher, const char *const *list)
{
	for (; *list; list++)
		object_hasher_add(hasher, *list, strlen(*list) + 1);
	object_hasher_add(hasher, "", 1);
}

static void add_aliases(struct object_hasher *hasher, const struct site *site)
{
	const char *names[SITE_MAX_FOLDERS + 1] = {NULL};

	for (size_t i = 0; i < SITE_MAX_FOLDERS; i++)
		names[i] = site->aliases[i].address;
	add_list(hasher, names);
}

bool result_key_of_reader(const struct file_scan_context *context, struct object_id *ret_reader)
{
	CLEANUP(object_hasher_free_pointer) struct object_hasher *hasher = object_hasher_new();
	const struct site_framework *framework = context->site->framework;
	const char generator = (char)context->site->generator;
	const char *name = context->site->builder;
	const char is_myst = framework && framework->is_myst;
	struct object_id program;

	if (!program_id(&program))
		return false;
	object_hasher_add(hasher, program.bytes, sizeof program.bytes);
	object_hasher_add(hasher, &generator, 1);
	object_hasher_add(hasher, &is_myst, 1);
	object_hasher_add(hasher, name, strlen(name) + 1);
	add_list(hasher, context->image_key_names);
	add_list(hasher, context->lazy_attributes);
	add_list(hasher, context->shortcodes);
	add_aliases(hasher, context->site);
	*ret_reader = object_hasher_finish(hasher);
	return true;
}

struct object_id result_key_of_file(const struct object_id *reader, enum file_kind kind,
				    const char *text, size_t length_bytes, bool is_cut)
{
	struct object_id content = object_id_of(text, length_bytes);
	unsigned char parts[2 * OBJECT_ID_BYTES + 2];

	memcpy(parts, reader->bytes, OBJECT_ID_BYTES);
	memcpy(parts + OBJECT_ID_BYTES, content.bytes, OBJECT_ID_BYTES);
	parts[2 * OBJECT_ID_BYTES] = (unsigned char)kind;
	parts[2 * OBJECT_ID_BYTES + 1] = is_cut;
	return object_id_of(parts, sizeof parts);
}
