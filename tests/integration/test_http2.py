"""HTTP/2 (RFC 9113) that goes wrong in its own ways: streams and connections that end, or don't."""

import contextlib
import time

import pytest

import h2d
from h2d import H2d

# path -> the broken code, or "ok". What is repeated gets one more attempt.
ENDS = {
    f"/reset-once/{h2d.REFUSED_STREAM}": "ok",
    f"/reset-once/{h2d.NO_ERROR}": "ok",
    f"/reset-once/{h2d.INTERNAL_ERROR}": "ok",
    f"/reset-once/{h2d.CANCEL}": "ok",
    f"/reset-once/{h2d.ENHANCE_YOUR_CALM}": "ok",
    f"/reset-once/{h2d.HTTP_1_1_REQUIRED}": "ok",
    f"/reset-within-once/{h2d.CANCEL}": "ok",
    f"/reset-within-once/{h2d.REFUSED_STREAM}": "ok",
    f"/reset-behind/{h2d.NO_ERROR}": "ok",
    f"/reset-behind/{h2d.CANCEL}": "ok",
    "/close-once/0": "ok",
    "/close-once/1000": "ok",
    "/break-once/0": "ok",
    "/break-once/1000": "ok",
    "/leave-once": "ok",
    "/leave-once/close": "ok",
    "/leave-within": "ok",
    "/padded": "ok",
    "/early-hints": "ok",
    "/trailers": "ok",
    "/unknown-frame": "ok",
    "/line-break": "truncated",
    "/no-status": "truncated",
    "/data-first": "connect",
    "/push": "connect",
    "/junk": "connect",
    "/status/404": "gone",
    "/status/421": "http-error",
    "/empty": "empty",
    "/length/5": "truncated",
    "/length/99999": "truncated",
    "/1xx-flood": "http-error",
}

# What has no end, and takes our time meanwhile: nghttp2 breaks it off, or the time does.
FLOODS = {
    "/padding-flood": {"connect", "timeout", "truncated"},
    "/empty-flood": {"connect", "timeout", "truncated"},
    "/continuation-flood/100": {"connect", "timeout"},
    "/continuation-flood/0": {"connect", "timeout"},
    "/ping-flood": {"connect", "timeout", "truncated"},
    "/settings-flood": {"connect", "timeout", "truncated"},
    "/big/3000000": {"too-large"},
    "/drip": {"timeout"},
}


@pytest.fixture
def server(certificates):
    with H2d(certificates) as one:
        yield one


def check(site, certificates, *arguments):
    return site.check("--cacert", certificates.authority, *arguments)


def broken(result, url):
    return [f["code"] for f in result.image(url)["findings"] if f["severity"] == "broken"]


def check_each(site, certificates, paths, timeout):
    """path -> the broken codes; each at a host of its own."""
    with contextlib.ExitStack() as stack:
        urls = {path: stack.enter_context(H2d(certificates)).url(path) for path in paths}
        site.jekyll().news("one", *urls.values())
        limits = ("--timeout", timeout, "--max-retries", "1", "--max-bytes", "1MiB")
        result = check(site, certificates, *limits)
        return {path: broken(result, url) for path, url in urls.items()}


# libcurl 8.14, Debian 13's, tells these from streams that were ended.
NEWER_ENDS = {"/line-break": "connect", "/no-status": "http-error"}


def test_every_end_of_a_stream(site, certificates):
    found = check_each(site, certificates, ENDS, "30s")
    wrong = {}
    for path, codes in found.items():
        ends = {ENDS[path], NEWER_ENDS.get(path, ENDS[path])}
        if (codes or ["ok"]) not in [[end] for end in ends]:
            wrong[path] = codes
    assert not wrong


def test_floods_end(site, certificates):
    found = check_each(site, certificates, FLOODS, "4s")
    for path, codes in found.items():
        assert len(codes) == 1 and set(codes) <= FLOODS[path], (path, codes)


def test_a_flood_is_the_end_of_its_own_connection_alone(site, certificates, server):
    """libcurl reads on and on: no time limit, no signal, nor another connection was looked at."""
    with H2d(certificates) as other:
        urls = [other.url(f"/image?{i}") for i in range(30)]
        site.jekyll().news("one", server.url("/empty-flood"), *urls)
        limits = ("--timeout", "60s", "--connect-timeout", "60s", "--max-retries", "0")
        result = check(site, certificates, *limits)
        assert result.totals["ok"] == len(urls), result


def test_refused_streams_are_not_sent_again_and_again(site, certificates, server):
    """libcurl sent each of them six times within milliseconds, whatever the host's interval."""
    paths = [f"/reset/{h2d.REFUSED_STREAM}?{i}" for i in range(4)]
    site.jekyll().news("one", *map(server.url, paths))
    result = check(site, certificates, "--max-retries", "0")
    assert result.totals["broken"] == 4, result
    assert max(len(server.requests(path)) for path in paths) <= 2


def test_a_host_that_floods_is_down(site, certificates, server):
    """Each of its connections costs a second of CPU time: it was given dozens of them."""
    urls = [server.url(f"/empty-flood?{i}") for i in range(20)]
    site.jekyll().news("one", *urls)
    limits = ("--timeout", "5m", "--connect-timeout", "5m", "--max-retries", "2")
    result = check(site, certificates, *limits)
    assert [broken(result, url) for url in urls] == [["connect"]] * len(urls), result
    assert len(result.problems("host-down")) == 1 and len(server.requests()) <= 5, result


def test_a_connection_that_died_is_not_asked_again(site, certificates, server):
    urls = [server.url(f"/dead/5?{i}") for i in range(30)]
    site.jekyll().news("one", *urls)
    result = check(site, certificates, "--timeout", "2s", "--max-retries", "1")
    assert result.totals["ok"] == len(urls), result
    assert server.connections == 2


def test_a_host_that_hangs_resets_nothing(site, certificates, server):
    """The connection that one request waited for in vain is shut by us, and others were over it."""
    urls = [server.url(f"/hang?{i}") for i in range(20)]
    site.jekyll().news("one", *urls)
    result = check(site, certificates, "--timeout", "1s", "--max-retries", "2")
    assert [broken(result, url) for url in urls] == [["timeout"]] * len(urls), result


def test_a_page_that_does_not_come_costs_others_nothing(site, certificates, server):
    """What is awaited over the same connection still comes, when the page was given up."""
    held, gone, last = map(server.url, ("/hold", "/announce/404", "/release"))
    site.jekyll().news("one", held, gone, last)
    result = check(site, certificates, "--host-concurrency", "2", "--max-retries", "0")
    assert broken(result, gone) == ["gone"] and result.totals["ok"] == 2, result
    assert (server.connections, len(server.requests())) == (1, 3)


@pytest.mark.parametrize("path", ["/image", "/leave-after/3"])
@pytest.mark.parametrize("streams", [1, 100])
def test_streams_that_a_connection_does_not_take(site, certificates, server, path, streams):
    server.streams = streams
    urls = [server.url(f"{path}?{i}") for i in range(40)]
    site.jekyll().news("one", *urls)
    result = check(site, certificates, "--host-concurrency", "20", "--max-retries", "2")
    assert result.totals["ok"] == len(urls), result


@pytest.mark.parametrize("is_announced", [False, True])
def test_of_many_hosts_no_answer_is_doubted(site, certificates, is_announced):
    """More than connections are kept: that one is closed by us is no sign of an answer cut short."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(H2d(certificates)) for _ in range(5)]
        path = f"/length/{len(servers[0].image)}" if is_announced else "/image"
        site.jekyll().news("one", *(s.url(f"{path}?{i}") for i in range(3) for s in servers))
        result = check(site, certificates, "--max-concurrency", "2", "--host-interval", "0ms")
        assert result.totals["ok"] == 15, result
        assert [len(s.requests()) for s in servers] == [3] * 5


class SlowDoorH2d(H2d):
    """Its first connection takes 1.2 s; the first request is refused for a second."""

    def __init__(self, certificates):
        self.times = []
        super().__init__(certificates)

    def _hide(self, sock):
        if self.connections == 1:
            self.closing.wait(1.2)
        return super()._hide(sock)

    def do_refuse(self, connection, request, _rest):
        self.times.append(time.monotonic())
        if len(self.times) > 1:
            connection.answer(request.stream)
        else:
            connection.head(request.stream, 503, [("retry-after", "1")], h2d.END_STREAM)


def test_a_pause_is_that_of_what_waits_for_a_connection_too(site, certificates):
    """Three are started meanwhile; they would all go out at once when the connection is there."""
    with SlowDoorH2d(certificates) as server:
        site.jekyll().news("one", *(server.url(f"/refuse?{i}") for i in range(3)))
        result = check(site, certificates, "--host-interval", "500ms", "--max-retries", "1")
        assert result.totals["ok"] == 3 and server.connections == 1, result
        assert len(server.times) == 4 == result.report["hosts"][0]["requests"]
        assert server.times[1] - server.times[0] > 0.95, server.times
