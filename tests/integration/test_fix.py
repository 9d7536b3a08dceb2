"""fix: what has one right answer is mended in the articles, and nothing else is."""

import http.server
import os
import pty
import socket
import ssl
import sys
import threading
from urllib.parse import quote

import pytest

import pictures
from test_crash import strace
from test_diff import CALL_AND_SAY_MOST_KIB

QUICK = ("--allow-private=127.0.0.0/8", "--host-interval", "0ms", "--max-retries", "0")


def fix(site, *arguments, **options):
    return site.run("fix", *QUICK, *arguments, **options)


def test_declared_sizes(site, web):
    web.put("a.jpg", pictures.jpeg(640, 480))
    url = web.url("fresh", "a.jpg")
    site.jekyll()
    site.write(
        "a.md",
        f"""
        ---
        images:
          - width: 1200   # as the provider says
            url: "{url}"
            height: "900"
          - {{url: '{url}', width: 640, height: 300px, title: "640x300"}}
        title: 900
        ---
        <img width='640' src='{url}' height=200>
        <img width=320 height=240 src="{url}"> <img width=100% height=300 src="{url}">
        """,
    )
    site.write("_data/x.json", f'{{"image": {{"url": "{url}", "width": 1, "height": 2.0}}}}\n')
    site.write("b.toml.md", f'+++\n[cover]\nimage = "{url}"\nwidth = 10\nheight = 480\n+++\n')
    result = fix(site)
    assert result.code == 0, result
    expected = f"""---
images:
  - width: 640   # as the provider says
    url: "{url}"
    height: "480"
  - {{url: '{url}', width: 640, height: 480px, title: "640x300"}}
title: 900
---
<img width='640' src='{url}' height=480>
<img width=320 height=240 src="{url}"> <img width=100% height=300 src="{url}">
"""
    assert (site.root / "a.md").read_text() == expected
    assert "width = 640\nheight = 480" in (site.root / "b.toml.md").read_text()
    assert "4 declared sizes" in result.out, result
    # "2.0" is no plain number of pixels: the whole size is left alone.
    assert '"width": 1, "height": 2.0' in (site.root / "_data/x.json").read_text()
    assert "_data/x.json:1:20: the declared size is not written as plain numbers" in result.err


@pytest.mark.parametrize(
    "name, text",
    [
        ("a.adoc", "image::/a.jpg[x,320,480]\n"),
        ("b.rst", ".. image:: /a.jpg\n   :width: 640\n   :height: 100px\n"),
        ("c.rst", ".. image:: /a.jpg\n   :width: 100\n   :height: 100\n"),
    ],
    ids=["asciidoc", "rst", "rst-both-sides"],
)
def test_sizes_of_other_markups_are_left(site, name, text):
    """Written as plain numbers they were "not written as plain numbers"."""
    site.jekyll().write("a.jpg", pictures.jpeg(640, 480))
    site.write(name, text)
    result = fix(site)
    assert "fix mends no declared sizes of AsciiDoc and reStructuredText: left" in result.err, result
    assert result.code == 0 and (site.root / name).read_text() == text


def test_a_size_without_one_right_answer_is_left(site, web):
    web.put("a.jpg", pictures.jpeg(640, 480))
    text = f'<img src="{web.url("fresh", "a.jpg")}" width="100" height="100">\n'
    site.jekyll().write("a.html", text)
    result = fix(site)
    assert result.code == 0 and "which side of the declared size is wrong" in result.err, result
    assert (site.root / "a.html").read_text() == text


def test_a_size_that_several_images_have_is_left(site, web):
    """An image and its preview in one mapping: the size may be either's, and each run would set the
    other one's."""
    web.put("a.jpg", pictures.jpeg(640, 480))
    web.put("b.jpg", pictures.jpeg(64, 48))
    web.put("c.jpg", pictures.jpeg(64, 48, seed=2))
    a, b, c = (web.url("fresh", name) for name in ("a.jpg", "b.jpg", "c.jpg"))
    text = (
        f"images:\n- {{url: {a}, thumbnail: {b}, width: 640}}\n"
        f"- {{url: {b}, thumbnail: {c}, width: 1}}\n"
        f'- {{url: "  {a}", src: {a}, width: 1}}\n'
        f"- {{url: {a}, thumbnail: {web.url('fresh', 'no.jpg')}, width: 1}}\n"
        f"- html: <p><img src={a} width=640 height=2><img src={b} width=64 height=3></p>\n"
    )
    data = site.write("_data/a.yml", text)
    result = fix(site)
    assert result.code == 0, result
    now = text.replace("1}", "64}", 1).replace("1}", "640}", 1)
    now = now.replace("height=2", "height=480").replace("height=3", "height=48")
    assert data.read_text() == now
    why = "the declared size is that of several images: left as it is"
    assert len(result.err.splitlines()) == 2 and result.err.count(why) == 2, result
    assert fix(site).code == 0 and data.read_text() == now


def test_sizes_in_attribute_lists_shortcodes_and_srcset(make_site):
    texts = {
        "jekyll": (
            "a.md",
            '![x](/a.jpg "A (1)"){: .wide width="640" height="%d"}\n',
            '{%% include figure.html src="/a.jpg" width="640" height="%d" %%}\n',
        ),
        "hugo": ("content/a.md", '{{< figure src="/a.jpg" width="640" height="%d" >}}\n'),
    }
    for name, (file, *lines) in texts.items():
        site = make_site(name)
        site.write("_config.yml" if name == "jekyll" else "hugo.toml", "")
        folder = "" if name == "jekyll" else "static/"
        site.write(f"{folder}a.jpg", pictures.jpeg(640, 480))
        site.write(f"{folder}b.jpg", pictures.jpeg(320, 240, seed=1))
        text = "".join(lines) + '<img src=/a.jpg srcset="/b.jpg %dw, /a.jpg 640w">\n'
        site.write(file, text % (*(400 for _ in lines), 300))
        result = fix(site)
        assert result.code == 0, result
        assert f"{len(lines) + 1} declared sizes" in result.out, result
        assert (site.root / file).read_text() == text % (*(480 for _ in lines), 320)
        assert site.run("fix", "--restore").code == 0
        assert (site.root / file).read_text() == text % (*(400 for _ in lines), 300)


def test_letter_case(site):
    site.jekyll("/blog")
    site.write("assets/Images/Große Insel.jpg", pictures.jpeg(64, 48))
    site.write(
        "a.md",
        "---\nimage: /blog/assets/images/Gro%C3%9Fe%20insel.JPG?v=1\n---\n"
        "![x](</blog/Assets/Images/große insel.jpg>) ![y](assets/Images/Große%20Insel.jpg)\n",
    )
    assert site.check().code == 2
    result = fix(site)
    assert result.code == 0 and "2 letter cases" in result.out, result
    assert (site.root / "a.md").read_text() == (
        "---\nimage: /blog/assets/Images/Gro%C3%9Fe%20Insel.jpg?v=1\n---\n"
        "![x](</blog/assets/Images/Große Insel.jpg>) ![y](assets/Images/Große%20Insel.jpg)\n"
    )
    assert site.check().code == 0


def test_a_letter_case_that_makes_a_reference_is_left(site):
    site.write("a&copy.png", pictures.png(4, 3))
    site.jekyll().write("a.md", "---\nimage: /a&Copy.png\n---\n<img src='/A&copY.png'>\n")
    result = fix(site)
    assert result.code == 0 and result.out.startswith("Nothing that has one right answer"), result
    assert result.err.count("in other letters it holds a character reference: left as it is") == 2


def test_letter_case_keeps_the_escapes_of_data(site):
    """The doubled quote of YAML was written as one: the article's other mends were lost with it."""
    site.jekyll()
    site.write("img/It's 1.jpg", pictures.jpeg(64, 48))
    site.write("img/Ä.jpg", pictures.jpeg(64, 48))
    texts = {
        "a.md": "---\nimage: '/%s/%st''s 1.jpg'\nimages: [\"/%s/%st\\x27s 1.jpg\"]\n---\n",
        "_data/x.json": '[{"image": "\\/%s\\/%st\\u0027s 1.jpg"}, {"image": "/%s/\\u00c4.jpg"}]',
        "_data/y.csv": "name,image\na,/%s/%st's 1.jpg\n",
    }
    for file, text in texts.items():
        site.write(file, (text % tuple("IMG i IMG i".split()[: text.count("%s")])).encode())
    result = fix(site)
    assert result.code == 0 and not result.err and "5 letter cases" in result.out, result
    for file, text in texts.items():
        mended = text % tuple("img I img I".split()[: text.count("%s")])
        assert (site.root / file).read_bytes() == mended.encode()
    assert site.check().code == 0


def test_letter_case_where_it_is_written_with_escapes_or_a_filter(site):
    """"The difference lies outside of what is written", it said of each of them."""
    site.jekyll("/blog")
    site.write("Img/R&D.jpg", pictures.jpeg(64, 48))
    site.write("Img/P (1).jpg", pictures.jpeg(64, 48, seed=1))
    text = (
        "<img src=\"{{ '/%s/P (1).jpg' | relative_url }}\"> <img src='/%s/R&#38;%s.jpg'>\n\n"
        "![x](/%s/R&amp;%s.jpg) ![x](/%s/P%%20\\(1\\).jpg)\n\n"
        "![x]({{ site.baseurl }}{%% link %s/R&%s.jpg %%})\n"
    )
    article = site.write("a.md", text % tuple("img img d img d img img d".split()))
    result = fix(site)
    assert result.code == 0 and not result.err and "5 letter cases" in result.out, result
    assert article.read_text() == text % tuple("Img Img D Img D Img Img D".split())
    assert site.check().code == 0


def test_permanent_redirects(site, faultd):
    site.jekyll()
    moved = faultd.url("/redirect-to/301?url=/image/1")
    passing = faultd.url("/redirect-to/302?url=/image/2")
    gone = faultd.url("/redirect-to/301?url=/status/404")
    site.write(
        "a.md",
        f"---\nimages: ['{moved}', \"{passing}\"]\n---\n<img src='{moved}#x'> ![x]({gone})\n",
    )
    # The server does not understand the https that is tried with the one that is not moved for good.
    result = fix(site, "--connect-timeout", "500ms")
    assert result.code == 0 and "2 permanent redirects" in result.out, result
    assert (site.root / "a.md").read_text() == (
        f"---\nimages: ['{faultd.url('/image/1')}', \"{passing}\"]\n---\n"
        f"<img src='{faultd.url('/image/1')}#x'> ![x]({gone})\n"
    )


IN_TEXT = "text <img src=%s> text"
REDIRECTED = "/redirect-to/301?url="

# What stands around the URL, where it is redirected to, and how that has to be written there.
# Most of what a server sends a picture to is foreign text in the site's own pages.
TARGETS = [
    ("a.md", "![x](%s)", "?x={{y}}", "?x=%7B%7By%7D%7D"),
    ("a.md", "![x](%s)", "?{%raw%}{#", "?%7B%raw%%7D%7B"),
    ("a.html", "<img src='%s'>", "?{%raw%}", "?%7B%raw%%7D"),
    ("a.md", "---\ncover: %s\n---", "?{{y}}", "?%7B%7By%7D%7D"),
    ("a.mdx", "<img src={`%s`} />", "?${y}", "?$%7By%7D"),
    ("a.md", IN_TEXT, "?w=1&copy=2", "?w&#61;1&amp;copy&#61;2"),
    ("a.html", "<img src=%s>", "?w=1", "?w=1"),
    ("a.html", '<p style="background: url(%s)">', "?w=1&lt", "?w=1\\26 lt"),
    ("a.md", "---\ncover: '%s'\n---", "?w=1&h=2&lt", "?w=1&h=2&amp;lt"),
    ("a.md", "---\ncover: '  %s'\n---", "?it's", "?it%27s"),
    ("a.md", "---\ncover: '\n\n  %s'\n---", "?it's", "?it%27s"),
    ("_data/a.csv", 'image,x\n1,"2"\n%s,3', "?w=1,2", "?w=1%2C2"),
    ("a.md", "---\nimages: [%s\n  ]\ncover: ''\n---", "?w=1,[2]", "?w=1%2C%5B2%5D"),
    ("a.md", "---\nimages:\n- {url: %s , width: x}\n---", "?w=1,2", "?w=1%2C2"),
    ("a.md", "---\nimages: ['%s']\ncover:\n---", "?w=1,2", "?w=1,2"),
    ("a.md", "---\ncover: %s\n---", "?w=1,[2]", "?w=1,[2]"),
    ("_data/a.csv", "image,x\n%s,1", "?w=1,2", "?w=1%2C2"),
    ("_data/a.csv", 'x,image\n1,"%s"', "?w=1,2", "?w=1,2"),
]


@pytest.mark.parametrize("name, around, query, written", TARGETS)
def test_a_redirect_is_no_template_and_stays_an_image(site, faultd, name, around, query, written):
    moved = faultd.url(REDIRECTED + quote("/image/1" + query))
    written_before = moved.replace("=", "&#61;") if around == IN_TEXT else moved
    site.jekyll().write(name, around % written_before + "\n")
    result = fix(site, "--connect-timeout", "500ms")
    assert result.code == 0 and "1 permanent redirect\n" in result.out, result
    text = (site.root / name).read_text()
    assert text == around % (faultd.url("/image/1") + written) + "\n"
    (image,) = site.scan().report["images"]
    assert image["status"] == "unchecked"


def test_html_in_data(site, faultd):
    moved, other = (faultd.url(f"/redirect-to/301?url=/image/{name}") for name in (1, 2))
    site.jekyll().write(
        "a.md",
        f"""
        ---
        image: {moved}
        content_html: '<p><a href="{moved}"><img src="{moved}"></a> it''s</p>'
        body_html: |
          <p>
          <img src='{other}' width=200 height=150><img src='{moved}' width=400 height=100>
        ---
        """,
    )
    site.write("_data/x.json", f'{{"content_html": "<p><img src=\\"{moved}\\"></p>\\n"}}')
    result = fix(site, "--connect-timeout", "500ms")
    assert result.code == 0 and "5 permanent redirects" in result.out, result
    # As in any HTML a size is that of the box: only another ratio is a mistake.
    assert "1 declared size" in result.out, result
    one, two = (faultd.url(f"/image/{name}") for name in (1, 2))
    assert (site.root / "a.md").read_text() == (
        f"---\nimage: {one}\n"
        f'content_html: \'<p><a href="{moved}"><img src="{one}"></a> it\'\'s</p>\'\n'
        f"body_html: |\n  <p>\n  <img src='{two}' width=200 height=150>"
        f"<img src='{one}' width=400 height=300>\n---\n"
    )
    data = (site.root / "_data/x.json").read_text()
    assert data == f'{{"content_html": "<p><img src=\\"{one}\\"></p>\\n"}}'


class BothWays(http.server.BaseHTTPRequestHandler):
    """http and https on one port; /same gives the same bytes either way, /other does not. /moved/x
    leads to /x for good, /secured/x by https alone."""

    def do_GET(self):
        is_secure = isinstance(self.request, ssl.SSLSocket)
        start, _, rest = self.path[1:].partition("/")
        if start == "moved" or (start == "secured" and is_secure):
            self.send_response(301)
            self.send_header("Location", "/" + rest)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        data = pictures.jpeg(60, 40, seed=int(is_secure) if self.path == "/other" else 7)
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def both_ways(certificates):
    certificate, key = certificates.certificate("good")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    class Server(http.server.ThreadingHTTPServer):
        def finish_request(self, request, address):
            if request.recv(1, socket.MSG_PEEK) == b"\x16":
                request = context.wrap_socket(request, server_side=True)
            super().finish_request(request, address)

    with Server(("127.0.0.1", 0), BothWays) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_http_to_https_where_the_same_bytes_come(site, web, both_ways, certificates):
    web.put("a.jpg", pictures.jpeg(60, 40))
    plain = web.url("fresh", "a.jpg")  # nothing speaks TLS there
    site.jekyll().news("one", f"http://{both_ways}/same", f"http://{both_ways}/other", plain)
    before = (site.root / "_news/one.md").read_text()
    result = fix(site, "--cacert", certificates.authority)
    assert result.code == 0 and "1 http to https" in result.out, result
    text = (site.root / "_news/one.md").read_text()
    assert text == before.replace(f"http://{both_ways}/same", f"https://{both_ways}/same")


def test_one_run_mends_what_is_moved_and_not_secure(site, both_ways, certificates):
    """It took a run for the redirect, and another one for https; `HTTP:` stayed."""
    there = f"://{both_ways}"
    urls = ["http{}/moved/same#x", "http{}/moved/other", "http{}/secured/same", "HTTP{}/same"]
    urls = [url.format(there) for url in urls]
    article = site.jekyll().write("a.md", "".join(f"![x]({url})\n" for url in urls))
    result = fix(site, "--cacert", certificates.authority)
    assert "2 permanent redirects, 2 http to https" in result.out, result
    mended = [f"https{there}/same#x", f"http{there}/other", *(2 * [f"https{there}/same"])]
    assert article.read_text() == "".join(f"![x]({url})\n" for url in mended)
    assert "0 changes" in fix(site, "--cacert", certificates.authority).out


def test_a_word_of_the_journal_that_was_cut(site):
    """It ends where its line does."""
    site.jekyll().write("assets/Own.jpg", pictures.jpeg(64, 48))
    article = site.write("a.md", "![x](/assets/own.jpg)\n")
    before = article.read_bytes()
    assert fix(site).code == 0 and article.read_bytes() != before
    (journal,) = (site.root / ".cache/picdesk-undo").glob("*-fix")
    heading, rest = journal.read_text().split("\n", 1)
    journal.write_text(f"{heading}\nfolder nowhere%4\n{rest}")
    result = site.run("fix", "--restore")
    assert result.code == 0 and article.read_bytes() == before, result


def test_restore_dry_run_and_host(site, web):
    web.put("a.jpg", pictures.jpeg(640, 480))
    site.jekyll().write("assets/Own.jpg", pictures.jpeg(64, 48))
    url = web.url("fresh", "a.jpg")
    text = f"---\nimages: [{{url: {url}, width: 9}}]\ncover: /assets/own.jpg\n---"
    article = site.write("a.md", text)
    before = article.read_bytes()
    dry = fix(site, "--dry-run")
    assert dry.code == 0 and article.read_bytes() == before
    assert dry.out == (
        "--- a/a.md\n+++ b/a.md\n@@ -1,4 +1,4 @@\n ---\n"
        f"-images: [{{url: {url}, width: 9}}]\n-cover: /assets/own.jpg\n"
        f"+images: [{{url: {url}, width: 640}}]\n+cover: /assets/Own.jpg\n"
        " ---\n\\ No newline at end of file\n"
    )
    assert fix(site, "--host", "127.0.0.1").code == 0
    assert b"width: 640" in article.read_bytes() and b"own.jpg" in article.read_bytes()
    assert fix(site).code == 0
    assert b"Own.jpg" in article.read_bytes()
    assert site.run("fix", "--restore").code == 0  # the last run alone
    assert b"width: 640" in article.read_bytes() and b"own.jpg" in article.read_bytes()
    assert site.run("fix", "--restore").code == 0
    assert article.read_bytes() == before


def test_fix_has_nothing_to_do(photo_site, web):
    before = photo_site.tree("_news")
    result = fix(photo_site)
    assert result.code == 0 and "0 changes in 0 files" in result.out, result
    assert "Nothing that has one right answer" in result.out and "0 declared" not in result.out
    assert photo_site.tree("_news") == before
    assert not (photo_site.root / ".cache/picdesk-undo").exists()


def test_what_had_to_be_left_is_not_counted(site, faultd):
    """A colon behind the value makes a key of it."""
    paths = ("/image/1?a:", "/image/3", "/image/4")
    moved, other, plain = (faultd.url(REDIRECTED + quote(path, safe="")) for path in paths)
    site.jekyll().write("a.md", f"---\ncover: {plain}\nimage: {moved}\nlogo: {plain}\n---\n![x]({moved})\n")
    site.write("b.md", f"![x]({other})\n")
    for found in ("1 permanent redirect\n1 change in 1 file;", "Nothing that has one right answer"):
        result = fix(site, "--connect-timeout", "500ms")
        assert result.code == 1 and result.out.startswith(found), result
        assert "a.md:3: its data would mean something else: left as it is" in result.err


def test_what_is_left_is_named_as_seen_from_the_current_folder(site):
    site.write("a.png", pictures.png(64, 48))
    site.jekyll().write("_posts/x.md", '<img src="/a.png" width="10" height="10">\n')
    for folder, shown in (("", "_posts/x.md"), ("_posts", "x.md"), ("assets", "../_posts/x.md")):
        (site.root / folder).mkdir(exist_ok=True)
        result = site.run("fix", "--root-dir", site.root, cwd=site.root / folder)
        assert result.code == 0, result
        assert result.err.startswith(f"{shown}:1:11: which side of the declared size"), result


@pytest.mark.parametrize(
    "path, flags, why",
    [
        ("/image/1", ("--offline",), "not in the cache, and --offline asks no one"),
        ("/hang", ("--max-time", "500ms"), "run it again"),
    ],
    ids=["offline", "out-of-time"],
)
def test_images_that_were_not_looked_at_are_counted(site, faultd, path, flags, why):
    """fix said that nothing has one right answer, localize that there are no good bytes."""
    site.jekyll().write("a.md", f"![a]({faultd.url(path)}) ![b]({faultd.url(path + '?b')})\n")
    for verb in ("fix", "localize"):
        result = site.run(verb, *QUICK, *flags)
        assert f"2 images were not looked at: {why}\n" in result.out, result
        assert "one right answer" not in result.out and "stay remote" not in result.out


def traced(calls, log):
    """The wrapper that has strace write these calls down; skips where it may not."""
    return [*strace("")[:-3], log, "-y", "-e", f"trace={calls}"]


def test_a_preview_that_cannot_be_shown_has_changed_nothing(site):
    """It said that files were changed, and how to undo it."""
    site.write("own.png", pictures.png(4, 3))
    article = site.jekyll().write("a.md", "![a](/Own.png)\n")
    with open("/dev/full", "w", encoding="ascii") as full:
        result = fix(site, "--dry-run", stdout=full)
    assert result.code == 1 and "No space left" in result.err, result
    assert "changed" not in result.err and "--restore" not in result.err, result
    assert article.read_text() == "![a](/Own.png)\n"


def articles_of(site):
    return {str(file): file.read_bytes() for file in site.root.rglob("*.md")}


def mend_interleaved(site, count, log):
    """How often `fix` reads the folder of `count` articles with one below between each two."""
    site.jekyll().write("own.png", pictures.png(64, 48))
    for number in range(count):
        for name in (f"a/{number:03}.md", f"a/{number:03}/x.md"):
            site.write(name, "![a](/Own.png)\n")
    result = fix(site, wrapper=traced("getdents64", log))
    assert result.code == 0 and f"{2 * count} letter cases" in result.out, result
    return log.read_text().count("/a>,")


def test_a_folder_is_swept_once(make_site, tmp_path):
    """It was read again, all of it, for each article that came after one of another folder."""
    counts = [mend_interleaved(make_site(f"{n}"), n, tmp_path / "calls") for n in (4, 16)]
    assert counts[0] == counts[1] > 0, counts


def test_articles_are_not_all_in_memory(site):
    """Each was there twice until the end, with what finds places in it."""
    site.jekyll().write("own.png", pictures.png(64, 48))
    text = "A line of words that says nothing of images.\n" * 5_000
    for number in range(200):
        site.write(f"{number:03}.md", f"{text}![a](/Own.png)\n")
    before = articles_of(site)
    for arguments, said in (((), "200 letter cases"), (("--restore",), "200 files restored")):
        wrapper = [sys.executable, "-c", CALL_AND_SAY_MOST_KIB]
        result = fix(site, *arguments, wrapper=wrapper)
        assert result.code == 0 and said in result.out, result
        if "ASAN_OPTIONS" not in site.picdesk.environment:
            assert int(result.out.splitlines()[-1]) < 60_000
    assert articles_of(site) == before


def test_articles_are_durable_before_they_are_in_place(site, tmp_path):
    """They wait for the disk side by side, not one after the other."""
    site.jekyll().write("own.png", pictures.png(64, 48))
    for number in range(5):
        site.write(f"{number}.md", "![a](/Own.png)\n")
    before, log = articles_of(site), tmp_path / "calls"
    assert fix(site, wrapper=traced("fdatasync,renameat", log)).code == 0
    calls = [line for line in log.read_text().splitlines() if "resumed" not in line]
    first = next(i for i, line in enumerate(calls) if '.md"' in line)
    assert sum("fdatasync(" in line for line in calls[:first]) >= 5 + 1  # and the journal
    assert sum('.md"' in line for line in calls[first : first + 5]) == 5, calls
    assert site.run("fix", "--restore").code == 0
    assert articles_of(site) == before


def test_a_diff_on_a_terminal_obeys_no_article(site):
    """What is piped is for `patch`, and stays as it is."""
    site.jekyll().write("img/a.png", pictures.png(4, 3))
    text = b"\x1b[31mred\twine\r\n  ::error::x ##[y]\r\n![a](/IMG/a.png)\r\n"
    site.write("a.md", text)
    piped = site.picdesk.start("fix", "--dry-run", cwd=site.root).communicate()[0]
    assert b" \x1b[31mred\twine\r\n   ::error::x ##[y]\r\n" in piped, piped
    master, slave = pty.openpty()
    process = site.picdesk.start("fix", "--dry-run", cwd=site.root, stdout=slave)
    os.close(slave)
    shown = b""
    while data := read_terminal(master):
        shown += data
    assert process.wait() == 0
    os.close(master)
    assert rb" \x1b[31mred" + b"\twine" in shown, shown
    assert rb"   \x3a:error::x ##\x5by]" in shown and b"\x1b" not in shown, shown
    assert b"\n+![a](/img/a.png)\r" in shown, shown


def read_terminal(master):
    try:
        return os.read(master, 65536)
    except OSError:
        return b""
