#include "report_output.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "file_kind.h"
#include "folders.h"
#include "manifest.h"
#include "output_place.h"
#include "run.h"

/* Devices and pipes are written to as they are; a file is replaced, which takes its folder. That is
 * made when it is missing: in CI, the one for reports often is. */
static int check_file(const char *path, struct fault *fault)
{
	const char *slash = strrchr(path, '/');
	CLEANUP(cleanup_free) char *folder = NULL;
	int error = folders_make_above(path, fault);

	if (error)
		return fault_wrap(fault, error, "--output: %s", path);
	/* With a dot: a file in the folder's place is told. */
	folder = alloc_printf("%.*s.", slash ? (int)(slash + 1 - path) : 0, path);
	if (access(folder, W_OK | X_OK) < 0)
		return fault_raise(fault, -errno, "--output: %s: its folder: %s", path,
				   strerror(errno));
	return 0;
}

static int check_place(const char *path, struct fault *fault)
{
	CLEANUP(output_place_release) struct output_place place = OUTPUT_PLACE_INIT;
	struct stat status;
	int error;

	if ((!stat(path, &status) && S_ISDIR(status.st_mode)) || path[strlen(path) - 1] == '/')
		return fault_raise(fault, -EISDIR, "--output: %s: it is a folder", path);
	/* A reader of a pipe would take it for the end if it were opened and closed. */
	if (!stat(path, &status) && S_ISFIFO(status.st_mode))
		return 0;
	error = output_place_find(path, &place, fault);
	if (error)
		return fault_wrap(fault, error, "--output");
	return place.path ? check_file(place.path, fault) : 0;
}

/* --- what is in the place ------------------------------------------------------------------------
 */

#define LOOK_BYTES 1024

/* How each form begins, of this and of earlier versions. */
static bool begins_as_report(const char *head)
{
	static const char *const beginnings[] = {"{\n  \"schema\": \"picdesk/", "{\"url\":\"",
						 "## Images: ", "::error ", "::warning "};

	for (size_t i = 0; i < ARRAY_LENGTH(beginnings); i++)
		if (!strncmp(head, beginnings[i], strlen(beginnings[i])))
			return true;
	return strstr(head, "<testsuites name=\"picdesk\"") ||
	       strstr(head, "<title>Images - picdesk</title>") ||
	       strstr(head, "\"name\": \"picdesk\"");
}

/* "_news/one.md:4:10  https://...", of `scan`. */
static bool is_place(const char *line)
{
	unsigned row, column;
	const char *blank = strstr(line, "  "), *at = blank;

	while (at && at > line && strchr("0123456789:", at[-1]))
		at--;
	return at && sscanf(at, ":%u:%u", &row, &column) == 2;
}

/* Moves behind "1,234 images", or "1 image" of that word. */
static bool skip_count(const char **text, const char *word)
{
	size_t digits = strspn(*text, "0123456789,"), length = strlen(word);
	const char *at = *text + digits + 1;

	if (!digits || at[-1] != ' ' || strncmp(at, word, length) != 0)
		return false;
	*text = at + length + (at[length] == 's');
	return true;
}

/* "12 images: 1 broken; 0.2 s", "3 references to 2 images", "0 newly broken, 1 still broken". A
 * list of an article has lines like "2. An image" and "2 images of a cat". */
static bool is_totals(const char *line)
{
	if (skip_count(&line, "newly broken,"))
		return true;
	if (skip_count(&line, "reference"))
		return !strncmp(line, " to ", 4);
	return skip_count(&line, "image") && (!*line || (strchr(":;", *line) && line[1] == ' ' &&
							 isdigit((unsigned char)line[2])));
}

/* The text for people has its totals there; that of `scan -q` ends in places, and an empty line. */
static bool ends_as_report(char *tail)
{
	size_t length = strlen(tail);
	bool has_empty_line = length > 1 && !strcmp(tail + length - 2, "\n\n"), is_last = false;
	char *rest;

	for (char *line = strtok_r(tail, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (is_totals(line))
			return true;
		is_last = is_place(line);
	}
	return has_empty_line && is_last;
}

/* What a folder has until there is a report: nothing but blanks, or no entries of data. */
static bool is_empty(const char *head)
{
	static const char *const empty[] = {"", "{}", "[]", "null"};
	size_t length;

	head += strspn(head, " \t\r\n");
	length = strcspn(head, " \t\r\n");
	for (size_t i = 0; i < ARRAY_LENGTH(empty); i++)
		if (length == strlen(empty[i]) && !strncmp(head, empty[i], length) &&
		    !head[length + strspn(head + length, " \t\r\n")])
			return true;
	return false;
}

static int open_to_look(const char *path)
{
	return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

/* What is empty is nobody's, and what cannot be read is for others to tell. */
static bool is_report(const char *path, off_t bytes)
{
	CLEANUP(cleanup_close) int fd = open_to_look(path);
	char head[LOOK_BYTES + 1] = "", tail[LOOK_BYTES + 1] = "";
	off_t tail_at = bytes > LOOK_BYTES ? bytes - LOOK_BYTES : 0;

	if (fd < 0 || pread(fd, head, LOOK_BYTES, 0) <= 0 ||
	    pread(fd, tail, LOOK_BYTES, tail_at) < 0)
		return true;
	return (bytes <= LOOK_BYTES && is_empty(head)) || begins_as_report(head) ||
	       ends_as_report(tail);
}

/* Not `-o /dev/stdout >> article.md`, which loses nothing. */
static bool is_replaced(const char *path)
{
	CLEANUP(output_place_release) struct output_place place = OUTPUT_PLACE_INIT;

	return !output_place_find(path, &place, NULL) && place.path;
}

/* No scan looks there; a note for CI's own use is often kept there (.github/, .cache/). */
static bool is_in_hidden_folder(const char *path)
{
	const char *hidden = strstr(path, "/.");

	return hidden && strchr(hidden + 1, '/');
}

/* An earlier report of ours may lie among the articles: it is replaced. */
static bool is_article(const char *path, const char *real, const struct site *site)
{
	size_t root_bytes = strlen(site->root);
	struct stat status;

	return !strncmp(real, site->root, root_bytes) && real[root_bytes] == '/' &&
	       !is_in_hidden_folder(real + root_bytes) &&
	       file_kind_is_content(site, real + root_bytes + 1) && !stat(real, &status) &&
	       S_ISREG(status.st_mode) && is_replaced(path) && !is_report(real, status.st_size);
}

/* The templates' thumbnails would be gone with it, and it begins as a report does. */
static bool is_manifest(const char *real)
{
	CLEANUP(cleanup_close) int fd = open_to_look(real);
	char head[sizeof MANIFEST_HEADING - 1];

	return fd >= 0 && pread(fd, head, sizeof head, 0) == sizeof head &&
	       !memcmp(head, MANIFEST_HEADING, sizeof head);
}

/* -o in the place of -c. Nothing is lost of a device: `-c /dev/null -o /dev/null`. */
static bool is_config(const char *path, const char *config_path)
{
	struct stat place, config;

	return config_path && !stat(path, &place) && !stat(config_path, &config) &&
	       S_ISREG(config.st_mode) && place.st_dev == config.st_dev &&
	       place.st_ino == config.st_ino;
}

/* The index, an object, a lock: empty ones as well, which others hold. */
static bool is_part_of_cache(const char *real, const struct settings *settings,
			     const struct site *site)
{
	CLEANUP(cleanup_free) char *directory = run_cache_dir(settings, site);
	CLEANUP(cleanup_free) char *real_directory = realpath(directory, NULL);
	size_t length = real_directory ? strlen(real_directory) : 0;
	struct stat status;

	return length && !strncmp(real, real_directory, length) && real[length] == '/' &&
	       !stat(real, &status) && S_ISREG(status.st_mode) &&
	       (!status.st_size || !is_report(real, status.st_size));
}

static bool is_below(const char *real, const char *folder)
{
	size_t length = strcmp(folder, "/") ? strlen(folder) : 0;

	return !strncmp(real, folder, length) && (real[length] == '/' || !real[length]);
}

/* Of the folder that it lies in, or of the last one above that is there. */
static char *real_folder_of(const char *path)
{
	const char *last = strrchr(path, '/');
	CLEANUP(cleanup_free)
	char *folder = alloc_printf("%.*s.", last ? (int)(last + 1 - path) : 0, path);
	char *real, *slash;

	while (!(real = realpath(folder, NULL)) && errno == ENOENT &&
	       (slash = strrchr(folder, '/')) && strcmp(slash, "/..") != 0)
		*slash = '\0';
	return real;
}

static char *real_target_of(const char *link)
{
	CLEANUP(output_place_release) struct output_place place = OUTPUT_PLACE_INIT;
	char *real = realpath(link, NULL);

	if (real || output_place_find(link, &place, NULL) || !place.path)
		return real;
	return real_folder_of(place.path);
}

/* Devices and pipes take what they are given; nothing of them is replaced. */
static bool is_link_to_a_file(const char *path)
{
	struct stat status;

	if (lstat(path, &status) < 0 || !S_ISLNK(status.st_mode))
		return false;
	if (stat(path, &status) < 0)
		return true;
	return S_ISDIR(status.st_mode) || (S_ISREG(status.st_mode) && is_replaced(path));
}

/* A link of the site may have come with it: what it leads to outside is not for others to choose. */
static bool is_led_out(const char *path, const char *root)
{
	for (const char *end = path + 1; *path; end++) {
		CLEANUP(cleanup_free) char *part = NULL, *folder = NULL, *target = NULL;

		end += strcspn(end, "/");
		part = alloc_string_n(path, (size_t)(end - path));
		if (is_link_to_a_file(part)) {
			folder = real_folder_of(part);
			target = real_target_of(part);
			if (folder && is_below(folder, root) &&
			    (!target || !is_below(target, root)))
				return true;
		}
		if (!*end)
			break;
	}
	return false;
}

enum output_obstacle report_output_obstacle(const char *path, const struct settings *settings,
					    const struct site *site)
{
	const char *config_path = settings->config_path ? settings->config_path : site->config_path;
	const char *slash = strrchr(path, '/');
	CLEANUP(cleanup_free) char *real = realpath(path, NULL);

	if (is_config(path, config_path))
		return OUTPUT_OBSTACLE_CONFIG;
	/* The next run would read it, if there is none yet, or without -c. */
	if (!strcmp(slash ? slash + 1 : path, "picdesk.yml"))
		return OUTPUT_OBSTACLE_CONFIG_NAME;
	if (is_led_out(path, site->root))
		return OUTPUT_OBSTACLE_LINK;
	if (real && is_part_of_cache(real, settings, site))
		return OUTPUT_OBSTACLE_CACHE;
	if (real && is_manifest(real))
		return OUTPUT_OBSTACLE_MANIFEST;
	return real && is_article(path, real, site) ? OUTPUT_OBSTACLE_ARTICLE
						    : OUTPUT_OBSTACLE_NONE;
}

const char *report_output_obstacle_text(enum output_obstacle obstacle)
{
	static const char *const texts[] = {
		[OUTPUT_OBSTACLE_NONE] = "",
		[OUTPUT_OBSTACLE_CONFIG] = "it is the configuration",
		[OUTPUT_OBSTACLE_CONFIG_NAME] = "picdesk.yml is the configuration's name",
		[OUTPUT_OBSTACLE_LINK] = "a symbolic link leads out of the site",
		[OUTPUT_OBSTACLE_CACHE] = "it is a part of the cache",
		[OUTPUT_OBSTACLE_MANIFEST] = "it is the manifest, which templates read",
		[OUTPUT_OBSTACLE_ARTICLE] = ("it is an article or a data file of the site, "
					     "no report of picdesk"),
	};

	return texts[obstacle];
}

/* `-o $REPORT article.md` with an empty variable is `-o article.md`. */
static int check_is_free(const char *path, const struct settings *settings, const struct site *site,
			 struct fault *fault)
{
	enum output_obstacle obstacle = report_output_obstacle(path, settings, site);

	if (obstacle == OUTPUT_OBSTACLE_NONE)
		return 0;
	return fault_raise(fault, -EEXIST, "--output: %s: %s; name another file for the report%s",
			   path, report_output_obstacle_text(obstacle),
			   obstacle == OUTPUT_OBSTACLE_ARTICLE ? ", or remove that one" : "");
}

int report_output_check(const struct settings *settings, const struct site *site,
			struct fault *fault)
{
	int error = 0;

	for (size_t i = 0; i < settings->n_outputs && !error; i++) {
		const char *path = settings->outputs[i].path;

		if (path)
			error = check_is_free(path, settings, site, fault);
		if (path && !error)
			error = check_place(path, fault);
	}
	return error;
}
