"""HTTP caching through the binary: what is asked for, with what, and what an answer changes."""

import json
import sqlite3

import pytest

import pictures
from judging import graves

LATER = (429, b"", [("Retry-After", "3600")])
MEANWHILE = "max-age=0, stale-while-revalidate=600"


@pytest.fixture
def one(site, faultd):
    """An article with one image, whose response a test gives: one(Cache_Control="...")."""

    def serve(seed=1, **fields):
        return faultd.serve("/files/one.jpg", pictures.jpeg(40, 30, seed=seed), **fields)

    site.jekyll().news("n", serve())
    return serve


def test_stale_while_revalidate_uses_and_asks(site, faultd, one):
    """The stored bytes are used at once; what comes is for the next run."""
    url = one(seed=1, Cache_Control=MEANWHILE)
    first = site.build().image(url)
    one(seed=2, Cache_Control=MEANWHILE)
    faultd.forget()
    second = site.build()
    image = second.image(url)
    assert second.code == 0 and image["hash"] == first["hash"], second
    assert image["status"] == "ok" and image["source"] == "cache"
    assert "stale-used" not in second.codes(url)
    assert len(faultd.requests()) == 1 and second.totals["fetched"] == 1
    third = site.build().image(url)
    assert third["hash"] != first["hash"] and third["status"] == "ok"


def test_stale_while_revalidate_outlives_a_failure(site, faultd, one):
    url = one(Cache_Control=MEANWHILE)
    site.build()
    del faultd.files["/files/one.jpg"]  # from now on 404
    second = site.build()
    assert second.image(url)["status"] == "ok" and second.code == 0
    assert site.build().image(url)["status"] == "broken"


def test_stale_while_revalidate_is_no_excuse_to_check(site, faultd, one):
    url = one(Cache_Control=MEANWHILE)
    site.build()
    del faultd.files["/files/one.jpg"]
    result = site.check("--max-age", "0s")
    assert result.code == 2 and result.image(url)["status"] == "broken"


@pytest.mark.parametrize(
    "rule", ["max-age=0", MEANWHILE + ", must-revalidate", MEANWHILE + ", no-cache"]
)
def test_where_stale_bytes_are_not_allowed_the_answer_is_used(site, faultd, one, rule):
    url = one(seed=1, Cache_Control=rule)
    first = site.build().image(url)
    one(seed=2, Cache_Control=rule)
    second = site.build().image(url)
    assert second["hash"] != first["hash"] and second["source"] == "network"


def test_refresh_does_not_use_stale_bytes(site, one):
    url = one(seed=1, Cache_Control=MEANWHILE)
    first = site.build().image(url)
    one(seed=2, Cache_Control=MEANWHILE)
    assert site.build("--refresh").image(url)["hash"] != first["hash"]
    one(seed=3, Cache_Control=MEANWHILE)
    assert site.build("--max-age", "0s").image(url)["hash"] != first["hash"]


def test_what_is_asked_beside_may_hang(site, faultd):
    """--timeout and --max-time end it; the image is what the origin allowed it to be."""
    url = faultd.serve("/hang", pictures.jpeg(40, 30), Cache_Control=MEANWHILE)
    site.jekyll().news("n", url)
    site.build()
    del faultd.files["/hang"]
    for limit in (("--max-time", "300ms"), ("--timeout", "300ms")):
        result = site.build(*limit)
        assert result.code == 0 and result.image(url)["status"] == "ok", result
    # The failure is remembered: the origin is not asked, and the bytes are called stale.
    faultd.forget()
    result = site.build()
    assert result.image(url)["status"] == "stale" and not faultd.requests()


def with_host(site, faultd, value):
    site.write("picdesk.yml", f"hosts:\n  {faultd.address}: {{headers: {{Authorization: '{value}'}}}}\n")


@pytest.mark.parametrize("vary", ["Accept-Encoding", "Accept", "Origin", "User-Agent", "X-Unsent"])
def test_what_varies_by_what_did_not_change_is_fresh(site, faultd, one, vary):
    one(max_age=600, Vary=vary)
    site.build()
    faultd.forget()
    assert site.build().totals["from_cache"] == 1 and not faultd.requests()


@pytest.mark.parametrize(
    "vary, arguments",
    [
        ("User-Agent", ("--user-agent", "other")),
        ("user-agent, accept", ("--user-agent", "other")),
        ("X-Kind", ("-H", "X-Kind: b")),
        ("Accept", ("-H", "Accept: image/png")),
        ("*", ()),
    ],
)
def test_what_varies_by_what_changed_is_asked_for(site, faultd, one, vary, arguments):
    one(max_age=600, Vary=vary, ETag='"1"', Last_Modified="Tue, 31 Dec 2024 10:00:00 GMT")
    site.build()
    faultd.forget()
    assert site.build(*arguments).code == 0
    (request,) = faultd.requests()
    assert request.headers["if-none-match"] == '"1"'
    # A date does not tell one variant from another.
    assert ("if-modified-since" in request.headers) == (vary == "*")
    faultd.forget()
    assert site.build(*arguments).code == 0
    assert len(faultd.requests()) == (vary == "*")


def test_a_field_for_one_host_varies_and_is_not_stored(site, faultd, one):
    one(max_age=600, Vary="Authorization")
    with_host(site, faultd, "Bearer secret-one")
    site.build()
    faultd.forget()
    site.build()
    assert not faultd.requests()
    with_host(site, faultd, "Bearer secret-two")
    site.build()
    assert len(faultd.requests()) == 1
    for file in (site.root / ".cache").rglob("*"):
        assert not file.is_file() or b"secret" not in file.read_bytes(), file


def let_time_pass(site, seconds):
    """As if the stored answers had come so much earlier."""
    with sqlite3.connect(site.root / ".cache/picdesk/index.sqlite") as index:
        index.execute(
            "UPDATE entries SET request_time_s = request_time_s - ?1, response_time_s ="
            " response_time_s - ?1, checked_s = checked_s - ?1, success_s = success_s - ?1,"
            " first_failure_s = first_failure_s - ?1, last_failure_s = last_failure_s - ?1",
            (seconds,),
        )
    index.close()


@pytest.mark.parametrize(
    "rule, age_s, status",
    [
        ("max-age=10", 9999, "stale"),
        ("max-age=10, stale-if-error=600", 300, "stale"),
        ("max-age=10, stale-if-error=600", 900, "broken"),
        ("max-age=10, stale-if-error=0", 60, "broken"),
        ("max-age=10, stale-if-error=600, must-revalidate", 60, "broken"),
        ("max-age=10, stale-if-error=600, no-cache", 60, "broken"),
    ],
)
def test_how_stale_after_a_failure(site, faultd, one, rule, age_s, status):
    """No staler than stale-if-error allows (RFC 5861, 4), asked for or remembered; without it, all."""
    url = one(Cache_Control=rule, Date="Tue, 01 Jan 2030 00:00:00 GMT")
    site.build()
    let_time_pass(site, age_s)
    del faultd.files["/files/one.jpg"]
    faultd.do_files = lambda connection, _request, _rest: connection.answer(503)
    assert site.build().image(url)["status"] == status
    faultd.forget()
    assert site.build().image(url)["status"] == status
    assert not faultd.requests()


def test_the_totals_count_stale_images_as_from_the_cache(site, faultd, one):
    """As their source says: --offline counted them, and a run that asked, or kept a failure, did not."""
    url = one(Cache_Control="max-age=0")
    site.build()
    del faultd.files["/files/one.jpg"]
    faultd.do_files = lambda connection, _request, _rest: connection.answer(503)
    for arguments in ((), (), ("--offline",), ("--refresh",)):
        result = site.build(*arguments)
        assert (result.image(url)["status"], result.image(url)["source"]) == ("stale", "cache")
        assert result.totals["from_cache"] == 1, arguments


def test_a_remembered_failure_is_what_it_was(site, faultd):
    """Whatever befell an image that was good before: the next run, which asks nobody, says the same."""
    expected = {
        "/status/400": ("http-error",),
        "/status/418": ("http-error",),
        "/status/404": ("gone",),
        "/redirect-loop": ("redirect-loop",),
        "/redirect-nowhere": ("http-error",),
        "/login": ("not-an-image",),
        "/status/403": "stale",
        "/status/503": "stale",
        "/http09": "stale",
    }
    urls = {faultd.url(path): found for path, found in expected.items()}
    good = [("Content-Type", "image/jpeg"), ("Cache-Control", "max-age=0")]
    faultd.respond = lambda connection, _request: connection.answer(200, faultd.image, good)
    site.jekyll().news("one", *urls)
    assert site.build().totals["ok"] == len(urls)
    faultd.respond = None
    assert graves(site.build()) == urls
    faultd.forget()
    for arguments in ((), ("--offline",)):
        assert graves(site.build(*arguments)) == urls
    assert not faultd.requests()


@pytest.mark.parametrize(
    "answer, status", [((403,), "blocked"), ((503,), "broken"), (LATER, "unchecked")]
)
def test_broken_bytes_stand_in_for_nothing(site, faultd, answer, status):
    """They were called the last good copy, and an image that was only blocked was called broken."""
    url = faultd.serve(
        "/files/one.png", pictures.undecodable_png(), "image/png", Cache_Control="max-age=0"
    )
    site.jekyll().news("n", url)
    assert site.build().codes(url) == ["insecure", "undecodable"]
    del faultd.files["/files/one.png"]
    faultd.do_files = lambda connection, _request, _rest: connection.answer(*answer)
    for result in (site.build(), site.build()):
        codes = result.codes(url)
        assert result.image(url)["status"] == status and len(codes) == 2, result
        assert not {"stale-used", "undecodable"} & set(codes)


def test_broken_bytes_are_broken_where_nobody_asks(site, faultd):
    """And no last good copy that was used."""
    url = faultd.serve(
        "/files/one.png", pictures.undecodable_png(), "image/png", Cache_Control="max-age=0"
    )
    site.jekyll().news("n", url)
    first = site.build().image(url)
    for arguments in (("--offline",), ("--only", "nothing")):
        for run in (site.build, site.check):
            result = run(*arguments)
            assert result.codes(url) == ["insecure", "undecodable"], result
            image = result.image(url)
            assert image["status"] == "broken" and image["source"] == "cache"
            assert image["failing_since"] == first["failing_since"]
            assert result.totals["from_cache"] == 1


def redirect(faultd, path, status, target, **fields):
    named = [("Location", target), *((k.replace("_", "-"), v) for k, v in fields.items())]

    def lead(connection, _request, _rest):
        connection.answer(status, b"", named)

    setattr(faultd, "do_" + path, lead)
    return faultd.url("/" + path)


def unavailable(connection, _request, _rest):
    connection.answer(503)


@pytest.mark.parametrize("age_s, status", [(500, "stale"), (700, "stale"), (1300, "broken")])
@pytest.mark.parametrize("is_redirected", [False, True])
def test_how_stale_counts_from_what_the_server_allows(
    site, faultd, one, is_redirected, age_s, status
):
    """--max-age, or a redirect without a lifetime, made an image broken that was still fresh."""
    url = one(Cache_Control="max-age=600, stale-if-error=600")
    if is_redirected:
        site.news("n", url := redirect(faultd, "old", 302, url))
    site.build()
    let_time_pass(site, age_s)
    del faultd.files["/files/one.jpg"]
    faultd.do_files = unavailable
    assert site.build("--max-age", "1m").image(url)["status"] == status


def test_what_stands_in_says_at_once_since_when(site, faultd, one):
    """The first run of a failure said null, the next ones the time of the first."""
    url = one(Cache_Control="max-age=0")
    assert site.build().image(url)["failing_since"] is None
    del faultd.files["/files/one.jpg"]
    faultd.do_files = unavailable
    first = site.build()
    image = first.image(url)
    assert image["status"] == "stale" and image["failing_since"], image
    assert site.build().image(url)["failing_since"] == image["failing_since"]
    assert first.report["run"]["started"] <= image["failing_since"]


@pytest.mark.parametrize(
    "status, fields, asked",
    [
        (301, {}, ["/files/one.jpg"]),
        (308, {"Cache_Control": "max-age=600"}, ["/files/one.jpg"]),
        (302, {"Cache_Control": "max-age=600"}, ["/files/one.jpg"]),
        (302, {}, ["/old", "/files/one.jpg"]),
        (301, {"Cache_Control": "no-cache"}, ["/old", "/files/one.jpg"]),
        (301, {"Cache_Control": "no-store"}, ["/old", "/files/one.jpg"]),
        (301, {"Cache_Control": "max-age=0"}, ["/old", "/files/one.jpg"]),
        (301, {"Vary": "*"}, ["/old", "/files/one.jpg"]),
    ],
)
def test_a_fresh_redirect_is_not_asked_for_again(site, faultd, one, status, fields, asked):
    """The stale image behind it is asked for where it led: one request."""
    url = redirect(faultd, "old", status, one(Cache_Control="max-age=0", ETag='"1"'), **fields)
    site.jekyll().news("n", url)
    first = site.build()
    for _ in range(2):
        faultd.forget()
        result = site.build()
        assert [request.path for request in faultd.requests()] == asked
        assert result.codes(url) == first.codes(url)
        assert result.image(url)["final_url"] == faultd.url("/files/one.jpg")
    # Who wants to know what a visitor gets asks for all of it.
    for arguments in (("check", "--max-age", "0s"), ("build", "--refresh")):
        faultd.forget()
        assert site.run(*arguments, *site.picdesk.QUICK).code == 0
        assert [request.path for request in faultd.requests()] == ["/old", "/files/one.jpg"]


def test_a_way_that_is_another_by_now_is_said_at_once(site, faultd, one):
    """The image behind it being the same: the answer to that told what the way had been before."""
    target = one(Cache_Control="max-age=0", ETag='"1"')
    faultd.do_files = lambda connection, _request, _rest: connection.answer(304)
    url = redirect(faultd, "old", 302, target)
    site.jekyll().news("n", url)
    assert "permanent-redirect" not in site.build().codes(url)
    del faultd.files["/files/one.jpg"]
    for status in (301, 302, 308):
        redirect(faultd, "old", status, target)
        result = site.build("--refresh")
        assert result.image(url)["source"] == "revalidated", result
        assert ("permanent-redirect" in result.codes(url)) == (status != 302), result


def test_a_redirect_without_a_lifetime_counts_for_a_week(site, faultd, one):
    url = redirect(faultd, "old", 301, one(Cache_Control="max-age=0", ETag='"1"'))
    site.jekyll().news("n", url)
    site.build()
    for days, n_requests in ((4, 1), (4, 2), (6, 1)):
        let_time_pass(site, days * 86400)
        faultd.forget()
        assert site.build().code == 0
        assert len(faultd.requests()) == n_requests


def test_a_redirect_whose_target_is_gone_is_asked_for_again(site, faultd, one):
    """It leads elsewhere by now."""
    url = redirect(faultd, "old", 301, one(Cache_Control="max-age=0"))
    site.jekyll().news("n", url)
    site.build()
    del faultd.files["/files/one.jpg"]
    other = faultd.serve("/files/other.jpg", pictures.jpeg(40, 30, seed=9))
    redirect(faultd, "old", 301, other)
    faultd.forget()
    image = site.build().image(url)
    assert (image["status"], image["final_url"]) == ("ok", other)
    assert [r.path for r in faultd.requests()] == ["/files/one.jpg", "/old", "/files/other.jpg"]


NO_REUSE = {
    "no-cache": {"Cache_Control": "no-cache"},
    "any variant": {"Cache_Control": "max-age=60", "Vary": "*"},
    "old in a proxy": {"Cache_Control": "max-age=60", "Age": "99999999"},
}


@pytest.mark.parametrize("fields", NO_REUSE.values(), ids=NO_REUSE)
def test_min_age_counts_whatever_the_server_says(site, faultd, one, fields):
    url = one(**fields)
    site.build()
    faultd.forget()
    assert site.build("--min-age", "1w").image(url)["source"] == "cache"
    assert not faultd.requests()
    site.build()
    assert len(faultd.requests()) == 1


def test_max_age_counts_from_the_answer(site, faultd, one):
    """A proxy may have had the image for longer than that."""
    url = one(Cache_Control="max-age=99999999", Age="9999999")
    site.build()
    faultd.forget()
    assert site.build("--max-age", "30d").image(url)["source"] == "cache"
    assert not faultd.requests()


@pytest.mark.parametrize(
    "ages, rule, state",
    [
        ("max_age: 0s", "max-age=3600", "stale"),
        ("max_age: 1w", "max-age=3600", "fresh"),
        ("min_age: 1w", "no-cache", "fresh"),
        ("min_age: 0s", "no-cache", "stale"),
    ],
)
def test_show_foretells_what_the_next_build_does(site, faultd, one, ages, rule, state):
    """With max_age: 1d it said "fresh: used without asking" of what each build asked for."""
    url = one(Cache_Control=rule)
    site.build()
    site.write("picdesk.yml", f"cache: {{{ages}}}\n")
    shown = json.loads(site.run("show", url, "-f", "json").out)
    assert shown["state"] == state, shown
    faultd.forget()
    site.build()
    assert len(faultd.requests()) == (state == "stale")


def test_a_tag_that_matches_everything_is_none(site, faultd, one):
    """RFC 9110 section 13.1.2: a server would answer If-None-Match: * with 304 for ever."""
    one(Cache_Control="max-age=0", ETag="*", Last_Modified="Sun, 06 Nov 1994 08:49:37 GMT")
    site.build()
    faultd.forget()
    site.build()
    (request,) = faultd.requests()
    assert "if-none-match" not in request.headers
    assert "if-modified-since" in request.headers


@pytest.mark.parametrize("rule", ["no-cache", "max-age=0"])
def test_offline_a_check_trusts_what_it_trusts_online(site, faultd, one, rule):
    """It saw the image a moment ago, whatever the server allows; without --max-age nobody asks again."""
    url = one(Cache_Control=rule)
    assert site.check().image(url)["status"] == "ok"
    faultd.forget()
    assert site.check().image(url)["status"] == "ok" and not faultd.requests()
    offline = site.check("--offline")
    assert offline.image(url)["status"] == "ok" and "stale-used" not in offline.codes(url), offline
    assert site.check("--offline", "--max-age", "0s").image(url)["status"] == "stale"


@pytest.mark.parametrize("verb", ["check", "build"])
def test_what_came_insecurely_is_asked_again_securely(site, web, verb):
    web.put("a.jpg", pictures.jpeg(40, 30))
    url = web.tls_url("fresh", "a.jpg", "self-signed")
    site.jekyll().news("n", url)
    for _ in range(2):
        assert site.json(verb, "--insecure").image(url)["status"] == "ok"
    assert len(web.requests()) == 1  # as long as nobody minds, once is enough
    found = site.json(verb)
    assert ("stale-used" if verb == "build" else "tls") in found.codes(url), found
    # With the right answer all is well again, for both.
    web.forget()
    good = ["--cacert", str(web.certificates.certificate("self-signed")[0])]
    assert site.json(verb, "--refresh", *good).image(url)["status"] == "ok"
    assert site.json(verb, "--insecure").image(url)["status"] == "ok"
    assert len(web.requests()) == 1


@pytest.mark.parametrize("verb", ["check", "build"])
def test_what_was_accepted_once_is_asked_again_when_it_is_no_more(site, faultd, verb):
    url = faultd.url("/picture-at/404")
    site.jekyll().news("n", url)
    for _ in range(2):
        assert site.json(verb, "--accept", "200,404").image(url)["status"] == "ok"
    assert len(faultd.requests()) == 1
    assert "gone" in site.json(verb).codes(url)
