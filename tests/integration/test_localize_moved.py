"""localize --restore where articles were renamed, put aside or removed since."""

import re

import pytest

from test_localize import articles, images, localize


def test_restore_finds_articles_that_were_renamed(photo_site):
    """By their very bytes; it was "it has changed since", run after run."""
    before = articles(photo_site)
    assert localize(photo_site).code == 0
    one, two = (photo_site.root / f"_news/{name}.md" for name in ("one", "two"))
    (photo_site.root / "_posts/2024").mkdir(parents=True)
    one.rename(photo_site.root / "_posts/2024/first of all.md")
    two.rename(photo_site.root / "_news/one.md")  # and another has its name
    shown = photo_site.run("localize", "--restore", "--dry-run")
    assert shown.code == 0 and "+++ b/_posts/2024/first of all.md" in shown.out, shown
    result = photo_site.run("localize", "--restore")
    assert result.code == 0 and "2 files restored, 4 images removed" in result.out, result
    assert result.err == ""
    now = articles(photo_site)
    assert now["_posts/2024/first of all.md"] == before["_news/one.md"]
    assert now["_news/one.md"] == before["_news/two.md"]
    assert images(photo_site) == {}


@pytest.mark.parametrize("how", ["exclude_paths: [aside]", "content: [_news]", ".gitignore"])
def test_restore_finds_an_article_that_was_put_aside(photo_site, how):
    """Where nothing is scanned. It was "gone": its images were removed, and its URLs lost."""
    one = photo_site.root / "_news/one.md"
    before = one.read_bytes()
    photo_site.write(*((how, "aside\n") if how == ".gitignore" else ("picdesk.yml", f"{how}\n")))
    assert localize(photo_site).code == 0 and one.read_bytes() != before
    (photo_site.root / "aside").mkdir()
    one = one.rename(photo_site.root / "aside/one.md")
    result = photo_site.run("localize", "--restore")
    assert (result.code, result.err) == (0, ""), result
    assert one.read_bytes() == before and images(photo_site) == {}


def test_restore_tells_of_articles_that_are_gone(photo_site, web):
    """One that was split is named, with what stood there; one that was removed holds nothing up."""
    assert localize(photo_site).code == 0
    one, two = (photo_site.root / f"_news/{name}.md" for name in ("one", "two"))
    part = photo_site.write("_news/part.md", one.read_text() + "More.\n")
    one.unlink()
    two.unlink()
    result = photo_site.run("localize", "--restore")
    url = web.url("fresh", "a.jpg")
    assert result.code == 1 and "_news/two.md: it is gone: nothing was restored in it" in result.err
    told = [line for line in result.err.splitlines() if url in line]
    assert len(told) == 1 and told[0].startswith("_news/part.md:"), result
    said = "stood there, in _news/one.md, which is gone: put it back by hand"
    assert told[0].endswith(f": {url} {said}")
    text = part.read_text()
    for line in result.err.splitlines():
        if line.startswith("_news/part.md:"):
            number = int(line.split(":")[1])
            old = next(word for word in line.split() if word.startswith("http"))
            row = text.split("\n")[number - 1]
            text = text.replace(row, re.sub(r"/assets/images/\S+?\.jpg", old, row))
    part.write_text(text)
    result = photo_site.run("localize", "--restore")
    assert result.code == 0 and "0 files restored, 4 images removed" in result.out, result
    assert photo_site.run("localize", "--restore").err.count("no run of localize to undo") == 1
