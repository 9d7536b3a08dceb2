"""A newcomer's first two commands, and the recipe for GitLab, in a Debian 12 or newer that holds nothing but its essential packages.

Takes root and debootstrap, and Debian's mirror as this machine's apt has it. The bare root and the
packages that were downloaded are kept in the user's cache folder, so that only the first run is slow.
The tests themselves run in there without any network but loopback."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from conftest import TOP
from packages import FETCHED, source_tree

SUITES = ("bookworm", "trixie")
# A root of its own needs pivot_root: in a mere chroot, the sandbox's tests may make no namespace.
ENTER = """
mount --make-rprivate /
mount --bind "$0" "$0"
cd "$0"
for special in dev sys; do mount --rbind "/$special" "$special"; done
mount -t proc proc proc
mount --bind "$1" var/cache/apt/archives
if [ "$2" = alone ]; then ip link set lo up; fi
shift 2
mkdir -p old
pivot_root . old
umount -l old
cd "$HOME"
exec "$@"
"""


def mirror():
    """The first Debian archive among apt's sources that holds a suite itself: it holds them all."""
    suites = "|".join(SUITES)
    for file in [pathlib.Path("/etc/apt/sources.list"), *pathlib.Path("/etc/apt").glob("*.d/*")]:
        if not file.is_file() or file.suffix not in (".list", ".sources"):
            continue
        text = file.read_text()
        line = re.search(rf"^deb\s+(?:\[.*?\]\s+)?(\S+)\s+(?:{suites})\s", text, re.M)
        if line:
            return line[1]
        for stanza in re.split(r"\n\s*\n", text):
            uris = re.search(r"^URIs:\s*(\S+)", stanza, re.M)
            if uris and re.search(rf"^Suites:.*\b(?:{suites})(\s|$)", stanza, re.M):
                return uris[1]
    return None


def run(*command, timeout, **options):
    result = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=timeout,
        **options,
    )
    assert result.returncode == 0, result.stdout[-6000:]
    return result.stdout


@pytest.fixture(params=SUITES)
def bare_root(request, tmp_path):
    suite = request.param
    if os.geteuid() or not shutil.which("debootstrap") or not shutil.which("ip"):
        pytest.skip("needs root, debootstrap and ip")
    if not mirror():
        pytest.skip("apt knows no archive of Debian")
    FETCHED.mkdir(parents=True, exist_ok=True)
    archive = FETCHED / f"{suite}.tar"
    root = tmp_path / "root"
    if not archive.exists():
        run("debootstrap", "--variant=minbase", suite, root, mirror(), timeout=1200)
        part = archive.with_suffix(".part")
        run("tar", "-cf", part, "--one-file-system", "-C", root, ".", timeout=300)
        part.rename(archive)
    else:
        root.mkdir()
        run("tar", "-xpf", archive, "--numeric-owner", "-C", root, timeout=300)
    # The names of this machine's resolvers, and none of its other settings.
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf", follow_symlinks=True)
    yield root
    shutil.rmtree(root)


def inside(root, *command, alone, timeout):
    packages = FETCHED / "packages"
    packages.mkdir(exist_ok=True)
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LC_ALL": "C.UTF-8",
        **{key: value for key, value in os.environ.items() if key.lower().endswith("_proxy")},
    }
    return run(
        *("unshare", "--mount", "--pid", "--fork", "--kill-child", *(["--net"] if alone else [])),
        *("sh", "-ec", ENTER, root, packages, "alone" if alone else "connected", *command),
        env=environment,
        timeout=timeout,
    )


@pytest.mark.full
def test_two_commands_are_enough(bare_root):
    source_tree(bare_root / "root/picdesk")
    # apt keeps what it downloaded, for the next time.
    (bare_root / "etc/apt/apt.conf.d/keep").write_text('APT::Keep-Downloaded-Packages "true";\n')
    assert not (bare_root / "usr/bin/gcc").exists() and not (bare_root / "usr/bin/python3").exists()
    said = inside(bare_root, "picdesk/dev/run", alone=False, timeout=3600)
    assert re.search(r"^installing: .*build-essential", said, re.M), said
    assert re.search(r"\d+ images: \d+ ok", said), said
    said = inside(
        *(bare_root, "picdesk/dev/test", "picdesk/tests/integration/test_build.py"),
        *("picdesk/tests/integration/test_scan.py", "picdesk/tests/integration/test_cli.py"),
        alone=True,
        timeout=3600,
    )
    assert re.fullmatch(r"[\d,]+ passed, 0 failed.*", said.strip().splitlines()[-1]), said[-3000:]


@pytest.mark.full
def test_gitlabs_recipe_is_enough(bare_root):
    """The lines of docs/ci.md as they stand, but for the clone, which is this tree."""
    job = re.search(r"## GitLab\n\n```yaml\n(.*?)```", (TOP / "docs/ci.md").read_text(), re.S)[1]
    before, script = job.split("  script:\n")
    before, script = (re.findall(r"^    - (.*)$", part, re.M) for part in (before, script))
    clone = [line for line in before if line.startswith("git clone ")]
    assert len(clone) == 1 and clone[0].endswith(" /opt/picdesk") and len(before) == 4
    source_tree(bare_root / "opt/picdesk")
    (bare_root / "etc/apt/apt.conf.d/keep").write_text('APT::Keep-Downloaded-Packages "true";\n')
    (bare_root / "root/a.md").write_text("![a](gone.png)\n")
    # As images of Debian have it.
    lines = ["PATH=/usr/local/bin:$PATH", *(line for line in before if line not in clone)]
    said = inside(
        *(bare_root, "sh", "-ec", "\n".join(lines) + "\n{ " + script[0] + "; } || echo ended: $?"),
        alone=False,
        timeout=3600,
    )
    assert said.endswith("ended: 2\n"), said[-3000:]
    assert (bare_root / "etc/ssl/certs/ca-certificates.crt").stat().st_size  # for hosts with TLS
    assert (bare_root / "root/picdesk.xml").exists() and (bare_root / "root/picdesk.html").exists()
