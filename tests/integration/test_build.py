"""build: thumbnails, published files, and what a second run does (nothing)."""

import ctypes
import os
import re
import shutil
import sqlite3
import stat
import subprocess

import pytest
from conftest import BINARY
from faultd import Faultd
from PIL import Image

import pictures
import test_crash

PUBLISHED = re.compile(r"^[0-9a-f]{16}-[a-z0-9_@-]+\.[0-9a-f]{8}\.(webp|jpg|png|avif)$")


def size_of(path):
    with Image.open(path) as image:
        image.load()
        return image.size, image.format


def test_first_build(photo_site, web):
    result = photo_site.build()
    assert result.code == 0, result
    assert {image["status"] for image in result.report["images"]} == {"ok"}
    assert result.report["run"]["complete"] is True
    totals = result.totals
    assert (totals["references"], totals["images"], totals["ok"], totals["fetched"]) == (4, 4, 4, 4)
    requests = web.requests()
    assert sorted(r["path"] for r in requests) == [
        "/fresh/a.jpg",
        "/fresh/b.jpg",
        "/fresh/c.jpg",
        "/fresh/d.jpg",
    ]
    assert {r["status"] for r in requests} == {200}


def test_thumbnails_have_the_sizes_that_the_specs_make(photo_site, web):
    """Without `thumbs:`: card 640 wide and small 320 wide, WebP, never larger than the original."""
    result = photo_site.build()
    made = {
        image["url"]: {thumb["name"]: thumb for thumb in image["thumbs"]}
        for image in result.report["images"]
    }
    expected = {
        "a.jpg": ((640, 320), (320, 160)),
        "b.jpg": ((640, 480), (320, 240)),
        "c.jpg": ((300, 200), (300, 200)),
        "d.jpg": ((600, 900), (320, 480)),
    }
    for name, sizes in expected.items():
        thumbs = made[web.url("fresh", name)]
        for spec, size in zip(("card", "small"), sizes):
            if spec not in thumbs:
                # A small original is emitted once for equal outputs.
                assert name == "c.jpg"
                continue
            thumb = thumbs[spec]
            path = photo_site.root / thumb["path"]
            assert (thumb["width"], thumb["height"]) == size
            assert size_of(path) == (size, "WEBP")
            assert thumb["type"] == "image/webp" and thumb["bytes"] == path.stat().st_size


def test_published_names_and_modes(photo_site):
    result = photo_site.build()
    files = photo_site.thumbs()
    assert files and all(PUBLISHED.match(name) for name in files)
    hashes = {image["hash"][:16] for image in result.report["images"]}
    assert {name[:16] for name in files} == hashes
    for file in files.values():
        status = file.stat()
        assert stat.S_IMODE(status.st_mode) == 0o644
        assert status.st_nlink == 1
    assert {thumb["path"] for image in result.report["images"] for thumb in image["thumbs"]} == {
        f"assets/thumbs/{name}" for name in files
    }


def test_a_strict_umask_keeps_no_web_server_out(photo_site):
    result = photo_site.build(wrapper=["sh", "-c", 'umask 077; exec "$@"', "sh"])
    assert result.code == 0
    for path in ("assets", "assets/thumbs"):
        assert stat.S_IMODE((photo_site.root / path).stat().st_mode) == 0o755, path


def test_a_group_that_shares_a_site_writes_into_its_folders(photo_site):
    """A shared checkout: setgid folders, umask 002. The folders were 0755 and without setgid, so
    whoever built next could publish nothing."""
    photo_site.root.chmod(0o2775)
    result = photo_site.build(wrapper=["sh", "-c", 'umask 002; exec "$@"', "sh"])
    assert result.code == 0
    for path in ("assets", "assets/thumbs"):
        assert stat.S_IMODE((photo_site.root / path).stat().st_mode) == 0o2775, path
    assert {stat.S_IMODE(file.stat().st_mode) for file in photo_site.thumbs().values()} == {0o644}


def fill(site):
    """120 images, in two sizes: several batches of the cache."""
    spec = "{width: %d, format: png}"
    site.write("picdesk.yml", f"thumbs:\n  a: {spec % 20}\n  b: {spec % 10}\n")
    for n in range(120):
        site.write(f"assets/{n}.png", pictures.png(30, 20, n))
    site.write("a.md", "".join(f"![a](assets/{n}.png)\n" for n in range(120)))


def test_more_thumbnails_than_files_may_be_open(site):
    fill(site)
    result = site.build(wrapper=("prlimit", "--nofile=200:200"))
    assert result.code == 0, result
    assert len(site.thumbs()) == 240
    for file in site.thumbs().values():
        size_of(file)


def test_threads_share_one_heap(site, tmp_path):
    """With one each, what a thread gave back would be there for none of the others."""
    log, strace = tmp_path / "calls", ("strace", "-f", "-b", "execve", "-qq", "-o")
    if subprocess.run([*strace, "/dev/null", "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace may not trace here")
    if b"__asan_init" in BINARY.read_bytes():
        pytest.skip("AddressSanitizer has a heap of its own")
    fill(site)
    wrapper = (*strace, str(log), "-e", "trace=mmap,clone,clone3")
    assert site.build(wrapper=wrapper).code == 0
    calls = log.read_text()
    assert "CLONE_THREAD" in calls
    assert "mmap(NULL, 134217728, PROT_NONE" not in calls  # what glibc begins another heap with


def test_second_build_reads_no_stored_thumbnails(site, tmp_path):
    """What is smaller than its specs has one file for both: the other name was never found, and the
    stored bytes were read for it in each build."""
    site.jekyll().write("_news/a.md", "![a](/small.png)\n")
    site.write("small.png", pictures.png(48, 36))
    assert site.build().code == 0 and len(site.thumbs()) == 1
    log = tmp_path / "calls"
    wrapper = [*test_crash.strace("")[:-3], log, "-e", "trace=openat,openat2"]
    assert site.build(wrapper=wrapper).totals["thumbs_reused"] == 2
    assert re.search('"format"', log.read_text())  # the cache's
    assert not re.search('"[0-9a-f]{2}/[0-9a-f]{30}"', log.read_text())


def test_second_build_asks_nothing_and_touches_nothing(photo_site, web):
    photo_site.build()
    web.forget()
    before = photo_site.tree("assets", "_data", "_news")
    result = photo_site.build()
    assert result.code == 0
    assert web.requests() == []
    assert photo_site.tree("assets", "_data", "_news") == before
    assert (
        result.totals["fetched"],
        result.totals["from_cache"],
        result.totals["thumbs_made"],
    ) == (0, 4, 0)
    assert {image["source"] for image in result.report["images"]} == {"cache"}


def test_stale_build_asks_once_each_with_validators(site, web):
    site.jekyll()
    names = [f"p{i}.jpg" for i in range(6)]
    for i, name in enumerate(names):
        web.put(name, pictures.jpeg(500, 400, seed=i))
    site.news("one", *(web.url("stale", name) for name in names))
    site.build()
    web.forget()
    before = site.tree("assets", "_data")
    result = site.build()
    assert result.code == 0
    requests = web.requests()
    assert sorted(r["path"] for r in requests) == sorted(f"/stale/{name}" for name in names)
    assert {r["status"] for r in requests} == {304}
    assert all(r["if_none_match"] and r["if_modified_since"] for r in requests)
    assert result.totals["revalidated"] == 6 and result.totals["thumbs_made"] == 0
    assert {image["source"] for image in result.report["images"]} == {"revalidated"}
    assert site.tree("assets", "_data") == before


def test_stale_without_validators_is_fetched_again(site, web):
    web.put("a.jpg", pictures.jpeg(500, 400))
    site.jekyll().news("one", web.url("bare", "a.jpg"))
    site.build()
    web.forget()
    result = site.build()
    (request,) = web.requests()
    assert (request["status"], request["if_none_match"]) == (200, "")
    # The same bytes: nothing is rendered again.
    assert (result.totals["fetched"], result.totals["thumbs_made"]) == (1, 0)


def test_each_spelling_of_a_stale_image_says_so(site, web):
    web.put("a.jpg", pictures.jpeg(500, 400))
    url = web.url("stale", "a.jpg")
    urls = [url, url + "#there", url.replace("/a.jpg", "/x/../a.jpg")]
    site.jekyll().news("one", *urls)
    site.build()
    result = site.build("--offline")
    for one in urls:
        assert result.image(one)["status"] == "stale"
        (said,) = [f for f in result.image(one)["findings"] if f["code"] == "stale-used"]
        assert said["message"].startswith("offline; used the copy of "), result


def test_stale_alone_is_no_failure(site, web):
    web.put("a.jpg", pictures.jpeg(500, 400))
    site.jekyll().news("one", web.url("stale", "a.jpg"))
    mild = "check: {severity: {insecure: off}}\n"
    site.write("picdesk.yml", mild)
    site.build()
    result = site.build("--offline", "--fail-on", "warning", "-f", "json", "-o", "now.json")
    assert (result.totals["stale"], result.code) == (1, 0), result
    assert site.run("diff", "now.json", "now.json", "--fail-on", "warning").code == 0
    site.write("picdesk.yml", mild.replace("off}", "off, stale-used: broken}"))
    assert site.build("--offline", "--fail-on", "warning").code == 2
    site.write("picdesk.yml", "")
    assert site.build("--offline", "--fail-on", "warning").code == 2


def test_a_host_that_is_down_leaves_stale_alone(site):
    """Of five images of a host and more, the problem `host-down` was a failure where two had none."""
    site.write("picdesk.yml", "check: {severity: {insecure: off}}\n")
    with Faultd() as server:
        site.jekyll().news("one", *(server.url(f"/image/1?{i}") for i in range(8)))
        site.build()
    result = site.build("--refresh", "--fail-on", "warning", "-f", "json", "-o", "now.json")
    assert len(result.problems("host-down")) == 1 and result.totals["stale"] == 8, result
    assert result.code == 0, result
    assert site.run("diff", "now.json", "now.json", "--fail-on", "warning").code == 0
    assert site.check("--fail-on", "warning").code == 2



def test_changed_original_replaces_its_thumbnails(site, web):
    web.put("a.jpg", pictures.jpeg(500, 400, seed=1))
    site.jekyll().news("one", web.url("stale", "a.jpg"))
    site.build()
    old = set(site.thumbs())
    web.put("a.jpg", pictures.jpeg(700, 300, seed=2))
    result = site.build()
    assert result.image(web.url("stale", "a.jpg"))["width"] == 700
    new = set(site.thumbs())
    assert new and not new & old
    assert site.manifest()["images"][web.url("stale", "a.jpg")]["width"] == 700


def test_equal_runs_from_nothing_are_byte_equal(make_site, web):
    for i in range(5):
        web.put(f"{i}.jpg", pictures.jpeg(900, 500, seed=i))
    trees = []
    for name in ("first", "second"):
        site = make_site(name).jekyll()
        site.news("one", *(web.url("fresh", f"{i}.jpg") for i in range(5)))
        assert site.build().code == 0
        trees.append({path: data for path, (data, _) in site.tree("assets", "_data").items()})
    assert trees[0] == trees[1]


def test_removed_article_takes_its_thumbnails_along(photo_site, web):
    photo_site.build()
    (photo_site.root / "_news/two.md").unlink()
    result = photo_site.build()
    left = {image["hash"][:16] for image in result.report["images"]}
    assert len(left) == 2
    assert {name[:16] for name in photo_site.thumbs()} == left
    assert set(photo_site.manifest()["images"]) == {
        web.url("fresh", "a.jpg"),
        web.url("fresh", "b.jpg"),
    }


@pytest.mark.parametrize(
    "arguments", [["_news/one.md"], ["_news"], ["--include", "a\\.jpg"], ["--files-from", "list"]]
)
def test_partial_run_removes_nothing(photo_site, web, arguments):
    photo_site.build()
    thumbs, manifest = set(photo_site.thumbs()), photo_site.manifest()
    (photo_site.root / "_news/two.md").unlink()
    photo_site.write("list", "_news/one.md\n")
    result = photo_site.build(*arguments)
    assert result.code == 0, result
    assert set(photo_site.thumbs()) == thumbs
    assert photo_site.manifest() == manifest


def test_only_own_files_are_removed(photo_site):
    photo_site.build()
    foreign = photo_site.write("assets/thumbs/0123456789abcdef-card.01234567.webp", b"mine")
    (photo_site.root / "_news/two.md").unlink()
    photo_site.build()
    assert foreign.read_bytes() == b"mine"


def test_an_emptied_list_of_own_files_is_no_harm(photo_site):
    photo_site.build()
    (own_list,) = [f for f in (photo_site.root / "assets/thumbs").iterdir() if f.name[0] == "."]
    own_list.write_text("")
    thumbs = set(photo_site.thumbs())
    assert photo_site.build().code == 0
    assert set(photo_site.thumbs()) == thumbs


def test_broken_image_is_absent_and_does_not_fail_the_build(photo_site, faultd):
    gone = faultd.url("/status/404")
    photo_site.news("three", gone)
    result = photo_site.build()
    assert result.code == 0
    assert result.image(gone)["status"] == "broken" and result.codes(gone)[:1] != []
    assert "gone" in result.codes(gone)
    assert gone not in photo_site.manifest()["images"] and len(photo_site.manifest()["images"]) == 4
    assert photo_site.build("--fail-on", "broken").code == 2


def test_one_copy_for_any_number_of_urls(site, web):
    data = pictures.jpeg(640, 480, seed=5)
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        web.put(name, data)
    site.jekyll().news("one", *(web.url("fresh", name) for name in ("a.jpg", "b.jpg", "c.jpg")))
    result = site.build()
    assert len({image["hash"] for image in result.report["images"]}) == 1
    objects = [f for f in (site.root / ".cache/picdesk/objects").rglob("*") if f.is_file()]
    assert sum(f.read_bytes() == data for f in objects) == 1
    digest = result.report["images"][0]["hash"]
    assert (site.root / ".cache/picdesk/objects" / digest[:2] / digest[2:]).read_bytes() == data


def test_duplicates_are_said(site, web):
    data = pictures.jpeg(640, 480, seed=5)
    urls = [web.url("fresh", name) for name in ("a.jpg", "b.jpg")]
    web.put("a.jpg", data)
    web.put("b.jpg", data)
    site.jekyll().news("one", *urls)
    result = site.build()
    assert all("duplicate" in result.codes(url) for url in urls), result


def test_spellings_of_one_request_are_no_duplicates(site, web):
    data = pictures.jpeg(640, 480, seed=5)
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        web.put(name, data if name != "c.jpg" else pictures.jpeg(60, 48, seed=6))
    a, b, c = (web.url("fresh", name) for name in ("a.jpg", "b.jpg", "c.jpg"))
    dotted = a.replace("/a.jpg", "/x/../a.jpg")
    site.jekyll().news("one", a, dotted, b, c, c + "#there")
    result = site.build()

    def said(url):
        return [f["message"] for f in result.image(url)["findings"] if f["code"] == "duplicate"]

    assert said(a) == said(dotted) == [f"the same bytes as {b}"]
    assert said(b) == [f"the same bytes as {a}"]
    assert said(c) == said(c + "#there") == []


class Hash128(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


def xxh3_128(data):
    library = ctypes.CDLL("libxxhash.so.0")
    library.XXH3_128bits.restype = Hash128
    value = library.XXH3_128bits(data, ctypes.c_size_t(len(data)))
    return f"{value.high:016x}{value.low:016x}"


def test_hash_is_xxh3_128_of_the_bytes(site, web):
    assert xxh3_128(b"") == "99aa06d3014798d86001c324468d497f"
    data = pictures.jpeg(64, 64)
    web.put("a.jpg", data)
    site.jekyll().news("one", web.url("fresh", "a.jpg"))
    assert site.build().image(web.url("fresh", "a.jpg"))["hash"] == xxh3_128(data)


def test_specs_that_give_the_same_bytes(site):
    """One file, and one finding that names them all."""
    specs = """
		thumbs:
		  card:  {width: 640, height: 360, fit: cover}
		  small: {width: 320, dpr: [1, 2, 3]}
		  tiny:  {width: 40}
		  photo: {width: 320, format: jpeg}
		"""
    site.write("picdesk.yml", specs)
    site.write("a.jpg", pictures.jpeg(300, 200, seed=3))
    site.write("wide.jpg", pictures.jpeg(640, 200, seed=4))
    site.write("a.md", "![a](a.jpg) ![wide](wide.jpg)\n")
    result = site.build()

    def said(url):
        findings = result.image(url)["findings"]
        return [f["message"] for f in findings if f["code"] == "smaller-than-spec"]

    why = "the image itself is only 300x200"
    names = "card, small, small@2x, small@3x"
    assert said("/a.jpg") == [f"{names} are 300x200: {why}", f"photo is 300x200: {why}"]
    assert len({thumb["path"] for thumb in result.image("/a.jpg")["thumbs"]}) == 3
    # small@2x has the width that it asks for, and the others' bytes.
    why = "the image itself is only 640x200"
    assert said("/wide.jpg") == [f"card, small@3x are 640x200: {why}"]


def test_a_position_is_nothing_where_nothing_is_cropped(site):
    """What looks at the content has the bytes of what does not, and their file."""
    lines = [
        f"  {word}-{form}: {{width: 200, height: 200, fit: cover, position: {word}, format: {form}}}"
        for word in ("centre", "attention", "entropy")
        for form in ("webp", "jpeg", "png")
    ]
    site.write("picdesk.yml", "\n".join(["thumbs:", *lines]) + "\n")
    site.write("small.jpg", pictures.jpeg(100, 50, seed=3))
    site.write("square.jpg", pictures.jpeg(400, 400, seed=4))
    site.write("a.md", "![a](small.jpg) ![b](square.jpg)\n")
    result = site.build()
    for name in ("small", "square"):
        assert len({thumb["path"] for thumb in result.image(f"/{name}.jpg")["thumbs"]}) == 3


def test_specs_of_the_config(site, web):
    site.jekyll()
    site.write(
        "picdesk.yml",
        """
		thumbs:
		  card:   {width: 640, height: 360, fit: cover, format: jpeg, quality: 80}
		  list:   {width: 160, dpr: [1, 2]}
		  tall:   {height: 100, format: png}
		""",
    )
    web.put("a.jpg", pictures.jpeg(1000, 800, seed=1))
    web.put("flat.jpg", pictures.jpeg(700, 200, seed=2))
    site.news("one", web.url("fresh", "a.jpg"), web.url("fresh", "flat.jpg"))
    result = site.build()
    assert result.code == 0, result
    sizes = {}
    for name in ("a.jpg", "flat.jpg"):
        for thumb in result.image(web.url("fresh", name))["thumbs"]:
            sizes[name, thumb["name"]] = size_of(site.root / thumb["path"])
    assert sizes == {
        ("a.jpg", "card"): ((640, 360), "JPEG"),
        ("a.jpg", "list"): ((160, 128), "WEBP"),
        ("a.jpg", "list@2x"): ((320, 256), "WEBP"),
        ("a.jpg", "tall"): ((125, 100), "PNG"),
        # 700x200 in a cover of 640x360: each side is clipped, nothing is enlarged.
        ("flat.jpg", "card"): ((640, 200), "JPEG"),
        ("flat.jpg", "list"): ((160, 46), "WEBP"),
        ("flat.jpg", "list@2x"): ((320, 91), "WEBP"),
        ("flat.jpg", "tall"): ((350, 100), "PNG"),
    }


def test_new_spec_renders_from_the_cache(photo_site, web):
    photo_site.build()
    web.forget()
    photo_site.write("picdesk.yml", "thumbs:\n  card: {width: 640}\n  tiny: {width: 40}\n")
    result = photo_site.build()
    assert web.requests() == []
    # `card` as it was is reused; `tiny` is new for each of the four.
    assert result.totals["thumbs_made"] == 4 and result.totals["thumbs_reused"] == 4


def test_orientation_is_applied(site, web):
    web.put("a.jpg", pictures.jpeg(800, 400, orientation=6))
    site.jekyll().news("one", web.url("fresh", "a.jpg"))
    image = site.build().image(web.url("fresh", "a.jpg"))
    assert (image["width"], image["height"]) == (400, 800)
    thumb = [t for t in image["thumbs"] if t["name"] == "small"][0]
    assert (thumb["width"], thumb["height"]) == (320, 640)
    path = site.root / thumb["path"]
    assert size_of(path)[0] == (320, 640)
    with Image.open(path) as made:
        assert not dict(made.getexif()) and "icc_profile" not in made.info


@pytest.mark.parametrize(
    "name, data, kind",
    [
        ("a.png", pictures.png(500, 300, mode="RGBA"), "image/png"),
        ("a.gif", pictures.gif(500, 300), "image/gif"),
        ("a.webp", pictures.webp(500, 300), "image/webp"),
        ("p.png", pictures.png(500, 300, mode="P"), "image/png"),
        ("g.jpg", pictures.jpeg(500, 300), "image/jpeg"),
    ],
)
def test_types(site, web, name, data, kind):
    web.put(name, data)
    site.jekyll().news("one", web.url("fresh", name))
    image = site.build().image(web.url("fresh", name))
    assert (image["status"], image["type"], image["width"], image["height"]) == (
        "ok",
        kind,
        500,
        300,
    )
    assert {t["name"]: (t["width"], t["height"]) for t in image["thumbs"]}["small"] == (320, 192)


def test_svg_is_recognised_and_has_no_thumbnail(site, web):
    web.put("a.svg", pictures.SVG)
    site.jekyll().news("one", web.url("fresh", "a.svg"))
    image = site.build().image(web.url("fresh", "a.svg"))
    assert (image["status"], image["type"], image["width"], image["height"], image["thumbs"]) == (
        "ok",
        "image/svg+xml",
        120,
        80,
        [],
    )


def test_local_images_are_thumbnailed(site):
    site.jekyll(baseurl="/base")
    site.write("assets/a.jpg", pictures.jpeg(800, 600))
    site.write("_posts/x.md", "---\nimage: /base/assets/a.jpg\n---\n")
    image = site.build().image("/assets/a.jpg")
    assert (image["status"], image["source"], image["width"]) == ("ok", "local", 800)
    assert "/base/assets/a.jpg" in site.manifest()["images"]
    assert len(site.thumbs()) == 2


def test_own_output_is_not_scanned(photo_site):
    first = photo_site.build()
    second = photo_site.build()
    assert first.totals["references"] == second.totals["references"] == 4


def test_config_says_where_to_publish(site, web):
    site.jekyll().write("picdesk.yml", "publish: img/t\nmanifest: _data/pictures.json\n")
    web.put("a.jpg", pictures.jpeg(800, 600))
    site.news("one", web.url("fresh", "a.jpg"))
    site.build()
    assert len(site.thumbs("img/t")) == 2 and site.manifest("_data/pictures.json")["images"]
    assert not (site.root / "assets").exists()


def test_warm_publishes_nothing(photo_site, web):
    result = photo_site.json("warm")
    assert result.code == 0 and result.totals["thumbs_made"] > 0
    assert not (photo_site.root / "assets").exists() and not (photo_site.root / "_data").exists()
    web.forget()
    result = photo_site.build()
    assert web.requests() == [] and result.totals["thumbs_made"] == 0 and photo_site.thumbs()


def test_offline_uses_what_is_there(photo_site, web):
    photo_site.build()
    web.forget()
    result = photo_site.build("--offline")
    assert web.requests() == [] and result.code == 0
    assert {image["status"] for image in result.report["images"]} <= {"ok", "stale"}
    assert result.totals["from_cache"] == 4
    assert photo_site.thumbs()


def test_what_was_not_looked_at_stays_published(photo_site):
    """A lost cache and --offline: nothing is known, and nothing is taken away."""
    photo_site.build()
    before = photo_site.tree("assets", "_data")
    shutil.rmtree(photo_site.root / ".cache")
    result = photo_site.build("--offline")
    assert result.totals["unchecked"] == 4 and result.report["run"]["complete"]
    assert photo_site.tree("assets", "_data") == before


def test_refresh_asks_again(photo_site, web):
    photo_site.build()
    web.forget()
    photo_site.build("--refresh")
    assert len(web.requests()) == 4


def test_cache_dir_by_flag_and_environment(photo_site, tmp_path):
    photo_site.build("--cache-dir", str(tmp_path / "one"))
    photo_site.build(env={"PICDESK_CACHE_DIR": str(tmp_path / "two")})
    assert (tmp_path / "one/objects").is_dir() and (tmp_path / "two/objects").is_dir()
    assert not (photo_site.root / ".cache").exists()


def test_damaged_object_is_fetched_again(photo_site, web):
    digest = photo_site.build().image(web.url("fresh", "a.jpg"))["hash"]
    stored = photo_site.root / ".cache/picdesk/objects" / digest[:2] / digest[2:]
    os.chmod(stored, 0o644)
    stored.write_bytes(b"x" * stored.stat().st_size)
    photo_site.write("picdesk.yml", "thumbs:\n  new: {width: 77}\n")
    web.forget()
    result = photo_site.build()
    assert result.image(web.url("fresh", "a.jpg"))["status"] == "ok"
    assert [r["path"] for r in web.requests()] == ["/fresh/a.jpg"]
    assert stored.read_bytes() == (web.files / "a.jpg").read_bytes()


def test_https_over_http2(site, web):
    for i in range(8):
        web.put(f"{i}.jpg", pictures.jpeg(300, 200, seed=i))
    site.jekyll().news("one", *(web.tls_url("fresh", f"{i}.jpg") for i in range(8)))
    result = site.build("--cacert", str(web.certificates.authority))
    assert {image["status"] for image in result.report["images"]} == {"ok"}
    requests = web.requests()
    assert {r["protocol"] for r in requests} == {"HTTP/2.0"}
    # Multiplexed: fewer connections than requests.
    assert len({r["connection"] for r in requests}) <= 2


def test_keep_alive(site, web):
    for i in range(20):
        web.put(f"{i}.jpg", pictures.jpeg(200, 100, seed=i))
    site.jekyll().news("one", *(web.url("fresh", f"{i}.jpg") for i in range(20)))
    site.build("--host-concurrency", "2")
    assert len(web.requests()) == 20
    assert len({r["connection"] for r in web.requests()}) <= 2


def test_what_is_rendered_is_done_at_once(site):
    """Not behind all that wait for a renderer: progress would stand still, and Ctrl-C lose it."""
    site.jekyll()
    for i in range(30):
        site.write(f"assets/{i}.png", pictures.png(40, 30, seed=i))
    site.write("a.html", "".join(f"<img src=/assets/{i}.png>" for i in range(30)))
    lines = site.run("build", "-vv", "--jobs", "1").err.splitlines()
    ends = [i for i, line in enumerate(lines) if line.endswith("ready -> done")]
    starts = [i for i, line in enumerate(lines) if line.endswith("ready -> rendering")]
    assert len(ends) == len(starts) == 30
    assert ends[0] < starts[15] and ends[15] < starts[-1]


def test_auto_keeps_motion_where_it_is_asked_for(site):
    """What moves becomes a moving WebP, the rest what `auto` says."""
    site.write("assets/a.gif", pictures.gif(200, 150, frames=4))
    site.write("assets/b.jpg", pictures.jpeg(200, 150))
    site.write("assets/c.png", pictures.png(200, 150, mode="RGBA"))
    site.write("a.md", "![a](assets/a.gif) ![b](assets/b.jpg) ![c](assets/c.png)\n")
    site.write("picdesk.yml", "thumbs:\n  card: {width: 100, format: auto, animated: true}\n")
    made = {image["url"]: image["thumbs"] for image in site.build().report["images"]}
    kinds = {}
    for url, (thumb,) in made.items():
        with Image.open(site.root / thumb["path"]) as image:
            kinds[url] = (image.format, image.size, getattr(image, "n_frames", 1))
    assert kinds == {
        "/assets/a.gif": ("WEBP", (100, 75), 4),
        "/assets/b.jpg": ("JPEG", (100, 75), 1),
        "/assets/c.png": ("WEBP", (100, 75), 1),
    }


def test_a_size_that_another_version_had_read(site):
    """The renderer is compared with what this one reads."""
    site.write("a.png", pictures.png(120, 80))
    site.write("a.md", "![a](a.png)\n")
    site.build()
    with sqlite3.connect(site.root / ".cache/picdesk/index.sqlite") as index:
        index.execute("UPDATE objects SET width_px = 80, renderer = 'older' WHERE width_px = 120")
        index.execute("DELETE FROM thumbs")
    image = site.build().image("/a.png")
    assert (image["status"], image["width"], image["height"]) == ("ok", 120, 80)
    assert len(image["thumbs"]) == 2


