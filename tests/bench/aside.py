"""Old files are put out of the way between runs and removed at the end: for some seconds ext4 passes over
every inode that was freed, one by one, whenever it needs a new one. A run right after the removal of
thousands of files would measure that."""

import shutil


def put_aside(folder):
    if folder.exists():
        number = len(list(folder.parent.glob(f"{folder.name}.old-*")))
        folder.rename(folder.with_name(f"{folder.name}.old-{number}"))


def remove_put_aside(parent):
    for folder in parent.glob("*.old-*"):
        shutil.rmtree(folder)
