#include "../cmocka_all.h"

#include <stdlib.h>

#include "alloc.h"
#include "cleanup.h"
#include "data_tree.h"

typedef int parse(const char *, size_t, size_t, struct data_tree **, struct data_error *);

/* {key@offset:value, ...} and [value, ...]; a scalar is text@offset-end, in quotes when it is no
 * plain one. */
static void print(const struct data_node *node, struct buf *text)
{
	if (!node) {
		buf_append_string(text, "none");
		return;
	}
	if (node->kind == DATA_SCALAR) {
		buf_printf(text, node->is_plain ? "%s@%zu-%zu" : "'%s'@%zu-%zu", node->text.data,
			   node->offset, node->end);
		return;
	}
	buf_append_char(text, node->kind == DATA_MAPPING ? '{' : '[');
	for (size_t i = 0; i < node->count; i++) {
		if (i > 0)
			buf_append_char(text, ' ');
		if (node->kind == DATA_MAPPING)
			buf_printf(text, "%s:", node->keys[i]->text.data);
		print(node->items[i], text);
	}
	buf_append_char(text, node->kind == DATA_MAPPING ? '}' : ']');
}

struct parse_case {
	const char *text;
	const char *expected; /* "!3 message" for an error at offset 3 */
};

static void check_all(parse *parse_text, const struct parse_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct buf text = BUF_INIT(BUF_UNLIMITED);
		struct data_error error;
		struct data_tree *tree = NULL;

		if (parse_text(cases[i].text, strlen(cases[i].text), 0, &tree, &error) == 0)
			for (size_t j = 0; j < data_tree_documents(tree); j++)
				print(data_tree_root(tree, j), &text);
		else
			buf_printf(&text, "!%zu %s", error.offset, error.message);
		if (strcmp(buf_string(&text), cases[i].expected) != 0)
			print_error("text: %s\n", cases[i].text);
		assert_string_equal(buf_string(&text), cases[i].expected);
		data_tree_free(tree);
		buf_release(&text);
	}
}

/* What is plain to see in the configuration of Astro, Eleventy and the like. */
static void reads_strings_of_a_program(void **state)
{
	static const struct parse_case cases[] = {
		{"", "{}"},
		{"export default defineConfig({base: '/b', \"site\": \"s\"})",
		 "{base:'/b'@36-38 defineConfig().base:'/b'@36-38 site:'s'@50-51 "
		 "defineConfig().site:'s'@50-51}"},
		{"module.exports = function (c) { return {dir: {input: `src`, output: 'o'}} }",
		 "{dir.input:'src'@54-57 dir.output:'o'@69-70}"},
		{"const config: Config = {base: '/b'}; export default config", "{base:'/b'@31-33}"},
		{"export const config = { 'dir' : { input : 'a' } };", "{dir.input:'a'@43-44}"},
		{"c.setInputDirectory('src'); c.on('a', x => x)",
		 "{setInputDirectory():'src'@21-24}"},
		/* Another's base is not the site's. */
		{"({vite: make({base: '/v'}), i: [star({base: '/s'})], base: '/b'})",
		 "{vite.base:'/v'@21-23 make().base:'/v'@21-23 i.base:'/s'@45-47 "
		 "star().base:'/s'@45-47 base:'/b'@60-62}"},
		/* What is computed is not known. */
		{"({base: dev ? '/a' : '/b'})", "{}"},
		{"({base: '/a' + x})", "{}"},
		{"({base: x || '/a'})", "{}"},
		{"({base: `/${x}`})", "{}"},
		{"({base: '/\\u0061'})", "{}"},
		{"({base: BASE})", "{}"},
		{"({base: ['/a']})", "{base[]:'/a'@10-12}"},
		{"({a: {b: ['/x' + y, f('x'), \"z\", {c: ['d']},]}, e: [['no']]})",
		 "{f():'x'@23-24 a.b[]:'z'@29-30 a.b.c[]:'d'@39-40}"},
		{"({base: f('/a')})", "{f():'/a'@11-13}"},
		/* What only looks like it. */
		{"// ({base: '/a'})\n({/* base: '/b', */ base: '/c'})", "{base:'/c'@45-47}"},
		{"({a: /[/'\"]{/, base: '/b'})", "{base:'/b'@22-24}"},
		{"({a: 4 / 2, base: '/b', c: b / 2})", "{base:'/b'@19-21}"},
		{"({a: \"base: '/a',\", base: '/b'})", "{a:'base: '/a','@6-17 base:'/b'@27-29}"},
		{"({base: '/a", "{}"},
		{"})]({base: '/b'})", "{base:'/b'@12-14}"},
	};

	(void)state;
	check_all(js_walk_parse, cases, ARRAY_LENGTH(cases));
}

static void reads_yaml(void **state)
{
	static const struct parse_case cases[] = {
		{"a: b", "{a:b@3-4}"},
		{"é: ü", "{é:ü@4-6}"},
		{"a: \"x\\ny\"", "{a:'x\ny'@4-8}"},
		{"a: &x !!str  'b'", "{a:'b'@14-15}"},
		{"a: &x b\nc: *x", "{a:b@6-7 c:b@6-7}"},
		{"a: |\n  b\n  c\nd: e", "{a:'b\nc\n'@7-12 d:e@16-17}"},
		{"a: >-  # c\n\n   b\n", "{a:'\nb'@15-16}"},
		{"a: |\r  b\rc: &x # d\r  e\r", "{a:'b\n'@7-8 c:e@21-22}"},
		{"a: ! b\nc: ! 'd'\n", "{a:'b'@5-6 c:'d'@13-14}"},
		{"- a\n--- \n- b\n", "[a@2-3][b@11-12]"},
		{"b: &b {x: 1, y: 2}\nc: {<<: *b, x: 3}", "{b:{x:1@10-11 y:2@16-17} c:{x:3@34-35 "
							  "y:2@16-17}}"},
		{"a: &a [*a]", "{a:[@7-7]}"},
		{"? [x]\n: y", "{:y@8-9}"},
		{"a: *x", "!3 found an alias of no anchor"},
		{"a: [b", "!5 did not find expected ',' or ']' (while parsing a flow sequence)"},
		{"a: \"b\nc: 1\nd: 2\n",
		 "!16 found unexpected end of stream (while scanning a quoted scalar that "
		 "begins 3 lines above)"},
		{"a: b: c", "!4 a second ':' in one value: it needs quotes, or its line is "
			    "indented too far"},
		{"a:\n\t- b", "!3 a tab; YAML is indented with blanks alone"},
		{"a: 1\n b: 2\n", "!7 a second ':' in one value: it needs quotes, or its line is "
				  "indented too far"},
		{"a: [1]\n b: 2\n", "!8 indented by 1, as none of the keys above is"},
		{"a:\n  b: [1]\n c: 2\n", "!13 indented by 1, as none of the keys above is"},
		{"a: 'b' c\n", "!7 did not find expected key (while parsing a block mapping)"},
		{"a: @b/c.png", "!3 a value that begins with '@' or '`' needs quotes around it"},
		{"", ""},
	};

	(void)state;
	check_all(yaml_walk_parse, cases, ARRAY_LENGTH(cases));
}

static void reads_json(void **state)
{
	static const struct parse_case cases[] = {
		{"{\"a\": [1, \"\\u00e9\\ud83d\\ude00\", null, true]}",
		 "{a:[1@7-8 'é😀'@11-29 null@32-36 true@38-42]}"},
		{"{\"a\\\"b\" : \"c\"}", "{a\"b:'c'@11-12}"},
		{"[\"/a\\ud800.png\"]", "['/a\xed\xa0\x80.png'@2-14]"},
		{"[\"\\uD83D\\u0041\\n\\\\\\/\"]", "['\xed\xa0\xbd"
						   "A\n\\/'@2-20]"},
		{"[\"\\ud83d\\ud83d\\ude00\"]", "['\xed\xa0\xbd😀'@2-20]"},
		{"{\"\\ud800\": \"\\ud800\"}", "{\xed\xa0\x80:'\xed\xa0\x80'@12-18}"},
		{"[[], {}]", "[[] {}]"},
		{" 12", "12@1-3"},
		{"-1.5e3\n", "-1.5e3@0-6"},
		{"{\"a\": }", "!6 parse error: unallowed token at this point in JSON text"},
		{"[1", "!2 parse error: premature EOF"},
		{"[1] x", "!4 parse error: trailing garbage"},
		{"[1] 2", "!4 parse error: trailing garbage"},
		{"{}\"a", "!2 parse error: trailing garbage"},
		{"{\"a\" \"bc\"}", "!5 parse error: object key and value must be separated by a "
				   "colon (':')"},
		{"{\"a\": 1\n \"bc\": 2}",
		 "!9 parse error: after key and value, inside map, I expect ',' or '}'"},
		{"[\"a\", 1 \"bc\"]", "!8 parse error: after array element, I expect ',' or ']'"},
		{"{\"a\": 1, bc: 2}", "!9 lexical error: invalid char in json text."},
		{"{\"a\": 1,,}", "!8 parse error: invalid object key (must be a string)"},
		{"{\"a\": [1, 2,] }",
		 "!12 parse error: unallowed token at this point in JSON text"},
		{"[,1]", "!1 parse error: unallowed token at this point in JSON text"},
		{"{\"a\":: 1}", "!5 parse error: unallowed token at this point in JSON text"},
		{"[\"a\nb\"]", "!3 lexical error: invalid character inside string."},
		{"[\"\\u12x4\"]",
		 "!6 lexical error: invalid (non-hex) character occurs after '\\u' "
		 "inside string."},
		{"[1, // c\n2]", "!4 lexical error: probable comment found in input text, comments "
				 "are not enabled."},
		{"[truth]", "!4 lexical error: invalid string in json text."},
	};

	(void)state;
	check_all(json_walk_parse, cases, ARRAY_LENGTH(cases));
}

static void reads_toml(void **state)
{
	static const struct parse_case cases[] = {
		{"a = 1 # c\nb.c = 'x'\nb.\"d e\" = \"y\\u00e9\\tz\"",
		 "{a:1@4-5 b:{c:'x'@17-18 d e:'yé\tz'@31-41}}"},
		{"[a]\nx = true\n[a.b]\ny = 1979-05-27 07:32:00\n[[c]]\nz = 0x1F\n[[c]]\n",
		 "{a:{x:true@8-12 b:{y:1979-05-27 07:32:00@23-42}} c:[{z:0x1F@53-57} {}]}"},
		{"a = [1, 2,\n # c\n 3_0,]", "{a:[1@5-6 2@8-9 3_0@17-20]}"},
		{"a = {x = 1, y.z = 'q'}", "{a:{x:1@9-10 y:{z:'q'@19-20}}}"},
		{"a = \"\"\"\nb\\\n   c\"d\"\"\"\"", "{a:'bc\"d\"'@8-18}"},
		{"a = '''x'y'''", "{a:'x'y'@7-10}"},
		{"a = -inf\nb = +1.5e-3\nc = 12:00:00\nd = 1987-07-05T17:45:00.5+01:00",
		 "{a:-inf@4-8 b:+1.5e-3@13-20 c:12:00:00@25-33 "
		 "d:1987-07-05T17:45:00.5+01:00@38-65}"},
		{"a = 1\na = 2", "!6 the key 'a' is there twice"},
		{"[a]\n[a]", "!5 the key 'a' is there twice"},
		{"a.b = 1\n[a]", "!9 the key 'a' is there twice"},
		{"a = 1\n[a.b]", "!7 the key 'a' has a value already"},
		{"a = []\n[[a]]", "!9 the key 'a' is no array of tables"},
		{"a = b", "!4 expected a value: is a string without its quotes?"},
		{"a = 01", "!4 expected a value: is a string without its quotes?"},
		{"a = \"x\ny\"", "!6 the string is not closed on its line"},
		{"a = \"\\q\"", "!6 an unknown escape"},
		{"a = \"\\ud800\"", "!11 the escape is no Unicode character"},
		{"a", "!1 expected '=' after the key"},
		{"a = 1 b = 2", "!6 expected the end of the line"},
		{"[a\n", "!2 expected ']' after the table's name"},
		{"", "{}"},
	};

	(void)state;
	check_all(toml_walk_parse, cases, ARRAY_LENGTH(cases));
}

static int parse_csv(const char *text, size_t length_bytes, size_t base_offset,
		     struct data_tree **ret_tree, struct data_error *ret_error)
{
	return csv_walk_parse(text, length_bytes, base_offset, ',', ret_tree, ret_error);
}

static void reads_csv(void **state)
{
	static const struct parse_case cases[] = {
		{"a,b\n1,\"x\"\"\ny\"\r\n\n2\n", "[{a:1@4-5 b:'x\"\ny'@7-12} {a:2@16-17}]"},
		{"a\n\"b", "!2 the quote is never closed"},
		{"a,b", "[]"},
	};

	(void)state;
	check_all(parse_csv, cases, ARRAY_LENGTH(cases));
}

static void stops_at_limits(void **state)
{
	static const struct {
		parse *parse_text;
		const char *head;
	} cases[] = {{yaml_walk_parse, "a: "}, {json_walk_parse, ""}, {toml_walk_parse, "a = "}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct buf text = BUF_INIT(BUF_UNLIMITED);
		struct data_tree *tree;
		struct data_error error;

		buf_append_string(&text, cases[i].head);
		for (int j = 0; j < 100000; j++)
			buf_append_char(&text, '[');
		assert_int_equal(
			cases[i].parse_text(text.data, text.length_bytes, 0, &tree, &error), -1);
		assert_string_equal(error.message, "nested more than 64 levels deep");
		buf_release(&text);
	}
}

/* A report of 20,000 images has more values than an article may have. */
static void reads_all_of_ours(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	struct data_tree *tree;
	struct data_error error;

	(void)state;
	buf_append_char(&text, '[');
	for (int i = 0; i < DATA_TREE_MAX_NODES; i++)
		buf_append_string(&text, "1,");
	buf_append_string(&text, "1]");
	assert_int_equal(json_walk_parse(text.data, text.length_bytes, 0, &tree, &error), -1);
	assert_string_equal(error.message, "more than 1,000,000 values");
	assert_int_equal(json_walk_parse_ours(text.data, text.length_bytes, &tree, &error), 0);
	assert_int_equal(data_tree_root(tree, 0)->count, DATA_TREE_MAX_NODES + 1);
	data_tree_free(tree);
}

/* A key of 20,000 bytes around 1,000 pairs is no 20 MB of names. */
static void passes_over_long_names_of_a_program(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	struct data_tree *tree;
	struct data_error error;

	(void)state;
	buf_append_string(&text, "({");
	for (int i = 0; i < 20000; i++)
		buf_append_char(&text, 'k');
	buf_append_string(&text, ": {");
	for (int i = 0; i < 1000; i++)
		buf_append_string(&text, "a: '', ");
	buf_append_string(&text, "}, base: '/b'})");
	assert_int_equal(js_walk_parse(text.data, text.length_bytes, 0, &tree, &error), 0);
	assert_int_equal(data_tree_root(tree, 0)->count, 1);
	data_tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_strings_of_a_program),
		cmocka_unit_test(passes_over_long_names_of_a_program),
		cmocka_unit_test(reads_yaml),
		cmocka_unit_test(reads_json),
		cmocka_unit_test(reads_toml),
		cmocka_unit_test(reads_csv),
		cmocka_unit_test(stops_at_limits),
		cmocka_unit_test(reads_all_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
