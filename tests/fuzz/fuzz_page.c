/* A page where an image was asked for: a line of its Content-Type, then the page. The first byte
 * chooses the status. */
#include <string.h>

#include "bot_wall.h"
#include "buf.h"
#include "captcha_page.h"
#include "fuzz.h"
#include "http_field.h"
#include "media_type.h"
#include "page_title.h"
#include "utf8.h"
#include "xml_prolog.h"

static const int statuses[] = {200, 202, 401, 403, 429, 451, 503, 999};

static void require_clean(const char *text, size_t length_bytes)
{
	fuzz_require(utf8_is_valid(text, length_bytes));
	for (size_t i = 0; i < length_bytes; i++)
		fuzz_require((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
}

static void read_title(struct slice page, struct slice content_type)
{
	struct buf text = BUF_INIT(BUF_UNLIMITED);

	page_title_append(&text, page, content_type);
	require_clean(buf_string(&text), text.length_bytes);
	buf_release(&text);
}

static void describe(struct slice page, struct slice content_type)
{
	struct buf type = BUF_INIT(BUF_UNLIMITED);
	char text[200];

	buf_append(&type, content_type.data, content_type.length_bytes);
	media_type_describe_other(page.data, page.length_bytes, buf_string(&type), text,
				  sizeof text);
	require_clean(text, strlen(text));
	buf_release(&type);
}

static void look_for_guards(int status, struct slice page, struct slice content_type)
{
	struct http_fields fields = {0};

	http_fields_add(&fields, "Content-Type", 12, content_type.data, content_type.length_bytes);
	bot_wall_find(status, &fields, page.data, page.length_bytes);
	captcha_page_find(page.data, page.length_bytes);
	http_fields_release(&fields);
}

static void read_prolog(struct slice page)
{
	struct xml_prolog prolog;

	if (xml_prolog_read(page.data, page.length_bytes, &prolog) == XML_PROLOG_ROOT)
		fuzz_require(prolog.root_offset < page.length_bytes &&
			     page.data[prolog.root_offset] == '<');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	const char *text = (const char *)data + 1, *end;
	struct slice content_type, page;

	if (length_bytes == 0)
		return 0;
	end = memchr(text, '\n', length_bytes - 1);
	if (!end)
		return 0;
	content_type = (struct slice){text, (size_t)(end - text)};
	page = (struct slice){end + 1, length_bytes - 2 - content_type.length_bytes};
	read_title(page, content_type);
	describe(page, content_type);
	look_for_guards(statuses[data[0] % 8], page, content_type);
	read_prolog(page);
	return 0;
}
