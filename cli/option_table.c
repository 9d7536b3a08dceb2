#include "option_table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "units.h"

#define REPORTS (FORMAT_BIT(FORMAT_COUNT) - 1)
#define TEXT_OR_JSON (FORMAT_BIT(FORMAT_TEXT) | FORMAT_BIT(FORMAT_JSON))
#define ANY_NUMBER ((unsigned)-1)

const struct verb_info verb_table[VERB_COUNT] = {
	[VERB_BUILD] =
		{
			.name = "build",
			.purpose = "fetch the images, make thumbnails, publish them into the site",
			.details = "Run it before the site's generator. It scans the articles, "
				   "fetches what is new or "
				   "stale, renders the thumbnails that picdesk.yml asks for, and "
				   "writes them and a "
				   "manifest for templates into the site. Dead images are "
				   "reported, but do not fail "
				   "the build unless --fail-on says so.",
			.argument = "[PATH...]",
			.max_arguments = ANY_NUMBER,
			.formats = REPORTS,
			.examples =
				{
					{"picdesk build", "the site in the current folder"},
					{"picdesk build _posts/2024-05-01-launch.md",
					 "one article; nothing is removed"},
					{"picdesk build --offline", "from the cache alone"},
					{"picdesk build --fail-on broken",
					 "stop the deployment for a broken image"},
				},
		},
	[VERB_WARM] =
		{
			.name = "warm",
			.purpose = "the same as build, but publish nothing",
			.details = "Fills the cache, so that a later build makes few requests or "
				   "none.",
			.argument = "[PATH...]",
			.max_arguments = ANY_NUMBER,
			.formats = REPORTS,
			.examples =
				{
					{"picdesk warm", "fetch and render all that is missing"},
					{"picdesk warm --max-time 10m",
					 "what can be done in ten minutes"},
					{"picdesk warm --refresh", "ask for every image again"},
				},
		},
	[VERB_CHECK] =
		{
			.name = "check",
			.purpose = "verify every image and report what is broken, and where",
			.details = "Trusts what was verified within --max-age and looks again at "
				   "everything else and "
				   "at every failure. Decodes each image completely; makes no "
				   "thumbnails.",
			.argument = "[PATH...]",
			.max_arguments = ANY_NUMBER,
			.formats = REPORTS,
			.examples =
				{
					{"picdesk check", "exit status 2 when an image is broken"},
					{"picdesk check --max-age 0s", "ask every host again"},
					{"picdesk check -f text -f json -o report.json",
					 "text here, JSON for programs"},
					{"picdesk check --baseline old.json --fail-on new",
					 "fail only for what broke since an earlier report"},
				},
		},
	[VERB_SCAN] =
		{
			.name = "scan",
			.purpose = "list the image references of the articles; no network",
			.argument = "[PATH...]",
			.max_arguments = ANY_NUMBER,
			.formats = REPORTS,
			.examples =
				{
					{"picdesk scan",
					 "every reference: file, line, column, URL"},
					{"picdesk scan -f json", "the same for programs"},
					{"git diff -z --name-only --relative --diff-filter=d "
					 "'*.md' "
					 "|\n"
					 "    picdesk scan --files-from -",
					 "the articles that changed and are still there"},
				},
		},
	[VERB_REPORT] =
		{
			.name = "report",
			.purpose = "print the report of the last run again; no network",
			.formats = REPORTS,
			.examples =
				{
					{"picdesk report", "what the last run found"},
					{"picdesk report -v", "without folding long lists"},
					{"picdesk report -f html -o report.html",
					 "a contact sheet to look at in a browser"},
					{"picdesk report -f json -o report.json", "for programs"},
				},
		},
	[VERB_DIFF] =
		{
			.name = "diff",
			.purpose = "compare two JSON reports: newly broken, fixed, still broken",
			.details = "Exit status 2 when something is newly broken; with --fail-on "
				   "broken also when something still is, with --fail-on warning "
				   "also when NEW has a warning or a blocked image. An image that "
				   "no article names any more "
				   "counts as fixed.",
			.argument = "OLD NEW",
			.min_arguments = 2,
			.max_arguments = 2,
			.formats = TEXT_OR_JSON | FORMAT_BIT(FORMAT_MARKDOWN),
			.examples =
				{
					{"picdesk diff old.json new.json", "what changed"},
					{"picdesk diff old.json new.json -f markdown -o issue.md",
					 "an issue's body with what broke newly"},
				},
		},
	[VERB_SHOW] =
		{
			.name = "show",
			.purpose = "print all that the cache knows of one image",
			.argument = "URL|HASH",
			.min_arguments = 1,
			.max_arguments = 1,
			.formats = TEXT_OR_JSON,
			.examples =
				{
					{"picdesk show https://example.org/cover.jpg",
					 "its state, age, size and thumbnails"},
					{"picdesk show 0123456789abcdef0123456789abcdef",
					 "the URLs that gave these bytes"},
					{"picdesk show /assets/cover.jpg",
					 "a file of the site, by its path from the root"},
				},
		},
	[VERB_STATS] =
		{
			.name = "stats",
			.purpose = "print how much the cache holds",
			.formats = TEXT_OR_JSON,
			.examples =
				{
					{"picdesk stats",
					 "images, thumbnails and failures, with their sizes"},
					{"picdesk stats -f json", "for monitoring"},
				},
		},
	[VERB_GC] =
		{
			.name = "gc",
			.purpose = "make the cache smaller: evict what was used longest ago",
			.details = "Evicts until the cache is as small as --max-size (else "
				   "cache.max_size) says, first the images that were used longest "
				   "ago, with their thumbnails; removes what killed runs left, and "
				   "thumbnails of other renderers than the last run's. "
				   "Safe beside other runs.",
			.formats = TEXT_OR_JSON,
			.examples =
				{
					{"picdesk gc --max-size 2GiB --dry-run", "what would go"},
					{"picdesk gc --unused-for 12w",
					 "images that no run used for 12 weeks"},
					{"picdesk gc --gone",
					 "the last good bytes of images that are gone"},
				},
		},
	[VERB_FSCK] =
		{
			.name = "fsck",
			.purpose = "verify the cache; --repair mends it",
			.details =
				"Exits with 2 when damage was found (and mended, with --repair), "
				"with 0 when all is whole or there is no cache. What killed runs "
				"left behind is no damage. --repair moves a damaged image to the "
				"cache's quarantine folder, and the next run fetches it again.",
			.formats = TEXT_OR_JSON,
			.examples =
				{
					{"picdesk fsck", "sizes, names, records and the index"},
					{"picdesk fsck --full", "every byte: reads all objects"},
					{"picdesk fsck --full --repair",
					 "the next run fetches again what was damaged"},
				},
		},
	[VERB_EXPORT] =
		{
			.name = "export",
			.purpose = "write the whole cache into one tar file",
			.details = "Equal caches give equal bytes. Failures are not exported, and "
				   "damaged images stay out. With - the file is standard output.",
			.argument = "FILE",
			.min_arguments = 1,
			.max_arguments = 1,
			.formats = TEXT_OR_JSON,
			.examples =
				{
					{"picdesk export cache.tar",
					 "to carry it to another machine"},
				},
		},
	[VERB_IMPORT] =
		{
			.name = "import",
			.purpose = "merge an exported cache into this one",
			.details =
				"Where both know a URL, the newer response counts. Each image is "
				"taken only when its bytes have the hash that they are filed "
				"under. With - the file is standard input.",
			.argument = "FILE",
			.min_arguments = 1,
			.max_arguments = 1,
			.formats = TEXT_OR_JSON,
			.examples =
				{
					{"picdesk import cache.tar", "start with a warm cache"},
				},
		},
	[VERB_LOCALIZE] =
		{
			.name = "localize",
			.purpose = "bring remote images into the site, and rewrite the articles",
			.details =
				"Copies the originals into the site's assets/images, loading what "
				"the cache does not have, and puts their new paths into the "
				"articles. "
				"Every other byte of an article stays as it is. An image that is "
				"gone is rescued when the cache has good bytes of it.",
			.argument = "[PATH...]",
			.max_arguments = ANY_NUMBER,
			.examples =
				{
					{"picdesk localize --dry-run",
					 "a unified diff of what would change"},
					{"picdesk localize --host old.example.org",
					 "the images of one host"},
					{"picdesk localize _posts/2024-05-01-launch.md",
					 "one article"},
					{"picdesk localize --restore", "undo the last run"},
				},
		},
	[VERB_FIX] =
		{
			.name = "fix",
			.purpose = "mend in the articles what has one right answer",
			.details =
				"Declared sizes that are wrong, the letter case of local files, "
				"permanent redirects, and http where https sends the same bytes. "
				"Every other byte of an article stays as it is.",
			.argument = "[PATH...]",
			.max_arguments = ANY_NUMBER,
			.examples =
				{
					{"picdesk fix --dry-run",
					 "a unified diff of what would change"},
					{"picdesk fix", "mend the whole site"},
					{"picdesk fix --restore", "undo the last run"},
				},
		},
	[VERB_CONFIG] =
		{
			.name = "config",
			.purpose = "print every setting in force and where it came from",
			.details = "Reads picdesk.yml, the environment and the flags given here. "
				   "Values of headers and "
				   "passwords are not printed.",
			.formats = TEXT_OR_JSON,
			.examples =
				{
					{"picdesk config", "the settings of this site"},
					{"picdesk config --timeout 5s",
					 "and what a flag would change"},
					{"picdesk config -f json", "for programs"},
				},
		},
	[VERB_INIT] =
		{
			.name = "init",
			.purpose = "write a commented picdesk.yml that fits the site found",
			.details = "Finds the generator, counts what a scan would find, and writes "
				   "picdesk.yml into "
				   "the site's root. An existing one is never overwritten.",
			.argument = "[FOLDER]",
			.max_arguments = 1,
			.examples =
				{
					{"picdesk init", "for the site around the current folder"},
					{"picdesk init ~/blog", "for another site"},
				},
		},
	[VERB_HELP] =
		{
			.name = "help",
			.purpose = "help on picdesk or on one verb, examples first",
			.argument = "[VERB]",
			.max_arguments = 1,
			.examples =
				{
					{"picdesk help", "the verbs and the first steps"},
					{"picdesk help check", "one verb and its flags"},
				},
		},
};

enum verb verb_parse(const char *name)
{
	for (int verb = 0; verb < VERB_COUNT; verb++)
		if (verb_table[verb].name && !strcmp(verb_table[verb].name, name))
			return (enum verb)verb;
	return VERB_NONE;
}

const char *const option_group_titles[GROUP_COUNT] = {
	[GROUP_SITE] = "What is scanned",
	[GROUP_FETCH] = "Fetching",
	[GROUP_CACHE] = "Cache and freshness",
	[GROUP_THUMBS] = "Thumbnails and publishing",
	[GROUP_EDITS] = "Editing articles",
	[GROUP_VERDICT] = "Verdict, exit status",
	[GROUP_OUTPUT] = "Output",
};

/* The verbs that a flag fits. `config` takes all settings, to show what they would change. */
#define RUNS (VERB_BIT(VERB_BUILD) | VERB_BIT(VERB_WARM) | VERB_BIT(VERB_CHECK))
#define EDITS (VERB_BIT(VERB_LOCALIZE) | VERB_BIT(VERB_FIX))
#define RUN (RUNS | VERB_BIT(VERB_CONFIG))
#define FETCH (RUN | EDITS)
#define SCAN (FETCH | VERB_BIT(VERB_SCAN))
#define WALK (SCAN | VERB_BIT(VERB_INIT))
#define CARRY (VERB_BIT(VERB_EXPORT) | VERB_BIT(VERB_IMPORT))
#define UPKEEP (VERB_BIT(VERB_GC) | VERB_BIT(VERB_FSCK) | CARRY)
#define CACHE (RUN | VERB_BIT(VERB_REPORT) | VERB_BIT(VERB_SHOW) | VERB_BIT(VERB_STATS) | UPKEEP)
#define SITE (SCAN | CACHE)
#define ANY (~0u)
/* What asks no one anyway. */
#define LOCAL                                                                                      \
	(VERB_BIT(VERB_SCAN) | VERB_BIT(VERB_REPORT) | VERB_BIT(VERB_SHOW) | VERB_BIT(VERB_DIFF) | \
	 VERB_BIT(VERB_STATS) | UPKEEP)

#define FIELD(name) offsetof(struct settings, name)
#define S (1000LL)
#define MINUTE (60 * S)
#define HOUR (60 * MINUTE)
#define KIB (1024LL)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static const char *const fail_on_choices[] = {"never", "broken", "warning", "new", NULL};
static const char *const format_choices[] = {"text",   "json",     "jsonl", "junit", "sarif",
					     "github", "markdown", "html",  NULL};
static const char *const color_choices[] = {"auto", "always", "never", NULL};

/* clang-format off */
const struct option option_table[] = {
	{SETTING_CONFIG, OPTION_FILE, GROUP_SITE, "config", 'c', NULL, "FILE", FIELD(config_path),
	 .otherwise = "picdesk.yml in the root", .verbs = SITE,
	 .help = "read this file instead of the root's picdesk.yml"},
	{SETTING_ROOT_DIR, OPTION_FOLDER, GROUP_SITE, "root-dir", 0, NULL, "DIR", FIELD(root_dir),
	 .otherwise = "found upwards", .verbs = SITE | VERB_BIT(VERB_INIT),
	 .help = "the site's root"},
	{SETTING_CONTENT, OPTION_PATHS, GROUP_SITE, .key = "content", .offset = FIELD(content),
	 .otherwise = "the root",
	 .help = "the folders and files that are scanned, relative to picdesk.yml"},
	{SETTING_FILES_FROM, OPTION_FILE, GROUP_SITE, "files-from", 0, NULL, "FILE|-", FIELD(files_from),
	 .verbs = SCAN, .help = "scan what this file lists, one path a line or, as git -z "
			       "writes them, each ended by a NUL (-: standard input)"},
	{SETTING_EXCLUDE_PATHS, OPTION_LIST, GROUP_SITE, .key = "exclude_paths",
	 .offset = FIELD(exclude_paths), .help = "paths that are not scanned, as in .gitignore"},
	{SETTING_NO_IGNORE, OPTION_BOOL, GROUP_SITE, "no-ignore", 0, NULL, NULL, FIELD(no_ignore),
	 .verbs = WALK, .help = "scan also what .gitignore and .picdeskignore leave out"},
	{SETTING_UNPUBLISHED, OPTION_BOOL, GROUP_SITE, .key = "unpublished",
	 .offset = FIELD(unpublished), .otherwise = "true",
	 .help = "scan articles with published: false or draft: true as well"},
	{SETTING_IMAGE_KEYS, OPTION_LIST, GROUP_SITE, .key = "image_keys", .offset = FIELD(image_keys),
	 .help = "keys of front matter and data files whose value is an image"},
	{SETTING_LAZY_ATTRIBUTES, OPTION_LIST, GROUP_SITE, .key = "lazy_attributes",
	 .offset = FIELD(lazy_attributes), .help = "HTML attributes that hold an image's URL besides src"},
	{SETTING_SHORTCODES, OPTION_LIST, GROUP_SITE, .key = "shortcodes", .offset = FIELD(shortcodes),
	 .help = "shortcodes that show an image"},
	{SETTING_INCLUDE, OPTION_PATTERNS, GROUP_SITE, "include", 0, NULL, "RE", FIELD(include),
	 .verbs = SCAN, .help = "only URLs that match; may be given several times"},
	{SETTING_EXCLUDE, OPTION_PATTERNS, GROUP_SITE, "exclude", 0, NULL, "RE", FIELD(exclude),
	 .verbs = SCAN, .help = "no URLs that match; may be given several times"},
	{SETTING_SHARD, OPTION_SHARD, GROUP_SITE, "shard", 0, NULL, "I/N", FIELD(shard),
	 .otherwise = "all", .verbs = SCAN & ~EDITS,
	 .help = "the I-th of N parts of the images, for runs that share a site"},
	{SETTING_FAIL_IF_EMPTY, OPTION_BOOL, GROUP_SITE, "fail-if-empty", 0, NULL, NULL,
	 FIELD(fail_if_empty), .verbs = SCAN & ~EDITS, .help = "exit with 1 when there is no image at all"},

	{SETTING_MAX_CONCURRENCY, OPTION_NUMBER, GROUP_FETCH, "max-concurrency", 0,
	 "fetch.max_concurrency", "N", FIELD(max_concurrency), 1, 1024, 64,
	 .verbs = FETCH, .help = "transfers at once"},
	{SETTING_HOST_CONCURRENCY, OPTION_NUMBER, GROUP_FETCH, "host-concurrency", 0,
	 "fetch.host_concurrency", "N", FIELD(host_concurrency), 1, 256, 4,
	 .verbs = FETCH, .help = "transfers at once from one host"},
	{SETTING_HOST_INTERVAL, OPTION_DURATION, GROUP_FETCH, "host-interval", 0,
	 "fetch.host_interval", "D", FIELD(host_interval_ms), 0, HOUR, 50,
	 .verbs = FETCH, .help = "least time between two requests to one host"},
	{SETTING_MAX_RETRIES, OPTION_NUMBER, GROUP_FETCH, "max-retries", 0, "fetch.max_retries", "N",
	 FIELD(max_retries), 0, 10, 2,
	 .verbs = FETCH, .help = "further attempts after a failure that may pass"},
	{SETTING_TIMEOUT, OPTION_DURATION, GROUP_FETCH, "timeout", 0, "fetch.timeout", "D",
	 FIELD(timeout_ms), 10, UNITS_FOR_EVER, 30 * S, .verbs = FETCH, .help = "time for one attempt"},
	{SETTING_CONNECT_TIMEOUT, OPTION_DURATION, GROUP_FETCH, "connect-timeout", 0,
	 "fetch.connect_timeout", "D", FIELD(connect_timeout_ms), 10, UNITS_FOR_EVER, 5 * S,
	 .verbs = FETCH, .help = "time for a connection"},
	{SETTING_MAX_TIME, OPTION_DURATION, GROUP_FETCH, "max-time", 0, "fetch.max_time", "D",
	 FIELD(max_time_ms), 100, UNITS_FOR_EVER, UNITS_FOR_EVER,
	 .otherwise = "no limit", .verbs = FETCH, .help = "time for the whole run; what is left is unchecked"},
	{SETTING_MAX_REDIRECTS, OPTION_NUMBER, GROUP_FETCH, "max-redirects", 0, "fetch.max_redirects",
	 "N", FIELD(max_redirects), 0, 50, 5, .verbs = FETCH, .help = "redirects followed for one image"},
	{SETTING_MAX_BYTES, OPTION_SIZE, GROUP_FETCH, "max-bytes", 0, "fetch.max_bytes", "SIZE",
	 FIELD(max_bytes), 1, 2 * GIB, 20 * MIB, .verbs = FETCH, .help = "largest image that is fetched"},
	{SETTING_MAX_PIXELS, OPTION_MULTIPLE, GROUP_FETCH, "max-pixels", 0, "fetch.max_pixels", "N",
	 FIELD(max_pixels), 1, 2000 * 1000000LL, 100 * 1000000LL,
	 .verbs = FETCH, .help = "most pixels of an image that is decoded"},
	{SETTING_ACCEPT, OPTION_STATUSES, GROUP_FETCH, "accept", 0, "fetch.accept", "STATUSES",
	 FIELD(accept), .otherwise = "200..=204", .verbs = FETCH,
	 .help = "HTTP statuses that are good, such as 200..=204,206"},
	{SETTING_HEADERS, OPTION_HEADERS, GROUP_FETCH, "header", 'H', "fetch.headers", "'NAME: VALUE'",
	 FIELD(headers), .verbs = FETCH,
	 .help = "send this header to every host; may be given several times"},
	{SETTING_USER_AGENT, OPTION_STRING, GROUP_FETCH, "user-agent", 'A', "fetch.user_agent", "UA",
	 FIELD(user_agent), .otherwise = "picdesk and its version", .verbs = FETCH,
	 .help = "what picdesk calls itself"},
	{SETTING_PROXY, OPTION_PROXY, GROUP_FETCH, "proxy", 0, "fetch.proxy", "URL", FIELD(proxy),
	 .verbs = FETCH,
	 .help = "ask through this proxy; http_proxy and the like are ignored"},
	{SETTING_CACERT, OPTION_FILE, GROUP_FETCH, "cacert", 0, "fetch.cacert", "FILE", FIELD(cacert),
	 .otherwise = "the system's", .verbs = FETCH, .help = "certificate authorities to trust, PEM"},
	{SETTING_INSECURE, OPTION_BOOL, GROUP_FETCH, "insecure", 'k', "fetch.insecure", NULL,
	 FIELD(insecure), .verbs = FETCH, .help = "do not verify certificates"},
	{SETTING_ALLOW_PRIVATE, OPTION_PRIVATE, GROUP_FETCH, "allow-private", 0, "fetch.allow_private",
	 "CIDR,...", FIELD(allow_private), .verbs = FETCH,
	 .help = "ask loopback and private addresses too, or only these ranges"},
	{SETTING_ALLOW_DOWNGRADE, OPTION_BOOL, GROUP_FETCH, "allow-downgrade", 0,
	 "fetch.allow_downgrade", NULL, FIELD(allow_downgrade), .verbs = FETCH,
	 .help = "follow redirects from https to http"},
	{SETTING_HOSTS, OPTION_HOSTS, GROUP_FETCH, .key = "hosts", .offset = FIELD(hosts),
	 .help = "concurrency, interval and headers of single hosts"},

	{SETTING_CACHE_DIR, OPTION_FOLDER, GROUP_CACHE, "cache-dir", 0, NULL, "DIR", FIELD(cache_dir),
	 .otherwise = ".cache/picdesk in the root", .verbs = CACHE | EDITS,
	 .moot = VERB_BIT(VERB_SCAN) | VERB_BIT(VERB_DIFF), .help = "where the cache is"},
	{SETTING_OFFLINE, OPTION_BOOL, GROUP_CACHE, "offline", 0, NULL, NULL, FIELD(offline),
	 .verbs = FETCH, .moot = LOCAL, .help = "use the cache alone, make no request"},
	{SETTING_REFRESH, OPTION_BOOL, GROUP_CACHE, "refresh", 0, NULL, NULL, FIELD(refresh),
	 .verbs = FETCH, .help = "ask again for everything"},
	{SETTING_QUICK, OPTION_BOOL, GROUP_CACHE, "quick", 0, NULL, NULL, FIELD(quick),
	 .verbs = VERB_BIT(VERB_CHECK) | VERB_BIT(VERB_CONFIG),
	 .help = "read only the header of each image: type and size, no decode"},
	{SETTING_ONLY, OPTION_PATTERN, GROUP_CACHE, "only", 0, NULL, "broken|new|RE", FIELD(only),
	 .otherwise = "all", .verbs = RUN,
	 .help = "ask only for what failed last, what was never asked for, or URLs that match; the rest is as cached"},
	{SETTING_MIN_AGE, OPTION_DURATION, GROUP_CACHE, "min-age", 0, "cache.min_age", "D",
	 FIELD(min_age_ms), 0, UNITS_FOR_EVER, 0, .verbs = FETCH,
	 .help = "do not ask again within this time, whatever the server says; check goes by --max-age"},
	{SETTING_MAX_AGE, OPTION_DURATION, GROUP_CACHE, "max-age", 0, "cache.max_age", "D",
	 FIELD(max_age_ms), 0, UNITS_FOR_EVER, -1, .otherwise = "check: 1d; else *", .verbs = FETCH,
	 .help = "ask again after this time, whatever the server says"},
	{SETTING_NEGATIVE_AGE, OPTION_DURATION, GROUP_CACHE, "negative-age", 0, NULL, "D",
	 FIELD(negative_age_ms), 0, UNITS_FOR_EVER, -1, .otherwise = "5m to 1d, by the failure",
	 .verbs = FETCH, .help = "how long a failure is remembered; check looks at each again"},
	{SETTING_CACHE_MAX_SIZE, OPTION_SIZE, GROUP_CACHE, "max-size", 0, "cache.max_size", "SIZE",
	 FIELD(cache_max_size_bytes), 0, INT64_MAX, INT64_MAX, .otherwise = "no limit",
	 .verbs = VERB_BIT(VERB_GC) | VERB_BIT(VERB_CONFIG), .help = "how large the cache may become; runs evict what was used longest ago to stay below"},
	{SETTING_UNUSED_FOR, OPTION_DURATION, GROUP_CACHE, "unused-for", 0, NULL, "D",
	 FIELD(unused_for_ms), 0, UNITS_FOR_EVER, UNITS_FOR_EVER, .otherwise = "*",
	 .verbs = VERB_BIT(VERB_GC), .help = "evict images that no run used for this long"},
	{SETTING_GONE, OPTION_BOOL, GROUP_CACHE, "gone", 0, NULL, NULL, FIELD(gone),
	 .verbs = VERB_BIT(VERB_GC),
	 .help = "evict images whose last answer was 404 or 410, with their last good bytes"},
	{SETTING_DRY_RUN, OPTION_BOOL, GROUP_CACHE, "dry-run", 0, NULL, NULL, FIELD(dry_run),
	 .verbs = VERB_BIT(VERB_GC) | EDITS,
	 .help = "say what would be done, and do nothing; localize and fix print a unified diff"},
	{SETTING_FULL, OPTION_BOOL, GROUP_CACHE, "full", 0, NULL, NULL, FIELD(full),
	 .verbs = VERB_BIT(VERB_FSCK), .help = "read every byte of every object"},
	{SETTING_REPAIR, OPTION_BOOL, GROUP_CACHE, "repair", 0, NULL, NULL, FIELD(repair),
	 .verbs = VERB_BIT(VERB_FSCK), .help = "mend what is damaged"},

	{SETTING_RESTORE, OPTION_BOOL, GROUP_EDITS, "restore", 0, NULL, NULL, FIELD(restore),
	 .verbs = EDITS, .help = "undo the last run of this verb"},
	{SETTING_HOST, OPTION_HOSTNAME, GROUP_EDITS, "host", 0, NULL, "HOST", FIELD(host_names),
	 .otherwise = "all", .verbs = EDITS,
	 .help = "only images of this host; may be given several times"},

	{SETTING_THUMBS, OPTION_SPECS, GROUP_THUMBS, .key = "thumbs", .offset = FIELD(specs),
	 .help = "the thumbnails that are made of each image"},
	{SETTING_PUBLISH, OPTION_INSIDE, GROUP_THUMBS, .key = "publish", .offset = FIELD(publish),
	 .otherwise = "by generator", .help = "the folder of the site that gets the thumbnails"},
	{SETTING_MANIFEST, OPTION_INSIDE, GROUP_THUMBS, .key = "manifest", .offset = FIELD(manifest),
	 .otherwise = "by generator", .help = "the file of the site that templates read"},
	{SETTING_JOBS, OPTION_NUMBER, GROUP_THUMBS, "jobs", 'j', NULL, "N", FIELD(jobs), 1, 256, 0,
	 .otherwise = "the cores", .verbs = FETCH, .help = "renderer processes, 64 at most"},
	{SETTING_REQUIRE_SANDBOX, OPTION_BOOL, GROUP_THUMBS, "require-sandbox", 0,
	 "fetch.require_sandbox", NULL, FIELD(require_sandbox), .verbs = FETCH,
	 .help = "decode nothing where the renderers cannot be confined"},

	{SETTING_FAIL_ON, OPTION_CHOICE, GROUP_VERDICT, "fail-on", 0, "check.fail_on", "WHAT",
	 FIELD(fail_on), .choices = fail_on_choices, .otherwise = "check: broken; diff: new; else never",
	 .verbs = RUN | VERB_BIT(VERB_DIFF), .help = "exit with 2 when something is as grave"},
	{SETTING_BASELINE, OPTION_FILE, GROUP_VERDICT, "baseline", 0, NULL, "FILE", FIELD(baseline),
	 .verbs = RUN, .help = "JSON report of an earlier run; what is broken in it is not new"},
	{SETTING_FAIL_AFTER, OPTION_DURATION, GROUP_VERDICT, "fail-after", 0, "check.fail_after", "D",
	 FIELD(fail_after_ms), 0, UNITS_FOR_EVER, 0, .verbs = RUN,
	 .help = "exit with 2 only for images that fail for this long"},
	{SETTING_CHECK_IGNORE, OPTION_PATTERNS, GROUP_VERDICT, .key = "check.ignore",
	 .offset = FIELD(check_ignore), .help = "URLs that check does not look at and lists as unchecked (regular expressions)"},
	{SETTING_SEVERITY, OPTION_SEVERITY, GROUP_VERDICT, .key = "check.severity",
	 .offset = FIELD(severities), .help = "other severities for single findings"},

	{SETTING_FORMAT, OPTION_FORMAT, GROUP_OUTPUT, "format", 'f', NULL, "FORMAT", FIELD(outputs),
	 .choices = format_choices, .otherwise = "text", .verbs = ANY & ~VERB_BIT(VERB_INIT) & ~EDITS & ~VERB_BIT(VERB_HELP),
	 .help = "form of the report, with -o also several times, pair by pair"},
	{SETTING_OUTPUT, OPTION_OUTPUT, GROUP_OUTPUT, "output", 'o', NULL, "FILE", FIELD(outputs),
	 .otherwise = "standard output", .verbs = RUNS | VERB_BIT(VERB_SCAN) | VERB_BIT(VERB_REPORT) | VERB_BIT(VERB_DIFF),
	 .help = "write the report to this file"},
	{SETTING_NO_PROGRESS, OPTION_BOOL, GROUP_OUTPUT, "no-progress", 'n', NULL, NULL,
	 FIELD(no_progress), .verbs = RUNS | EDITS, .moot = ANY, .help = "show no progress"},
	{SETTING_QUIET, OPTION_BOOL, GROUP_OUTPUT, "quiet", 'q', NULL, NULL, FIELD(quiet),
	 .verbs = RUNS | EDITS | VERB_BIT(VERB_SCAN) | VERB_BIT(VERB_REPORT) | VERB_BIT(VERB_DIFF) | UPKEEP,
	 .moot = VERB_BIT(VERB_SHOW) | VERB_BIT(VERB_STATS) | VERB_BIT(VERB_CONFIG),
	 .help = "only what needs attention"},
	{SETTING_VERBOSE, OPTION_COUNTED, GROUP_OUTPUT, "verbose", 'v', NULL, NULL, FIELD(verbose),
	 .verbs = SITE | VERB_BIT(VERB_DIFF), .help = "everything in full; given twice, a trace as well"},
	{SETTING_COLOR, OPTION_CHOICE, GROUP_OUTPUT, "color", 0, NULL, "WHEN", FIELD(color),
	 .choices = color_choices, .otherwise = "auto", .verbs = ANY,
	 .help = "colors and links (NO_COLOR is never)"},
	{SETTING_COUNT, OPTION_HELP, GROUP_OUTPUT, "help", 'h', .verbs = ANY, .help = "help on the verb"},
	{SETTING_COUNT, OPTION_VERSION, GROUP_OUTPUT, "version", 0, .verbs = ANY,
	 .help = "the version; with -v also those of its libraries, and what confines decoders"},
};
/* clang-format on */
const size_t option_count = ARRAY_LENGTH(option_table);
_Static_assert(ARRAY_LENGTH(option_table) < OPTION_MAX, "OPTION_MAX is too small");

bool option_is_int64(const struct option *option)
{
	return option->kind == OPTION_NUMBER || option->kind == OPTION_MULTIPLE ||
	       option->kind == OPTION_DURATION || option->kind == OPTION_SIZE;
}

bool option_is_string(const struct option *option)
{
	return option->kind == OPTION_STRING || option->kind == OPTION_FILE ||
	       option->kind == OPTION_FOLDER || option->kind == OPTION_STATUSES ||
	       option->kind == OPTION_PROXY || option->kind == OPTION_INSIDE ||
	       option->kind == OPTION_PATTERN || option->kind == OPTION_SHARD;
}

bool option_is_list(const struct option *option)
{
	return option->kind == OPTION_PATTERNS || option->kind == OPTION_HEADERS ||
	       option->kind == OPTION_LIST || option->kind == OPTION_HOSTNAME ||
	       option->kind == OPTION_PATHS;
}

bool option_takes_value(const struct option *option)
{
	return option->value && option->kind != OPTION_PRIVATE;
}

void *option_field(const struct option *option, struct settings *settings)
{
	return (char *)settings + option->offset;
}

const struct option *option_of_setting(enum setting setting)
{
	size_t i = 0;

	while (option_table[i].setting != setting)
		i++;
	return &option_table[i];
}

bool option_variable(const struct option *option, char *ret_name)
{
	if (!option->flag || option->setting == SETTING_COUNT)
		return false;
	snprintf(ret_name, OPTION_VARIABLE_BYTES, "PICDESK_%s", option->flag);
	for (char *c = ret_name; *c; c++)
		*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
	return true;
}

const char *option_format_int64(const struct option *option, int64_t value, char *ret_text)
{
	switch (option->kind) {
	case OPTION_DURATION:
		return units_format_duration(value, ret_text);
	case OPTION_SIZE:
		return units_format_size(value, ret_text);
	case OPTION_MULTIPLE:
		return units_format_multiple(value, ret_text);
	default:
		return units_format_number(value, ret_text);
	}
}

const char *option_default(const struct option *option, char *ret_text)
{
	if (option->otherwise)
		return option->otherwise;
	if (option_is_int64(option))
		return option_format_int64(option, option->initial, ret_text);
	return "";
}
