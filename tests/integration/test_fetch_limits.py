"""Hosts that are asked too much: Retry-After, what is deferred, limits that say no time."""

import collections
import itertools
import re
import statistics
import time

import pytest

from judging import graves
from raw_server import Closed


def test_deferred_is_kept_by_every_later_run(site, faultd):
    """And by every URL of the host: the pause is the host's."""
    told = faultd.url("/retry-after/429/1000000000")
    others = [faultd.url(f"/image/{i}") for i in range(5)]
    site.jekyll().news("one", told, *others)
    first = site.check("--host-concurrency", "1")
    assert first.code == 0 and graves(first)[told] == "unchecked"
    assert len(faultd.requests()) == 1
    assert all("deferred" in first.codes(url) for url in [told, *others])
    for verb in ("check", "build", "warm"):
        again = site.json(verb)
        assert again.totals["unchecked"] == 6 and "deferred" in again.codes(told), (verb, again)
    # Nor is what is new there.
    site.news("two", faultd.url("/image/9"))
    assert site.build().totals["unchecked"] == 7
    assert len(faultd.requests()) == 1
    # But a user who insists is obeyed.
    assert site.check("--refresh").totals["ok"] == 7


def test_the_host_that_deferred_is_the_one_that_said_so(site, faultd, other_faultd):
    """A redirect led there: the host that redirects goes on being asked, and what is new of the other
    one waits, also where it stands before what was deferred."""
    told = faultd.url("/redirect-to?url=" + other_faultd.url("/retry-after/429/3600"))
    site.jekyll().news("m", told)
    assert graves(site.check())[told] == "unchecked"
    news = {server: [server.url(f"/image/{i}") for i in range(2)] for server in (faultd, other_faultd)}
    site.news("a", news[faultd][0], news[other_faultd][0])
    site.news("z", news[faultd][1], news[other_faultd][1])
    host = other_faultd.url("").removeprefix("http://")
    when = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    deferral = re.compile(f"{host} asks to come back later than this run: not before {when}")
    for verb in ("check", "build"):
        result = site.json(verb)
        assert all(result.image(url)["status"] == "ok" for url in news[faultd]), result
        for url in (told, *news[other_faultd]):
            assert result.image(url)["status"] == "unchecked"
            (said,) = (f["message"] for f in result.image(url)["findings"] if f["code"] == "deferred")
            assert deferral.fullmatch(said), said
    assert len(other_faultd.requests()) == 1
    # Asked by one who insists, it answers, and is asked from then on.
    assert site.check("--refresh").totals["ok"] == 5
    site.news("y", other_faultd.url("/image/7"))
    assert site.check().totals["ok"] == 6


def test_what_was_verified_before_a_deferral_is_trusted(site, faultd):
    """`check` need not ask for it: that the host wants a rest is no word on the image."""
    images = [faultd.url(f"/image/{i}") for i in range(3)]
    site.jekyll().news("one", *images)
    verified = {image["url"]: image["checked"] for image in site.check().report["images"]}
    told = faultd.url("/retry-after/429/3600")
    site.news("a", told)
    result = site.json("build", "--host-concurrency", "1", "--max-age", "0s")
    assert (result.totals["stale"], result.totals["unchecked"]) == (3, 1), result
    said = {f["code"]: f["message"] for f in result.image(images[0])["findings"]}
    assert "not before 20" in said["deferred"]
    assert re.fullmatch(
        "its host asks to come back later; used the copy of .* ago", said["stale-used"]
    )
    before = len(faultd.requests())
    for arguments in ((), ("--offline",)):
        result = site.check(*arguments)
        assert (result.totals["ok"], result.totals["unchecked"]) == (3, 1), result
        assert {url: result.image(url)["checked"] for url in images} == verified
        assert "deferred" in result.codes(told)
    assert site.check("--max-age", "0s").totals["unchecked"] == 4
    assert len(faultd.requests()) == before


def test_a_deferred_host_is_not_asked_for_what_is_looked_up_first(site, faultd):
    """More images than are looked up before the first request goes out."""
    site.jekyll().news("z", faultd.url("/retry-after/503/3600"))
    site.check()
    site.news("a", *(faultd.url(f"/image/1?{i}") for i in range(2500)))
    result = site.check("--host-concurrency", "32")
    assert (result.totals["unchecked"], len(faultd.requests())) == (2501, 1), result.totals


def test_a_guard_that_says_when_to_come_back_is_obeyed(site, faultd):
    """Cloudflare's 1015 is a pause, not a challenge."""
    limits = {"/soon": "1", "/late": "3600"}

    def limit(connection, request, rest):
        if sum(r.path == request.path for r in faultd.requests()) > 1:
            connection.answer(200, faultd.image)
            return
        fields = [("Server", "cloudflare"), ("Retry-After", limits["/" + rest])]
        connection.answer(429, b"error code: 1015", [("Content-Type", "text/plain"), *fields])

    faultd.do_limit = limit
    site.jekyll().news("one", faultd.url("/limit/soon"))
    assert site.check("--max-retries", "1").totals["ok"] == 1
    first, second = faultd.requests()
    assert second.at - first.at > 0.9
    site.news("one", faultd.url("/limit/late"))
    assert graves(site.check())[faultd.url("/limit/late")] == "unchecked"


@pytest.mark.parametrize(
    "path, least_s, most_s",
    [
        ("/retry-after/503/1", 0.9, 10),
        ("/retry-after/502/2", 1.9, 10),
        ("/retry-after/408/2", 1.9, 10),
        ("/retry-after-date/503/2", 0.9, 10),
        ("/retry-after-date/429/-100", 0, 3),
        ("/retry-after-date/503/2/86400", 1.9, 10),
        ("/retry-after-date/503/2/-86400", 1.9, 10),
        ("/retry-after/503/0", 0, 3),
        ("/retry-after/503/%201%20", 0.9, 10),
        ("/retry-after/503/-1", 0, 5),
        ("/retry-after/503/1.5", 0, 5),
        ("/retry-after/503/%F0%9F", 0, 5),
        ("/retry-after/503/Thu,%2032%20Foo", 0, 5),
    ],
)
def test_forms_of_retry_after(site, faultd, path, least_s, most_s):
    site.jekyll().news("one", faultd.url(path))
    result = site.check("--max-retries", "1")
    assert result.totals["ok"] == 1, result
    first, second = faultd.requests()
    assert least_s <= second.at - first.at <= most_s


def test_the_pause_is_the_hosts(site, faultd):
    """While one URL was told to wait, no other of its host is asked."""
    site.jekyll().news("one", faultd.url("/retry-after/503/1"), faultd.url("/image/1"))
    result = site.check("--max-retries", "1", "--host-concurrency", "1")
    assert result.totals["ok"] == 2
    times = [r.at for r in faultd.requests()]
    assert len(times) == 3 and times[1] - times[0] > 0.9


def test_a_pause_outlives_a_run_that_is_cut_off(site, faultd):
    """The one second's time is over while the host rests for a minute."""
    site.jekyll().news("one", faultd.url("/retry-after/503/60"), faultd.url("/image/1"))
    one = ("--host-concurrency", "1", "--max-retries", "1")
    result = site.check("--max-time", "3s", *one)
    assert (result.totals["unchecked"], len(faultd.requests())) == (2, 1), result
    for verb in ("check", "build"):
        result = site.json(verb, *one)
        assert (result.totals["unchecked"], len(faultd.requests())) == (2, 1), result
        assert all("deferred" in result.codes(i["url"]) for i in result.report["images"])
    assert site.check("--refresh", *one).totals["ok"] == 2


def test_the_rest_of_a_short_pause_is_waited_for(site, faultd):
    """A run is cut off while the host rests for some seconds; the next one leaves none of its images
    out for that."""
    site.jekyll().news("one", faultd.url("/retry-after/503/6"), faultd.url("/image/1"))
    one = ("--host-concurrency", "1", "--max-retries", "1")
    result = site.check("--max-time", "3s", *one)
    assert (result.totals["unchecked"], len(faultd.requests())) == (2, 1), result
    assert site.check(*one).totals["ok"] == 2
    first, second, _ = (request.at for request in faultd.requests())
    assert second - first >= 5.9


@pytest.mark.parametrize("status", [429, 503, None])
def test_a_limit_on_requests_breaks_no_image(site, faultd, status):
    """Four answers, and then none for a while, to whatever comes; it does not say for how long, or even
    that it refuses (nginx's 444)."""
    state = {"left": 4, "shut_until": 0}

    def refuse(connection):
        if status is None:
            connection.reset()
        connection.answer(status)

    def limited(connection, _request, _rest):
        now = time.monotonic()
        if now < state["shut_until"]:
            refuse(connection)
        elif not state["left"]:
            state.update(left=4, shut_until=now + 0.8)
            refuse(connection)
        else:
            state["left"] -= 1
            connection.answer(200, faultd.image)

    faultd.do_limited = limited
    site.jekyll().news("one", *(faultd.url(f"/limited?{i}") for i in range(30)))
    result = site.check("--max-retries", "2", "--host-concurrency", "1")
    assert result.totals["ok"] == 30, result
    # A kept connection that is closed may have been idle for too long: another one is tried at once.
    most = 3 if status else 6
    assert max(collections.Counter(r.target for r in faultd.requests()).values()) <= most


def test_a_named_time_that_is_too_short(site, faultd):
    """The host is refusing still when it is over: the last attempt comes after a rest."""

    def limited(connection, request, _rest):
        if len(faultd.requests(request.path)) <= 2:
            connection.answer(429, b"", [("Retry-After", "1")])
        else:
            connection.answer(200, faultd.image)

    faultd.do_limited = limited
    site.jekyll().news("one", faultd.url("/image/1"), faultd.url("/limited"))
    result = site.check("--max-retries", "2", "--host-concurrency", "1", "-vv")
    assert result.totals["ok"] == 2 and "after a rest" in result.err, result


def test_a_few_broken_urls_are_no_limit(site, faultd):
    """One in ten says 503 whenever it is asked: the host does not rest for them."""
    broken = [faultd.url(f"/status/503?{i}") for i in range(6)]
    urls = [faultd.url(f"/image/1?{i}") for i in range(54)]
    for i, url in enumerate(broken):
        urls.insert(9 + 10 * i, url)
    site.jekyll().news("one", *urls)
    result = site.check("--max-retries", "2", "-vv")
    assert {url for url, code in graves(result).items() if code == ("http-error",)} == set(broken)
    assert result.totals["ok"] == 54 and "after a rest" not in result.err, result
    assert len(faultd.requests()) == 54 + 3 * 6


def test_a_few_urls_that_are_closed_slow_no_host_down(site, faultd):
    """One in ten ends its connection without a word whenever it is asked: the others are asked for as
    closely as before."""
    closed = [faultd.url(f"/close-at-once?{i}") for i in range(12)]
    urls = [faultd.url(f"/image/1?{i}") for i in range(108)]
    for i, url in enumerate(closed):
        urls.insert(9 + 10 * i, url)
    site.jekyll().news("one", *urls)
    result = site.check("--max-retries", "2", "--host-interval", "25ms")
    assert {url for url, code in graves(result).items() if code == ("connect",)} == set(closed)
    assert result.totals["ok"] == 108, result
    times = [request.at for request in faultd.requests()][-60:]
    assert statistics.median(b - a for a, b in itertools.pairwise(times)) < 0.1


def test_closed_urls_that_are_repeated_one_after_the_other_are_not_the_host(site, faultd):
    """While one image is slow, the repetitions of all become due: five closings in a row, and the
    images behind them were said to be broken, unasked."""
    image = faultd.image
    # In one piece, so that none waits for its acknowledgement.
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(image), image)

    def respond(connection, request):
        if request.path == "/closed":
            raise Closed
        if request.path == "/late":
            connection.pause(3)
        connection.send(answer)

    faultd.respond = respond
    closed = [faultd.url(f"/closed?{i}") for i in range(9)]
    urls = [faultd.url(f"/image?{i}") for i in range(36)]
    for i, url in enumerate(closed):
        urls.insert(4 + 5 * i, url)
    urls += [faultd.url("/late"), *(faultd.url(f"/image?{i}") for i in range(36, 60))]
    site.jekyll().news("one", *urls)
    result = site.check("--max-retries", "1", "--host-concurrency", "1")
    assert {url for url, code in graves(result).items() if code == ("connect",)} == set(closed)
    assert result.totals["ok"] == 61 and not result.problems("host-down"), result
