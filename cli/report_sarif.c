#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "human.h"
#include "json_out.h"
#include "map.h"
#include "report_format.h"

/* Further places of one result. */
#define MOST_RELATED 20

static void write_string(struct json_out *out, const char *key, const char *text)
{
	json_key(out, key);
	json_string(out, text);
}

/* {"text": ...} */
static void write_message(struct json_out *out, const char *key, const char *text)
{
	json_key(out, key);
	json_object_begin(out);
	write_string(out, "text", text);
	json_object_end(out);
}

static const char *level_of(enum severity severity)
{
	return severity == SEVERITY_BROKEN ? "error"
	       : severity == SEVERITY_INFO ? "note"
					   : "warning";
}

/* A path as a relative URI reference (RFC 3986 section 4.2). */
static void append_uri(struct buf *uri, const char *prefix, const char *file)
{
	const char *const parts[] = {prefix, file};

	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
		for (const char *c = parts[i]; *c; c++)
			if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			    (*c >= '0' && *c <= '9') || strchr("-._~/", *c))
				buf_append_char(uri, *c);
			else
				buf_printf(uri, "%%%02X", (unsigned char)*c);
}

static void write_location(struct json_out *out, const char *prefix, const char *file,
			   unsigned line, unsigned column, int id)
{
	CLEANUP(buf_release) struct buf uri = BUF_INIT(1u << 18);

	append_uri(&uri, prefix, file);
	json_object_begin(out);
	if (id) {
		json_key(out, "id");
		json_int(out, id);
	}
	json_key(out, "physicalLocation");
	json_object_begin(out);
	json_key(out, "artifactLocation");
	json_object_begin(out);
	write_string(out, "uri", buf_string(&uri));
	write_string(out, "uriBaseId", "%SRCROOT%");
	json_object_end(out);
	json_key(out, "region");
	json_object_begin(out);
	json_key(out, "startLine");
	json_int(out, line ? line : 1);
	json_key(out, "startColumn");
	json_int(out, line ? column : 1);
	json_object_end(out);
	json_object_end(out);
	json_object_end(out);
}

/* The same image with the same finding in the same file is the same result, whatever lines were
 * added above it. */
static void write_fingerprint(struct json_out *out, const struct report_note *note,
			      const char *prefix)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	const char *subject = note->asset ? note->asset->url : note->message;
	char hex[OBJECT_ID_HEX_BYTES];
	struct object_id id;

	buf_append(&text, note->code, strlen(note->code) + 1);
	buf_append(&text, subject, strlen(subject) + 1);
	buf_append_string(&text, prefix);
	buf_append_string(&text, note->file ? note->file : "");
	id = object_id_of(text.data, text.length_bytes);
	object_id_format(&id, hex);
	json_key(out, "partialFingerprints");
	json_object_begin(out);
	write_string(out, "picdesk/v1", hex);
	json_object_end(out);
}

static void write_related(struct json_out *out, const struct report_note *note, const char *prefix)
{
	const struct asset_ref *ref;

	if (!report_note_place(note, 1))
		return;
	json_key(out, "relatedLocations");
	json_array_begin(out);
	for (size_t i = 1; i <= MOST_RELATED && (ref = report_note_place(note, i)); i++)
		write_location(out, prefix, ref->file, ref->line, ref->column, (int)i);
	json_array_end(out);
}

static void write_result(struct json_out *out, const struct report_note *note,
			 const struct report_context *context)
{
	CLEANUP(buf_release) struct buf message = BUF_INIT(BUF_UNLIMITED);

	if (note->asset) {
		human_shortened(&message, note->asset->url);
		buf_append_string(&message, ": ");
	}
	human_shortened(&message, note->message);
	report_append_age(&message, note, context->now_s);
	json_object_begin(out);
	write_string(out, "ruleId", note->code);
	write_string(out, "level", level_of(note->severity));
	write_message(out, "message", buf_string(&message));
	json_key(out, "locations");
	json_array_begin(out);
	write_location(out, context->prefix, note->file, note->line, note->column, 0);
	json_array_end(out);
	write_related(out, note, context->prefix);
	write_fingerprint(out, note, context->prefix);
	json_object_end(out);
}

static void write_rule(struct json_out *out, const struct report_note *note)
{
	const char *advice = note->finding ? finding_advice(note->finding->code) : NULL;

	json_object_begin(out);
	write_string(out, "id", note->code);
	write_message(out, "shortDescription", report_note_heading(note));
	if (advice)
		write_message(out, "help", advice);
	json_key(out, "defaultConfiguration");
	json_object_begin(out);
	write_string(out, "level", level_of(note->severity));
	json_object_end(out);
	json_object_end(out);
}

static void write_rules(struct json_out *out, const struct report_note *notes, size_t count)
{
	struct map *seen = map_new();

	json_key(out, "rules");
	json_array_begin(out);
	for (size_t i = 0; i < count; i++) {
		if (map_get_string(seen, notes[i].code))
			continue;
		map_put_string(seen, notes[i].code, seen);
		write_rule(out, &notes[i]);
	}
	json_array_end(out);
	map_free(seen);
}

/* What stands in no file is about the run. As results GitHub refuses them, and all others with
 * them: each of its results has a place. */
static void write_notifications(struct json_out *out, const struct report *report)
{
	bool is_open = false;

	for (size_t i = 0; i < report->n_problems; i++) {
		const struct problem *problem = &report->problems[i];

		if (problem->file)
			continue;
		if (!is_open) {
			json_key(out, "invocations");
			json_array_begin(out);
			json_object_begin(out);
			json_key(out, "executionSuccessful");
			json_bool(out, true);
			json_key(out, "toolExecutionNotifications");
			json_array_begin(out);
			is_open = true;
		}
		json_object_begin(out);
		json_key(out, "descriptor");
		json_object_begin(out);
		write_string(out, "id", problem->code);
		json_object_end(out);
		write_string(out, "level", "warning");
		write_message(out, "message", problem->message);
		json_object_end(out);
	}
	if (!is_open)
		return;
	json_array_end(out);
	json_object_end(out);
	json_array_end(out);
}

/* Those that stand in a file. */
static size_t keep_results(struct report_note *notes, size_t count)
{
	size_t n_kept = 0;

	for (size_t i = 0; i < count && n_kept < REPORT_SARIF_MOST; i++)
		if (notes[i].file)
			notes[n_kept++] = notes[i];
	return n_kept;
}

static void write_run(struct json_out *out, const struct report *report,
		      const struct report_context *context, const struct report_note *notes,
		      size_t count)
{
	json_object_begin(out);
	json_key(out, "tool");
	json_object_begin(out);
	json_key(out, "driver");
	json_object_begin(out);
	write_string(out, "name", "picdesk");
	write_string(out, "version", report->version);
	write_string(out, "informationUri", "https://github.com/picdesk/picdesk");
	write_rules(out, notes, count);
	json_object_end(out);
	json_object_end(out);
	write_notifications(out, report);
	write_string(out, "columnKind", "unicodeCodePoints");
	json_key(out, "results");
	json_array_begin(out);
	for (size_t i = 0; i < count; i++)
		write_result(out, &notes[i], context);
	json_array_end(out);
	json_object_end(out);
}

void report_write_sarif(const struct report *report, const struct report_context *context,
			struct buf *ret_text)
{
	struct report_note *notes;
	struct json_out out;
	size_t count;

	notes = report_notes(report, SEVERITY_INFO, &count);
	count = keep_results(notes, count);
	json_out_init(&out, ret_text, true);
	json_object_begin(&out);
	write_string(&out, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	write_string(&out, "version", "2.1.0");
	json_key(&out, "runs");
	json_array_begin(&out);
	write_run(&out, report, context, notes, count);
	json_array_end(&out);
	json_object_end(&out);
	buf_append_char(ret_text, '\n');
	free(notes);
}
