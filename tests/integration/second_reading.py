"""A second reading of a site, by other people's parsers: PyYAML's front matter, cmark-gfm's Markdown,
html5lib's HTML. It shares no code with picdesk and is slow; test_second_reading.py compares the two.

An image is (url, first line, last line): cmark-gfm says in which block of lines an image stands, not
where; HTML that it passes through has no place at all, and then the lines are None."""

import html
import json
import pathlib
import re
import subprocess
import urllib.parse

import html5lib
import yaml

MARKDOWN = {".md", ".markdown"}
HTML = {".html", ".htm"}
DATA = {".yml", ".yaml", ".json"}
SKIPPED_FOLDERS = {"_site", "vendor", "node_modules"}
EXTENSION = re.compile(r"\.(jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?)([?#]|$)", re.IGNORECASE)
FRONT_MATTER = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
# The names of issue lists and themes; the program's own list is longer.
KEYS = set(
    "image images img thumbnail thumb cover banner hero avatar logo logos photo picture icon poster "
    "teaser gallery featured_image og_image".split()
)
SOURCES = ("url", "src", "path", "image_path", "file")
HIDING = re.compile(r"\{%-?\s*(raw|comment|highlight)\b.*?%\}.*?\{%-?\s*end\1\s*-?%\}", re.DOTALL)
EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
INCLUDE = re.compile(
    r"\{%-?\s*include\s.*?\b(?:url|src|image_path)=\"([^\"{]+)\".*?%\}", re.DOTALL
)
TOKEN = re.compile("xexpr(\\d+)x")
CSS_URL = re.compile(r"url\(\s*[\"']?([^\"')]+)")


def normal(url):
    """One spelling for a URL that is written, escaped and percent-encoded in different ways."""
    return urllib.parse.unquote(html.unescape(url).strip())


def files_of(root):
    for path in sorted(pathlib.Path(root).rglob("*")):
        parts = path.relative_to(root).parts
        if any(part in SKIPPED_FOLDERS or part.startswith(".") for part in parts):
            continue
        if path.is_file() and path.suffix in MARKDOWN | HTML | DATA:
            yield path


def looks_like_image(value):
    return (
        isinstance(value, str)
        and " " not in value.strip()
        and (EXTENSION.search(value) or value.startswith(("http:", "https:", "//")))
    )


def values(node, is_image=False):
    """The image URLs of a YAML or JSON tree."""
    if isinstance(node, dict):
        for key, value in node.items():
            is_source = is_image and key in SOURCES
            inner = str(key).lower().replace("-", "_") in KEYS
            yield from values(value, is_image=is_source or inner)
    elif isinstance(node, list):
        for value in node:
            yield from values(value, is_image)
    elif is_image and looks_like_image(node):
        yield node


class Body:
    """Liquid is taken out before Markdown sees it: an expression becomes one word, a hidden block
    becomes empty lines."""

    def __init__(self, text):
        self.expressions = []
        text = HIDING.sub(lambda hidden: "\n" * hidden.group().count("\n"), text)
        self.includes = INCLUDE.findall(text)
        self.text = EXPRESSION.sub(self.replaced, text)

    def replaced(self, expression):
        self.expressions.append(expression.group())
        lines = "\n" * expression.group().count("\n")
        return f"xexpr{len(self.expressions) - 1}x{lines}"

    def restored(self, url):
        return TOKEN.sub(lambda token: self.expressions[int(token.group(1))], url)


def rendered(text):
    command = ["cmark-gfm", "--unsafe", "--sourcepos", "-e", "table", "-e", "footnotes"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


def candidates(srcset):
    for candidate in re.split(r",\s+", srcset):
        if candidate.strip(", \t\n"):
            yield candidate.strip(", \t\n").split()[0]


def urls_of(element, name):
    get = element.get
    kind = (get("type") or "").lower()
    if name == "img" or (name == "input" and kind == "image"):
        yield get("src")
    if name == "embed" and (kind.startswith("image/") or EXTENSION.search(get("src") or "")):
        yield get("src")
    if name in ("img", "source"):
        yield from candidates(get("srcset") or "")
        yield get("data-src")
    if name == "video":
        yield get("poster")
    if name == "link" and set((get("rel") or "").lower().split()) & {"icon", "apple-touch-icon"}:
        yield get("href")
    if name == "meta" and (get("property") or get("name")) in ("og:image", "twitter:image"):
        yield get("content")
    yield from CSS_URL.findall(get("style") or "")


def html_images(text):
    def visit(element, lines):
        place = element.get("data-sourcepos")
        if place:
            lines = tuple(int(number.split(":")[0]) for number in place.split("-"))
        if isinstance(element.tag, str):
            for url in urls_of(element, element.tag):
                if url and url.strip():
                    yield url, lines
            if element.tag == "template":
                return
        for child in element:
            yield from visit(child, lines)

    yield from visit(html5lib.parse(text, namespaceHTMLElements=False), (None, None))


def read(path):
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".json" and text.startswith("---"):
        return []  # Jekyll makes the JSON: it is a template
    if path.suffix == ".json":
        return [(normal(url), None, None) for url in values(json.loads(text))]
    if path.suffix in DATA:
        trees = yaml.load_all(text, yaml.BaseLoader)
        return [(normal(url), None, None) for tree in trees for url in values(tree)]
    images, front_matter = [], FRONT_MATTER.match(text)
    if front_matter:
        tree = yaml.load(front_matter.group(1), yaml.BaseLoader)
        images += [(normal(url), None, None) for url in values(tree)]
        # The lines stay what they are.
        text = "\n" * front_matter.group().count("\n") + text[front_matter.end() :]
    body = Body(text)
    shown = rendered(body.text) if path.suffix in MARKDOWN else body.text
    images += [(normal(body.restored(url)), *lines) for url, lines in html_images(shown)]
    images += [(normal(url), None, None) for url in body.includes]
    return images


def read_site(root):
    """file -> its images."""
    return {str(path.relative_to(root)): read(path) for path in files_of(root)}
