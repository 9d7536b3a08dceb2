#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "plain_disk.h"
#include "quoted.h"
#include "rename_new.h"
#include "run.h"
#include "site_survey.h"

#define NAME "picdesk.yml"

static int fail(const struct fault *fault)
{
	run_print_fault(fault);
	return EXIT_RUNTIME;
}

static int write_all(int fd, const char *data, size_t length_bytes)
{
	while (length_bytes) {
		ssize_t written = write(fd, data, length_bytes);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		data += written;
		length_bytes -= (size_t)written;
	}
	return plain_disk_sync(fd, fsync);
}

/* Whole or not at all, and never over a file that is there. */
static int create_file(const char *root, const struct buf *text, struct fault *fault)
{
	CLEANUP(cleanup_free) char *temporary = alloc_printf("%s/.picdesk-tmp-XXXXXX", root);
	CLEANUP(cleanup_free) char *path = alloc_printf("%s/" NAME, root);
	CLEANUP(cleanup_close) int fd = mkostemp(temporary, O_CLOEXEC);
	int error;

	if (fd < 0)
		return fault_raise(fault, -errno, "%s: cannot be written: %s", path,
				   strerror(errno));
	error = write_all(fd, buf_string(text), text->length_bytes);
	if (!error && fchmod(fd, 0644) && !plain_disk_lacks(errno))
		error = -errno;
	if (!error)
		error = rename_new(AT_FDCWD, temporary, AT_FDCWD, path);
	if (error)
		unlink(temporary);
	if (error == -EEXIST)
		return fault_raise(fault, error, "%s exists already; change it, or remove it first",
				   path);
	if (error)
		return fault_raise(fault, error, "%s: cannot be written: %s", path,
				   strerror(-error));
	return 0;
}

static int init_site(const struct site *site, bool no_ignore)
{
	CLEANUP(site_survey_release) struct site_survey survey = {0};
	CLEANUP(buf_release) struct buf config = BUF_INIT(1 << 20), words = BUF_INIT(1 << 20);
	struct fault fault = {0};

	if (site_survey(site, no_ignore, &survey, &fault))
		return fail(&fault);
	site_survey_config(site, &survey, &config);
	if (create_file(site->root, &config, &fault))
		return fail(&fault);
	site_survey_describe(site, &survey, &words);
	buf_printf(&words, "\nWrote " NAME " in %s. Read it, then:\n  picdesk %s\n",
		   quoted(site->root).text, survey.references ? "check" : "scan");
	return run_write_text(&words, NULL, &fault) ? fail(&fault) : EXIT_ALL_WELL;
}

int cmd_init(struct settings *settings, const struct site *site)
{
	const char *folder = settings->paths.count ? settings->paths.items[0] : ".";
	struct fault fault = {0};
	struct stat status;

	if (stat(folder, &status) || !S_ISDIR(status.st_mode)) {
		fault_raise(&fault, -ENOTDIR, "%s: no such folder", quoted(folder).text);
		return fail(&fault);
	}
	if (site->config_path) {
		fault_raise(&fault, -EEXIST, "%s exists already; change it, or remove it first",
			    quoted(site->config_path).text);
		return fail(&fault);
	}
	return init_site(site, settings->no_ignore);
}
