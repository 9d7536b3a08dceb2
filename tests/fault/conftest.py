"""The fixtures of the integration tests, for tests that take the machine away from picdesk.

Kills, full disks, failing system calls, power cuts. Each of them has a short form, which dev/test
runs, and a full one, for dev/test --full."""

import importlib.util
import os
import pathlib
import subprocess
import sys

import pytest

_path = pathlib.Path(__file__).resolve().parents[1] / "integration/conftest.py"
_spec = importlib.util.spec_from_file_location("integration_conftest", _path)
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
globals().update({k: v for k, v in vars(_module).items() if not k.startswith("__")})

sys.path.insert(0, str(pathlib.Path(__file__).parent))


@pytest.fixture
def full():
    """Is this the long form?"""
    return bool(os.environ.get("PICDESK_TEST_FULL"))


@pytest.fixture(scope="session")
def strace():
    """Makes the wrapper that injects into the main process and its threads, each of which counts its
    own calls, and not into the programs that it starts; skips where tracing is not allowed."""
    try:
        probe = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False)
    except FileNotFoundError:
        pytest.skip("there is no strace")
    if probe.returncode:
        pytest.skip("strace may not trace here")

    def wrapper(*injections, log="/dev/null"):
        arguments = ["strace", "-f", "-b", "execve", "-qq", "-o", str(log)]
        for injection in injections:
            arguments += ["-e", f"inject={injection}"]
        return arguments

    return wrapper


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 3 MiB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m,mode=0700", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
