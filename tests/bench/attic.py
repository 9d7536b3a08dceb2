"""Folders of runs that are over, and fresh ground for the next.

ext4 without a journal passes over inodes that were deleted within the last minute, one by one, for every file that is
made (fs/ext4/ialloc.c, recently_deleted): where thousands were removed before, a new file takes 130 us in place of 6,
and that is no cost of what is measured. So nothing is removed before the end, the next bench waits until it is
forgotten, and each folder of a run gets a part of the disk for itself, as the folders of a disk's root do: of a few
the one in which files are made fastest, for other programs remove files, too."""

import array
import fcntl
import os
import shutil
import sys
import time

FS_IOC_GETFLAGS, FS_IOC_SETFLAGS = 0x80086601, 0x40086602
FS_TOPDIR_FL = 0x00020000
FORGOTTEN_S = 65
CANDIDATES = 16
PROBES = 8


def spread_folders(folder):
    """`chattr +T`, where the file system knows it."""
    flags = array.array("i", [0])
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.ioctl(fd, FS_IOC_GETFLAGS, flags)
        flags[0] |= FS_TOPDIR_FL
        fcntl.ioctl(fd, FS_IOC_SETFLAGS, flags)
    except OSError:
        pass
    finally:
        os.close(fd)


class Attic:
    def __init__(self, folder):
        spread_folders(folder)
        self.folder = folder / "attic"
        self.cleared = folder / "cleared"
        if self.folder.exists():  # of a bench that was killed
            self.clear()
        self.wait()
        self.folder.mkdir()
        spread_folders(self.folder)
        self.count = 0

    def wait(self):
        if not self.cleared.exists():
            return
        left_s = self.cleared.stat().st_mtime + FORGOTTEN_S - time.time()
        if 0 < left_s <= FORGOTTEN_S:
            print(f"waiting {left_s:.0f} s: the last bench has removed its files", file=sys.stderr)
            time.sleep(left_s)

    def take(self, path):
        """Whatever stands there, if anything does."""
        if os.path.lexists(path):
            self.count += 1
            os.rename(path, self.folder / str(self.count))

    def make(self, path):
        """A new folder there."""
        self.take(path)
        _, folder = min(self.candidate() for _ in range(CANDIDATES))
        os.rename(folder, path)

    def candidate(self):
        """What files cost in a new folder, and it. They stay: removed ones would be passed over."""
        self.count += 1
        folder = self.folder / str(self.count)
        folder.mkdir()
        started_s = time.thread_time()
        for i in range(PROBES):
            (folder / str(i)).touch()
        cost_s = time.thread_time() - started_s
        for i in range(PROBES):
            os.rename(folder / str(i), self.folder / f"{self.count}-{i}")
        return cost_s, folder

    def clear(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.sync()  # six minutes where it is not on the disk
        self.cleared.write_text("")
