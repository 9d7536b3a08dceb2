#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "host_name.h"
#include "nearest.h"
#include "quoted.h"
#include "shard.h"
#include "units.h"
#include "url_pattern.h"
#include "utf8.h"

#define MAX_TEXT_BYTES 4096
#define MAX_PATTERN_BYTES 1000
#define MAX_PATTERN_REPEATS 10000
#define MAX_LIST_ITEMS 10000
#define MAX_CIDRS 1000

static int bad_number(const struct option *option, const char *text, enum units_error error,
		      struct fault *fault)
{
	struct quoted shown = quoted(text);
	const char *form = option->kind == OPTION_DURATION   ? "500ms, 30s, 2m, 24h, 7d or 2w"
			   : option->kind == OPTION_SIZE     ? "500k, 20MiB or 5GiB"
			   : option->kind == OPTION_MULTIPLE ? "5000000 or 100M"
							     : NULL; /* no unit */

	if (!form && error != UNITS_TOO_LARGE)
		return fault_raise(fault, -EINVAL, "%s is no whole number", shown.text);
	switch (error) {
	case UNITS_NO_UNIT:
		return fault_raise(fault, -EINVAL, "%s has no unit; write %.20ss or %.20sms",
				   shown.text, text, text);
	case UNITS_TOO_LARGE:
		return fault_raise(fault, -EINVAL, "%s is too large a number", shown.text);
	case UNITS_UNKNOWN_UNIT:
		if (strchr(".,", text[strspn(text, "0123456789")]))
			return fault_raise(
				fault, -EINVAL,
				"%s is no whole number, without '.' and ','; write it like %s",
				shown.text, form);
		return fault_raise(fault, -EINVAL, "%s: unknown unit; write it like %s", shown.text,
				   form);
	default:
		return fault_raise(fault, -EINVAL, "%s is no %s; write it like %s", shown.text,
				   option->kind == OPTION_DURATION ? "duration"
				   : option->kind == OPTION_SIZE   ? "size"
								   : "number",
				   form);
	}
}

static enum units_error parse_int64(const struct option *option, const char *text,
				    int64_t *ret_value)
{
	switch (option->kind) {
	case OPTION_DURATION:
		return units_parse_duration(text, ret_value);
	case OPTION_SIZE:
		return units_parse_size(text, ret_value);
	case OPTION_MULTIPLE:
		return units_parse_multiple(text, ret_value);
	default:
		return units_parse_number(text, ret_value);
	}
}

static int check_int64(const struct option *option, const char *text, int64_t *ret_value,
		       struct fault *fault)
{
	char low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES];
	enum units_error error = parse_int64(option, text, ret_value);

	if (error)
		return bad_number(option, text, error, fault);
	if (*ret_value >= option->minimum && *ret_value <= option->maximum)
		return 0;
	option_format_int64(option, option->minimum, low);
	option_format_int64(option, option->maximum, high);
	if (option->maximum == INT64_MAX)
		return fault_raise(fault, -EINVAL, "%s is too small; the least is %s",
				   quoted(text).text, low);
	return fault_raise(fault, -EINVAL, "%s is out of range; it takes %s to %s",
			   quoted(text).text, low, high);
}

static size_t count_choices(const char *const *choices)
{
	size_t n = 0;

	while (choices[n])
		n++;
	return n;
}

static int check_choice(const char *const *choices, const char *text, int *ret_index,
			struct fault *fault)
{
	CLEANUP(buf_release) struct buf list = BUF_INIT(1000);
	size_t n = count_choices(choices);
	const char *nearest = nearest_word(text, choices, n);

	for (size_t i = 0; i < n; i++) {
		if (!strcmp(choices[i], text)) {
			*ret_index = (int)i;
			return 0;
		}
		buf_printf(&list, "%s%s", i ? i + 1 == n ? " or " : ", " : "", choices[i]);
	}
	if (nearest)
		return fault_raise(fault, -EINVAL, "%s is none of %s; did you mean %s?",
				   quoted(text).text, buf_string(&list), nearest);
	return fault_raise(fault, -EINVAL, "%s is none of %s", quoted(text).text,
			   buf_string(&list));
}

/* "1", "true", "yes", "on" and their opposites, as in YAML 1.1; the environment's and
 * picdesk.yml's. */
static int check_bool(const char *text, bool *ret_value, struct fault *fault)
{
	static const char *const yes[] = {"true", "yes", "on", "1"};
	static const char *const no[] = {"false", "no", "off", "0"};

	for (size_t i = 0; i < ARRAY_LENGTH(yes); i++) {
		if (!strcasecmp(text, yes[i]) || !strcasecmp(text, no[i])) {
			*ret_value = !strcasecmp(text, yes[i]);
			return 0;
		}
	}
	return fault_raise(fault, -EINVAL, "%s is neither true nor false", quoted(text).text);
}

static int check_text(const char *text, struct fault *fault)
{
	if (!*text)
		return fault_raise(fault, -EINVAL, "a value is missing");
	if (strlen(text) > MAX_TEXT_BYTES)
		return fault_raise(fault, -EINVAL, "is longer than %d bytes", MAX_TEXT_BYTES);
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return fault_raise(fault, -EINVAL, "has a control character in it");
	return 0;
}

/* glibc's compiler unrolls `{n,m}`: nested ones ask for n * m states, and gigabytes. */
static bool repeats_too_much(const char *text)
{
	long product = 1;

	for (const char *c = text; *c; c++) {
		long most = 0;

		if (*c != '{')
			continue;
		for (c++; *c && *c != '}'; c++) {
			char *end;
			long count;

			if (!isdigit((unsigned char)*c))
				continue;
			count = strtol(c, &end, 10);
			c = end - 1;
			most = count > most ? count : most;
		}
		if (most > MAX_PATTERN_REPEATS || (most && (product *= most) > MAX_PATTERN_REPEATS))
			return true;
		if (!*c)
			return false;
	}
	return false;
}

/* Behind a bracket expression, in which a backslash is a character as any other. */
static const char *skip_bracket(const char *c)
{
	c += c[1] == '^' ? 2 : 1;
	for (c += *c == ']'; *c && *c != ']'; c++) {
		const char end[] = {c[1], ']', '\0'};
		const char *close =
			*c == '[' && c[1] && strchr(":.=", c[1]) ? strstr(c + 2, end) : NULL;

		if (close)
			c = close + 1;
	}
	return *c ? c + 1 : c;
}

/* No part of a POSIX extended expression, but of glibc's: it looks for one in exponential time,
 * which no signal ends. */
static bool refers_back(const char *text)
{
	for (const char *c = text; *c;) {
		if (*c == '[') {
			c = skip_bracket(c);
		} else if (*c == '\\' && c[1]) {
			if (c[1] >= '1' && c[1] <= '9')
				return true;
			c += 2;
		} else {
			c++;
		}
	}
	return false;
}

int option_check_pattern(const char *text, struct fault *fault)
{
	regex_t regex;
	int error = check_text(text, fault);

	if (error)
		return error;
	if (strlen(text) > MAX_PATTERN_BYTES)
		return fault_raise(fault, -EINVAL, "the pattern is longer than %d bytes",
				   MAX_PATTERN_BYTES);
	if (repeats_too_much(text))
		return fault_raise(fault, -EINVAL, "the pattern %s repeats more than %d times",
				   quoted(text).text, MAX_PATTERN_REPEATS);
	if (refers_back(text))
		return fault_raise(fault, -EINVAL,
				   "the pattern %s refers back (\\1), which is no part of an "
				   "extended regular expression",
				   quoted(text).text);
	error = url_pattern_compile(text, &regex);
	if (error) {
		char message[100];

		regerror(error, &regex, message, sizeof message);
		return fault_raise(fault, -EINVAL, "%s is no regular expression: %s",
				   quoted(text).text, message);
	}
	regfree(&regex);
	return 0;
}

/* RFC 9110 section 5.6.2: tchar. */
static bool is_token_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* Those that frame a message, or that the cache and the fetcher depend on. */
static bool is_own_header(const char *name, size_t length_bytes)
{
	static const char *const names[] = {
		"accept-encoding",
		"connection",
		"content-length",
		"expect",
		"host",
		"if-match",
		"if-modified-since",
		"if-none-match",
		"if-range",
		"if-unmodified-since",
		"keep-alive",
		"proxy-connection",
		"range",
		"te",
		"trailer",
		"transfer-encoding",
		"upgrade",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (strlen(names[i]) == length_bytes && !strncasecmp(names[i], name, length_bytes))
			return true;
	return false;
}

int option_check_header(const char *text, struct fault *fault)
{
	size_t name_bytes = 0;
	const char *value;

	while (is_token_char(text[name_bytes]))
		name_bytes++;
	if (!name_bytes || text[name_bytes] != ':')
		return fault_raise(fault, -EINVAL, "a header is written 'Name: value'");
	value = text + name_bytes + 1;
	value += strspn(value, " \t");
	if (!*value)
		return fault_raise(fault, -EINVAL, "the header %.*s has no value",
				   (int)(name_bytes < 60 ? name_bytes : 60), text);
	if (strlen(text) > MAX_TEXT_BYTES)
		return fault_raise(fault, -EINVAL, "the header is longer than %d bytes",
				   MAX_TEXT_BYTES);
	for (; *value; value++)
		if (((unsigned char)*value < 0x20 && *value != '\t') || *value == 0x7f)
			return fault_raise(fault, -EINVAL,
					   "the header %.*s has a control character in its value",
					   (int)(name_bytes < 60 ? name_bytes : 60), text);
	if (is_own_header(text, name_bytes))
		return fault_raise(fault, -EINVAL, "picdesk sets the header %.*s itself",
				   (int)name_bytes, text);
	return 0;
}

int option_check_inside(const char *text, char **ret_path, struct fault *fault)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT(MAX_TEXT_BYTES);
	int error = check_text(text, fault);

	if (error)
		return error;
	if (*text == '/')
		return fault_raise(fault, -EINVAL, "%s must be relative to the site's root",
				   quoted(text).text);
	for (const char *part = text; *part;) {
		size_t length = strcspn(part, "/");

		if (length == 2 && !memcmp(part, "..", 2))
			return fault_raise(fault, -EINVAL, "%s leaves the site", quoted(text).text);
		if (length == 4 && !memcmp(part, ".git", 4))
			return fault_raise(fault, -EINVAL, "%s lies in .git", quoted(text).text);
		if (length && !(length == 1 && *part == '.')) {
			if (path.length_bytes)
				buf_append_char(&path, '/');
			buf_append(&path, part, length);
		}
		part += length;
		part += strspn(part, "/");
	}
	if (!path.length_bytes)
		return fault_raise(fault, -EINVAL,
				   "%s is the site's root itself; name a path below it",
				   quoted(text).text);
	*ret_path = buf_steal(&path);
	return 0;
}

/* "proxy.example:3128", "[::1]", perhaps a '/' behind it. */
static bool is_host_and_port(const char *text)
{
	size_t host = *text == '[' ? strcspn(text, "]") + 1 : strcspn(text, ":/");
	const char *port = text + host;
	size_t digits;

	if (!host || host > strlen(text) || *port != ':')
		return host && host <= strlen(text) && (!*port || *port == '/');
	digits = strspn(++port, "0123456789");
	return digits && digits <= 5 && (!port[digits] || port[digits] == '/') &&
	       strtoul(port, NULL, 10) - 1 < UINT16_MAX;
}

/* What libcurl takes: scheme, perhaps a user, host, port. */
static bool is_proxy(const char *text)
{
	static const char *const schemes[] = {"http",    "https",  "socks4",
					      "socks4a", "socks5", "socks5h"};
	const char *separator = strstr(text, "://"), *user_end;
	bool is_known = !separator;

	for (size_t i = 0; separator && i < ARRAY_LENGTH(schemes); i++)
		is_known |= strlen(schemes[i]) == (size_t)(separator - text) &&
			    !strncasecmp(schemes[i], text, strlen(schemes[i]));
	text = separator ? separator + 3 : text;
	if (!is_known || strpbrk(text, " \t"))
		return false;
	user_end = strrchr(text, '@');
	return is_host_and_port(user_end ? user_end + 1 : text);
}

static int set_string(const struct option *option, const char *text, bool is_claimed, char **field,
		      struct fault *fault)
{
	CLEANUP(cleanup_free) char *copy = NULL;
	struct shard shard;
	int error = option->kind == OPTION_INSIDE    ? option_check_inside(text, &copy, fault)
		    : option->kind == OPTION_PATTERN ? option_check_pattern(text, fault)
						     : check_text(text, fault);

	if (error)
		return error;
	if (option->kind == OPTION_SHARD && !shard_parse(text, &shard))
		return fault_raise(fault, -EINVAL,
				   "%s is no part of the images; write it like 2/5, at most %d",
				   quoted(text).text, SHARD_MAX_COUNT);
	if (option->kind == OPTION_STATUSES && !fetch_accept_status_is_valid(text))
		return fault_raise(fault, -EINVAL,
				   "%s is no list of HTTP statuses; write it like 200..=204,206",
				   quoted(text).text);
	if (option->kind == OPTION_PROXY && !is_proxy(text))
		return fault_raise(fault, -EINVAL,
				   "it takes a proxy such as http://proxy.example:3128; the "
				   "schemes are http, "
				   "https, socks4, socks4a, socks5 and socks5h");
	if (!copy)
		copy = alloc_string(text);
	if (is_claimed) {
		free(*field);
		*field = copy;
		copy = NULL;
	}
	return 0;
}

static int check_host_name(const char *text, char **ret_name, struct fault *fault)
{
	int port = 0, error = check_text(text, fault);
	CLEANUP(cleanup_free) char *name = NULL;

	if (error)
		return error;
	name = host_name_canonical(text, &port);
	if (!name)
		return fault_raise(fault, -EINVAL, "%s is no host; write it like " HOST_NAME_FORM,
				   quoted(text).text);
	*ret_name = port ? alloc_printf("%s:%d", name, port) : alloc_string(name);
	return 0;
}

static int add_to_list(const struct option *option, const char *text, bool is_claimed,
		       bool is_first, struct string_list *list, struct fault *fault)
{
	CLEANUP(cleanup_free) char *host = NULL;
	int error = option->kind == OPTION_PATTERNS   ? option_check_pattern(text, fault)
		    : option->kind == OPTION_HEADERS  ? option_check_header(text, fault)
		    : option->kind == OPTION_HOSTNAME ? check_host_name(text, &host, fault)
						      : check_text(text, fault);

	if (error)
		return error;
	if (!is_claimed)
		return 0;
	if (is_first)
		string_list_clear(list);
	if (list->count >= MAX_LIST_ITEMS)
		return fault_raise(fault, -EINVAL, "has more than %d items", MAX_LIST_ITEMS);
	string_list_add(list, host ? host : text);
	return 0;
}

static int add_cidr(const char *text, bool is_claimed, struct settings *settings,
		    struct fault *fault)
{
	struct fetch_cidr cidr;

	if (!fetch_cidr_parse(text, &cidr))
		return fault_raise(
			fault, -EINVAL,
			"%s is no range of addresses; write it like 10.0.0.0/8,fd00::/8,127.0.0.1",
			quoted(text).text);
	if (!is_claimed)
		return 0;
	if (settings->n_allow_cidrs >= MAX_CIDRS)
		return fault_raise(fault, -EINVAL, "has more than %d ranges", MAX_CIDRS);
	settings->allow_cidrs = alloc_resized(settings->allow_cidrs, settings->n_allow_cidrs + 1,
					      sizeof *settings->allow_cidrs);
	settings->allow_cidrs[settings->n_allow_cidrs++] = cidr;
	return 0;
}

/* Bare, or a truth value, or a comma list of ranges. */
static int set_private(const char *text, bool is_claimed, bool is_first, struct settings *settings,
		       struct fault *fault)
{
	CLEANUP(cleanup_free) char *copy = alloc_string(text ? text : "true");
	bool value;

	if (is_claimed && is_first) {
		settings->allow_private = false;
		settings->n_allow_cidrs = 0;
	}
	if (!check_bool(copy, &value, NULL)) {
		if (is_claimed)
			settings->allow_private = value;
		return 0;
	}
	if (!*copy)
		return fault_raise(fault, -EINVAL, "a range of addresses is missing after '='");
	for (char *rest = copy, *item; (item = strsep(&rest, ","));) {
		int error = add_cidr(item, is_claimed, settings, fault);

		if (error)
			return error;
	}
	return 0;
}

/* From the environment: they fill in what the flags left open. */
static int set_output(const struct option *option, const char *text, bool is_claimed,
		      struct settings *settings, struct fault *fault)
{
	struct report_output *output = &settings->outputs[0];
	int format = 0, error;

	error = option->kind == OPTION_FORMAT ? check_choice(option->choices, text, &format, fault)
					      : check_text(text, fault);
	if (error || !is_claimed || settings->n_outputs != 1)
		return error;
	if (option->kind == OPTION_FORMAT) {
		output->format = (enum report_format)format;
		return 0;
	}
	free(output->path);
	output->path = strcmp(text, "-") ? alloc_string(text) : NULL;
	return 0;
}

static int set_counted(const char *text, bool is_claimed, int *field, struct fault *fault)
{
	struct fault no_bool = {0};
	int64_t count;
	bool truth = false;

	if (text && !check_bool(text, &truth, &no_bool))
		count = truth;
	else if (text && (units_parse_number(text, &count) || count > 3))
		return fault_raise(fault, -EINVAL, "%s is neither true nor false, nor 0 to 3",
				   quoted(text).text);
	if (is_claimed)
		*field = text ? (int)count : *field < 3 ? *field + 1 : 3;
	return 0;
}

int option_set(const struct option *option, const char *text, enum setting_source source,
	       unsigned line, struct settings *settings, struct fault *fault)
{
	void *field = option_field(option, settings);
	bool is_first = settings->origins[option->setting].source < source;
	bool is_claimed = settings_claim(settings, option->setting, source, line);
	int error = 0, choice = 0;
	int64_t number = 0;
	bool truth = true;

	switch (option->kind) {
	case OPTION_BOOL:
		error = text ? check_bool(text, &truth, fault) : 0;
		if (!error && is_claimed)
			*(bool *)field = truth;
		return error;
	case OPTION_COUNTED:
		return set_counted(text, is_claimed, field, fault);
	case OPTION_NUMBER:
	case OPTION_MULTIPLE:
	case OPTION_DURATION:
	case OPTION_SIZE:
		error = check_int64(option, text, &number, fault);
		if (!error && is_claimed)
			*(int64_t *)field = number;
		return error;
	case OPTION_CHOICE:
		error = check_choice(option->choices, text, &choice, fault);
		if (!error && is_claimed)
			*(int *)field = choice;
		return error;
	case OPTION_STRING:
	case OPTION_FILE:
	case OPTION_FOLDER:
	case OPTION_STATUSES:
	case OPTION_PROXY:
	case OPTION_INSIDE:
	case OPTION_PATTERN:
	case OPTION_SHARD:
		return set_string(option, text, is_claimed, field, fault);
	case OPTION_PATTERNS:
	case OPTION_HEADERS:
	case OPTION_LIST:
	case OPTION_HOSTNAME:
	case OPTION_PATHS:
		return add_to_list(option, text, is_claimed, is_first, field, fault);
	case OPTION_PRIVATE:
		return set_private(text, is_claimed, is_first, settings, fault);
	case OPTION_FORMAT:
	case OPTION_OUTPUT:
		return set_output(option, text, is_claimed, settings, fault);
	default:
		return fault_raise(fault, -EINVAL, "can only be set in picdesk.yml");
	}
}
