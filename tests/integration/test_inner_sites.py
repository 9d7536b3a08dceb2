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
