"""Several processes on one cache: each URL is asked for once, whoever dies meanwhile."""

import collections
import random
import signal
import subprocess
import time

import pytest

import sites

PROCESSES = 8


def crowd_of(make_site, web, count, rule="fresh"):
    return [sites.photos(make_site(f"site{i}"), web, count, rule) for i in range(PROCESSES)]


def start(site, *arguments, verb="warm"):
    command = (verb, *site.picdesk.QUICK, "-n", "--format", "json", *arguments)
    return site.picdesk.start(*command, cwd=site.root)


def asked(web):
    return collections.Counter(request["path"] for request in web.requests())


def assert_all_well(site, process, count):
    result = site.picdesk.finish(process)
    assert result.code == 0 and result.totals["ok"] == count, result
    assert "locked" not in result.err, result
    return result


@pytest.mark.parametrize("verb", ["warm", "check"])
@pytest.mark.parametrize("rule", ["fresh", "stale"])
def test_eight_ask_once(make_site, web, tmp_path, verb, rule):
    """Also what must be revalidated: an answer to one is an answer to those who wait for it."""
    count = 40
    crowd = crowd_of(make_site, web, count, rule)
    cache = ("--cache-dir", str(tmp_path / "cache"))
    running = [start(site, *cache, verb=verb) for site in crowd]
    results = [assert_all_well(*pair, count) for pair in zip(crowd, running)]
    made = asked(web)
    assert len(made) == count
    # What is stale at once is asked for anew by a process that comes when the answer is there.
    if rule == "fresh" or verb == "check":
        assert set(made.values()) == {1}, made.most_common(5)
        assert sum(result.totals["fetched"] for result in results) == count
    sites.assert_whole(crowd[0], "eight", *cache)


def test_failures_are_asked_once(make_site, web, tmp_path):
    """Their memory is shared as answers are."""
    crowd = [make_site(f"site{i}").jekyll() for i in range(PROCESSES)]
    urls = [web.url("fresh", f"missing-{i}.jpg") for i in range(40)]
    for site in crowd:
        site.news("n", *urls)
    cache = ("--cache-dir", str(tmp_path / "cache"))
    running = [start(site, *cache, verb="warm") for site in crowd]
    for site, process in zip(crowd, running):
        result = site.picdesk.finish(process)
        assert result.code == 0 and result.totals["broken"] == 40, result
    assert set(asked(web).values()) == {1}


def test_half_of_eight_are_killed(make_site, web, tmp_path, full):
    """The rest converge; of what a killed process had asked for each is asked once more at most."""
    count, rng = 40, random.Random(8)
    crowd = crowd_of(make_site, web, count)
    for attempt in range(40 if full else 2):
        cache = ("--cache-dir", str(tmp_path / f"cache{attempt}"))
        web.forget()
        running = [start(site, *cache) for site in crowd]
        victims = rng.sample(range(PROCESSES), PROCESSES // 2)
        deaths = 0
        for victim in victims:
            try:
                running[victim].wait(timeout=rng.random() * 0.2)
            except subprocess.TimeoutExpired:
                running[victim].kill()
                deaths += 1
        for i, (site, process) in enumerate(zip(crowd, running)):
            if i in victims:
                process.communicate()
            else:
                assert_all_well(site, process, count)
        made = asked(web)
        assert len(made) == count and max(made.values()) <= 1 + deaths, made.most_common(5)
        sites.assert_whole(crowd[0], attempt, *cache)


def test_another_comes_while_one_waits(make_site, web, tmp_path, faultd):
    """What the first does not ask for, the second gets at once, and what it asks for stays its own."""
    first, second = make_site("first").jekyll(), sites.photos(make_site("second"), web, 40)
    shared = make_site("shared").jekyll()
    for site in (first, shared):
        site.news("n", faultd.url("/hang"))
    cache = ("--cache-dir", str(tmp_path / "cache"))
    asking = start(first, *cache)
    faultd.wait_for("/hang")
    waiting = start(shared, *cache)
    assert_all_well(second, start(second, *cache), 40)
    assert asking.poll() is None and waiting.poll() is None
    assert set(asked(web).values()) == {1}
    asking.kill()
    asking.communicate()
    faultd.wait_for("/hang", 2)
    waiting.kill()
    waiting.communicate()


def test_killed_while_it_asks(make_site, tmp_path, faultd):
    """The process that asked dies before it has an answer: the one that waits takes over."""
    first, second = make_site("first").jekyll(), make_site("second").jekyll()
    for site in (first, second):
        site.news("n", faultd.url("/hang"))
    cache = ("--cache-dir", str(tmp_path / "cache"))
    asking = start(first, *cache)
    faultd.wait_for("/hang")
    waiting = start(second, *cache)
    asking.kill()
    asking.communicate()
    faultd.wait_for("/hang", 2)
    waiting.kill()
    waiting.communicate()


def test_stopped_while_it_asks(make_site, tmp_path, faultd):
    """A process that stands still is waited for four times --timeout, and no longer."""
    first, second = make_site("first").jekyll(), make_site("second").jekyll()
    for site in (first, second):
        site.news("n", faultd.url("/hang"))
    cache = ("--cache-dir", str(tmp_path / "cache"))
    asking = start(first, *cache)
    faultd.wait_for("/hang")
    asking.send_signal(signal.SIGSTOP)
    result = second.picdesk.finish(start(second, *cache, "--timeout", "300ms"))
    assert result.code == 0 and "timeout" in result.codes(faultd.url("/hang")), result
    assert len(faultd.requests("/hang")) == 2
    asking.kill()
    asking.communicate()


def test_an_interrupted_run_gives_its_leases_back(make_site, tmp_path, faultd):
    first, second = make_site("first").jekyll(), make_site("second").jekyll()
    for site in (first, second):
        site.news("n", faultd.url("/hang"))
    cache = ("--cache-dir", str(tmp_path / "cache"))
    asking = start(first, *cache)
    faultd.wait_for("/hang")
    waiting = start(second, *cache, "--timeout", "300ms")
    asking.send_signal(signal.SIGINT)
    assert first.picdesk.finish(asking).code == 130
    result = second.picdesk.finish(waiting)
    assert "timeout" in result.codes(faultd.url("/hang")), result
    assert len(faultd.requests("/hang")) == 2


def test_gc_beside_readers_and_writers(make_site, web, tmp_path, full):
    """For minutes in the full form: no build misses what gc took, and what it published stays whole."""
    count, size_px, minutes = 30, 200, 3 if full else 0  # more than 1 MiB, the least that gc takes
    cache = ("--cache-dir", str(tmp_path / "cache"))
    writers = [sites.photos(make_site(f"site{i}"), web, count, size=size_px) for i in range(3)]
    quiet = sites.photos(make_site("quiet"), web, count, size=size_px)
    assert quiet.build().totals["ok"] == count
    expected = sites.output(quiet)
    beside = [
        ("gc", "--unused-for", "0s"),
        ("stats",),
        ("gc", "--max-size", "1MiB"),
        ("export", str(tmp_path / "export.tar")),
        ("gc", "--gone"),
        ("fsck",),
    ]
    ends_s = time.monotonic() + 60 * minutes
    rounds = 0
    while rounds < 6 or time.monotonic() < ends_s:
        running = [start(site, *cache, verb="build") for site in writers]
        verb, *arguments = beside[rounds % len(beside)]
        others = 0
        while any(process.poll() is None for process in running) or not others:
            other = quiet.run(verb, *arguments, *cache)
            assert other.code == 0 and "locked" not in other.err, (verb, other)
            others += 1
        for site, process in zip(writers, running):
            assert_all_well(site, process, count)
            assert sites.output(site) == expected, (rounds, verb)
        rounds += 1
    sites.assert_whole(quiet, rounds, *cache)


# What each may say of itself when it could not do its work beside the others.
EXPECTED = ("the cache is full", "no run of localize", "there is no cache")
VERBS = [
    ("build",),
    ("build", "--refresh"),
    ("build", "--only", "/[0-9][.]jpg$"),
    ("check", "--max-age", "0s"),
    ("warm", "-j", "1"),
    ("localize",),
    ("localize", "--restore"),
    ("gc", "--max-size", "100KiB"),
    ("gc", "--unused-for", "0s"),
    ("fsck", "--full", "--repair"),
    ("stats",),
]


def any_verb(rng, crowd, cache):
    """A process of it in one of the sites, of which the last is there for localize alone."""
    verb, *arguments = rng.choice(VERBS)
    site = crowd[-1] if verb == "localize" else rng.choice(crowd[:-1])
    if verb in ("build", "check", "warm") or (verb == "localize" and not arguments):
        arguments += site.picdesk.QUICK
    return verb, site.picdesk.start(verb, *arguments, *cache, cwd=site.root)


def disturb(process, rng):
    """Killed, ended or stopped for a moment, at any moment; tells whether that may end it."""
    how = rng.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGSTOP])
    try:
        process.wait(timeout=rng.random() * 0.3)
    except subprocess.TimeoutExpired:
        process.send_signal(how)
    process.send_signal(signal.SIGCONT)
    return how != signal.SIGSTOP


def assert_ended_well(site, verb, process, is_disturbed):
    result = site.picdesk.finish(process)
    assert "locked" not in result.err, (verb, result)
    good = (0, 2) if verb in ("check", "fsck") else (0,)
    expected = result.code == 1 and any(words in result.err for words in EXPECTED)
    assert is_disturbed or expected or result.code in good, (verb, result)


def restore_all(site, cache):
    while site.run("localize", "--restore", *cache).code == 0:
        pass


def test_any_verbs_beside_each_other(make_site, web, tmp_path, full):
    """Killed and stopped, under limits that leave no room for all: builds are as ever, caches whole."""
    count, rng = 20, random.Random(3)
    crowd = [sites.photos(make_site(f"site{i}"), web, count, size=160) for i in range(4)]
    assert crowd[0].build().totals["ok"] == count
    expected = sites.output(crowd[0])
    articles = crowd[-1].tree("_news").keys()
    texts = {name: (crowd[-1].root / name).read_bytes() for name in articles}
    cache = ("--cache-dir", str(tmp_path / "cache"))
    for attempt in range(60 if full else 2):
        for site in crowd[:-1]:
            limit = rng.choice(["300KiB", "1MiB", "5GiB"])
            site.write("picdesk.yml", f"{sites.CONFIG}cache: {{max_size: {limit}}}\n")
        running = [any_verb(rng, crowd, cache) for _ in range(PROCESSES)]
        disturbed = [rng.random() < 0.5 and disturb(process, rng) for _, process in running]
        for (verb, process), is_disturbed in zip(running, disturbed):
            assert_ended_well(crowd[0], verb, process, is_disturbed)
        sites.assert_whole(crowd[0], attempt, *cache)
        for site in crowd[:-1]:
            site.write("picdesk.yml", sites.CONFIG)
            assert site.build(*cache).totals["ok"] == count, attempt
            assert sites.output(site) == expected, attempt
        restore_all(crowd[-1], cache)
        assert {name: (crowd[-1].root / name).read_bytes() for name in articles} == texts, attempt
        assert crowd[0].run("gc", *cache).code == 0
        left = [*tmp_path.rglob(".picdesk-tmp-*"), *(tmp_path / "cache/tmp").iterdir()]
        assert not left, (attempt, left)
