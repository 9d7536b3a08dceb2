/*
 * network.h: whether the network is down, rather than every host dead.
 *
 * Silent hosts are those whose name got no answer from a name server, whose address no route leads
 * to, or to which the user's own proxy makes no connection. As long as nothing at all has answered
 * (not even with a refusal or "no such name"; of a proxy its refusals are none), silent hosts are
 * no evidence against themselves. Later the network is lost where hosts that answered before are
 * silent and nothing else is heard meanwhile: a cable, a WLAN, a VPN. Pure but for
 * network_has_route().
 */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One silent name may be a dead host's, or no name may get an answer: another one tells. Every name
 * server answers for this one, if only that it will not. */
#define NETWORK_OTHER_NAME "a.root-servers.net"

enum network_question {
	NETWORK_NOT_ASKED,
	NETWORK_ASKED,
	NETWORK_SILENT, /* there was no answer for the other name either */
};

struct network {
	bool has_answered;    /* and has not been lost since */
	size_t n_silent;      /* hosts */
	int64_t answered_ms;  /* at last, on the monotonic clock; 0: never */
	int64_t back_ms;      /* when it answered again after it was lost; 0: never */
	bool is_lost;         /* it answered before: of hosts those count that did, too */
	bool is_cut;          /* no route leads to one of these */
	unsigned n_losses;    /* so far */
	bool has_silent_name; /* among them, one that no name server answered for */
	enum network_question other_name;
	/* The number of the last transfer that was begun when so many hosts were silent that the
	 * network is suspected; 0: it is not. */
	uint64_t suspected_at;
	bool is_proxied;       /* by the user's own proxy */
	bool has_proxy_spoken; /* of a host: that it cannot be reached, say */
};

/* `n_others`: hosts that are still being tried. A single silent host with a route to the outside is
 * judged by itself, unless the other name is silent, too, or a proxy has said nothing that makes
 * sense; so are several where one is a name, for dead names may be all that a run asks for; so is
 * every one after an answer. Dead hosts by the dozen are no sign beside a proxy that has spoken, for
 * it calls each of them unreachable: all others are waited for. */
bool network_is_down(const struct network *network, size_t n_others, bool has_route);
/* Enough hosts are silent: what is under way now may still prove the opposite, what comes later
 * need not be waited for. */
bool network_is_suspect(const struct network *network);
/* A host that answered before is silent, and since it was asked nothing else was heard. */
void network_lose(struct network *network);
/* It is lost, rather than a single host silent. */
bool network_is_away(const struct network *network);
/* Asks the routing table; no packet leaves. */
bool network_has_route(void);

#endif
