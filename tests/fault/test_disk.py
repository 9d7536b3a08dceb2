"""Full disks and failing calls: no partial object, no false success, nothing removed."""

import collections
import contextlib
import errno
import json
import os
import re
import shutil
import sqlite3
import subprocess

import pictures
import pytest

import sites


def report_of(result):
    return json.loads(result.out)


def objects(cache):
    return {f.name: f.read_bytes() for f in (cache / "objects").rglob("*") if f.is_file()}


def test_full_disk(site, web, small_disk):
    """Storing stops; what was stored is served, nothing is removed, and the end is exit 1."""
    cache = small_disk / "cache"
    arguments = ("--cache-dir", str(cache))
    sites.photos(site, web, 10, size=300)
    first = site.build(*arguments)
    assert first.code == 0 and first.totals["ok"] == 10
    kept = objects(cache)
    published = sites.output(site)
    for i in range(100, 130):
        web.put(f"{i}.jpg", sites.noise(500, i))
        site.news(f"n{i}", web.url("fresh", f"{i}.jpg"))
    full = site.build(*arguments)
    assert full.code == 1, full
    assert "No space left" in full.err or "is full" in full.err, full
    report = report_of(full)
    assert report["run"]["complete"] is False
    assert all(full.image(web.url("fresh", f"{i}.jpg"))["status"] == "ok" for i in range(10))
    assert {image["status"] for image in report["images"]} <= {"ok", "unchecked"}
    assert objects(cache).items() >= kept.items()
    assert sites.output(site).items() >= {
        k: v for k, v in published.items() if k.endswith(".webp")
    }.items()
    assert len(site.manifest()["images"]) >= 10
    sites.assert_whole(site, "full", *arguments)
    # With hits alone a full disk is no obstacle.
    again = site.build(*arguments, "--include", "/[0-9][.]jpg$")
    assert again.code == 0 and again.totals["ok"] == 10, again


@pytest.mark.parametrize("size", ["300k", "350k", "400k", "450k"])
def test_disks_too_small_for_the_site(site, web, tmp_path, size):
    """Wherever it gets full, within an object, a record or the index: nothing torn, and with room all is made."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        sites.photos(site, web, 20, size=120)
        arguments = ("--cache-dir", str(folder / "cache"))
        full = site.build(*arguments)
        assert full.code == 1 and "No space left" in full.err, full
        sites.assert_whole(site, size, *arguments)
        subprocess.run(["mount", "-o", "remount,size=8m", str(folder)], check=True)
        again = site.build(*arguments)
        assert again.code == 0 and again.totals["ok"] == 20, again
        assert sites.assert_whole(site, size, *arguments)["unreferenced"] == 0
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_site_whose_disk_gets_full(site, web, small_disk, tmp_path):
    """The cache is elsewhere, so bytes are copied from one file system to another: the cause is said, not the way."""
    sites.photos(site, web, 20, size=300)
    site.write("picdesk.yml", "thumbs:\n  large: {width: 300, quality: 90}\n")
    root = small_disk / "site"
    shutil.copytree(site.root, root)
    fill(small_disk)
    with (small_disk / "filler").open("rb+") as filler:
        filler.truncate(filler.seek(0, 2) - 100 * 1024)
    full = site.build("--cache-dir", tmp_path / "cache", cwd=root)
    assert full.code == 1 and "write: No space left on device" in full.err, full
    (small_disk / "filler").unlink()
    again = site.build("--cache-dir", tmp_path / "cache", cwd=root)
    assert again.code == 0 and again.totals["thumbs_reused"] == 20, again


@pytest.mark.parametrize("inodes", range(3, 20))
def test_disks_with_room_for_few_files(site, web, tmp_path, inodes):
    """Whichever file there is none for, that is said, and what to do."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"nr_inodes={inodes},mode=0700", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        sites.photos(site, web, 5)
        arguments = ("--cache-dir", str(folder / "cache"))
        full = site.run("check", "--allow-private", *arguments)
        assert full.code == 1 and "No space left on device" in full.err, full
        assert "put it elsewhere with --cache-dir" in full.err and "unable to" not in full.err, full
        assert "goes on where it stopped" not in full.out, full
        subprocess.run(["mount", "-o", "remount,nr_inodes=200", str(folder)], check=True)
        assert site.check(*arguments).totals["ok"] == 5
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk):
    (disk / "filler").write_bytes(bytes(1))
    try:
        with (disk / "filler").open("ab") as filler:
            while filler.write(bytes(4096)):
                filler.flush()
    except OSError:
        pass


def test_gc_frees_a_full_disk(site, web, small_disk):
    """It has no room for a journal, and needs none; what only reads works all the same."""
    arguments = ("--cache-dir", str(small_disk / "cache"))
    sites.photos(site, web, 20, size=300)
    site.build(*arguments)
    fill(small_disk)
    for command in ("stats", "report", "fsck"):
        assert site.run(command, *arguments).code == 0, command
    assert site.build(*arguments).code == 0 and site.check(*arguments).code == 0
    result = site.run("export", small_disk / "export.tar", *arguments)
    assert result.code == 1 and "No space left" in result.err, result
    assert sorted(file.name for file in small_disk.iterdir()) == ["cache", "filler"]
    result = site.run("gc", "--max-size", "100KiB", "-f", "json", *arguments)
    assert result.code == 0 and not result.err, result
    left = objects(small_disk / "cache")
    assert sum(map(len, left.values())) == report_of(result)["bytes_left"] <= 100 * 1024
    sites.assert_whole(site, "gc", *arguments)
    # All that was there before fills the disk, and its last batch needs a journal beside it.
    os.truncate(small_disk / "filler", (small_disk / "filler").stat().st_size - 64 * 1024)
    result = site.build(*arguments)
    assert result.code == 0 and result.totals["ok"] == 20, result
    assert not (small_disk / "cache/index.damaged").exists()


def test_gc_killed_on_a_full_disk(site, web, small_disk, strace):
    """Whenever it is: what it left is whole, or rebuilt."""
    arguments = ("--cache-dir", str(small_disk / "cache"))
    for moment in range(1, 40, 3):
        sites.photos(site, web, 20, size=300)
        assert site.build(*arguments).totals["ok"] == 20
        fill(small_disk)
        wrapper = strace(f"pwrite64,unlinkat,fdatasync:signal=SIGKILL:when={moment}")
        start = ("gc", "--max-size", "100KiB", *arguments)
        site.picdesk.finish(site.picdesk.start(*start, cwd=site.root, wrapper=wrapper))
        (small_disk / "filler").unlink()
        result = site.build(*arguments)
        assert result.code == 0 and result.totals["ok"] == 20, (moment, result)
        sites.assert_whole(site, moment, *arguments)


def test_gc_fails_half_way_on_a_full_disk(site, web, small_disk, strace):
    """The pages that it has written cannot be put back: the index is rebuilt, not believed."""
    arguments = ("--cache-dir", str(small_disk / "cache"))
    index = small_disk / "cache/index.sqlite"
    sites.photos(site, web, 20, size=300)
    assert site.build(*arguments).totals["ok"] == 20
    fill(small_disk)
    wrapper = [*strace("pwrite64:error=EIO:when=2+"), "-P", str(index)]
    start = ("gc", "--max-size", "100KiB", *arguments)
    result = site.picdesk.finish(site.picdesk.start(*start, cwd=site.root, wrapper=wrapper))
    assert result.code == 1 and "index.sqlite" in result.err, result
    (small_disk / "filler").unlink()
    result = site.build(*arguments)
    assert result.code == 0 and result.totals["ok"] == 20, result
    sites.assert_whole(site, "gc", *arguments)


def test_gc_that_cannot_read_the_index_removes_nothing(site, web, strace):
    """What it has not read it does not take for what no row names, whatever the error."""
    sites.photos(site, web, 20)
    assert site.build().code == 0
    cache = site.root / ".cache/picdesk"
    before = objects(cache)
    n_failed = 0
    for moment in range(1, 16):
        wrapper = [*strace(f"pread64:error=EDQUOT:when={moment}"), "-P", str(cache / "index.sqlite")]
        result = site.picdesk.finish(site.picdesk.start("gc", cwd=site.root, wrapper=wrapper))
        n_failed += result.code
        assert objects(cache) == before, (moment, result)
    assert n_failed > 5
    sites.assert_whole(site, "gc")


def add_rows(cache, count):
    """As if so many URLs more had brought the bytes of a thumbnail."""
    with contextlib.closing(sqlite3.connect(cache / "index.sqlite")) as index, index:
        index.executemany(
            "INSERT INTO entries (key, url, status, is_permanent_redirect, object, object_bytes,"
            " fields, request_time_s, response_time_s, checked_s, success_s, used_day, failure)"
            " SELECT ?1, 'https://example.org/' || ?1, 200, 0, object, bytes, ?2, 0, 0, 0, 0, 30000, 0"
            " FROM thumbs LIMIT 1",
            [(key, "x: " + "y" * 1000 + "\n") for key in range(count)],
        )


def test_gc_leaves_no_half_records(site, web):
    """What it has freed it does not fill with a file of records for which there is no room."""
    sites.photos(site, web, 1)
    assert site.build().code == 0
    cache = site.root / ".cache/picdesk"
    add_rows(cache, 2500)
    before = {file.name for file in (cache / "records").iterdir()}
    limited = site.picdesk.start("gc", cwd=site.root, wrapper=["prlimit", "--fsize=1500000"])
    assert site.picdesk.finish(limited).code == 0
    assert {file.name for file in (cache / "records").iterdir()} == before
    assert site.run("gc").code == 0
    sites.assert_whole(site, "gc")


def test_a_rebuild_is_marked_before_it_begins(site, web, strace, tmp_path):
    """On the disk, too: without power in between, half an index would be believed."""
    sites.photos(site, web, 2)
    assert site.build().code == 0
    cache = site.root / ".cache/picdesk"
    (cache / "index.sqlite").unlink()
    log = tmp_path / "log"
    wrapper = [*strace(log=log), "-y", "-e", "trace=openat,openat2,fsync,pwrite64"]
    assert site.picdesk.finish(site.picdesk.start("gc", cwd=site.root, wrapper=wrapper)).code == 0
    calls = log.read_text()
    marked = calls.index('"index.damaged"')
    written = re.search(rf"pwrite64\(\d+<{cache}/index\.sqlite>", calls)
    assert re.search(rf"fsync\(\d+<{cache}>\)", calls[marked : written.start()]), calls


def test_fsck_could_not_set_an_object_aside(site, web, strace):
    """It is still there: nothing is said to be mended."""
    sites.photos(site, web, 2)
    assert site.build().code == 0
    for file in (site.root / ".cache/picdesk/objects").glob("*/*"):
        file.chmod(0o600)
        file.write_bytes(file.read_bytes() + b"x")
    command = ("fsck", "--full", "--repair", "-f", "json")
    wrapper = strace("renameat:error=EIO")
    result = site.picdesk.finish(site.picdesk.start(*command, cwd=site.root, wrapper=wrapper))
    assert result.code == 2 and not report_of(result)["repaired"], result
    result = site.run(*command)
    assert result.code == 2 and report_of(result)["damaged"] == 4, result
    assert report_of(result)["repaired"]
    assert site.build().totals["ok"] == 2
    sites.assert_whole(site, "fsck")


def test_full_disk_from_the_start(site, web, small_disk):
    fill(small_disk)
    sites.photos(site, web, 2)
    result = site.build("--cache-dir", str(small_disk / "cache"))
    assert result.code == 1 and "No space left" in result.err, result
    assert not (small_disk / "cache/objects").exists() or not objects(small_disk / "cache")


def test_full_disk_in_a_check(site, web, small_disk):
    """What its last commit, which stores the report as well, finds out."""
    arguments = ("--cache-dir", str(small_disk / "cache"))
    sites.photos(site, web, 3)
    assert site.build(*arguments).code == 0
    fill(small_disk)
    missing = [web.url("fresh", f"{i}-{'x' * 1000}.jpg") for i in range(200)]
    site.news("missing", *missing)
    result = site.check(*arguments)
    assert result.code == 1 and "no room for the cache" in result.err, result
    assert all(result.image(url)["status"] == "broken" for url in missing)


CALLS = ["pwrite64", "write", "linkat", "fdatasync", "fsync", "mkdirat", "openat"]
ERRORS = ["ENOSPC", "EDQUOT", "EIO", "EMFILE"]


def moments(full):
    return (1, 2, 3, 5, 8, 13, 21, 34, 55) if full else (3,)


@pytest.mark.parametrize("error", ERRORS)
def test_failing_calls(site, make_site, web, strace, error, full):
    """From its n-th occurrence on a call fails for good, as on a disk that is full or dying."""
    reference = sites.photos(make_site("reference"), web, 6)
    assert reference.build().code == 0
    sites.photos(site, web, 6)
    calls = ["openat"] if error == "EMFILE" else CALLS
    if error == "EDQUOT" and not full:  # told from ENOSPC nowhere
        calls = ["pwrite64"]
    for call in calls:
        for moment in moments(full):
            sites.begin_anew(site)
            # Programs cannot even start when every openat fails: not before picdesk has begun.
            first = moment + (60 if call == "openat" else 0)
            process = site.picdesk.start(
                "build",
                *site.picdesk.QUICK,
                "--format",
                "json",
                cwd=site.root,
                wrapper=strace(f"{call}:error={error}:when={first}+"),
            )
            result = site.picdesk.finish(process)
            where = (call, error, moment, result)
            assert result.code in (0, 1), where
            if result.code == 0:
                assert sites.output(site) == sites.output(reference), where
            elif call != "write":  # which standard error is written with, too
                assert result.err.startswith("picdesk: "), where
            assert all(
                image["status"] in ("ok", "unchecked")
                for image in (json.loads(result.out)["images"] if result.out else [])
            ), where
            sites.assert_whole(site, where)
            again = site.build()
            assert again.code == 0 and again.totals["ok"] == 6, (where, again)
            assert sites.output(site) == sites.output(reference), where


@pytest.mark.parametrize("call", ["pwrite64", "write", "fdatasync", "fsync", "linkat", "openat"])
def test_one_failure_that_passes(site, make_site, web, strace, call, full):
    """EIO once: the run may fail, it never lies, and the next one makes all good."""
    reference = sites.photos(make_site("reference"), web, 6)
    assert reference.build().code == 0
    sites.photos(site, web, 6)
    for moment in (1, 2, 4, 7, 11, 16, 22, 29) if full else (2, 7):
        sites.begin_anew(site)
        first = moment + (60 if call == "openat" else 0)
        process = site.picdesk.start(
            "build",
            *site.picdesk.QUICK,
            cwd=site.root,
            wrapper=strace(f"{call}:error=EIO:when={first}"),
        )
        result = site.picdesk.finish(process)
        assert result.code in (0, 1), (call, moment, result)
        sites.assert_whole(site, (call, moment))
        assert site.build().totals["ok"] == 6
        assert sites.output(site) == sites.output(reference), (call, moment)


def test_a_stored_image_that_the_disk_does_not_give(site, web, strace):
    """A run that cannot look at it says so, and blames no image."""
    web.put("a.png", pictures.png(64, 48))
    site.jekyll().news("n", web.url("fresh", "a.png"))
    assert site.check().code == 0
    (stored,) = (p for p in site.root.glob(".cache/picdesk/objects/*/*") if p.is_file())
    with sqlite3.connect(site.root / ".cache/picdesk/index.sqlite") as index:
        index.execute("UPDATE objects SET type = NULL, verdict = NULL")
    process = site.picdesk.start(
        "build",
        *site.picdesk.QUICK,
        cwd=site.root,
        wrapper=[*strace("pread64:error=EIO:when=3"), "-P", str(stored)],
    )
    result = site.picdesk.finish(process)
    assert result.code == 1 and "Input/output error" in result.err, result
    assert result.err.startswith(f"picdesk: {web.url('fresh', 'a.png')}: read"), result
    assert "1 unchecked" in result.out, result
    assert site.build().totals["ok"] == 1


@pytest.mark.parametrize("verb", ["check", "build"])
@pytest.mark.parametrize(
    "call, error", [("openat2", "EIO"), ("openat", "EMFILE"), ("pread64", "EIO")]
)
def test_a_local_image_that_the_disk_does_not_give(site, strace, call, error, verb):
    """It is not missing: a problem of the run, and what was made of it stays in the site."""
    site.jekyll().write("a.png", pictures.png(64, 48))
    site.write("a.md", "![a](a.png)\n")
    assert site.build().code == 0
    published = sites.output(site)
    process = site.picdesk.start(
        verb,
        "--format",
        "json",
        cwd=site.root,
        wrapper=[*strace(f"{call}:error={error}"), "-P", "a.png", "-P", str(site.root / "a.png")],
    )
    result = site.picdesk.finish(process)
    image = result.image("/a.png")
    assert result.code == 0, result
    if call == "openat2":  # the scan's look alone: the run reads it all the same
        assert image["status"] == "ok", result
    else:
        assert image["status"] == "unchecked", result
        (problem,) = result.problems("unreadable")
        assert problem["file"] == "a.png"
        assert os.strerror(getattr(errno, error)) in problem["message"], problem
    assert sites.output(site) == published


def test_a_file_system_that_syncs_no_folders(site, make_site, web, strace, tmp_path):
    """Then all of it is synced."""
    reference = sites.photos(make_site("reference"), web, 6)
    assert reference.build().code == 0
    sites.photos(site, web, 6)
    log = tmp_path / "calls"
    wrapper = [*strace("fsync:error=EINVAL", log=log), "-e", "trace=syncfs,fsync"]
    result = site.picdesk.finish(
        site.picdesk.start("build", *site.picdesk.QUICK, cwd=site.root, wrapper=wrapper)
    )
    assert result.code == 0 and "syncfs(" in log.read_text()
    sites.assert_whole(site, "no fsync of folders")
    assert sites.output(site) == sites.output(reference)


def begun_writes(site, wrapper, log):
    process = site.picdesk.start("check", *site.picdesk.QUICK, cwd=site.root, wrapper=wrapper)
    assert site.picdesk.finish(process).code == 0
    return log.read_text().count("sync_file_range(")


def test_bytes_go_to_the_disk_before_they_are_waited_for(site, web, strace, tmp_path):
    """Each image's as its last byte comes; a disk with too much to do is left alone for a while. Small
    ones' syncs have little to do anyway."""
    log = tmp_path / "calls"
    trace = ["-e", "trace=sync_file_range"]
    sites.photos(site, web, 30)
    assert begun_writes(site, [*strace("sync_file_range:error=EIO", log=log), *trace], log) == 0
    sites.begin_anew(site)
    assert len(sites.noise(320, 0)) > 65536
    sites.photos(site, web, 30, size=320)
    # Its errors are told again by the sync that follows.
    assert begun_writes(site, [*strace("sync_file_range:error=EIO", log=log), *trace], log) > 0
    sites.begin_anew(site)
    slow = [*strace("sync_file_range:delay_exit=50000", log=log), *trace]
    assert 0 < begun_writes(site, slow, log) < 30


def path_of_libcurl():
    listed = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True)
    return re.search(r"libcurl\.so\.4 .*=> (\S+)", listed.stdout)[1]


def reads_of_the_loader(site, log):
    """How many reads a thread of a build has made when the dynamic loader has read its last library."""
    wrapper = ["strace", "-f", "-b", "execve", "-qq", "-o", str(log), "-e", "trace=read,openat"]
    process = site.picdesk.start("build", *site.picdesk.QUICK, cwd=site.root, wrapper=wrapper)
    assert site.picdesk.finish(process).code == 0
    n_reads, n_loader = collections.Counter(), 0
    for line in log.read_text(errors="replace").splitlines():
        thread, call = line.split(maxsplit=1)
        n_reads[thread] += call.startswith("read(")
        if re.match(r'openat\(.*\.so[.0-9]*", .*= \d', call):
            n_loader = max(n_loader, n_reads[thread] + 1)
    return n_loader


@pytest.mark.parametrize("call", ["write", "pwrite64", "read", "pread64", "fsync", "flock"])
def test_interrupted_calls(site, make_site, web, strace, call, tmp_path):
    """EINTR on every third call is not noticed. SQLite and libcurl have their own loops; the dynamic
    loader, which reads each library once, at the start or when it is needed, has none."""
    reference = sites.photos(make_site("reference"), web, 6)
    first = 1 + reads_of_the_loader(reference, tmp_path / "calls")
    sites.photos(site, web, 6)
    for more in range(0, 30, 5):
        process = site.picdesk.start(
            "build",
            *site.picdesk.QUICK,
            cwd=site.root,
            wrapper=strace(f"{call}:error=EINTR:when={first + more}+3"),
        )
        result = site.picdesk.finish(process)
        # Of a thread that had read more by then: it was the loader's read all the same.
        if "cannot read file data: Interrupted system call" not in result.err:
            break
    assert result.code == 0, result
    assert sites.output(site) == sites.output(reference)


@pytest.mark.parametrize("verb", ["build", "check"])
def test_interrupted_while_libcurl_is_loaded(site, web, strace, verb):
    """The dynamic linker gives up when a signal interrupts its read. `check` loads in a thread."""
    path = path_of_libcurl()
    sites.photos(site, web, 1)
    wrapper = [*strace("read:error=EINTR:when=1"), "-P", path, "-P", os.path.realpath(path)]
    process = site.picdesk.start(verb, *site.picdesk.QUICK, cwd=site.root, wrapper=wrapper)
    assert site.picdesk.finish(process).code == 0


def test_short_writes(site, web):
    """A pipe that takes few bytes at a time gets the whole report."""
    sites.photos(site, web, 6)
    assert site.build().code == 0
    whole = site.run("report", "-f", "json").out
    process = site.picdesk.start("report", "-f", "json", cwd=site.root)
    parts = []
    while part := process.stdout.read(7):
        parts.append(part)
    assert b"".join(parts).decode() == whole
    process.communicate()


def limited_build(site, limit_bytes):
    wrapper = ["prlimit", f"--fsize={limit_bytes}"]
    return site.picdesk.finish(
        site.picdesk.start("build", *site.picdesk.QUICK, "-f", "json", cwd=site.root, wrapper=wrapper)
    )


@pytest.mark.parametrize("more_bytes", [0, 5000, 20000])
def test_files_may_not_be_long(site, web, more_bytes):
    """`ulimit -f`: as a full disk, with the system's word; it was an I/O error, and ended the run."""
    sites.photos(site, web, 10)
    assert site.build().code == 0
    limit_bytes = (site.root / ".cache/picdesk/index.sqlite").stat().st_size + more_bytes
    sites.photos(site, web, 200)
    result = limited_build(site, limit_bytes)
    assert result.code == 1 and "File too large" in result.err and "ulimit -f" in result.err, result
    assert result.totals["from_cache"] == 10 and result.totals["broken"] == 0, result
    sites.assert_whole(site, more_bytes)
    assert limited_build(site, 16 << 20).totals["ok"] == 200


@pytest.mark.parametrize("limit", [64, 256])
def test_descriptors_are_few(site, web, limit):
    """64 images at once."""
    sites.photos(site, web, 64)
    wrapper = ["prlimit", f"--nofile={limit}:{limit}"]
    process = site.picdesk.start("build", *site.picdesk.QUICK, cwd=site.root, wrapper=wrapper)
    assert site.picdesk.finish(process).code == 0
    assert len(site.manifest()["images"]) == 64


def test_a_low_soft_limit_of_descriptors_is_raised(site):
    """Where nothing was fetched it was not: each build of local images ended with 1."""
    site.jekyll()
    names = [f"a/{i}.jpg" for i in range(100)]
    for i, name in enumerate(names):
        site.write(name, pictures.jpeg(64, 48, seed=i))
    site.write("all.md", "\n\n".join(f"![a](/{name})" for name in names))
    process = site.picdesk.start("build", cwd=site.root, wrapper=["prlimit", "--nofile=64:1024"])
    result = site.picdesk.finish(process)
    assert result.code == 0 and len(site.manifest()["images"]) == 100, result


@pytest.mark.parametrize("years", [-10, 10])
def test_clock_jumps(site, web, years):
    """Entries written ten years ahead or behind: nothing is deleted, nothing is fresh for ever."""
    sites.photos(site, web, 4)
    site.build()
    index = site.root / ".cache/picdesk/index.sqlite"
    shift = years * 365 * 86400
    with sqlite3.connect(index) as database:
        database.execute(
            "UPDATE entries SET request_time_s = request_time_s + ?1, response_time_s ="
            " response_time_s + ?1, checked_s = checked_s + ?1, success_s = success_s + ?1,"
            " used_day = used_day + ?1 / 86400, fields = fields",
            (shift,),
        )
    database.close()
    kept = objects(site.root / ".cache/picdesk")
    web.forget()
    result = site.build()
    assert result.code == 0 and result.totals["ok"] == 4
    # Asked again, or (with a time in the future) believed no longer than a day.
    assert len(web.requests()) == 4, web.requests()
    assert result.totals["fetched"] == 0 and result.totals["revalidated"] == 4
    assert objects(site.root / ".cache/picdesk") == kept
    assert site.run("gc", "--unused-for", "26w").code == 0
    assert objects(site.root / ".cache/picdesk") == kept
    web.forget()
    assert site.build().totals["from_cache"] == 4 and web.requests() == []


def test_kernel_without_openat2(site, web, strace):
    """Old kernels and sandboxes have no openat2: the site is built all the same, and no link leads out."""
    sites.photos(site, web, 3)
    picdesk, outside = site.picdesk, site.root.parent / "outside"
    wrapper = strace("openat2:error=ENOSYS")
    start = ("build", *picdesk.QUICK)
    result = picdesk.finish(picdesk.start(*start, cwd=site.root, wrapper=wrapper))
    assert result.code == 0 and len(site.thumbs()) == 3, result
    outside.mkdir()
    (site.root / "leading-out").symlink_to(outside)
    site.write("picdesk.yml", sites.CONFIG + "publish: leading-out/thumbs\n")
    result = picdesk.finish(picdesk.start(*start, cwd=site.root, wrapper=wrapper))
    assert result.code == 1 and "leading-out" in result.err, result
    assert not list(outside.iterdir())
