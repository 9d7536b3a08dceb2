/*
 * nearest.h: which of the known words somebody meant by an unknown one.
 */
#ifndef NEAREST_H
#define NEAREST_H

#include <stddef.h>

#define NEAREST_MAX_BYTES 64 /* longer words have no neighbours */

/* Letters inserted, dropped, replaced or swapped with their neighbour that turn one word into the
 * other (optimal string alignment), letter case and '-' against '_' not counted. Both words have at
 * most NEAREST_MAX_BYTES. */
unsigned nearest_distance(const char *a, const char *b);

/* The only word that `word` begins, else the one at the least distance (the first of several); NULL
 * when all are too far: more than a third of its letters. */
const char *nearest_word(const char *word, const char *const *words, size_t n_words);

#endif
