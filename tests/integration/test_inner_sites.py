"""A site in a folder of the checked one, as GitHub's Pages in docs/: its verdicts are those of a look at
that folder alone, and its articles are not given paths of the site around it."""

import pytest

import pictures
from test_incremental import look

POST = """---
title: One
---
![a](/p/img/a.png) ![b](/img/a.png) ![c]({{ site.baseurl }}/img/a.png)
![d](/img/gone.png) ![e](../../b.png) ![f](/b.png)
"""


@pytest.fixture
def repository(site):
    site.write("README.md", "![a](docs/img/a.png) ![b](b.png)\n")
    site.write("b.png", pictures.png(4, 3))
    site.write("docs/_config.yml", "baseurl: /p\nlogo: /p/img/a.png\n")
    site.write("docs/img/a.png", pictures.png(8, 6))
    site.write("docs/_posts/2026-01-01-one.md", POST)
    return site


def broken(result):
    return sorted(image["url"] for image in result.report["images"] if image["status"] == "broken")


def test_paths_are_those_of_their_own_site(repository):
    outer = repository.json("check")
    assert broken(outer) == ["/docs/b.png", "/docs/img/gone.png"], outer
    assert outer.totals["ok"] == 2, outer
    inner = repository.json("check", "docs")
    # b.png of the repository lies outside of that site.
    assert broken(inner) == ["/../../b.png", "/b.png", "/img/gone.png"], inner


def test_a_named_file_is_of_its_own_site(repository):
    paths = ("README.md", "docs/_posts/2026-01-01-one.md")
    assert broken(repository.json("check", *paths)) == ["/docs/b.png", "/docs/img/gone.png"]


def test_what_is_remembered_of_a_file_is_what_its_own_site_makes_of_it(site):
    """The same bytes are code for one generator, and an image for another."""
    text = "Text:\n\n    ![a](https://example.org/a.png)\n"
    site.write("plain/a.md", text)
    site.write("eleventy/eleventy.config.js", "export default function (c) {}\n")
    site.write("eleventy/a.md", text)
    for parsed in (2, 0):
        read, report = look(site)
        assert read == parsed, report
        (image,) = report["images"]
        assert [ref["file"] for ref in image["refs"]] == ["eleventy/a.md"], image


def test_localize_leaves_articles_of_another_site(repository, web):
    web.put("c.png", pictures.png(5, 5))
    url = web.url("fresh", "c.png")
    repository.write("docs/_posts/2026-01-01-one.md", f"![c]({url})\n")
    repository.write("README.md", f"![c]({url})\n")
    result = repository.run("localize", "--allow-private")
    assert "docs/_posts/2026-01-01-one.md:1:6: a generator's configuration" in result.err, result
    assert url in (repository.root / "docs/_posts/2026-01-01-one.md").read_text()
    assert url not in (repository.root / "README.md").read_text()
    assert repository.run("localize", "docs", "--allow-private").code == 0
    text = (repository.root / "docs/_posts/2026-01-01-one.md").read_text()
    assert text.startswith("![c](/p/assets/images/"), text
    assert repository.check("docs").code == 0


@pytest.mark.parametrize(
    "paths", [("docs/content/a.md", "docs"), ("docs/content", "docs"), ("docs/public",)]
)
def test_what_a_site_builds_is_left_out_whatever_is_named_beside_it(site, paths):
    site.write("docs/hugo.toml", 'title = "x"\n')
    site.write("docs/content/a.md", "![a](/gone.png)\n")
    site.write("docs/public/index.html", '<img src="/built.png">\n')
    found = ["/docs/built.png"] if paths == ("docs/public",) else ["/docs/gone.png"]
    assert broken(site.json("check", "--root-dir", ".", *paths)) == found


def test_what_an_inner_site_excludes_counts_below_a_named_folder_of_it(site):
    site.write("docs/hugo.toml", 'title = "x"\n')
    site.write("docs/themes/x/exampleSite/content/a.md", "![a](/example.png)\n")
    site.write("docs/themes/x/README.md", "![a](gone.png)\n")
    for path in ("docs", "docs/themes"):
        result = site.json("check", "--root-dir", ".", path)
        assert broken(result) == ["/docs/themes/x/gone.png"], path


def test_a_theme_in_an_inner_site_uses_what_that_site_has(site):
    site.write("docs/hugo.toml", 'title = "x"\n')
    site.write("docs/static/images/a.png", pictures.png(4, 3))
    site.write("docs/themes/x/hugo.toml", "[params]\n")
    style = "a { background: url(/images/a.png) url(/images/b.png) }\n"
    site.write("docs/themes/x/static/css/x.css", style)
    whole = site.json("check")
    assert (whole.totals["ok"], whole.totals["broken"]) == (1, 1), whole
    named = site.json("check", "--root-dir", ".", "docs/themes/x/static/css/x.css")
    assert named.totals == whole.totals, named


def test_a_file_of_the_theme_comes_before_one_of_other_letter_case_around_it(site):
    site.write("hugo.toml", 'title = "x"\n')
    site.write("static/Img/a.png", pictures.png(4, 3))
    site.write("static/Img/b.png", pictures.png(4, 3))
    site.write("themes/x/hugo.toml", "[params]\n")
    site.write("themes/x/static/img/a.png", pictures.png(4, 3))
    site.write("themes/x/static/css/x.css", "a { background: url(/img/a.png) url(/img/b.png) }\n")
    images = {image["url"]: image for image in site.json("check").report["images"]}
    assert images["/themes/x/static/img/a.png"]["status"] == "ok", images
    assert "case-mismatch" in [
        finding["code"] for finding in images["/static/img/b.png"]["findings"]
    ], images


def test_what_hugo_makes_in_an_inner_site_is_no_article(site):
    site.write("docs/hugo.toml", 'title = "x"\n')
    site.write("docs/content/a.md", "![a](/gone.png)\n")
    site.write("docs/resources/_gen/assets/a.css", "a { background: url(made.png) }\n")
    assert broken(site.json("check")) == ["/docs/gone.png"]


def test_an_ignore_file_of_an_inner_site_takes_back_what_that_excludes(site):
    site.write("docs/hugo.toml", 'title = "x"\n')
    site.write("docs/public/a.md", "![a](gone.png)\n")
    site.write("docs/.picdeskignore", "!/public/\n")
    assert broken(site.json("check")) == ["/docs/public/gone.png"]
    assert broken(site.json("check", "docs")) == ["/public/gone.png"]
