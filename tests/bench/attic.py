"""Folders of runs that are over. ext4 passes over inodes that were deleted within the last minute
(fs/ext4/ialloc.c, recently_deleted): a run that makes files just after thousands were removed costs
up to twice the time, and that is no cost of what is measured. So nothing is removed before the end."""

import os
import shutil


class Attic:
    def __init__(self, folder):
        self.folder = folder / "attic"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.count = 0

    def take(self, path):
        """Whatever stands there, if anything does."""
        if os.path.lexists(path):
            self.count += 1
            os.rename(path, self.folder / str(self.count))

    def clear(self):
        shutil.rmtree(self.folder, ignore_errors=True)
