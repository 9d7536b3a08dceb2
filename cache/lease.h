/*
 * lease.h: who asks the origin for a URL, when several processes share a cache.
 *
 *	lease_take(leases, url)         true: nobody else is asking; false: another process is
 *	lease_end(leases, url)          the answer is stored, or there is none
 *	leases_seal_ended(leases)       those answers are on their way to the disk
 *	leases_release_sealed(leases)   they are durable: others may look
 *	leases_share(leases)            every now and then: makes room for a process that came
 *
 * A lease is a byte of one of 16 files in the folder leases, both chosen by the URL's hash, locked
 * by an open file description lock (fcntl(2), F_OFD_SETLK). The kernel drops it with the process,
 * however it ends, and nothing is written. (The kernel looks through all locks of a file for each,
 * hence 16.) Two URLs of one hash wait for each other, which only costs time. Where the file system
 * has no such locks everybody asks.
 *
 * Who takes leases has a shared lock on the file present. While it is alone there, it locks all
 * files as a whole, and leases cost no system call; the locks are narrowed to the bytes in use when
 * another process has come. Until then that one is told that another asks, so nothing depends on
 * when it is seen.
 */
#ifndef LEASE_H
#define LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"

#define LEASES_NAME "leases"
#define LEASES_PRESENT_NAME "present" /* in it, beside the files "0" to "f" */

struct leases;

/* 0 or a negative errno with a fault. The folder's descriptor is borrowed. */
int leases_open(int folder_fd, struct leases **ret_leases, struct fault *fault);
/* Releases all. NULL is allowed. */
void leases_free(struct leases *leases);

/* Taking one that this handle holds succeeds. */
bool lease_take(struct leases *leases, const char *url);
void lease_end(struct leases *leases, const char *url);
/* All that have ended are released by the next leases_release_sealed(); who ends meanwhile is not.
 */
void leases_seal_ended(struct leases *leases);
void leases_release_sealed(struct leases *leases);

/* While all files are locked nobody else can ask for anything. The number that is noted first since
 * then is kept as long: what had it then is as it was. NULL has none. */
void leases_note_generation(struct leases *leases, uint32_t generation);
bool leases_have_generation(const struct leases *leases, uint32_t generation);

/* More is locked than what is asked for: call leases_share() again soon. NULL has nothing. */
bool leases_have_spare(const struct leases *leases);
/* When other processes take leases, too: gives them what this one has locked and does not need. */
void leases_share(struct leases *leases);

#endif
