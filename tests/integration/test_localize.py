"""localize: remote originals come into the site, the articles keep every other byte, and --restore
undoes it."""

import os
import re
import shutil
import signal
import stat
import struct
import subprocess

import pytest

import pictures

QUICK = ("--allow-private=127.0.0.0/8", "--host-interval", "0ms", "--max-retries", "0")


def localize(site, *arguments, **options):
    return site.run("localize", *QUICK, *arguments, **options)


def articles(site):
    return {
        str(p.relative_to(site.root)): p.read_bytes()
        for p in sorted(site.root.rglob("*"))
        if p.is_file() and p.suffix in (".md", ".html", ".yml", ".json", ".css", ".toml")
    }


def images(site, folder="assets/images"):
    return {p.name: p.read_bytes() for p in sorted((site.root / folder).glob("*"))}


@pytest.fixture
def rich_site(site, web):
    """One image in every syntax, in files whose other bytes are easily lost."""
    site.jekyll()
    web.put("a.jpg", pictures.jpeg(120, 60))
    web.put("b.jpg", pictures.jpeg(90, 60, seed=2))
    web.put("c.png", pictures.png(40, 30))
    a, b, c = (web.url("fresh", name) for name in ("a.jpg", "b.jpg", "c.png"))
    site.write(
        "_news/one.md",
        (
            "\ufeff---\r\n"
            f'title: "Zwölf: «Bilder»"   # {a}\r\n'
            f"cover: {a}\r\n"
            f"images: [{b}, '{a}?x=1&#038;y=2']   \r\n"
            "---\r\n"
            f"Text, \t ![ä]({b} 'title') and ![ref].\r\n\r\n"
            f"<p><IMG alt=x  src='{c}?a=1&amp;b=2'>{a}</p>\r\n\r\n"
            f"`{a}` stays, it is code.\r\n\r\n"
            f"[ref]: <{c}>\r\n"
            "no newline at the end"
        ).encode(),
    )
    site.write("_data/team.json", '{"image": "' + a.replace("/", "\\/") + '", "n": 1.50}\n')
    site.write("_data/team.yml", f'- photo: "{b}"\n  webUrl: {a}\n- &x\n  image: >-\n    {c}\n')
    site.write("assets/x.css", f"body {{ background: url({c}) }}\n")
    site.write("page.html", f'<img srcset="{a} 1x, {b} 2x" src="{c}">\n')
    return site


def test_every_syntax_is_rewritten_and_nothing_else(rich_site, web):
    before = articles(rich_site)
    result = localize(rich_site)
    assert result.code == 0 and not result.err, result
    kept = images(rich_site)
    assert sorted(kept.values()) == sorted(
        (web.files / name).read_bytes() for name in ("a.jpg", "b.jpg", "c.png")
    )
    path = {data: f"/assets/images/{name}" for name, data in kept.items()}
    a, b, c = (path[(web.files / name).read_bytes()] for name in ("a.jpg", "b.jpg", "c.png"))
    remote = [web.url("fresh", name) for name in ("a.jpg", "b.jpg", "c.png")]
    expected = {}
    for name, text in before.items():
        text = text.replace(f"'{remote[0]}?x=1&#038;y=2'".encode(), f"'{a}'".encode())
        text = text.replace(f"{remote[2]}?a=1&amp;b=2".encode(), c.encode())
        text = text.replace(remote[0].replace("/", "\\/").encode(), a.encode())
        for old, new in zip(remote, (a, b, c)):
            text = text.replace(old.encode(), new.encode())
        # What is no image reference keeps its URL: a comment, text, code, a link.
        for new_text, old_text in (
            (f"# {a}", f"# {remote[0]}"),
            (f">{a}</p>", f">{remote[0]}</p>"),
            (f"`{a}`", f"`{remote[0]}`"),
            (f"webUrl: {a}", f"webUrl: {remote[0]}"),
        ):
            text = text.replace(new_text.encode(), old_text.encode())
        expected[name] = text
    assert articles(rich_site) == expected
    # And the site is whole: nothing remote is left, nothing is missing.
    check = rich_site.check()
    assert check.code == 0, check
    assert all(image["url"].startswith("/assets/images/") for image in check.report["images"])
    modes = {p.stat().st_mode & 0o777 for p in (rich_site.root / "assets/images").iterdir()}
    assert modes == {0o644}


def test_restore_gives_every_byte_back(rich_site):
    before = articles(rich_site)
    os.chmod(rich_site.root / "_news/one.md", 0o600)
    assert localize(rich_site).code == 0
    assert stat.S_IMODE((rich_site.root / "_news/one.md").stat().st_mode) == 0o600
    assert articles(rich_site) != before
    shown = rich_site.run("localize", "--restore", "--dry-run")
    assert shown.code == 0 and shown.out.startswith("--- a/") and articles(rich_site) != before
    result = rich_site.run("localize", "--restore")
    assert result.code == 0 and "5 files restored, 3 images removed" in result.out, result
    assert articles(rich_site) == before
    assert images(rich_site) == {}
    assert stat.S_IMODE((rich_site.root / "_news/one.md").stat().st_mode) == 0o600
    again = rich_site.run("localize", "--restore")
    assert again.code == 1 and "no run of localize to undo" in again.err


def test_the_dry_run_is_a_diff_that_patch_applies(rich_site):
    before = articles(rich_site)
    result = localize(rich_site, "--dry-run")
    assert result.code == 0, result
    assert articles(rich_site) == before and images(rich_site) == {}
    assert "3 images would come into assets/images" in result.err
    assert not (rich_site.root / ".cache/picdesk-undo").exists()
    # GNU patch guesses at CR LF, but for --binary.
    programs = [["git", "apply", "--unsafe-paths", "-p1", "-"], ["patch", "-p1", "--binary"]]
    patches = []
    for program in filter(lambda words: shutil.which(words[0]), programs):
        subprocess.run(
            program,
            cwd=rich_site.root,
            input=result.out.encode("utf-8", "surrogateescape"),
            check=True,
            capture_output=True,
        )
        patches.append(articles(rich_site))
        for name, text in before.items():
            (rich_site.root / name).write_bytes(text)
    assert localize(rich_site).code == 0
    assert patches and all(patched == articles(rich_site) for patched in patches)


def test_the_diff_is_for_the_current_folder(photo_site):
    """`patch -p1` takes it there, as long as nothing lies outside."""
    (photo_site.root / "_news/old").mkdir()
    (photo_site.root / "_news/two.md").rename(photo_site.root / "_news/old/two.md")
    here = photo_site.root / "_news"
    before = articles(photo_site)
    patch = localize(photo_site, "--dry-run", cwd=here)
    assert patch.code == 0 and "--- a/one.md\n" in patch.out and "+++ b/old/two.md\n" in patch.out
    above = photo_site.picdesk("localize", *QUICK, "--dry-run", "site", cwd=photo_site.root.parent)
    assert f"--- a/{photo_site.root.name}/_news/one.md\n" in above.out or photo_site.root.name != "site"
    outside = localize(photo_site, "--dry-run", ".", "..", cwd=here / "old")
    assert "--- a/_news/old/two.md\n" in outside.out and "--- a/_news/one.md\n" in outside.out
    assert localize(photo_site, cwd=here).code == 0
    after = articles(photo_site)
    shown = photo_site.run("localize", "--restore", "--dry-run", cwd=here)
    assert "--- a/one.md\n" in shown.out and "--- a/old/two.md\n" in shown.out
    if shutil.which("patch"):
        for text, result in ((shown.out, before), (patch.out, after)):
            subprocess.run(["patch", "-p1"], cwd=here, input=text.encode(), check=True)
            assert articles(photo_site) == result


def test_the_diff_names_files_so_that_patch_finds_them(site, web):
    web.put("a.jpg", pictures.jpeg(20, 10))
    names = ["plain", "my first post", "tab\there", 'said "x"', "back\\slash", "line\nend", "ä"]
    site.jekyll()
    for name in names:
        site.write(f"_news/{name}.md", f"![x]({web.url('fresh', 'a.jpg')})\n")
    before = articles(site)
    assert len(before) == len(names) + 1
    result = localize(site, "--dry-run")
    assert result.code == 0, result
    for program in (["git", "apply", "--unsafe-paths", "-p1", "-"], ["patch", "-p1", "--binary"]):
        if not shutil.which(program[0]):
            continue
        patched = subprocess.run(
            program, cwd=site.root, input=result.out.encode(), capture_output=True
        )
        if b"Invalid byte sequence" in patched.stderr:  # patch 2.8 makes no name with a line end
            (site.root / "_news/line\nend.md").unlink()
            names.remove("line\nend")
            for name in names:
                site.write(f"_news/{name}.md", before[f"_news/{name}.md"])
            without = localize(site, "--dry-run").out.encode()
            patched = subprocess.run(program, cwd=site.root, input=without, capture_output=True)
        assert patched.returncode == 0, patched
        now = articles(site)
        assert all(b"/assets/images/" in now[f"_news/{name}.md"] for name in names), now
        for name, text in before.items():
            (site.root / name).write_bytes(text)


@pytest.mark.parametrize("arguments, folder", [((), "_news"), (("_news",), ""), (("--include", "x"), "")])
def test_restore_keeps_what_another_part_of_the_site_uses(photo_site, arguments, folder):
    assert localize(photo_site).code == 0
    kept, *others = images(photo_site)
    assert others
    photo_site.write("_posts/later.md", f"![](/assets/images/{kept})\n")
    result = photo_site.run("localize", "--restore", *arguments, cwd=photo_site.root / folder)
    assert result.code == 0 and list(images(photo_site)) == [kept], result


def test_originals_are_made_durable_together(photo_site, tmp_path):
    """A sync of the file system takes 10 to 30 ms."""
    calls = tmp_path / "calls"
    wrapper = ["strace", "-f", "-b", "execve", "-qq", "-o", str(calls), "-e", "trace=syncfs"]
    result = localize(photo_site, wrapper=wrapper)
    assert result.code == 0 and len(images(photo_site)) == 4, result
    assert calls.read_text().count("syncfs(") == 1


def test_the_journal_is_durable_before_the_site_changes(photo_site, tmp_path):
    """Its bytes were, and not its name: on a disk of its own that may come after the articles."""
    calls = tmp_path / "calls"
    wrapper = ["strace", "-f", "-y", "-b", "execve", "-qq", "-o", str(calls)]
    trace = ["-e", "trace=fsync,?link,linkat,?rename,?renameat,renameat2"]
    assert localize(photo_site, wrapper=[*wrapper, *trace]).code == 0
    lines = calls.read_text().splitlines()
    named = [i for i, line in enumerate(lines) if '"0001-localize"' in line]
    changed = [i for i, line in enumerate(lines) if "/assets/images>" in line or "/_news>" in line]
    assert named and changed, lines
    between = "\n".join(lines[named[-1] : changed[0]])
    for folder in ".cache/picdesk-undo", ".cache", "":
        assert f"<{(photo_site.root / folder).resolve()}>) = 0" in between, between


def test_one_host_alone(site, web, faultd):
    web.put("a.jpg", pictures.jpeg(80, 60))
    other = f"http://127.0.0.2:{web.port}/fresh/a.jpg"
    site.jekyll().news("one", web.url("fresh", "a.jpg"), other)
    result = localize(site, "--host", f"127.0.0.1:{web.port}")
    assert result.code == 0, result
    text = (site.root / "_news/one.md").read_text()
    assert other in text and web.url("fresh", "a.jpg") not in text
    assert len(web.requests()) == 1
    assert localize(site, "--host", "example.org").out.startswith("0 images")


@pytest.mark.parametrize(
    "host, is_one",
    [
        ("bücher.example", True),
        ("XN--BCHER-KVA.example.", True),
        ("*.example", True),
        ("*.example:80", True),
        ("bücher.example:80", True),
        ("bücher.example:81", False),
        ("*.bücher.example", False),
        ("cher.example", False),
    ],
)
def test_a_host_is_written_as_in_the_configuration(site, host, is_one):
    """It named no image, and nothing was said."""
    site.jekyll().news("one", "http://bücher.example/a.jpg")
    out = localize(site, "--host", host, "--offline").out
    assert ("not looked at" in out) == is_one, out


def test_one_article_alone(photo_site, web):
    assert localize(photo_site, "_news/one.md").code == 0
    assert web.url("fresh", "c.jpg") in (photo_site.root / "_news/two.md").read_text()
    assert len(images(photo_site)) == 2


@pytest.mark.parametrize(
    "generator",
    ["hugo", "astro", "astro with base", "mkdocs", "mkdocs with docs_dir", "docusaurus", "none"],
)
def test_generators_put_images_where_they_publish_from(site, web, generator):
    web.put("a.jpg", pictures.jpeg(80, 60))
    folder, url = {
        "hugo": ("static/assets/images", "/blog/assets/images/"),
        "astro": ("public/assets/images", "/assets/images/"),
        "astro with base": ("public/assets/images", "/blog/assets/images/"),
        "docusaurus": ("static/assets/images", "/assets/images/"),
        "mkdocs": ("docs/assets/images", "/blog/assets/images/"),
        "mkdocs with docs_dir": ("website/assets/images", "/assets/images/"),
        "none": ("assets/images", "/assets/images/"),
    }[generator]
    if generator == "hugo":
        site.write("hugo.toml", 'baseURL = "https://example.org/blog/"\n')
    elif generator == "astro":
        site.write("astro.config.mjs", "export default {}\n")
    elif generator == "astro with base":
        site.write("astro.config.mjs", "export default { base: '/blog' }\n")
    elif generator == "docusaurus":
        site.write("docusaurus.config.js", "")
    elif generator == "mkdocs":
        site.write("mkdocs.yml", "site_url: https://example.org/blog/\n")
    elif generator != "none":
        site.write("mkdocs.yml", "docs_dir: website\n")
    article = site.write("content/a.md", f"---\nimage: {web.url('fresh', 'a.jpg')}\n---\n")
    assert localize(site).code == 0
    (name,) = images(site, folder)
    assert f"image: {url}{name}\n" in article.read_text()
    assert site.check().code == 0


def test_the_baseurl_is_written_as_the_site_writes_it(site, web):
    web.put("a.jpg", pictures.jpeg(80, 60))
    site.jekyll("/blog")
    site.write("assets/own.jpg", pictures.jpeg(50, 40))
    url = web.url("fresh", "a.jpg")
    site.write("one.md", f"---\nimage: /assets/own.jpg\ncover: {url}\n---\n![x]({url})\n")
    assert localize(site).code == 0
    text = (site.root / "one.md").read_text()
    assert "cover: /assets/images/" in text and "![x](/blog/assets/images/" in text
    assert site.check().code == 0


def test_meta_tags_need_whole_urls(site, web):
    web.put("a.jpg", pictures.jpeg(80, 60))
    meta = f'<meta property="og:image" content="{web.url("fresh", "a.jpg")}">\n'
    site.jekyll()
    site.write("a.html", meta)
    result = localize(site)
    assert "a.html:1:36: a <meta> needs a whole URL" in result.err, result
    assert (site.root / "a.html").read_text() == meta
    site.write("_config.yml", "url: https://example.org\nbaseurl: /blog\n")
    assert localize(site).code == 0
    text = (site.root / "a.html").read_text()
    assert 'content="https://example.org/blog/assets/images/' in text


@pytest.mark.parametrize("scheme", ["http:", ""])
def test_a_page_whose_base_is_elsewhere_needs_whole_urls(site, web, scheme):
    web.put("a.jpg", pictures.jpeg(80, 60))
    url = web.url("fresh", "a.jpg")
    base = f'<base href="{scheme}//cdn.example/x/">\n'
    site.jekyll()
    site.write("a.html", f'{base}<img src="{url}">\n')
    # A base within the site changes nothing for a path that begins at its root.
    site.write("b.html", f'<base href="/sub/">\n<img src="{url}">\n')
    result = localize(site, "--host", "127.0.0.1")
    assert "a.html:2:11: the page's <base> is of another site" in result.err, result
    assert url in (site.root / "a.html").read_text()
    assert '<img src="/assets/images/' in (site.root / "b.html").read_text()
    site.write("_config.yml", "url: https://example.org\nbaseurl: /blog\n")
    assert localize(site, "--host", "127.0.0.1").code == 0
    text = (site.root / "a.html").read_text()
    assert text.startswith(base + '<img src="https://example.org/blog/assets/images/')
    # Its own address as the base is no other site's.
    site.write("a.html", f'<base href="https://example.org/blog/">\n<img src="{url}">\n')
    assert localize(site, "--host", "127.0.0.1").code == 0
    assert '<img src="/assets/images/' in (site.root / "a.html").read_text()


def test_below_chirpys_media_folder_whole_urls_are_needed(site, web):
    """The theme puts the folder before paths from the root as well, but before no whole URL."""
    web.put("a.jpg", pictures.jpeg(80, 60))
    url = web.url("fresh", "a.jpg")
    site.write("_config.yml", "url: https://example.org\nbaseurl: /blog\n")
    article = f"---\nmedia_subpath: /m\nimage: {url}\n---\n![a]({url})\n"
    site.write("a.md", article)
    assert localize(site, "--host", "127.0.0.1").code == 0
    text = (site.root / "a.md").read_text()
    assert text.count("https://example.org/blog/assets/images/") == 2, text


def test_what_cannot_be_rewritten_exactly_is_left_alone(site, web):
    web.put("a.jpg", pictures.jpeg(80, 60))
    url = web.url("fresh", "a.jpg")
    # Folded over two lines: the URL is not there in one piece.
    head, tail = url[:12], url[12:]
    site.jekyll().write("a.md", f'---\nimage: "{head}\\\n  {tail}"\n---\n![x]({url})\n')
    result = localize(site)
    assert "a.md:2:9: the URL is not written there in one piece: left as it is" in result.err
    text = (site.root / "a.md").read_text()
    assert tail in text and "![x](/assets/images/" in text


def test_in_data_behind_blanks_and_joined_lines(site, web):
    web.put("a.jpg", pictures.jpeg(12, 6))
    a = web.url("fresh", "a.jpg")
    texts = {
        "_data/a.yml": f'logo: " {a} "\ncover: ! {a}\nimage: "\\\n  \\ {a}"\nhero: |2\n\n      {a}\n',
        "_data/b.json": f'{{"image": "\\u0020\\t{a}\\n"}}',
        "_data/c.toml": f'logo = """\\\n  {a}"""\nicon = """\n\n {a}"""\n',
        "_data/d.csv": f'image\n"  {a}"\n {a}\n',
    }
    for name, text in texts.items():
        site.write(name, text)
    result = localize(site)
    assert result.code == 0 and not result.err, result
    path = f"/assets/images/{next(iter(images(site)))}"
    for name, text in texts.items():
        assert (site.root / name).read_text() == text.replace(a, path)


def test_a_fragment_stays(site, web):
    """It says which part of an SVG is shown, or is for a style sheet ("#center")."""
    web.put("a.jpg", pictures.jpeg(80, 60))
    url = web.url("fresh", "a.jpg")
    text = "![x](%s#svgView(viewBox(0,0,5,5)))\n<img src='%s#a&amp;b'> ![x](%s#center) ![x](%s)\n"
    article = site.jekyll().write("a.md", text.replace("%s", url))
    site.write("assets/x.css", f"p {{ background: url({url}?v=2#a) }}\n")
    assert localize(site).code == 0
    (name,) = images(site)
    now = article.read_text().replace("\\(", "(").replace("\\)", ")")
    assert now == text.replace("%s", f"/assets/images/{name}")
    style = (site.root / "assets/x.css").read_text()
    assert style == f"p {{ background: url(/assets/images/{name}#a) }}\n"
    assert site.check().code == 0
    assert site.run("localize", "--restore").code == 0
    assert article.read_text() == text.replace("%s", url) and images(site) == {}


@pytest.mark.parametrize("fragment, kept", [("a|b", "a|b"), ("*", "*"), ("\x1f", "%1F")])
def test_a_fragment_in_data_stays(site, web, fragment, kept):
    """No name of a file holds these, but what follows one may."""
    web.put("a.jpg", pictures.jpeg(80, 60))
    article = site.jekyll().write("_data/a.csv", f"image\n{web.url('fresh', 'a.jpg')}#{fragment}\n")
    assert localize(site).code == 0
    (name,) = images(site)
    assert article.read_text() == f"image\n/assets/images/{name}#{kept}\n"
    assert site.scan().image(f"/assets/images/{name}")


def test_asciidoc_and_restructuredtext(site, web):
    web.put("a.jpg", pictures.jpeg(120, 60))
    url = web.url("fresh", "a.jpg")
    # What begins with a '/' has no imagesdir before it.
    site.write("a.adoc", f"= T\n:imagesdir: i\n\nimage::{url}[A]\n")
    site.write("b.rst", f".. image:: {url}\n   :width: 3px\n")
    localize(site)
    (name,) = images(site)
    text = (site.root / "a.adoc").read_text()
    assert text == f"= T\n:imagesdir: i\n\nimage::/assets/images/{name}[A]\n"
    assert (
        site.root / "b.rst"
    ).read_text() == f".. image:: /assets/images/{name}\n   :width: 3px\n"


def test_an_article_that_changes_meanwhile_is_not_overwritten(site, faultd):
    """It changes while an image is on its way."""
    site.jekyll()
    text = f"![x]({faultd.url('/image/1')})\n\n![x]({faultd.url('/hang')})\n"
    article = site.write("a.md", text)
    process = site.picdesk.start("localize", *QUICK, "--timeout", "500ms", cwd=site.root)
    faultd.wait_for("/hang")
    article.write_text("Somebody else was here.\n\n" + text)
    result = site.picdesk.finish(process)
    assert "a.md:1:6: the URL is not written there" in result.err, result
    assert article.read_text() == "Somebody else was here.\n\n" + text


KILLED = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=rename,renameat,renameat2")


def at_rename(site, when, what, *arguments):
    wrapper = [*KILLED, "-e", f"inject=rename,renameat,renameat2:{what}:when={when}"]
    return site.picdesk.finish(
        site.picdesk.start("localize", *arguments, cwd=site.root, wrapper=wrapper)
    )


def killed_at_rename(site, when, *arguments):
    return at_rename(site, when, "signal=SIGKILL", *arguments)


def test_restore_gives_every_byte_back_after_a_crash_half_way(rich_site):
    """Killed in each step of the writing, and then in each step of the undoing."""
    before = articles(rich_site)
    rich_site.run("warm", *QUICK)
    touched = 0
    for when in range(1, 100):
        killed = killed_at_rename(rich_site, when, *QUICK)
        if killed.code == 0:
            break
        assert killed.code == -signal.SIGKILL, killed
        now = articles(rich_site)
        touched += now != before
        if now != before:
            assert killed_at_rename(rich_site, 1, "--restore").code == -signal.SIGKILL
            if killed_at_rename(rich_site, 2, "--restore").code:
                assert rich_site.run("localize", "--restore").code == 0
        elif images(rich_site):  # copied, and no article touched yet
            assert rich_site.run("localize", "--restore").code == 0
        assert articles(rich_site) == before and images(rich_site) == {}
    else:
        pytest.fail("never whole")
    # One of the five files after the other.
    assert touched >= 4
    assert rich_site.run("localize", "--restore").code == 0
    assert articles(rich_site) == before and images(rich_site) == {}
    left = [p for p in rich_site.root.rglob("*") if p.name.startswith(".picdesk-tmp")]
    assert left == []


def changed(before, after):
    return [name for name in before if before[name] != after[name]]


@pytest.mark.parametrize(
    "error, words", [("EACCES", "Permission denied"), ("EBUSY", "it is mounted by itself")]
)
def test_a_file_that_may_not_be_written_keeps_no_other_from_it(rich_site, error, words):
    """In a folder of somebody else, or mounted into a container: each rename is an article."""
    before = articles(rich_site)
    rich_site.run("warm", *QUICK)
    result = at_rename(rich_site, 2, f"error={error}", *QUICK)
    assert result.code == 1 and "changes in 4 files; picdesk localize" in result.out, result
    (left,) = set(before) - set(changed(before, articles(rich_site))) - {"_config.yml"}
    assert result.err == f"{left}: it may not be written ({words}): left as it is\n"
    result = at_rename(rich_site, 1, f"error={error}", "--restore")
    assert result.code == 1 and f": it may not be written ({words}): left as" in result.err, result
    assert len(changed(before, articles(rich_site))) == 1 and images(rich_site)
    assert rich_site.run("localize", "--restore").code == 0
    assert articles(rich_site) == before and images(rich_site) == {}


@pytest.mark.parametrize("verb", ["localize", "fix"])
def test_a_read_only_article_is_left(site, web, verb):
    """A new file took its place; the dry run showed the change as well. Its image stays away."""
    site.jekyll()
    for seed, name in enumerate("ab"):
        web.put(f"{name}.jpg", pictures.jpeg(64, 48, seed=seed))
        url = web.url("fresh", f"{name}.jpg")
        site.write(f"{name}.md", f'<img src="{url}" width=64 height=9>\n')
    before = articles(site)
    os.chmod(site.root / "a.md", 0o444)
    as_anyone = ("setpriv", "--inh-caps=-dac_override", "--bounding-set=-dac_override")
    wrapper = as_anyone if os.geteuid() == 0 else ()
    dry, real = (
        site.picdesk.finish(
            site.picdesk.start(verb, *QUICK, *flags, cwd=site.root, wrapper=wrapper)
        )
        for flags in (("--dry-run",), ())
    )
    for result in (dry, real):
        assert result.code == 1, result
        assert "a.md: it may not be written (Permission denied): left as it is\n" in result.err
        assert "1 change in 1 file" in result.out + result.err
        assert verb == "fix" or "1 image " in result.out + result.err, result
    assert "a/b.md" in dry.out and "a/a.md" not in dry.out
    assert changed(before, articles(site)) == ["b.md"]
    assert len(images(site)) == (verb == "localize")


def test_a_full_disk_in_the_midst_is_told_with_what_was_changed(rich_site):
    before = articles(rich_site)
    rich_site.run("warm", *QUICK)
    result = at_rename(rich_site, 3, "error=ENOSPC", *QUICK)
    assert result.code == 1 and len(changed(before, articles(rich_site))) == 2
    message = result.err.splitlines()[0]
    assert message.endswith(": No space left on device"), result
    assert message.split(": ")[1] in before
    assert result.err.endswith(
        "picdesk: before that 2 files were changed; another run goes on, "
        "picdesk localize --restore undoes it\n"
    )
    assert localize(rich_site).code == 0 and len(changed(before, articles(rich_site))) == 5
    for _ in range(2):
        assert rich_site.run("localize", "--restore").code == 0
    assert articles(rich_site) == before


def test_restore_says_that_an_earlier_run_is_left(photo_site):
    """A run that was killed before the first article is one: its images go with it."""
    before = articles(photo_site)
    photo_site.run("warm", *QUICK)
    for when in range(1, 100):
        assert killed_at_rename(photo_site, when, *QUICK).code == -signal.SIGKILL
        if images(photo_site):
            break
        photo_site.run("localize", "--restore")
    assert articles(photo_site) == before
    assert localize(photo_site).code == 0
    result = photo_site.run("localize", "--restore")
    assert result.code == 0 and articles(photo_site) == before
    assert result.out.endswith("; picdesk localize --restore undoes the run before it, too\n")
    result = photo_site.run("localize", "--restore")
    assert result.code == 0 and "the run before" not in result.out
    assert images(photo_site) == {}


def test_restore_says_which_verb_is_to_be_undone_first(site, web):
    web.put("a.jpg", pictures.jpeg(64, 48))
    site.jekyll().write("a.html", f'<img src="{web.url("fresh", "a.jpg")}" width=64 height=9>\n')
    before = articles(site)
    assert localize(site).code == 0 and site.run("fix", *QUICK).code == 0
    for arguments in (["--dry-run"], []):
        result = site.run("localize", "--restore", *arguments)
        assert result.code == 1 and "a.html: it has changed since" in result.err
        assert "undo that first, with picdesk fix --restore\n" in result.out + result.err
    assert site.run("fix", "--restore").code == 0
    site.write("a.html", (site.root / "a.html").read_text() + "mine\n")
    assert "first" not in site.run("localize", "--restore").out  # the user's own change
    site.write("a.html", (site.root / "a.html").read_text().removesuffix("mine\n"))
    assert site.run("localize", "--restore").code == 0 and articles(site) == before


def test_a_journal_that_came_with_the_site_tells_nobody_what_to_type(photo_site):
    assert localize(photo_site).code == 0
    with (photo_site.root / "_news/one.md").open("a") as article:
        article.write("More.\n")
    for verb in ("\x1b[31mfix", "fix; rm -rf ~;"):
        photo_site.write(f".cache/picdesk-undo/0099-{verb}", "")
    result = photo_site.run("localize", "--restore")
    assert result.code == 1 and "it has changed since" in result.err, result
    said = result.out + result.err
    assert "\x1b" not in said and "rm -rf" not in said and "undo that first" not in said, result


def test_a_hard_link_elsewhere_keeps_the_old_text(photo_site):
    one = photo_site.root / "_news/one.md"
    os.link(one, photo_site.root / "backup")
    before = one.read_bytes()
    assert localize(photo_site).code == 0
    assert one.read_bytes() != before == (photo_site.root / "backup").read_bytes()


def test_extended_attributes_and_access_lists_are_kept(photo_site):
    one = photo_site.root / "_news/one.md"
    # posix_acl(5): user rw-, user 1234 r--, group r--, mask r--, others ---
    entries = ((1, 6, -1), (2, 4, 1234), (4, 4, -1), (0x10, 4, -1), (0x20, 0, -1))
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
    attributes = {"user.comment": b"by \0 hand", "system.posix_acl_access": acl}
    try:
        for name, value in attributes.items():
            os.setxattr(one, name, value)
    except OSError as error:
        pytest.skip(f"the file system has none: {error}")
    mode = one.stat().st_mode
    before = one.read_bytes()
    for arguments in ((), ("--restore",)):
        assert localize(photo_site, *arguments).code == 0
        assert {name: os.getxattr(one, name) for name in attributes} == attributes
        assert one.stat().st_mode == mode and (one.read_bytes() == before) == bool(arguments)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of somebody else")
def test_the_group_of_an_article_of_somebody_else_stays(photo_site):
    """Who shares the site through a group could not write what another one had localized."""
    one, two = (photo_site.root / f"_news/{name}.md" for name in ("one", "two"))
    os.chown(one, 1234, 4321)
    os.chown(two, 1234, 5678)
    # Not allowed to give files away, and in the group of the one alone.
    wrapper = ("setpriv", "--inh-caps=-chown", "--bounding-set=-chown", "--groups=0,4321")
    for arguments in ((), ("--restore",)):
        assert localize(photo_site, *arguments, wrapper=wrapper).code == 0
        assert (one.stat().st_uid, one.stat().st_gid) == (0, 4321)
        assert (two.stat().st_uid, two.stat().st_gid) == (0, 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of somebody else")
def test_an_owner_or_group_that_the_container_does_not_know(photo_site):
    """A rootless container, whose user namespace maps some users alone: fchown(2) says EINVAL."""
    wrapper = ["unshare", "--user", "--map-root-user"]
    if subprocess.run([*wrapper, "true"], capture_output=True, check=False).returncode:
        pytest.skip("there are no user namespaces here")
    before = articles(photo_site)
    for name in ("one", "two"):
        os.chown(photo_site.root / f"_news/{name}.md", 0, 4321)
    for arguments in ((), ("--restore",)):
        result = localize(photo_site, *arguments, wrapper=wrapper)
        assert (result.code, result.err) == (0, ""), result
        assert (articles(photo_site) == before) == bool(arguments)


def test_restore_refuses_what_was_changed_since(photo_site):
    before = articles(photo_site)
    assert localize(photo_site).code == 0
    one = photo_site.root / "_news/one.md"
    copy = photo_site.root / "_news/copy.md"  # which does not stand in for it
    copy.write_bytes(one.read_bytes())
    one.write_text(one.read_text() + "More.\n")
    result = photo_site.run("localize", "--restore")
    copy.unlink()
    assert result.code == 1 and "_news/one.md: it has changed since" in result.err, result
    assert (photo_site.root / "_news/two.md").read_bytes() == before["_news/two.md"]
    assert len(images(photo_site)) == 4  # one.md still shows two of them
    one.write_text(one.read_text().removesuffix("More.\n"))
    assert photo_site.run("localize", "--restore").code == 0
    assert articles(photo_site) == before and images(photo_site) == {}


def test_restore_removes_the_folders_that_localize_made(rich_site, photo_site):
    """Only those, and only when nothing else lies in them."""
    (photo_site.root / ".cache").mkdir(exist_ok=True)

    def folders():
        return sorted(
            str(p.relative_to(photo_site.root))
            for p in photo_site.root.rglob("*")
            if p.is_dir() and ".cache" not in p.parts
        )

    before = folders()
    assert "assets" in before and "assets/images" not in before
    assert localize(photo_site).code == 0 and "assets/images" in folders()
    assert photo_site.run("localize", "--restore").code == 0
    assert folders() == before
    (photo_site.root / "assets/x.css").rename(photo_site.root / "x.css")
    (photo_site.root / "assets").rmdir()
    assert localize(photo_site).code == 0
    photo_site.write("assets/mine.txt", "x")
    assert photo_site.run("localize", "--restore").code == 0
    assert folders() == before and (photo_site.root / "assets/mine.txt").exists()


def test_restore_keeps_an_image_that_is_used_elsewhere_now(photo_site):
    assert localize(photo_site).code == 0
    kept = sorted(images(photo_site))[0]
    photo_site.write("later.md", f"![x](/assets/images/{kept})\n")
    assert photo_site.run("localize", "--restore").code == 0
    assert list(images(photo_site)) == [kept]


@pytest.mark.parametrize("generator", ["jekyll", "hugo"])
def test_restore_keeps_an_image_that_a_whole_url_of_the_site_names(site, web, generator):
    """As localize writes it into a <meta>: of a line that was copied."""
    for name in "ab":
        web.put(f"{name}.jpg", pictures.jpeg(80, 60, seed=ord(name)))
    if generator == "hugo":
        site.write("hugo.toml", "baseURL = 'https://example.org/blog/'\n")
        folder, article = "static/assets/images", "content/{}.html"
    else:
        site.write("_config.yml", "url: https://example.org\nbaseurl: /blog\n")
        folder, article = "assets/images", "{}.html"
    urls = (web.url("fresh", f"{name}.jpg") for name in "ab")
    lines = (f'<meta property="og:image" content="{url}">\n' for url in urls)
    site.write(article.format("one"), "".join(lines))
    assert localize(site).code == 0
    line = (site.root / article.format("one")).read_text().splitlines(True)[1]
    (kept,) = re.findall(r"https://example\.org/blog/assets/images/([^\"]+)", line)
    site.write(article.format("two"), line.replace(kept, kept + "?v=1"))
    result = site.run("localize", "--restore")
    assert result.code == 0 and "1 image removed" in result.out, result
    assert [file.name for file in (site.root / folder).iterdir()] == [kept]


@pytest.mark.parametrize("verb", ["localize", "fix"])
@pytest.mark.parametrize("how", ["named", "configured", "gone"])
def test_restore_of_a_file_that_is_no_article_by_its_name(site, web, verb, how):
    """It is read and changed where it is named; "it is no journal of picdesk", said --restore, and
    gave back neither it nor what earlier runs had changed."""
    web.put("a.jpg", pictures.jpeg(80, 60))
    text = f"---\nimages:\n  - url: {web.url('fresh', 'a.jpg')}\n    width: 81\n---\n"
    site.jekyll()
    file, article = site.write("notes.txt", text), site.write("a.md", text)
    if how == "configured":
        site.write("picdesk.yml", "content: [notes.txt, a.md]\n")
    paths = ["notes.txt", "a.md"] if how == "named" else []
    changes = paths if how == "configured" else ["notes.txt", "a.md"]
    assert site.run(verb, *site.picdesk.QUICK, *changes).code == 0
    assert text not in (file.read_text(), article.read_text())
    if how == "named":
        result = site.run(verb, "--restore")
        assert result.code == 1 and "notes.txt: no article by its name" in result.err, result
    if how == "gone":
        file.unlink()
    result = site.run(verb, "--restore", *paths)
    assert result.code == 0 and article.read_text() == text, result
    assert how == "gone" or file.read_text() == text


def test_a_second_run_changes_nothing(photo_site):
    assert localize(photo_site).code == 0
    before = photo_site.tree("_news", "assets")
    result = localize(photo_site)
    assert result.code == 0 and "0 changes in 0 files" in result.out
    assert photo_site.tree("_news", "assets") == before


def test_interrupted_before_the_articles_were_touched(site, faultd):
    site.jekyll()
    article = site.write("a.md", f"![x]({faultd.url('/image/1')}) ![x]({faultd.url('/hang')})\n")
    before = article.read_bytes()
    process = site.picdesk.start("localize", *QUICK, cwd=site.root)
    faultd.wait_for("/hang")
    process.send_signal(signal.SIGINT)
    result = site.picdesk.finish(process)
    assert result.code == 130 and article.read_bytes() == before, result
    assert not (site.root / "assets").exists()
