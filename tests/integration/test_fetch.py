"""What misbehaving servers do to a run: a finding with the right code, in bounded time, and no more
requests than politeness allows."""

import collections
import time
import urllib.parse

import pytest

import pictures

FAST = ("--timeout", "1s", "--connect-timeout", "1s")


def verdict(site, url, *arguments, verb="check"):
    """(status, codes of broken and blocked findings, result)"""
    site.jekyll().news("one", url)
    result = site.json(verb, *arguments)
    image = result.report["images"][0]
    return (
        image["status"],
        {f["code"] for f in image["findings"] if f["severity"] in ("broken", "blocked")},
        result,
    )


@pytest.mark.parametrize(
    "path, codes",
    [
        ("/hang", {"timeout"}),
        ("/slow-headers", {"timeout"}),
        ("/drip", {"timeout"}),
        ("/stall", {"timeout"}),
        ("/reset-at-once", {"connect"}),
        ("/close-at-once", {"connect"}),
        ("/reset-after-headers", {"connect", "truncated"}),
        ("/reset-mid-body", {"connect", "truncated"}),
        ("/short-body", {"truncated"}),
        ("/chunked-cut", {"truncated"}),
        ("/identity/cut", {"truncated"}),
        ("/chunked-bad", {"truncated", "http-error"}),
        ("/garbage", {"http-error", "connect"}),
        ("/http09", {"http-error", "connect"}),
        ("/empty", {"empty"}),
        ("/html-as-image", {"not-an-image"}),
        ("/redirect-loop", {"redirect-loop"}),
        ("/redirect-nowhere", {"http-error"}),
    ],
)
def test_fault(site, faultd, path, codes):
    """Where two codes are given, either says truly what happened."""
    started = time.monotonic()
    status, found, result = verdict(site, faultd.url(path), *FAST)
    assert status == "broken" and len(found) == 1 and found <= codes, result
    assert result.code == 2
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    "path",
    ["/chunked", "/until-close", "/redirect/3", "/image/1", "/identity", "/identity/more"],
)
def test_unusual_but_right(site, faultd, path):
    status, found, result = verdict(site, faultd.url(path))
    assert (status, found, result.code) == ("ok", set(), 0), result


@pytest.mark.parametrize("path", ["/endless", "/endless-chunked", "/big/3000000", "/gzip-bomb"])
def test_body_is_counted_against_max_bytes(site, faultd, path):
    started = time.monotonic()
    status, found, result = verdict(site, faultd.url(path), "--max-bytes", "1MiB")
    assert status == "broken", result
    # Nobody asked for gzip; browsers decode it all the same, and what comes out is counted.
    assert found == {"too-large"}, result
    assert result.totals["bytes_fetched"] < 8 << 20
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("path, code", [("", "too-large"), ("/404", "gone")])
def test_bytes_that_decode_to_nothing_are_counted(site, faultd, path, code):
    url = faultd.url("/gzip-of-nothing" + path)
    _, found, result = verdict(site, url, "--max-bytes", "1MiB", "--timeout", "100s")
    assert found == {code}, result


def test_an_announced_size_is_enough(site, faultd):
    _, found, result = verdict(site, faultd.url("/big/3000000"), "--max-bytes", "1MiB")
    assert found == {"too-large"} and result.totals["bytes_fetched"] < 1 << 20


@pytest.mark.parametrize("path", ["/1xx-flood", "/header-flood"])
def test_floods_end(site, faultd, path):
    started = time.monotonic()
    status, found, result = verdict(site, faultd.url(path), "--timeout", "5s")
    assert status == "broken" and found, result
    assert time.monotonic() - started < 20


def test_a_first_field_that_begins_with_a_blank(site, faultd):
    """libcurl before 8.1 appended it to a field of the transfer before, which was freed; that of
    Debian 12 refuses it, that of 13 takes the blank away."""
    urls = [
        faultd.url(f"/{kind}/{n}")
        for n in range(10, 400, 13)
        for kind in ("image", "blank-first", "image")
    ]
    site.jekyll().news("one", *dict.fromkeys(urls))
    result = site.check()
    ends = set()
    for url in urls:
        status, codes = result.image(url)["status"], result.codes(url)
        if "/image/" in url:
            assert status == "ok", result
        else:
            ends.add("http-error" if "http-error" in codes else status)
    assert ends in ({"http-error"}, {"ok"}), result


def test_nothing_but_an_image_is_downloaded(site, faultd):
    """After its first bytes a body that no image starts with is dropped."""
    url = faultd.serve(
        "/files/page", b"<!DOCTYPE html><title>big</title>" + b"x" * (8 << 20), "text/html"
    )
    status, found, result = verdict(site, url)
    assert (status, found) == ("broken", {"not-an-image"})
    assert result.totals["bytes_fetched"] < 2 << 20


@pytest.mark.parametrize("extra", [(), ("--quick",)])
def test_a_page_is_named_however_it_comes(site, faultd, extra):
    """Its title may stand behind the bytes that said it is no image; silence there is not waited for."""
    titles = {faultd.url("/page-in-pieces"): "In pieces", faultd.url("/page-then-silence"): "Half"}
    site.jekyll().news("one", *titles)
    started = time.monotonic()
    result = site.check("--host-concurrency", "1", *extra)
    assert time.monotonic() - started < 9
    for url, title in titles.items():
        said = [f["message"] for f in result.image(url)["findings"] if f["code"] == "not-an-image"]
        assert said == [f"the server sent an HTML page titled “{title}”"], result


def test_identity_is_asked_for(site, web):
    web.put("a.jpg", pictures.jpeg(64, 64))
    verdict(site, web.url("fresh", "a.jpg"))
    (request,) = web.requests()
    assert request["accept_encoding"] in ("", "identity")
    assert request["accept"].startswith("image/avif,image/webp")
    assert "picdesk/" in request["user_agent"]


@pytest.mark.full
def test_the_first_byte_may_take_as_long_as_the_whole(site, faultd):
    """A server that makes the picture first: 512 B/s over 10 s are asked of what comes, not of nothing."""

    def think(connection, _request, rest):
        connection.pause(int(rest))
        connection.answer(200, faultd.image)

    faultd.do_think = think
    url = faultd.url("/think/12")
    status, _, result = verdict(site, url, "--timeout", "20s")
    assert status == "ok" and "slow" in result.codes(url), result


@pytest.mark.full
def test_what_did_not_load_is_not_called_slow(site, faultd):
    url = faultd.url("/drip")
    status, found, result = verdict(site, url, "--max-retries", "0")
    assert (status, found) == ("broken", {"timeout"})
    assert "slow" not in result.codes(url), result


# --- retries ---


RETRIED = (408, 425, 429, 500, 502, 503, 504)


@pytest.mark.parametrize("status", RETRIED)
def test_temporary_failures_are_retried(site, faultd, status):
    path = f"/ok-after/{status}/1"
    found, _, result = verdict(site, faultd.url(path), "--max-retries", "1")
    assert found == "ok", result
    assert len(faultd.requests(path)) == 2


def test_which_statuses_are_retried(site, faultd):
    """Each is asked so many times, whatever came over its connection before."""
    codes = [code for code in range(400, 600) if code not in (429, 503)]
    site.jekyll().news("one", *(faultd.url(f"/status/{code}") for code in codes))
    site.check("--host-concurrency", "16", "--max-retries", "1")
    asked = collections.Counter(int(r.path.rpartition("/")[2]) for r in faultd.requests())
    assert asked == {code: 2 if code in RETRIED else 1 for code in codes}


@pytest.mark.parametrize("path", ["/html-as-image", "/empty"])
def test_final_failures_are_not_retried(site, faultd, path):
    verdict(site, faultd.url(path), "--max-retries", "3")
    assert len(faultd.requests(path)) == 1


def test_a_lie_about_length_is_retried(site, faultd):
    status, _, result = verdict(site, faultd.url("/short-once"), "--max-retries", "1")
    assert status == "ok", result
    assert len(faultd.requests("/short-once")) == 2
    assert result.report["images"][0]["bytes"] == len(faultd.image)


def test_retries_end(site, faultd):
    verdict(site, faultd.url("/status/503"), "--max-retries", "1")
    assert len(faultd.requests("/status/503")) == 2


def test_retry_after_is_kept(site, faultd):
    path = "/retry-after/503/2"
    status, _, result = verdict(site, faultd.url(path), "--max-retries", "1")
    assert status == "ok", result
    first, second = faultd.requests(path)
    assert second.at - first.at >= 1.9


@pytest.mark.parametrize("value", ["3600", "1000000000", "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_a_long_retry_after_is_deferred(site, faultd, value):
    path = f"/retry-after/429/{value}"
    url = faultd.url(path.replace(" ", "%20"))
    status, found, result = verdict(site, url, "--max-retries", "2")
    assert (status, found) == ("unchecked", set()), result
    assert "deferred" in [f["code"] for f in result.report["images"][0]["findings"]]
    assert result.code == 0
    assert len(faultd.requests()) == 1
    # The next run keeps it.
    again = site.build()
    assert again.report["images"][0]["status"] == "unchecked" and len(faultd.requests()) == 1


def test_junk_in_retry_after_is_no_reason_to_wait(site, faultd):
    started = time.monotonic()
    status, _, result = verdict(site, faultd.url("/retry-after/503/soon"), "--max-retries", "1")
    assert status == "ok", result
    assert time.monotonic() - started < 10


# --- redirects ---


def test_redirects_are_followed_and_said(site, faultd):
    url = faultd.url("/redirect/2")
    _, _, result = verdict(site, url)
    image = result.image(url)
    assert (image["status"], image["final_url"]) == ("ok", faultd.url("/redirect/0"))
    assert "permanent-redirect" not in result.codes(url)


@pytest.mark.parametrize(
    "status, cache, is_followed_again",
    [
        (302, None, True),
        (303, None, True),
        (307, None, True),
        (302, "max-age=3600", False),
        (302, "max-age=0", True),
        (301, None, False),
        (308, None, False),
        (301, "no-cache", True),
        (301, "no-store", True),
        (308, "max-age=0", True),
    ],
)
def test_a_redirect_is_fresh_in_its_own_right(site, faultd, status, cache, is_followed_again):
    """RFC 9111 4.2.2: a temporary redirect without freshness is not reused, however fresh what it
    led to is."""
    path = f"/redirect-to/{status}"
    url = faultd.url(f"{path}?url=/image/1" + (f"&cache={cache}" if cache else ""))
    site.jekyll().news("one", url)
    for _ in range(2):
        image = site.build().image(url)
        assert (image["status"], image["final_url"]) == ("ok", faultd.url("/image/1"))
    assert len(faultd.requests(path)) == (2 if is_followed_again else 1)
    for verb in (site.check, site.build):
        verb("--min-age", "1h")
    assert len(faultd.requests(path)) == (2 if is_followed_again else 1)


def test_permanent_redirects_are_a_warning(site, faultd):
    url = faultd.url("/redirect/2/301")
    _, _, result = verdict(site, url)
    assert "permanent-redirect" in result.codes(url) and result.code == 0


@pytest.mark.parametrize(
    "hops, limit, status",
    [(5, None, "ok"), (6, None, "broken"), (2, "1", "broken"), (1, "1", "ok")],
)
def test_at_most_so_many_redirects(site, faultd, hops, limit, status):
    extra = ("--max-redirects", limit) if limit else ()
    found, codes, result = verdict(site, faultd.url(f"/redirect/{hops}"), *extra)
    assert found == status, result
    assert codes == (set() if status == "ok" else {"redirect-loop"})


@pytest.mark.parametrize(
    "target, code",
    [
        ("http://10.0.0.1/a.jpg", "forbidden-address"),
        ("http://[::1]/a.jpg", "forbidden-address"),
        ("http://169.254.169.254/latest/meta-data", "forbidden-address"),
        ("http://192.168.1.1/", "forbidden-address"),
        ("file:///etc/passwd", "http-error"),
        ("ftp://127.0.0.1/a.jpg", "http-error"),
        ("http://", "http-error"),
    ],
)
def test_a_redirect_does_not_lead_out_of_bounds(site, faultd, target, code):
    site.jekyll().news("one", faultd.url(f"/redirect-to?url={target}"))
    result = site.json("check", "--connect-timeout", "2s")
    codes = [f["code"] for f in result.report["images"][0]["findings"] if f["severity"] == "broken"]
    assert len(codes) == 1 and codes[0] in (code, "bad-url"), result


@pytest.mark.parametrize("limit", ["*", "60d"])
def test_an_attempt_may_take_for_ever(site, faultd, limit):
    limits = ("--timeout", limit, "--connect-timeout", limit)
    assert verdict(site, faultd.url("/image/1"), *limits)[0] == "ok"


def test_the_page_of_an_error_is_not_waited_for(site, faultd):
    """It is announced, and does not come: what it says of the image stands in the header."""

    def announce(connection, _request, rest):
        connection.head(int(rest), [("Content-Length", "100000")])
        connection.hang()

    faultd.do_announce = announce
    codes = {404: "gone", 403: "blocked", 500: "http-error"}
    urls = {code: faultd.url(f"/announce/{code}") for code in codes}
    site.jekyll().news("one", *urls.values())
    started = time.monotonic()
    result = site.check("--max-retries", "0")
    assert time.monotonic() - started < 10
    for code, url in urls.items():
        assert codes[code] in result.codes(url) and "slow" not in result.codes(url), result


def test_the_page_of_a_redirect_is_not_waited_for(site, faultd):
    """Browsers go where its header leads; the page is announced, and does not come."""

    def lead(connection, _request, _rest):
        connection.head(302, [("Location", "/image/1")], 500)
        connection.hang()

    faultd.do_lead = lead
    assert verdict(site, faultd.url("/lead"), "--max-time", "8s")[0] == "ok"


def test_a_failure_behind_a_redirect_says_where(site, faultd):
    """The URL in the article is not the one that failed. What may have a password in it is not shown."""
    words = {
        faultd.url("/status/404"): "HTTP 404 Not Found (redirected to {})",
        "http://10.0.0.1/x.jpg": "the address is not public (redirected to {})",
        "/html-as-image": "titled “Page not found” (redirected to " + faultd.url("{})"),
        "http://a b/": "redirected to something that is no URL: {}",
        "ftp://127.0.0.1/x.jpg": "redirected to something other than http or https: {}",
        # What it leads to says that the image is no more, and is not asked for.
        "https://i.imgur.com/removed.png": "redirects to a picture that says so: {}",
        "http://me:secret@127.0.0.1/": "redirected to a URL with a user name or password in it",
    }
    urls = {
        target: faultd.url("/redirect-to?url=" + urllib.parse.quote(target, safe=""))
        for target in words
    }
    site.jekyll().news("one", *urls.values())

    def said(result, url):
        return [f["message"] for f in result.image(url)["findings"] if f["severity"] == "broken"]

    result = site.check()
    for target, url in urls.items():
        assert said(result, url)[0].endswith(words[target].format(target)), (result, target)
    # What is remembered says it, too.
    gone = next(iter(urls.values()))
    assert said(site.check("--offline"), gone) == said(result, gone)
    assert "gone" in result.codes(urls["https://i.imgur.com/removed.png"])


@pytest.mark.parametrize(
    "answer, expected", [(403, ("blocked", {"blocked"})), (400, ("broken", {"http-error"}))]
)
def test_a_signed_url_that_has_expired(site, faultd, answer, expected):
    """It is said; a site that is built keeps the bytes that it has."""
    url = faultd.serve("/signed", faultd.image, max_age=0)
    site.jekyll().news("one", url)
    site.build()
    del faultd.files["/signed"]
    faultd.do_signed = lambda connection, *_: connection.answer(answer, b"URL signature expired")
    status, codes, result = verdict(site, url, "--refresh")
    assert (status, codes) == expected, result
    messages = [finding["message"] for finding in result.image(url)["findings"]]
    assert any(text.endswith(": the URL's signature has expired") for text in messages)
    assert site.build("--refresh").image(url)["status"] == "stale"


def test_https_to_http_is_a_downgrade(site, web):
    web.put("a.jpg", pictures.jpeg(64, 64))
    url, trust = web.tls_url("to-http", "a.jpg"), ("--cacert", str(web.certificates.authority))
    status, codes, result = verdict(site, url, *trust)
    assert (status, codes) == ("broken", {"downgrade"}), result
    assert [r["path"] for r in web.requests()] == ["/to-http/a.jpg"]
    assert verdict(site, url, *trust, "--allow-downgrade")[0] == "ok"


def test_http_to_https_is_none(site, web, faultd):
    web.put("a.jpg", pictures.jpeg(64, 64))
    url = faultd.url(f"/redirect-to?url={web.tls_url('fresh', 'a.jpg')}")
    assert verdict(site, url, "--cacert", str(web.certificates.authority))[0] == "ok"


# --- TLS ---


@pytest.mark.parametrize(
    "kind, words", [("expired", "expired"), ("self-signed", "self-signed"), ("wrong-host", "")]
)
def test_bad_certificates(site, web, kind, words):
    web.put("a.jpg", pictures.jpeg(64, 64))
    url = web.tls_url("fresh", "a.jpg", kind)
    status, codes, result = verdict(site, url, "--cacert", str(web.certificates.authority))
    assert (status, codes) == ("broken", {"tls"}), result
    message = [f["message"] for f in result.image(url)["findings"] if f["code"] == "tls"][0]
    assert words in message.replace("self signed", "self-signed")
    assert web.requests() == []


def test_an_unknown_authority_is_refused_unless_insecure(site, web):
    web.put("a.jpg", pictures.jpeg(64, 64))
    url = web.tls_url("fresh", "a.jpg")
    assert verdict(site, url)[1] == {"tls"}
    assert verdict(site, url, "--insecure")[0] == "ok"


# --- politeness ---


def test_host_concurrency(site, faultd):
    """As many hanging requests as slots arrive, and not one more."""
    site.jekyll().news("one", *(faultd.url(f"/hang?{i}") for i in range(8)))
    site.json("check", "--host-concurrency", "3", "--max-time", "1s")
    assert 1 <= len(faultd.requests("/hang")) <= 3


def test_host_interval(site, faultd):
    site.jekyll().news("one", *(faultd.url(f"/image/{i}") for i in range(5)))
    result = site.run(
        "check", "--format", "json", "--allow-private=127.0.0.0/8", "--host-interval", "200ms"
    )
    assert result.totals["ok"] == 5
    # Five starts, four gaps, by the client's own clock: a busy machine makes it longer, never shorter.
    assert result.report["run"]["seconds"] >= 4 * 0.2


def test_a_max_time_of_ages_is_no_limit(site, faultd):
    site.jekyll().news("one", faultd.url("/image/1"))
    result = site.check("--max-time", "9223372036854775806ms")
    assert result.totals["ok"] == 1 and result.report["run"]["complete"], result


def test_two_spellings_of_one_request_are_fetched_once(site, faultd):
    one = faultd.url("/image/1")
    other = one.replace("http://", "HTTP://").replace("/image/", "/x/../image/")
    site.jekyll().news("one", one, other)
    result = site.check()
    assert [image["status"] for image in result.report["images"]] == ["ok", "ok"]
    assert len(faultd.requests()) == 1


# The config of a host whose requests carry a secret; the tests' other host is 127.0.0.1.
SECRET_HOST = "hosts:\n  127.0.0.2:\n    headers: {Authorization: 'Bearer ${TOKEN}'}\n"


def test_headers_by_flag_and_by_host(site, faultd, other_faultd):
    site.jekyll().news("one", faultd.url("/image/1"), other_faultd.url("/image/2"))
    site.write("picdesk.yml", SECRET_HOST)
    result = site.check("-H", "X-All: yes", "-A", "tester/1", "-vv", env={"TOKEN": "s3cret"})
    assert result.totals["ok"] == 2, result
    (plain,), (secret,) = faultd.requests("/image/1"), other_faultd.requests("/image/2")
    assert plain.headers["x-all"] == secret.headers["x-all"] == "yes"
    assert plain.headers["user-agent"] == "tester/1"
    assert secret.headers["authorization"] == "Bearer s3cret"
    assert "authorization" not in plain.headers
    assert "s3cret" not in result.out + result.err


def test_a_secret_does_not_follow_a_redirect(site, faultd, other_faultd):
    site.jekyll().news("one", other_faultd.url("/redirect-to?url=" + faultd.url("/image/1")))
    site.write("picdesk.yml", SECRET_HOST)
    assert site.check(env={"TOKEN": "s3cret"}).totals["ok"] == 1
    (first,), (second,) = other_faultd.requests("/redirect-to"), faultd.requests("/image/1")
    assert first.headers["authorization"] == "Bearer s3cret"
    assert "authorization" not in second.headers


def test_a_dead_host_gets_one_verdict(site, faultd):
    """Nobody listens there any more: every URL is `connect`, and one problem names the host."""
    dead = faultd.url("/x")
    faultd.close()
    site.jekyll().news("one", *(f"{dead}/{i}.jpg" for i in range(30)))
    site.write("assets/a.png", pictures.png(50, 50))
    site.write("a.html", "<img src=/assets/a.png>\n")
    result = site.check()
    broken = [image for image in result.report["images"] if image["status"] == "broken"]
    assert len(broken) == 30
    assert {
        f["code"] for image in broken for f in image["findings"] if f["severity"] == "broken"
    } == {"connect"}
    assert len(result.problems("host-down")) == 1


def test_a_name_without_an_address(site, faultd):
    """RFC 6761 keeps .invalid free of addresses. The other host answers: the network is there."""
    lost = "http://no-such-host.invalid/a.jpg"
    site.jekyll().news("one", lost, faultd.url("/image/1"))
    result = site.check()
    assert result.image(lost)["status"] == "broken" and "dns" in result.codes(lost), result
    assert result.image(faultd.url("/image/1"))["status"] == "ok"


def test_max_time_leaves_the_rest_unchecked(site, faultd):
    site.jekyll().news(
        "one", *(faultd.url(f"/hang?{i}") for i in range(10)), faultd.url("/image/1")
    )
    result = site.json("check", "--max-time", "1s", "--host-concurrency", "1")
    assert result.report["run"]["complete"] is False
    assert result.totals["unchecked"] >= 10, result


def test_stale_if_error_serves_the_last_good_bytes(site, faultd):
    url = faultd.serve("/files/a.jpg", faultd.image, max_age=0, ETag='"1"')
    site.jekyll().news("one", url)
    site.build()
    before = site.tree("assets", "_data")
    del faultd.files["/files/a.jpg"]
    faultd.do_files = lambda connection, _request, _rest: connection.answer(503)
    result = site.build()
    image = result.image(url)
    assert (image["status"], result.code) == ("stale", 0) and "stale-used" in result.codes(url)
    assert site.tree("assets", "_data") == before


def test_changing_image_gives_new_thumbnails(site, faultd):
    site.jekyll().news("one", faultd.url("/changes"))
    first = site.build().report["images"][0]["hash"]
    second = site.build().report["images"][0]["hash"]
    assert first != second
    assert [r.headers.get("if-none-match") for r in faultd.requests("/changes")] == [None, '"1"']


def test_a_server_that_is_confused_by_conditions_is_asked_without(site, faultd):
    """What it says of a condition (412) says nothing about the image."""

    def do_precondition(connection, request, _rest):
        if "if-none-match" in request.headers:
            connection.answer(412)
        else:
            connection.answer(200, faultd.image, [("ETag", '"a"'), ("Cache-Control", "max-age=0")])

    faultd.do_precondition = do_precondition
    url = faultd.url("/precondition")
    assert verdict(site, url, verb="build")[0] == "ok"
    assert verdict(site, url, verb="build")[0] == "ok"
    assert len(faultd.requests()) == 3


def test_no_etag_is_asked_without_condition(site, faultd):
    site.jekyll().news("one", faultd.url("/no-etag"), faultd.url("/etag"))
    site.build()
    site.build()
    assert [r.headers.get("if-none-match") for r in faultd.requests("/no-etag")] == [None, None]
    assert [r.headers.get("if-none-match") for r in faultd.requests("/etag")] == [None, '"v1"']
