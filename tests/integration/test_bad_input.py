"""Bad articles, bad folders, bad configs: a clear message with its place, and the run goes on."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

import conftest
import pictures


def only_problem(result, code):
    (problem,) = result.problems()
    assert (problem["code"], problem["severity"]) == (code, "warning"), result
    return problem


def urls(result):
    return {image["url"] for image in result.report["images"]}


@pytest.fixture
def good(site):
    """An article beside the bad ones, which must be found whatever the others hold."""
    return site.jekyll().news("good", "https://x.example/good.jpg")


def test_broken_yaml(site, good):
    site.write(
        "_news/bad.md",
        "---\ntitle: x\nimages:\n  - url: [unclosed\n---\n\n![a](https://x.example/body.jpg)\n",
    )
    result = site.scan()
    assert result.code == 0
    problem = only_problem(result, "bad-front-matter")
    assert (
        problem["file"] == "_news/bad.md" and 4 <= problem["line"] <= 5 and problem["column"] >= 1
    )
    # The body is scanned all the same.
    assert urls(result) == {"https://x.example/good.jpg", "https://x.example/body.jpg"}


def test_broken_yaml_in_text_has_its_place(site, good):
    site.write("_news/bad.md", '---\ntitle: "a" b\n---\n')
    result = site.run("scan")
    assert "_news/bad.md:2:" in result.out + result.err


def test_unclosed_front_matter(site, good):
    site.write("_news/bad.md", "---\ntitle: x\nimage: https://x.example/u.jpg\n\nText.\n")
    result = site.scan()
    assert result.code == 0 and "https://x.example/good.jpg" in urls(result)
    problem = only_problem(result, "bad-front-matter")
    assert (problem["file"], problem["line"]) == ("_news/bad.md", 1)


def test_front_matter_that_is_no_mapping_is_no_crime(site, good):
    site.write("_news/bad.md", "---\n- just\n- a list\n---\n![a](https://x.example/b.jpg)\n")
    assert "https://x.example/b.jpg" in urls(site.scan())


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_byte_order_mark_and_line_ends(site, ending):
    text = ending.join(
        [
            "---",
            "title: x",
            "image: https://x.example/1.jpg",
            "---",
            "![a](https://x.example/2.jpg)",
            "",
        ]
    )
    site.jekyll().write("_news/x.md", b"\xef\xbb\xbf" + text.encode())
    result = site.scan()
    places = {
        image["url"]: (ref["line"], ref["column"])
        for image in result.report["images"]
        for ref in image["refs"]
    }
    assert places == {"https://x.example/1.jpg": (3, 8), "https://x.example/2.jpg": (5, 6)}
    assert result.problems() == []


@pytest.mark.parametrize(
    "name, data",
    [
        ("utf16.md", "---\ntitle: x\n---\n![a](https://x.example/1.jpg)\n".encode("utf-16")),
        ("binary.md", bytes(range(256)) * 40),
        ("binary.html", pictures.jpeg(64, 64)),
    ],
)
def test_what_is_not_text(site, good, name, data):
    site.write(f"_news/{name}", data)
    result = site.scan()
    assert result.code == 0 and urls(result) == {"https://x.example/good.jpg"}
    assert only_problem(result, "not-text")["file"] == f"_news/{name}"


def test_broken_utf8_is_escaped_and_not_lost(site, good):
    site.write("_news/x.md", b"---\ntitle: x\n---\n\xff\xfe ![a](https://x.example/\xe9.jpg)\n")
    result = site.scan()
    assert result.code == 0
    assert any("x.example/" in url and "good" not in url for url in urls(result)), result


def test_broken_json_data(site, good):
    site.write(
        "_data/bad.json", '{"images": [\n  {"url": "https://x.example/1.jpg"},\n  oops\n]}\n'
    )
    problem = only_problem(site.scan(), "bad-data")
    assert (problem["file"], problem["line"]) == ("_data/bad.json", 3)


def test_too_large_a_file(site, good):
    site.write("_news/big.html", b"<img src=https://x.example/1.jpg>\n" + b"<p>x</p>\n" * (2 << 20))
    result = site.scan()
    assert only_problem(result, "limit")["file"] == "_news/big.html"
    assert "https://x.example/good.jpg" in urls(result)


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 50000,
        "a: " + "{a: " * 20000,
        "- " * 50000 + "x",
        "&a [*a, *a]\n" * 2000,
        "\n".join(
            f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9) if i else 'x'}]" for i in range(12)
        ),
    ],
    ids=["flow", "maps", "dashes", "alias", "laughs"],
)
def test_hostile_yaml_is_quick(site, good, text):
    site.write("_data/evil.yml", text + "\n")
    result = site.json("scan", timeout=20)
    assert result.code == 0 and "https://x.example/good.jpg" in urls(result)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50000,
        "![" * 50000,
        "<div>" * 50000,
        "> " * 20000 + "x",
        "*" * 50000,
        "`" * 50000,
        "|a" * 6000 + "|\n" + "|-" * 6000 + "|\n",
        "\n".join(f"[{i}]: x" for i in range(20000)),
        "<a " * 50000,
        "<!--" * 20000,
        "&" * 50000,
    ],
    ids=[
        "brackets",
        "images",
        "divs",
        "quotes",
        "stars",
        "ticks",
        "columns",
        "definitions",
        "tags",
        "comments",
        "ampersands",
    ],
)
def test_hostile_markdown_is_quick(site, good, text):
    site.write(
        "_news/evil.md", "---\ntitle: x\n---\n" + text + "\n\n![last](https://x.example/last.jpg)\n"
    )
    result = site.json("scan", timeout=20)
    assert result.code == 0 and "https://x.example/good.jpg" in urls(result)


def test_file_names_that_are_no_utf8(site, good):
    (site.root / os.fsdecode(b"_news/\xff\x1b[31m.md")).write_text(
        "---\nimage: https://x.example/odd.jpg\n---\n"
    )
    result = site.scan()
    assert "https://x.example/odd.jpg" in urls(result)
    text = site.run("scan")
    assert "\x1b" not in text.out


def test_controls_in_a_folders_name_reach_no_terminal(site, web, tmp_path):
    """What was published, scanned or left alone, and what is in force, is named on the way."""
    evil = tmp_path / "e\x1b[31m\u202evil"
    (evil / "sub").mkdir(parents=True)
    (evil / "_config.yml").write_text("")
    web.put("a.png", pictures.png(80, 60))
    images = ('/b.png" width="90" height="60', web.url("fresh", "a.png"))
    (evil / "sub/a.html").write_text("".join(f'<img src="{image}">\n' for image in images))
    (evil / "b.png").write_bytes(pictures.png(80, 60))
    (evil / "sub/c.html").symlink_to("a.html")
    said = []
    for arguments in (
        ["build", *site.picdesk.QUICK, evil / "sub/a.html"],
        ["localize", *site.picdesk.QUICK, evil / "sub/a.html"],
        ["fix", *site.picdesk.QUICK, evil / "sub/c.html"],
        ["init", evil],
        ["init", evil],
    ):
        said.append(site.picdesk(*arguments, cwd=tmp_path))
    (evil / "picdesk.yml").write_text('publish: "t/\u202eabc"\n')
    said += [site.picdesk(verb, cwd=evil / "sub") for verb in ("build", "scan", "config")]
    for result in said:
        assert "\x1b" not in result.out + result.err, result
        assert "\u202e" not in result.out + result.err, result
    assert "Thumbnails: e\\x1b[31m\\u{202e}vil/assets/thumbs (" in said[0].out
    assert "in e\\x1b[31m\\u{202e}vil/assets/images" in said[1].out
    assert "../t/\\u{202e}abc" in said[-3].out and "t/\\u{202e}abc" in said[-1].out


def test_symbolic_links_that_lead_in_circles_or_out(site, good, tmp_path):
    (site.root / "_news/self").symlink_to(".")
    (site.root / "_news/dangling.md").symlink_to("nowhere.md")
    (tmp_path / "outside.md").write_text("---\nimage: https://x.example/outside.jpg\n---\n")
    (site.root / "_news/out.md").symlink_to(tmp_path / "outside.md")
    result = site.json("scan", timeout=20)
    assert urls(result) == {"https://x.example/good.jpg"}, result


def test_a_fifo_is_not_waited_for(site, good):
    os.mkfifo(site.root / "_news/pipe.md")
    assert urls(site.json("scan", timeout=20)) == {"https://x.example/good.jpg"}


# --- rights ---


@pytest.fixture
def unprivileged(picdesk):
    """A site of a user without root's rights, and picdesk run as that user."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="picdesk-test-"))
    wrapper = ()
    if os.geteuid() == 0:
        wrapper = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
        # Where root built it, in its home perhaps, others may not look.
        for program in (picdesk.binary, picdesk.binary.parent / "../thumbs/picdesk-renderer"):
            shutil.copy(program, folder)
        picdesk.binary = folder / picdesk.binary.name
    site = conftest.Site(folder / "site", picdesk)
    picdesk.environment.update(HOME=str(folder), TMPDIR=str(folder))

    def run(verb, *arguments):
        if os.geteuid() == 0:
            subprocess.run(["chown", "-hR", "65534:65534", str(folder)], check=True)
        folder.chmod(0o755)
        return site.json(verb, *arguments, wrapper=wrapper)

    yield site, run
    subprocess.run(["chmod", "-R", "u+rwX", str(folder)], check=False)
    shutil.rmtree(folder)


def test_unreadable_folder_and_file(unprivileged):
    site, run = unprivileged
    site.jekyll().news("good", "https://x.example/good.jpg")
    site.write("_closed/a.md", "---\nimage: https://x.example/closed.jpg\n---\n")
    site.write("_news/secret.md", "---\nimage: https://x.example/secret.jpg\n---\n")
    (site.root / "_closed").chmod(0)
    (site.root / "_news/secret.md").chmod(0)
    result = run("scan")
    assert result.code == 0 and urls(result) == {"https://x.example/good.jpg"}
    assert {p["file"] for p in result.problems("unreadable")} == {"_closed", "_news/secret.md"}
    assert all("permission denied" in p["message"].lower() for p in result.problems())


def test_unreadable_site_is_a_failure(unprivileged):
    site, run = unprivileged
    site.news("good", "https://x.example/good.jpg")
    site.root.chmod(0o311)
    result = run("scan", str(site.root))
    assert result.code == 1 and "ermission denied" in result.err


@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_a_named_folder_that_is_unreadable_is_a_failure(unprivileged, mode):
    """As one that is not there is: what was asked for was not done. (0444: its names, no more.)"""
    site, run = unprivileged
    site.news("good", "https://x.example/good.jpg")
    site.write("closed/a.md", "![x](https://x.example/closed.jpg)\n")
    (site.root / "closed").chmod(mode)
    result = run("scan", "closed", "_news")
    assert result.code == 1, result
    assert "closed: read the folder: Permission denied" in result.err, result
    site.write("picdesk.yml", "content: [_news, closed]\n")
    result = run("scan")
    assert result.code == 1 and "while: look at `content`" in result.err, result


def test_unwritable_site_is_a_failure(unprivileged, web):
    site, run = unprivileged
    web.put("a.jpg", pictures.jpeg(64, 64))
    site.jekyll().news("good", web.url("fresh", "a.jpg"))
    site.root.chmod(0o555)
    result = run("build")
    assert result.code == 1 and "ermission denied" in result.err


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 400 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills(site, faultd, small_disk):
    """Exit status 1, which folder has no room, no image called broken, nothing half in the site."""
    site.jekyll().news("one", *(faultd.url(f"/image/{i}") for i in range(60)))
    result = site.build("--cache-dir", str(small_disk / "cache"))
    assert result.code == 1
    assert "No space left on device" in result.err and f"{small_disk}/cache: no room" in result.err
    assert result.totals["broken"] == 0 and not result.report["run"]["complete"]
    finished = site.manifest()["images"] if (site.root / "_data/picdesk.json").exists() else {}
    for image in finished.values():
        for thumb in image["thumbs"].values():
            assert (site.root / thumb["path"]).stat().st_size
    assert site.build().totals["ok"] == 60


@pytest.mark.parametrize("form", ["html", "json"])
def test_a_report_without_room_is_named(site, small_disk, form):
    site.write("a.md", "".join(f"![x](/{i}.png)\n" for i in range(3000)))
    result = site.run("check", "-f", form, "-o", str(small_disk / f"r.{form}"))
    assert result.code == 1 and not list(small_disk.iterdir()), result
    assert "No space left on device" in result.err, result
    assert f"while: write {small_disk}/r.{form}\n" in result.err, result


def test_a_disk_with_room_for_few_copies(site, small_disk, tmp_path):
    """128 copies at once had none where each article's alone has, forth and back."""
    root = small_disk / "site"
    site.jekyll().write("a.png", pictures.png(50, 50))
    for i in range(24):
        site.write(f"_news/{i}.html", '<img src="/a.png" width="1" height="50">\n' + "x" * 10000)
    shutil.copytree(site.root, root)
    for arguments in (), ("--restore",):
        result = site.run("fix", "--cache-dir", tmp_path / "cache", *arguments, cwd=root)
        assert result.code == 0 and "24 files" in result.out, result
        width = 1 if arguments else 50
        for article in (root / "_news").iterdir():
            assert f'width="{width}"' in article.read_text()


def test_unreadable_local_image(unprivileged):
    site, run = unprivileged
    site.jekyll().write("a.html", "<img src=/assets/a.png><img src=/assets/b.png>\n")
    site.write("assets/a.png", pictures.png(50, 50)).chmod(0)
    site.write("assets/b.png", pictures.png(60, 60))
    result = run("check")
    assert result.image("/assets/b.png")["status"] == "ok"
    assert result.image("/assets/a.png")["status"] != "ok", result


# --- configs ---


@pytest.mark.parametrize(
    "text, place, words",
    [
        ("thumbs:\n  card: {widht: 640}\n", "2:10", ["widht", "width"]),
        ("publsh: x\n", "1:1", ["publsh", "publish"]),
        ("fetch:\n  timeout: soon\n", "2:12", ["soon"]),
        ("fetch:\n  max_concurency: 5\n", "2:3", ["max_concurency", "max_concurrency"]),
        ("thumbs:\n  card: {width: 640, format: webpp}\n", "2:30", ["webpp", "webp"]),
        ("thumbs:\n  card: {width: -1}\n", "2:17", ["-1"]),
        ("content: [.\n", None, []),
        ("thumbs: 5\n", "1:9", []),
        ("check:\n  severity: {gon: off}\n", "2:14", ["gon", "gone"]),
        ("unpublished: perhaps\n", "1:14", ["perhaps"]),
    ],
)
def test_config_typo(site, good, text, place, words):
    site.write("picdesk.yml", text)
    result = site.run("scan")
    assert result.code == 3, result
    assert f"picdesk.yml:{place or ''}" in result.err, result
    for word in words:
        assert word in result.err, result


def test_named_config_is_missing(site, good):
    result = site.run("scan", "--config", "none.yml")
    assert result.code in (1, 3) and "none.yml" in result.err


@pytest.mark.parametrize("target", ["nowhere.yml", "picdesk.yml"])
def test_config_that_is_a_link_to_nothing(site, good, target):
    """Not overlooked: its settings were meant to be in force."""
    (site.root / "picdesk.yml").symlink_to(target)
    result = site.run("scan")
    assert result.code == 3 and "picdesk.yml: cannot be read: " in result.err


def test_no_config_at_all(site, good):
    """`-c /dev/null`, as elsewhere: the site's own settings are not in force."""
    site.write("picdesk.yml", "content: [drafts]\n")
    result = site.run("scan", "-c", "/dev/null")
    assert result.code == 0 and result.err == "" and "https://" in result.out
    assert site.run("scan", "-c", "/dev/zero").code == 3


def test_config_names_content_that_is_not_there(site, good):
    site.write("picdesk.yml", "content: [_news, drafts]\n")
    result = site.run("scan")
    assert result.code == 1 and "drafts: No such file or directory" in result.err
    assert "`content` of picdesk.yml" in result.err


def test_bad_environment(site, good):
    result = site.run("scan", env={"PICDESK_TIMEOUT": "soon"})
    assert result.code in (1, 3) and "PICDESK_TIMEOUT" in result.err and "soon" in result.err


def test_missing_path(site, good):
    result = site.run("scan", "none.md")
    assert result.code == 1 and "none.md" in result.err


def test_no_cache_no_report(site):
    """Without its cache a run looks at nothing: it says why and what to do, and prints no verdicts."""
    site.jekyll().news("one", "https://example.org/a.jpg")
    for verb in ("check", "build", "warm"):
        result = site.run(verb, "--format", "json", "--cache-dir", str(site.root / "_config.yml/x"))
        assert (result.code, result.out) == (1, ""), result
        assert "_config.yml" in result.err and "--cache-dir" in result.err


@pytest.mark.parametrize("url", ["https://example.org/a.jpg", "HTTP://example.org/a.md"])
def test_a_url_in_the_place_of_a_path_is_told_from_a_missing_file(site, url):
    site.write("a.md", "![a](a.png)\n")
    for paths in ([url], ["a.md", url]):
        result = site.run("scan", *paths)
        assert result.code == 1 and not result.out
        assert f"{url}': a URL, where an article or a folder of them is expected" in result.err
    # A folder can have such a name.
    site.write(f"{url}/b.md", "![b](b.png)\n")
    assert "b.png" in site.run("scan", url, "--root-dir", ".").out
