#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "config_reader.h"
#include "host_name.h"
#include "options.h"
#include "quoted.h"
#include "units.h"

#define MAX_HOSTS 1000

static const char *const host_keys[] = {"concurrency", "interval", "headers"};
enum host_key {
	HOST_CONCURRENCY,
	HOST_INTERVAL,
	HOST_HEADERS,
};

struct host_context {
	const char *name;
	struct fetch_host_options *host;
};

/* The same range and the same words as the flag that holds for all hosts. */
static void read_interval(struct config_reader *reader, const struct data_node *node,
			  const char *key, int64_t *ret_interval_ms)
{
	const struct option *option = option_of_setting(SETTING_HOST_INTERVAL);
	int64_t ms;
	const char *text;

	if (!config_text(reader, node, key, &text))
		return;
	if (units_parse_duration(text, &ms) || ms < option->minimum || ms > option->maximum)
		config_error(reader, node->offset,
			     "%s: %s; it takes a duration from 0s to 1h, such as 50ms", key,
			     quoted(text).text);
	else
		*ret_interval_ms = ms;
}

static void use_host_key(struct config_reader *reader, size_t index, const struct data_node *node,
			 void *context)
{
	struct host_context *into = context;
	CLEANUP(cleanup_free) char *key = alloc_printf("hosts.%s.%s", into->name, host_keys[index]);
	const struct option *limit = option_of_setting(SETTING_HOST_CONCURRENCY);
	struct string_list headers = {0};
	int64_t number;

	switch ((enum host_key)index) {
	case HOST_CONCURRENCY:
		if (config_number(reader, node, key, limit->minimum, limit->maximum, &number))
			into->host->concurrency = (unsigned)number;
		break;
	case HOST_INTERVAL:
		read_interval(reader, node, key, &into->host->interval_ms);
		break;
	case HOST_HEADERS:
		config_headers(reader, node, key, &headers);
		into->host->headers = (const char *const *)headers.items;
		break;
	}
}

/* As the fetcher compares it, with a port that is none of the default ones. */
static char *canonical_host(const char *text)
{
	CLEANUP(cleanup_free) char *name = NULL;
	int port = 0;

	name = host_name_canonical(text, &port);
	if (!name || port == 80 || port == 443)
		return NULL;
	return port ? alloc_printf("%s:%d", name, port) : alloc_string(name);
}

/* Two spellings of one host: "A.example" and "a.example". */
static bool is_known(const struct settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->n_hosts; i++)
		if (!strcmp(settings->hosts[i].host, name))
			return true;
	return false;
}

static void use_host(struct config_reader *reader, const struct data_node *key,
		     const struct data_node *node, void *context)
{
	struct settings *settings = reader->settings;
	CLEANUP(cleanup_free) char *label = NULL;
	struct fetch_host_options *host;
	struct host_context into;
	char *name;

	(void)context;
	if (config_is_null(node))
		return;
	name = strlen(key->text.data) == key->text.length_bytes ? canonical_host(key->text.data)
								: NULL;
	if (!name) {
		config_error(reader, key->offset,
			     "hosts: %s is no host; write it like " HOST_NAME_FORM,
			     quoted(key->text.data).text);
		return;
	}
	label = alloc_printf("hosts.%s", name);
	if (is_known(settings, name)) {
		config_error(reader, key->offset, "%s is given twice", label);
		free(name);
		return;
	}
	if (!config_expect(reader, node, DATA_MAPPING, label)) {
		free(name);
		return;
	}
	settings->hosts =
		alloc_resized(settings->hosts, settings->n_hosts + 1, sizeof *settings->hosts);
	host = &settings->hosts[settings->n_hosts++];
	*host = (struct fetch_host_options){.host = name, .interval_ms = -1};
	into = (struct host_context){name, host};
	config_each(reader, node, "", host_keys, ARRAY_LENGTH(host_keys), use_host_key, &into);
}

void config_hosts(struct config_reader *reader, const struct data_node *node)
{
	if (config_expect(reader, node, DATA_MAPPING, "hosts"))
		config_each_any(reader, node, "hosts", MAX_HOSTS, use_host, NULL);
}
