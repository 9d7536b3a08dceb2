"""An article that has not changed is not parsed again: `-vv` says how many were. Whatever the memory
holds, the report is the one that a scan without it gives."""

import os
import re
import sqlite3

import pytest

POST = """---
title: One
images:
- url: https://example.org/cover.jpg
  width: 1200
  title: "A cover"
- /assets/here.png
---

![Alt]({{ site.baseurl }}/assets/here.png "Title") and ![ref][r]

<picture><source srcset="a.png 1x, /assets/gone.png 2x"></picture>

[r]: https://example.org/r.png
"""

FILES = {
    "_config.yml": "title: Test\nlogo: /assets/Here.png\n",
    "_posts/2026-01-01-one.md": POST,
    "_posts/2026-01-02-broken.md": "---\nimage: [a\n---\n![a](https://example.org/b.png)\n",
    "_posts/2026-01-03-silent.md": "---\npicdesk: false\n---\n![a](https://example.org/no.png)\n",
    "_posts/2026-01-04-draft.md": "---\ndraft: true\n---\n![a](https://example.org/draft.png)\n",
    "_posts/2026-01-05-include.md": '{% include figure.html image="x.png" %}\n',
    "_data/team.json": '[{"avatar": "https://example.org/\\u00e9.png"}]',
    "pages/base.html": '<base href="https://cdn.example.org/"><img src="based.png" width="40">\n',
    "pages/none.md": "Nothing here.\n",
    "assets/here.png": b"\x89PNG\r\n\x1a\n",
}


@pytest.fixture
def filled(site):
    for path, content in FILES.items():
        site.write(path, content)
    return site


def look(site, *arguments, verb="check"):
    """Files parsed, and the report but for its times."""
    result = site.json(verb, "--offline", "-vv", *arguments)
    counts = re.search(r"(\d+) files of \d+ bytes read, (\d+) of them parsed", result.err)
    report = {name: result.report[name] for name in ("totals", "images", "problems")}
    for image in report["images"]:
        image.pop("checked"), image.pop("failing_since")
    assert int(counts[1]) >= int(counts[2])
    return int(counts[2]), report


def fresh(make_site, site, *arguments):
    """The report of a cache that knows nothing."""
    folder = site.root.parent / "empty-cache"
    parsed, report = look(site, "--cache-dir", folder, *arguments)
    assert parsed > 0
    for file in sorted(folder.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    return report


def document(site):
    with sqlite3.connect(site.root / ".cache/picdesk/index.sqlite") as index:
        return index.execute("SELECT data FROM documents WHERE name = 'scan'").fetchone()[0]


def put_document(site, data):
    with sqlite3.connect(site.root / ".cache/picdesk/index.sqlite") as index:
        index.execute("UPDATE documents SET data = ? WHERE name = 'scan'", (data,))


@pytest.mark.parametrize("verb", ["check", "warm", "build"])
def test_a_second_run_parses_nothing(filled, verb):
    first, report = look(filled, verb=verb)
    assert first == len(FILES) - 1
    for other in ("check", "warm", "build"):
        again, same = look(filled, verb=other)
        assert again == 0
        assert same["images"] == report["images"] and same["problems"] == report["problems"]


def printed(site, form):
    """Without the times of this run."""
    text = site.run("check", "--offline", "-f", form).out
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z|\d+\.\d s\b", "", text)


@pytest.mark.parametrize("form", ["text", "jsonl", "sarif"])
def test_all_outputs_are_the_same(filled, form):
    filled.check("--offline")
    known = printed(filled, form)
    (filled.root / ".cache/picdesk/index.sqlite").unlink()
    assert printed(filled, form) == known


def test_scan_keeps_no_cache(filled):
    filled.scan()
    filled.scan("-vv")
    assert not (filled.root / ".cache").exists()


def test_changed_content_is_seen_whatever_its_times_say(filled, make_site):
    post = filled.root / "_posts/2026-01-01-one.md"
    before = post.stat()
    look(filled)
    post.write_text(POST.replace("cover.jpg", "other.jpg"), encoding="utf-8")
    os.utime(post, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert post.stat().st_size == before.st_size
    parsed, report = look(filled)
    assert parsed == 1 and report == fresh(make_site, filled)
    assert "https://example.org/other.jpg" in [image["url"] for image in report["images"]]


def test_a_new_checkout_changes_nothing(filled):
    look(filled)
    for path in FILES:
        os.utime(filled.root / path, (1, 1))
    assert look(filled)[0] == 0


def test_a_moved_article_is_not_parsed_and_resolved_anew(filled, make_site):
    filled.write("_posts/b.md", "![a](pic.png)\n")
    filled.write("_posts/deep/pic.png", b"")
    look(filled)
    (filled.root / "_posts/b.md").rename(filled.root / "_posts/deep/b.md")
    parsed, report = look(filled)
    assert parsed == 0 and report == fresh(make_site, filled)
    assert "/_posts/deep/pic.png" in [image["url"] for image in report["images"]]


def test_another_kind_of_file_is_another_result(filled):
    filled.write("pages/a.md", '    <img src="https://example.org/code.png">\n')
    look(filled)
    (filled.root / "pages/a.md").rename(filled.root / "pages/a.html")
    parsed, report = look(filled)
    assert parsed == 1
    assert "https://example.org/code.png" in [image["url"] for image in report["images"]]


def test_what_marks_the_site_is_another_result(site):
    """MyST's directives are code elsewhere."""
    site.write("guide/a.md", "```{figure} https://example.org/a.png\n:width: 40px\n```\n")
    parsed, report = look(site)
    assert parsed == 1 and not report["images"]
    site.write("conf.py", "extensions = ['myst_parser']\n")
    parsed, report = look(site)
    (image,) = report["images"]
    assert parsed == 1 and image["url"] == "https://example.org/a.png"
    (ref,) = image["refs"]
    assert (ref["kind"], ref["line"], ref["column"], ref["width"]) == ("markdown", 1, 13, 40)
    # It marks the root as well: the article alone is read as the whole site's.
    assert look(site, "guide/a.md")[1]["images"] == report["images"]
    (site.root / "conf.py").unlink()
    assert look(site)[0] == 0


@pytest.mark.parametrize(
    "settings", ["image_keys: [title]", "lazy_attributes: [data-x]", "shortcodes: [none]"]
)
def test_settings_of_the_scanner_are_seen(filled, make_site, settings):
    look(filled)
    filled.write("picdesk.yml", settings + "\n")
    parsed, report = look(filled)
    assert parsed > 0 and report == fresh(make_site, filled)
    assert look(filled)[0] == 0
    (filled.root / "picdesk.yml").unlink()
    assert look(filled)[0] == 0  # both are remembered


def test_what_other_files_decide_is_not_remembered(filled, make_site):
    look(filled)
    # A file that was missing is there, one that was there is gone.
    filled.write("assets/gone.png", b"\x89PNG\r\n\x1a\n")
    (filled.root / "assets/here.png").rename(filled.root / "assets/HERE.png")
    filled.write(".picdeskignore", "^https://example\\.org/r\n")
    parsed, report = look(filled)
    assert parsed == 0 and report == fresh(make_site, filled)
    assert "https://example.org/r.png" not in [image["url"] for image in report["images"]]
    # The site's address is looked up when a template is resolved, not when the article is read.
    filled.write("_config.yml", FILES["_config.yml"] + "baseurl: /blog\n")
    parsed, report = look(filled)
    assert parsed == 1 and report == fresh(make_site, filled)
    filled.write("picdesk.yml", "unpublished: false\n")
    parsed, report = look(filled)
    assert parsed == 0 and report == fresh(make_site, filled)


def test_a_partial_run_keeps_what_others_found(filled):
    look(filled)
    assert look(filled, "_posts/2026-01-01-one.md")[0] == 0
    filled.write("_posts/2026-01-01-one.md", POST + "More.\n")
    assert look(filled, "_posts/2026-01-01-one.md")[0] == 1
    assert look(filled)[0] == 0


def test_a_damaged_entry_is_read_from_its_file(filled, make_site):
    _, report = look(filled)
    data = bytearray(document(filled))
    assert data.startswith(b"picdesk scan 1\n")
    place = data.index(b"https://example.org/cover.jpg")
    data[place] ^= 1
    put_document(filled, bytes(data))
    parsed, same = look(filled)
    assert parsed == 1 and same == report
    assert look(filled)[0] == 0


@pytest.mark.parametrize("data", [b"", b"picdesk scan 1\n\xff\xff\xff\xff", b"picdesk scan 2\n", None])
def test_a_document_that_is_none(filled, data):
    first, report = look(filled)
    whole = document(filled)
    put_document(filled, whole[: len(whole) // 2] if data is None else data)
    parsed, same = look(filled)
    assert 0 < parsed <= first and same == report
    assert look(filled)[0] == 0


def test_a_lost_index_costs_time_alone(filled):
    first, report = look(filled)
    (filled.root / ".cache/picdesk/index.sqlite").unlink()
    assert look(filled) == (first, report)
    assert look(filled) == (0, report)
