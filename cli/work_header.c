#include <stdio.h>

#include "alloc.h"
#include "image_header.h"
#include "work.h"

/* Looked at again after each of these steps, doubled as it grows: the whole stays linear. */
#define FIRST_STEP_BYTES 512

static enum image_header_result read_header(const struct buf *bytes, bool is_whole,
					    struct image_header *ret_header)
{
	enum image_header_result result =
		image_header_read(bytes->data, bytes->length_bytes, is_whole, ret_header);

	if (result == IMAGE_HEADER_BAD && is_whole &&
	    image_header_is_cut(bytes->data, bytes->length_bytes))
		return IMAGE_HEADER_NEEDS_MORE;
	return result;
}

static enum body_verdict look(struct work_body *body, bool is_whole)
{
	size_t length_bytes = body->header.length_bytes;
	struct image_header header = {0};
	enum media_type type = MEDIA_NONE;

	switch (read_header(&body->header, is_whole && !body->is_part, &header)) {
	case IMAGE_HEADER_NOT_AN_IMAGE:
		return BODY_REFUSE;
	case IMAGE_HEADER_NEEDS_MORE:
		body->next_look_bytes = length_bytes + length_bytes / 4 + FIRST_STEP_BYTES;
		body->needs_more = body->is_part;
		if (!is_whole || body->is_part)
			return BODY_CONTINUE;
		work_condemn_cut_header(&body->facts);
		break;
	case IMAGE_HEADER_BAD:
		media_type_sniff(body->header.data, length_bytes, true, &type);
		work_condemn_header(type, &body->facts);
		break;
	case IMAGE_HEADER_OK:
		break;
	}
	body->needs_more = false;
	body->facts.type = header.type;
	body->facts.width_px = header.width_px;
	body->facts.height_px = header.height_px;
	body->facts.frames = header.frames;
	return is_whole ? BODY_CONTINUE : BODY_ENOUGH;
}

static enum body_verdict header_begin(void *context, int status, const struct http_fields *fields)
{
	struct work *work = context;

	(void)fields;
	if (!work->body)
		work->body = alloc_zeroed(1, sizeof *work->body);
	buf_release(&work->body->header);
	buf_init(&work->body->header, (size_t)work->pipeline->settings->max_bytes);
	work->body->next_look_bytes = 0;
	work->body->is_part = status == 206;
	work->body->needs_more = false;
	work->body->facts = (struct cache_facts){0};
	return BODY_CONTINUE;
}

static enum body_verdict header_write(void *context, const void *data, size_t length_bytes)
{
	struct work_body *body = ((struct work *)context)->body;

	buf_append(&body->header, data, length_bytes);
	return body->header.length_bytes < body->next_look_bytes ? BODY_CONTINUE
								 : look(body, false);
}

static enum body_verdict header_end(void *context)
{
	return look(((struct work *)context)->body, true);
}

static void header_rest(void *context, const void *data, size_t length_bytes)
{
	buf_append(&((struct work *)context)->body->header, data, length_bytes);
}

struct body_sink work_header_sink(struct work *work)
{
	return (struct body_sink){work, header_begin, header_write, header_end, header_rest};
}
