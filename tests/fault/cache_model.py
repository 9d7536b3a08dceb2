"""What RFC 9111 and docs/ say that a run does with one URL, written a second time: which requests
it makes, what it says of the image, and what it remembers. It shares no code with picdesk.

	model = Model(world, Run("check"), now_s)
	model.look("http://...", entry)      an Expected: requests, verdict, entry

`world` has answer(url), verdict(picture), `decoded` (pictures whose verdict the cache knows) and
`paused` (host -> until when it is not to be asked). Times are seconds since the epoch."""

import dataclasses
import email.utils
import re
import urllib.parse
from typing import Any, Optional

MINUTE_S, HOUR_S, DAY_S, WEEK_S = 60, 3600, 86400, 7 * 86400
FOREVER = 2**62
MOST_REDIRECTS = 5
RUN_S = 90  # no run takes longer: what is nearer to an end than that is not clear


class NotClear(Exception):
    """It depends on how long the run takes: let some time pass, and ask again."""


def is_less(a, b):
    if a != b and abs(a - b) < RUN_S:
        raise NotClear
    return a < b


def directives(text):
    pairs = (part.strip().partition("=") for part in (text or "").split(","))
    return {name: int(value) if value else None for name, _, value in pairs if name}


@dataclasses.dataclass
class Answer:
    """What a server says at a URL, until it says something else."""

    status: int = 200
    picture: Optional[str] = None
    etag: Optional[str] = None
    last_modified: Optional[str] = None
    cache_control: Optional[str] = None
    age_s: int = 0
    location: Optional[str] = None
    retry_after_s: int = 0
    is_deaf: bool = False  # to conditions

    def is_not_modified(self, if_none_match, if_modified_since):
        if self.status != 200 or self.is_deaf:
            return False
        if if_none_match:
            return if_none_match == self.etag
        return bool(if_modified_since) and if_modified_since == self.last_modified


@dataclasses.dataclass
class Entry:
    """What the cache knows of a URL. first_failure_s without a failure: since when the bytes are no
    whole image."""

    picture: Optional[str] = None
    etag: Optional[str] = None
    last_modified: Optional[str] = None
    cache_control: Optional[str] = None
    age_s: int = 0
    response_s: float = 0
    checked_s: float = 0
    success_s: float = 0
    final_url: Optional[str] = None
    is_permanent: bool = False
    redirect_s: float = 0
    failure: Optional[str] = None
    code: Optional[str] = None
    first_failure_s: float = 0
    last_failure_s: float = 0
    streak: int = 0
    failure_lifetime_s: Optional[float] = None
    not_before_s: float = 0

    def has_failed(self):
        return self.failure not in (None, "deferred")


@dataclasses.dataclass
class Run:
    verb: str = "build"
    refresh: bool = False
    offline: bool = False
    quick: bool = False
    only: Optional[str] = None

    def is_check(self):
        return self.verb == "check"

    def arguments(self):
        flags = [f"--{name}" for name in ("refresh", "offline", "quick") if getattr(self, name)]
        return flags + (["--only", self.only] if self.only else [])


@dataclasses.dataclass
class Verdict:
    status: str
    code: Optional[str] = None  # of what is broken or blocked
    picture: Optional[str] = None
    source: str = "none"
    notes: frozenset = frozenset()
    last_good: Optional[str] = None


@dataclasses.dataclass
class Expected:
    requests: list  # (url, If-None-Match, If-Modified-Since)
    verdict: Verdict
    entry: Optional[Entry]


@dataclasses.dataclass
class Came:
    """The end of a chain of requests."""

    kind: str  # ok, not-modified, failure, pause (the host asks for one), paused
    answer: Any
    url: str
    hops: list  # (is permanent, lifetime)
    code: str = ""
    failure: str = ""


def stated_lifetime(answer):
    """None: nothing is stated."""
    said = directives(answer.cache_control)
    if "no-cache" in said or "no-store" in said:
        return 0
    return max(0, said["max-age"] - answer.age_s) if "max-age" in said else None


def lifetime(entry):
    """Of the response itself, RFC 9111 section 4.2.1 and 4.2.2."""
    said = directives(entry.cache_control)
    if "max-age" in said:
        return said["max-age"]
    if not entry.last_modified or not entry.response_s:
        return 0
    modified = email.utils.parsedate_to_datetime(entry.last_modified).timestamp()
    return min(max(0, entry.response_s - modified) / 10, WEEK_S)


def failure_of_status(status):
    """(code, kind of failure)"""
    if status in (404, 410):
        return "gone", "gone"
    if status in (401, 403, 429, 451):
        return "blocked", "blocked"
    return "http-error", "temporary" if status >= 500 else "other"


def memory(entry):
    if entry.failure_lifetime_s is not None:
        return entry.failure_lifetime_s
    if entry.failure == "temporary":
        return min(5 * MINUTE_S * 2 ** min(entry.streak - 1, 8), 6 * HOUR_S)
    days = {"gone": DAY_S, "not-an-image": DAY_S, "blocked": 6 * HOUR_S}
    return days.get(entry.failure, HOUR_S)


def host_of(url):
    return urllib.parse.urlsplit(url).netloc


class Model:
    def __init__(self, world, run, now_s):
        self.world, self.run, self.now_s = world, run, now_s

    # --- the cache's word ---

    def look(self, url, entry):
        self.url, self.entry = url, entry or Entry()
        self.is_left_out = self._is_left_out()
        self.is_refresh = self.run.refresh and not self.run.offline and not self.is_left_out
        if self.run.offline:
            return self._without_network()
        if self._is_good():
            return self._use_stored("cache")
        if self.is_left_out:
            return self._without_network()
        if self._is_deferred():
            return Expected([], self._deferred_verdict(), self.entry)
        if self._is_remembered():
            return Expected([], self._remembered_verdict(), self.entry)
        if self._may_be_used_meanwhile():
            return self._ask_beside()
        return self._ask()

    def _is_left_out(self):
        entry, only = self.entry, self.run.only
        has_failed = bool(entry.first_failure_s or entry.has_failed())
        if not only:
            return False
        if only == "broken":
            return not has_failed
        if only == "new":
            return bool(entry.picture) or has_failed
        return not re.search(only, self.url)

    def _age(self):
        return self.entry.age_s + self.now_s - self.entry.response_s

    def _is_fresh(self):
        entry = self.entry
        lifetime_s = lifetime(entry)
        if entry.final_url:
            lifetime_s = min(lifetime_s, entry.redirect_s + entry.age_s)
        if not entry.picture or self.is_refresh or "no-cache" in directives(entry.cache_control):
            return False
        return lifetime_s > 0 and is_less(self._age(), lifetime_s)

    def _is_good(self):
        """To use without asking. `check` goes by its own looks alone."""
        entry = self.entry
        if not entry.picture or entry.has_failed() or self.is_refresh:
            return False
        if not self.run.is_check():
            return entry.failure is None and self._is_fresh()
        seen_s = entry.success_s if entry.failure == "deferred" else entry.checked_s
        return not entry.first_failure_s and is_less(self.now_s - seen_s, DAY_S)

    def _must_revalidate(self):
        said = directives(self.entry.cache_control)
        if "must-revalidate" in said or "no-cache" in said:
            return True
        stale_s = self._age() - lifetime(self.entry)
        return "stale-if-error" in said and is_less(said["stale-if-error"], stale_s)

    def _may_be_used_meanwhile(self):
        entry, said = self.entry, directives(self.entry.cache_control)
        if not entry.picture or entry.failure or self.run.is_check() or self.is_refresh:
            return False
        if "no-cache" in said or "must-revalidate" in said:
            return False
        lifetime_s = lifetime(entry)
        if entry.final_url:
            lifetime_s = min(lifetime_s, entry.redirect_s + entry.age_s)
        window_s = said.get("stale-while-revalidate", 0)
        return window_s > 0 and is_less(self._age() - lifetime_s, window_s)

    def _is_deferred(self):
        entry = self.entry
        if entry.failure != "deferred" or self.is_refresh:
            return False
        return is_less(self.now_s, entry.not_before_s)

    def _is_remembered(self):
        entry = self.entry
        if not entry.has_failed() or self.is_refresh or self.run.is_check():
            return False
        memory_s = memory(entry)
        return memory_s > 0 and is_less(self.now_s - entry.last_failure_s, memory_s)

    def _is_known_broken(self):
        picture = self.entry.picture
        is_known = picture in self.world.decoded
        return is_known and self.world.verdict(picture) != "ok"

    def _may_stand_in(self):
        if not self.entry.picture or self.run.is_check() or self._is_known_broken():
            return False
        return not self._must_revalidate()

    # --- verdicts ---

    def _of_picture(self, entry, source, stale=()):
        notes = {"permanent-redirect"} if entry.is_permanent else set()
        verdict = self.world.verdict(entry.picture)
        if verdict != "ok" and not (self.run.quick and entry.picture not in self.world.decoded):
            return Verdict("broken", verdict, entry.picture, source, frozenset(notes.union(stale)))
        status = "stale" if stale else "ok"
        return Verdict(status, None, entry.picture, source, frozenset(notes.union(stale)))

    def _stale_verdict(self, *more):
        return self._of_picture(self.entry, "cache", ("stale-used", *more))

    def _failed_verdict(self, code, source):
        status = "blocked" if code == "blocked" else "broken"
        return Verdict(status, code, source=source, last_good=self.entry.picture)

    def _remembered_verdict(self):
        entry = self.entry
        if entry.failure in ("temporary", "blocked") and self._may_stand_in():
            return self._stale_verdict()
        return self._failed_verdict(entry.code, "cache")

    def _deferred_verdict(self):
        if self._may_stand_in():
            return self._stale_verdict("deferred")
        return Verdict("unchecked", notes=frozenset({"deferred"}), last_good=self.entry.picture)

    def _use_stored(self, source):
        verdict, entry = self._of_picture(self.entry, source), dataclasses.replace(self.entry)
        if not entry.failure:
            since_s = entry.first_failure_s or entry.checked_s
            entry.first_failure_s = since_s if verdict.status == "broken" else 0
        return Expected([], verdict, entry)

    def _without_network(self):
        entry = self.entry
        if entry.has_failed():
            return Expected([], self._remembered_verdict(), entry)
        if entry.picture:
            is_good = not entry.failure and self._is_fresh() or self._is_good()
            if is_good or self._is_known_broken():
                return self._use_stored("cache")
            return Expected([], self._stale_verdict(), entry)
        if self._is_deferred():
            return Expected([], self._deferred_verdict(), entry)
        return Expected([], Verdict("unchecked"), self.entry)

    # --- asking ---

    def _ask_beside(self):
        """The stored bytes are used; what comes is not decoded in this run."""
        stored, expected = self._use_stored("cache"), self._ask()
        entry = expected.entry
        if entry and not entry.failure:
            entry.first_failure_s = stored.entry.first_failure_s if self.is_confirmed else 0
        return Expected(expected.requests, stored.verdict, entry)

    def _fresh_way_s(self):
        """For how long the redirects may be followed without asking."""
        entry = self.entry
        if not entry.picture or not entry.final_url or self.run.is_check() or self.is_refresh:
            return 0
        way_s = WEEK_S if entry.redirect_s >= FOREVER else entry.redirect_s
        left_s = way_s - (self.now_s - entry.response_s)
        return left_s if way_s and not is_less(left_s, 0) else 0

    def _ask(self):
        way_s, requests = self._fresh_way_s(), []
        came = self._fetch(self.entry.final_url if way_s else self.url, requests)
        if came.kind == "failure" and way_s:
            way_s = 0
            came = self._fetch(self.url, requests)
        if self.run.quick and came.kind == "failure" and came.answer.status in (400, 500):
            # It may be about the part. A 500 is repeated where it came from.
            came = self._fetch(came.url if came.answer.status == 500 else self.url, requests)
        self.is_confirmed = came.kind == "not-modified"
        if came.kind in ("ok", "not-modified"):
            return Expected(requests, *self._take_good(came, way_s))
        if came.kind == "failure":
            return Expected(requests, *self._take_failure(came))
        return Expected(requests, *self._take_pause(came))

    def _is_paused(self, url):
        until_s = self.world.paused.get(host_of(url), 0)
        return not self.is_refresh and until_s and is_less(self.now_s, until_s)

    def _fetch(self, url, requests):
        hops, entry = [], self.entry
        seen = set()
        while True:
            if self._is_paused(url):
                return Came("paused", None, url, hops)
            has_validators = entry.picture and url == (entry.final_url or self.url)
            condition = (entry.etag, entry.last_modified) if has_validators else (None, None)
            requests.append((url, *condition))
            seen.add(url)
            answer = self.world.answer(url)
            if not answer.location:
                return self._end_of_chain(answer, url, hops, condition)
            stated_s = stated_lifetime(answer)
            is_permanent = answer.status in (301, 308)
            silent_s = FOREVER if is_permanent else 0
            hops.append((is_permanent, silent_s if stated_s is None else stated_s))
            url = answer.location
            if url in seen or len(hops) > MOST_REDIRECTS:
                return Came("failure", answer, url, hops, "redirect-loop", "other")

    def _end_of_chain(self, answer, url, hops, condition):
        if answer.retry_after_s:
            return Came("pause", answer, url, hops)
        if answer.is_not_modified(*condition):
            return Came("not-modified", answer, url, hops)
        if answer.status != 200:
            return Came("failure", answer, url, hops, *failure_of_status(answer.status))
        verdict = self.world.verdict(answer.picture)
        if verdict in ("not-an-image", "empty"):
            return Came("failure", answer, url, hops, verdict, "not-an-image")
        return Came("ok", answer, url, hops)

    def _take_good(self, came, way_s):
        answer, old = came.answer, self.entry
        is_permanent = bool(came.hops) and all(permanent for permanent, _ in came.hops)
        if way_s:
            is_permanent = old.is_permanent and (not came.hops or is_permanent)
        entry = Entry(
            old.picture if came.kind == "not-modified" else answer.picture,
            answer.etag,
            answer.last_modified,
            answer.cache_control or (old.cache_control if came.kind == "not-modified" else None),
            answer.age_s,
            *[self.now_s] * 3,
            came.url if came.url != self.url else None,
            is_permanent,
            min([way_s or FOREVER, *(lifetime_s for _, lifetime_s in came.hops)]),
        )
        if came.kind == "not-modified":
            entry.etag = answer.etag or old.etag
            entry.last_modified = answer.last_modified or old.last_modified
        if self.run.quick and came.kind == "ok":  # of the header alone; nothing is stored
            notes = frozenset({"permanent-redirect"} if is_permanent else ())
            return Verdict("ok", None, None, "network", notes), self.entry
        source = "network" if came.kind == "ok" else "revalidated"
        verdict = self._of_picture(entry, source)
        if verdict.status == "broken":
            entry.first_failure_s = old.first_failure_s or self.now_s
        return verdict, None if "no-store" in directives(entry.cache_control) else entry

    def _take_failure(self, came):
        entry = dataclasses.replace(
            self.entry,
            failure=came.failure,
            code=came.code,
            last_failure_s=self.now_s,
            checked_s=self.now_s,
            first_failure_s=self.entry.first_failure_s or self.now_s,
            streak=self.entry.streak + 1,
            failure_lifetime_s=stated_lifetime(came.answer),
            not_before_s=0,
        )
        if came.failure in ("temporary", "blocked") and self._may_stand_in():
            return self._stale_verdict(), entry
        return self._failed_verdict(came.code, "network"), entry

    def _take_pause(self, came):
        host = host_of(came.url)
        if came.kind == "pause":
            self.world.paused[host] = self.now_s + min(came.answer.retry_after_s, WEEK_S)
        entry = dataclasses.replace(
            self.entry,
            failure="deferred",
            code="deferred",
            last_failure_s=self.now_s,
            not_before_s=self.world.paused[host],
            failure_lifetime_s=None,
        )
        return self._deferred_verdict(), entry
