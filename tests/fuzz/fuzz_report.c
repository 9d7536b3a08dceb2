/* A report of an earlier run that somebody has edited, or that is none: read, printed in every form,
 * and compared with itself. What was written of it says the same when it is read again. */
#include <string.h>

#include "fuzz.h"
#include "json_out.h"
#include "report.h"
#include "report_diff.h"
#include "report_format.h"
#include "utf8.h"

#define NOW_S INT64_C(1700000000)

typedef void write_form(const struct report *report, const struct report_context *context,
			struct buf *ret_text);

static void write_markdown(const struct report *report, const struct report_context *context,
			   struct buf *ret_text)
{
	report_write_markdown(report, context, REPORT_ISSUE_BYTES, ret_text);
}

static void write_text(const struct report *report, const struct report_context *context,
		       struct buf *ret_text)
{
	const struct report_text_options options = {.now_s = context->now_s,
						    .folder = context->root,
						    .root = context->root,
						    .columns = 40};

	report_write_text(report, &options, ret_text);
	report_write_scan_text(report, &options, ret_text);
}

static void write_lines(const struct report *report, const struct report_context *context,
			struct buf *ret_text)
{
	(void)context;
	report_write_jsonl(report, ret_text);
}

static write_form *const forms[] = {report_write_junit, report_write_sarif, report_write_github,
				    write_markdown,     report_write_html,  write_text,
				    write_lines};

static void write_all(const struct report *report)
{
	const struct report_context context = {
		.now_s = NOW_S, .root = "/site", .prefix = "docs/", .root_fd = -1};

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct buf text = BUF_INIT(BUF_UNLIMITED);

		forms[i](report, &context, &text);
		fuzz_require(utf8_is_valid(buf_string(&text), text.length_bytes));
		buf_release(&text);
	}
}

static void compare(const struct report *before, const struct report *now)
{
	const struct report_text_options options = {.now_s = NOW_S, .folder = "/", .root = "/"};
	struct buf text = BUF_INIT(BUF_UNLIMITED);
	struct report_diff diff;

	report_compare(before, now, &diff);
	fuzz_require(diff.n_broken_newly == 0 && diff.n_fixed == 0);
	report_diff_write_text(&diff, &options, &text);
	report_diff_write_json(&diff, &text);
	report_diff_release(&diff);
	buf_release(&text);
}

/* The kept form is of two documents. */
static void write_parts(const struct report *report, struct buf *ret_text)
{
	struct buf run = BUF_INIT(BUF_UNLIMITED), images = BUF_INIT(BUF_UNLIMITED);

	report_write_run(report, &run);
	report_write_images(report, &images);
	report_join_parts(buf_string(&run), buf_string(&images), ret_text);
	buf_release(&run);
	buf_release(&images);
}

static void read_again(const struct report *report)
{
	struct buf text = BUF_INIT(BUF_UNLIMITED), again = BUF_INIT(BUF_UNLIMITED);
	struct buf parts = BUF_INIT(BUF_UNLIMITED), outline = BUF_INIT(BUF_UNLIMITED);
	struct fault fault = {0};
	struct report second, third;

	report_write_json(report, &text);
	fuzz_require(!report_read("it", buf_string(&text), text.length_bytes, &second, &fault));
	report_write_json(&second, &again);
	fuzz_require(text.length_bytes == again.length_bytes &&
		     !memcmp(text.data, again.data, text.length_bytes));
	compare(report, &second);
	write_parts(report, &parts);
	fuzz_require(!report_read("it", buf_string(&parts), parts.length_bytes, &third, &fault));
	compare(report, &third);
	report_outline_images(report, &outline);
	report_release(&second);
	report_release(&third);
	buf_release(&text);
	buf_release(&again);
	buf_release(&parts);
	buf_release(&outline);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct fault fault = {0};
	struct report report;

	if (report_read("it", (const char *)data, length_bytes, &report, &fault))
		return 0;
	write_all(&report);
	read_again(&report);
	report_release(&report);
	return 0;
}
