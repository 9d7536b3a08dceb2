"""Where a process may use less than the machine has: `taskset`, containers, control groups."""

import os
import pathlib
import re

import pictures
import pytest

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
