"""Every way of misbehaving that faultd knows, in a few runs: each ends in time with the right
code, and leaves no descriptor and no memory behind."""

import contextlib
import pathlib
import time

import pytest

from faultd import Faultd, usual_image

# path -> status and grave code; each gets a host of its own, so that no circuit breaker mixes them.
ENDS = {
    "/hang": "timeout",
    "/slow-headers": "timeout",
    "/drip": "timeout",
    "/stall": "timeout",
    "/other-protocol": "http-error",
    "/reset-at-once": "connect",
    "/close-at-once": "connect",
    "/reset-in-status-line": "connect",
    "/reset-in-headers": "connect",
    "/close-in-headers": "connect",
    "/reset-after-headers": "connect",
    "/reset-mid-body": "connect",
    "/short-body": "truncated",
    "/truncated-image": "truncated",
    "/chunked-cut": "truncated",
    "/chunked-bad": "http-error",
    "/huge-chunk": "http-error",
    "/negative-length": "http-error",
    "/two-lengths": "http-error",
    "/length/0x10": "http-error",
    "/length/+5000": "http-error",
    "/length/5000,%20400": "http-error",
    "/length/5000%20bytes": "http-error",
    "/length/99999999999/chunked": "ok",
    "/length/5/chunked": "ok",
    "/bad-status": "http-error",
    "/garbage": "http-error",
    "/http09": "http-error",
    "/1xx-flood": "http-error",
    "/switching-protocols": "http-error",
    "/lower-case-status": "http-error",
    "/header-flood": "http-error",
    "/blank-first": "http-error",
    "/long-line": "http-error",
    "/trailer-flood": "http-error",
    "/endless": "too-large",
    "/endless-chunked": "too-large",
    "/big/3000000": "too-large",
    "/gzip-bomb": "too-large",
    "/gzip-of-nothing": "too-large",
    "/brotli-bomb": "too-large",
    "/zstd-bomb": "too-large",
    "/gzip-cut": "truncated",
    "/gzip-lie": "http-error",
    "/empty": "empty",
    "/no-content": "empty",
    "/not-modified": "http-error",
    "/partial": "http-error",
    "/html-as-image": "not-an-image",
    "/plain-text": "not-an-image",
    "/page-in-pieces": "not-an-image",
    "/page-then-silence": "not-an-image",
    "/login": "not-an-image",
    "/redirect-loop": "redirect-loop",
    "/redirect-to-self": "redirect-loop",
    "/redirect-forever": "redirect-loop",
    "/redirect-nowhere": "http-error",
    "/status/400": "http-error",
    "/status/404": "gone",
    "/status/410": "gone",
    "/status/418": "http-error",
    "/status/500": "http-error",
    "/status/521": "http-error",
    "/status/401": "blocked",
    "/status/403": "blocked",
    "/status/407": "blocked",
    "/status/429": "blocked",
    "/status/451": "blocked",
    "/status/999": "blocked",
    "/challenge": "blocked",
    "/challenge-403": "blocked",
    "/challenge-200": "blocked",
    "/akamai": "blocked",
    "/akamai-200": "blocked",
    "/akamai-down": "http-error",
    "/akamai-invalid": "http-error",
    "/one-moment": "blocked",
    "/alibaba": "blocked",
    "/aws-waf-404": "gone",
    "/captcha": "blocked",
    "/error-code/1015": "blocked",
    "/error-code/1016": "not-an-image",
    "/contact-form": "not-an-image",
    "/retry-after/429/1000000000": "unchecked",
    "/retry-after/503/86400": "unchecked",
    "/retry-after-date/503/100000": "unchecked",
    "/alternating": "http-error",
    "/chunked": "ok",
    "/until-close": "ok",
    "/long-body": "ok",
    "/early-hints": "ok",
    "/gzip": "ok",
    "/gzip-and-more": "ok",
    "/gzip-checksum": "ok",
    "/brotli-and-more": "ok",
    "/aws-chunked": "ok",
    "/no-type": "ok",
    "/png-as-jpeg": "ok",
    "/redirect/5": "ok",
    "/redirect-relative": "ok",
    "/redirect-with-body": "ok",
    "/image/1": "ok",
}


@pytest.fixture
def servers():
    with contextlib.ExitStack() as stack:
        yield {path: stack.enter_context(Faultd()) for path in ENDS}


def grave(image):
    codes = [f["code"] for f in image["findings"] if f["severity"] in ("broken", "blocked")]
    return codes[0] if codes else image["status"]


# libcurl 8.14, Debian 13's, takes the blank away.
NEWER_ENDS = {"/blank-first": "ok"}


def test_every_fault_ends_with_its_code(site, servers):
    assert len(ENDS) >= 40
    urls = {server.url(path): path for path, server in servers.items()}
    site.jekyll().news("one", *urls)
    started = time.monotonic()
    result = site.check("--timeout", "9s", "--max-bytes", "1MiB", "--max-concurrency", "128")
    assert time.monotonic() - started < 30
    found = {urls[image["url"]]: grave(image) for image in result.report["images"]}
    wrong = {path: code for path, code in found.items() if code not in (ENDS[path], NEWER_ENDS.get(path))}
    assert not wrong and len(found) == len(ENDS), wrong
    for image in result.report["images"]:
        graves = [f for f in image["findings"] if f["severity"] in ("broken", "blocked")]
        assert len(graves) <= 1 and image["status"] in (
            "ok" if not graves else graves[0]["severity"],
            "unchecked",
        ), image
    assert result.report["run"]["complete"] and result.totals["bytes_fetched"] < 64 << 20


QUICK_FAULTS = [
    "/status/404",
    "/html-as-image",
    "/short-body",
    "/reset-mid-body",
    "/image/1",
    "/redirect/3",
    "/chunked-bad",
    "/empty",
    "/status/503",
    "/endless",
    "/close-in-headers",
    "/challenge",
    "/gzip-cut",
    "/header-flood",
    "/until-close",
    "/redirect-loop",
    "/reset-on-reuse",
    "/bad-status",
    "/gzip",
    "/partial",
]


class Probe:
    """Descriptors and memory of a running picdesk, taken while one of its requests is open."""

    def __init__(self):
        self.pid, self.taken = None, []

    def __call__(self, _connection, _request, _rest):
        folder = pathlib.Path(f"/proc/{self.pid}")
        status = dict(
            line.split(":", 1) for line in (folder / "status").read_text("utf-8").splitlines()
        )
        self.taken.append((len(list((folder / "fd").iterdir())), int(status["VmRSS"].split()[0])))
        _connection.answer(200, usual_image())


@pytest.mark.parametrize("count", [1500, pytest.param(5000, marks=pytest.mark.full)])
def test_faults_leave_nothing_behind(site, picdesk, faultd, count):
    probe = faultd.do_probe = Probe()
    urls = []
    for i in range(count):
        if i % 100 == 99:
            urls.append(faultd.url(f"/probe?{i}"))
        urls.append(faultd.url(f"{QUICK_FAULTS[i % len(QUICK_FAULTS)]}?{i}"))
    site.jekyll().news("one", *urls)
    env = {}
    if "ASAN_OPTIONS" in picdesk.environment:  # it keeps 256 MiB of freed memory, unless told otherwise
        env["ASAN_OPTIONS"] = picdesk.environment["ASAN_OPTIONS"] + ":quarantine_size_mb=1"
    process = picdesk.start(
        "check",
        *picdesk.QUICK,
        "--max-bytes=100k",
        "--host-concurrency=8",
        "--format=json",
        cwd=site.root,
        env=env,
    )
    probe.pid = process.pid
    result = picdesk.finish(process)
    assert result.totals["images"] == len(urls) and result.totals["unchecked"] == 0
    assert not result.problems(), result.problems()
    early, late = probe.taken[2:5], probe.taken[-3:]
    assert min(late)[0] <= max(early)[0] + 8, (early, late)
    # What is remembered of an image costs something; a body or a transfer would cost much more.
    growth_kib = min(rss for _, rss in late) - max(rss for _, rss in early)
    assert growth_kib < 4096 + 2 * count, (early, late)
