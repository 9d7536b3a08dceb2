#include "nearest.h"

#include <string.h>

static char fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '_' ? '-' : c;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned nearest_distance(const char *a, const char *b)
{
	unsigned rows[3][NEAREST_MAX_BYTES + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2], *spare;
	size_t a_bytes = strlen(a), b_bytes = strlen(b);

	for (size_t j = 0; j <= b_bytes; j++)
		above[j] = (unsigned)j;
	for (size_t i = 1; i <= a_bytes; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_bytes; j++) {
			unsigned cost = fold(a[i - 1]) != fold(b[j - 1]);

			row[j] = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + cost);
			if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
			    fold(a[i - 2]) == fold(b[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return above[b_bytes];
}

/* The only word that begins with `word`; at least 3 letters, or it says too little. */
static const char *only_completion(const char *word, const char *const *words, size_t n_words)
{
	const char *found = NULL;
	size_t length = strlen(word);

	if (length < 3)
		return NULL;
	for (size_t i = 0; i < n_words; i++) {
		if (strncmp(words[i], word, length))
			continue;
		if (found)
			return NULL;
		found = words[i];
	}
	return found;
}

const char *nearest_word(const char *word, const char *const *words, size_t n_words)
{
	size_t length = strlen(word);
	unsigned best = (unsigned)(length + 2) / 3 + 1;
	const char *found = only_completion(word, words, n_words);

	if (found || !length || length > NEAREST_MAX_BYTES)
		return found;
	for (size_t i = 0; i < n_words; i++) {
		unsigned distance;

		if (strlen(words[i]) > NEAREST_MAX_BYTES)
			continue;
		distance = nearest_distance(word, words[i]);
		if (distance < best && distance < length) {
			best = distance;
			found = words[i];
		}
	}
	return found;
}
