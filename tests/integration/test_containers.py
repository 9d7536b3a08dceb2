"""Where a process may use less than the machine has: `taskset`, containers, control groups."""

import os
import pathlib
import re
import struct
import subprocess
import zlib

import pictures
import pytest
from conftest import BINARY

TOP = pathlib.Path("/sys/fs/cgroup")


def fill(site, files):
    for name, data in files.items():
        site.write(f"assets/{name}", data)
    site.write("all.md", "\n\n".join(f"![one](assets/{name})" for name in files) + "\n")


@pytest.fixture
def limited(request):
    """The wrapper of a program for which a control group sets a limit: a controller, its file of
    the second and of the first version, and what is written there."""
    controller, newer, older, value = request.param
    top = next((place for place in (TOP / controller, TOP) if place.exists()), TOP)
    group = top / f"picdesk-test-{os.getpid()}"
    try:
        group.mkdir()
        file = group / (newer if (group / newer).exists() else older)
        file.write_text(value if file.name == newer else value.split()[0])
    except OSError:
        if group.exists():
            group.rmdir()
        pytest.skip("control groups cannot be made, or limit nothing, here")
    yield ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh"]
    group.rmdir()


def count_of_renderers(site, wrapper):
    fill(site, {f"{n}.png": pictures.png(40 + n, 40) for n in range(40)})
    process = site.picdesk.start("build", "-vv", cwd=site.root, wrapper=wrapper)
    result = site.picdesk.finish(process)
    assert result.code == 0, result
    beside = re.findall(r"renderer \d+ started, and (\d+) beside it", result.err)
    return len(beside) + sum(map(int, beside))


def test_as_many_renderers_as_cores_that_may_be_used(site):
    core = str(min(os.sched_getaffinity(0)))
    assert count_of_renderers(site, ["taskset", "-c", core]) == 1


@pytest.mark.parametrize(
    "limited", [("cpu", "cpu.max", "cpu.cfs_quota_us", "100000 100000")], indirect=True
)
def test_as_many_renderers_as_there_is_time_for(site, limited):
    assert count_of_renderers(site, limited) == 1


WITHOUT_DEV = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
WITHOUT_DEV += ["sh", "-c", 'mount -t tmpfs none /dev && exec "$@"', "sh"]


def test_without_dev(site):
    """A chroot or a jail: the renderer is there, /dev/null is not."""
    if subprocess.run([*WITHOUT_DEV, "true"], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    fill(site, {"a.png": pictures.png(700, 500)})
    result = site.picdesk.finish(site.picdesk.start("build", cwd=site.root, wrapper=WITHOUT_DEV))
    assert result.code == 0 and "2 thumbnails made" in result.out, result


def interlaced(side, red):
    """A few KB that take all of their pixels' memory to decode."""
    steps = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)]
    rows = b""
    for x, y, every_x, every_y in [*steps, (0, 1, 1, 2)]:
        row = b"\0" + bytes([red, 9, 200]) * -((x - side) // every_x)
        rows += row * -((y - side) // every_y)
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 1))]
    chunks += [(b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


@pytest.mark.skipif(b"__asan_init" in BINARY.read_bytes(), reason="the sanitizer takes more memory")
@pytest.mark.parametrize(
    "limited", [("memory", "memory.max", "memory.limit_in_bytes", str(64 << 20))], indirect=True
)
def test_memory_for_one_renderer_of_four(site, limited):
    """Good pictures were broken, for the kernel killed the renderer of each twice."""
    fill(site, {f"{n}.png": interlaced(3000, n) for n in range(8)})
    process = site.picdesk.start("check", "-j", "4", "-f", "json", cwd=site.root, wrapper=limited)
    result = site.picdesk.finish(process)
    assert (result.code, result.totals["ok"]) == (0, 8), result
