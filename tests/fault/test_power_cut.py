"""Power cuts: the cache lies on an ext4 image, whose state is copied at random moments.

The image file is the disk: what the kernel has not written to it is lost. picdesk is stopped for the
copy, so that no sync of its own is under way, and the file system commits nothing by itself. The
control is a build without syncs, which must not pass."""

import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

import pytest

import sites

TOP = pathlib.Path(__file__).resolve().parents[2]
IMAGES = 300
# Under way at once, and what one batch holds.
IN_FLIGHT, BATCH = 64, 64

pytestmark = pytest.mark.full


def stop(process):
    """All its threads: what one of them has the kernel do goes on until it is done."""
    process.send_signal(signal.SIGSTOP)
    for thread in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
        while is_at_work(thread):
            os.sched_yield()


def is_at_work(thread):
    try:
        stat = (thread / "stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "TZX"


class Disk:
    """An ext4 image that is mounted, and can be replaced by an earlier copy of itself."""

    def __init__(self, folder, commit_s):
        self.image, self.copy = folder / "image", folder / "copy"
        self.mountpoint = folder / "mounted"
        self.options = f"loop,commit={commit_s}"
        self.mountpoint.mkdir()

    def make(self):
        self.unmount()
        with self.image.open("wb") as image:
            image.truncate(96 << 20)
        subprocess.run(["mkfs.ext4", "-q", str(self.image)], check=True)
        self.mount()

    def mount(self):
        command = ["mount", "-o", self.options, str(self.image), str(self.mountpoint)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("mounting is not allowed here")

    def unmount(self):
        if os.path.ismount(self.mountpoint):
            # Lazily: a renderer may still hold an image open for a moment.
            subprocess.run(["umount", "-l", str(self.mountpoint)], check=True)

    def cut(self, process):
        """The power goes: what the disk has now is all that is left."""
        if process.poll() is None:  # else the power goes after the run
            stop(process)
        shutil.copyfile(self.image, self.copy)
        process.kill()
        process.communicate()
        self.unmount()
        self.copy.replace(self.image)
        self.mount()


@pytest.fixture
def disk(tmp_path):
    disks = []

    def make(commit_s):
        disks.append(Disk(tmp_path, commit_s))
        return disks[-1]

    yield make
    for one in disks:
        one.unmount()


def cut_once(site, web, disk, rng, arguments):
    """What was wrong after a cut: None, or a word on it."""
    disk.make()
    web.forget()
    process = site.picdesk.start("build", *site.picdesk.QUICK, *arguments, "-n", cwd=site.root)
    try:
        process.wait(timeout=0.1 + rng.random() * 1.5)
    except subprocess.TimeoutExpired:
        pass
    disk.cut(process)
    n_asked = len(web.requests())
    fsck = site.run("fsck", "--full", *arguments)
    if fsck.code:
        return f"fsck: {fsck.out} {fsck.err}"
    result = site.build(*arguments)
    if result.code or result.totals["ok"] != IMAGES:
        return f"the next run: {result}"
    if result.totals["fetched"] > IMAGES - n_asked + BATCH + IN_FLIGHT:
        return f"{n_asked} were asked for, {result.totals['fetched']} fetched again"
    return None


def test_power_cuts(site, web, disk):
    sites.photos(site, web, IMAGES)
    one, rng = disk(commit_s=300), random.Random(6)
    arguments = ("--cache-dir", str(one.mountpoint / "cache"))
    for cut in range(25):
        sites.begin_anew(site)
        assert cut_once(site, web, one, rng, arguments) is None, cut


def test_without_syncs_power_cuts_do_harm(site, web, disk, tmp_path):
    """Negative control: or else the test above would prove nothing."""
    build = tmp_path / "build"
    for command in (
        ["meson", "setup", str(build), str(TOP), "-Dunsafe_nosync=true"],
        ["ninja", "-C", str(build), "cli/picdesk", "thumbs/picdesk-renderer"],
    ):
        subprocess.run(command, check=True, capture_output=True)
    site.picdesk.binary = build / "cli/picdesk"
    sites.photos(site, web, IMAGES)
    one, rng = disk(commit_s=1), random.Random(6)
    arguments = ("--cache-dir", str(one.mountpoint / "cache"))
    found, until = None, time.monotonic() + 120
    while not found and time.monotonic() < until:
        sites.begin_anew(site)
        found = cut_once(site, web, one, rng, arguments)
    assert found
