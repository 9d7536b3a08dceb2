#include "scan_site.h"

#include "../cmocka_all.h"
#include "../scratch.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"

static void make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
}

static void write_file(const char *root, const struct site_file *file)
{
	CLEANUP(cleanup_free) char *path = alloc_printf("%s/%s", root, file->path);
	size_t length = file->length_bytes ? file->length_bytes : strlen(file->text);
	FILE *stream;

	make_parents(path);
	if (!strncmp(file->text, "-> ", 3)) {
		if (symlink(file->text + 3, path) < 0)
			abort();
		return;
	}
	stream = fopen(path, "w");
	if (!stream || fwrite(file->text, 1, length, stream) != length || fclose(stream) != 0)
		abort();
}

static void print_ref(const struct image_ref *ref, struct buf *text)
{
	static const char *const targets[] = {"remote", "local", "embedded", "template", "bad"};
	static const char *const states[] = {"", " missing", " case-mismatch", " outside-root"};

	buf_printf(text, "%s:%u:%u", ref->file, ref->line, ref->column);
	if (ref->defined_line)
		buf_printf(text, " defined %u:%u", ref->defined_line, ref->defined_column);
	buf_printf(text, " %s %s%s %s", image_ref_kind_name(ref->kind), targets[ref->target],
		   ref->target == IMAGE_REF_LOCAL ? states[ref->local] : "", ref->url);
	if (ref->data_path)
		buf_printf(text, " at %s", ref->data_path);
	if (ref->width_px || ref->height_px)
		buf_printf(text, " %dx%d", ref->width_px, ref->height_px);
	if (ref->title)
		buf_printf(text, " '%s'", ref->title);
	if (ref->actual)
		buf_printf(text, " is %s", ref->actual);
	buf_append_char(text, '\n');
}

static void print_file(const struct scan_file *file, struct buf *text)
{
	for (size_t i = 0; i < file->n_refs; i++)
		print_ref(&file->refs[i], text);
	for (size_t i = 0; i < file->n_problems; i++)
		buf_printf(text, "%s:%u:%u problem %s %s\n", file->problems[i].file,
			   file->problems[i].line, file->problems[i].column,
			   scan_problem_name(file->problems[i].code), file->problems[i].message);
}

static void scan(const char *root, const char *path, struct scanner_options options,
		 size_t max_files, struct buf *text)
{
	CLEANUP(cleanup_free) char *named = path ? alloc_printf("%s/%s", root, path) : NULL;
	const char *const paths[] = {named, NULL};
	const struct scan_file *file;
	struct scanner *scanner;
	struct fault fault = {0};
	struct site site;

	if (site_find((const char *const[]){root}, 1, NULL, &site, &fault) < 0) {
		buf_printf(text, "fault %d\n", fault.error);
		return;
	}
	options.site = &site;
	options.paths = path ? paths : NULL;
	if (scanner_new(&options, &scanner, &fault) < 0) {
		buf_printf(text, "fault %d\n", fault.error);
	} else {
		while (max_files-- > 0 && scanner_next(scanner, &file, &fault) > 0)
			print_file(file, text);
		scanner_free(scanner);
	}
	site_release(&site);
}

static char *make_and_scan(const struct site_file *files, const char *path,
			   const struct scanner_options *options, size_t max_files)
{
	struct buf text = BUF_INIT(BUF_UNLIMITED);
	char root[SCRATCH_BYTES];

	if (scratch_make(root))
		abort();
	for (; files->path; files++)
		write_file(root, files);
	scan(root, path, options ? *options : (struct scanner_options){0}, max_files, &text);
	scratch_remove(root);
	return buf_steal(&text);
}

char *scan_site(const struct site_file *files, const char *path,
		const struct scanner_options *options)
{
	return make_and_scan(files, path, options, SIZE_MAX);
}

char *scan_site_begin(const struct site_file *files, const struct scanner_options *options,
		      size_t max_files)
{
	return make_and_scan(files, NULL, options, max_files);
}

void scan_site_check(const char *name, const struct site_file *files, const char *path,
		     const char *expected)
{
	char *found = scan_site(files, path, NULL);

	if (strcmp(found, expected) != 0)
		print_error("case: %s\n", name);
	assert_string_equal(found, expected);
	free(found);
}

void scan_site_check_all(const struct scan_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		scan_site_check(cases[i].name, cases[i].files, NULL, cases[i].expected);
}
