"""Where picdesk writes into a site there may be something else already: links, pipes, folders, files
of others. It neither hangs, nor leaves the site, nor takes away what is not its own."""

import os

import pytest

LIST = "assets/thumbs/.picdesk-published"


def refuse(result, words):
    assert result.code == 1 and words in result.err, result
    assert not result.report["problems"]


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda path: path.symlink_to("elsewhere.json"), "it is a symbolic link"),
        (lambda path: path.mkdir(), "Is a directory"),
        (os.mkfifo, "it is no regular file"),
        (lambda path: path.write_text('{"a": 1}'), "it is no manifest of picdesk"),
        (lambda path: path.write_bytes(b"\0\xff"), "it is no manifest of picdesk"),
    ],
    ids=["link", "folder", "pipe", "other-json", "binary"],
)
def test_manifest(photo_site, make, words):
    path = photo_site.root / "_data/picdesk.json"
    path.parent.mkdir()
    make(path)
    before = photo_site.tree("_data")
    refuse(photo_site.build(), words)
    assert photo_site.tree("_data") == before and not (path.parent / "elsewhere.json").exists()


def test_a_damaged_manifest_of_ours_is_replaced(photo_site):
    photo_site.build()
    path = photo_site.root / "_data/picdesk.json"
    good = path.read_bytes()
    for damaged in (good[:-40], good[: len(good) // 2], good + b"<<<<<<<"):
        path.write_bytes(damaged)
        assert photo_site.build().code == 0
        assert path.read_bytes() == good
    path.write_bytes(good[:20])
    refuse(photo_site.build(), "it is no manifest of picdesk")


def test_a_list_that_git_gave_other_line_ends(photo_site):
    """core.autocrlf: none of its names was known, and what nobody uses any more stayed for ever."""
    photo_site.build()
    path = photo_site.root / LIST
    good = path.read_bytes()
    path.write_bytes(good.replace(b"\n", b"\r\n"))
    article, *_ = (photo_site.root / "_news").iterdir()
    article.unlink()
    images = photo_site.build().report["images"]
    expected = {thumb["path"] for image in images for thumb in image["thumbs"]}
    assert len(expected) < good.count(b".webp")
    assert {f"assets/thumbs/{name}" for name in photo_site.thumbs()} == expected
    assert path.read_bytes().count(b".webp") == len(expected) and b"\r" not in path.read_bytes()


@pytest.mark.parametrize("link", ["assets", "assets/thumbs", "_data"])
def test_folders_that_lead_out(photo_site, tmp_path, link):
    outside = tmp_path / "outside"
    outside.mkdir()
    path = photo_site.root / link
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(outside)
    refuse(photo_site.build(), "a symbolic link leads out of the site")
    assert not list(outside.iterdir())


@pytest.mark.parametrize(
    "link, target, output",
    [
        ("report.json", "file", "report.json"),
        ("report.json", "new", "report.json"),
        ("report.json", "new/new", "report.json"),
        ("reports", "folder", "reports/new"),
        ("reports", "new", "reports/new"),
        ("_posts/reports", "folder", "_posts/reports/deep/new"),
    ],
)
def test_no_link_of_the_site_leads_a_report_out_of_it(photo_site, tmp_path, link, target, output):
    """It may be a pull request's, and what it names a key or a shell's profile."""
    outside = tmp_path / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "file").write_text("of others")
    path = photo_site.root / link
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(outside / target)
    (photo_site.root / "again").symlink_to(link)
    outputs = [output, str(photo_site.root / output), f"./_news/../{output}"]
    if output == link:
        outputs.append("again")
    assert photo_site.check().code == 0
    for place in outputs:
        for verb in (("scan", "-o"), ("check", "--offline", "-o"), ("report", "-o"), ("export",)):
            result = photo_site.run(*verb, place)
            assert result.code == 1, result
            assert "a symbolic link leads out of the site" in result.err, result
    assert {file.name for file in outside.rglob("*")} == {"folder", "file"}
    assert (outside / "file").read_text() == "of others"
    # A link that somebody made elsewhere is his own.
    own = tmp_path / "own"
    own.symlink_to(outside / "own")
    assert photo_site.run("scan", "-o", own).code == 0 and (outside / "own").exists()


@pytest.mark.parametrize("is_absolute", [False, True])
def test_a_link_within_the_site_is_followed(photo_site, is_absolute):
    static = photo_site.root / "static"
    static.mkdir()
    (photo_site.root / "assets").symlink_to(static if is_absolute else "static")
    assert photo_site.build().code == 0
    assert len(photo_site.thumbs("static/thumbs")) == 7


def test_a_pipe_for_the_list_is_not_waited_for(photo_site):
    photo_site.build()
    (photo_site.root / LIST).unlink()
    os.mkfifo(photo_site.root / LIST)
    refuse(photo_site.build(), f"{LIST}: read: it is no regular file")


def test_the_list_cannot_make_it_remove_what_is_not_its_own(photo_site):
    photo_site.build()
    folder = photo_site.root / "assets/thumbs"
    mine = {"mine.webp", "0123456789abcdef.webp", "0123456789abcdef-x.webp"}
    for name in mine:
        (folder / name).write_bytes(b"x")
    (folder / "folder").mkdir()
    stale = folder / "0123456789abcdef-old.01234567.webp"
    stale.write_bytes(b"x")
    with open(photo_site.root / LIST, "a") as listed:
        listed.write("\n".join(["../../_config.yml", "..", "folder", stale.name, *mine, ""]))
    assert photo_site.build().code == 0
    assert mine <= {file.name for file in folder.iterdir()} and not stale.exists()
    assert (photo_site.root / "_config.yml").exists() and (folder / "folder").exists()
    assert "mine.webp" not in (photo_site.root / LIST).read_text()


def test_srcset_is_made_of_urls(photo_site):
    """A space would end the address, a comma the item."""
    photo_site.write("picdesk.yml", 'publish: "a b/ü,c"\n')
    photo_site.build()
    (entry, *_) = photo_site.manifest()["images"].values()
    addresses = [item.split(" ")[0] for item in entry["srcset"]["webp"].split(", ")]
    assert len(addresses) == 2
    assert all(address.startswith("/a%20b/%C3%BC%2Cc/") for address in addresses)
    assert entry["thumbs"]["card"]["path"].startswith("a b/ü,c/")


@pytest.mark.parametrize("folder", ["_news", "docs", "manual"])
def test_publishing_among_articles_is_refused(photo_site, folder):
    """They would not be scanned any more: said at once, not by a site that lost its images."""
    photo_site.write("docs/deep/one.html", "<p>Text</p>")
    photo_site.write("manual/one.adoc", "Text.")
    photo_site.write("picdesk.yml", f"publish: {folder}\n")
    for verb in ("build", "scan"):
        result = photo_site.run(verb)
        assert result.code == 1 and f"{folder} is a folder of articles" in result.err, result
    assert not (photo_site.root / ".cache").exists()


def test_publishing_where_picdesk_published_before(photo_site):
    """An article that came later is the site's business: no build fails for it."""
    photo_site.write("picdesk.yml", "publish: pictures\n")
    assert photo_site.build().code == 0
    photo_site.write("pictures/note.md", "Text.")
    assert photo_site.build().code == 0


def test_a_damaged_published_file_of_the_same_size_is_replaced(photo_site):
    photo_site.build()
    before = photo_site.tree("assets")
    assert photo_site.build().code == 0 and photo_site.tree("assets") == before
    thumb = sorted(photo_site.thumbs().values())[0]
    good = thumb.read_bytes()
    thumb.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    assert photo_site.build().code == 0 and thumb.read_bytes() == good
    # Touched, not changed: read once, then left alone.
    os.utime(thumb)
    touched = thumb.stat().st_mtime_ns
    assert photo_site.build().code == 0
    settled = photo_site.tree("assets")
    assert thumb.stat().st_mtime_ns == touched
    assert photo_site.build().code == 0 and photo_site.tree("assets") == settled


def test_a_published_mode_is_restored(photo_site):
    """0644 is what a web server can read; whatever changed it, the bytes are left alone."""
    photo_site.build()
    thumb = sorted(photo_site.thumbs().values())[0]
    written = thumb.stat().st_mtime_ns
    for mode in (0o600, 0o4644, 0o666):
        thumb.chmod(mode)
        assert photo_site.build().code == 0
        assert thumb.stat().st_mode & 0o7777 == 0o644 and thumb.stat().st_mtime_ns == written
    settled = photo_site.tree("assets")
    assert photo_site.build().code == 0 and photo_site.tree("assets") == settled


@pytest.mark.parametrize(
    "config, words",
    [
        ("manifest: _news", "picdesk.yml:1:11: manifest: '_news' is a folder; name a file"),
        ("publish: a/b\nmanifest: a", "picdesk.yml:2:11: manifest: 'a' is a folder"),
        ("publish: a\nmanifest: a", "picdesk.yml:2:11: manifest: 'a' is a folder"),
        ("manifest: a/.picdesk-published", "1:11: manifest: 'a/.picdesk-published' is picdesk's"),
        ("publish: _news/one.md", "picdesk.yml:1:10: publish: '_news/one.md' is a file"),
        ("publish: .cache/picdesk", "picdesk.yml:1:10: publish: '.cache/picdesk' lies in the cache"),
        ("publish: .cache/./picdesk/tmp/x", "1:10: publish: '.cache/picdesk/tmp/x' lies in the"),
        ("manifest: .cache/picdesk/format", "1:11: manifest: '.cache/picdesk/format' lies in the"),
    ],
)
def test_places_of_something_else_are_refused_at_once(photo_site, web, config, words):
    photo_site.write("picdesk.yml", config + "\n")
    for verb in ("build", "check"):
        result = photo_site.run(verb)
        assert result.code == 3 and words in result.err, result
    assert not web.requests() and not (photo_site.root / ".cache").exists()


def test_a_cache_elsewhere_leaves_its_place_to_the_site(photo_site, tmp_path):
    photo_site.write("picdesk.yml", "publish: .cache/picdesk\n")
    elsewhere = str(tmp_path / "cache")
    assert photo_site.build("--cache-dir", elsewhere).code == 0
    (photo_site.root / "there").symlink_to(elsewhere)
    photo_site.write("picdesk.yml", "manifest: there/m.json\n")
    result = photo_site.run("build", "--cache-dir", elsewhere)
    assert result.code == 3 and "'there/m.json' lies in the cache's folder" in result.err, result
