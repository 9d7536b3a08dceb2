"""File systems that lack what Linux's own have: hard links, files without a name, modes, RENAME_NOREPLACE.

FAT and exFAT, mounts of virtual machines and containers, some network file systems: plain_disk.py
lets the calls fail that they refuse. Without /proc a file that has no name gets none either."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys

import pytest

import sites

DISKS = {
    "fat": "openat,linkat,fchmod",
    "fuse": "linkat,copy_file_range",
    "least": "openat,linkat,renameat2,fchmod",
    "other words": "linkat=EIO,renameat2=ENOSYS,fchmod=ENOSYS,fchown=EINVAL,utimensat=ENOSYS",
    "without /proc": "",
}
WITHOUT_PROC = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
WITHOUT_PROC += ["sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]


def possible(wrapper):
    if subprocess.run([*wrapper, "true"], capture_output=True, check=False).returncode:
        pytest.skip("calls cannot be filtered, or nothing mounted, here")
    return wrapper


def without(calls):
    filtering = pathlib.Path(__file__).with_name("plain_disk.py")
    return possible([sys.executable, str(filtering), calls])


@pytest.fixture(params=DISKS)
def disk(request, site):
    """The wrapper of a program that is to meet such a file system."""
    calls = DISKS[request.param]
    if calls:
        return without(calls)
    if b"__asan_init" in site.picdesk.binary.read_bytes():
        pytest.skip("the sanitizers read their options in /proc")
    return possible(WITHOUT_PROC)


def run(site, wrapper, *arguments):
    quick = site.picdesk.QUICK if arguments[0] == "build" else ()
    process = site.picdesk.start(*arguments, *quick, cwd=site.root, wrapper=wrapper)
    return site.picdesk.finish(process)


def assert_clean(site, where):
    assert sites.assert_whole(site, where)["unreferenced"] == 0
    left = [f for f in site.root.rglob("*") if f.name.startswith((".picdesk-tmp-", "new-", "parked-"))]
    assert not left, (where, left)


def test_a_site_is_built(site, make_site, web, disk):
    reference = sites.photos(make_site("reference"), web, 40)
    assert reference.build().code == 0
    sites.photos(site, web, 40)
    result = run(site, disk, "build", "--format", "json")
    assert result.code == 0 and result.totals["fetched"] == 40, result
    assert sites.output(site) == sites.output(reference)
    assert_clean(site, disk)
    again = run(site, disk, "build", "--format", "json")
    assert again.totals["from_cache"] == 40 and again.totals["thumbs_reused"] == 40, again
    assert run(site, disk, "fsck", "--full").code == 0


def test_what_is_there_is_replaced(site, web, disk):
    """Thumbnails and the manifest, at once and whole."""
    sites.photos(site, web, 3)
    assert site.build().code == 0
    good = sites.output(site)
    for path in good:
        if path.endswith(".webp"):
            (site.root / path).write_bytes(b"junk")
    manifest = site.root / "_data/picdesk.json"
    manifest.write_bytes(manifest.read_bytes().rstrip())
    assert run(site, disk, "build").code == 0
    assert sites.output(site) == good
    assert_clean(site, disk)


def test_several_at_once(site, web, disk):
    """Who comes later finds the object there, compares it, and takes it."""
    sites.photos(site, web, 20)
    start = ("build", *site.picdesk.QUICK)
    processes = [site.picdesk.start(*start, cwd=site.root, wrapper=disk) for _ in range(4)]
    results = [site.picdesk.finish(process) for process in processes]
    assert all(result.code == 0 for result in results), results
    assert len(site.manifest()["images"]) == 20
    assert_clean(site, disk)


def test_killed_at_any_name(site, make_site, web, disk, strace, full):
    reference = sites.photos(make_site("reference"), web, 6)
    assert reference.build().code == 0
    sites.photos(site, web, 6)
    n_killed = 0
    for moment in range(1, 40) if full else (2, 5, 9):
        sites.begin_anew(site)
        wrapper = [*disk, *strace(f"renameat,renameat2,fdatasync:signal=SIGKILL:when={moment}")]
        n_killed += run(site, wrapper, "build").code == -signal.SIGKILL
        sites.assert_whole(site, moment)
        assert run(site, disk, "build").code == 0, moment
        assert sites.output(site) == sites.output(reference), moment
        assert_clean(site, moment)
    assert n_killed >= 3


def articles(site):
    return {path: data for path, (data, _) in site.tree("_news").items()}


def test_a_killed_localize_is_undone(site, web, disk, strace, full):
    """Copies that have a name from the start wait together for the disk; none of them stays."""
    sites.photos(site, web, 20)
    before = articles(site)
    assert site.build().code == 0
    shutil.rmtree(site.root / "assets")
    stages = set()
    for moment in range(1, 100, 1 if full else 4):
        wrapper = [*disk, *strace(f"syncfs,renameat,renameat2:signal=SIGKILL:when={moment}")]
        arguments = ("localize", *site.picdesk.QUICK)
        process = site.picdesk.start(*arguments, cwd=site.root, wrapper=wrapper)
        if site.picdesk.finish(process).code == 0:
            break
        stages.add(len(list(site.root.glob("assets/images/*.jpg"))))
        run(site, disk, "localize", "--restore")
        assert articles(site) == before and not (site.root / "assets").exists(), moment
    assert len(stages) > 1, stages


@pytest.mark.parametrize("verb", ["export", "report"])
def test_what_a_killed_output_left_goes_with_the_next(site, web, strace, tmp_path, verb):
    """It stayed for ever, as long as the cache, where a file needs a name from the start."""
    sites.photos(site, web, 3)
    site.build()
    folder = tmp_path / "stick"
    folder.mkdir()
    arguments = {
        "export": ("export", folder / "cache.tar"),
        "report": ("report", "-f", "json", "-o", folder / "report.json"),
    }[verb]
    disk = without(DISKS["fat"])
    wrapper = [*disk, *strace("fdatasync:signal=SIGKILL:when=1")]
    assert run(site, wrapper, *arguments).code == -signal.SIGKILL
    (left,) = folder.iterdir()
    assert left.name.startswith(".picdesk-tmp-")
    assert run(site, disk, *arguments).code == 0
    assert [file.name for file in folder.iterdir()] == [arguments[-1].name]


def test_init(site, disk):
    """Never over a file that is there."""
    config = site.news("n", "https://example.org/a.jpg").parents[1] / "picdesk.yml"
    assert run(site, disk, "init").code == 0
    written = config.read_bytes()
    assert run(site, disk, "init").code != 0 and config.read_bytes() == written
    assert [file.name for file in site.root.iterdir() if "tmp" in file.name] == []


def test_articles_are_edited(site, web, disk):
    """Whoever owns them, and back."""
    sites.photos(site, web, 5)
    articles = site.tree("_news")
    assert run(site, disk, "localize", *site.picdesk.QUICK).code == 0
    assert web.url("fresh", "") not in (site.root / "_news/n000.md").read_text()
    assert run(site, disk, "localize", "--restore").code == 0
    assert [text for text, _ in site.tree("_news").values()] == [text for text, _ in articles.values()]
    assert_clean(site, disk)


def test_files_that_cannot_be_synced_by_themselves(site):
    """VirtualBox's shared folders: then all that lies there is."""
    config = site.news("n", "https://example.org/a.jpg").parents[1] / "picdesk.yml"
    wrapper = without("fsync=EINVAL,fdatasync=EINVAL")
    assert run(site, wrapper, "init").code == 0 and config.exists()
    report = site.root / "report.json"
    result = run(site, wrapper, "scan", "-f", "json", "-o", str(report))
    assert result.code == 0 and report.exists(), result


def test_a_disk_without_locks(site, web):
    """SQLite takes that for a lock of another's, and waited for two minutes, twice."""
    sites.photos(site, web, 2)
    result = run(site, without("fcntl"), "build")
    assert result.code == 1, result
    assert "writers.lock: lock: the file system has no locks: No locks available" in result.err
    assert "--cache-dir DIR puts it elsewhere" in result.err, result


def test_removed_files_that_are_still_open(site, web):
    """NFS and FUSE keep them under names of their own: they are no damage, and go by themselves."""
    sites.photos(site, web, 2)
    assert site.build().code == 0
    cache = site.root / ".cache/picdesk"
    for folder in (cache, cache / "tmp", cache / "records", next((cache / "objects").iterdir())):
        (folder / ".nfs000000000012d68700000001").touch()
        (folder / ".fuse_hidden0000003600000001").touch()
    assert_clean(site, "kept")
