#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "work.h"

void work_body_free(struct work *work)
{
	if (!work->body)
		return;
	cache_writer_free(work->body->writer);
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
	int error;

	(void)status;
	if (!work->body) {
		work->body = alloc_zeroed(1, sizeof *work->body);
		error = cache_writer_new(pipeline->cache, &work->body->writer, pipeline->fault);
		if (error)
			return body_fault(work, error);
	}
	work->body->head_bytes = 0;
	work->body->is_known = false;
	error = cache_reserve(pipeline->cache, stated_length(fields, pipeline->settings->max_bytes),
			      pipeline->fault);
	if (!error)
		error = cache_writer_begin(work->body->writer, pipeline->fault);
	return error ? body_fault(work, error) : BODY_CONTINUE;
}

static enum body_verdict write_through(struct work *work, const void *data, size_t length_bytes)
{
	int error =
		cache_writer_write(work->body->writer, data, length_bytes, work->pipeline->fault);

	return error ? body_fault(work, error) : BODY_CONTINUE;
}

/* Is it an image? Decided as soon as the bytes allow, so nothing else is downloaded. */
static enum body_verdict sniff(struct work *work, bool is_whole)
{
	struct work_body *body = work->body;
	enum media_type type;

	switch (media_type_sniff(body->head, body->head_bytes, is_whole, &type)) {
	case MEDIA_SNIFF_NEEDS_MORE:
		if (body->head_bytes < sizeof body->head)
			return BODY_CONTINUE;
		break;
	case MEDIA_SNIFF_NOT_AN_IMAGE:
		break;
	case MEDIA_SNIFF_KNOWN:
		body->is_known = true;
		if (media_type_is_renderable(type))
			pipeline_expect_thumbs(work->pipeline);
		return write_through(work, body->head, body->head_bytes);
	}
	media_type_describe_other(body->head, body->head_bytes, body->other, sizeof body->other);
	return BODY_REFUSE;
}

static enum body_verdict body_write(void *context, const void *data, size_t length_bytes)
{
	struct work *work = context;
	struct work_body *body = work->body;
	size_t room = sizeof body->head - body->head_bytes;
	size_t taken = length_bytes < room ? length_bytes : room;
	enum body_verdict verdict;

	if (body->is_known)
		return write_through(work, data, length_bytes);
	memcpy(body->head + body->head_bytes, data, taken);
	body->head_bytes += taken;
	verdict = sniff(work, false);
	if (verdict != BODY_CONTINUE || !body->is_known || taken == length_bytes)
		return verdict;
	return write_through(work, (const char *)data + taken, length_bytes - taken);
}

static enum body_verdict body_end(void *context)
{
	struct work *work = context;

	return work->body->is_known || !work->body->head_bytes ? BODY_CONTINUE : sniff(work, true);
}

struct body_sink work_body_sink(struct work *work)
{
	return (struct body_sink){work, body_begin, body_write, body_end};
}
