#include "site_aliases.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "data_tree.h"
#include "site_config.h"

DEFINE_CLEANUP_POINTER(struct data_tree, data_tree_free)

/* What stands before the star that a folder's name ends in, "@assets/"; empty: there is none. */
static struct slice before_star(struct slice text)
{
	size_t n = text.length_bytes;

	if (n > 2 && text.data[n - 2] == '/' && text.data[n - 1] == '*')
		return (struct slice){text.data, n - 1};
	return (struct slice){text.data, 0};
}

/* Of the key of an item of compilerOptions.paths: the name, "@assets/"; empty: it is another's. */
static struct slice alias_in(struct slice key)
{
	static const char list[] = "compilerOptions.paths.";
	size_t n = sizeof list - 1;

	/* What begins so is a path of the site already. */
	if (key.length_bytes < n + 2 || memcmp(key.data, list, n) != 0 || key.data[n] == '.' ||
	    key.data[n] == '/')
		return (struct slice){key.data, 0};
	return before_star((struct slice){key.data + n, key.length_bytes - n - 2});
}

static void take(struct site *site, struct slice alias, struct slice base, struct slice folder)
{
	const struct site_copy *known = site_alias_of(site, alias);
	size_t n = 0;

	while (n < SITE_MAX_FOLDERS && site->aliases[n].address)
		n++;
	if (n == SITE_MAX_FOLDERS || alias.length_bytes == 0 || folder.length_bytes == 0 ||
	    (known && strlen(known->address) == alias.length_bytes))
		return;
	site->aliases[n] = (struct site_copy){
		alloc_string_n(alias.data, alias.length_bytes),
		alloc_printf("/%.*s/%.*s", (int)base.length_bytes, base.data,
			     (int)folder.length_bytes, folder.data),
	};
}

/* Of several folders for a name the first one counts. */
static void take_all(const struct data_node *config, struct site *site)
{
	const struct data_node *base = data_node_get(config, "compilerOptions.baseUrl");

	for (size_t i = 0; i < config->count; i++)
		take(site, alias_in(config->keys[i]->text),
		     base ? base->text : (struct slice){".", 1},
		     before_star(config->items[i]->text));
}

int site_aliases_read(struct site *site, struct fault *fault)
{
	static const char *const names[] = {"tsconfig.json", "jsconfig.json"};
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(data_tree_free_pointer) struct data_tree *tree = NULL;
	struct data_error ignored;
	size_t length = 0;
	int error = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(names) && !text && !error; i++)
		error = site_config_read(site->root, names[i], &text, &length, fault);
	/* With comments in it, and commas behind the last items, it is JavaScript rather than JSON.
	 */
	if (text && !js_walk_parse(text, length, 0, &tree, &ignored))
		take_all(data_tree_root(tree, 0), site);
	return error;
}

void site_aliases_release(struct site *site)
{
	for (size_t i = 0; i < SITE_MAX_FOLDERS; i++) {
		free(site->aliases[i].address);
		free(site->aliases[i].source);
	}
}

const struct site_copy *site_alias_of(const struct site *site, struct slice path)
{
	const struct site_copy *longest = NULL;

	for (size_t i = 0; i < SITE_MAX_FOLDERS && site->aliases[i].address; i++) {
		const struct site_copy *alias = &site->aliases[i];

		if (slice_starts_with(path, alias->address) &&
		    (!longest || strlen(alias->address) > strlen(longest->address)))
			longest = alias;
	}
	return longest;
}

bool site_alias_looks_like_folder(const struct site_copy *alias)
{
	return isalnum((unsigned char)alias->address[0]);
}

const char *site_alias_expand(const struct site_copy *alias, const char *path, struct arena *arena)
{
	return arena_printf(arena, "%s%s", alias->source, path + strlen(alias->address));
}
