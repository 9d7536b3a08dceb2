#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "beneath.h"
#include "cleanup.h"
#include "clock.h"
#include "image_header.h"
#include "json_out.h"
#include "report_format.h"
#include "report_page.h"

/* A thumbnail above this stays outside: it would take the place of many. */
#define MOST_THUMB_BYTES ((uint64_t)96 << 10)

struct page {
	const struct report *report;
	const struct report_context *context;
	struct json_out out;
	size_t embedded_bytes;
};

static void write_string(struct page *page, const char *key, const char *text)
{
	json_key(&page->out, key);
	json_string(&page->out, text);
}

static void write_int(struct page *page, const char *key, int64_t value)
{
	json_key(&page->out, key);
	json_int(&page->out, value);
}

static void write_time(struct page *page, const char *key, int64_t wall_s)
{
	char text[CLOCK_RFC3339_BYTES];

	clock_format(wall_s, text);
	write_string(page, key, text);
}

/* --- pictures -----------------------------------------------------------------------------------
 */

/* RFC 4648. */
static void append_base64(struct buf *text, const unsigned char *data, size_t length_bytes)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < length_bytes; i += 3) {
		size_t left = length_bytes - i;
		unsigned bits = (unsigned)data[i] << 16 | (left > 1 ? data[i + 1] : 0u) << 8 |
				(left > 2 ? data[i + 2] : 0u);

		buf_append_char(text, digits[bits >> 18]);
		buf_append_char(text, digits[bits >> 12 & 63]);
		buf_append_char(text, left > 1 ? digits[bits >> 6 & 63] : '=');
		buf_append_char(text, left > 2 ? digits[bits & 63] : '=');
	}
}

static bool read_bytes(int fd, struct buf *data)
{
	unsigned char piece[16384];
	ssize_t got;

	while ((got = read(fd, piece, sizeof piece)) > 0)
		if (buf_append(data, piece, (size_t)got) < 0)
			return false;
	return got == 0 && data->length_bytes;
}

/* A path of a kept report that came with the site, or a link in its place, may lead to a secret. */
static bool is_image_of(const struct buf *data, enum media_type type)
{
	struct image_header header;

	return image_header_read(data->data, data->length_bytes, true, &header) ==
		       IMAGE_HEADER_OK &&
	       header.type == type;
}

/* `fd` is read and closed. */
static bool embed(struct page *page, int fd, enum media_type type)
{
	CLEANUP(buf_release) struct buf data = BUF_INIT(MOST_THUMB_BYTES);
	CLEANUP(buf_release) struct buf text = BUF_INIT(1u << 20);
	bool is_read = read_bytes(fd, &data);

	close(fd);
	if (!is_read || !is_image_of(&data, type) ||
	    page->embedded_bytes + data.length_bytes > REPORT_HTML_THUMB_BYTES)
		return false;
	page->embedded_bytes += data.length_bytes;
	buf_printf(&text, "data:%s;base64,", media_type_name(type));
	append_base64(&text, (const unsigned char *)data.data, data.length_bytes);
	write_string(page, "thumb", buf_string(&text));
	return true;
}

struct smallest {
	bool is_found;
	struct cache_thumb thumb;
};

static bool keep_smallest(void *context, const char *key, const struct cache_thumb *thumb)
{
	struct smallest *smallest = context;

	(void)key;
	if (!smallest->is_found || thumb->bytes < smallest->thumb.bytes)
		*smallest = (struct smallest){true, *thumb};
	return true;
}

/* A thumbnail that went away meanwhile, or a damaged one, is no picture, and no fault. */
static bool embed_from_cache(struct page *page, const struct asset *asset)
{
	struct smallest smallest = {0};
	struct fault unused = {0};
	uint64_t bytes;
	int fd;

	if (!page->context->cache || !asset->has_object ||
	    cache_thumbs_of_object(page->context->cache, &asset->object, keep_smallest, &smallest,
				   &unused) < 0)
		return false;
	if (!smallest.is_found || smallest.thumb.bytes > MOST_THUMB_BYTES ||
	    cache_open_object(page->context->cache, &smallest.thumb.object, &fd, &bytes, &unused) <
		    0)
		return false;
	return embed(page, fd, smallest.thumb.type);
}

static const struct asset_thumb *smallest_published(const struct asset *asset)
{
	const struct asset_thumb *best = NULL;

	for (size_t i = 0; i < asset->n_thumbs; i++)
		if (asset->thumbs[i].path && (!best || asset->thumbs[i].bytes < best->bytes))
			best = &asset->thumbs[i];
	return best;
}

/* A link to a file of the site, as a relative reference. */
static void write_link(struct page *page, const char *path)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1u << 18);
	const char *const parts[] = {page->context->to_root, path};

	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
		for (const char *c = parts[i]; *c; c++)
			if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7f ||
			    strchr("%?#:\\", *c))
				buf_printf(&text, "%%%02X", (unsigned char)*c);
			else
				buf_append_char(&text, *c);
	write_string(page, "thumb", buf_string(&text));
}

static int open_published(const struct page *page, const char *path)
{
	const char *name;
	CLEANUP(cleanup_close)
	int folder_fd = beneath_open_parent(page->context->root_fd, path, &name);

	return folder_fd < 0
		       ? -1
		       : openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

/* In the page while there is room; else a link to what is published, or to the file itself. */
static void write_picture(struct page *page, const struct asset *asset)
{
	const struct asset_thumb *published = smallest_published(asset);
	int fd = -1;

	if (page->embedded_bytes < REPORT_HTML_THUMB_BYTES) {
		if (published && published->bytes <= MOST_THUMB_BYTES)
			fd = open_published(page, published->path);
		if (fd >= 0 && embed(page, fd, published->type))
			return;
		if (embed_from_cache(page, asset))
			return;
	}
	if (!page->context->to_root)
		return;
	if (published)
		write_link(page, published->path);
	else if (asset->url[0] == '/' && asset->status == ASSET_OK)
		write_link(page, asset->url + 1);
}

/* --- facts --------------------------------------------------------------------------------------
 */

static void write_ref(struct page *page, const struct asset_ref *ref)
{
	CLEANUP(buf_release) struct buf place = BUF_INIT(1u << 16);

	report_append_place(&place, page->context->prefix, ref->file, ref->line, ref->column);
	json_array_begin(&page->out);
	json_string(&page->out, buf_string(&place));
	json_int(&page->out, ref->width_px);
	json_int(&page->out, ref->height_px);
	json_string(&page->out, ref->title);
	json_array_end(&page->out);
}

static void write_findings(struct page *page, const struct asset *asset)
{
	json_key(&page->out, "findings");
	json_array_begin(&page->out);
	for (size_t i = 0; i < asset->n_findings; i++) {
		json_array_begin(&page->out);
		json_string(&page->out, finding_code_name(asset->findings[i].code));
		json_string(&page->out, severity_name(asset->findings[i].severity));
		json_string(&page->out, asset->findings[i].message);
		json_array_end(&page->out);
	}
	json_array_end(&page->out);
}

static void write_image(struct page *page, const struct asset *asset)
{
	CLEANUP(cleanup_free) char *host = report_host_of(asset);

	json_object_begin(&page->out);
	write_string(page, "url", asset->url);
	write_string(page, "status", asset_status_name(asset->status));
	write_string(page, "host", host);
	if (asset->type != MEDIA_NONE)
		write_string(page, "type", media_type_name(asset->type));
	write_int(page, "width", asset->width_px);
	write_int(page, "height", asset->height_px);
	write_int(page, "bytes", asset->has_object ? (int64_t)asset->bytes : 0);
	if (asset->failing_since_s)
		write_time(page, "failing_since", asset->failing_since_s);
	write_picture(page, asset);
	write_findings(page, asset);
	json_key(&page->out, "refs");
	json_array_begin(&page->out);
	for (size_t i = 0; i < asset->n_refs; i++)
		write_ref(page, &asset->refs[i]);
	json_array_end(&page->out);
	json_object_end(&page->out);
}

static void write_problem(struct page *page, const struct problem *problem)
{
	CLEANUP(buf_release) struct buf place = BUF_INIT(1u << 16);

	if (problem->file)
		report_append_place(&place, page->context->prefix, problem->file, problem->line,
				    problem->column);
	json_array_begin(&page->out);
	json_string(&page->out, problem->code);
	json_string(&page->out, buf_string(&place));
	json_string(&page->out, problem->message);
	json_array_end(&page->out);
}

static void write_host(struct page *page, const struct host_report *host)
{
	json_object_begin(&page->out);
	write_string(page, "host", host->host);
	write_int(page, "requests", (int64_t)host->requests);
	write_int(page, "not_modified", (int64_t)host->not_modified);
	write_int(page, "failed", (int64_t)host->failed);
	write_int(page, "throttled", (int64_t)host->throttled);
	write_int(page, "bytes", (int64_t)host->bytes);
	write_int(page, "p50_ms", host->p50_ms);
	write_int(page, "p95_ms", host->p95_ms);
	json_object_end(&page->out);
}

/* {"gone": "Not found on the server", ...}: those that have words. */
static void write_words(struct page *page, const char *key,
			const char *(*words_of)(enum finding_code code))
{
	json_key(&page->out, key);
	json_object_begin(&page->out);
	for (int code = 0; code < FINDING_COUNT; code++)
		if (words_of((enum finding_code)code))
			write_string(page, finding_code_name((enum finding_code)code),
				     words_of((enum finding_code)code));
	json_object_end(&page->out);
}

static void write_head(struct page *page)
{
	const struct report *report = page->report;
	const char *slash = strrchr(page->context->root, '/');
	CLEANUP(buf_release) struct buf notice = BUF_INIT(1024);

	report_append_incomplete(&notice, report);
	if (notice.length_bytes && report->n_headers_only)
		buf_append_char(&notice, ' ');
	report_append_headers_only(&notice, report);
	write_string(page, "site", slash && slash[1] ? slash + 1 : page->context->root);
	write_string(page, "to_root", page->context->to_root);
	write_time(page, "now", page->context->now_s);
	json_key(&page->out, "run");
	json_object_begin(&page->out);
	write_string(page, "version", report->version);
	write_string(page, "verb", report->verb);
	write_time(page, "started", report->started_s);
	json_key(&page->out, "seconds");
	json_decimal(&page->out, report->seconds, 3);
	write_string(page, "notice", buf_string(&notice));
	json_object_end(&page->out);
	json_key(&page->out, "totals");
	json_object_begin(&page->out);
	write_int(page, "references", (int64_t)report->totals.references);
	write_int(page, "bytes_fetched", (int64_t)report->totals.bytes_fetched);
	json_object_end(&page->out);
	write_words(page, "headings", finding_heading);
	write_words(page, "advice", finding_advice);
}

static void write_data(struct page *page)
{
	const struct report *report = page->report;

	json_object_begin(&page->out);
	write_head(page);
	json_key(&page->out, "images");
	json_array_begin(&page->out);
	for (size_t i = 0; i < report->n_images; i++)
		write_image(page, report->images[i]);
	json_array_end(&page->out);
	json_key(&page->out, "problems");
	json_array_begin(&page->out);
	for (size_t i = 0; i < report->n_problems; i++)
		write_problem(page, &report->problems[i]);
	json_array_end(&page->out);
	json_key(&page->out, "hosts");
	json_array_begin(&page->out);
	for (size_t i = 0; i < report->n_hosts; i++)
		write_host(page, &report->hosts[i]);
	json_array_end(&page->out);
	json_object_end(&page->out);
}

void report_write_html(const struct report *report, const struct report_context *context,
		       struct buf *ret_text)
{
	static const char marker[] = "@DATA@";
	CLEANUP(buf_release) struct buf data = BUF_INIT(ret_text->max_bytes);
	struct page page = {.report = report, .context = context};
	const char *place = strstr(report_page, marker);
	const char *from, *less;

	json_out_init(&page.out, &data, false);
	write_data(&page);
	buf_append(ret_text, report_page, (size_t)(place - report_page));
	/* "</script" and "<!--" would end or hide what follows: no < is left in the data. */
	for (from = buf_string(&data); (less = strchr(from, '<')); from = less + 1) {
		buf_append(ret_text, from, (size_t)(less - from));
		buf_append_string(ret_text, "\\u003c");
	}
	buf_append_string(ret_text, from);
	buf_append_string(ret_text, place + strlen(marker));
	ret_text->overflowed |= data.overflowed;
}
