#include "shard.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "object_id.h"
#include "url.h"

/* Digits alone: strtoul() takes blanks and signs, too. Without one: 0. */
static unsigned parse_number(const char **text)
{
	unsigned value = 0;

	for (; isdigit((unsigned char)**text) && value <= SHARD_MAX_COUNT; (*text)++)
		value = value * 10 + (unsigned)(**text - '0');
	return value;
}

bool shard_parse(const char *text, struct shard *ret_shard)
{
	struct shard shard;

	shard.index = parse_number(&text);
	if (*text++ != '/')
		return false;
	shard.count = parse_number(&text);
	if (*text || !shard.index || shard.index > shard.count || shard.count > SHARD_MAX_COUNT)
		return false;
	*ret_shard = shard;
	return true;
}

static char *wire_of(const char *url)
{
	struct url parsed;
	char *wire;

	if (url_parse(url, strlen(url), NULL, &parsed) != URL_OK)
		return NULL;
	wire = url_serialize(&parsed, false);
	url_release(&parsed);
	return wire;
}

bool shard_has(const struct shard *shard, const char *url)
{
	CLEANUP(cleanup_free) char *wire = NULL;
	struct object_id id;
	uint64_t number = 0;

	if (!shard->count)
		return true;
	wire = wire_of(url);
	if (wire)
		url = wire;
	id = object_id_of(url, strlen(url));
	for (size_t i = 0; i < sizeof number; i++)
		number = number << 8 | id.bytes[i];
	return number % shard->count + 1 == shard->index;
}
