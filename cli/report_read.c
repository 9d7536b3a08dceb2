#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "cleanup.h"
#include "data_tree.h"
#include "report_pieces.h"

#define MOST_SECONDS 1e9 /* 30 years */
#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+~_-"

/* "" for what is no scalar: a report may have been edited, or made by another program. */
static const char *text_of(const struct data_node *node)
{
	return node && node->kind == DATA_SCALAR ? node->text.data : "";
}

static const char *string_of(const struct data_node *object, const char *key)
{
	const struct data_node *node = data_node_get(object, key);

	return node && node->kind == DATA_SCALAR && !node->is_plain ? node->text.data : NULL;
}

static char *string_copy(const struct data_node *object, const char *key)
{
	const char *text = string_of(object, key);

	return text ? alloc_string(text) : NULL;
}

static int64_t int_of(const struct data_node *object, const char *key)
{
	return strtoll(text_of(data_node_get(object, key)), NULL, 10);
}

static int64_t time_of(const struct data_node *object, const char *key)
{
	const char *text = string_of(object, key);
	struct tm utc = {0};

	if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc))
		return 0;
	return (int64_t)timegm(&utc);
}

static size_t count_of(const struct data_node *node)
{
	return node && node->kind == DATA_SEQUENCE ? node->count : 0;
}

static enum asset_status status_of(const char *name)
{
	for (size_t i = 0; name && i < ASSET_STATUS_COUNT; i++)
		if (!strcmp(asset_status_name((enum asset_status)i), name))
			return (enum asset_status)i;
	return ASSET_UNCHECKED;
}

static enum asset_source source_of(const char *name)
{
	for (int i = ASSET_FROM_NONE; name && i <= ASSET_FROM_LOCAL; i++)
		if (!strcmp(asset_source_name((enum asset_source)i), name))
			return (enum asset_source)i;
	return ASSET_FROM_NONE;
}

static enum media_type type_of(const char *name)
{
	return name ? media_type_parse(name, strlen(name)) : MEDIA_NONE;
}

/* "" when it is not there. */
static const char *kept_string(struct report *report, const struct data_node *node, const char *key)
{
	const char *text = string_of(node, key);

	return text ? arena_string(&report->arena, text) : "";
}

static const char *kept_string_or_null(struct report *report, const struct data_node *node,
				       const char *key)
{
	return string_of(node, key) ? kept_string(report, node, key) : NULL;
}

static struct asset_ref read_ref(struct report *report, const struct data_node *node)
{
	const struct data_node *defined = data_node_get(node, "defined_at");

	return (struct asset_ref){
		.order = (uint32_t)report->n_refs++,
		.file = kept_string(report, node, "file"),
		.line = (unsigned)int_of(node, "line"),
		.column = (unsigned)int_of(node, "column"),
		.defined_line = (unsigned)int_of(defined, "line"),
		.defined_column = (unsigned)int_of(defined, "column"),
		.kind = kept_string(report, node, "kind"),
		.data_path = kept_string_or_null(report, node, "path"),
		.written = kept_string(report, node, "written"),
		.width_px = (int)int_of(node, "width"),
		.height_px = (int)int_of(node, "height"),
		.title = kept_string_or_null(report, node, "title"),
	};
}

static void read_finding(struct report *report, struct asset *asset, const struct data_node *node)
{
	const char *code_name = string_of(node, "code"), *name = string_of(node, "severity");
	const char *message = string_of(node, "message");
	const struct data_node *refs = data_node_get(node, "refs");
	struct finding *finding;
	enum finding_code code;
	enum severity severity;

	if (!code_name || !finding_code_parse(code_name, &code))
		return;
	finding = report_add_finding(report, asset, code, "%s", message ? message : "");
	if (name && severity_parse(name, &severity))
		finding->severity = severity;
	if (count_of(refs) == asset->n_refs)
		return;
	for (size_t i = 0; i < count_of(refs); i++) {
		unsigned long ref = strtoul(text_of(refs->items[i]), NULL, 10);

		if (refs->items[i]->kind == DATA_SCALAR && ref < asset->n_refs)
			finding_add_ref(finding, (unsigned)ref);
	}
}

static void read_thumbs(struct report *report, struct asset *asset, const struct data_node *thumbs)
{
	asset->thumbs = alloc_zeroed(count_of(thumbs), sizeof *asset->thumbs);
	asset->n_thumbs = (unsigned)count_of(thumbs);
	for (size_t i = 0; i < asset->n_thumbs; i++) {
		const struct data_node *node = thumbs->items[i];

		asset->thumbs[i] = (struct asset_thumb){
			.name = kept_string(report, node, "name"),
			.path = kept_string_or_null(report, node, "path"),
			.type = type_of(string_of(node, "type")),
			.width_px = (int)int_of(node, "width"),
			.height_px = (int)int_of(node, "height"),
			.bytes = (uint64_t)int_of(node, "bytes"),
		};
	}
}

static void read_asset(struct report *report, const struct data_node *node)
{
	struct asset *asset = report_add_asset(report, string_of(node, "url"));
	const struct data_node *refs = data_node_get(node, "refs");
	const struct data_node *findings = data_node_get(node, "findings");
	const char *hash = string_of(node, "hash");

	asset->target = asset->url[0] == '/' ? IMAGE_REF_LOCAL : IMAGE_REF_REMOTE;
	asset->status = status_of(string_of(node, "status"));
	asset->source = source_of(string_of(node, "source"));
	asset_set_final_url(asset, string_of(node, "final_url"));
	asset->http_status = (int)int_of(node, "http_status");
	asset->type = type_of(string_of(node, "type"));
	asset->width_px = (int)int_of(node, "width");
	asset->height_px = (int)int_of(node, "height");
	asset->bytes = (uint64_t)int_of(node, "bytes");
	asset->has_object = hash && object_id_parse(hash, strlen(hash), &asset->object);
	asset->failing_since_s = time_of(node, "failing_since");
	asset->checked_s = time_of(node, "checked");
	if (asset->source == ASSET_FROM_LOCAL && !asset->checked_s)
		asset->checked_s = report->started_s;
	for (size_t i = 0; i < count_of(refs); i++)
		*asset_add_ref(asset) = read_ref(report, refs->items[i]);
	for (size_t i = 0; i < count_of(findings); i++)
		read_finding(report, asset, findings->items[i]);
	read_thumbs(report, asset, data_node_get(node, "thumbs"));
}

static void read_hosts(struct report *report, const struct data_node *hosts)
{
	report->hosts = alloc_zeroed(count_of(hosts), sizeof *report->hosts);
	report->n_hosts = count_of(hosts);
	for (size_t i = 0; i < report->n_hosts; i++) {
		const struct data_node *node = hosts->items[i];
		char *host = string_copy(node, "host");

		report->hosts[i] = (struct host_report){
			.host = host ? host : alloc_string(""),
			.requests = (uint64_t)int_of(node, "requests"),
			.ok = (uint64_t)int_of(node, "ok"),
			.not_modified = (uint64_t)int_of(node, "not_modified"),
			.failed = (uint64_t)int_of(node, "failed"),
			.throttled = (uint64_t)int_of(node, "throttled"),
			.bytes = (uint64_t)int_of(node, "bytes"),
			.p50_ms = int_of(node, "p50_ms"),
			.p95_ms = int_of(node, "p95_ms"),
		};
	}
}

static void read_totals(struct report_totals *totals, const struct data_node *node)
{
	totals->fetched = (uint64_t)int_of(node, "fetched");
	totals->revalidated = (uint64_t)int_of(node, "revalidated");
	totals->from_cache = (uint64_t)int_of(node, "from_cache");
	totals->bytes_fetched = (uint64_t)int_of(node, "bytes_fetched");
	totals->thumbs_made = (uint64_t)int_of(node, "thumbs_made");
	totals->thumbs_reused = (uint64_t)int_of(node, "thumbs_reused");
}

static bool is_true(const struct data_node *object, const char *key)
{
	const struct data_node *node = data_node_get(object, key);

	return node && slice_equals(node->text, "true");
}

/* A version or a verb, which the writers print as it is; "" for what cannot be one. */
static char *word_of(const struct data_node *run, const char *key)
{
	const char *text = string_of(run, key);

	return alloc_string(text && !text[strspn(text, WORD)] ? text : "");
}

/* What a person or another program wrote there may be no duration. */
static double seconds_of(const struct data_node *run)
{
	double seconds = strtod(text_of(data_node_get(run, "seconds")), NULL);

	return seconds >= 0 && seconds <= MOST_SECONDS ? seconds : 0;
}

static void read_run(struct report *report, const struct data_node *run)
{
	char *root = string_copy(run, "root");

	report->version = word_of(run, "version");
	report->verb = word_of(run, "verb");
	report->root_shown = root ? root : alloc_string(".");
	report->started_s = time_of(run, "started");
	report->seconds = seconds_of(run);
	report->is_complete = is_true(run, "complete");
	report->is_partial = is_true(run, "partial");
	report->n_headers_only = (size_t)int_of(run, "headers_only");
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static void read_image(struct report *report, const struct data_node *image)
{
	if (string_of(image, "url"))
		read_asset(report, image);
}

/* -1: one of them does not parse. */
static int read_pieces(struct report *report, struct slice images)
{
	struct data_error error;
	struct data_tree *tree;
	struct slice image;
	int got;

	while ((got = report_pieces_next(&images, &image)) > 0) {
		if (json_walk_parse_ours(image.data, image.length_bytes, &tree, &error) < 0)
			return -1;
		read_image(report, data_tree_root(tree, 0));
		data_tree_free(tree);
	}
	return got;
}

static void read_problems(struct report *report, const struct data_node *problems)
{
	for (size_t i = 0; i < count_of(problems); i++) {
		const struct data_node *node = problems->items[i];
		const char *code = string_of(node, "code"), *message = string_of(node, "message");

		if (code && message)
			report_add_problem(report, code, string_of(node, "file"),
					   (unsigned)int_of(node, "line"),
					   (unsigned)int_of(node, "column"), message);
	}
}

static int read_tree(const struct data_node *root, struct slice pieces, struct report *report)
{
	const struct data_node *images = data_node_get(root, "images");

	report_init(report);
	read_run(report, data_node_get(root, "run"));
	for (size_t i = 0; i < count_of(images); i++)
		read_image(report, images->items[i]);
	if (pieces.data && read_pieces(report, pieces) < 0) {
		report_release(report);
		return -1;
	}
	read_problems(report, data_node_get(root, "problems"));
	read_hosts(report, data_node_get(root, "hosts"));
	read_totals(&report->totals, data_node_get(root, "totals"));
	report_count(report);
	return 0;
}

static int read_whole(const char *name, const char *text, size_t length_bytes,
		      struct report *ret_report, struct fault *fault)
{
	struct data_error error;
	struct data_tree *tree;
	const char *schema;

	if (json_walk_parse_ours(text, length_bytes, &tree, &error) < 0)
		return fault_raise(fault, -EINVAL, "%s: no JSON report: %s at byte %zu", name,
				   error.message, error.offset);
	schema = string_of(data_tree_root(tree, 0), "schema");
	if (!schema || strcmp(schema, "picdesk/report/1")) {
		data_tree_free(tree);
		return fault_raise(fault, -EINVAL,
				   "%s: not a report of picdesk: \"schema\" is not "
				   "\"picdesk/report/1\" (make one with --format json)",
				   name);
	}
	read_tree(data_tree_root(tree, 0), (struct slice){0}, ret_report);
	data_tree_free(tree);
	return 0;
}

/* False, with nothing read: what is wrong with it is said of the whole. */
static bool read_by_image(const char *text, size_t length_bytes, struct report *ret_report)
{
	CLEANUP(buf_release) struct buf rest = BUF_INIT(BUF_UNLIMITED);
	struct data_tree *tree = NULL;
	struct data_error error;
	struct slice images;
	const char *schema;
	bool is_read;

	if (!report_pieces_cut((struct slice){text, length_bytes}, &rest, &images) ||
	    json_walk_parse_ours(rest.data, rest.length_bytes, &tree, &error) < 0)
		return false;
	schema = string_of(data_tree_root(tree, 0), "schema");
	is_read = schema && !strcmp(schema, "picdesk/report/1") &&
		  !read_tree(data_tree_root(tree, 0), images, ret_report);
	data_tree_free(tree);
	return is_read;
}

int report_read(const char *name, const char *text, size_t length_bytes, struct report *ret_report,
		struct fault *fault)
{
	if (read_by_image(text, length_bytes, ret_report))
		return 0;
	return read_whole(name, text, length_bytes, ret_report, fault);
}
