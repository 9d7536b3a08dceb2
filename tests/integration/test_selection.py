"""Parts of a site: --only (what is asked for), --shard (what is looked at), --fail-after (what
counts)."""

import re
import sqlite3

import pytest

import pictures
from test_cache_clock import shift

DAY_S = 86400


def age_failures(site, days):
    """What fails does so for that much longer."""
    with sqlite3.connect(site.root / ".cache/picdesk/index.sqlite") as index:
        changed = index.execute(
            "UPDATE entries SET first_failure_s = first_failure_s - ? WHERE first_failure_s > 0",
            (days * DAY_S,),
        ).rowcount
    index.close()
    return changed


def by_status(result):
    return {image["url"].rsplit("/", 1)[1]: image["status"] for image in result.report["images"]}


# --- --only ---------------------------------------------------------------------------------------


@pytest.fixture
def mixed(site, web):
    """One good image, one gone, one truncated, all known to the cache; and one that is new."""
    site.jekyll()
    web.put("good.jpg", pictures.jpeg(320, 200, seed=1))
    web.put("cut.jpg", pictures.truncated(pictures.jpeg(320, 200, seed=2)))
    names = ["good.jpg", "gone.jpg", "cut.jpg"]
    site.news("one", *[web.url("fresh", name) for name in names])
    assert by_status(site.check()) == {"good.jpg": "ok", "gone.jpg": "broken", "cut.jpg": "broken"}
    web.put("new.jpg", pictures.jpeg(320, 200, seed=3))
    site.news("two", web.url("fresh", "new.jpg"))
    web.forget()
    return site


def asked(web):
    return sorted(request["path"].rsplit("/", 1)[1] for request in web.requests())


def test_only_broken_asks_for_what_failed_last(mixed, web):
    web.put("gone.jpg", pictures.jpeg(320, 200, seed=4))
    result = mixed.check("--only", "broken")
    assert asked(web) == ["cut.jpg", "gone.jpg"]
    assert by_status(result) == {
        "good.jpg": "ok",
        "gone.jpg": "ok",
        "cut.jpg": "broken",
        "new.jpg": "unchecked",
    }
    assert result.code == 2


def test_only_new_asks_for_what_the_cache_does_not_know(mixed, web):
    result = mixed.check("--only", "new")
    assert asked(web) == ["new.jpg"]
    assert by_status(result) == {
        "good.jpg": "ok",
        "gone.jpg": "broken",
        "cut.jpg": "broken",
        "new.jpg": "ok",
    }
    assert result.image(web.url("fresh", "gone.jpg"))["source"] == "cache"


def test_an_image_that_was_put_off_is_new_still(site, faultd):
    """Its host said when to come back: nothing is known of it, and nothing failed."""
    site.jekyll().news("one", faultd.url("/files/a.jpg"))
    faultd.do_files = lambda connection, _request, _rest: connection.answer(
        429, fields=[("Retry-After", "3600")]
    )
    assert site.check("--only", "new").totals["unchecked"] == 1
    del faultd.do_files
    faultd.serve("/files/a.jpg", faultd.image)
    assert site.check("--only", "broken", "--refresh").totals["unchecked"] == 1
    assert site.check("--only", "new", "--refresh").totals["ok"] == 1


def test_only_a_pattern(mixed, web):
    result = mixed.check("--only", "/(new|go+ne)[.]", "--refresh")
    assert asked(web) == ["gone.jpg", "new.jpg"]
    assert by_status(result)["good.jpg"] == "ok"


def test_only_serves_the_rest_as_it_is_cached(mixed, web):
    """Nothing else is asked, however stale; `build` goes on with what it has."""
    result = mixed.build("--only", "nothing at all", "--max-age", "0s")
    assert asked(web) == [] and result.code == 0
    assert by_status(result) == {
        "good.jpg": "stale",
        "gone.jpg": "broken",
        "cut.jpg": "broken",
        "new.jpg": "unchecked",
    }


@pytest.mark.parametrize("part", [("--only", "new"), ("--shard", "1/2"), ("--shard", "2/2")])
def test_a_partial_run_removes_nothing(photo_site, web, part):
    photo_site.build()
    thumbs, manifest = photo_site.thumbs(), photo_site.manifest()
    photo_site.news("two", web.url("fresh", "c.jpg"))
    photo_site.build(*part)
    assert photo_site.thumbs().keys() == thumbs.keys()
    assert photo_site.manifest()["images"].keys() == manifest["images"].keys()
    photo_site.build()
    assert photo_site.thumbs().keys() < thumbs.keys()


def test_only_that_is_no_pattern(site):
    result = site.jekyll().check("--only", "(")
    assert result.code == 1 and "--only" in result.err and "regular expression" in result.err


# --- --shard --------------------------------------------------------------------------------------


def scanned(site, *arguments):
    return {image["url"] for image in site.scan(*arguments).report["images"]}


def test_shards_are_a_partition(site):
    urls = [f"https://host.example/{i}.jpg" for i in range(60)] + ["/local.png"]
    site.jekyll().news("one", *urls)
    shards = [scanned(site, "--shard", f"{i}/4") for i in range(1, 5)]
    assert set().union(*shards) == set(urls)
    assert sum(map(len, shards)) == len(urls) and all(shards)
    assert scanned(site, "--shard", "3/4") == shards[2]


def test_two_spellings_are_in_one_shard(site):
    urls = ["https://host.example/a b.jpg", "https://HOST.example:443/x/../a%20b.jpg"]
    site.jekyll().news("one", *urls)
    assert sorted(len(scanned(site, "--shard", f"{i}/7")) for i in range(1, 8)) == [0] * 6 + [2]


def test_a_shard_fetches_its_part_alone(photo_site, web):
    first = by_status(photo_site.check("--shard", "1/2"))
    second = by_status(photo_site.check("--shard", "2/2"))
    assert sorted([*first, *second]) == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    assert asked(web) == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]


def test_an_empty_shard_is_no_empty_site(site, web):
    web.put("a.jpg", pictures.jpeg(32, 32))
    site.jekyll().news("one", web.url("fresh", "a.jpg"))
    assert [site.check("--shard", f"{i}/3", "--fail-if-empty").code for i in (1, 2, 3)] == [0] * 3
    site.news("one")
    assert site.check("--shard", "1/3", "--fail-if-empty").code == 1


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "1/", "/2", "1/0", "-1/2", "1/2x", "1/1001"])
def test_shards_that_are_none(site, text):
    result = site.jekyll().run("check", f"--shard={text}")
    assert result.code == 1 and "--shard" in result.err and "2/5" in result.err


# --- --fail-after ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gone", "truncated"])
def test_fail_after_counts_what_fails_for_long(site, web, name):
    url = web.url("fresh", f"{name}.jpg")
    if name == "truncated":
        web.put(f"{name}.jpg", pictures.truncated(pictures.jpeg()))
    site.jekyll().news("one", url)
    first = site.check("--fail-after", "3d")
    assert first.code == 0 and first.image(url)["status"] == "broken"
    assert site.check().code == 2
    assert age_failures(site, 4) == 1
    result = site.check("--fail-after", "3d")
    assert result.code == 2
    since = result.image(url)["failing_since"]
    assert since < first.image(url)["failing_since"]
    assert site.check("--fail-after", "5d").image(url)["failing_since"] == since
    assert re.search(r"failing since 4 days", site.run("report").out)


def test_the_bytes_go_on_failing_where_the_answers_did(site, web):
    """404 first, then half an image: one story."""
    url = web.url("fresh", "a.jpg")
    site.jekyll().news("one", url)
    site.check()
    age_failures(site, 4)
    since = site.check().image(url)["failing_since"]
    web.put("a.jpg", pictures.truncated(pictures.jpeg()))
    assert site.check().image(url)["failing_since"] == since
    (web.files / "a.jpg").unlink()
    assert site.check().image(url)["failing_since"] == since
    web.put("a.jpg", pictures.jpeg())
    result = site.check()
    assert (result.code, result.image(url)["failing_since"]) == (0, None)
    assert site.check("--max-age", "0s").image(url)["failing_since"] is None


def test_a_revalidation_beside_the_build_ends_no_failing(site, faultd):
    """stale-while-revalidate: nobody decodes what is asked for in the meantime. The 304 alone ended
    "failing since", and --fail-after began anew with each build."""

    def answer(connection, request, _rest):
        fields = [("ETag", '"a"'), ("Cache-Control", "max-age=60, stale-while-revalidate=900000")]
        if request.headers.get("if-none-match") == '"a"':
            connection.head(304, fields)
        else:
            connection.answer(200, pictures.truncated(pictures.jpeg()), fields)

    faultd.do_image = answer
    site.jekyll().news("one", url := faultd.url("/image/a.jpg"))
    assert site.check().code == 2
    age_failures(site, 4)
    shift(site, ("checked_s", "request_time_s", "response_time_s", "success_s"), -4 * 86400)
    since = site.build().image(url)["failing_since"]
    assert len(faultd.requests()) == 2
    assert site.build().image(url)["failing_since"] == since
    assert site.check("--fail-after", "3d").code == 2


def test_a_look_at_the_header_ends_no_failing(site, faultd):
    """--quick cannot see that the image is cut: the stored bytes are as broken as before."""
    data = pictures.truncated(pictures.jpeg())
    site.jekyll().news("one", faultd.serve("/a.jpg", data, max_age=0))
    assert site.check().code == 2
    age_failures(site, 5)
    assert site.check("--quick").code == 0
    assert site.check("--fail-after", "3d").code == 2


def test_check_asks_again_for_broken_bytes(site, web):
    url = web.url("fresh", "a.jpg")
    web.put("a.jpg", pictures.truncated(pictures.jpeg()))
    site.jekyll().news("one", url)
    assert site.check().code == 2
    web.put("a.jpg", pictures.jpeg())
    assert site.check().code == 0


def test_fail_after_does_not_excuse_the_articles(site):
    """A missing file, or a URL that is none, has no beginning."""
    site.jekyll().news("one", "/no/such.png")
    assert site.check("--fail-after", "1w").code == 2
    site.news("one", "https://exa mple/")
    assert site.check("--fail-after", "1w").code == 2


def test_fail_after_of_the_config_and_of_new(site, faultd):
    url = faultd.url("/status/404")
    site.jekyll().news("one", url)
    site.write("picdesk.yml", "check: {fail_after: 2d}\n")
    site.write("old.json", site.scan().out)
    assert site.check().code == 0
    assert site.check("--fail-on", "new", "--baseline", "old.json").code == 0
    age_failures(site, 3)
    assert site.check().code == 2
    assert site.check("--fail-on", "new", "--baseline", "old.json").code == 2


@pytest.mark.parametrize("verb", ["warm", "check"])
def test_runs_that_are_cut_off_get_through_a_site(site, faultd, verb):
    """Also where each run has to ask for all of it: what is new goes first, and then what was asked for
    longest ago."""
    urls = [faultd.serve(f"/{i}.jpg", pictures.jpeg(8, 8, seed=i)) for i in range(20)]
    site.jekyll().news("one", *urls)
    limits = ("--max-age", "0s", "--host-concurrency", "1", "--host-interval", "100ms")
    asked = []
    # One that is under way when the run is cut off is asked for again.
    for _ in range(60):
        if len(set(asked)) == len(urls) or len(asked) >= 3 * len(urls):
            break
        site.json(verb, "--max-time", "800ms", *limits)
        asked = [request.path for request in faultd.requests()]
    assert len(set(asked)) == len(urls), asked
