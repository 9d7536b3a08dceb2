"""kill -9 at system calls and at random moments: nothing is lost or wrong, the next run converges."""

import collections
import json
import random
import re
import signal
import subprocess

import pytest

import sites

# What changes a file or a folder, or makes it durable.
MUTATING = (
    "write pwrite64 writev ftruncate linkat rename renameat renameat2 unlink unlinkat mkdir mkdirat "
    "fsync fdatasync syncfs sync_file_range fchmod utimensat flock"
).split()


def build(site, wrapper=()):
    process = site.picdesk.start("build", *site.picdesk.QUICK, cwd=site.root, wrapper=wrapper)
    return site.picdesk.finish(process)


def add_old_manifest(site):
    """To be replaced, which takes other calls than a new one."""
    manifest = {"schema": "picdesk/manifest/1", "images": {}}
    (site.root / "_data").mkdir()
    (site.root / "_data/picdesk.json").write_text(json.dumps(manifest), encoding="ascii")


def count_calls(site, strace, tmp_path):
    """Of an undisturbed run: how often each call is made, and how often by the thread that makes it
    most."""
    log = tmp_path / "calls"
    wrapper = [*strace(log=log), "-e", "trace=" + ",".join(MUTATING)]
    assert build(site, wrapper).code == 0
    calls = re.findall(r"^(\d+) +(\w+)\(", log.read_text(errors="replace"), re.M)
    most = collections.Counter()
    for (_, call), count in collections.Counter(calls).items():
        most[call] = max(most[call], count)
    return collections.Counter(call for _, call in calls), most


def chosen(calls, full):
    """Every occurrence of every call; in the short form the first and another."""
    rng = random.Random(1)
    for call, count in sorted(calls.items()):
        occurrences = range(1, count + 1)
        if not full and count > 2:
            occurrences = sorted({1, rng.choice(occurrences)})
        for occurrence in occurrences:
            yield call, occurrence


def test_killed_at_every_mutating_system_call(site, make_site, web, strace, tmp_path, full):
    count = 50 if full else 6
    reference = sites.photos(make_site("reference"), web, count)
    add_old_manifest(reference)
    calls, most = count_calls(reference, strace, tmp_path)
    assert calls["linkat"] >= count and calls["pwrite64"] > 10 and calls["renameat"] >= 1, calls
    expected = sites.output(reference)
    sites.photos(site, web, count)
    n_killed = 0
    for call, occurrence in chosen(most, full):
        sites.begin_anew(site)
        add_old_manifest(site)
        killed = build(site, strace(f"{call}:signal=SIGKILL:when={occurrence}"))
        # The number of waits, and which thread makes a call, vary from run to run.
        n_killed += killed.code == -signal.SIGKILL
        sites.assert_whole(site, (call, occurrence))
        result = site.build()
        assert result.code == 0 and result.totals["ok"] == count, (call, occurrence, result)
        assert sites.output(site) == expected, (call, occurrence)
    assert n_killed > 0.8 * len(list(chosen(most, full)))


def published_by(manifest):
    images = manifest["images"].values()
    return {thumb["path"] for image in images for thumb in image["thumbs"].values()}


@pytest.mark.parametrize("call", ["linkat", "renameat", "unlinkat", "utimensat"])
def test_killed_while_old_thumbnails_are_removed(site, web, strace, call):
    """A manifest never names a file that is gone: it is replaced before they are removed."""
    sites.photos(site, web, 6)
    assert build(site).code == 0
    before = published_by(site.manifest())
    n_killed = 0
    for occurrence in range(1, 13):
        site.write("picdesk.yml", f"thumbs: {{other: {{width: {20 + occurrence}}}}}\n")
        killed = build(site, strace(f"{call}:signal=SIGKILL:when={occurrence}"))
        n_killed += killed.code == -signal.SIGKILL
        named = published_by(site.manifest())
        assert named and all((site.root / path).is_file() for path in named), occurrence
    assert n_killed and site.build().code == 0
    assert not before & {str(file.relative_to(site.root)) for file in site.thumbs().values()}
    assert len(site.thumbs()) == 6


def test_killed_while_a_killed_run_is_mended(site, make_site, web, strace):
    """Kill upon kill in the same cache, at calls further and further on."""
    reference = sites.photos(make_site("reference"), web, 6)
    assert build(reference).code == 0
    sites.photos(site, web, 6)
    add_old_manifest(site)
    for occurrence in range(1, 9):
        for call in ("linkat", "pwrite64", "renameat"):
            build(site, strace(f"{call}:signal=SIGKILL:when={occurrence}"))
    sites.assert_whole(site, "kill upon kill")
    assert site.build().totals["ok"] == 6
    assert sites.output(site) == sites.output(reference)


def kill_some(processes, rng, longest_s):
    """Half of them, each at a moment of its own."""
    victims = processes[: max(1, len(processes) // 2)]
    for victim in victims:
        try:
            victim.wait(timeout=rng.random() * longest_s)
        except subprocess.TimeoutExpired:
            victim.kill()
    for process in processes:
        out, err = process.communicate()
        if process not in victims:
            assert process.returncode == 0, err
        assert b"locked" not in err, err


@pytest.mark.parametrize("processes", [1, 3])
def test_killed_at_random_moments(make_site, web, tmp_path, full, processes):
    """Several sites share one cache; now and then it starts from nothing."""
    moments = (900 if processes == 1 else 100) if full else (12 if processes == 1 else 5)
    reference = sites.photos(make_site("reference"), web, 20)
    assert build(reference).code == 0
    expected = sites.output(reference)
    crowd = [sites.photos(make_site(f"site{i}"), web, 20) for i in range(processes)]
    cache = ("--cache-dir", str(tmp_path / "cache"))
    rng = random.Random(processes)
    for moment in range(moments):
        if moment % 4 == 0:
            subprocess.run(["rm", "-rf", str(tmp_path / "cache")], check=True)
        running = [
            s.picdesk.start("build", *s.picdesk.QUICK, *cache, "-n", cwd=s.root) for s in crowd
        ]
        kill_some(running, rng, 0.5)
        sites.assert_whole(crowd[0], moment, *cache)
    for site in crowd:
        result = site.build(*cache)
        assert result.code == 0 and result.totals["ok"] == 20, result
        assert sites.output(site) == expected


def test_killed_gc(site, web, strace):
    """gc killed at each removal: rows go first, so nothing is named that is not there."""
    sites.photos(site, web, 6)
    for call in ("unlinkat", "pwrite64", "fdatasync", "ftruncate"):
        for occurrence in (1, 3):
            assert build(site).code == 0
            process = site.picdesk.start(
                "gc",
                "--unused-for",
                "0s",
                cwd=site.root,
                wrapper=strace(f"{call}:signal=SIGKILL:when={occurrence}"),
            )
            site.picdesk.finish(process)
            sites.assert_whole(site, (call, occurrence))
    assert site.build().totals["ok"] == 6
