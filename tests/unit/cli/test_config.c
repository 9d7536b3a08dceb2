#include "../cmocka_all.h"
#include "../scratch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "config.h"
#include "options.h"

/* The site's root, with a folder "conf" in it; made anew for each run. */
static char root[SCRATCH_BYTES];

static int make_root(void **state)
{
	char path[SCRATCH_BYTES + 32];

	(void)state;
	if (scratch_make(root))
		return -1;
	snprintf(path, sizeof path, "%s/conf", root);
	return mkdir(path, 0700);
}

static int remove_root(void **state)
{
	(void)state;
	return scratch_remove(root);
}

static void write_file(const char *path, const char *text, size_t length_bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length_bytes), length_bytes);
	close(fd);
}

static enum config_result load_in(const char *folder, const char *text, size_t length_bytes,
				  struct settings *settings, struct buf *errors)
{
	char path[SCRATCH_BYTES + 32];

	snprintf(path, sizeof path, "%s/%spicdesk.yml", root, folder);
	write_file(path, text, length_bytes);
	settings_init(settings);
	buf_init(errors, 1 << 20);
	return config_file(settings, path, "picdesk.yml", root, errors);
}

static enum config_result load(const char *text, struct settings *settings, struct buf *errors)
{
	return load_in("", text, strlen(text), settings, errors);
}

static void names_each_error_and_its_place(void **state)
{
	static const struct {
		const char *text, *errors;
	} rows[] = {
		{"fetch: {timout: 3s}\n",
		 "picdesk.yml:1:9: unknown key 'timout'; did you mean fetch.timeout?\n"},
		{"thumb: {}\n", "picdesk.yml:1:1: unknown key 'thumb'; did you mean thumbs?\n"},
		{"timeout: 5s\n",
		 "picdesk.yml:1:1: unknown key 'timeout'; did you mean fetch.timeout?\n"},
		{"check: {max-age: 1d}\n",
		 "picdesk.yml:1:9: unknown key 'max-age'; did you mean cache.max_age?\n"},
		{"fetch: {max_age: 1d}\n",
		 "picdesk.yml:1:9: unknown key 'max_age'; did you mean cache.max_age?\n"},
		{"hosts: {a.example: {host_interval: 1s}}\n",
		 "picdesk.yml:1:21: unknown key 'host_interval'; did you mean interval?\n"},
		{"zzzzzzzz: 1\n", "picdesk.yml:1:1: unknown key 'zzzzzzzz'\n"},
		{"thmbs:\n", "picdesk.yml:1:1: unknown key 'thmbs'; did you mean thumbs?\n"},
		{"thumbs:\n  card:\n", "picdesk.yml:2:8: thumbs.card must be a mapping"},
		{"# é\nfetch:\n  timeout: 30\n  max_bytes: lots\n",
		 "picdesk.yml:3:12: fetch.timeout: '30' has no unit; write 30s or 30ms\n"
		 "picdesk.yml:4:14: fetch.max_bytes: 'lots' is no size; write it like 500k, 20MiB "
		 "or 5GiB\n"},
		{"fetch: 3\n",
		 "picdesk.yml:1:8: fetch must be a mapping, 'key: value' lines below it\n"},
		{"fetch: {timeout: [1s]}\n", "picdesk.yml:1:18: fetch.timeout must be one value\n"},
		{"fetch: {insecure: maybe}\n",
		 "picdesk.yml:1:19: fetch.insecure: 'maybe' is neither true nor false\n"},
		{"fetch: {max_concurrency: 0}\n", "picdesk.yml:1:26: fetch.max_concurrency: '0' is "
						  "out of range; it takes 1 to 1024\n"},
		{"cache: {min_age: 2d, max_age: 1d}\n",
		 "picdesk.yml:1:18: cache.min_age is larger than cache.max_age\n"},
		{"fetch: {cacert: none.pem}\n", "picdesk.yml:1:17: fetch.cacert: '/tmp/"},
		{"fetch: {offline: true}\n", "picdesk.yml:1:9: unknown key 'offline'; it is set by "
					     "the flag --offline or by PICDESK_OFFLINE\n"},
		{"cache_dir: x\n",
		 "picdesk.yml:1:1: unknown key 'cache_dir'; it is set by the flag "
		 "--cache-dir or by PICDESK_CACHE_DIR\n"},
		{"cache: {dir: x}\n", "picdesk.yml:1:9: unknown key 'dir'; it is set by the flag "
				      "--cache-dir or by PICDESK_CACHE_DIR\n"},
		{"help: x\n", "picdesk.yml:1:1: unknown key 'help'\n"},
		{"fetch: {headers: {X-A: \"s3cret\\u0007\"}}\n",
		 "picdesk.yml:1:19: fetch.headers: the header X-A has a control character in its "
		 "value\n"},
		{"fetch: {headers: {X-A: ''}}\n", "picdesk.yml:1:25: fetch.headers.X-A is empty\n"},
		{"fetch: {headers: {X-A: '${PICDESK_TEST_NONE}'}}\n",
		 "picdesk.yml:1:25: the environment has no 'PICDESK_TEST_NONE'\n"},
		{"fetch: {headers: {X-A: 's3cret ${no-name}'}}\n",
		 "picdesk.yml:1:25: '${' begins the name of a variable"},
		{"fetch: {headers: {X-A: 's3cret ${A'}}\n",
		 "picdesk.yml:1:25: '${' begins the name of a variable"},
		{"image_keys: {a: b}\n", "picdesk.yml:1:13: image_keys must be a list"},
		{"image_keys: [a, [b]]\n",
		 "picdesk.yml:1:17: each item of image_keys must be one value\n"},
		{"content: []\n", "picdesk.yml:1:10: content is empty"},
		{"content: [a, ../b]\n", "picdesk.yml:1:14: content: '../b'; it takes a path "
					 "inside the site, relative to this file\n"},
		{"content: /etc\n", "picdesk.yml:1:10: content: '/etc'; it takes a path inside"},
		{"publish: ../out\n", "picdesk.yml:1:10: publish: '../out' leaves the site\n"},
		{"manifest: /m.json\n",
		 "picdesk.yml:1:11: manifest: '/m.json' must be relative to the site's root\n"},
		{"publish: .\n", "picdesk.yml:1:10: publish: '.' is the site's root itself; name a "
				 "path below it\n"},
		{"check: {fail_on: often}\n", "picdesk.yml:1:18: check.fail_on: 'often' is none of "
					      "never, broken, warning or new\n"},
		{"check: {ignore: ['a(']}\n",
		 "picdesk.yml:1:19: check.ignore: 'a(' is no regular expression: "},
		{"check: {severity: {insecur: off}}\n",
		 "picdesk.yml:1:20: check.severity: unknown finding 'insecur'; did you mean "
		 "insecure?\n"},
		{"check: {severity: {insecure: no}}\n",
		 "picdesk.yml:1:30: check.severity.insecure: 'no'; it takes off, info, warning, "
		 "blocked or broken\n"},
		{"fetch: {max_time: 5ms}\n",
		 "picdesk.yml:1:19: fetch.max_time: '5ms' is too small; the least is 100ms\n"},
		{"unpublished: 2\n",
		 "picdesk.yml:1:14: unpublished: '2' is neither true nor false\n"},
		{"hosts: {A.example: {}, a.EXAMPLE: {}}\n",
		 "picdesk.yml:1:24: hosts.a.example is given twice\n"},
		{"fetch: {proxy: 'ftp://u:s3cret@h'}\n",
		 "picdesk.yml:1:17: fetch.proxy: it takes a proxy such as http://"},
		{"hosts: {a.example: {}, 'A.example.': {}}\n",
		 "picdesk.yml:1:25: hosts.a.example is given twice\n"},
		{"hosts: {'.': {}}\n", "picdesk.yml:1:10: hosts: '.' is no host"},
		{"hosts: {'*': {}}\n", "picdesk.yml:1:10: hosts: '*' is no host"},
		{"hosts: {a b: {}}\n", "picdesk.yml:1:9: hosts: 'a b' is no host"},
		{"hosts: {'a/b': {}}\n", "picdesk.yml:1:10: hosts: 'a/b' is no host"},
		{"hosts: {'a:80': {}}\n", "picdesk.yml:1:10: hosts: 'a:80' is no host"},
		{"hosts: {'a:443': {}}\n", "picdesk.yml:1:10: hosts: 'a:443' is no host"},
		{"hosts: {'a:0': {}}\n", "picdesk.yml:1:10: hosts: 'a:0' is no host"},
		{"hosts: {'a:': {}}\n", "picdesk.yml:1:10: hosts: 'a:' is no host"},
		{"hosts: {'a:x': {}}\n", "picdesk.yml:1:10: hosts: 'a:x' is no host"},
		{"hosts: {'A:081': {}, 'a:81': {}}\n",
		 "picdesk.yml:1:23: hosts.a:81 is given twice\n"},
		{"hosts: {a: {headers: {'X:Y': z}}}\n",
		 "picdesk.yml:1:24: hosts.a.headers: name and value of 'X' are in one pair of "
		 "quotes; write Name: 'value'\n"},
		{"hosts: {a: {concurency: 3}}\n",
		 "picdesk.yml:1:13: unknown key 'concurency'; did you mean concurrency?\n"},
		{"hosts: {a: {interval: 9}}\n", "picdesk.yml:1:23: hosts.a.interval: '9'; it takes "
						"a duration from 0s to 1h, such as 50ms\n"},
		{"hosts: {a: {concurrency: 1000}}\n",
		 "picdesk.yml:1:26: hosts.a.concurrency: '1000'; it takes a whole number from 1 "
		 "to 256\n"},
		{"thumbs: {}\n", "picdesk.yml:1:9: thumbs is empty"},
		{"thumbs: {Card: {width: 1}}\n",
		 "picdesk.yml:1:10: thumbs: 'Card'; it takes a name"},
		{"thumbs: {a@2x: {width: 1}}\n",
		 "picdesk.yml:1:10: thumbs: 'a@2x'; it takes a name"},
		{"thumbs: {a: {}}\n", "picdesk.yml:1:13: thumbs.a needs a width or a height\n"},
		{"thumbs: {a: {width: 0}}\n", "picdesk.yml:1:21: thumbs.a.width: '0'; it takes "
					      "a whole number from 1 to 16383\n"},
		{"thumbs: {a: {width: 9, fit: cover}}\n",
		 "picdesk.yml:1:29: thumbs.a: 'fit: cover' needs both width and height\n"},
		{"thumbs: {a: {width: 9, position: top}}\n",
		 "picdesk.yml:1:34: thumbs.a: a position is for 'fit: cover' only\n"},
		{"thumbs: {a: {width: 9, fit: fill}}\n",
		 "picdesk.yml:1:29: thumbs.a.fit: 'fill'; it takes contain or cover\n"},
		{"thumbs: {a: {width: 9, quality: 101}}\n",
		 "picdesk.yml:1:33: thumbs.a.quality: '101'; it takes a whole number from 1 to "
		 "100\n"},
		{"thumbs: {a: {width: 9, format: gif}}\n",
		 "picdesk.yml:1:32: thumbs.a.format: 'gif'; it takes webp, jpeg, png, avif or "
		 "auto\n"},
		{"thumbs:\n  a:\n    width: 9\n    background: #fff\n",
		 "picdesk.yml:4:5: thumbs.a.background is empty; a color stands in quotes, "
		 "'#fff'\n"},
		{"thumbs: {a: {width: 9, background: red}}\n",
		 "picdesk.yml:1:36: thumbs.a.background: 'red'; it takes a color, '#fff' or "
		 "'#1a2b3c'\n"},
		{"thumbs: {a: {width: 9, format: png, animated: true}}\n",
		 "picdesk.yml:1:47: thumbs.a: only 'format: webp' and 'format: auto' can be "
		 "animated\n"},
		{"thumbs: {a: {width: 9000, dpr: 2}}\n",
		 "picdesk.yml:1:10: thumbs.a: at dpr 2 a side is longer than 16383 px\n"},
		{"thumbs: {a: {width: 9, dpr: [2, 2]}}\n",
		 "picdesk.yml:1:33: thumbs.a.dpr: 2 is given twice\n"},
		{"thumbs: {a: {width: 9, dpr: []}}\n",
		 "picdesk.yml:1:29: thumbs.a.dpr must be a list of 1 to 4 numbers"},
		{"fetch: {timeout: 1s, timeout: 2s}\n",
		 "picdesk.yml:1:22: 'timeout' is given twice; first in line 1\n"},
		{"publish: a\nmanifest: b\npublish: c\n",
		 "picdesk.yml:3:1: 'publish' is given twice; first in line 1\n"},
		{"- a\n", "picdesk.yml:1:1: must hold 'key: value' lines\n"},
		{"fetch: {\n", "picdesk.yml:2:1: "},
		{"publish: ''\n", "picdesk.yml:1:11: publish is empty\n"},
		{"publish: \"a\\0b\"\n", "picdesk.yml:1:11: publish has a NUL character in it\n"},
		{"a: 1\n---\nb: 2\n", "picdesk.yml:1:1: holds several documents"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct settings settings;
		struct buf errors;
		enum config_result result = load(rows[i].text, &settings, &errors);
		size_t length = strlen(rows[i].errors);

		if (result != CONFIG_BAD_FILE ||
		    strncmp(buf_string(&errors), rows[i].errors, length))
			fail_msg("%s%s", rows[i].text, buf_string(&errors));
		assert_null(strstr(buf_string(&errors), "s3cret"));
		buf_release(&errors);
		settings_release(&settings);
	}
}

static void reads_every_key(void **state)
{
	static const char text[] =
		"content: [., posts]\n"
		"exclude_paths: [drafts]\n"
		"image_keys: [images, hero]\n"
		"lazy_attributes: [data-src]\n"
		"shortcodes: []\n"
		"unpublished: false\n"
		"thumbs:\n"
		"  card:  {width: 640, height: 360, fit: cover, position: top-left, format: jpeg, "
		"quality: 80}\n"
		"  small: {width: 320, dpr: [1, 2], background: '#fff', animated: false}\n"
		"publish: ./assets//thumbs/\n"
		"manifest: _data/picdesk.json\n"
		"fetch:\n"
		"  {max_concurrency: 32, host_concurrency: 2, host_interval: 100ms, timeout: 10s, "
		"max_retries: 1,\n"
		"   connect_timeout: 2s, max_time: 10m, max_redirects: 3, max_bytes: 5MiB, "
		"max_pixels: 50M,\n"
		"   accept: '200', user_agent: Bot/1, proxy: 'http://p:1', cacert: picdesk.yml, "
		"insecure: true,\n"
		"   allow_private: [10.0.0.0/8], allow_downgrade: yes, require_sandbox: on, "
		"headers: {X: y}}\n"
		"hosts:\n"
		"  I.ytimg.COM: {concurrency: 10, interval: 0ms, headers: {Authorization: 'Bearer "
		"${PICDESK_TEST_TOKEN}'}}\n"
		"  '*.example.org': {interval: 2s}\n"
		"check: {fail_on: warning, ignore: ['^https://old'], severity: {insecure: off, "
		"gone: warning}}\n"
		"cache: {max_size: 5GiB, min_age: 0s, max_age: 30d}\n";
	struct settings s;
	struct buf errors;
	enum config_result result;

	(void)state;
	setenv("PICDESK_TEST_TOKEN", "abc", 1);
	result = load(text, &s, &errors);
	if (result != CONFIG_OK)
		fail_msg("%s", buf_string(&errors));
	assert_int_equal(s.content.count, 2);
	assert_string_equal(s.content.items[0], ".");
	assert_string_equal(s.content.items[1], "posts");
	assert_string_equal(s.exclude_paths.items[0], "drafts");
	assert_string_equal(s.image_keys.items[1], "hero");
	assert_string_equal(s.lazy_attributes.items[0], "data-src");
	assert_non_null(string_list_or_null(&s.shortcodes));
	assert_int_equal(s.shortcodes.count, 0);
	assert_null(string_list_or_null(&s.include));
	assert_false(s.unpublished);
	assert_int_equal(s.n_specs, 3);
	assert_string_equal(s.specs[0].name, "card");
	assert_int_equal(s.specs[0].width_px, 640);
	assert_int_equal(s.specs[0].height_px, 360);
	assert_int_equal(s.specs[0].fit, THUMB_COVER);
	assert_int_equal(s.specs[0].position, THUMB_TOP_LEFT);
	assert_int_equal(s.specs[0].format, THUMB_JPEG);
	assert_int_equal(s.specs[0].quality, 80);
	assert_string_equal(s.specs[1].name, "small");
	assert_int_equal(s.specs[1].quality, 75);
	assert_true(s.specs[1].has_background);
	assert_int_equal(s.specs[1].background[2], 255);
	assert_string_equal(s.specs[2].name, "small@2x");
	assert_int_equal(s.specs[2].width_px, 640);
	assert_int_equal(s.specs[2].height_px, 0);
	assert_string_equal(s.publish, "assets/thumbs");
	assert_string_equal(s.manifest, "_data/picdesk.json");
	assert_int_equal(s.max_concurrency, 32);
	assert_int_equal(s.host_concurrency, 2);
	assert_int_equal(s.host_interval_ms, 100);
	assert_int_equal(s.timeout_ms, 10000);
	assert_int_equal(s.max_retries, 1);
	assert_int_equal(s.connect_timeout_ms, 2000);
	assert_int_equal(s.max_time_ms, 600000);
	assert_int_equal(s.max_redirects, 3);
	assert_int_equal(s.max_bytes, 5 << 20);
	assert_int_equal(s.max_pixels, 50000000);
	assert_string_equal(s.accept, "200");
	assert_string_equal(s.user_agent, "Bot/1");
	assert_string_equal(s.proxy, "http://p:1");
	assert_true(!strncmp(s.cacert, root, strlen(root)) && strstr(s.cacert, "/picdesk.yml"));
	assert_true(s.insecure && s.allow_downgrade && s.require_sandbox && !s.allow_private);
	assert_int_equal(s.n_allow_cidrs, 1);
	assert_string_equal(s.headers.items[0], "X: y");
	assert_int_equal(s.n_hosts, 2);
	assert_string_equal(s.hosts[0].host, "i.ytimg.com");
	assert_int_equal(s.hosts[0].concurrency, 10);
	assert_int_equal(s.hosts[0].interval_ms, 0);
	assert_string_equal(s.hosts[0].headers[0], "Authorization: Bearer abc");
	assert_null(s.hosts[0].headers[1]);
	assert_string_equal(s.hosts[1].host, "*.example.org");
	assert_int_equal(s.hosts[1].concurrency, 0);
	assert_int_equal(s.hosts[1].interval_ms, 2000);
	assert_null(s.hosts[1].headers);
	assert_int_equal(s.fail_on, FAIL_ON_WARNING);
	assert_string_equal(s.check_ignore.items[0], "^https://old");
	assert_int_equal(s.n_severities, 2);
	assert_string_equal(s.severities[1].code, "gone");
	assert_string_equal(s.severities[1].severity, "warning");
	assert_true(s.cache_max_size_bytes == 5LL << 30);
	assert_int_equal(s.min_age_ms, 0);
	assert_int_equal(s.max_age_ms, 30 * 86400000LL);
	assert_int_equal(s.origins[SETTING_THUMBS].source, SOURCE_FILE);
	assert_int_equal(s.origins[SETTING_PUBLISH].line, 10);
	assert_int_equal(s.origins[SETTING_JOBS].source, SOURCE_DEFAULT);
	assert_string_equal(s.config_loaded, "picdesk.yml");
	buf_release(&errors);
	settings_release(&s);
}

static void nothing_is_needed(void **state)
{
	static const char *const texts[] = {
		"",
		"# only a comment\n",
		"---\n",
		"fetch:\nthumbs: ~\nhosts: null\ncheck: {}\n",
		"hosts: {a.example: }\ncheck: {severity: {gone: }}\n",
		"fetch: {headers: {Referer: }}\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		struct settings settings;
		struct buf errors;

		if (load(texts[i], &settings, &errors))
			fail_msg("%s%s", texts[i], buf_string(&errors));
		assert_int_equal(settings.n_specs, 2);
		assert_string_equal(settings.specs[0].name, "card");
		assert_int_equal(settings.specs[1].width_px, 320);
		buf_release(&errors);
		settings_release(&settings);
	}
}

static void anchors_and_merge_keys_work(void **state)
{
	struct settings settings;
	struct buf errors;

	(void)state;
	if (load("thumbs:\n  a: &a {width: 100, quality: 50}\n  b: {width: 200, <<: *a}\n",
		 &settings, &errors))
		fail_msg("%s", buf_string(&errors));
	assert_int_equal(settings.n_specs, 2);
	assert_int_equal(settings.specs[1].width_px, 200);
	assert_int_equal(settings.specs[1].quality, 50);
	buf_release(&errors);
	settings_release(&settings);
}

static void content_is_relative_to_the_file(void **state)
{
	static const char text[] = "content: [., ../posts]\n";
	static const char outside[] = "content: ../..\n";
	struct settings settings;
	struct buf errors;

	(void)state;
	if (load_in("conf/", text, strlen(text), &settings, &errors))
		fail_msg("%s", buf_string(&errors));
	assert_string_equal(settings.content.items[0], "conf");
	assert_string_equal(settings.content.items[1], "posts");
	buf_release(&errors);
	settings_release(&settings);
	assert_int_equal(load_in("conf/", outside, strlen(outside), &settings, &errors),
			 CONFIG_BAD_FILE);
	buf_release(&errors);
	settings_release(&settings);
}

static void stops_at_twenty_errors(void **state)
{
	struct settings settings;
	struct buf errors, text;
	size_t lines = 0;

	(void)state;
	buf_init(&text, 10000);
	for (int i = 0; i < 25; i++)
		buf_printf(&text, "unknown%d: 1\n", i);
	assert_int_equal(load(buf_string(&text), &settings, &errors), CONFIG_BAD_FILE);
	for (const char *c = buf_string(&errors); *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 21);
	assert_non_null(strstr(errors.data, "picdesk.yml: and 5 more\n"));
	buf_release(&errors);
	buf_release(&text);
	settings_release(&settings);
}

static void refuses_what_is_no_text(void **state)
{
	struct settings settings;
	struct buf errors = BUF_INIT(10000);
	char *large = alloc_zeroed(1, CONFIG_MAX_BYTES + 1);
	char *fifo = alloc_printf("%s/fifo", root);

	(void)state;
	settings_init(&settings);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(config_file(&settings, root, "x.yml", root, &errors), CONFIG_BAD_FILE);
	assert_int_equal(config_file(&settings, "/nonexistent", "y.yml", root, &errors),
			 CONFIG_BAD_FILE);
	assert_int_equal(config_file(&settings, fifo, "z.yml", root, &errors), CONFIG_BAD_FILE);
	unlink(fifo);
	free(fifo);
	assert_string_equal(buf_string(&errors),
			    "x.yml: cannot be read: Is a directory\n"
			    "y.yml: cannot be read: No such file or directory\n"
			    "z.yml: cannot be read: not a regular file\n");
	settings_release(&settings);
	buf_release(&errors);
	memset(large, ' ', CONFIG_MAX_BYTES + 1);
	assert_int_equal(load_in("", large, CONFIG_MAX_BYTES + 1, &settings, &errors),
			 CONFIG_BAD_FILE);
	assert_string_equal(buf_string(&errors),
			    "picdesk.yml: cannot be read: larger than 1 MiB\n");
	settings_release(&settings);
	buf_release(&errors);
	assert_int_equal(load_in("", "a: \xff\n", 5, &settings, &errors), CONFIG_BAD_FILE);
	settings_release(&settings);
	buf_release(&errors);
	free(large);
}

static void reads_the_environment(void **state)
{
	static const struct {
		const char *name, *text, *errors;
	} rows[] = {
		{"PICDESK_TIMEOUT", "30", "PICDESK_TIMEOUT: '30' has no unit; write 30s or 30ms\n"},
		{"PICDESK_MAX_CONCURRENCY", "9999",
		 "PICDESK_MAX_CONCURRENCY: '9999' is out of range"},
		{"PICDESK_OFFLINE", "perhaps",
		 "PICDESK_OFFLINE: 'perhaps' is neither true nor false\n"},
		{"PICDESK_FORMAT", "pdf",
		 "PICDESK_FORMAT: 'pdf' is none of text, json, jsonl, junit, sarif, github, "
		 "markdown or html"},
		{"PICDESK_HEADER", "s3cret", "PICDESK_HEADER: a header is written 'Name: value'\n"},
		{"PICDESK_TIMEOUT", "", ""},
		{"PICDESK_TIMEOUT", "9s", ""},
		{"PICDESK_OFFLINE", "1", ""},
		{"PICDESK_CACHE_DIR", "/var/cache/x", ""},
		{"PICDESK_FORMAT", "json", ""},
		{"PICDESK_VERBOSE", "2", ""},
		{"PICDESK_VERBOSE", "true", ""},
		{"PICDESK_VERBOSE", "much",
		 "PICDESK_VERBOSE: 'much' is neither true nor false, nor 0 to 3\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct settings settings;
		struct buf errors = BUF_INIT(10000);
		enum config_result result;

		settings_init(&settings);
		setenv(rows[i].name, rows[i].text, 1);
		result = config_environment(&settings, &errors);
		unsetenv(rows[i].name);
		assert_int_equal(result, *rows[i].errors ? CONFIG_BAD_ENVIRONMENT : CONFIG_OK);
		if (strncmp(buf_string(&errors), rows[i].errors, strlen(rows[i].errors)))
			fail_msg("%s", buf_string(&errors));
		buf_release(&errors);
		settings_release(&settings);
	}
}

static void the_environment_stands_between(void **state)
{
	struct settings settings;
	struct buf errors = BUF_INIT(10000);
	char path[SCRATCH_BYTES + 32];

	(void)state;
	settings_init(&settings);
	setenv("PICDESK_TIMEOUT", "9s", 1);
	setenv("PICDESK_MAX_RETRIES", "9", 1);
	setenv("NO_COLOR", "1", 1);
	option_set(option_of_setting(SETTING_MAX_RETRIES), "3", SOURCE_FLAG, 0, &settings, NULL);
	assert_int_equal(config_environment(&settings, &errors), CONFIG_OK);
	snprintf(path, sizeof path, "%s/picdesk.yml", root);
	write_file(path, "fetch: {timeout: 1s, max_bytes: 1k}\n", 36);
	assert_int_equal(config_file(&settings, path, "picdesk.yml", root, &errors), CONFIG_OK);
	assert_int_equal(settings.timeout_ms, 9000);
	assert_int_equal(settings.max_retries, 3);
	assert_int_equal(settings.max_bytes, 1000);
	assert_int_equal(settings.color, COLOR_NEVER);
	assert_int_equal(settings.origins[SETTING_TIMEOUT].source, SOURCE_ENVIRONMENT);
	unsetenv("PICDESK_TIMEOUT");
	unsetenv("PICDESK_MAX_RETRIES");
	unsetenv("NO_COLOR");
	buf_release(&errors);
	settings_release(&settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_each_error_and_its_place),
		cmocka_unit_test(reads_every_key),
		cmocka_unit_test(nothing_is_needed),
		cmocka_unit_test(anchors_and_merge_keys_work),
		cmocka_unit_test(content_is_relative_to_the_file),
		cmocka_unit_test(stops_at_twenty_errors),
		cmocka_unit_test(refuses_what_is_no_text),
		cmocka_unit_test(reads_the_environment),
		cmocka_unit_test(the_environment_stands_between),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
