/*
 * parse_with_cmark.c: reads every Markdown file below a folder and parses its body with cmark-gfm
 * and its tables: the least that a scanner on that library would cost. dev/bench scan compares.
 */
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

static size_t n_files, n_bytes, n_images;

static char *read_file(const char *path, size_t *ret_length_bytes)
{
	FILE *stream = fopen(path, "rb");
	char *text = NULL;
	long length;

	if (!stream)
		return NULL;
	setvbuf(stream, NULL, _IONBF, 0);
	if (fseek(stream, 0, SEEK_END) == 0 && (length = ftell(stream)) >= 0) {
		rewind(stream);
		text = malloc((size_t)length + 1);
		if (text)
			*ret_length_bytes = fread(text, 1, (size_t)length, stream);
	}
	fclose(stream);
	return text;
}

/* Where the body starts: behind the second line of three dashes. */
static size_t body_of(const char *text, size_t length_bytes)
{
	const char *end;

	if (length_bytes < 4 || memcmp(text, "---\n", 4) != 0)
		return 0;
	end = memmem(text + 3, length_bytes - 3, "\n---\n", 5);
	return end ? (size_t)(end - text) + 5 : 0;
}

static void count_images(cmark_node *document)
{
	cmark_iter *walk = cmark_iter_new(document);
	cmark_event_type event;

	while ((event = cmark_iter_next(walk)) != CMARK_EVENT_DONE)
		n_images += event == CMARK_EVENT_ENTER &&
			    cmark_node_get_type(cmark_iter_get_node(walk)) == CMARK_NODE_IMAGE;
	cmark_iter_free(walk);
}

static void parse(const char *text, size_t length_bytes)
{
	cmark_parser *parser = cmark_parser_new(CMARK_OPT_DEFAULT);
	cmark_node *document;

	cmark_parser_attach_syntax_extension(parser, cmark_find_syntax_extension("table"));
	cmark_parser_feed(parser, text, length_bytes);
	document = cmark_parser_finish(parser);
	count_images(document);
	cmark_node_free(document);
	cmark_parser_free(parser);
}

static void take(const FTSENT *entry)
{
	size_t length, body;
	char *text;

	if (entry->fts_info != FTS_F || entry->fts_namelen < 4 ||
	    strcmp(entry->fts_name + entry->fts_namelen - 3, ".md") != 0)
		return;
	text = read_file(entry->fts_accpath, &length);
	if (!text)
		return;
	body = body_of(text, length);
	parse(text + body, length - body);
	n_files++;
	n_bytes += length;
	free(text);
}

int main(int argc, char **argv)
{
	FTS *walk = argc == 2 ? fts_open(argv + 1, FTS_PHYSICAL, NULL) : NULL;
	FTSENT *entry;

	if (!walk) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 1;
	}
	cmark_gfm_core_extensions_ensure_registered();
	while ((entry = fts_read(walk)))
		take(entry);
	fts_close(walk);
	printf("{\"files\": %zu, \"bytes\": %zu, \"images\": %zu}\n", n_files, n_bytes, n_images);
	return 0;
}
