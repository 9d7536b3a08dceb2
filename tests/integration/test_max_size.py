"""cache.max_size: what runs evict to keep to it, what they leave alone, and when they stop."""

import fcntl
import os
import struct
import threading

import pytest

import pictures
from cache_reader import xxh64
from conftest import Picdesk
from test_upkeep import CONFIG, age_all, big_site, cache, fsck, noise, size_of


def test_build_keeps_the_cache_below_max_size(site, web):
    """What earlier runs left makes room for what this one needs, and no more than that goes."""
    big_site(site, web, 6)
    assert site.build().code == 0
    age_all(site, 3)
    for i in range(6):
        (site.root / f"_news/n{i}.md").unlink()
    site.write("picdesk.yml", CONFIG + "cache: {max_size: 2MiB}\n")
    for i in range(10, 16):
        web.put(f"{i}.jpg", noise(500, i))
        site.news(f"n{i}", web.url("fresh", f"{i}.jpg"))
    site.news("kept", web.url("fresh", "0.jpg"))
    web.forget()
    result = site.build()
    assert result.code == 0 and result.totals["ok"] == 7
    # Of the old ones only the one that is still named was not fetched again.
    assert sorted(r["path"] for r in web.requests()) == [f"/fresh/{i}.jpg" for i in range(10, 16)]
    assert size_of(site) <= 2 * 2**20 * 1.05
    assert fsck(site, "--full")["problems"] == []
    web.forget()
    assert site.build().totals["from_cache"] == 7 and web.requests() == []


def test_many_old_images_make_room_for_a_large_one(site, web):
    """They went until nine tenths were left, whatever was to come: a larger image ended the run."""
    big_site(site, web, 6)
    assert site.build().code == 0
    age_all(site, 3)
    for i in range(6):
        (site.root / f"_news/n{i}.md").unlink()
    limit = size_of(site)
    site.write("picdesk.yml", CONFIG + f"cache: {{max_size: {limit}}}\n")
    web.put("large.jpg", noise(900, 7))
    site.news("large", web.url("fresh", "large.jpg"))
    result = site.build()
    assert result.code == 0 and result.totals["ok"] == 1, result
    assert size_of(site) <= limit
    assert fsck(site, "--full")["problems"] == []


def test_max_size_is_a_hard_stop(site, web):
    """What is in use is not evicted: the run stops storing, says why, and ends with 1."""
    big_site(site, web, 10, "cache: {max_size: 1MiB}\n")
    result = site.build("--host-concurrency", "1", "--max-concurrency", "1")
    assert result.code == 1 and "cache.max_size" in result.err, result
    assert size_of(site) <= 2**20 * 1.05
    statuses = [image["status"] for image in result.report["images"]]
    assert set(statuses) == {"ok", "unchecked"} and statuses.count("ok") >= 1
    assert fsck(site, "--full")["problems"] == []
    ok = statuses.count("ok")
    again = site.build()
    assert [i["status"] for i in again.report["images"]].count("ok") >= ok


def test_thumbnails_of_local_files_survive_an_eviction(site, web):
    site.jekyll()
    site.write("local.jpg", pictures.jpeg(800, 600, seed=3))
    site.news("a", "/local.jpg")
    big_site(site, web, 6)
    assert site.build().code == 0
    age_all(site, 3)
    for i in range(6):
        (site.root / f"_news/n{i}.md").unlink()
    site.write("picdesk.yml", CONFIG + "cache: {max_size: 1MiB}\n")
    web.put("new.jpg", noise(500, 20))
    site.news("b", web.url("fresh", "new.jpg"))
    result = site.build()
    assert result.code == 0 and result.totals["thumbs_reused"] == 1, result
    assert fsck(site, "--full")["problems"] == []


def test_max_size_counts_what_others_have_under_way(make_site, faultd, tmp_path):
    """Two runs, each with an image half loaded: both do not fit, and the index has neither."""
    may_go_on = threading.Event()
    images = {"a.jpg": noise(800, 1), "b.jpg": noise(800, 2)}
    limit = int(len(images["a.jpg"]) * 1.5)

    def do_slow(connection, _request, name):
        connection.head(200, [("Content-Type", "image/jpeg")], len(images[name]))
        connection.send(images[name][:-1000])
        may_go_on.wait(60)
        connection.send(images[name][-1000:])

    faultd.do_slow = do_slow
    arguments = ("--cache-dir", str(tmp_path / "cache"))
    processes = []
    for name in images:
        site = make_site(name[0]).jekyll()
        site.write("picdesk.yml", CONFIG + f"cache: {{max_size: {limit}}}\n")
        site.news("n", faultd.url(f"/slow/{name}"))
        processes.append(
            site.picdesk.start("warm", *Picdesk.QUICK, *arguments, cwd=site.root)
        )
    for name in images:
        faultd.wait_for(f"/slow/{name}")
    may_go_on.set()
    results = [site.picdesk.finish(process) for process in processes]
    refused = [result for result in results if result.code == 1]
    assert refused and all("cache.max_size" in result.err for result in refused), results
    size = sum(f.stat().st_size for f in (tmp_path / "cache/objects").rglob("*") if f.is_file())
    assert size <= limit * 1.05
    assert fsck(site, "--full", *arguments)["problems"] == []


def test_max_size_counts_what_others_store(make_site, faultd, web, tmp_path):
    """A run that began with an empty cache sees that another one has filled it meanwhile."""
    may_go_on = threading.Event()
    image = noise(500, 99)

    def do_slow(connection, _request, _rest):
        connection.head(200, [("Content-Type", "image/jpeg")], len(image))
        connection.send(image[:1000])
        may_go_on.wait(60)
        connection.send(image[1000:])

    faultd.do_slow = do_slow
    arguments = ("--cache-dir", tmp_path / "cache", "--max-concurrency", "1")
    first = big_site(make_site("first"), web, 4, "cache: {max_size: 1MiB}\n")
    second = make_site("second").jekyll()
    second.write("picdesk.yml", CONFIG + "cache: {max_size: 1MiB}\n")
    for number in range(10, 14):
        web.put(f"{number}.jpg", noise(500, number))
    # One after the other, in this order.
    second.news("n", faultd.url("/slow/a.jpg"), *(web.url("fresh", f"{n}.jpg") for n in range(10, 14)))
    process = second.picdesk.start(
        "build", *Picdesk.QUICK, *map(str, arguments), "-f", "json", cwd=second.root
    )
    faultd.wait_for("/slow/a.jpg")
    assert first.build(*arguments).totals["ok"] == 4
    may_go_on.set()
    result = second.picdesk.finish(process)
    assert result.code == 1 and "cache.max_size" in result.err, result
    size = sum(f.stat().st_size for f in (tmp_path / "cache/objects").rglob("*") if f.is_file())
    assert size <= 2**20 * 1.05
    assert fsck(first, "--full", *map(str, arguments[:2]))["problems"] == []


def test_thumbnails_of_what_an_origin_replaced_make_room(site, web):
    """They stayed for ever, and filled the cache of a site that needs a fifth of it: each build
    ended with exit status 1."""
    site.jekyll().write("picdesk.yml", "thumbs: {x: {width: 400}}\ncache: {max_size: 512KiB}\n")
    site.news("a", web.url("fresh", "a.jpg"))
    for seed in range(10):
        web.put("a.jpg", noise(400, seed))
        result = site.build("--refresh")
        assert result.code == 0 and result.totals["ok"] == 1, (seed, result)
        assert size_of(site) <= 2**19 * 1.05
    assert fsck(site, "--full")["problems"] == []


@pytest.mark.parametrize("how", ["import", "rebuild"])
def test_what_no_run_used_yet_makes_room(site, make_site, web, tmp_path, how):
    """It counted as used on the day it came: a site that fits had no room until the next one, and
    where each job imports its cache, never."""
    big_site(site, web, 6)
    assert site.build().code == 0
    if how == "import":
        assert site.run("export", tmp_path / "cache.tar").code == 0
        site = make_site("other")
        assert site.run("import", tmp_path / "cache.tar").code == 0
    else:
        (cache(site) / "index.sqlite").unlink()
        for number in range(6):
            (site.root / f"_news/n{number}.md").unlink()
    limit = len(noise(500, 0)) * 6
    site.jekyll().write("picdesk.yml", CONFIG + f"cache: {{max_size: {limit}}}\n")
    site.news("a", *(web.url("fresh", f"{number}.jpg") for number in range(3, 6)))
    for number in range(10, 12):
        web.put(f"{number}.jpg", noise(500, number))
        site.news(f"n{number}", web.url("fresh", f"{number}.jpg"))
    web.forget()
    result = site.build()
    assert result.code == 0 and result.totals["ok"] == 5, result
    # What this site names was not taken from it.
    assert result.totals["fetched"] == 2 and result.totals["thumbs_made"] == 2
    assert fsck(site, "--full")["problems"] == []


def test_a_run_without_room_awaits_no_other(site, faultd):
    """Two such runs, each with what the other awaited, stood still for four times --timeout."""
    site.jekyll().write("picdesk.yml", CONFIG + "cache: {max_size: 20KiB}\n")
    small = faultd.serve("/files/small.jpg", pictures.jpeg(40, 30), Cache_Control="max-age=600")
    large = faultd.serve("/files/large.jpg", noise(500, 1))
    awaited = faultd.serve("/files/awaited.jpg", noise(500, 2))
    site.news("n", small)
    assert site.build().code == 0
    site.news("n", small, large, awaited)
    # Another process asks for it.
    key = xxh64(awaited.encode())
    with open(cache(site) / f"leases/{key >> 60:x}", "r+b") as lease:
        lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, key & 2**60 - 1, 1, 0)
        fcntl.fcntl(lease, fcntl.F_OFD_SETLK, lock)
        result = site.build(timeout=60)
    assert result.code == 1 and "cache.max_size" in result.err, result
    statuses = {url: result.image(url)["status"] for url in (small, large, awaited)}
    assert statuses == {small: "ok", large: "unchecked", awaited: "unchecked"}


def test_images_that_all_change_fit_one_by_one(site, web):
    """Once nothing could go, nothing was tried again, though each image made room for the next."""
    big_site(site, web, 20)
    assert site.build().code == 0
    site.write("picdesk.yml", CONFIG + f"cache: {{max_size: {size_of(site) * 108 // 100}}}\n")
    for number in range(20):
        web.put(f"{number}.jpg", noise(500, number + 50))
    result = site.build("--refresh", "--max-concurrency", "1")
    assert result.code == 0 and result.totals["ok"] == 20, result
    assert fsck(site, "--full")["problems"] == []


def test_a_run_that_makes_room_for_one_image_at_a_time_stops(site, web):
    """Each time all entries are read: 10,000 images that had changed took six times as long."""
    images = [noise(40, number) for number in range(800)]
    for number in range(400):
        web.put(f"{number}.jpg", images[number])
    site.jekyll().news("n", *(web.url("fresh", f"{number}.jpg") for number in range(400)))
    site.write("picdesk.yml", "thumbs: {x: {width: 4}}\n")
    assert site.build().totals["ok"] == 400
    before = size_of(site)
    for number in range(400):
        web.put(f"{number}.jpg", images[number + 400])
    for room, code in ((150, 1), (15, 0)):
        limit = (before + before // room) * 100 // 105
        site.write("picdesk.yml", f"thumbs: {{x: {{width: 4}}}}\ncache: {{max_size: {limit}}}\n")
        result = site.build("--refresh", "--max-concurrency", "1")
        assert result.code == code, (room, result)
        assert ("cache.max_size" in result.err) == (code == 1)
        assert fsck(site, "--full")["problems"] == []


def test_thumbnails_of_what_is_not_stored_make_room_last(site, faultd):
    """They looked like those of local files, and filled the cache until each build ended with 1."""
    site.jekyll().write("picdesk.yml", "thumbs: {x: {width: 400}}\ncache: {max_size: 300KiB}\n")
    site.write("local.jpg", pictures.jpeg(300, 200))
    site.write("a.md", "![a](local.jpg)\n")
    for seed in range(8):
        url = faultd.serve("/files/a.jpg", noise(400, seed), Cache_Control="no-store")
        site.news("n", url)
        result = site.build()
        assert result.code == 0 and result.totals["ok"] == 2, (seed, result)
    assert len(list((site.root / "assets/thumbs").glob("*.webp"))) == 2
    assert fsck(site, "--full")["problems"] == []


def test_thumbnails_of_former_specs_make_room(site, web):
    """They stayed as long as their images were used, and new ones knew no limit where nothing was
    fetched: the cache grew to twice its max_size."""
    specs = "thumbs: {{x: {{width: {}, format: jpeg, quality: 95}}}}\n"
    site.jekyll().write("picdesk.yml", specs.format(300))
    for number in range(6):
        web.put(f"{number}.jpg", noise(300, number))
        site.news(f"n{number}", web.url("fresh", f"{number}.jpg"))
    assert site.build().code == 0
    limit = size_of(site) * 11 // 10
    for width in (299, 298, 299):
        site.write("picdesk.yml", specs.format(width) + f"cache: {{max_size: {limit}}}\n")
        result = site.build()
        assert size_of(site) <= limit * 1.05
        assert result.code == 0 and result.totals["ok"] == 6, result
        assert len(list((site.root / "assets/thumbs").glob("*.jpg"))) == 6
    assert fsck(site, "--full")["problems"] == []
    assert site.build().totals["thumbs_made"] == 0
