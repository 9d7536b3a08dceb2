"""Calls that fail where nobody expects it: what was not read is not taken for what is not there."""

import subprocess

import pytest

import pictures
from test_crash import strace
from test_localize import articles, images, localize


def failing(call, path, site):
    """Each such call about that file or folder of the site, in the main process and its threads."""
    # A path that is opened is named from a folder; one that is read, by its descriptor.
    return [*strace(call), "-P", path, "-P", site.root / path]


# --- restoring ---


def test_an_earlier_journal_is_not_written_over(photo_site):
    """The folder of journals could not be listed: the run was number 1 again."""
    assert localize(photo_site, "_news/one.md").code == 0
    undo = photo_site.root / ".cache/picdesk-undo"
    before, journal = articles(photo_site), (undo / "0001-localize").read_bytes()
    wrapper = failing("getdents64:error=EIO", ".cache/picdesk-undo", photo_site)
    for arguments in (), ("--restore",):
        result = localize(photo_site, *arguments, wrapper=wrapper)
        assert result.code == 1, result
        assert ".cache/picdesk-undo: read: Input/output error" in result.err, result
        assert articles(photo_site) == before
        assert [f.name for f in undo.iterdir() if f.name[0] != "."] == ["0001-localize"]
        assert (undo / "0001-localize").read_bytes() == journal


def test_restore_keeps_images_that_an_unread_article_may_use(photo_site):
    before = articles(photo_site)
    assert localize(photo_site).code == 0
    text = (photo_site.root / "_news/one.md").read_text()
    photo_site.write("_news/three.md", text)
    there = images(photo_site)
    wrapper = failing("read:error=EIO", "_news/three.md", photo_site)
    result = photo_site.run("localize", "--restore", wrapper=wrapper)
    assert result.code == 1 and "_news/three.md: the file cannot be read" in result.err, result
    assert images(photo_site) == there
    result = photo_site.run("localize", "--restore")
    assert result.code == 0 and "2 images removed" in result.out, result
    assert articles(photo_site) == {**before, "_news/three.md": text.encode()}


def test_restore_does_not_take_an_unread_article_for_gone(photo_site):
    before = articles(photo_site)
    assert localize(photo_site).code == 0
    moved = photo_site.root / "_news/moved.md"
    (photo_site.root / "_news/one.md").rename(moved)
    there = articles(photo_site), images(photo_site)
    wrapper = failing("read:error=EIO", "_news/moved.md", photo_site)
    result = photo_site.run("localize", "--restore", wrapper=wrapper)
    assert result.code == 1 and "_news/moved.md: the file cannot be read" in result.err, result
    assert (articles(photo_site), images(photo_site)) == there
    result = photo_site.run("localize", "--restore")
    assert (result.code, result.err) == (0, ""), result
    assert moved.read_bytes() == before["_news/one.md"] and not images(photo_site)


def test_restore_says_what_it_could_not_remove(photo_site):
    before = articles(photo_site)
    assert localize(photo_site).code == 0
    name = sorted(images(photo_site))[0]
    wrapper = failing("unlinkat:error=EROFS", name, photo_site)
    result = photo_site.run("localize", "--restore", wrapper=wrapper)
    assert result.code == 1 and f"{name}: remove: Read-only file system" in result.err, result
    assert photo_site.run("localize", "--restore").code == 0
    assert articles(photo_site) == before and not images(photo_site)


# --- scanning ---


@pytest.mark.parametrize("verb", ["localize", "fix"])
def test_an_edit_names_the_article_that_it_could_not_read(photo_site, verb):
    before = (photo_site.root / "_news/two.md").read_bytes()
    wrapper = failing("read:error=EIO", "_news/two.md", photo_site)
    result = photo_site.run(verb, *photo_site.picdesk.QUICK, wrapper=wrapper)
    assert result.code == 1, result
    assert "_news/two.md: the file cannot be read: Input/output error: left as it is" in result.err
    assert (photo_site.root / "_news/two.md").read_bytes() == before


@pytest.mark.parametrize("call", ["read:error=EIO", "openat2:error=EMFILE"])
def test_an_ignore_file_that_cannot_be_read(photo_site, call):
    """It is a problem, what it takes in again stays published, and no article is changed."""
    photo_site.write(".gitignore", "_news/t*\n")
    photo_site.write("_news/.gitignore", "!two.md\n")
    assert photo_site.build().totals["images"] == 4
    published, before = photo_site.tree("assets", "_data"), articles(photo_site)
    wrapper = failing(call, "_news/.gitignore", photo_site)
    result = photo_site.build(wrapper=wrapper)
    assert [p["file"] for p in result.problems("unreadable")] == ["_news/.gitignore"], result
    assert photo_site.tree("assets", "_data") == published
    for verb in "localize", "fix":
        result = photo_site.run(verb, *photo_site.picdesk.QUICK, wrapper=wrapper)
        assert result.code == 1 and "_news/.gitignore: the file cannot be read" in result.err
        assert articles(photo_site) == before


def test_an_article_that_another_program_has_a_lease_of(photo_site):
    """It was opened again and again, without a pause."""
    wrapper = failing("?openat2,openat:error=EAGAIN", "_news/two.md", photo_site)
    result = photo_site.scan(wrapper=wrapper)
    (problem,) = result.problems("unreadable")
    assert problem["file"] == "_news/two.md", result
    assert "Resource temporarily unavailable" in problem["message"], result


def test_a_parser_without_memory(site):
    """What stood behind was missed, and nothing said so."""
    if b"__asan_init" in site.picdesk.binary.read_bytes():
        pytest.skip("AddressSanitizer wants to be loaded first")
    site.jekyll().write("_posts/2026-01-01-a.md", "---\ntitle: a\n---\n![a](/a.png)\n")
    library = site.root.parent / "no-memory.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-xc", "-", "-o", library],
        input=b"int md_parse(void) { return -1; }",
        check=True,
    )
    result = site.run("scan", wrapper=["env", f"LD_PRELOAD={library}"])
    assert (result.code, result.out) == (1, "") and "out of memory" in result.err, result


@pytest.mark.parametrize(
    "call", ["openat:error=EAGAIN", "?newfstatat,?fstat,?statx:error=EIO", "pread64:error=EPERM"]
)
def test_a_local_image_that_is_kept_back(site, call):
    """EAGAIN: another program, a server of shared folders say, has a lease of it."""
    site.jekyll().write("a.html", "<img src=/assets/a.png>\n")
    site.write("assets/a.png", pictures.png(50, 50))
    assert site.build().totals["ok"] == 1
    published = site.tree("assets", "_data")
    result = site.build(wrapper=failing(call, "assets/a.png", site))
    assert result.image("/assets/a.png")["status"] == "unchecked", result
    assert [p["file"] for p in result.problems("unreadable")] == ["assets/a.png"]
    assert site.tree("assets", "_data") == published


# --- the cache ---


def test_an_index_that_cannot_be_looked_at_is_not_lost(photo_site):
    """It was set aside, with its journal, and everything asked for anew."""
    photo_site.build()
    cache = photo_site.root / ".cache/picdesk"
    calls = "?newfstatat,?fstatat64,?statx:error=EIO"
    wrapper = [*strace(calls), "-P", cache / "index.sqlite", "-P", "index.sqlite"]
    result = photo_site.build(wrapper=wrapper)
    assert not (cache / "quarantine").exists() or not list((cache / "quarantine").iterdir()), result
    assert photo_site.build().totals["from_cache"] == 4


@pytest.mark.parametrize("call", ["read:error=EIO", "?openat2,?openat:error=EACCES"])
@pytest.mark.parametrize("name", ["format", "CACHEDIR.TAG"])
def test_a_sign_of_the_cache_that_cannot_be_read_stays(photo_site, name, call):
    """A good file was moved to quarantine/, and another one made."""
    photo_site.build()
    cache = photo_site.root / ".cache/picdesk"
    before = (cache / name).stat().st_ino
    result = photo_site.build(wrapper=[*strace(call), "-P", cache / name, "-P", name])
    # What format the cache has must be known; the other is for backup programs.
    assert result.code == (1 if name == "format" else 0), result
    assert ("format: open the cache: " in result.err) == (name == "format"), result
    assert (cache / name).stat().st_ino == before and not list((cache / "quarantine").iterdir())
    assert photo_site.build().totals["from_cache"] == 4


def test_an_object_that_another_program_has_a_lease_of(photo_site, web):
    """A server of shared folders, say: it was opened again and again, without a pause."""
    url = web.url("fresh", "a.jpg")
    name = photo_site.build().image(url)["hash"]
    path = f"{name[:2]}/{name[2:]}"
    photo_site.write("picdesk.yml", "thumbs: {tiny: {width: 20}}\n")
    wrapper = [*strace("?openat2,?openat:error=EAGAIN"), "-P", path]
    result = photo_site.build(wrapper=wrapper)
    assert result.code == 1 and "Resource temporarily unavailable" in result.err, result
    assert photo_site.build().totals["ok"] == 4


def test_a_folder_that_cannot_be_listed_is_not_empty(photo_site):
    """Nothing is made in a folder that may be another's, and a cache that may be there is no none."""
    folder = photo_site.write("others/notes.txt", "x").parent
    wrapper = [*strace("getdents64:error=EIO"), "-P", folder]
    for verb in "build", "fsck":
        result = photo_site.run(verb, "--cache-dir", folder, wrapper=wrapper)
        assert result.code == 1 and "Input/output error" in result.err, result
        assert [file.name for file in folder.iterdir()] == ["notes.txt"]


def test_a_configuration_that_the_disk_does_not_tell_of_is_not_missing(photo_site):
    """Without it the site would be built with other thumbnails, elsewhere."""
    photo_site.write("picdesk.yml", "thumbs:\n  tiny: {width: 8}\n")
    photo_site.build()
    before = photo_site.tree("assets", "_data")
    calls = "?newfstatat,?fstatat64,?lstat,?statx,?openat,?open:error=EIO"
    result = photo_site.run("build", wrapper=failing(calls, "picdesk.yml", photo_site))
    assert result.code == 3 and "picdesk.yml: cannot be read: Input/output" in result.err, result
    assert photo_site.tree("assets", "_data") == before


LOOKS = "?newfstatat,?fstatat64,?stat,?statx"


@pytest.mark.parametrize(
    "marker, call",
    [("hugo.toml", LOOKS), ("hugo.toml", "?openat,?open"), ("hugo.toml", "read"),
     ("svelte.config.js", LOOKS)],
)  # fmt: skip
def test_a_generator_that_the_disk_does_not_tell_of_is_not_missing(site, marker, call):
    """Without it images of `static` would be missing, and thumbnails published elsewhere."""
    site.write(marker, "")
    site.write("content/a.md", "![](/a.png)\n")
    site.write("static/a.png", "x")
    result = site.run("scan", wrapper=[*strace(f"{call}:error=EIO"), "-P", site.root / marker])
    message = f"{marker}: read the site's configuration: Input/output error"
    assert result.code == 1 and message in result.err, result


# --- the renderers ---


@pytest.mark.parametrize("error", ["EDQUOT", "ENOSPC"])
def test_a_renderer_that_a_quota_keeps_from_starting(photo_site, error):
    """It was taken for a full disk, with which a run goes on: it waited for renderers for ever."""
    program = photo_site.picdesk.binary.resolve().parent
    renderer = f"{program}/../thumbs/picdesk-renderer"  # as it is named
    result = photo_site.build(wrapper=[*strace(f"execve:error={error}"), "-P", renderer])
    assert result.code == 1 and "picdesk-renderer: start: " in result.err, result
