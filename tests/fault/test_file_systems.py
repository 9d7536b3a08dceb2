"""A site with its cache on each kind of file system that this machine can mount.

Kernels and machines differ in what they have: what cannot be made or mounted is skipped."""

import os
import shutil
import subprocess

import pytest

import sites

KEY = ("-extpass", "echo key")


def call(*command):
    try:
        done = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"{command[0]}: {error}")
    if done.returncode:
        pytest.skip(f"{command[0]}: {done.stderr.strip()[-200:]}")
    return done.stdout.strip()


class Disk:
    """Makes a file system and mounts it at `at`."""

    def __init__(self, folder):
        self.folder, self.at, self.loop = folder, folder / "at", None
        self.at.mkdir(parents=True)

    def image(self, *mkfs):
        image = self.folder / "image"
        call("truncate", "-s", "300M", image)
        call(*mkfs, image)
        return image

    def loop_mount(self, *mkfs, options="loop"):
        call("mount", "-o", options, self.image(*mkfs), self.at)

    def loop_device(self, *mkfs):
        self.loop = call("losetup", "-f", "--show", self.image(*mkfs))
        return self.loop

    def below(self, name="below"):
        folder = self.folder / name
        folder.mkdir()
        return folder

    def ssh(self):
        server = shutil.which("sftp-server", path="/usr/lib/openssh:/usr/libexec/openssh:/usr/lib/ssh")
        if not server:
            pytest.skip("there is no sftp-server")
        script = self.folder / "ssh"
        script.write_text(f"#!/bin/sh\nexec {server}\n", encoding="ascii")
        script.chmod(0o755)
        call("sshfs", f"host:{self.below()}", self.at, "-o", f"ssh_command={script}")

    def gocryptfs(self):
        call("gocryptfs", "-q", "-init", *KEY, self.below())
        call("gocryptfs", "-q", *KEY, self.folder / "below", self.at)

    def overlay(self, *command):
        folders = f"lowerdir={self.below('l')},upperdir={self.below('u')},workdir={self.below('w')}"
        call(*command, "-o", folders, self.at)

    def unmount(self):
        if os.path.ismount(self.at):
            subprocess.run(["umount", "-l", str(self.at)], check=True)
        if self.loop:
            subprocess.run(["losetup", "-d", self.loop], check=True)


KINDS = {
    "ext2": lambda d: d.loop_mount("mkfs.ext2", "-q", "-I", "128"),
    "ext4 without a journal": lambda d: d.loop_mount("mkfs.ext4", "-q", "-O", "^has_journal"),
    "ext4 with letters of both cases": lambda d: d.loop_mount("mkfs.ext4", "-q", "-O", "casefold"),
    "f2fs": lambda d: d.loop_mount("mkfs.f2fs", "-q"),
    "xfs": lambda d: d.loop_mount("mkfs.xfs", "-q"),
    "btrfs": lambda d: d.loop_mount("mkfs.btrfs", "-q"),
    "vfat": lambda d: d.loop_mount("mkfs.vfat"),
    "vfat in lower case": lambda d: d.loop_mount("mkfs.vfat", options="loop,shortname=lower"),
    "exfat": lambda d: d.loop_mount("mkfs.exfat"),
    "ramfs": lambda d: call("mount", "-t", "ramfs", "none", d.at),
    "overlayfs": lambda d: d.overlay("mount", "-t", "overlay", "none"),
    "exfat by FUSE": lambda d: call("mount.exfat-fuse", d.loop_device("mkfs.exfat"), d.at),
    "NTFS": lambda d: call("ntfs-3g", d.image("mkfs.ntfs", "-q", "-F", "-f"), d.at),
    "NTFS in lower case": lambda d: call(
        "lowntfs-3g", "-o", "ignore_case", d.image("mkfs.ntfs", "-q", "-F", "-f"), d.at
    ),
    "bindfs": lambda d: call("bindfs", "--chmod-deny", "--chown-deny", d.below(), d.at),
    "fuse-overlayfs": lambda d: d.overlay("fuse-overlayfs"),
    "mergerfs": lambda d: call(
        "mergerfs", "-o", "category.create=rand", f"{d.below('a')}:{d.below('b')}", d.at
    ),
    "sshfs": Disk.ssh,
    "rclone": lambda d: call(
        "rclone", "mount", "--daemon", "--vfs-cache-mode", "writes", d.below(), d.at
    ),
    "gocryptfs": Disk.gocryptfs,
}


@pytest.fixture(params=KINDS)
def disk(request, tmp_path):
    made = Disk(tmp_path / "disk")
    try:
        KINDS[request.param](made)
        yield made.at
    finally:
        made.unmount()


def run(site, verb, *arguments, code=0):
    result = site.run(verb, *arguments)
    assert result.code == code, (verb, result)
    return result


def assert_looks_well(site):
    """Every verb that looks, and gc, find nothing to do."""
    for command in (("stats",), ("gc",), ("fsck", "--full"), ("gc", "--max-size", "1GiB")):
        assert not run(site, *command).err, command
    assert sites.assert_whole(site, "life")["unreferenced"] == 0
    left = [f for f in site.root.rglob("*") if f.name.startswith((".picdesk-tmp-", "new-", "parked-"))]
    assert not left, left


def assert_costs_nothing(site, web):
    before = sites.output(site)  # some file systems set times later on
    web.forget()
    again = site.build()
    assert again.totals["from_cache"] == 12 and again.totals["thumbs_reused"] == 12, again
    assert site.check().totals["ok"] == 12
    assert not web.requests() and sites.output(site) == before


def damage_objects(site):
    for file in sorted(site.root.glob(".cache/picdesk/objects/??/*"))[:3]:
        file.unlink()
        file.write_bytes(b"damaged")


def test_a_life(make_site, web, disk):
    """Built, checked, tidied up, edited and restored, damaged and mended."""
    reference = sites.photos(make_site("reference"), web, 12)
    assert reference.build().code == 0
    site = sites.photos(make_site(disk / "site"), web, 12)
    first = site.build()
    assert first.code == 0 and first.totals["fetched"] == 12, first
    assert sites.output(site) == sites.output(reference)
    assert_costs_nothing(site, web)
    assert_looks_well(site)
    articles = [text for text, _ in site.tree("_news").values()]
    run(site, "localize", *site.picdesk.QUICK)
    assert site.build().totals["ok"] == 12
    run(site, "localize", "--restore")
    assert [text for text, _ in site.tree("_news").values()] == articles
    damage_objects(site)
    run(site, "fsck", "--full", "--repair", code=2)
    again = site.build()
    assert again.code == 0 and again.totals["ok"] == 12, again
    assert sites.output(site) == sites.output(reference)
    assert_looks_well(site)


def test_several_at_once(make_site, web, disk):
    """On one cache and one site: what one of them stores, all have."""
    site = sites.photos(make_site(disk / "site"), web, 12)
    start = ("build", *site.picdesk.QUICK)
    processes = [site.picdesk.start(*start, cwd=site.root) for _ in range(3)]
    results = [site.picdesk.finish(process) for process in processes]
    assert all(result.code == 0 for result in results), results
    assert len(site.manifest()["images"]) == 12
    assert_looks_well(site)


def test_gc_frees_a_quota(make_site, web, tmp_path):
    """Of btrfs, which has no room for the name of a file either."""
    disk = Disk(tmp_path / "disk")
    try:
        disk.loop_mount("mkfs.btrfs", "-q")
        volume = disk.at / "volume"
        call("btrfs", "subvolume", "create", volume)
        call("btrfs", "quota", "enable", disk.at)
        call("btrfs", "qgroup", "limit", "4M", volume)
        site = sites.photos(make_site(volume / "site"), web, 12, size=200)
        assert site.build().code == 0
        with (volume / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError):
            while filler.write(os.urandom(4096)):
                pass
        os.sync()
        run(site, "gc", "--max-size", "20KiB")
        sites.assert_whole(site, "gc")
        (volume / "filler").unlink()
        assert site.build().totals["ok"] == 12
        sites.assert_whole(site, "build")
    finally:
        disk.unmount()
