"""gc and fsck: what goes, what stays, what is damage, and what the next run makes of it."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading

import pytest

import pictures
from conftest import Picdesk


def noise(size, seed):
    """A JPEG that does not compress: about size * size bytes."""
    from PIL import Image

    pixels = random.Random(seed).randbytes(size * size * 3)
    return pictures._save(Image.frombytes("RGB", (size, size), pixels), "JPEG", quality=85)


def cache(site):
    return site.root / ".cache/picdesk"


def objects(site):
    return sorted(f for f in (cache(site) / "objects").rglob("*") if f.is_file())


def object_of(site, report, url):
    digest = report.image(url)["hash"]
    return cache(site) / "objects" / digest[:2] / digest[2:]


def gc(site, *arguments):
    result = site.run("gc", "-f", "json", *arguments)
    assert result.code == 0 and not result.err, result
    return json.loads(result.out)


def fsck(site, *arguments, code=0):
    result = site.run("fsck", "-f", "json", *arguments)
    assert result.code == code, result
    return json.loads(result.out)


def test_no_cache_is_clean_and_none_is_made(site):
    site.jekyll()
    assert fsck(site)["objects"] == 0
    assert gc(site)["entries"] == 0
    assert "no cache" in site.run("fsck").out.lower()
    assert not (site.root / ".cache").exists()
    # A folder that is there, and empty, is none either.
    folder = site.root / "empty"
    folder.mkdir()
    folder.chmod(0o755)
    for command in ("stats", "gc", "fsck"):
        assert site.run(command, "--cache-dir", folder).code == 0
    assert list(folder.iterdir()) == [] and folder.stat().st_mode & 0o777 == 0o755


def test_fsck_could_not_look(site, tmp_path):
    site.jekyll()
    foreign = tmp_path / "documents"
    foreign.mkdir()
    (foreign / "letter.txt").write_text("Dear Sir")
    result = site.run("fsck", "--cache-dir", foreign)
    assert result.code == 1 and "letter.txt" in result.err, result
    assert [f.name for f in foreign.iterdir()] == ["letter.txt"]


def test_fsck_of_a_whole_cache(photo_site):
    photo_site.build()
    found = fsck(photo_site, "--full")
    assert found["objects"] == len(objects(photo_site)) > 4 and not found["problems"]
    assert found["full"] and not found["repaired"] and not found["unreferenced"]
    text = photo_site.run("fsck")
    assert text.code == 0 and "whole" in text.out
    assert photo_site.run("fsck", "--full", "-q").out == ""


def test_fsck_keeps_nobody_waiting_while_it_reads(photo_site, tmp_path):
    log = tmp_path / "calls"
    wrapper = ("strace", "-f", "-y", "-qq", "-o", str(log))
    if subprocess.run([*wrapper, "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace may not trace here")
    wrapper = (*wrapper, "-e", "trace=flock,pread64")
    assert photo_site.build().code == 0
    assert photo_site.run("fsck", "--full", wrapper=wrapper).code == 0
    before, locked = log.read_text().split("writers.lock>, LOCK_EX")
    assert "/objects/" in before and "/objects/" not in locked


def test_a_part_of_an_older_cache_is_no_damage(photo_site):
    """Leases lay in one file before they had a folder."""
    photo_site.build()
    (photo_site.root / ".cache/picdesk/leases.lock").touch()
    assert not fsck(photo_site)["problems"]


@pytest.mark.parametrize("verb", ["build", "check", "gc", "export"])
@pytest.mark.parametrize("number", [1, 2])
def test_an_older_index_is_migrated(photo_site, web, tmp_path, number, verb):
    """Nothing is lost, asked for again or rendered anew; a process of the older format goes on."""
    before = photo_site.build()
    columns = ("redirect_lifetime_s", "failure_request")[number - 1 :]
    with sqlite3.connect(cache(photo_site) / "index.sqlite", isolation_level=None) as index:
        for column in columns:
            index.execute(f"ALTER TABLE entries DROP COLUMN {column}")
        index.execute(f"PRAGMA user_version = {number}")
        web.forget()
        arguments = (tmp_path / "export.tar",) if verb == "export" else ()
        assert photo_site.run(verb, *arguments).code == 0
        index.execute("UPDATE entries SET used_day = used_day")
        assert index.execute("PRAGMA user_version").fetchone() == (3,)
    index.close()
    after = photo_site.build()
    assert web.requests() == [] and after.totals["thumbs_made"] == 0
    assert [i["thumbs"] for i in after.report["images"]] == [
        i["thumbs"] for i in before.report["images"]
    ]
    assert fsck(photo_site, "--full")["problems"] == []


@pytest.mark.parametrize("link", [".cache", ".cache/picdesk"])
def test_a_cache_that_is_a_link_to_nothing(photo_site, link):
    """To a disk that is not mounted, say."""
    path = photo_site.root / link
    path.parent.mkdir(exist_ok=True)
    path.symlink_to("/nowhere/cache")
    verbs = ("build", "check", "gc", "fsck", "stats") if path.name == "picdesk" else ("build", "check")
    for verb in verbs:
        result = photo_site.run(verb)
        assert result.code == 1, result
        assert f"{path}: open the cache: it is a symbolic link that leads nowhere" in result.err


def test_who_may_read_the_cache(photo_site):
    photo_site.build()
    cache = photo_site.root / ".cache/picdesk"
    assert {f: oct(f.stat().st_mode) for f in (cache, *cache.rglob("*")) if f.stat().st_mode & 0o77} == {}


def flip(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    rewrite(file, bytes(data))


def rewrite(file, data):
    """As a failing disk does: objects are read-only."""
    file.chmod(0o600)
    file.write_bytes(data)
    file.chmod(0o400)


def symlink(file):
    target = file.parent / "elsewhere"
    target.write_bytes(file.read_bytes())
    file.unlink()
    file.symlink_to(target.name)
    target.unlink()


def to_folder(file):
    file.unlink()
    file.mkdir()


DAMAGE = {
    "flipped": flip,
    "truncated": lambda file: rewrite(file, file.read_bytes()[:100]),
    "empty": lambda file: rewrite(file, b""),
    "longer": lambda file: rewrite(file, file.read_bytes() + b"\0"),
    "other": lambda file: rewrite(file, pictures.jpeg(90, 90, seed=77)),
    "symlink": symlink,
    "folder": to_folder,
    "fifo": lambda file: (file.unlink(), os.mkfifo(file)),
    "missing": lambda file: file.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found_mended_and_fetched_again(photo_site, web, damage):
    first = photo_site.build()
    before = photo_site.tree("assets", "_data")
    url = web.url("fresh", "a.jpg")
    file = object_of(photo_site, first, url)
    DAMAGE[damage](file)
    found = fsck(photo_site, "--full", code=2)
    assert found["damaged"] + found["missing"] == 1 and not found["repaired"]
    (problem,) = found["problems"]
    assert problem["path"] == str(file.relative_to(cache(photo_site)))
    if damage in ("symlink", "folder", "fifo"):
        assert fsck(photo_site, code=2)["problems"] == [problem], "the same words without --full"
    assert fsck(photo_site, "--full", "--repair", code=2)["repaired"]
    assert fsck(photo_site, "--full")["problems"] == []
    web.forget()
    again = photo_site.build()
    assert again.code == 0 and again.totals["ok"] == 4
    assert [r["path"] for r in web.requests()] == ["/fresh/a.jpg"]
    assert photo_site.tree("assets", "_data") == before
    assert fsck(photo_site, "--full")["problems"] == []


@pytest.mark.parametrize("damage", ["flipped", "truncated", "empty", "symlink", "missing"])
def test_a_run_mends_what_it_reads(photo_site, web, damage):
    """Without fsck: the bytes of a damaged original never reach a thumbnail."""
    first = photo_site.json("check")
    url = web.url("fresh", "a.jpg")
    DAMAGE[damage](object_of(photo_site, first, url))
    web.forget()
    again = photo_site.build()
    assert again.code == 0 and again.totals["ok"] == 4
    assert again.image(url)["hash"] == first.image(url)["hash"]
    assert [r["path"] for r in web.requests()] == ["/fresh/a.jpg"]
    assert fsck(photo_site, "--full")["problems"] == []


def test_a_build_makes_damaged_thumbnails_anew(photo_site):
    """It ended with exit status 1 where the site's own copies were gone, too: run again."""
    photo_site.write("picdesk.yml", "thumbs:\n  a: {width: 32}\n  b: {width: 64}\n  c: {width: 16}\n")
    assert photo_site.build().code == 0
    before = {path: data for path, (data, _) in photo_site.tree("assets", "_data").items()}
    lost = [file for name, file in photo_site.thumbs().items() if "-c." not in name]
    for file in lost:
        (found,) = [o for o in objects(photo_site) if o.read_bytes() == file.read_bytes()]
        flip(found)
        file.unlink()
    result = photo_site.build()
    assert result.code == 0 and result.totals["thumbs_made"] == len(lost) > 2, result
    after = {path: data for path, (data, _) in photo_site.tree("assets", "_data").items()}
    assert before == after


def test_two_objects_swapped(photo_site, web):
    first = photo_site.build()
    a, b = (object_of(photo_site, first, web.url("fresh", n)) for n in ("a.jpg", "b.jpg"))
    a_bytes, b_bytes = a.read_bytes(), b.read_bytes()
    rewrite(a, b_bytes)
    rewrite(b, a_bytes)
    assert fsck(photo_site, "--full", "--repair", code=2)["damaged"] == 2
    again = photo_site.build()
    assert again.totals["fetched"] == 2 and again.totals["ok"] == 4


def test_junk_is_set_aside(photo_site):
    photo_site.build()
    folder = cache(photo_site)
    (folder / "notes.txt").write_text("mine")
    (folder / "objects/zz").mkdir()
    (folder / "objects/00junk").write_text("x")
    found = fsck(photo_site, code=2)
    assert {p["path"] for p in found["problems"]} == {"notes.txt", "objects/zz", "objects/00junk"}
    assert fsck(photo_site, "--repair", code=2)["junk"] == 3
    assert fsck(photo_site)["junk"] == 0
    assert (folder / "quarantine/notes.txt").read_text() == "mine"


IN_ITS_PLACE = {
    "symlink": lambda path, outside: path.symlink_to(outside),
    "dangling": lambda path, outside: path.symlink_to(outside / "nothing"),
    "file": lambda path, outside: path.write_text("junk"),
    "empty": lambda path, outside: path.write_bytes(b""),
    "folder": lambda path, outside: (path.mkdir(), (path / "x").write_text("junk")),
    "pipe": lambda path, outside: os.mkfifo(path),
    "nothing": lambda path, outside: None,
}


@pytest.mark.parametrize("what", IN_ITS_PLACE)
def test_each_part_of_the_cache_may_be_something_else(photo_site, web, tmp_path, what):
    """It is moved aside, made anew or rebuilt, and nothing beyond the cache's folder is touched."""
    photo_site.build()
    output = photo_site.tree("assets", "_data")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("mine")
    for part in sorted(cache(photo_site).iterdir()):
        if part.is_dir():
            shutil.rmtree(part)
        else:
            part.unlink()
        IN_ITS_PLACE[what](part, outside)
        result = photo_site.build()
        assert result.code == 0 and result.totals["ok"] == 4, (part.name, result)
        assert photo_site.tree("assets", "_data") == output
        assert photo_site.run("fsck", "--full", "--repair").code in (0, 2)
        assert fsck(photo_site, "--full")["problems"] == [], part.name
        assert [file.name for file in outside.iterdir()] == ["precious"], part.name


def test_fsck_says_which_part_was_something_else(photo_site):
    photo_site.build()
    records = cache(photo_site) / "records"
    shutil.rmtree(records)
    records.symlink_to("objects")
    (problem,) = fsck(photo_site, code=2)["problems"]
    assert problem == {"path": "records", "problem": "was something else: moved to quarantine"}
    assert records.is_dir() and not records.is_symlink()
    assert fsck(photo_site)["problems"] == []


def test_a_run_that_meets_a_damaged_index_says_what_comes_next(photo_site, web):
    photo_site.build()
    before = photo_site.tree("assets", "_data")
    index = cache(photo_site) / "index.sqlite"
    data = index.read_bytes()
    # The header and the schema are whole: opening it tells nothing.
    index.write_bytes(data[:4096] + bytes(b ^ 0x55 for b in data[4096:]))
    first = photo_site.build()
    assert first.code == 1 and "is damaged" in first.err, first
    assert "the next run rebuilds it" in first.err
    assert first.totals["broken"] == 0 and photo_site.tree("assets", "_data") == before
    second = photo_site.build()
    assert second.code == 0 and second.totals["ok"] == 4, second
    assert photo_site.tree("assets", "_data") == before


@pytest.mark.parametrize("damage", ["lost", "zeroed", "cut", "flipped pages"])
def test_index_is_rebuilt(photo_site, web, damage):
    photo_site.news("one", web.url("stale", "a.jpg"), web.url("stale", "b.jpg"))
    photo_site.build()
    before = photo_site.tree("assets", "_data")
    index = cache(photo_site) / "index.sqlite"
    data = index.read_bytes()
    if damage == "lost":
        index.unlink()
    elif damage == "zeroed":
        index.write_bytes(bytes(len(data)))
    elif damage == "cut":
        index.write_bytes(data[: len(data) // 2])
    else:
        index.write_bytes(data[:4096] + bytes(b ^ 0x55 for b in data[4096:]))
    assert fsck(photo_site, "--repair", code=2)["index_damaged"]
    assert fsck(photo_site, "--full")["problems"] == []
    web.forget()
    again = photo_site.build()
    assert again.code == 0 and again.totals["ok"] == 4
    # Everything is stale after a rebuild, and comes back as 304.
    assert again.totals["revalidated"] == 4 and again.totals["fetched"] == 0
    assert photo_site.tree("assets", "_data") == before


def test_leftovers_of_a_killed_run_are_no_damage(photo_site, web):
    photo_site.build()
    folder = cache(photo_site)
    (folder / "tmp/new-0123456789abcdef").write_bytes(b"half an ima")
    index = folder / "index.sqlite"
    kept = index.read_bytes()
    web.put("e.jpg", pictures.jpeg(320, 200, seed=9))
    photo_site.news("three", web.url("fresh", "e.jpg"))
    photo_site.build()
    index.write_bytes(kept)  # as if the last batch had been killed before its commit
    assert fsck(photo_site, "--full")["unreferenced"] > 0
    gc(photo_site)
    assert fsck(photo_site, "--full")["unreferenced"] == 0


CONFIG = "thumbs: {small: {width: 32}}\n"
SPEC = "thumbs: {{x: {{width: {}}}}}\n"


def big_site(site, web, count=8, config=""):
    """Images of some 250 KB, thumbnails of next to nothing."""
    site.jekyll()
    site.write("picdesk.yml", CONFIG + config)
    for i in range(count):
        web.put(f"{i}.jpg", noise(500, i))
        site.news(f"n{i}", web.url("fresh", f"{i}.jpg"))
    return site


def test_gc_keeps_within_max_size(site, web):
    big_site(site, web)
    site.build()
    size = sum(f.stat().st_size for f in objects(site))
    assert size > 1.2 * 2**20
    plan = gc(site, "--max-size", "1MiB", "--dry-run")
    assert plan["dry_run"] and plan["entries"] > 0
    assert sum(f.stat().st_size for f in objects(site)) == size
    done = gc(site, "--max-size", "1MiB")
    assert {**done, "dry_run": True} == plan
    left = sum(f.stat().st_size for f in objects(site))
    assert left <= 2**20 and left == done["bytes_left"] == size - done["bytes"]
    assert fsck(site, "--full")["problems"] == []
    # The next run fetches what went, and only that.
    web.forget()
    assert site.build().totals["ok"] == 8
    assert len(web.requests()) == done["entries"]


def test_gc_counts_what_an_origin_replaced(photo_site, web):
    photo_site.build()
    (web.files / "a.jpg").write_bytes(noise(300, 1))
    photo_site.build("--refresh")
    before = {file: file.stat().st_size for file in objects(photo_site)}
    plan = gc(photo_site, "--dry-run")
    done = gc(photo_site)
    assert {**done, "dry_run": True} == plan
    gone = before.keys() - set(objects(photo_site))
    assert done["objects"] == len(gone) == 1 + done["thumbs"] and done["entries"] == 0
    assert done["bytes"] == sum(before[file] for file in gone)


def test_gc_uses_the_size_of_the_config(site, web):
    big_site(site, web)
    site.build()
    site.write("picdesk.yml", CONFIG + "cache: {max_size: 1MiB}\n")
    assert gc(site)["bytes_left"] <= 2**20


def test_gc_unused_for(photo_site, web):
    photo_site.build()
    assert gc(photo_site, "--unused-for", "1d")["entries"] == 0
    assert gc(photo_site, "--unused-for", "0s")["entries"] == 4
    assert objects(photo_site) == []


def test_gc_unused_for_keeps_what_was_used_last_evening(photo_site):
    """The day of a use is known, not its hour: after midnight a day had gone by, and with it the
    whole cache."""
    photo_site.build()
    age_all(photo_site, 1)
    assert gc(photo_site, "--unused-for", "1d")["entries"] == 0
    age_all(photo_site, 1)
    assert gc(photo_site, "--unused-for", "1d")["entries"] == 4


def test_gc_gone_takes_the_last_good_bytes(photo_site, web):
    first = photo_site.build()
    url = web.url("fresh", "a.jpg")
    file = object_of(photo_site, first, url)
    (web.files / "a.jpg").unlink()
    photo_site.build("--refresh")
    assert gc(photo_site)["entries"] == 0 and file.exists()
    assert gc(photo_site, "--gone")["entries"] == 1 and not file.exists()


def test_gc_beside_a_run_loses_nothing(site, web):
    """gc over and over while a build fetches, then the build's result is that of a quiet one."""
    big_site(site, web, 12)
    process = site.picdesk.start("build", *Picdesk.QUICK, "-f", "json", cwd=site.root)
    rounds = 0
    while process.poll() is None and rounds < 200:
        gc(site)
        rounds += 1
    result = site.picdesk.finish(process)
    assert result.code == 0 and result.totals["ok"] == 12
    assert fsck(site, "--full")["problems"] == []
    web.forget()
    assert site.build().totals["from_cache"] == 12 and web.requests() == []


def test_text_for_people(photo_site, web):
    first = photo_site.build()
    flip(object_of(photo_site, first, web.url("fresh", "a.jpg")))
    result = photo_site.run("fsck", "--full")
    assert result.code == 2 and "damaged" in result.out and "--repair" in result.out, result
    result = photo_site.run("fsck", "--full", "--repair", "-q")
    assert result.code == 2 and "fetches again" in result.out, result
    result = photo_site.run("gc", "--dry-run", "--unused-for", "0s")
    assert result.code == 0 and result.out.startswith("Would remove  4 URLs"), result
    assert photo_site.run("gc", "-q").out == ""


def started_programs(site, verb, tmp_path):
    log = tmp_path / "trace"
    wrapper = ["strace", "-f", "-qq", "-o", str(log), "-e", "trace=execve"]
    result = site.picdesk.finish(
        site.picdesk.start(verb, *Picdesk.QUICK, cwd=site.root, wrapper=wrapper)
    )
    assert result.code == 0, result
    return log.read_text().count("execve(")


def test_a_warm_run_starts_no_renderer(photo_site, tmp_path):
    """Its version is remembered, as long as its files are what they were."""
    photo_site.build()
    for verb in ("build", "warm", "check"):
        assert started_programs(photo_site, verb, tmp_path) == 1, verb


def size_of(site):
    return sum(f.stat().st_size for f in objects(site))


def age_all(site, days):
    with sqlite3.connect(cache(site) / "index.sqlite") as index:
        index.execute("UPDATE entries SET used_day = used_day - ?", (days,))
    index.close()


def end_keys_with(site, renderer):
    """As if that one had made all thumbnails."""
    with sqlite3.connect(cache(site) / "index.sqlite") as index:
        for (key,) in index.execute("SELECT key FROM thumbs").fetchall():
            other = f"{key.rpartition('|')[0]}|{renderer}"
            index.execute("UPDATE thumbs SET key = ? WHERE key = ?", (other, key))
    index.close()


@pytest.mark.parametrize(
    "arguments, is_kept",
    [([], True), (["--gone"], True), (["--max-size", "1GiB"], True), (["--max-size", "0"], False)],
)
def test_gc_and_what_was_made_of_local_files(site, web, arguments, is_kept):
    """It went with each gc, and the next build decoded and rendered all of the site's own images."""
    site.jekyll().write("local.jpg", pictures.jpeg(80, 60, seed=3))
    web.put("a.jpg", pictures.jpeg(90, 70, seed=1))
    site.news("a", "/local.jpg", web.url("fresh", "a.jpg"))
    assert site.build().code == 0
    web.put("a.jpg", pictures.jpeg(90, 70, seed=2))
    assert site.build("--refresh").code == 0
    removed = gc(site, *arguments)
    assert removed["objects"] == (2 if is_kept else 5), removed  # what was replaced, its thumbnail
    assert site.build().totals["thumbs_made"] == (0 if is_kept else 4)
    assert fsck(site, "--full")["problems"] == []


@pytest.mark.parametrize("max_size", [None, "all but one image"])
def test_gc_takes_what_other_renderers_made(site, web, max_size):
    """After an upgrade it stayed as long as its image was used, and a smaller cache cost images in
    use. What other specs made stays: another site may share the cache."""
    site.jekyll()
    for number in range(4):
        web.put(f"{number}.jpg", noise(400, number))
        site.news(f"n{number}", web.url("fresh", f"{number}.jpg"))
    for width, renderer in ((380, "1 vips-8.0.0"), (300, None), (200, None)):
        site.write("picdesk.yml", SPEC.format(width))
        assert site.build().totals["thumbs_made"] == 4
        if renderer:
            end_keys_with(site, renderer)
    size = size_of(site)
    arguments = ["--max-size", str(size - 20000)] if max_size else []
    would = gc(site, *arguments, "--dry-run")
    done = gc(site, *arguments)
    same = ("entries", "thumbs", "objects", "bytes")
    assert [would[name] for name in same] == [done[name] for name in same]
    assert done["entries"] == 0 and done["thumbs"] == done["objects"] == 4, done
    assert size - size_of(site) == done["bytes"] > 20000
    assert fsck(site, "--full")["problems"] == []
    for width in (200, 300):
        site.write("picdesk.yml", SPEC.format(width))
        result = site.build()
        assert (result.totals["thumbs_made"], result.totals["fetched"]) == (0, 0)
    site.write("picdesk.yml", SPEC.format(380))
    assert site.build().totals["thumbs_made"] == 4


@pytest.fixture
def read_only(tmp_path):
    """Makes a folder read-only, by a mount of its own over itself."""
    mounted = []

    def make(folder):
        for options in (("--bind", folder, folder), ("-o", "remount,bind,ro", folder)):
            command = ["mount", *map(str, options)]
            if subprocess.run(command, capture_output=True, check=False).returncode:
                pytest.skip("mounting is not allowed here")
            mounted.append(folder)

    yield make
    for folder in dict.fromkeys(mounted):
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_read_only_cache_can_be_looked_into(photo_site, web, read_only, tmp_path):
    report = photo_site.build()

    def look(command):
        result = photo_site.run(*command, "-f", "json")
        assert result.code == 0 and not result.err, result
        return {**json.loads(result.out), "fresh_for_s": None}

    file = tmp_path / "export.tar"
    shown = {
        command: look(command)
        for command in (
            ("stats",),
            ("report",),
            ("show", web.url("fresh", "a.jpg")),
            ("fsck", "--full"),
            ("export", file),
        )
    }
    exported = file.read_bytes()
    read_only(cache(photo_site))
    for command, out in shown.items():
        assert look(command) == out
    assert file.read_bytes() == exported
    # What must write says that it cannot.
    for command in (("build",), ("gc",), ("fsck", "--repair")):
        result = photo_site.run(*command)
        assert result.code == 1 and "Read-only file system" in result.err, result
    assert photo_site.scan().code == 0 and report.code == 0


KILLED_IN_A_BATCH = """
import os, sqlite3, sys
index = sqlite3.connect(sys.argv[1], isolation_level=None)
index.execute("PRAGMA journal_mode = PERSIST")
index.execute("PRAGMA cache_size = 1")
index.execute("BEGIN IMMEDIATE")
index.execute("INSERT INTO documents VALUES ('new', zeroblob(1000000))")
index.execute("UPDATE entries SET used_day = 0")
os._exit(0)
"""


def test_a_read_only_cache_of_a_run_that_was_killed(photo_site, read_only):
    """"attempt to write a readonly database" was said of stats, which writes nothing."""
    photo_site.build()
    index = cache(photo_site) / "index.sqlite"
    subprocess.run([sys.executable, "-c", KILLED_IN_A_BATCH, index], check=True)
    read_only(cache(photo_site))
    for verb in ("stats", "report"):
        result = photo_site.run(verb)
        assert result.code == 1 and "where the cache can be written" in result.err, result
    subprocess.run(["mount", "-o", "remount,bind,rw", cache(photo_site)], check=True)
    assert photo_site.run("stats").code == 0
    assert photo_site.build().totals["from_cache"] == 4


@pytest.mark.parametrize("had_failed", [False, True])
def test_gc_takes_a_row_that_a_run_is_about_to_confirm(site, faultd, had_failed):
    """The run puts it back, with a record for a lost index to be rebuilt from."""
    may_go_on, fails = threading.Event(), []

    def do_image(connection, request, _rest):
        if fails:
            connection.answer(503)
        elif "if-none-match" not in request.headers:
            connection.answer(200, faultd.image, [("ETag", '"1"'), ("Cache-Control", "max-age=0")])
        else:
            may_go_on.wait(60)
            connection.head(304, [("ETag", '"1"')])

    faultd.do_image = do_image
    site.jekyll().news("n", url := faultd.url("/image/a.jpg"))
    site.build()
    if had_failed:
        fails.append(True)
        assert site.build().image(url)["status"] == "stale"
        fails.clear()
    faultd.forget()
    arguments = ("build", *Picdesk.QUICK, "--negative-age", "0s", "-f", "json")
    process = site.picdesk.start(*arguments, cwd=site.root)
    faultd.wait_for("/image/a.jpg")
    assert gc(site, "--unused-for", "0s")["entries"] == 1
    may_go_on.set()
    result = site.picdesk.finish(process)
    assert result.code == 0 and result.image(url)["status"] == "ok", result
    assert fsck(site, "--full")["problems"] == []
    (cache(site) / "index.sqlite").unlink()
    assert site.run("stats").code == 0 and fsck(site, "--full")["problems"] == []
    assert site.run("show", url).code == 0
