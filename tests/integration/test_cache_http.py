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
