#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "option_table.h"

/* Room for one more and for the NULL at the end. */
static void grow(struct string_list *list)
{
	if (list->count + 1 < list->capacity)
		return;
	list->capacity = list->capacity ? list->capacity * 2 : 8;
	list->items = alloc_resized(list->items, list->capacity, sizeof *list->items);
}

void string_list_add(struct string_list *list, const char *text)
{
	grow(list);
	list->items[list->count++] = alloc_string(text);
	list->items[list->count] = NULL;
}

void string_list_clear(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	list->count = 0;
	grow(list);
	list->items[0] = NULL;
}

void string_list_release(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct string_list){0};
}

const char *const *string_list_or_null(const struct string_list *list)
{
	return (const char *const *)list->items;
}

static void default_specs(struct settings *settings)
{
	static const struct thumb_spec specs[] = {
		{.name = "card", .width_px = 640, .format = THUMB_WEBP, .quality = 75},
		{.name = "small", .width_px = 320, .format = THUMB_WEBP, .quality = 75},
	};

	memcpy(settings->specs, specs, sizeof specs);
	settings->n_specs = ARRAY_LENGTH(specs);
}

void settings_init(struct settings *settings)
{
	*settings = (struct settings){.unpublished = true};
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];

		if (option_is_int64(option))
			*(int64_t *)option_field(option, settings) = option->initial;
	}
	settings->accept = alloc_string("200..=204");
	settings->fail_on = -1;
	settings->color = COLOR_AUTO;
	settings->n_outputs = 1;
	default_specs(settings);
}

static void release_hosts(struct settings *settings)
{
	for (size_t i = 0; i < settings->n_hosts; i++) {
		struct fetch_host_options *host = &settings->hosts[i];

		free((char *)host->host);
		for (size_t k = 0; host->headers && host->headers[k]; k++)
			free((char *)host->headers[k]);
		free((void *)host->headers);
	}
	free(settings->hosts);
}

static void release_severities(struct settings *settings)
{
	for (size_t i = 0; i < settings->n_severities; i++) {
		free(settings->severities[i].code);
		free(settings->severities[i].severity);
	}
	free(settings->severities);
}

void settings_release(struct settings *settings)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];

		if (option_is_string(option))
			free(*(char **)option_field(option, settings));
		else if (option_is_list(option))
			string_list_release(option_field(option, settings));
	}
	release_hosts(settings);
	release_severities(settings);
	free(settings->allow_cidrs);
	for (size_t i = 0; i < settings->n_outputs; i++)
		free(settings->outputs[i].path);
	string_list_release(&settings->paths);
	free(settings->config_loaded);
	*settings = (struct settings){0};
}

bool settings_claim(struct settings *settings, enum setting setting, enum setting_source source,
		    unsigned line)
{
	struct setting_origin *origin = &settings->origins[setting];

	if (origin->source > source)
		return false;
	*origin = (struct setting_origin){source, line};
	return true;
}
