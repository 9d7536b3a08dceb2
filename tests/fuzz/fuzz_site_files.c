/* What a run reads back of what stands in a site: the journal of `localize` and `fix`, the list of
 * what was published, the manifest, picdesk.yml. The first byte chooses. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/scratch.h"
#include "config.h"
#include "fuzz.h"
#include "journal.h"
#include "manifest.h"
#include "publish.h"
#include "publish_list.h"
#include "utf8.h"

#define UNDO ".cache/picdesk-undo"
#define MANIFEST "picdesk.json"

static char root[SCRATCH_BYTES];
static int root_fd = -1;

static void remove_site(void)
{
	scratch_remove(root);
}

static void make_site(void)
{
	fuzz_require(!scratch_make(root));
	root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fuzz_require(root_fd >= 0 && !mkdirat(root_fd, ".cache", 0700) &&
		     !mkdirat(root_fd, UNDO, 0700));
	atexit(remove_site);
}

static void put(const char *name, const uint8_t *data, size_t length_bytes)
{
	int fd = openat(root_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	fuzz_require(fd >= 0 && write(fd, data, length_bytes) == (ssize_t)length_bytes);
	close(fd);
}

static void read_journal(void)
{
	struct journal journal = {0};
	struct fault fault = {0};
	char *name = NULL;

	if (!journal_read_last(root_fd, "fix", &journal, &name, &fault))
		for (size_t i = 0; i < journal.n_files; i++)
			for (size_t k = 0; k < journal.files[i].n_edits; k++)
				fuzz_require(journal.files[i].edits[k].old &&
					     journal.files[i].edits[k].new);
	journal_release(&journal);
	free(name);
}

static void read_list(void)
{
	struct publish_list list;
	struct fault fault = {0};

	publish_list_read(&list, root_fd, "thumbs", &fault);
	publish_list_release(&list);
}

/* A run that saw no image keeps all of it; what it wrote, the next one leaves as it is. */
static void read_manifest(void)
{
	struct manifest_options options = {.root_fd = root_fd,
					   .path = MANIFEST,
					   .keeps_others = true,
					   .url_prefix = "/",
					   .path_prefix = ""};
	struct manifest_result result = {0};
	struct fault fault = {0};
	struct report report;

	report_init(&report);
	if (!manifest_write(&report, &options, &result, &fault)) {
		fuzz_require(!manifest_write(&report, &options, &result, &fault));
		fuzz_require(!result.is_changed);
		fuzz_require(manifest_is_ours(root_fd, MANIFEST));
	}
	report_release(&report);
}

static void read_config(void)
{
	struct buf errors = BUF_INIT(BUF_UNLIMITED);
	struct settings settings;
	char path[sizeof root + 16];

	snprintf(path, sizeof path, "%s/picdesk.yml", root);
	settings_init(&settings);
	fuzz_require((config_file(&settings, path, "picdesk.yml", root, &errors) == CONFIG_OK) ==
		     (errors.length_bytes == 0));
	settings_release(&settings);
	buf_release(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	static const struct {
		const char *name;
		void (*read)(void);
	} files[] = {
		{UNDO "/0001-fix", read_journal},
		{PUBLISH_LIST, read_list},
		{MANIFEST, read_manifest},
		{"picdesk.yml", read_config},
	};

	if (length_bytes == 0)
		return 0;
	if (root_fd < 0)
		make_site();
	put(files[data[0] % 4].name, data + 1, length_bytes - 1);
	files[data[0] % 4].read();
	return 0;
}
