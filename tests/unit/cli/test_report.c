#include "../cmocka_all.h"

#include <stdio.h>

#include "report.h"

static void fill(struct report *report)
{
	struct image_ref remote = {
		.kind = IMAGE_REF_FRONT_MATTER,
		.target = IMAGE_REF_REMOTE,
		.file = (char *)(uintptr_t) "_news/x.md",
		.line = 24,
		.column = 10,
		.data_path = (char *)(uintptr_t) "images[0].url",
		.written = (char *)(uintptr_t) "https://example.org/a.jpg?w=1&#038;x=2",
		.url = (char *)(uintptr_t) "https://example.org/a.jpg?w=1&x=2",
		.width_px = 1200,
		.height_px = 600,
		.title = (char *)(uintptr_t) "\xe2\x80\x9cquoted\xe2\x80\x9d",
	};
	struct image_ref again = remote;
	struct asset *asset;
	struct finding *finding;

	again.line = 30;
	again.data_path = NULL;
	again.defined_line = 40;
	again.defined_column = 5;
	report->version = strdup("0.1.0");
	report->verb = strdup("check");
	report->root_shown = strdup(".");
	report->started_s = 1700000000;
	report->seconds = 1.5;
	asset = report_add_reference(report, &remote);
	assert_ptr_equal(report_add_reference(report, &again), asset);
	asset->status = ASSET_BROKEN;
	asset->source = ASSET_FROM_NETWORK;
	asset->final_url = strdup("https://example.org/b.jpg");
	asset->http_status = 404;
	asset->failing_since_s = 1690000000;
	asset->checked_s = 1700000000;
	report_add_finding(report, asset, FINDING_GONE, "404 %s", "Not Found");
	finding = report_add_finding(report, asset, FINDING_SIZE_MISMATCH, "declared");
	finding_add_ref(finding, 1);
	report_add_problem(report, "bad-front-matter", "_posts/y.md", 4, 3, "no colon");
	report_count(report);
}

static void json_is_read_back(void **state)
{
	struct report report, again;
	struct buf first = BUF_INIT(1u << 20), second = BUF_INIT(1u << 20);
	struct fault fault = {0};

	(void)state;
	report_init(&report);
	fill(&report);
	assert_int_equal(report.totals.references, 2);
	assert_int_equal(report.totals.images, 1);
	assert_int_equal(report.totals.by_status[ASSET_BROKEN], 1);
	report_write_json(&report, &first);
	assert_int_equal(report_read("r.json", first.data, first.length_bytes, &again, &fault), 0);
	report_write_json(&again, &second);
	assert_string_equal(buf_string(&first), buf_string(&second));
	report_release(&report);
	report_release(&again);
	buf_release(&first);
	buf_release(&second);
}

/* Each reference has a line, which need room. */
static void a_scan_that_was_read_has_its_text(void **state)
{
	const struct report_text_options options = {.folder = "/s", .root = "/s"};
	struct report report, again;
	struct buf json = BUF_INIT(1u << 20), first = BUF_INIT(1u << 16),
		   second = BUF_INIT(1u << 16);
	struct fault fault = {0};

	(void)state;
	report_init(&report);
	fill(&report);
	strcpy(report.verb, "scan");
	report_write_json(&report, &json);
	assert_int_equal(report_read("r.json", json.data, json.length_bytes, &again, &fault), 0);
	assert_int_equal(again.n_refs, report.n_refs);
	report_write_scan_text(&report, &options, &first);
	report_write_scan_text(&again, &options, &second);
	assert_non_null(strstr(buf_string(&first), "_news/x.md:30:10"));
	assert_string_equal(buf_string(&first), buf_string(&second));
	report_release(&report);
	report_release(&again);
	buf_release(&json);
	buf_release(&first);
	buf_release(&second);
}

static void no_duration_is_none(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} rows[] = {{"0.25", 0.25}, {"1e300", 0}, {"-5", 0}, {"\"nan\"", 0}, {"true", 0}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fault fault = {0};
		struct report report;
		char text[200];
		int n = snprintf(text, sizeof text,
				 "{\"schema\": \"picdesk/report/1\", \"run\": {\"seconds\": %s}}",
				 rows[i].text);

		assert_int_equal(report_read("r.json", text, (size_t)n, &report, &fault), 0);
		assert_true(report.seconds == rows[i].seconds);
		report_release(&report);
	}
}

static void what_is_no_report_is_refused(void **state)
{
	static const char *const cases[] = {"", "{", "[]", "{\"schema\": \"other\"}", "null"};
	struct fault fault = {0};
	struct report report;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_true(report_read("r.json", cases[i], strlen(cases[i]), &report, &fault) < 0);
}

static void text_groups_by_what_to_do(void **state)
{
	const struct report_text_options options = {
		.now_s = 1690000000 + 3 * 86400,
		.folder = "/home/me",
		.root = "/home/me/site",
		.fail_on = SEVERITY_BROKEN,
	};
	struct buf text = BUF_INIT(1u << 20);
	struct report report;

	(void)state;
	report_init(&report);
	fill(&report);
	report_write_text(&report, &options, &text);
	assert_non_null(strstr(buf_string(&text), "Not found on the server: 1 image  [gone]\n"
						  "  https://example.org/a.jpg?w=1&x=2\n"
						  "      404 Not Found, failing since 3 days ago\n"
						  "      site/_news/x.md:24:10  images[0].url\n"
						  "      site/_news/x.md:30:10\n"));
	assert_non_null(strstr(buf_string(&text), "site/_posts/y.md:4:3: no colon"));
	assert_non_null(strstr(buf_string(&text), "1 image: 1 broken"));
	report_release(&report);
	buf_release(&text);
}

/* One image may have the same to say of each thumbnail, or of each size that articles declare. */
static void headings_count_images(void **state)
{
	const struct report_text_options options = {.folder = "/s", .root = "/s"};
	struct buf text = BUF_INIT(1u << 20);
	struct report report;

	(void)state;
	report_init(&report);
	fill(&report);
	report_add_finding(&report, report.images[0], FINDING_SMALLER_THAN_SPEC, "card is small");
	report_add_finding(&report, report.images[0], FINDING_SMALLER_THAN_SPEC, "small is small");
	report_add_finding(&report, report.images[0], FINDING_SIZE_MISMATCH, "declared 1x2");
	report_write_text(&report, &options, &text);
	assert_non_null(strstr(buf_string(&text), ": 1 image  [smaller-than-spec] (-v lists"));
	assert_non_null(strstr(buf_string(&text), ": 1 image  [size-mismatch]\n"));
	assert_non_null(strstr(buf_string(&text), "      declared 1x2\n"));
	report_release(&report);
	buf_release(&text);
}

static void headings_fit_a_narrow_terminal(void **state)
{
	const struct report_text_options options = {
		.folder = "/s", .root = "/s", .columns = 40, .has_color = true};
	struct buf text = BUF_INIT(1u << 20);
	struct report report;

	(void)state;
	report_init(&report);
	fill(&report);
	report_add_finding(&report, report.images[0], FINDING_STALE_USED, "x");
	report_add_finding(&report, report.images[0], FINDING_UNSIZED, "x");
	report_write_text(&report, &options, &text);
	assert_non_null(strstr(buf_string(&text),
			       "\033[1;33mCould not be refreshed: the last good\n"
			       "  copy was used\033[0m: 1 image  [stale-used]\n"));
	assert_non_null(strstr(buf_string(&text),
			       "\033[1mNo declared size\033[0m: 1 image  [unsized] (-v\n"
			       "  lists it)\n\n"));
	report_release(&report);
	buf_release(&text);
}

static void statuses_that_need_it_are_explained(void **state)
{
	static const struct {
		enum asset_status status;
		bool is_deferred, is_complete, is_offline;
		const char *line;
	} cases[] = {
		{ASSET_UNCHECKED, true, true, false,
		 "1 unchecked: the host asked to come back later"},
		{ASSET_UNCHECKED, false, false, false,
		 "1 unchecked: the run ended before their turn"},
		{ASSET_UNCHECKED, false, true, true,
		 "1 unchecked: not in the cache, and --offline"},
		{ASSET_UNCHECKED, false, true, false, "1 unchecked: not looked at in this run"},
		{ASSET_STALE, false, true, false, "stale: could not be asked again now"},
		{ASSET_BLOCKED, false, true, false, "blocked: the host turned picdesk away"},
		{ASSET_TEMPLATE, false, true, false, "template: an expression in the URL"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct report_text_options options = {
			.folder = "/s", .root = "/s", .is_offline = cases[i].is_offline};
		struct buf text = BUF_INIT(1u << 20);
		struct report report;

		report_init(&report);
		fill(&report);
		report.images[0]->status = cases[i].status;
		report.is_complete = cases[i].is_complete;
		if (cases[i].is_deferred)
			report_add_finding(&report, report.images[0], FINDING_DEFERRED,
					   "in 3 hours");
		report_count(&report);
		report_write_text(&report, &options, &text);
		assert_non_null(strstr(buf_string(&text), cases[i].line));
		for (const char *line = strstr(buf_string(&text), cases[i].line); *line;
		     line += strcspn(line, "\n") + 1)
			assert_true(strcspn(line, "\n") <= 80);
		report_release(&report);
		buf_release(&text);
	}
}

static void urls_are_links_where_a_terminal_shows_them(void **state)
{
	const struct report_text_options options = {
		.folder = "/s", .root = "/s", .columns = 30, .has_links = true};
	struct buf text = BUF_INIT(1u << 20);
	struct report report;

	(void)state;
	report_init(&report);
	fill(&report);
	report_write_text(&report, &options, &text);
	assert_non_null(strstr(buf_string(&text),
			       "  \033]8;;https://example.org/a.jpg?w=1&x=2\033\\"
			       "https://exampl...jpg?w=1&x=2\033]8;;\033\\\n"));
	report_release(&report);
	buf_release(&text);
}

/* The last lines are the totals and the next step; a terminal gets them in lines that fit. */
static void the_totals_stand_last_and_fit(void **state)
{
	static const struct {
		unsigned columns;
		uint64_t others;
		const char *end;
	} cases[] = {
		{0, 1234,
		 "\nManifest: x\n\n"
		 "6,171 images: 1,234 ok, 1 broken, 1,234 blocked, 1,234 stale, 1,234 embedded, "
		 "1,234 template; 1,234 fetched (1.5 KiB), 12 thumbnails made, 1.5 s\n"
		 "Next: mend what is broken and run `picdesk check` again.\n"},
		{80, 1234,
		 "\nManifest: x\n\n"
		 "6,171 images: 1,234 ok, 1 broken, 1,234 blocked, 1,234 stale, 1,234 embedded,\n"

		 "  1,234 template; 1,234 fetched (1.5 KiB), 12 thumbnails made, 1.5 s\n"
		 "Next: mend what is broken and run `picdesk check` again.\n"},
		{80, 1,
		 "6 images: 1 ok, 1 broken, 1 blocked, 1 stale, 1 embedded, 1 template;\n"
		 "  1 fetched (1.5 KiB), 12 thumbnails made, 1.5 s\n"
		 "Next: mend what is broken and run `picdesk check` again.\n"},
		{80, 0,
		 "\n1 image: 1 broken; 12 thumbnails made, 1.5 s\n"
		 "Next: mend what is broken and run `picdesk check` again.\n"},
		{40, 0,
		 "\n1 image: 1 broken;\n"
		 "  12 thumbnails made, 1.5 s\n"
		 "Next: mend what is broken and run\n"
		 "`picdesk check` again.\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct report_text_options options = {.folder = "/s",
							    .root = "/s",
							    .columns = cases[i].columns,
							    .fail_on = SEVERITY_BROKEN,
							    .epilogue = "Manifest: x\n"};
		static const enum asset_status others[] = {ASSET_OK, ASSET_BLOCKED, ASSET_STALE,
							   ASSET_EMBEDDED, ASSET_TEMPLATE};
		struct buf text = BUF_INIT(1u << 20);
		struct report report;
		const char *end = cases[i].end;

		report_init(&report);
		fill(&report);
		report_count(&report);
		for (size_t k = 0; k < sizeof others / sizeof *others; k++)
			report.totals.by_status[others[k]] = cases[i].others;
		report.totals.images += 5 * cases[i].others;
		report.totals.fetched = cases[i].others;
		report.totals.bytes_fetched = 1536;
		report.totals.thumbs_made = 12;
		report_write_text(&report, &options, &text);
		assert_string_equal(buf_string(&text) + text.length_bytes - strlen(end), end);
		report_release(&report);
		buf_release(&text);
	}
}

/* A hundred thousand of them wait at once: 57 MiB for the whole process, which has 64. */
static void is_small(void **state)
{
	(void)state;
	assert_true(sizeof(struct asset) <= 192);
	assert_true(sizeof(struct finding) <= 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_read_back),
		cmocka_unit_test(a_scan_that_was_read_has_its_text),
		cmocka_unit_test(no_duration_is_none),
		cmocka_unit_test(what_is_no_report_is_refused),
		cmocka_unit_test(text_groups_by_what_to_do),
		cmocka_unit_test(headings_count_images),
		cmocka_unit_test(headings_fit_a_narrow_terminal),
		cmocka_unit_test(statuses_that_need_it_are_explained),
		cmocka_unit_test(the_totals_stand_last_and_fit),
		cmocka_unit_test(urls_are_links_where_a_terminal_shows_them),
		cmocka_unit_test(is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
