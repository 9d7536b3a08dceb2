"""The HTML report: one file, safe from what it shows, and usable, in a real browser where there is
one."""

import datetime
import html
import html.parser
import json
import os
import re
from urllib.parse import unquote

import pytest

import browser as browsers
import packages
import pictures

needs_browser = pytest.mark.skipif(
    not browsers.is_available(), reason="needs Debian's chromium, which dev/packages.txt leaves out"
)
HOSTILE = "</script><script>document.title='owned'</script><svg onload=document.title='owned'>"


@pytest.fixture
def gallery(site, web):
    """Some good images with thumbnails, a broken one, hostile titles, a problem."""
    site.jekyll()
    for name, width, height in (("a", 1200, 600), ("b", 320, 200)):
        web.put(f"{name}.jpg", pictures.jpeg(width, height, seed=ord(name)))
    site.news("one", web.url("fresh", "a.jpg"), web.url("fresh", "gone.jpg"))
    site.write("assets/local.png", pictures.png(64, 48))
    site.write(
        "_news/two.md",
        "---\nimages:\n"
        + f"  - url: {web.url('fresh', 'b.jpg')}\n    width: 320\n    height: 180\n"
        + f"    title: {json.dumps(HOSTILE)}\n"
        + "---\n![local](/assets/local.png)\n"
        + f'<img src="/x{html.escape(HOSTILE)}.png">\n',
    )
    site.write("_data/bad.yml", "a: [\n")
    return site


def report(site, verb="build", *arguments):
    file = site.root.parent / "report.html"
    site.run(verb, *site.picdesk.QUICK, *arguments, "-f", "html", "-o", str(file))
    return file


def data_of(text):
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.S)[1])


def age(file, days_of):
    """Puts back, in the page's data, since when the image of each URL's ending has failed."""
    text = file.read_text()
    data = data_of(text)
    now = datetime.datetime.fromisoformat(data["now"].replace("Z", "+00:00"))
    for image in data["images"]:
        for ending, days in days_of.items():
            if image["url"].endswith(ending):
                since = now - datetime.timedelta(days=days)
                image["failing_since"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    aged = json.dumps(data).replace("<", "\\u003c")
    file.write_text(
        re.sub(r'(id="data">).*?(</script>)', lambda m: m[1] + aged + m[2], text, flags=re.S)
    )


class Tags(html.parser.HTMLParser):
    """Every element and every URL that the markup itself names."""

    def __init__(self):
        super().__init__()
        self.names, self.urls, self.events = [], [], []

    def handle_starttag(self, tag, attributes):
        self.names.append(tag)
        self.urls += [value for name, value in attributes if name in ("src", "href", "action")]
        self.events += [name for name, _ in attributes if name.startswith("on")]


def test_is_one_file_that_nothing_in_it_can_leave(gallery, web):
    text = report(gallery).read_text()
    tags = Tags()
    tags.feed(text)
    assert tags.names.count("script") == 2 and "img" not in tags.names and tags.events == []
    assert sorted(tags.urls) == ["#sheet", "data:,"]
    data = data_of(text)
    assert "default-src 'none'" in text
    by_url = {image["url"]: image for image in data["images"]}
    assert by_url[web.url("fresh", "a.jpg")]["thumb"].startswith("data:image/webp;base64,")
    assert by_url["/assets/local.png"]["thumb"].startswith("data:image/webp;base64,")
    assert "thumb" not in by_url[web.url("fresh", "gone.jpg")]
    assert any(HOSTILE in (ref[3] or "") for image in data["images"] for ref in image["refs"])


def test_thumbnails_come_from_the_cache_and_files_of_the_site_are_linked(gallery, web):
    gallery.run("warm", *gallery.picdesk.QUICK)
    text = report(gallery, "check").read_text()
    data = data_of(text)
    by_url = {image["url"]: image for image in data["images"]}
    assert by_url[web.url("fresh", "a.jpg")]["thumb"].startswith("data:image/webp;base64,")
    fresh = gallery.root.parent / "fresh.html"
    gallery.run(
        "check", *gallery.picdesk.QUICK, "--cache-dir", "../other", "-f", "html", "-o", str(fresh)
    )
    data = data_of(fresh.read_text())
    local = next(image for image in data["images"] if image["url"] == "/assets/local.png")
    assert local["thumb"] == "site/assets/local.png"


CARDS = "[...document.querySelectorAll('.card h3')].map((h) => h.textContent)"


@needs_browser
def test_browser_shows_filters_and_sorts(gallery, tmp_path, web):
    file = report(gallery)
    with browsers.Browser(tmp_path) as browser:
        browser.open(file)
        assert browser.evaluate("document.title") == "Images of site - picdesk"
        cards = browser.evaluate(CARDS)
        assert (
            len(cards) == 5
            and browser.evaluate("document.querySelectorAll('.card')[0].className")
            == "card s-broken"
        )
        loaded = (
            "Promise.all([...document.images].map((i) => i.decode().then(() => i.naturalWidth)))"
        )
        assert browser.evaluate(loaded) == [320, 320, 64] or all(browser.evaluate(loaded))
        # By status, host, finding and text; then everything again.
        browser.evaluate("document.querySelector('.tile[data-status=broken]').click()")
        assert len(browser.evaluate(CARDS)) == 2
        assert browser.evaluate("document.querySelector('#count').textContent") == "2 of 5 images"
        browser.evaluate("document.querySelector('.tile[data-status=broken]').click()")
        choose = "(id, value) => { const s = document.getElementById(id); s.value = value; s.dispatchEvent(new Event('change')); }"
        browser.evaluate(f"({choose})('finding', 'size-mismatch')")
        assert browser.evaluate(CARDS) == ["b.jpg"]
        browser.evaluate(f"({choose})('finding', '')")
        browser.evaluate(f"({choose})('host', '127.0.0.1:{web.port}')")
        assert sorted(browser.evaluate(CARDS)) == ["a.jpg", "b.jpg", "gone.jpg"]
        browser.evaluate(f"({choose})('host', '')")
        browser.evaluate(f"({choose})('sort', 'pixels')")
        assert browser.evaluate(CARDS)[:2] == ["a.jpg", "b.jpg"]
        browser.evaluate(
            "new Promise((done) => { const t = document.getElementById('text'); t.value = 'TWO.md local';"
            " t.dispatchEvent(new Event('input')); setTimeout(done, 300); })"
        )
        assert browser.evaluate(CARDS) == ["local.png"]
        # Nothing was run that a stranger wrote, nothing asked for elsewhere, no error was logged.
        assert browser.evaluate("document.title") == "Images of site - picdesk"
        links = browser.evaluate("[...document.links].map((a) => a.protocol)")
        assert set(links) <= {"http:", "file:"}
        assert [url for url in browser.requests() if not url.startswith(("data:", "file:"))] == []
        assert browser.errors == []


@needs_browser
def test_a_phone_and_paper_leave_nothing_out(site, tmp_path):
    """A long place left no room for its problem; on paper nothing said that it is one page of 3."""
    site.jekyll().write("_posts/2024-05-01-a-post-with-a-long-name.md", "---\na: [\n---\n")
    site.write("a.html", "".join(f"<img src=/{i}.png>" for i in range(150)))
    with browsers.Browser(tmp_path, size=(360, 800)) as browser:
        browser.open(report(site, "check"))
        said = "document.querySelector('#problems td').clientWidth"
        assert browser.evaluate(said) >= 120
        assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
        browser.call("Emulation.setEmulatedMedia", media="print")
        assert "page 1 of 3" in browser.evaluate("document.body.innerText")
        assert not browser.evaluate("document.querySelector('#pager button').offsetWidth")
        assert browser.errors == []


@needs_browser
@pytest.mark.parametrize("size,dark", [((1280, 900), False), ((360, 740), True)])
def test_browser_reads_it_to_everyone(gallery, tmp_path, size, dark):
    file = report(gallery)
    with browsers.Browser(tmp_path, size, dark) as browser:
        browser.open(file)
        nodes = browser.nodes()
        for role, name in nodes:
            if role in (
                "button",
                "link",
                "searchbox",
                "combobox",
                "image",
                "heading",
                "region",
                "table",
            ):
                assert name or role in ("table", "region"), (role, nodes)
        roles = [role for role, _ in nodes]
        for role in ("main", "search", "navigation", "status", "heading", "list", "listitem"):
            assert role in roles or role == "navigation", (role, set(roles))
        # The first Tab is the way past the filters; a tile works by Enter.
        browser.key("Tab")
        assert browser.evaluate("document.activeElement.className") == "skip"
        browser.evaluate("document.querySelector('.tile[data-status=broken]').focus()")
        browser.key("Enter")
        assert (
            browser.evaluate(
                "document.querySelector('.tile[data-status=broken]').getAttribute('aria-pressed')"
            )
            == "true"
        )
        assert len(browser.evaluate(CARDS)) == 2
        # No sideways scrolling, and text that stands out enough from what is behind it (WCAG AA).
        assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert browser.evaluate(CONTRAST) == []
        background = browser.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(15, 19, 24)") == dark, background
        assert browser.errors == []


@needs_browser
def test_browser_says_what_the_run_did_not_look_at(site, tmp_path, faultd):
    shown = "(n => n.offsetHeight > 0 ? n.textContent : '')(document.getElementById('notice'))"
    site.jekyll()
    with browsers.Browser(tmp_path) as browser:
        for path, flags, said in (
            ("/image/1", [], ""),
            ("/image/2", ["--quick"], "Only the headers of 1 image were read (--quick): "),
            ("/hang", ["--max-time", "100ms"], "The run ended before everything was looked at: "),
        ):
            site.news("one", faultd.url(path))
            file = tmp_path / f"report{len(said)}.html"
            site.run("check", *site.picdesk.QUICK, *flags, "-f", "html", "-o", file)
            browser.open(file)
            notice = browser.evaluate(shown)
            assert notice.startswith(said) and bool(notice) == bool(said), path


@needs_browser
def test_browser_shows_since_when_what_fails(site, tmp_path, web):
    site.jekyll()
    names = [f"gone-{i}.jpg" for i in range(4)]
    site.news("one", *(web.url("fresh", name) for name in names))
    site.write("_news/two.md", "![x](/missing.png)\n")
    file = report(site)
    age(file, {"gone-0.jpg": 200, "gone-1.jpg": 20, "gone-2.jpg": 20, "gone-3.jpg": 0})
    with browsers.Browser(tmp_path) as browser:
        browser.open(file)
        rows = browser.evaluate(
            "[...document.querySelectorAll('.timeline tbody tr')].map((row) =>"
            " [row.querySelector('button').textContent, row.textContent,"
            " Math.round(parseFloat(row.querySelector('i').style.width))])"
        )
        assert [row[0] for row in rows] == ["gone-0.jpg", "2 images", "gone-3.jpg"]
        assert [row[2] for row in rows] == [100, 10, 0]
        assert f"127.0.0.1:{web.port}, not found on the server" in rows[1][1]
        assert rows[1][1].endswith(", 20 days") and rows[2][1].endswith(", just now")
        # A row leads to its images.
        browser.evaluate("document.querySelectorAll('.timeline button')[1].click()")
        assert browser.evaluate(CARDS) == ["gone-1.jpg", "gone-2.jpg"]
        said = browser.evaluate("document.getElementById('count').textContent")
        assert said.startswith("2 of 5 images, failing since ")
        browser.evaluate("document.querySelectorAll('.timeline button')[0].click()")
        assert browser.evaluate(CARDS) == ["gone-0.jpg"]
        assert "(200 days)" in browser.evaluate("document.querySelector('.card').textContent")
        # So does a host, whatever was chosen before.
        browser.evaluate("document.querySelector('#tiles [data-status=broken]').click()")
        browser.evaluate("document.querySelector('#hosts button').click()")
        assert sorted(browser.evaluate(CARDS)) == names
        assert browser.errors == []


@needs_browser
@pytest.mark.parametrize("size,dark", [((1280, 900), False), ((390, 844), False), ((1280, 900), True)])
@pytest.mark.parametrize("kind", ["gallery", "empty"])
def test_axe_finds_nothing_serious(site, request, tmp_path, size, dark, kind):
    axe = packages.node_package("axe-core", "axe.min.js").read_text()
    file = report(site if kind == "empty" else request.getfixturevalue("gallery"))
    age(file, {"gone.jpg": 100})
    with browsers.Browser(tmp_path, size, dark) as browser:
        browser.open(file)
        browser.evaluate(axe + ";0")
        found = browser.evaluate(
            "axe.run(document).then((run) =>"
            " run.violations.map((v) => [v.impact, v.id, v.nodes.map((n) => n.html)]))"
        )
        assert found == []


CONTRAST = """
(() => {
	const parse = (c) => c.match(/[\\d.]+/g).map(Number);
	const light = (c) => { const [r, g, b] = parse(c).map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const behind = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (parse(c)[3] !== 0) return c; } return 'rgb(255,255,255)'; };
	const bad = [];
	for (const e of document.querySelectorAll('body *')) {
		if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || !e.getClientRects().length || e.disabled || e.closest('script,style')) continue;
		const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
		if ((a + 0.05) / (b + 0.05) < 4.5) bad.push(e.className + ': ' + e.textContent.slice(0, 30));
	}
	return bad;
})()
"""


@needs_browser
def test_browser_names_scripts_by_their_query_and_says_what_to_do(site, tmp_path, web):
    """Ten images of one image.php are told apart, and a finding that is chosen brings its advice."""
    site.jekyll().news(
        "one", *(web.url("fresh", f"image.php?id={i}#x") for i in (1, 2)), web.url("fresh", "a.jpg?v=1")
    )
    file = report(site, "check")
    with browsers.Browser(tmp_path) as browser:
        browser.open(file)
        assert sorted(browser.evaluate(CARDS)) == ["a.jpg", "image.php?id=1", "image.php?id=2"]
        said = "document.getElementById('advice').innerText"
        assert browser.evaluate(said) == ""
        browser.evaluate(
            "finding.value = 'gone', finding.dispatchEvent(new Event('change')), undefined"
        )
        assert browser.evaluate(said) == (
            "What to do: replace the image or remove the reference."
        )
        assert browser.errors == []


@needs_browser
def test_browser_shows_what_is_very_long_in_a_card_of_its_size(site, tmp_path):
    long = "x" * (1 << 20)
    site.jekyll().write("a.md", f"![a](/{long}/{long}.png)\n![{long}](/b.png)\n")
    file = report(site, "check")
    with browsers.Browser(tmp_path) as browser:
        browser.open(file)
        heights = browser.evaluate(
            "[...document.querySelectorAll('.card')].map((card) => card.offsetHeight)"
        )
        assert len(heights) == 2 and max(heights) < 700
        assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert browser.errors == []


@needs_browser
def test_browser_shows_no_text_the_other_way_round(site, tmp_path):
    """A mark of direction makes gpj.exe of exe.jpg; a line end hides what stands before it."""
    site.jekyll().write(
        "a.md",
        "![a\u202eb](/\u202egpj.png)\n![c](/d%0Ae.png)\n![f](/%E2%80%AEg.png)\n"
        "![i](/i.png\u200b)\n",
    )
    name = b"_posts/\xff\x1b.md"
    (site.root / "_posts").mkdir()
    with open(os.fsencode(site.root) + b"/" + name, "wb") as file:
        file.write(b"![h](/h.png)\n")
    file = report(site, "check")
    with browsers.Browser(tmp_path) as browser:
        browser.open(file)
        assert sorted(browser.evaluate(CARDS)) == [
            "\\u{202e}g.png",
            "\\u{202e}gpj.png",
            "d\\x0ae.png",
            "h.png",
            "i.png\\u{200b}",
        ]
        text = browser.evaluate("document.body.innerText")
        assert "\u202e" not in text and "a\\u{202e}b" in text
        assert "_posts/\\xff\\x1b.md:1:6" in text
        assert browser.errors == []


@needs_browser
def test_browser_finds_files_of_a_site_in_a_folder_of_any_name(make_site, tmp_path):
    """`../c#/b.png` led to the folder `../c`, and `x:y/b.png` nowhere."""
    with browsers.Browser(tmp_path) as browser:
        for name in ("c# 100%", "x:y?"):
            site = make_site(name)
            site.jekyll().write("b.png", pictures.png(8, 8))
            site.write("a.md", "![](/b.png)\n")
            browser.open(report(site, "check", "--offline"))
            (link,) = browser.evaluate("[...document.querySelectorAll('h3 a')].map((a) => a.href)")
            assert unquote(link.removeprefix("file://")) == str(site.root / "b.png")
            assert not browser.evaluate("new URL(document.querySelector('h3 a').href).hash")
            assert browser.errors == []


@needs_browser
def test_browser_shows_all_where_a_name_is_no_utf8(site, tmp_path):
    """Of an article in Latin-1: no image at all was shown, for one of them had no link."""
    page = '<img src="/caf\xe9 a%20b.png"><img src="/b.png"><img src="http://a.example/\xe9">\n'
    site.jekyll().write("a.html", page.encode("latin-1"))
    file = report(site, "check", "--offline")
    with browsers.Browser(tmp_path) as browser:
        browser.open(file)
        links = browser.evaluate("[...document.querySelectorAll('h3 a')].map((a) => a.href)")
        root = site.root.as_uri()
        assert sorted(links) == [
            f"{root}/b.png",
            f"{root}/caf%e9%20a%20b.png",
            "http://a.example/%e9",
        ]
        assert browser.errors == []


@needs_browser
def test_browser_holds_ten_thousand_images(site, tmp_path):
    site.jekyll()
    for part in range(10):
        site.write(
            f"_news/{part}.md", "".join(f"![x](/gone/{part}-{i}.png)\n" for i in range(1000))
        )
    file = report(site, "check")
    with browsers.Browser(tmp_path) as browser:
        browser.open(file)
        assert browser.evaluate("document.querySelectorAll('.card').length") == 60
        assert "page 1 of 167" in browser.evaluate("document.querySelector('#pager').textContent")
        took = browser.evaluate(
            "(() => { const t = performance.now(); document.querySelector('[aria-label=\"Next page\"]').click(); return performance.now() - t; })()"
        )
        assert took < 500
        assert browser.evaluate(CARDS)[0] == "0-60.png"
        assert browser.errors == []
