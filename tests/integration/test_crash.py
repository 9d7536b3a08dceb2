"""kill -9: finished work survives, the next run converges to what an undisturbed one makes."""

import json
import os
import random
import shutil
import signal
import subprocess

import pytest

import pictures


def make_photos(site, web, count):
    site.jekyll()
    for i in range(count):
        web.put(f"{i}.jpg", pictures.jpeg(640, 480, seed=i))
    for i in range(0, count, 5):
        site.news(f"n{i:03}", *(web.url("fresh", f"{k}.jpg") for k in range(i, min(i + 5, count))))
    return site


def output(site):
    return {path: data for path, (data, _) in site.tree("assets", "_data").items()}


def temporary_files(site):
    return [
        p for p in (site.root / "assets").rglob("*") if p.is_file() and not p.name.endswith(".webp")
    ]


def test_killed_while_fetching(site, faultd):
    site.jekyll().news("one", *(faultd.url(f"/image/{i}") for i in range(6)), faultd.url("/hang"))
    process = site.picdesk.start(
        "build", *site.picdesk.QUICK, "--host-concurrency", "1", cwd=site.root
    )
    faultd.wait_for("/hang")
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    faultd.forget()
    result = site.build("--timeout", "1s")
    assert result.code == 0 and result.totals["ok"] == 6
    assert len(site.manifest()["images"]) == 6


def strace(injection):
    """The wrapper that has strace kill the process at a system call; skips where it may not."""
    probe = subprocess.run(
        ["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True, check=False
    )
    if probe.returncode:
        pytest.skip("strace may not trace here")
    # With its threads, without the programs that it starts.
    wrapper = ("strace", "-f", "-b", "execve", "-qq", "-o", "/dev/null")
    return (*wrapper, "-e", f"inject={injection}")


def test_a_folder_that_cannot_be_listed(photo_site):
    """Its articles are not gone: what they need stays published."""
    folder = photo_site.root / "_news"
    photo_site.build()
    before = photo_site.tree("assets", "_data")
    wrapper = [*strace("getdents64:error=EIO"), "-P", folder]
    result = photo_site.build(wrapper=wrapper)
    assert result.code == 0 and result.totals["images"] == 0, result
    (problem,) = result.problems("unreadable")
    assert problem["file"] == "_news" and "the folder cannot be read: Input/output" in str(problem)
    assert photo_site.tree("assets", "_data") == before


def test_a_run_that_cannot_wait_any_more_ends(photo_site, faultd):
    """It waits for nothing that is under way."""
    photo_site.news("three", faultd.url("/hang"))
    process = photo_site.picdesk.start(
        "check",
        *photo_site.picdesk.QUICK,
        cwd=photo_site.root,
        wrapper=strace("poll,ppoll:error=ENOMEM"),
        start_new_session=True,
    )
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    result = photo_site.picdesk.finish(process)
    assert result.code == 1 and "Unrecoverable error in select/poll" in result.err, result


def test_a_site_of_two_users(photo_site):
    """The list of what was published is the other one's: it may be replaced, not touched."""
    photo_site.build()
    next(iter(photo_site.thumbs().values())).write_bytes(b"damaged")
    before = photo_site.tree("assets")
    result = photo_site.build(wrapper=strace("utimensat:error=EPERM"))
    assert result.code == 0 and result.err == "", result
    list_of_both = "assets/thumbs/.picdesk-published"
    assert photo_site.tree("assets")[list_of_both][0] == before[list_of_both][0]
    # It is as late as the run: no thumbnail need be read again.
    after = photo_site.tree("assets")
    assert photo_site.build().code == 0 and photo_site.tree("assets") == after


@pytest.mark.parametrize("result", ["error=EPERM", "error=ENOSYS", "retval=0"])
def test_files_that_cannot_be_copied_by_the_kernel(photo_site, result):
    """A sandbox that does not know the call; a kernel that copies nothing, and says so."""
    wrapper = strace(f"copy_file_range:{result}")
    built = photo_site.build(wrapper=wrapper)
    assert built.code == 0, built
    (photo_site.root / "assets").rename(photo_site.root / "of_reads")
    assert photo_site.build().code == 0
    published = {name: file.read_bytes() for name, file in photo_site.thumbs().items()}
    read = photo_site.thumbs("of_reads/thumbs")
    assert published and published == {name: file.read_bytes() for name, file in read.items()}


@pytest.mark.parametrize(
    "call", ["link,linkat", "rename,renameat,renameat2", "fsync,fdatasync", "pwrite64"]
)
def test_killed_at_a_system_call(make_site, web, call):
    """strace kills the process at the first, the third and the tenth call of this name; the first
    one there is for certain."""
    reference = make_photos(make_site("reference"), web, 10)
    assert reference.build().code == 0
    for occurrence in (1, 3, 10):
        site = make_photos(make_site(f"killed-{call}-{occurrence}"), web, 10)
        if call.startswith("rename"):  # what is there already is replaced
            manifest = {"schema": "picdesk/manifest/1", "images": {}}
            (site.root / "_data").mkdir()
            (site.root / "_data/picdesk.json").write_text(json.dumps(manifest), encoding="ascii")
        wrapper = strace(f"{call}:signal=SIGKILL:when={occurrence}")
        killed = site.picdesk.finish(
            site.picdesk.start("build", *site.picdesk.QUICK, cwd=site.root, wrapper=wrapper)
        )
        assert killed.code == -signal.SIGKILL or occurrence > 1, killed
        result = site.build()
        assert result.code == 0 and result.totals["ok"] == 10, result
        assert output(site) == output(reference), (call, occurrence)


def kill_at_random(site, rng, longest_s):
    process = site.picdesk.start("build", *site.picdesk.QUICK, cwd=site.root)
    try:
        process.wait(timeout=rng.random() * longest_s)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate()


@pytest.mark.parametrize("moments", [8, pytest.param(100, marks=pytest.mark.full)])
def test_killed_at_random_moments(make_site, web, moments):
    reference = make_photos(make_site("reference"), web, 20)
    assert reference.build().code == 0
    rng = random.Random(20)
    site = make_photos(make_site("killed"), web, 20)
    for moment in range(moments):
        if moment % 4 == 0:
            # From nothing: only the site's own files stay.
            for name in ("assets", "_data", ".cache"):
                shutil.rmtree(site.root / name, ignore_errors=True)
        kill_at_random(site, rng, 1.5)
        # Whatever stands in the published folder is whole: it has the name of its own bytes.
        for name, file in site.thumbs().items():
            assert (
                name in reference.thumbs()
                and file.read_bytes() == reference.thumbs()[name].read_bytes()
            )
    result = site.build()
    assert result.code == 0 and result.totals["ok"] == 20
    assert output(site) == output(reference)


def test_finished_work_survives_a_kill_after_the_run(photo_site, web):
    photo_site.json("warm")
    web.forget()
    process = photo_site.picdesk.start("build", *photo_site.picdesk.QUICK, cwd=photo_site.root)
    process.kill()
    process.communicate()
    assert photo_site.build().code == 0
    assert web.requests() == []


def test_no_temporary_file_stays_in_the_site(photo_site):
    wrapper = strace("rename,renameat,renameat2:signal=SIGKILL:when=2")
    photo_site.picdesk.finish(
        photo_site.picdesk.start(
            "build", *photo_site.picdesk.QUICK, cwd=photo_site.root, wrapper=wrapper
        )
    )
    photo_site.build()
    names = {p.name for p in temporary_files(photo_site)}
    assert not [name for name in names if "tmp" in name.lower()], names
