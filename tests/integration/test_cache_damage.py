"""What may have happened to the cache's own files, beside its objects (test_upkeep.py): it is told by
fsck, mended, and costs no image."""

import json
import os
import pathlib
import shutil
import sqlite3
import stat
import subprocess
import tempfile

import pytest

import pictures
from conftest import Picdesk, Site
from test_upkeep import cache, flip, fsck, object_of


def query(site, *statements):
    with sqlite3.connect(cache(site) / "index.sqlite") as index:
        for statement in statements:
            index.execute(statement)
    index.close()


def replace_index(site, data):
    (cache(site) / "index.sqlite").write_bytes(data)


def other_database(site):
    (cache(site) / "index.sqlite").unlink()
    query(site, "CREATE TABLE letters (text)", "INSERT INTO letters VALUES ('Dear Sir')")


LOST = {
    "empty": lambda site: replace_index(site, b""),
    "junk": lambda site: replace_index(site, os.urandom(20000)),
    "another's": other_database,
    "without a table": lambda site: query(site, "DROP TABLE thumbs"),
    "with another column": lambda site: query(site, "ALTER TABLE entries RENAME url TO uri"),
    "of format 0": lambda site: query(site, "PRAGMA user_version = 0"),
    "of format 1 by mistake": lambda site: query(site, "PRAGMA user_version = 1"),
    "of a negative format": lambda site: query(site, "PRAGMA user_version = -3"),
    "of a format that nobody will have": lambda site: query(site, "PRAGMA user_version = 65539"),
    "of no application": lambda site: query(site, "PRAGMA application_id = 7"),
}


@pytest.mark.parametrize("damage", LOST)
def test_an_index_that_is_none_is_rebuilt(photo_site, web, damage):
    photo_site.build()
    before = photo_site.tree("assets", "_data")
    LOST[damage](photo_site)
    assert fsck(photo_site, "--repair", code=2)["index_damaged"]
    assert fsck(photo_site, "--full")["problems"] == []
    web.forget()
    again = photo_site.build()
    assert again.code == 0 and again.totals["revalidated"] == 4 and again.totals["fetched"] == 0
    assert photo_site.tree("assets", "_data") == before


TIMES = ["request_time_s", "response_time_s", "checked_s", "success_s", "used_day"]
TIMES_OF_FAILURES = ["first_failure_s", "last_failure_s", "not_before_s", "failure_lifetime_s"]


@pytest.mark.parametrize("time, shown", [(-(1 << 63), None), ((1 << 63) - 1, "9999-12-31T23:59:59Z")])
def test_times_that_no_clock_has(photo_site, web, time, shown):
    """Before the epoch, and after the year 9999: what is reckoned from them overflowed."""
    url = web.url("fresh", "gone.jpg")
    photo_site.news("gone", url)
    photo_site.build()
    query(
        photo_site,
        f"UPDATE entries SET {', '.join(f'{name} = {time}' for name in TIMES)}",
        f"UPDATE entries SET {', '.join(f'{name} = {time}' for name in TIMES_OF_FAILURES)}"
        " WHERE failure <> 0",
    )
    known = json.loads(photo_site.run("show", url, "-f", "json").out)
    assert [known.get(name) for name in ("failing_since", "last_failure", "checked")] == [shown] * 3
    assert photo_site.run("gc", "--unused-for", "2d", "--dry-run").code == 0
    web.forget()
    again = photo_site.build("--refresh")
    assert again.code == 0 and again.totals["revalidated"] == 4 and len(web.requests()) == 5, again


@pytest.mark.parametrize(
    "change",
    [
        "thumbs SET type = 'image/wecp'",
        "thumbs SET width_px = 0",
        "thumbs SET height_px = -5",
        "objects SET type = 'image/jpfg' WHERE verdict = 'ok'",
        "objects SET width_px = -640 WHERE verdict = 'ok'",
    ],
)
def test_a_row_that_makes_no_sense_is_none(photo_site, web, change):
    """A bit that flipped in the index: images without thumbnails, files and entries of the manifest
    without a type, or of no size, run after run. They are looked at, or made, anew."""
    photo_site.build()
    before = photo_site.tree("assets", "_data")
    query(photo_site, f"UPDATE {change}")
    web.forget()
    result = photo_site.build()
    assert photo_site.tree("assets", "_data") == before and web.requests() == [], result
    assert result.totals["from_cache"] == 4 and result.totals["ok"] == 4, result
    query(photo_site, f"UPDATE {change}")
    assert photo_site.build("--offline").totals["ok"] == 4
    assert photo_site.tree("assets", "_data") == before
    assert fsck(photo_site, "--full")["problems"] == []


NEWER_COLUMNS = ["redirect_lifetime_s", "failure_request"]  # of entries, by the migrations from 1 on


@pytest.mark.parametrize("version", [1, 2])
def test_an_older_index_is_migrated_and_a_newer_one_refused(photo_site, web, version):
    photo_site.build()
    for column in NEWER_COLUMNS[version - 1 :]:
        query(photo_site, f"ALTER TABLE entries DROP COLUMN {column}")
    query(photo_site, f"PRAGMA user_version = {version}")
    web.forget()
    assert photo_site.build().totals["from_cache"] == 4 and web.requests() == []
    query(photo_site, "PRAGMA user_version = 99")
    for command in ("build", "check", "stats", "gc", "fsck"):
        result = photo_site.run(command)
        assert result.code == 1 and "newer picdesk" in result.err, result


def write_ahead_log(site):
    """One that SQLite would take for what was committed last, of another database."""
    path = site.root / "other.sqlite"
    other = sqlite3.connect(path)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("CREATE TABLE letters (text)")
    other.commit()
    shutil.copy(f"{path}-wal", cache(site) / "index.sqlite-wal")
    shutil.copy(f"{path}-shm", cache(site) / "index.sqlite-shm")
    other.close()


BESIDE = {
    "index.sqlite-wal": write_ahead_log,
    "index.sqlite-shm": lambda site: (cache(site) / "index.sqlite-shm").write_bytes(b"x" * 999),
    "index.damaged": lambda site: (cache(site) / "index.damaged").mkdir(),
    "CACHEDIR.TAG": lambda site: (cache(site) / "CACHEDIR.TAG").write_text("Signature: 8a47\n"),
    "format": lambda site: (cache(site) / "format").write_text("picdesk cache 1\nand more"),
    ".gitignore": lambda site: (cache(site) / ".gitignore").write_text("+\n"),
    "records/notes.txt": lambda site: (cache(site) / "records/notes.txt").write_text("mine"),
    "leases/7": lambda site: (cache(site) / "leases/7").mkdir(),
    "leases/x": lambda site: (cache(site) / "leases/x").symlink_to("/"),
    "tmp/folder": lambda site: (cache(site) / "tmp/folder").mkdir(),
    "tmp/.hidden": lambda site: (cache(site) / "tmp/.hidden").write_text("mine"),
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_does_not_belong_there_is_told_and_set_aside(photo_site, web, name):
    photo_site.build()
    shutil.rmtree(cache(photo_site) / "leases")
    (cache(photo_site) / "leases").mkdir()
    BESIDE[name](photo_site)
    found = fsck(photo_site, "--repair", code=2)
    assert name in [problem["path"] for problem in found["problems"]] and found["repaired"]
    assert fsck(photo_site, "--full")["problems"] == []
    assert any(file.name.startswith(name.replace("/", "-")) for file in (cache(photo_site) / "quarantine").iterdir())
    web.forget()
    assert photo_site.build().totals["from_cache"] == 4 and web.requests() == []


def test_a_row_without_its_url(photo_site, tmp_path):
    """As a zeroed sector leaves it, whatever the schema says: `show` crashed."""
    photo_site.build()
    before = photo_site.tree("assets", "_data")
    with sqlite3.connect(cache(photo_site) / "index.sqlite") as index:
        (schema,) = index.execute("SELECT sql FROM sqlite_schema WHERE name = 'entries'").fetchone()
        change = "UPDATE sqlite_schema SET sql = ? WHERE name = 'entries'"
        index.execute("PRAGMA writable_schema = ON")
        index.execute(change, (schema.replace("url TEXT NOT NULL", "url TEXT"),))
    index.close()
    with sqlite3.connect(cache(photo_site) / "index.sqlite") as index:
        index.execute("UPDATE entries SET url = NULL")
        index.execute("PRAGMA writable_schema = ON")
        index.execute(change, (schema,))
        (objects,) = zip(*index.execute("SELECT hex(object) FROM entries"))
    index.close()
    for name in objects:
        result = photo_site.run("show", name.lower())
        assert result.code in (0, 1), result
    assert photo_site.run("gc", "--dry-run").code == 0
    assert photo_site.run("export", tmp_path / "all.tar").code == 0
    assert fsck(photo_site, "--repair", code=2)["index_damaged"]
    assert photo_site.build().code == 0 and photo_site.tree("assets", "_data") == before
    assert fsck(photo_site, "--full")["problems"] == []


def damage_records(site, how):
    for file in (cache(site) / "records").iterdir():
        data = bytearray(file.read_bytes())
        if how == "flipped":
            data[len(data) // 2] ^= 1
        elif how == "cut":
            del data[len(data) // 2 :]
        elif how == "empty":
            data.clear()
        file.write_bytes(data)
        if how == "missing":
            file.unlink()


@pytest.mark.parametrize("how", ["flipped", "cut", "empty", "missing"])
def test_damaged_records_are_written_anew(photo_site, web, how):
    """From the index, as long as it is there: then it may be lost, too."""
    photo_site.build()
    damage_records(photo_site, how)
    found = fsck(photo_site, code=2)
    assert [problem["path"] for problem in found["problems"]] == ["records"]
    assert found["missing_records"] and not found["repaired"]
    assert "records were damaged" in photo_site.run("fsck").out
    assert fsck(photo_site, "--repair", code=2)["repaired"]
    assert fsck(photo_site)["problems"] == []
    (cache(photo_site) / "index.sqlite").unlink()
    web.forget()
    result = photo_site.build()
    assert result.totals["revalidated"] == 4 and result.totals["thumbs_made"] == 0


def test_the_half_record_of_a_killed_run_is_no_damage(photo_site):
    photo_site.build()
    (file,) = (cache(photo_site) / "records").iterdir()
    with file.open("ab") as records:
        records.write(b"\x40\0\0\0half a record")
    assert fsck(photo_site, "--full")["problems"] == []


def test_a_cache_without_its_signs(photo_site, web):
    """Known by its parts, as long as nothing else is there."""
    photo_site.build()
    before = photo_site.tree("assets", "_data")
    for damage in (lambda file: file.unlink(), lambda file: file.write_text("junk")):
        damage(cache(photo_site) / "format")
        damage(cache(photo_site) / "CACHEDIR.TAG")
        web.forget()
        assert photo_site.build().totals["from_cache"] == 4 and web.requests() == []
        assert fsck(photo_site, "--full")["problems"] == []
    assert photo_site.tree("assets", "_data") == before
    (cache(photo_site) / "format").unlink()
    (cache(photo_site) / "CACHEDIR.TAG").unlink()
    (cache(photo_site) / "letter.txt").write_text("Dear Sir")
    result = photo_site.run("fsck")
    assert result.code == 1 and "no cache of picdesk" in result.err, result


def test_a_volume_of_its_own(photo_site):
    """A container's volume: the new file system is not quite empty."""
    found = cache(photo_site) / "lost+found"
    found.mkdir(parents=True, mode=0o700)
    photo_site.run("stats")
    assert list(cache(photo_site).iterdir()) == [found]
    assert photo_site.build().code == 0
    assert fsck(photo_site, "--repair")["problems"] == [] and found.exists()


def test_a_run_tells_what_it_mended(photo_site, web):
    first = photo_site.build()
    assert "cache" not in first.err
    flip(object_of(photo_site, first, web.url("fresh", "a.jpg")))
    (cache(photo_site) / "index.sqlite").unlink()
    (cache(photo_site) / "format").write_text("")
    photo_site.write("picdesk.yml", "thumbs: {tiny: {width: 20}}\n")
    result = photo_site.build()
    assert result.code == 0 and result.totals["ok"] == 4
    assert "1 stored file was damaged" in result.err
    assert "the cache's index was damaged or lost, and rebuilt" in result.err
    assert "1 part was something else" in result.err
    assert "cache" not in photo_site.build().err


FOLDERS = {
    "blanks": "a b / c",
    "no ASCII": "ünï/中文",
    "what URLs mean something by": "a?mode=ro&b#c/%2e%2e",
    "upwards": "../elsewhere",
    "a slash at the end": "cache/",
    "an empty folder that is there": "there",
    "a link": "link",
    "behind a link": "link/cache",
    "longer than SQLite takes": "/".join(["x" * 200] * 15),
}


@pytest.mark.parametrize("where", FOLDERS)
def test_a_cache_anywhere(photo_site, web, tmp_path, where):
    folder = f"{tmp_path}/site/{FOLDERS[where]}"
    (photo_site.root / "there").mkdir(mode=0o755)
    (tmp_path / "target").mkdir()
    (photo_site.root / "link").symlink_to(tmp_path / "target")
    arguments = ("--cache-dir", FOLDERS[where])
    assert photo_site.build(*arguments).totals["ok"] == 4
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700 and os.path.exists(folder + "/CACHEDIR.TAG")
    for command in ("stats", "fsck", "gc"):
        assert photo_site.run(command, *arguments).code == 0
    web.forget()
    assert photo_site.build(*arguments).totals["from_cache"] == 4 and web.requests() == []


@pytest.mark.parametrize(
    "part",
    [
        "index.sqlite",
        "index.sqlite-journal",
        "users.lock",
        "writers.lock",
        "format",
        "objects",
        "objects/*",
        "objects/*/*",
        "records",
        "leases",
        "tmp",
        "quarantine",
    ],
)
def test_modes_that_keep_us_out(web, part):
    """As somebody who is not root: a folder or file of the cache of mode 0."""
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if os.geteuid() or subprocess.run([*nobody, "true"], check=False).returncode:
        pytest.skip("only root can be somebody else")
    for name in "abc":
        web.put(f"{name}.jpg", pictures.jpeg(300, 200, seed=ord(name)))
    # The tests' own temporary folder lets nobody else in.
    with tempfile.TemporaryDirectory() as folder:
        site = Site(pathlib.Path(folder) / "site", Picdesk(pathlib.Path(folder))).jekyll()
        site.news("n", *(web.url("fresh", f"{name}.jpg") for name in "abc"))
        subprocess.run(["chown", "-R", "65534:65534", folder], check=True)

        def build():
            arguments = ("build", *Picdesk.QUICK, "-f", "json")
            process = site.picdesk.start(*arguments, cwd=site.root, wrapper=nobody)
            return site.picdesk.finish(process)

        first = build()
        # util-linux 2.41 starts the program all the same, which then does not see its renderer.
        if "Permission denied" in first.err or "not beside this program" in first.err:
            pytest.skip("nobody may not run what was built here")
        assert first.code == 0, first
        for path in cache(site).glob(part):
            path.chmod(0)
        # A new size needs the originals' bytes.
        site.write("picdesk.yml", "thumbs: {tiny: {width: 20}}\n")
        result = build()
        assert result.code == 0 and result.totals["ok"] == 3, result
        assert result.totals["thumbs_made"] == 3


@pytest.mark.parametrize("verb", ["fsck", "gc"])
def test_what_another_user_left_in_the_cache_is_said(web, verb):
    """After one `sudo picdesk build`: "objects: list: Permission denied", and nothing else."""
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if os.geteuid() or subprocess.run([*nobody, "true"], check=False).returncode:
        pytest.skip("only root can be somebody else")
    web.put("a.jpg", pictures.jpeg(300, 200))
    with tempfile.TemporaryDirectory() as folder:
        site = Site(pathlib.Path(folder) / "site", Picdesk(pathlib.Path(folder))).jekyll()
        site.news("n", web.url("fresh", "a.jpg"))
        assert site.build().code == 0
        roots = next((cache(site) / "objects").iterdir())
        subprocess.run(["chown", "-R", "65534:65534", folder], check=True)
        subprocess.run(["chown", "-R", "0:0", roots], check=True)
        result = site.run(verb, wrapper=nobody)
        if result.code == 126 or "failed to execute" in result.err:
            pytest.skip("nobody may not run what was built here")
        assert result.code == 1, result
        assert f"objects/{roots.name}: list: Permission denied" in result.err
        assert "may be another user's (chown gives it to this one)" in result.err


@pytest.mark.parametrize(
    "part, arguments, told",
    [
        ("index.sqlite", (), "Mended: the next run asks once for each image"),
        ("objects/*/*", ("--repair",), "Mended: the next run fetches again what was lost"),
        ("records/*", ("--repair",), "Mended: nothing was lost"),
        ("records/*", (), "'picdesk fsck --repair' mends it"),
    ],
)
def test_fsck_says_what_is_left_to_do(photo_site, part, arguments, told):
    """A lost index was rebuilt already, and --repair was named for it."""
    photo_site.build()
    next(cache(photo_site).glob(part)).unlink()
    result = photo_site.run("fsck", *arguments)
    assert result.code == 2 and result.out.endswith(f"{told}\n"), result
