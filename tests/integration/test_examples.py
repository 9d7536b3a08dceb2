"""The template examples: each built by its real generator, where that is installed, and looked at
in a real browser, where there is one."""

import functools
import html.parser
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import urllib.parse

import pytest
from PIL import Image

import packages
import pictures
from conftest import TOP

EXAMPLES = TOP / "examples"
BUILT = ("_site", "public", "thumbs", "picdesk.json", "node_modules", ".cache")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# Example: the generator's command line, its output, what stands before the site's own paths in
# URLs, pages with images.
SITES = {
    "jekyll": (["jekyll", "build", "--quiet"], "_site", "/post", 3),
    "hugo": (["hugo", "--quiet"], "public", "/post", 4),
    "eleventy": (["eleventy", "--quiet"], "_site", "", 3),
}


class Images(html.parser.HTMLParser):
    """The attributes of every <img> of a page."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.found.append(dict(attributes))


class Example:
    """A copy of an example, picdesk run in it, and its generator."""

    def __init__(self, name, site):
        self.site = site
        self.command, output, self.prefix, self.n_pages = SITES[name]
        self.output = site.root / output
        # `npm install` in the example puts it there.
        own = EXAMPLES / name / "node_modules/.bin" / self.command[0]
        self.program = str(own) if own.exists() else shutil.which(self.command[0])
        if name == "eleventy" and not self.program:
            self.program = str(packages.node_package("@11ty/eleventy", "cmd.cjs"))
        if not self.program:
            pytest.skip(f"{self.command[0]} is not installed")
        shutil.copytree(
            EXAMPLES / name, site.root, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*BUILT)
        )
        result = site.build()
        assert result.code == 0 and result.totals["broken"] == 0, result

    def generate(self):
        run = subprocess.run(
            [self.program, *self.command[1:]],
            cwd=self.site.root,
            env={**os.environ, "HOME": self.site.picdesk.environment["HOME"], "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert run.returncode == 0, run.stdout + run.stderr

    def pages(self):
        """The images of each page that has some."""
        pages = {p: Images(p.read_text()).found for p in sorted(self.output.rglob("*.html"))}
        pages = {page: images for page, images in pages.items() if images}
        assert len(pages) == self.n_pages
        return pages

    def file(self, url):
        assert url.startswith(self.prefix + "/"), url
        return self.output / urllib.parse.unquote(url[len(self.prefix) + 1 :])


@pytest.fixture(params=SITES)
def example(request, make_site):
    return Example(request.param, make_site(request.param))


def test_pages_show_thumbnails_that_exist(example):
    example.generate()
    for page, images in example.pages().items():
        for image in images:
            assert "/thumbs/" in image["src"], (page, image)
            assert image["alt"]
            with Image.open(example.file(image["src"])) as thumb:
                assert thumb.format == "WEBP"
                assert thumb.size == (int(image["width"]), int(image["height"]))
            for candidate in image["srcset"].split(", "):
                url, width = candidate.split(" ")
                with Image.open(example.file(url)) as thumb:
                    assert f"{thumb.width}w" == width


def test_an_image_in_an_articles_text_has_thumbnails(example):
    example.generate()
    (images,) = [images for page, images in example.pages().items() if "wind-farm" in str(page)]
    assert [image["alt"] for image in images] == [
        "Turbines on the ridge at dawn",
        "The keeper of the light",
    ]
    assert all("-card." in image["src"] and image["srcset"] for image in images)


def test_without_a_manifest_the_originals_are_shown(example):
    """A template must not fail because picdesk has not run, or because an image is broken."""
    for path in ("_data/picdesk.json", "data/picdesk.json"):
        (example.site.root / path).unlink(missing_ok=True)
    example.generate()
    for images in example.pages().values():
        for image in images:
            assert "srcset" not in image and example.file(image["src"]).is_file(), image


def test_an_image_without_thumbnails_is_shown_as_it_is(example):
    """An SVG is in the manifest, with a size and no thumbnails; the others are not in it."""
    folder = "static/images" if (example.site.root / "static").exists() else "assets/images"
    example.site.write(f"{folder}/logo.svg", pictures.SVG)
    logo = f"/{folder.removeprefix('static/')}/logo.svg"
    others = {
        "Afar": "//cdn.example.org/a.png",
        "Dot": "data:image/gif;base64,R0lGODlhAQABAAAAACw=",
    }
    first = f"images:\n  - url: {logo}\n    title: Logo\n"
    first += "".join(f"  - url: '{url}'\n    title: {title}\n" for title, url in others.items())
    for article in example.site.root.rglob("*.md"):
        article.write_text(article.read_text().replace("images:\n", first))
    assert example.site.build("--offline").code == 0
    example.generate()
    shown = set()
    for images in example.pages().values():
        logos = [image for image in images if image["alt"] == "Logo"]
        assert logos and {image["src"] for image in logos} == {example.prefix + logo}
        shown |= {(i["alt"], i["src"]) for i in images if i["alt"] in others}
    assert shown == set(others.items())


def test_a_spelling_that_several_articles_use_is_each_ones_own_file(make_site):
    """cover.jpg in Hugo's bundles; what is broken keeps the address that it has in the site."""
    example = Example("hugo", make_site("hugo"))
    files = {"one": pictures.jpeg(90, 60), "two": pictures.jpeg(60, 90), "broken": b"text"}
    for name, data in files.items():
        article = f"---\nimages:\n- url: cover.jpg\n  title: {name}\n---\n![{name}](cover.jpg)\n"
        example.site.write(f"content/posts/{name}/index.md", article)
        example.site.write(f"content/posts/{name}/cover.jpg", data)
    assert example.site.build().code == 0
    images = example.site.manifest("data/picdesk.json")["images"]
    one, two = (
        images[f"content/posts/{name}/index.md:cover.jpg"]["thumbs"]["card"]["url"]
        for name in ("one", "two")
    )
    sources = {"one": one, "two": two, "broken": "/post/posts/broken/cover.jpg"}
    example.generate()
    for page in ["index.html", *(f"posts/{name}/index.html" for name in sources)]:
        shown = Images((example.output / page).read_text()).found
        found = {(i["alt"], i["src"]) for i in shown if i["alt"] in sources}
        assert found and found <= set(sources.items()), page


class Quiet(http.server.SimpleHTTPRequestHandler):
    prefix = ""

    def translate_path(self, path):
        assert path.startswith(self.prefix)
        return super().translate_path(path[len(self.prefix) :])

    def log_message(self, *arguments):
        pass


def test_a_browser_loads_the_thumbnails(example, tmp_path):
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser:
        pytest.skip("no Chromium here")
    example.generate()
    index = example.output / "index.html"
    # A script of the test's own: what the browser made of the page goes into its title.
    probe = (
        "<script>addEventListener('load', () => { document.title = JSON.stringify("
        "[...document.images].map((i) => [new URL(i.currentSrc).pathname, i.naturalWidth])"
        ") })</script></body>"
    )
    text = index.read_text().replace("</body>", probe).replace('loading="lazy"', "")
    index.write_text(text)
    handler = functools.partial(
        type("Handler", (Quiet,), {"prefix": example.prefix}), directory=str(example.output)
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            run = subprocess.run(
                [
                    browser,
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-background-networking",
                    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                    f"--user-data-dir={tmp_path}/browser",
                    "--virtual-time-budget=10000",
                    "--dump-dom",
                    f"http://127.0.0.1:{server.server_port}{example.prefix}/index.html",
                ],
                capture_output=True,
                text=True,
                timeout=120,
            )
        finally:
            server.shutdown()
            thread.join()
    title = re.search(r"<title>(.*?)</title>", run.stdout, re.S)
    assert title, run.stderr[-2000:]
    images = json.loads(title[1].replace("&quot;", '"'))
    assert len(images) == 2
    for path, width in images:
        assert pathlib.PurePosixPath(path).parent.name == "thumbs" and width > 0


def test_the_newcomers_site_in_any_folder(picdesk, tmp_path):
    """What dev/run without arguments does, in a clone whose path is no plain word."""
    clone = tmp_path / 'a "new" Folder, Übung'
    for name in ("dev/example.py", "tests/integration/nginx.py"):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TOP / name, clone / name)
    for name in ("newsroom", "servers"):
        shutil.copytree(EXAMPLES / name, clone / "examples" / name)
    result = subprocess.run(
        [sys.executable, clone / "dev/example.py", picdesk.binary, clone / "build/example"],
        capture_output=True,
        text=True,
        env={**picdesk.environment, "PATH": os.environ["PATH"]},
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"\d+ images: \d+ ok, 1 broken", result.stdout)
    # The README begins with what the first of the two runs says.
    told = re.search(r"^\$ picdesk build\n(.*?)^```", (TOP / "README.md").read_text(), re.S | re.M)[1]
    said = re.search(r"^\$ picdesk build .*?\n(.*?)^\$ ", result.stdout, re.S | re.M)[1]
    said = re.sub(r"http://127\.0\.0\.1:\d+", "https://pictures.example", said)
    said = re.sub(r"http://127\.0\.0\.2:\d+", "https://wire.example", said)
    machine = (r"(?m)^Decoders confined by: .*$", r"(?m)\d+\.\d+ s$")
    for pattern in machine:
        told, said = re.sub(pattern, "", told), re.sub(pattern, "", said)
    assert told.strip() == said.strip()
    assert re.search(r"^ +\d+ thumbnails, \d+ kB, in assets/thumbs/$", result.stdout, re.M)


def hugo_page(make_site, articles, settings=""):
    """The <img>s of each article's page: alternative text -> attributes."""
    example = Example("hugo", make_site("hugo"))
    config = example.site.root / "hugo.toml"
    config.write_text(config.read_text() + settings)
    for path, text in articles.items():
        example.site.write(path, text)
    assert example.site.build().code == 0
    example.generate()
    pages = {p.parent.name: Images(p.read_text()).found for p in example.output.rglob("*.html")}
    return {name: {image["alt"]: image for image in found} for name, found in pages.items()}


def test_hugo_shows_alternative_texts_and_titles_as_they_were_meant(make_site):
    text = "---\ntitle: x\n---\n"
    text += """![The keeper's "light" & *tea* <3](/images/keeper.jpg "Bob's boat & co")\n"""
    text += "\n![plain](/images/turbines.jpg)\n"
    page = hugo_page(make_site, {"content/posts/said.md": text})["said"]
    assert set(page) == {"The keeper’s “light” & tea <3", "plain"}
    assert page["The keeper’s “light” & tea <3"]["title"] == "Bob's boat & co"
    assert "title" not in page["plain"]


def test_hugo_finds_each_ones_own_file_where_each_language_has_a_folder(make_site):
    languages = "".join(
        f'[languages.{name}]\nweight = {weight}\ncontentDir = "content/{name}"\n'
        for weight, name in enumerate(("en", "de"), 1)
    )
    articles = {}
    for i, path in enumerate(("en/posts/one", "en/posts/two", "de/posts/eins")):
        name = path.rsplit("/")[-1]
        articles[f"content/{path}/index.md"] = f"---\ntitle: {name}\n---\n![{name}](cover.jpg)\n"
        articles[f"content/{path}/cover.jpg"] = pictures.jpeg(90 + i, 60)
    pages = hugo_page(make_site, articles, languages)
    widths = {name: pages[name][name].get("width") for name in ("one", "two", "eins")}
    assert widths == {"one": "90", "two": "91", "eins": "92"}
