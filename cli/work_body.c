#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "work.h"

void work_body_free(struct work *work)
{
	if (!work->body)
		return;
	cache_writer_free(work->body->writer);
	buf_release(&work->body->head);
	buf_release(&work->body->header);
	free(work->body);
	work->body = NULL;
}

static enum body_verdict body_fault(struct work *work, int error)
{
	pipeline_fail(work->pipeline, error);
	return BODY_FAULT;
}

/* 0 when the response does not say. */
static uint64_t stated_length(const struct http_fields *fields, int64_t max_bytes)
{
	const char *value = http_fields_get(fields, "content-length");

	uint64_t bytes = value ? strtoull(value, NULL, 10) : 0;

	return bytes < (uint64_t)max_bytes ? bytes : (uint64_t)max_bytes;
}

static enum body_verdict body_begin(void *context, int status, const struct http_fields *fields)
{
	struct work *work = context;
	struct pipeline *pipeline = work->pipeline;
	uint64_t bytes = stated_length(fields, pipeline->settings->max_bytes);
	int error;

	(void)status;
	if (!work->body) {
		work->body = alloc_zeroed(1, sizeof *work->body);
		buf_init(&work->body->head, MEDIA_SNIFF_MAX_BYTES);
		error = cache_writer_new(pipeline->cache, &work->body->writer, pipeline->fault);
		if (error)
			return body_fault(work, error);
	}
	buf_clear(&work->body->head);
	work->body->is_known = work->body->has_facts = false;
	error = cache_reserve(pipeline->cache, bytes, pipeline->fault);
	if (!error)
		error = cache_writer_begin(work->body->writer, pipeline->fault);
	if (error)
		return body_fault(work, error);
	cache_writer_expect(work->body->writer, bytes);
	return BODY_CONTINUE;
}

static enum body_verdict write_through(struct work *work, const void *data, size_t length_bytes)
{
	int error =
		cache_writer_write(work->body->writer, data, length_bytes, work->pipeline->fault);

	return error ? body_fault(work, error) : BODY_CONTINUE;
}

/* Is it an image? Decided as soon as the bytes allow, so nothing else is downloaded. */
static enum body_verdict sniff(struct work *work, const void *data, size_t length_bytes,
			       bool is_whole)
{
	struct work_body *body = work->body;
	enum media_type type;

	switch (media_type_sniff(data, length_bytes, is_whole, &type)) {
	case MEDIA_SNIFF_NEEDS_MORE:
		if (length_bytes < MEDIA_SNIFF_MAX_BYTES)
			return BODY_CONTINUE;
		break;
	case MEDIA_SNIFF_NOT_AN_IMAGE:
		break;
	case MEDIA_SNIFF_KNOWN:
		body->is_known = true;
		body->has_facts = work_read_first_bytes(data, length_bytes, &body->facts);
		if (media_type_is_renderable(type))
			pipeline_expect_thumbs(work->pipeline);
		return write_through(work, data, length_bytes);
	}
	return BODY_REFUSE;
}

static size_t append_head(struct work_body *body, const void *data, size_t length_bytes)
{
	size_t room = MEDIA_SNIFF_MAX_BYTES - body->head.length_bytes;
	size_t taken = length_bytes < room ? length_bytes : room;

	buf_append(&body->head, data, taken);
	return taken;
}

/* The first bytes come in several pieces. */
static enum body_verdict add_to_head(struct work *work, const void *data, size_t length_bytes)
{
	struct buf *head = &work->body->head;
	size_t taken = append_head(work->body, data, length_bytes);
	enum body_verdict verdict = sniff(work, head->data, head->length_bytes, false);

	if (verdict != BODY_CONTINUE || !work->body->is_known || taken == length_bytes)
		return verdict;
	return write_through(work, (const char *)data + taken, length_bytes - taken);
}

static enum body_verdict body_write(void *context, const void *data, size_t length_bytes)
{
	struct work *work = context;
	struct work_body *body = work->body;
	enum body_verdict verdict;

	if (body->is_known)
		return write_through(work, data, length_bytes);
	if (body->head.length_bytes)
		return add_to_head(work, data, length_bytes);
	verdict = sniff(work, data, length_bytes, false);
	if (!body->is_known)
		append_head(body, data, length_bytes);
	return verdict;
}

static enum body_verdict body_end(void *context)
{
	struct work *work = context;

	const struct buf *head = &work->body->head;

	if (work->body->is_known || !head->length_bytes)
		return BODY_CONTINUE;
	return sniff(work, head->data, head->length_bytes, true);
}

static void body_rest(void *context, const void *data, size_t length_bytes)
{
	append_head(((struct work *)context)->body, data, length_bytes);
}

struct body_sink work_body_sink(struct work *work)
{
	return (struct body_sink){work, body_begin, body_write, body_end, body_rest};
}

void work_body_describe(const struct work_body *body, const char *content_type, char *ret_text,
			size_t size_bytes)
{
	if (body->header.length_bytes)
		media_type_describe_other(body->header.data, body->header.length_bytes,
					  content_type, ret_text, size_bytes);
	else
		media_type_describe_other(body->head.data, body->head.length_bytes, content_type,
					  ret_text, size_bytes);
}
