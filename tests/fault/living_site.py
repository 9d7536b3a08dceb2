"""A site, its servers and its cache, and what happens to them: `Life` keeps what cache_model.py
expects, and compares it with what picdesk says, asks for, remembers and publishes.

	life = Life(site, servers, random.Random(1))
	life.step()        something happens; then a run, compared

Time passes by moving the times in the index."""

import copy
import dataclasses
import email.utils
import json
import re
import shutil
import sqlite3
import time
from collections import Counter

import pictures
from cache_model import FOREVER, Answer, Entry, Model, NotClear, Run, host_of
from cache_reader import object_id
from PIL import ImageStat

FAILURES = [None, "gone", "blocked", "temporary", "dns", "not-an-image", "other", "deferred"]
TIMES = ("response_s", "checked_s", "success_s", "first_failure_s", "last_failure_s")
TIMES += ("not_before_s",)
MOVED = [name.replace("response_s", "response_time_s") for name in TIMES] + ["request_time_s"]
SPECS = [
    {"small": (32, "webp")},
    {"small": (32, "webp"), "other": (40, "jpeg")},
    {"other": (200, "png")},
]
FRESHNESS = [
    None,
    "max-age=0",
    "max-age=3600",
    "max-age=86400",
    "no-cache",
    "no-store",
    "max-age=900, must-revalidate",
    "max-age=900, stale-while-revalidate=7200",
    "max-age=900, stale-if-error=5000",
]
TYPES = {"webp": "image/webp", "jpeg": "image/jpeg", "png": "image/png"}


class Picture:
    def __init__(self, data, verdict, size):
        self.data, self.verdict, self.size = data, verdict, size
        self.hash = object_id(data).hex()


def paint(rng):
    """(verdict, bytes, size): one that no other step makes."""
    seed, width, height = rng.randrange(10**6), rng.choice([30, 48, 80]), rng.choice([32, 60])
    data = pictures.jpeg(width, height, seed=seed)
    kind = rng.choice(["ok"] * 7 + ["truncated", "not-an-image", "empty"])
    if kind == "truncated":
        data = pictures.truncated(data)
    elif kind != "ok":
        data = b"<!DOCTYPE html><title>%d</title>" % seed if kind == "not-an-image" else b""
    return Picture(data, kind, (width, height))


class World:
    """What the servers say, and what is known of their pictures."""

    def __init__(self, servers, rng):
        self.servers, self.rng = servers, rng
        self.answers, self.pictures = {}, {}
        self.paused, self.decoded = {}, set()
        usual, other, third = servers
        self.urls = [usual.url(f"/{i}.jpg") for i in range(6)]
        self.urls += [other.url(f"/{i}.jpg?w=1&h={i}") for i in range(4)]
        self.moody = third.url("/0.jpg")  # alone on its host, which may ask for a pause
        self.urls.append(self.moody)
        for server in servers:
            server.respond = self._responder(server)
        for url in self.urls:
            self.change(url, "new")

    def answer(self, url):
        return self.answers.get(url, Answer(404))

    def verdict(self, picture):
        return self.pictures[picture].verdict

    def _responder(self, server):
        def respond(connection, request):
            answer = self.answer(server.url(request.target))
            fields = [
                ("ETag", answer.etag),
                ("Last-Modified", answer.last_modified),
                ("Cache-Control", answer.cache_control),
                ("Age", answer.age_s),
                ("Location", answer.location),
                ("Retry-After", answer.retry_after_s),
                ("Content-Type", "image/jpeg" if answer.picture else "text/plain"),
            ]
            fields = [(name, value) for name, value in fields if value]
            conditions = map(request.headers.get, ("if-none-match", "if-modified-since"))
            if answer.is_not_modified(*conditions):
                connection.head(304, fields)
            else:
                body = self.pictures[answer.picture].data if answer.picture else b"no"
                connection.answer(answer.status, body, fields)

        return respond

    def take_requests(self):
        found = []
        for server in self.servers:
            for request in server.requests():
                conditions = map(request.headers.get, ("if-none-match", "if-modified-since"))
                found.append((server.url(request.target), *conditions))
            server.forget()
        return found

    # --- what happens to an image ---

    def _good(self):
        rng, picture = self.rng, paint(self.rng)
        self.pictures[picture.hash] = picture
        day = int(time.time()) - rng.choice([100000, 9000000]) - rng.randrange(50000)
        return Answer(
            picture=picture.hash,
            etag=rng.choice([None, f'"{rng.randrange(10**6)}"', f'W/"{rng.randrange(10**6)}"']),
            last_modified=rng.choice([None, email.utils.formatdate(day, usegmt=True)]),
            cache_control=rng.choice(FRESHNESS),
            age_s=rng.choice([0, 0, 0, 100]),
        )

    def _moved(self, url, statuses):
        target = self.servers[0].url(f"/target/{self.rng.randrange(3)}.jpg")
        self.answers.setdefault(target, self._good())
        said = self.rng.choice([None, "max-age=4000", "no-cache"])
        return Answer(self.rng.choice(statuses), location=target, cache_control=said)

    def change(self, url=None, what=None):
        rng, good = self.rng, self._good()
        said = rng.choice([None, "max-age=1000"])
        url = url or rng.choice(list(self.answers))
        old = self.answers.get(url, good)
        if not old.picture:
            old = good
        choices = {
            "new": lambda: good,
            "same validators": lambda: dataclasses.replace(old, picture=good.picture),
            "new validators": lambda: dataclasses.replace(good, picture=old.picture),
            "deaf": lambda: dataclasses.replace(old, is_deaf=True),
            "gone": lambda: Answer(rng.choice([404, 410]), cache_control=said),
            "refused": lambda: Answer(rng.choice([400, 403, 451])),
            "fails": lambda: Answer(rng.choice([500, 502, 503]), cache_control=said),
            "moved": lambda: self._moved(url, [302, 303, 307]),
            "moved for good": lambda: self._moved(url, [301, 308]),
        }
        if url == self.moody:
            choices["pause"] = lambda: Answer(rng.choice([429, 503]), retry_after_s=40000)
        if "/target/" in url:
            choices = {name: choices[name] for name in ("new", "same validators", "gone", "fails")}
        what = what or rng.choice([*choices, "new", "new"])
        self.answers[url] = choices[what]()
        return f"{url}: {what}"


class Life:
    def __init__(self, site, servers, rng):
        self.site, self.rng = site.jekyll(), rng
        self.world = World(servers, rng)
        self.entries = {}  # what the cache should know, by URL
        self.published, self.said = set(), []
        self.was_superseded = False
        self.articles = {}
        self.change_specs()
        for name in "abc":
            self.write_article(name)

    # --- what happens ---

    def change_servers(self):
        for _ in range(self.rng.randint(2, 5)):
            self.said.append(self.world.change())

    def write_article(self, name=None):
        name = name or self.rng.choice("abcd")
        self.articles[name] = self.rng.sample(self.world.urls, self.rng.randint(3, 8))
        self.site.news(name, *self.articles[name])

    def remove_article(self):
        if len(self.articles) > 1:
            name = self.rng.choice(sorted(self.articles))
            del self.articles[name]
            (self.site.root / f"_news/{name}.md").unlink()

    def change_specs(self):
        self.specs = self.rng.choice(SPECS)
        lines = [f"  {n}: {{width: {w}, format: {f}}}\n" for n, (w, f) in self.specs.items()]
        self.site.write("picdesk.yml", "thumbs:\n" + "".join(lines))

    def let_time_pass(self, seconds=None):
        seconds = seconds or self.rng.choice([400, 2000, 8000, 50000, 90000, 10 * 86400])
        self.said.append(f"{seconds} s later")
        for entry in self.entries.values():
            for name in TIMES:
                if getattr(entry, name):
                    setattr(entry, name, getattr(entry, name) - seconds)
        self.world.paused = {host: until - seconds for host, until in self.world.paused.items()}
        with self.index() as index:
            for name in MOVED:
                index.execute(f"UPDATE entries SET {name} = {name} - {seconds} WHERE {name} > 0")
            name = ("deferred-hosts",)
            for (data,) in index.execute("SELECT data FROM documents WHERE name = ?", name):
                pairs = [line.split(b" ") for line in bytes(data).splitlines()]
                moved = b"".join(b"%d %s\n" % (int(until) - seconds, host) for until, host in pairs)
                index.execute("UPDATE documents SET data = ? WHERE name = ?", (moved, *name))
        index.close()

    def forget_failures(self):
        """As exports and rebuilds do."""
        self.world.paused = {}
        for url, entry in list(self.entries.items()):
            if not entry.picture:
                del self.entries[url]
                continue
            if entry.first_failure_s:
                entry.checked_s = 0
            for name in ("failure", "code", "failure_lifetime_s"):
                setattr(entry, name, None)
            for name in (*TIMES[3:], "streak", "redirect_s"):
                setattr(entry, name, 0)

    def carry_the_cache(self):
        archive = self.site.root.parent / "cache.tar"
        assert self.site.run("export", archive).code == 0
        shutil.rmtree(self.site.root / ".cache")
        assert self.site.run("import", archive).code == 0
        self.forget_failures()

    def lose_the_index(self):
        if self.was_superseded:  # the records still have what a no-store response took out of it
            return
        (self.site.root / ".cache/picdesk/index.sqlite").unlink()
        self.forget_failures()
        for entry in self.entries.values():
            entry.response_s = entry.checked_s = entry.success_s = 0

    def collect_garbage(self):
        assert self.site.run("gc", "--gone").code == 0
        self.entries = {u: entry for u, entry in self.entries.items() if entry.failure != "gone"}

    # --- what the cache knows ---

    def index(self):
        index = sqlite3.connect(self.site.root / ".cache/picdesk/index.sqlite")
        index.row_factory = sqlite3.Row
        return index

    @staticmethod
    def entry_of(row):
        lines = [line.partition(": ") for line in (row["fields"] or "").splitlines()]
        fields = {name.lower(): value for name, _, value in lines}
        lifetime_s = row["failure_lifetime_s"]
        return Entry(
            bytes(row["object"]).hex() if row["object"] else None,
            fields.get("etag"),
            fields.get("last-modified"),
            fields.get("cache-control"),
            int(fields.get("age", 0)),
            row["response_time_s"] or 0,
            row["checked_s"] or 0,
            row["success_s"] or 0,
            row["final_url"],
            bool(row["is_permanent_redirect"]),
            min(row["redirect_lifetime_s"] or 0, FOREVER),
            FAILURES[row["failure"] or 0],
            row["failure_code"],
            row["first_failure_s"] or 0,
            row["last_failure_s"] or 0,
            row["failure_streak"] or 0,
            lifetime_s if lifetime_s is not None and lifetime_s >= 0 else None,
            row["not_before_s"] or 0,
        )

    def is_as_expected(self, entry, stored):
        """To within the time that a run takes."""
        has = dataclasses.asdict(stored)
        if not entry.final_url:  # no redirects: their lifetime says nothing
            has["redirect_s"] = entry.redirect_s
        for name, value in dataclasses.asdict(entry).items():
            if name in (*TIMES, "redirect_s"):
                if abs(value - has[name]) > 60:
                    return False
            elif value != has[name]:
                return False
        return True

    def compare_index(self, run):
        with self.index() as index:
            rows = index.execute("SELECT * FROM entries").fetchall()
        index.close()
        stored = {row["url"]: self.entry_of(row) for row in rows}
        assert stored.keys() == self.entries.keys(), self.said
        for url, entry in self.entries.items():
            if run.quick:  # a header does not tell since when the bytes are broken
                entry.first_failure_s = stored[url].first_failure_s
            assert self.is_as_expected(entry, stored[url]), (self.said, url, entry, stored[url])
        self.entries = stored  # to the second

    # --- a run ---

    def expect(self, run, urls):
        """{url: Expected}, at a time when all of it is clear."""
        while True:
            paused = dict(self.world.paused)
            try:
                model = Model(self.world, run, time.time())
                return {url: model.look(url, copy.copy(self.entries.get(url))) for url in urls}
            except NotClear:
                self.world.paused = paused
                self.let_time_pass(97)

    def run(self, run, *names):
        used = {url for name in names or self.articles for url in self.articles[name]}
        expected = self.expect(run, used)
        self.said.append(f"{run} {names}")
        self.world.take_requests()
        paths = [f"_news/{name}.md" for name in names]
        result = self.site.json(run.verb, *run.arguments(), *paths)
        assert result.report["images"] and {i["url"] for i in result.report["images"]} == used
        requests = [request for one in expected.values() for request in one.requests]
        asked, needed = map(self.count, (self.world.take_requests(), requests))
        assert asked == needed, (self.said, asked - needed, needed - asked)
        for url, one in expected.items():
            self.compare_verdict(result.image(url), one.verdict, run)
            if one.entry in (None, Entry()):
                self.was_superseded |= self.entries.pop(url, None) is not None
            else:
                self.entries[url] = one.entry
        self.compare_index(run)
        verdicts = {url: one.verdict for url, one in expected.items()}
        is_bad = any(verdict.status == "broken" for verdict in verdicts.values())
        assert result.code == (2 if is_bad and run.is_check() else 0), (self.said, result)
        if not run.quick:
            self.world.decoded |= {e.picture for e in self.entries.values()} - {None}
            self.world.decoded |= {v.picture for v in verdicts.values()} - {None}
        if run.verb == "build":
            is_whole = not names and not run.only and not result.totals["unchecked"]
            self.compare_output(verdicts, is_whole)

    def count(self, requests):
        """Of the moody host only what is asked for, not how often."""
        counted = Counter(requests)
        return Counter({r: 1 if r[0] == self.world.moody else n for r, n in counted.items()})

    def compare_verdict(self, image, verdict, run):
        found = {finding["code"]: finding["severity"] for finding in image["findings"]}
        grave = [code for code, severity in found.items() if severity in ("broken", "blocked")]
        notes = {"stale-used", "deferred", "permanent-redirect"} & found.keys()
        said = (image["status"], image["source"], grave, notes)
        codes = [verdict.code] if verdict.code else []
        expected = (verdict.status, verdict.source, codes, set(verdict.notes))
        assert said == expected, (self.said, image, verdict)
        if verdict.status in ("ok", "stale") and verdict.picture:
            assert image["hash"] == verdict.picture, (self.said, image)
            assert (image["width"], image["height"]) == self.world.pictures[verdict.picture].size

    def compare_output(self, verdicts, is_whole):
        listed = {u: v.picture for u, v in verdicts.items() if v.status in ("ok", "stale")}
        manifest = self.site.manifest()["images"]
        assert listed.keys() <= manifest.keys() and (not is_whole or len(manifest) == len(listed))
        wanted = set()
        for url, picture in listed.items():
            assert manifest[url]["hash"] == picture, (self.said, url)
            assert manifest[url]["thumbs"].keys() == self.specs.keys()
            for name, thumb in manifest[url]["thumbs"].items():
                self.compare_thumb(thumb, self.world.pictures[picture], *self.specs[name])
                wanted.add(thumb["path"].rpartition("/")[2])
        there = set(self.site.thumbs())
        last_good = {v.last_good[:16] for v in verdicts.values() if v.last_good and v.code}
        kept = {name for name in self.published if not is_whole or name[:16] in last_good}
        assert there == wanted | kept, (self.said, there - wanted - kept, (wanted | kept) - there)
        self.published = there

    def compare_thumb(self, thumb, picture, width, form):
        data = (self.site.root / thumb["path"]).read_bytes()
        name = re.fullmatch(r"assets/thumbs/(\w{16})-\w+\.(\w{8})\.\w+", thumb["path"])
        assert name and picture.hash.startswith(name[1]), (thumb, picture.hash)
        assert object_id(data).hex().startswith(name[2]), thumb
        shown = pictures.opened(data)
        assert shown.size == (thumb["width"], thumb["height"])
        assert shown.width == min(width, picture.size[0])
        assert shown.get_format_mimetype() == thumb["type"] == TYPES[form]
        original = pictures.opened(picture.data)
        means = [ImageStat.Stat(image.convert("RGB")).mean for image in (shown, original)]
        assert max(abs(a - b) for a, b in zip(*means)) < 12, (thumb, means)

    # --- a step ---

    EVENTS = [write_article, write_article, remove_article, change_specs]
    EVENTS += [carry_the_cache, lose_the_index, collect_garbage]

    def some_run(self):
        rng, verb = self.rng, self.rng.choice(["build", "build", "check", "warm"])
        run = rng.choice(
            [
                Run(verb),
                Run(verb),
                Run(verb, refresh=True),
                Run(verb, offline=True),
                Run("check", quick=True),
                Run(verb, only=rng.choice(["broken", "new", r"/[1-3]\.jpg"])),
            ]
        )
        return run, rng.sample(sorted(self.articles), 1) if rng.random() < 0.1 else []

    def step(self):
        run, names = self.some_run()
        self.run(run, *names)
        self.change_servers()
        if self.rng.random() < 0.6:
            self.let_time_pass()
        if self.rng.random() < 0.3:
            event = self.rng.choice(self.EVENTS)
            self.said.append(event.__name__)
            event(self)
