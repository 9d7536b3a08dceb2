/*
 * peer_flags.h: what people type who come from lychee, curl, Wget or img2dataset.
 */
#ifndef PEER_FLAGS_H
#define PEER_FLAGS_H

/* What picdesk has in the place of another tool's flag (without its "--"; letter case and '-'
 * against '_' don't count), as the end of a message; NULL when the flag is not known there either.
 * A flag that picdesk has itself is not in the table. */
const char *peer_flag_advice(const char *flag);

#endif
