"""export and import: one stable tar file, merged into what is there."""

import json
import sqlite3
import tarfile

import pytest

from test_upkeep import cache, flip, fsck, object_of, objects


def export(site, file, *arguments):
    result = site.run("export", file, "-f", "json", *arguments)
    assert result.code == 0, result
    return json.loads(result.out)


def import_(site, file, *arguments):
    result = site.run("import", file, "-f", "json", *arguments)
    assert result.code == 0, result
    return json.loads(result.out)


def test_export_is_stable_and_import_brings_all(photo_site, make_site, web, tmp_path):
    photo_site.build()
    first, second = tmp_path / "one.tar", tmp_path / "two.tar"
    done = export(photo_site, first)
    assert done["entries"] == 4 and done["objects"] == len(objects(photo_site))
    export(photo_site, second)
    assert first.read_bytes() == second.read_bytes()
    with tarfile.open(first) as tar:
        names = tar.getnames()
        assert names[0] == "picdesk/format" and names[1:-1] == sorted(names[1:-1])
        assert {(m.mtime, m.uid, m.mode) for m in tar} == {(0, 0, 0o444)}

    other = make_site("other").jekyll()
    for article in (photo_site.root / "_news").iterdir():
        other.write(f"_news/{article.name}", article.read_bytes())
    assert import_(other, first)["refused"] == 0
    assert fsck(other, "--full")["problems"] == []
    web.forget()
    result = other.build()
    assert web.requests() == [] and result.totals["from_cache"] == 4
    assert result.totals["thumbs_made"] == 0
    assert other.tree("assets").keys() == photo_site.tree("assets").keys()
    # What came is as good as what was made here: the same file comes out again.
    export(other, second)
    assert first.read_bytes() == second.read_bytes()
    assert import_(other, first)["entries"] == 0


def test_import_takes_the_newer_response(photo_site, tmp_path, web):
    photo_site.build()
    file = tmp_path / "cache.tar"
    export(photo_site, file)
    index = cache(photo_site) / "index.sqlite"
    times = "SELECT response_time_s FROM entries ORDER BY url"
    with sqlite3.connect(index) as database:
        before = database.execute(times).fetchall()
        database.execute("UPDATE entries SET response_time_s = response_time_s - 500 WHERE url"
                         " LIKE '%a.jpg'")
        database.execute("UPDATE entries SET response_time_s = response_time_s + 500 WHERE url"
                         " LIKE '%b.jpg'")
    database.close()
    assert import_(photo_site, file)["entries"] == 1
    with sqlite3.connect(index) as database:
        after = database.execute(times).fetchall()
    database.close()
    assert after[0] == before[0] and after[1][0] == before[1][0] + 500 and after[2:] == before[2:]


def test_damage_is_not_carried(photo_site, make_site, web, tmp_path):
    report = photo_site.build()
    flip(object_of(photo_site, report, web.url("fresh", "a.jpg")))
    file = tmp_path / "cache.tar"
    assert export(photo_site, file)["entries"] == 3
    # A flip on the way: in the bytes of the largest object.
    with tarfile.open(file) as tar:
        member = max(tar, key=lambda m: m.size)
    data = bytearray(file.read_bytes())
    data[member.offset_data + member.size // 2] ^= 1
    file.write_bytes(data)
    other = make_site("other").jekyll()
    done = import_(other, file)
    assert done["refused"] == 1 and done["entries"] in (2, 3)
    assert fsck(other, "--full")["problems"] == []


@pytest.mark.parametrize("members", [1, 5, -1])
def test_an_export_that_was_cut_off_between_members(photo_site, make_site, tmp_path, members):
    """A whole tar file to look at; what is there is taken, and the exit status is 1."""
    photo_site.build()
    file, cut = tmp_path / "cache.tar", tmp_path / "cut.tar"
    export(photo_site, file)
    with tarfile.open(file) as tar:
        end = tar.getmembers()[members].offset
    cut.write_bytes(file.read_bytes()[:end])
    other = make_site("other").jekyll()
    result = other.run("import", cut)
    assert result.code == 1 and "its end is missing" in result.err, result
    assert fsck(other, "--full")["problems"] == []
    assert other.run("import", file).code == 0


@pytest.mark.parametrize("content", [b"", b"no archive at all" * 100, "tar", "cut"])
def test_files_that_are_no_export(photo_site, make_site, tmp_path, content):
    photo_site.build()
    file = tmp_path / "cache.tar"
    if content == "tar":
        with tarfile.open(file, "w") as tar:
            tar.add(photo_site.root / "_config.yml", "../../evil")
    elif content == "cut":
        export(photo_site, file)
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    else:
        file.write_bytes(content)
    other = make_site("other").jekyll()
    result = other.run("import", file)
    assert result.code == 1 and "cache.tar" in result.err, result
    assert fsck(other, "--full")["problems"] == []
    assert not (tmp_path / "evil").exists()


def test_export_without_a_cache(site, tmp_path):
    site.jekyll()
    result = site.run("export", tmp_path / "x.tar")
    assert result.code == 1 and "no cache" in result.err
    assert not (tmp_path / "x.tar").exists() and not (site.root / ".cache").exists()
    assert site.run("import", tmp_path / "none.tar").code == 1


def test_text_for_people(photo_site, tmp_path):
    photo_site.build()
    file = tmp_path / "cache.tar"
    assert photo_site.run("export", file).out.startswith("Exported 4 URLs, 8 thumbnails, ")
    assert photo_site.run("import", file).out.startswith("Imported 0 URLs, 0 thumbnails, ")
