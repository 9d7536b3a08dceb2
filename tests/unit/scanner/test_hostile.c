/*
 * Inputs that make parsers quadratic or deep. Bounds are wide for a busy machine, and narrow for
 * what they are to catch: quadratic work on these lengths takes minutes, a copy for each level
 * gigabytes.
 */
#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "file_scan.h"
#include "local_path.h"
#include "site_framework.h"

#ifdef __has_feature
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
/* Sanitizers keep what was freed. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
	HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer)
#define COUNTS_MEMORY false
#else
#define COUNTS_MEMORY true
#endif

#define INPUT_BYTES (256u << 10)
#define MAX_CPU_S 3.0
#define MEMCHECK_SLOWDOWN 20
#define MAX_MEMORY_A_BYTE 64

struct hostile {
	const char *head, *unit, *tail;
	size_t count; /* 0: as many as make INPUT_BYTES */
};

static const struct hostile repeated[] = {
	{"", "<div>", "", 0},
	{"", ">", "", 0},
	{"", "> ", "a", 0},
	{"", "- ", "a", 0},
	{"", "* ", "<![CDATA[", 0},
	{"", "- * _ ", "a", 0},
	{"", ":a{", "", 0},
	{"", ":a{b='{", "", 0},
	{"", "```mdx-code-block\n", "", 0},
	{"", "```mdx-code-block\n", "````\n", 0},
	{"", "```mdx-code-block\n", "```\n", 0},
	{"", "```mdx-code-block\n```\n", "", 0},
	{"", "[", "", 0},
	{"", "![", "", 0},
	{"", "![a](", "", 0},
	{"", "![a](<", "", 0},
	{"", "[a](b", "", 0},
	{"", "![a][", "](b)", 0},
	{"", "]", "", 0},
	{"", "![a](b 'c", "", 0},
	{"![a](", "(", ")", 0},
	{"", "*a_ ", "", 0},
	{"", "a**b", "", 0},
	{"", "`a``b```", "", 0},
	{"", "<!--", "", 0},
	{"", "<!-- -", "", 0},
	{"", "<a b='", "", 0},
	{"", "<![CDATA[", "", 0},
	{"", "<?", "", 0},
	{"<img src=a ", "x=y ", ">", 0},
	{"<img ", "src=a ", ">", 0},
	{"<img srcset='", "a ,", "'>", 0},
	{"<img srcset='a ", "(", "'>", 0},
	{"<p style='", "a:url(b;", "'>", 0},
	{"<style>", "url(", "</style>", 0},
	{"<style>", "/*", "</style>", 0},
	{"<style>", "a{b:image-set(", "</style>", 0},
	{"", "<style>", "", 0},
	{"", "<svg>", "</svg>", 0},
	{"", "<template>", "<img src=a>", 0},
	{"", "<svg><foreignObject>", "", 0},
	{"", "<picture><video>", "", 0},
	{"", "</p>", "", 0},
	{"", "&amp", "", 0},
	{"", "<img src=&#x41", ">", 0},
	{"", "{{", "", 0},
	{"", "{%", "", 0},
	{"", "{% raw %}", "", 0},
	{"", "{% highlight a %}", "", 0},
	{"", "{{< highlight a >}}", "", 0},
	{"", "{#", "", 0},
	{"", "{/*", "", 0},
	{"", "<a b={", "", 0},
	{"", "{% include image.html src='a.png' %}", "", 0},
	{"", "<!-- picdesk-disable -->", "", 0},
	{"", "<!-- picdesk-disable-next-line -->\n", "", 0},
	{"", "![a](b.png){: width='1'}\n", "", 0},
	{"![a](b)\r\n", "[a]\r\n", "", 200000},
	{"![a](b)", "\n[a]", "", 200000},
	{"", "```\n", "", 0},
	{"", "    <img src=a>\n", "", 0},
	{"", "[^1]: a\n", "", 0},
	{"", "\\", "", 0},
	{"", "\r", "", 0},
	{"", "{::comment}", "{:/}", 0},
	{"", "{{/*", "", 0},
	{"", "> - ", "", 0},
	{"", ">   - ", "a", 0},
	{"", "> 1. a\n", "", 0},
	{"", "- \n", "", 0},
	{"- a\n", "\n", "  b\n", 0},
	{"> - a\n", ">\n", ">   b\n", 0},
	{"- # a\n", "\n  # b\n", "", 0},
	{"- <pre>\n", "\n", "  </pre>", 0},
	{"", "export a = {\n\n", "", 0},
	{"", "import a from './a.png'\n", "\n<img src={a}/>", 0},
	{"import a from './a.png'\n\n", "<img src={a}/>", "", 0},
	{"", "<A src='a.png' ", "/>", 0},
	{"", "<img :src=\"'a'\">", "", 0},
	{"", ".. image:: ", "", 0},
	{"", ".. image::\n :width: 3\n", "", 0},
	{"", ".. |a| image:: b\n", "", 0},
	{"", "| .. image:: b ", "", 0},
	{"", "* ", ".. image:: b", 0},
	{"", "a::\n\n  b\n", "", 0},
	{"", "..\n", "", 0},
	{"", ".. raw:: html\n\n  <img src=a>\n", "", 0},
	{"", "image:", "", 0},
	{"", "image:a", "[]", 0},
	{"", "image:a[", "", 0},
	{"", "image:a[b\\]", "", 0},
	{"", "image:a[,", "]", 0},
	{"", "image::a[\"b\n", "", 0},
	{":a: b\n\n", "image:{a}[] ", "", 0},
	{"", ":a: {a}{a}b\n", "\nimage:{a}[]", 0},
	{":a: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n", ":b: {a}{a}{a}{a}\n",
	 "\nimage:{b}[]", 0},
	{"", "`+", "", 0},
	{"", "++", "+", 0},
	{"", "pass:[", "", 0},
	{"", "image:a[\n", "", 0},
	{"", " +a", "", 0},
	{"", "`` ` ", "", 0},
	{"|a|\n|-|\n|![a](b)", "\\``", "", 0},
	{"|a|\n|-|\n|![a](b)", "`|``|```|", "", 0},
	{"|a|\n|-|\n|![a](b)", "[", "]", 0},
	{"", "~~~a\n", "", 0},
	{"", "{% # a", "", 0},
	{"", "----\n", "", 0},
	{"", "[source]\n", "", 0},
	{"", "|===\n", "", 0},
	{"---\na: ", "[", "\n---\n", 100000},
	{"---\na: ", "{a: ", "\n---\n", 20000},
	{"---\n", "- ", "a\n---\n", 20000},
	{"---\n", "? ", "a\n---\n", 20000},
	{"---\na: &a b\nc:\n", " - *a\n", "---\n", 20000},
	{"---\na: |\n", "  <img src='a\n", "---\n", 20000},
	{"---\na: \"<p>", "\\u0041", "\"\n---\n", 20000},
	{"", ":::{note}\n", "", 0},
	{"", "```{image} a\n", "```\n", 0},
	{"", "- ```{figure} a\n  :alt: b\n", "", 0},
	{"+++\na = ", "[", "\n+++\n", 100000},
	{"+++\n", "[a.a]\n", "+++\n", 20000},
	{"{\"a\": ", "[", "}", 100000},
};

static const enum file_kind kinds[] = {FILE_MARKDOWN, FILE_HTML, FILE_MDX,
				       FILE_NUNJUCKS, FILE_RST,  FILE_ASCIIDOC};

static const struct site_framework myst = {.name = "MyST", .is_myst = true};
static const struct site_framework nuxt = {.name = "Nuxt"};

static size_t peak_bytes(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (size_t)usage.ru_maxrss * 1024;
}

/* How many images there are. */
static size_t scan_of(const struct site_framework *framework, enum file_kind kind,
		      const struct buf *text, const char *name)
{
	struct image_keys *keys = image_keys_new(scanner_default_image_keys);
	const struct site site = {.root = (char *)"/",
				  .framework = framework,
				  .builder = framework ? framework->name : "none",
				  .baseurl = (char *)"",
				  .url = (char *)""};
	const struct file_scan_context context = {
		.site = &site,
		.image_keys = keys,
		.lazy_attributes = scanner_default_lazy_attributes,
		.shortcodes = scanner_default_shortcodes,
	};
	CLEANUP(found_release) struct found found = {0};
	size_t before = peak_bytes(), grown;
	clock_t started = clock();
	double cpu_s;

	file_scan(&context, kind, text->data, text->length_bytes, false, &found);
	cpu_s = (double)(clock() - started) / CLOCKS_PER_SEC;
	grown = peak_bytes() - before;
	image_keys_free(keys);
	if (cpu_s > (getenv("UNDER_MEMCHECK") ? MAX_CPU_S * MEMCHECK_SLOWDOWN : MAX_CPU_S))
		fail_msg("%s: %.1f s of processor time", name, cpu_s);
	/* Besides what is not the input's: libraries' first calls, the heap's own slack. */
	if (COUNTS_MEMORY && !getenv("UNDER_MEMCHECK") &&
	    grown > MAX_MEMORY_A_BYTE * text->length_bytes + (4u << 20))
		fail_msg("%s: %zu bytes for %zu", name, grown, text->length_bytes);
	assert_true(found.n_images <= SCANNER_MAX_REFS_A_FILE);
	return found.n_images;
}

static size_t scan(enum file_kind kind, const struct buf *text, const char *name)
{
	return scan_of(NULL, kind, text, name);
}

static void test_repeated(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(repeated); i++) {
		const struct hostile *hostile = &repeated[i];
		CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
		size_t count =
			hostile->count ? hostile->count : INPUT_BYTES / strlen(hostile->unit);

		buf_append_string(&text, hostile->head);
		for (size_t j = 0; j < count; j++)
			buf_append_string(&text, hostile->unit);
		buf_append_string(&text, hostile->tail);
		for (size_t j = 0; j < ARRAY_LENGTH(kinds); j++)
			scan(kinds[j], &text, hostile->unit);
		/* A text without an image is not parsed. */
		buf_append_string(&text, "\n\n![a](b.png)\n");
		for (size_t j = 0; j < ARRAY_LENGTH(kinds); j++)
			scan(kinds[j], &text, hostile->unit);
		scan_of(&myst, FILE_MARKDOWN, &text, hostile->unit);
		scan_of(&nuxt, FILE_MARKDOWN, &text, hostile->unit);
	}
}

static void test_wide_table(void **state)
{
	enum { COLUMNS = 6000, ROWS = 2000 };
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);

	(void)state;
	for (int i = 0; i < COLUMNS; i++)
		buf_append_string(&text, "|a");
	buf_append_string(&text, "|\n");
	for (int i = 0; i < COLUMNS; i++)
		buf_append_string(&text, "|-");
	buf_append_string(&text, "|\n");
	for (int i = 0; i < ROWS; i++)
		buf_append_string(&text, "|![a](b.png)\n");
	scan(FILE_MARKDOWN, &text, "a table of 6,000 columns");
}

static void test_many_definitions(void **state)
{
	enum { DEFINITIONS = 20000 };
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);

	(void)state;
	for (int i = 0; i < DEFINITIONS; i++)
		buf_printf(&text, "[a%d]: b%d.png\n", i, i);
	for (int i = 0; i < DEFINITIONS; i++)
		buf_printf(&text, "\n![a%d]\n", i);
	assert_int_equal(scan(FILE_MARKDOWN, &text, "20,000 definitions"), DEFINITIONS);
}

/* Keys that all mean "image", in a mapping that may declare their sizes. */
static void test_many_image_keys(void **state)
{
	enum { KEYS = 20000, VARIANTS = 12 };
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);

	(void)state;
	buf_append_string(&text, "---\ncover:\n");
	for (int i = 0; i < KEYS; i++) {
		buf_append_string(&text, "  ");
		for (int left = i, letter = 0; letter < 5; letter++, left /= VARIANTS) {
			buf_append_char(&text, "image"[letter]);
			for (int j = 0; j < left % VARIANTS; j++)
				buf_append_char(&text, '_');
		}
		buf_printf(&text, ": %d.png\n", i);
	}
	buf_append_string(&text, "  alt: a\n---\n");
	assert_int_equal(scan(FILE_MARKDOWN, &text, "20,000 keys of images"), KEYS);
}

/* Where there are many places to look for a file, each would be as long. */
static void test_long_path(void **state)
{
	enum { PATH_BYTES = 4 << 20, FOLDERS = 24 };
	const struct site site = {
		.root = (char *)"/", .builder = "none", .baseurl = (char *)"", .url = (char *)""};
	CLEANUP(buf_release) struct buf file = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(buf_release) struct buf path = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(arena_release) struct arena arena = {0};
	struct image_ref ref = {.kind = IMAGE_REF_MARKDOWN};
	struct site_files *files;
	struct fault fault = {0};
	size_t before, grown;

	(void)state;
	for (int i = 0; i < FOLDERS; i++)
		buf_printf(&file, "none-%d/", i);
	buf_append_string(&file, "a.md");
	for (size_t i = 0; i < PATH_BYTES / 2; i++)
		buf_append_string(&path, "a/");
	buf_append_string(&path, "b.png");
	ref.file = buf_string(&file);
	assert_int_equal(site_files_new("/", &files, &fault), 0);
	before = peak_bytes();
	local_path_resolve(files, &site, buf_string(&path), &arena, &ref);
	grown = peak_bytes() - before;
	site_files_free(files);
	assert_int_equal(ref.local, LOCAL_MISSING);
	assert_int_equal(strncmp(ref.disk_path, "none-0/none-1/", 14), 0);
	if (COUNTS_MEMORY && !getenv("UNDER_MEMCHECK") && grown > 8 * path.length_bytes)
		fail_msg("%zu bytes for a path of %zu", grown, path.length_bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repeated),         cmocka_unit_test(test_wide_table),
		cmocka_unit_test(test_many_definitions), cmocka_unit_test(test_many_image_keys),
		cmocka_unit_test(test_long_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
