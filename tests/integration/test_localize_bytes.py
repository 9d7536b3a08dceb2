"""localize: of which bytes the site's own images are made."""

import os
import sqlite3

import pytest

import pictures
from conftest import Picdesk
from test_localize import images, localize


def test_bytes_of_the_cache_are_used_and_missing_ones_are_fetched(photo_site, web):
    photo_site.build("_news/one.md")
    web.forget()
    assert localize(photo_site).code == 0
    assert sorted(r["path"] for r in web.requests()) == ["/fresh/c.jpg", "/fresh/d.jpg"]
    assert len(images(photo_site)) == 4


def test_an_image_that_is_gone_is_rescued(site, web):
    data = pictures.jpeg(80, 60)
    file = web.put("a.jpg", data)
    gone = web.url("stale", "a.jpg")
    site.jekyll().news("one", gone, gone + "#there", web.url("stale", "never.jpg"))
    site.build()
    file.unlink()
    result = localize(site)
    assert result.code == 0 and "1 image stays remote" in result.out, result
    assert list(images(site).values()) == [data]
    text = (site.root / "_news/one.md").read_text()
    assert gone not in text and web.url("stale", "never.jpg") in text


def test_who_reads_a_diff_slowly_keeps_nobody_waiting(site, web):
    """The index was held since the bytes of an image that is gone were looked for."""
    file = web.put("a.jpg", pictures.jpeg(80, 60))
    gone = web.url("stale", "a.jpg")
    site.jekyll().write("a.md", f"![x]({gone})\n" * 5000)
    site.build()
    file.unlink()
    process = site.picdesk.start("localize", "--dry-run", *Picdesk.QUICK, cwd=site.root)
    assert os.read(process.stdout.fileno(), 4) == b"--- "
    index = sqlite3.connect(site.root / ".cache/picdesk/index.sqlite", timeout=0)
    index.execute("BEGIN EXCLUSIVE")
    index.close()
    result = site.picdesk.finish(process)
    assert result.code == 0 and len(result.out) > 5000 * len(gone), result


@pytest.mark.parametrize("before", [None, "check", "warm"])
def test_an_image_that_is_not_to_be_stored_comes_into_the_site(site, faultd, before):
    """"There are no good bytes" was said of it, and check, to which that pointed, called it ok."""
    data = pictures.jpeg(80, 60)
    url = faultd.serve("/files/a.jpg", data, Cache_Control="no-store")
    article = site.jekyll().news("one", url)
    if before:
        site.json(before)
    result = localize(site)
    assert result.code == 0 and "stays remote" not in result.out, result
    assert list(images(site).values()) == [data] and url not in article.read_text()
    assert site.run("localize", "--restore").code == 0
    assert images(site) == {} and url in article.read_text()
