"""What comes from elsewhere: npm packages that some tests check against, Debian itself, and a fresh
clone of this tree. npm packages are looked for where npm puts them; `dev/test --full` also fetches
what is missing, once, into the user's cache folder."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from conftest import TOP


def _cache_folder():
    if given := os.environ.get("XDG_CACHE_HOME"):
        return pathlib.Path(given)
    try:
        return pathlib.Path.home() / ".cache"
    except RuntimeError:  # a number for a user, as in a container, and no $HOME
        return pathlib.Path(tempfile.gettempdir())


FETCHED = _cache_folder() / "picdesk-tests"


def source_tree(folder):
    """What a fresh clone would hold, with what is not committed yet."""
    names = subprocess.run(
        ["git", "-C", TOP, "ls-files", "-co", "--exclude-standard", "-z"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, names):
        if (TOP / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, folder / name)
    return folder


def _npm(*arguments):
    try:
        return subprocess.run(
            ["npm", *arguments], capture_output=True, text=True, timeout=300, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def _folders():
    yield from (FETCHED / "node_modules", *sorted((TOP / "examples").glob("*/node_modules")))
    if shutil.which("npm") and (everywhere := _npm("root", "--global")):
        yield pathlib.Path(everywhere)


def node_package(name, file):
    """The path of `file` in the npm package `name`; skips the test where there is none."""
    paths = [folder / name / file for folder in _folders()]
    if os.environ.get("PICDESK_TEST_FULL") and not any(path.exists() for path in paths):
        FETCHED.mkdir(parents=True, exist_ok=True)
        _npm("install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", FETCHED, name)
    found = next((path for path in paths if path.exists()), None)
    if not found:
        pytest.skip(f"needs the npm package {name}")
    return found
