"""What `meson install`, the Debian package and the tarball put on a machine, and that it works from
there."""

import json
import os
import platform
import re
import shutil
import subprocess
import tarfile

import pytest

import pictures
from conftest import BINARY, TOP
from packages import source_tree


def run(*command, **options):
    result = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, **options
    )
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-4000:]
    return result.stdout


def programs_work(picdesk, binary, folder):
    """The installed program finds the renderer installed with it, and makes a thumbnail."""
    folder.mkdir()
    (folder / "a.jpg").write_bytes(pictures.jpeg(700, 500))
    (folder / "a.md").write_text("![x](a.jpg)\n")
    trace = folder / "trace"
    environment = dict(picdesk.environment)
    if "ASAN_OPTIONS" in environment:  # LeakSanitizer traces its own process, which strace does already
        environment["ASAN_OPTIONS"] += ":detect_leaks=0"
    run(
        *("strace", "-f", "-qq", "-e", "trace=execve", "-o", trace, binary, "build", "-q"),
        cwd=folder,
        env=environment,
    )
    assert len(list((folder / "assets/thumbs").glob("*.webp"))) == 2
    started = re.findall(r'execve\("([^"]*picdesk-renderer)".*= 0', trace.read_text())
    return {os.path.realpath(path) for path in started}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    build = BINARY.parents[1]
    if not (build / "build.ninja").exists():
        pytest.skip("the binary is not in a build folder")
    target = tmp_path_factory.mktemp("target")
    run(
        *("meson", "install", "-C", build, "--no-rebuild", "--quiet"),
        env={**os.environ, "DESTDIR": target},
    )
    prefix = [path.parents[1] for path in target.rglob("bin/picdesk")]
    assert len(prefix) == 1
    return prefix[0]


def test_install_is_complete(installed):
    files = {str(p.relative_to(installed)) for p in installed.rglob("*") if p.is_file()}
    assert files == {
        "bin/picdesk",
        "libexec/picdesk-renderer",
        "share/man/man1/picdesk.1",
        "share/bash-completion/completions/picdesk",
        "share/zsh/site-functions/_picdesk",
        "share/fish/vendor_completions.d/picdesk.fish",
    }
    run("bash", "-n", installed / "share/bash-completion/completions/picdesk")
    page = run("mandoc", "-T", "ascii", installed / "share/man/man1/picdesk.1")
    page = re.sub(".\x08", "", page)  # bold is a letter struck twice
    assert "localize" in page and "EXIT STATUS" in page


def test_the_installed_renderer_is_found(installed, picdesk, tmp_path):
    started = programs_work(picdesk, installed / "bin/picdesk", tmp_path / "site")
    assert started == {os.path.realpath(installed / "libexec/picdesk-renderer")}


@pytest.mark.full
def test_debian_package(picdesk, tmp_path):
    for program in ("dpkg-buildpackage", "dh", "lintian"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    source = source_tree(tmp_path / "picdesk")
    run(
        *("dpkg-buildpackage", "-us", "-uc", "-b"),
        cwd=source,
        env={**os.environ, "DEB_BUILD_OPTIONS": "nocheck"},
    )
    changes = next(tmp_path.glob("*.changes"))
    said = run("lintian", "--allow-root", "--fail-on", "error", changes)
    assert not re.search(r"^E: ", said, re.M), said
    package = next(p for p in tmp_path.glob("picdesk_*.deb"))
    run("dpkg-deb", "-x", package, tmp_path / "root")
    started = programs_work(picdesk, tmp_path / "root/usr/bin/picdesk", tmp_path / "site")
    assert started == {os.path.realpath(tmp_path / "root/usr/libexec/picdesk-renderer")}
    docs = tmp_path / "root/usr/share/doc/picdesk"
    assert (docs / "report.schema.json").is_file()
    assert (docs / "examples/jekyll/_includes/picture.html").is_file()


@pytest.mark.parametrize(
    "flags, kept",
    [
        ("-O2", {"-D_FORTIFY_SOURCE=2"}),
        ("-O2 -D_FORTIFY_SOURCE=3", {"-D_FORTIFY_SOURCE=3"}),
        ("-O0", set()),
    ],
)
def test_a_distributions_hardening_is_kept(flags, kept, tmp_path):
    """Without a second definition, of which the compiler would warn in each file."""
    run(
        *("meson", "setup", "--buildtype=plain", "-Dtests=false", tmp_path / "build", TOP),
        env={**os.environ, "CC": "gcc", "CFLAGS": flags},
    )
    commands = json.loads((tmp_path / "build/compile_commands.json").read_text())
    for command in commands:
        words = command["command"].split()
        found = {word for word in words if "_FORTIFY_SOURCE" in word}
        assert found == kept or command["file"].endswith("embed.c"), command["file"]


def packages_of(text):
    """The -dev packages among these names."""
    return set(re.findall(r"^\s*([a-z0-9-]+-dev)\b(?!.*<!nocheck>)", text, re.M))


def test_a_build_without_tests_needs_no_more_than_its_packages(tmp_path):
    """What the action of GitHub has: the section "building" of dev/packages.txt."""
    run("meson", "setup", "-Dtests=false", tmp_path / "build", TOP)
    needed = {
        library["name"]
        for library in json.loads(run("meson", "introspect", "--dependencies", tmp_path / "build"))
    }
    assert "libcurl" in needed and "cmocka" not in needed
    sections = (TOP / "dev/packages.txt").read_text().split("\n\n")
    building = packages_of(next(s for s in sections if s.startswith("# building\n")))
    assert "libvips-dev" in building and "libcmocka-dev" not in building
    assert packages_of((TOP / "debian/control").read_text()) == building


def test_a_32_bit_build_is_refused(tmp_path):
    """The sandbox's list of system calls is of 64-bit processes: no image would decode."""
    if platform.machine() != "x86_64":
        pytest.skip("takes a compiler that knows -m32")
    (tmp_path / "i686.ini").write_text(
        "[binaries]\nc = ['gcc', '-m32']\n"
        "[properties]\nskip_sanity_check = true\n"
        "[host_machine]\nsystem = 'linux'\ncpu_family = 'x86'\ncpu = 'i686'\nendian = 'little'\n"
    )
    result = subprocess.run(
        ["meson", "setup", "--cross-file", tmp_path / "i686.ini", tmp_path / "build", TOP],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert "ERROR: Problem encountered: picdesk runs on 64-bit systems only" in result.stdout


def test_debian_version_is_the_projects():
    project = re.search(r"version: '([^']+)'", (TOP / "meson.build").read_text())[1]
    packaged = re.match(r"picdesk \(([^)]+)\)", (TOP / "debian/changelog").read_text())[1]
    assert packaged == project


def only_for_building(folder):
    """A PATH on which dpkg knows of the packages for building alone, and apt installs nothing."""
    sections = (TOP / "dev/packages.txt").read_text().split("\n\n")
    building = next(s for s in sections if s.startswith("# building\n"))
    names = [line for line in building.splitlines() if line[:1].isalpha()]
    folder.mkdir()
    for name, script in (
        ("dpkg-query", "printf 'ii  %s\\n' " + " ".join(names)),
        ("apt-get", "echo apt-get was called; exit 1"),
    ):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.mark.full
def test_tarball(picdesk, tmp_path):
    (tmp_path / "out").mkdir()
    said = run(
        TOP / "dev/tarball",
        tmp_path / "out",
        env={
            **os.environ,
            "PATH": only_for_building(tmp_path / "programs"),
            "PICDESK_TARBALL_BUILD": str(tmp_path / "build"),
        },
        umask=0o077,  # is nothing to those who unpack it
    )
    needed = re.search(r"^needs: (.*)$", said, re.M)[1]
    for name in ("sqlite3", "yaml", "seccomp"):
        assert f"lib{name}" not in needed
    (archive,) = (tmp_path / "out").glob("picdesk-*-linux-*.tar.gz")
    with tarfile.open(archive) as tar:
        assert {(member.uid, member.gid) for member in tar} == {(0, 0)}
        assert {member.mode for member in tar} == {0o644, 0o755}
        tar.extractall(tmp_path)
    (unpacked,) = tmp_path.glob("picdesk-*-linux-*")
    links = re.findall(r"\]\((docs/[^)#]+)", (unpacked / "README.md").read_text())
    assert links and all((unpacked / link).is_file() for link in links)
    assert (unpacked / "docs/report.schema.json").is_file()
    started = programs_work(picdesk, unpacked / "bin/picdesk", tmp_path / "site")
    assert started == {os.path.realpath(unpacked / "libexec/picdesk-renderer")}
