"""HTTP caching through the binary: what is asked for, with what, and what an answer changes."""

import pytest

import pictures

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
