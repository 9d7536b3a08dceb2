#include "ignore.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

struct ignore_pattern {
	char *folder; /* whose file it stands in */
	char *glob;   /* relative to the folder; "**" + "/" in front when it is not anchored */
	bool is_negated, folders_only;
};

struct ignore {
	struct ignore_pattern *items;
	size_t count, capacity;
};

struct ignore *ignore_new(void)
{
	return alloc_zeroed(1, sizeof(struct ignore));
}

size_t ignore_count(const struct ignore *ignore)
{
	return ignore->count;
}

void ignore_cut(struct ignore *ignore, size_t count)
{
	while (ignore->count > count) {
		struct ignore_pattern *pattern = &ignore->items[--ignore->count];

		free(pattern->folder);
		free(pattern->glob);
	}
}

void ignore_free(struct ignore *ignore)
{
	if (!ignore)
		return;
	ignore_cut(ignore, 0);
	free(ignore->items);
	free(ignore);
}

/* A carriage return and trailing spaces go, unless a backslash stands before them; a tab stays. */
static size_t trimmed_length(const char *line, size_t length_bytes)
{
	size_t kept = 0;

	if (length_bytes > 0 && line[length_bytes - 1] == '\r')
		length_bytes--;
	for (size_t i = 0; i < length_bytes; i++) {
		if (line[i] == ' ')
			continue;
		if (line[i] == '\\' && i + 1 < length_bytes)
			i++;
		kept = i + 1;
	}
	return kept;
}

static void add_line(struct ignore *ignore, const char *folder, const char *line,
		     size_t length_bytes)
{
	struct ignore_pattern pattern = {0};
	bool is_anchored;

	length_bytes = trimmed_length(line, length_bytes);
	if (length_bytes == 0 || line[0] == '#' || memchr(line, '\0', length_bytes))
		return;
	if (line[0] == '!') {
		pattern.is_negated = true;
		line++;
		length_bytes--;
	}
	if (length_bytes > 0 && line[length_bytes - 1] == '/') {
		pattern.folders_only = true;
		length_bytes--;
	}
	if (length_bytes == 0)
		return;
	is_anchored = memchr(line, '/', length_bytes) != NULL;
	if (line[0] == '/') {
		line++;
		length_bytes--;
	}
	pattern.folder = alloc_string(folder);
	pattern.glob = alloc_printf("%s%.*s", is_anchored ? "" : "**/", (int)length_bytes, line);
	ALLOC_GROW(ignore->items, ignore->count, ignore->capacity);
	ignore->items[ignore->count++] = pattern;
}

void ignore_add_pattern(struct ignore *ignore, const char *folder, const char *pattern)
{
	add_line(ignore, folder, pattern, strlen(pattern));
}

void ignore_add_file(struct ignore *ignore, const char *folder, const char *text,
		     size_t length_bytes)
{
	size_t start = length_bytes >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;

	while (start < length_bytes) {
		const char *newline = memchr(text + start, '\n', length_bytes - start);
		size_t end = newline ? (size_t)(newline - text) : length_bytes;

		add_line(ignore, folder, text + start, end - start);
		start = end + 1;
	}
}

/* "alpha" of [:alpha:]. An unknown name holds nothing. */
static bool is_in_named_class(const char *name, const char *end, unsigned char c)
{
	static const struct {
		const char *name;
		int (*holds)(int c);
	} classes[] = {
		{"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
		{"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
		{"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit},
	};
	size_t n = (size_t)(end - name);

	for (size_t i = 0; i < ARRAY_LENGTH(classes); i++)
		if (strlen(classes[i].name) == n && !memcmp(classes[i].name, name, n))
			return classes[i].holds(c) != 0;
	return false;
}

/* The names are short: to look no further keeps any pattern linear. */
static const char *end_of_class_name(const char *name)
{
	return memmem(name, strnlen(name, sizeof "xdigit:]"), ":]", 2);
}

/* `[a-z]` at `pattern` holds c; *ret_next is behind it. One that is never closed holds nothing. */
static bool match_class(const char *pattern, char c, const char **ret_next)
{
	const char *at = pattern + 1, *name_end;
	bool is_negated = *at == '!' || *at == '^', holds = false;

	at += is_negated;
	for (const char *first = at; *at && (*at != ']' || at == first); at++) {
		unsigned char low, high;

		if (*at == '[' && at[1] == ':' && (name_end = end_of_class_name(at + 2))) {
			holds = holds || is_in_named_class(at + 2, name_end, (unsigned char)c);
			at = name_end + 1;
			continue;
		}
		if (*at == '\\' && at[1])
			at++;
		low = high = (unsigned char)*at;
		if (at[1] == '-' && at[2] && at[2] != ']') {
			at += 2;
			if (*at == '\\' && at[1])
				at++;
			high = (unsigned char)*at;
		}
		/* The first of "z-a" is in it, as git reads that. */
		holds = holds || (unsigned char)c == low ||
			((unsigned char)c >= low && (unsigned char)c <= high);
	}
	if (*at != ']')
		return false;
	*ret_next = at + 1;
	return c != '/' && holds != is_negated;
}

/* One character of the pattern that is no star; false: no match. */
static bool match_one(const char **pattern, char c)
{
	const char *at = *pattern;

	switch (*at) {
	case '?':
		*pattern = at + 1;
		return c != '/';
	case '[':
		return match_class(at, c, pattern);
	case '\\':
		if (at[1])
			at++;
		break;
	}
	*pattern = at + 1;
	return *at == c;
}

/* `**` between slashes; anywhere else two stars are one. */
static bool is_double_star(const char *start, const char *at)
{
	return at[0] == '*' && at[1] == '*' && (at == start || at[-1] == '/') &&
	       (at[2] == '/' || !at[2]);
}

/*
 * Two places to go back to suffice: the last `*`, and the last `**` before it. What an earlier star
 * took can only be more than it needs.
 */
bool ignore_glob(const char *pattern, const char *text)
{
	const char *start = pattern;
	const char *star = NULL, *star_text = NULL;
	const char *double_star = NULL, *double_star_text = NULL;

	for (;;) {
		const char *next = pattern;

		if (is_double_star(start, pattern)) {
			if (!pattern[2])
				return *text != '\0';
			pattern += 3; /* no folder at all is enough */
			double_star = pattern;
			double_star_text = text;
			star = NULL;
			continue;
		}
		if (*pattern == '*') {
			star = ++pattern;
			star_text = text;
			continue;
		}
		if (*pattern && *text && match_one(&next, *text)) {
			pattern = next;
			text++;
			continue;
		}
		if (!*pattern && !*text)
			return true;
		if (star && *star_text && *star_text != '/') {
			pattern = star;
			text = ++star_text;
			continue;
		}
		if (!double_star)
			return false;
		star = NULL;
		double_star_text = strchr(double_star_text, '/');
		if (!double_star_text)
			return false;
		double_star_text++;
		pattern = double_star;
		text = double_star_text;
	}
}

static bool pattern_matches(const struct ignore_pattern *pattern, const char *path, bool is_folder)
{
	size_t n = strlen(pattern->folder);

	if (pattern->folders_only && !is_folder)
		return false;
	if (n == 1)
		n = 0; /* "/" */
	if (strncmp(path, pattern->folder, n) != 0 || path[n] != '/')
		return false;
	return ignore_glob(pattern->glob, path + n + 1);
}

bool ignore_matches(const struct ignore *ignore, size_t first, const char *path, bool is_folder)
{
	for (size_t i = ignore->count; i > first; i--)
		if (pattern_matches(&ignore->items[i - 1], path, is_folder))
			return !ignore->items[i - 1].is_negated;
	return false;
}
