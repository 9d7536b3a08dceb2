"""The manifest: what it names, by which spelling, for which generator."""

import os
import re

import pytest

import pictures

HEXO = "source_dir: source\nurl: https://e.org\n"
JEKYLL, HUGO = "baseurl: /blog\n", 'baseURL = "https://example.org/blog/"\n'
ASTRO = "export default defineConfig({ site: 'https://example.org', base: '/blog/', %s });\n"


def test_manifest(photo_site, web):
    result = photo_site.build()
    manifest = photo_site.manifest()
    assert manifest["schema"] == "picdesk/manifest/1"
    assert set(manifest["images"]) == {web.url("fresh", f"{name}.jpg") for name in "abcd"}
    entry = manifest["images"][web.url("fresh", "a.jpg")]
    assert (entry["url"], entry["type"], entry["width"], entry["height"]) == (
        web.url("fresh", "a.jpg"),
        "image/jpeg",
        1200,
        600,
    )
    assert entry["hash"] == result.image(web.url("fresh", "a.jpg"))["hash"]
    card = entry["thumbs"]["card"]
    assert (card["width"], card["height"], card["type"]) == (640, 320, "image/webp")
    assert (photo_site.root / card["path"]).is_file()
    assert card["url"] == "/" + card["path"]
    assert re.fullmatch(r"\S+ 320w, \S+ 640w", entry["srcset"]["webp"])
    assert entry["srcset"]["webp"].endswith(f"{card['url']} 640w")


def test_urls_of_thumbnails_are_those_of_the_built_site(make_site):
    """Behind the site's own path, and without the folder that the generator takes away, which its
    own configuration may name."""
    sites = [
        ("_config.yml", JEKYLL, "", "_data"),
        ("_config.yml", JEKYLL + "source: ./src/\ndata_dir: facts\n", "src/", "src/facts"),
        ("_config.yml", "source_dir: source\nurl: https://e.org/blog/\n", "source/", "source/_data"),
        ("_config.yml", HEXO + "root: /blog/\n", "source/", "source/_data"),
        ("hugo.toml", HUGO, "static/", "data"),
        ("hugo.toml", HUGO + "staticDir = ['a/b', 'c']\ndataDir = 'facts'", "a/b/", "facts"),
        (
            *("hugo.toml", HUGO + "[[module.mounts]]\nsource = 'files'\ntarget = 'static'\n"),
            *("files/", "data"),
        ),
        ("config.toml", 'base_url = "https://example.org/blog"\n', "static/", "data"),
        ("hugo.toml", 'baseURL = "//example.org/blog/"\n', "static/", "data"),
        ("mkdocs.yml", "site_url: !ENV [X, 'https://example.org/blog/']\n", "docs/", "."),
        ("astro.config.mjs", ASTRO % "", "public/", "src/data"),
        ("astro.config.ts", ASTRO % "publicDir: './static'", "static/", "src/data"),
    ]
    for number, (config, text, folder, data) in enumerate(sites):
        site = make_site(f"site-{number}")
        site.write(config, text)
        site.write(folder + "a.jpg", pictures.jpeg(60, 40))
        site.write("content/one.md", "---\nimage: /a.jpg\n---\n")
        assert site.build().code == 0
        entry = site.manifest(f"{data}/picdesk.json")["images"]["/a.jpg"]
        for thumb in entry["thumbs"].values():
            assert thumb["path"].startswith(folder + "assets/thumbs/")
            assert thumb["url"] == "/blog/" + thumb["path"].removeprefix(folder)
            assert f"{thumb['url']} {thumb['width']}w" in entry["srcset"]["webp"]


@pytest.mark.parametrize(
    "config, text, publish, url",
    [
        ("eleventy.config.js", "c.setInputDirectory('src')", "src/assets/t", "assets/t"),
        ("hugo.toml", "staticDir = ['a', 'b']", "b/t", "t"),
        ("docusaurus.config.js", "", "static/t", "t"),
        ("docusaurus.config.js", "({staticDirectories: ['a', 'b']})", "b/t", "t"),
        ("next.config.mjs", "", "t", "t"),
        ("mkdocs.yml", "site_url: !ENV READTHEDOCS_CANONICAL_URL", "docs/t", "t"),
    ],
)
def test_urls_of_thumbnails_that_were_put_elsewhere(site, config, text, publish, url):
    site.write(config, text)
    site.write("picdesk.yml", f"publish: {publish}\nmanifest: m.json\n")
    site.write("a.jpg", pictures.jpeg(60, 40))
    site.write("one.md", "![x](a.jpg)\n")
    assert site.build().code == 0
    card = site.manifest("m.json")["images"]["a.jpg"]["thumbs"]["card"]
    assert card["path"].startswith(publish + "/") and card["url"].startswith(f"/{url}/")


def test_a_base_url_that_a_srcset_would_end_at(site):
    """As a URL whatever is in it; what is one already stays."""
    site.write("_config.yml", "baseurl: /my pages, é/a%20b\n")
    site.write("a.jpg", pictures.jpeg(700, 400))
    site.write("a.md", "![a](/a.jpg)\n")
    assert site.build().code == 0
    entry = site.manifest()["images"]["/a.jpg"]
    small, card = entry["thumbs"]["small"], entry["thumbs"]["card"]
    assert small["url"] == "/my%20pages%2C%20%C3%A9/a%20b/" + small["path"]
    assert entry["srcset"]["webp"] == f"{small['url']} 320w, {card['url']} 640w"


def test_manifest_is_keyed_as_written(site, web):
    web.put("a.jpg", pictures.jpeg(400, 300))
    escaped = web.url("fresh", "a.jpg?w=1&#038;h=2")
    plain = web.url("fresh", "a.jpg?w=1&h=2")
    site.jekyll().news("one", escaped, plain)
    assert site.build().code == 0
    images = site.manifest()["images"]
    assert set(images) == {escaped, plain}
    assert images[escaped] == images[plain]
    assert len(web.requests()) == 1


def test_relative_spelling_of_two_files_is_keyed_by_file(site):
    for name, seed in (("a", 1), ("b", 2)):
        site.write(f"{name}/index.html", "<img src=cover.jpg>\n")
        site.write(f"{name}/cover.jpg", pictures.jpeg(400, 300, seed=seed))
    assert site.build().code == 0
    images = site.manifest("picdesk.json")["images"]
    assert set(images) == {"a/index.html:cover.jpg", "b/index.html:cover.jpg"}
    assert images["a/index.html:cover.jpg"]["hash"] != images["b/index.html:cover.jpg"]["hash"]


def keyed(site):
    return {key: i["url"] for key, i in site.manifest("picdesk.json")["images"].items()}


@pytest.mark.parametrize("first", ["a/index.html", "."])
def test_a_relative_spelling_in_a_partial_run(site, first):
    """After a build of one article, that of the other gave the first one its picture. What the earlier
    manifest has under the plain spelling stays until the whole is built."""
    site.write("picdesk.yml", "")
    for name, seed in (("a", 1), ("b", 2)):
        site.write(f"{name}/index.html", f"<img src=cover.jpg> <img src=/{name}/cover.jpg>\n")
        site.write(f"{name}/cover.jpg", pictures.jpeg(40, 30, seed=seed))
    whole = {
        "/a/cover.jpg": "/a/cover.jpg",
        "/b/cover.jpg": "/b/cover.jpg",
        "a/index.html:cover.jpg": "/a/cover.jpg",
        "b/index.html:cover.jpg": "/b/cover.jpg",
    }
    for path in (first, "b/index.html", "a/index.html"):
        assert site.build(path).code == 0
    plain = {} if first == "." else {"cover.jpg": "/a/cover.jpg"}
    assert keyed(site) == {**whole, **plain}
    assert site.build().code == 0
    assert keyed(site) == whole


def test_an_article_that_was_moved_keeps_its_spelling(site):
    site.write("picdesk.yml", "")
    site.write("a/index.html", "<img src=cover.jpg>\n")
    site.write("a/cover.jpg", pictures.jpeg(40, 30))
    assert site.build().code == 0
    (site.root / "a").rename(site.root / "b")
    assert site.build("b").code == 0
    assert keyed(site) == {"cover.jpg": "/b/cover.jpg"}


@pytest.mark.parametrize(
    "marker, publish, manifest",
    [
        ("_config.yml", "assets/thumbs", "_data/picdesk.json"),
        ("_config.yaml", "assets/thumbs", "_data/picdesk.json"),
        ("docusaurus.config.ts", "static/assets/thumbs", "picdesk.json"),
        ("docs/.vitepress/config.mts", "docs/public/assets/thumbs", "picdesk.json"),
        ("pelicanconf.py", "content/assets/thumbs", "picdesk.json"),
        (".eleventy.js", "assets/thumbs", "_data/picdesk.json"),
        ("hugo.toml", "static/assets/thumbs", "data/picdesk.json"),
        ("astro.config.mjs", "public/assets/thumbs", "src/data/picdesk.json"),
        (None, "assets/thumbs", "picdesk.json"),
    ],
)
def test_each_generator_has_its_places(site, web, marker, publish, manifest):
    if marker:
        site.write(marker, "")
    web.put("a.jpg", pictures.jpeg(800, 600))
    site.news("one", web.url("fresh", "a.jpg"))
    assert site.build().code == 0
    assert len(site.thumbs(publish)) == 2
    assert web.url("fresh", "a.jpg") in site.manifest(manifest)["images"]


@pytest.mark.parametrize(
    "config, source, publish",
    [
        (".vitepress/config.mts", "./src", "src/public/assets/thumbs"),
        ("docs/.vitepress/config.js", "a/b", "docs/a/b/public/assets/thumbs"),
        ("docs/.vitepress/config.ts", ".", "docs/public/assets/thumbs"),
        (".vitepress/config/index.ts", "src", "src/public/assets/thumbs"),
        ("docs/.vitepress/config/index.mts", "a", "docs/a/public/assets/thumbs"),
    ],
)
def test_thumbnails_lie_where_vitepress_has_its_articles(site, config, source, publish):
    site.write(config, f"export default defineConfig({{ base: '/b/', srcDir: '{source}' }})\n")
    site.write("a.jpg", pictures.jpeg(60, 40))
    site.write("one.md", "![x](/a.jpg)\n")
    assert site.build().code == 0
    card = site.manifest("picdesk.json")["images"]["/a.jpg"]["thumbs"]["card"]
    assert card["path"].startswith(publish + "/") and card["url"].startswith("/assets/thumbs/")


@pytest.mark.parametrize(
    "text, folder",
    [
        ("addPassthroughCopy('src/assets'); c.setInputDirectory('src')", "src/"),
        ("addPassthroughCopy({'./src/assets/': '/assets'}); return {dir: {input: 'src'}}", "src/"),
        ("addPassthroughCopy({'./public/': '/'}); return {pathPrefix: '/'}", "public/"),
        ("addPassthroughCopy('assets').addPassthroughCopy({'public': '/'})", ""),
        ("addPassthroughCopy({'src/static': '/'}); c.setInputDirectory('src')", "src/static/"),
        ("addPassthroughCopy({'img/*.jpg': '/', 'public': '/'})", "public/"),
        ("addFilter('x', f); const nav = {home: '/', 'a/assets': 'assets'}", ""),
        ("setInputDirectory('src'); const nav = {'src/assets': 'assets'}", ""),
        ("addPassthroughCopy('src/img'); return {dir: {input: 'src'}}", ""),
    ],
)
def test_thumbnails_lie_where_eleventy_copies_assets(site, text, folder):
    site.write("eleventy.config.js", f"export default function (c) {{ c.{text} }}\n")
    site.write("a.jpg", pictures.jpeg(60, 40))
    site.write("one.md", "![x](/a.jpg)\n")
    site.write("picdesk.yml", "manifest: m.json\n")
    assert site.build().code == 0
    card = site.manifest("m.json")["images"]["/a.jpg"]["thumbs"]["card"]
    assert card["path"].startswith(f"{folder}assets/thumbs/")
    assert card["url"] == "/" + card["path"].removeprefix(folder)


def test_a_file_that_eleventy_copies_to_the_root(site):
    """A favicon, mostly. The thumbnails were to lie below it, and the build failed."""
    site.write("eleventy.config.js", "c => { c.addPassthroughCopy({'img/a.jpg': '/'}) }\n")
    site.write("img/a.jpg", pictures.jpeg(60, 40))
    site.write("one.md", "![x](/a.jpg)\n")
    site.write("picdesk.yml", "manifest: m.json\n")
    result = site.build()
    assert result.code == 0, result
    card = site.manifest("m.json")["images"]["/a.jpg"]["thumbs"]["card"]
    assert card["path"].startswith("assets/thumbs/")


@pytest.mark.parametrize(
    "text, manifest",
    [
        ("c => { return { dir: { input: 'src' } } }", "src/_data"),
        ("c => ({ dir: { input: './src', data: 'facts', output: 'x' } })", "src/facts"),
        ("c => ({ dir: { input: 'content', data: '../_data' } })", "_data"),
        ("c => { c.setInputDirectory('a/b'); c.setDataDirectory('../d') }", "a/d"),
        ("c => ({ dir: { input: process.env.INPUT } })", "_data"),
    ],
)
def test_the_manifest_lies_where_eleventy_reads_data(site, text, manifest):
    site.write("eleventy.config.js", f"export default {text}\n")
    site.write("a.jpg", pictures.jpeg(60, 40))
    site.write("one.md", "![x](/a.jpg)\n")
    assert site.build().code == 0
    assert "/a.jpg" in site.manifest(f"{manifest}/picdesk.json")["images"]


def test_lost_manifest_and_thumbnail_are_written_again(photo_site):
    photo_site.build()
    before = {path: data for path, (data, _) in photo_site.tree("assets", "_data").items()}
    os.unlink(photo_site.root / "_data/picdesk.json")
    os.unlink(next(iter(photo_site.thumbs().values())))
    photo_site.build()
    assert {path: data for path, (data, _) in photo_site.tree("assets", "_data").items()} == before


def test_a_manifest_that_jekyll_can_read(make_site, faultd):
    """Jekyll reads JSON as YAML, whose keys end at 1,024 characters: one longer URL, and no page
    was built any more."""
    short, least, most = (faultd.url("/image/1?").ljust(n, "x") for n in (99, 1022, 1023))
    for config, expected in [
        ("_config.yml", {short, least}),
        ("hugo.toml", {short, least, most}),
    ]:
        site = make_site(config.split(".")[0])
        site.write(config, "")
        site.write("content/a.md", "".join(f"![]({url})\n\n" for url in (short, least, most)))
        result = site.run("build", *site.picdesk.QUICK)
        assert result.code == 0, result
        path = "_data/picdesk.json" if config == "_config.yml" else "data/picdesk.json"
        assert set(site.manifest(path)["images"]) == expected
        assert ("Not in it: 1 URL" in result.out) == (most not in expected), result


def test_a_build_says_once_what_an_earlier_configuration_left(photo_site):
    """The thumbnails and the manifest of another `publish:` and `manifest:`."""
    said = (
        "picdesk: assets/thumbs has the thumbnails of an earlier `publish:`, which stay: "
        "remove them (its .picdesk-published lists them) where",
        "picdesk: _data/picdesk.json is the manifest of an earlier `manifest:`, and stays: ",
    )
    assert photo_site.build().err == ""
    photo_site.write("picdesk.yml", "publish: assets/small\nmanifest: _data/small.json\n")
    part = photo_site.build("_news/one.md")
    assert part.code == 0 and part.err == ""
    moved = photo_site.build()
    assert moved.code == 0 and all(text in moved.err for text in said), moved
    assert list((photo_site.root / "assets/thumbs").glob("*.webp"))
    assert photo_site.build().err == ""
    # Two configurations in turns are told once each.
    (photo_site.root / "picdesk.yml").unlink()
    back = photo_site.build()
    assert "assets/small has the thumbnails" in back.err and back.err.count("\n") == 2, back
    photo_site.write("picdesk.yml", "publish: assets/small\nmanifest: _data/small.json\n")
    assert photo_site.build().err == ""
    # Where they were removed, there is nothing to tell.
    for path in (photo_site.root / "assets/small").iterdir():
        path.unlink()
    photo_site.write("picdesk.yml", "publish: assets/third\n")
    (photo_site.root / "_data/small.json").unlink()
    assert photo_site.build().err == ""
