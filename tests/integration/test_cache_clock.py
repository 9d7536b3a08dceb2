"""A clock that was wrong once: what was written then is worth no more than what is known now. Runs of
such a clock are made by moving the times in the index."""

import sqlite3

import pytest

import pictures
from test_upkeep import cache, gc

YEAR_S = 365 * 86400


def shift(site, columns, seconds):
    moved = ", ".join(f"{column} = {column} + {seconds}" for column in columns)
    with sqlite3.connect(cache(site) / "index.sqlite") as index:
        index.execute(f"UPDATE entries SET {moved}")
    index.close()


def shift_deferred_hosts(site, seconds):
    """The hosts' pauses, a line "SECONDS HOST" each."""
    name = ("deferred-hosts",)
    with sqlite3.connect(cache(site) / "index.sqlite") as index:
        [(text,)] = index.execute("SELECT data FROM documents WHERE name = ?", name)
        pairs = [line.split(b" ") for line in bytes(text).splitlines()]
        moved = b"".join(b"%d %s\n" % (int(until) + seconds, host) for until, host in pairs)
        index.execute("UPDATE documents SET data = ? WHERE name = ?", (moved, *name))
    index.close()
    return len(pairs)


FAILURE = ("first_failure_s", "last_failure_s", "checked_s")


@pytest.mark.parametrize("ahead_s", [600, 10 * YEAR_S])
def test_a_failure_that_is_to_come_fails_now(site, faultd, ahead_s):
    """It counts, it is as old as new, and from now on it ages."""
    site.jekyll().news("n", url := faultd.url("/none"))
    site.check()
    shift(site, FAILURE, ahead_s)
    result = site.check()
    image = result.image(url)
    assert result.code == 2 and image["failing_since"] == image["checked"]
    assert site.check("--fail-after", "1h").code == 0
    shift(site, FAILURE, -7200)
    assert site.check("--fail-after", "1h").code == 2


def test_a_pause_that_began_in_the_future_is_none(site, faultd):
    def answer(connection, _request, _rest):
        connection.answer(429, b"", [("Retry-After", "3600")])

    faultd.do_image = answer
    site.jekyll().news("n", url := faultd.url("/image/a.jpg"))
    assert site.build().image(url)["status"] == "unchecked"
    faultd.serve("/image/a.jpg", pictures.jpeg(40, 30))
    assert site.build().image(url)["status"] == "unchecked"
    shift(site, ("last_failure_s", "not_before_s"), 10 * YEAR_S)
    assert shift_deferred_hosts(site, 10 * YEAR_S) == 1
    assert site.build().image(url)["status"] == "ok"


def used_days(site):
    with sqlite3.connect(cache(site) / "index.sqlite") as index:
        days = dict(index.execute("SELECT url, used_day FROM entries"))
    index.close()
    return days


@pytest.mark.parametrize("years", [-10, 10])
def test_gc_takes_nothing_for_unused_that_a_wrong_clock_wrote(photo_site, web, years):
    photo_site.build()
    today = used_days(photo_site)
    shift(photo_site, ("used_day",), years * 365)
    for unused_for in ("1d", "26w", "1000d"):
        assert gc(photo_site, "--unused-for", unused_for)["entries"] == 0
    (photo_site.root / "_news/two.md").unlink()
    photo_site.build()
    # What the run used is as old as any, whatever stood there.
    days = used_days(photo_site)
    used = [web.url("fresh", name) for name in ("a.jpg", "b.jpg")]
    assert {url: days[url] for url in used} == {url: today[url] for url in used}
    assert gc(photo_site, "--unused-for", "0s")["entries"] >= 2


def test_a_future_use_does_not_fill_the_cache_for_years(site, web):
    """Runs keep what they use, not what a clock that went ahead has marked."""
    from test_upkeep import CONFIG, big_site, noise

    big_site(site, web, 4)
    site.build()
    shift(site, ("used_day",), 3650)
    for number in range(4):
        (site.root / f"_news/n{number}.md").unlink()
    site.write("picdesk.yml", CONFIG + "cache: {max_size: 1MiB}\n")
    for number in range(10, 13):
        web.put(f"{number}.jpg", noise(500, number))
        site.news(f"n{number}", web.url("fresh", f"{number}.jpg"))
    result = site.build()
    assert result.code == 0 and result.totals["ok"] == 3, result
