"""A cache that somebody else made: it may have come with the site, or be shared. It neither holds a
run up, nor fills the disk, nor reaches anything outside."""

import base64
import os
import re
import sqlite3
import struct

import pytest

LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000000000)"
MANY = f"SELECT hex(randomblob(16)), zeroblob(1000000) FROM ({LONG} SELECT i FROM n)"


def index_of(site):
    return site.root / ".cache/picdesk/index.sqlite"


def view(table):
    """In the place of a table, with its columns and rows without end."""

    def change(index):
        columns = [row[1] for row in index.execute(f"PRAGMA table_info({table})")]
        index.execute(f"DROP TABLE {table}")
        rows = ", ".join(f"i AS {column}" for column in columns)
        index.execute(f"CREATE VIEW {table} AS {LONG} SELECT {rows} FROM n")

    return change


def text(table, before, after):
    """Other words in a table's definition."""

    def change(index):
        index.execute("PRAGMA writable_schema = ON")
        index.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = ?",
            (before, after, table),
        )

    return change


def run(statement):
    return lambda index: index.execute(statement)


HOSTILE = {
    "view-entries": view("entries"),
    "view-thumbs": view("thumbs"),
    "view-documents": view("documents"),
    "trigger": run(
        f"CREATE TRIGGER t AFTER INSERT ON entries BEGIN INSERT INTO documents {MANY}; END"
    ),
    "check": text("entries", "url TEXT", "url TEXT CHECK (length(hex(zeroblob(400000000))) > 0)"),
    "computed": run("ALTER TABLE entries ADD COLUMN x AS (length(hex(zeroblob(400000000))))"),
    "of-computed": run("CREATE INDEX x ON objects (length(hex(zeroblob(id))))"),
    "virtual": run("CREATE VIRTUAL TABLE x USING fts5(a)"),
    "table": run("CREATE TABLE x (a)"),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_an_index_with_tables_of_others_is_rebuilt(photo_site, change):
    photo_site.build()
    before = photo_site.tree("assets", "_data")
    index = sqlite3.connect(index_of(photo_site))
    change(index)
    index.commit()
    index.close()
    result = photo_site.build()
    assert result.code == 0 and "rebuilt from its records" in result.err, result
    assert photo_site.tree("assets", "_data") == before
    assert "rebuilt" not in photo_site.build().err


def journal_that_names(path, index):
    """One that a killed transaction over several files left, the last of which is there: SQLite
    deletes what it names when it is rolled back."""
    magic, name = bytes.fromhex("d9d505f920a163d7"), os.fsencode(path)
    data = index.read_bytes()
    (page_bytes,) = struct.unpack_from(">H", data, 16)
    head = magic + struct.pack(">5I", 0, 1, len(data) // page_bytes, 512, page_bytes)
    ending = struct.pack(">I", (1 << 30) // page_bytes + 1) + name
    ending += struct.pack(">II", len(name), sum(name)) + magic
    return head.ljust(512, b"\0") + ending


@pytest.mark.parametrize("name", ["victim", "index.sqlite", "index.sqlite-journal"])
@pytest.mark.parametrize("verb", ["check", "stats", "fsck", "report"])
def test_a_journal_deletes_no_file(photo_site, tmp_path, verb, name):
    """Another cache's index is none of its own either."""
    photo_site.build()
    victim = tmp_path / name
    victim.write_text("precious\n")
    index = index_of(photo_site)
    journal = index.with_name("index.sqlite-journal")
    journal.write_bytes(journal_that_names(victim, index))
    assert photo_site.run(verb).code in (0, 2)
    assert victim.read_text() == "precious\n"
    assert photo_site.build().totals["from_cache"] == 4


def test_no_script_is_published(photo_site):
    """A thumbnail of a type that no renderer makes: an SVG's scripts would run in the site's name."""
    photo_site.build()
    before = photo_site.tree("assets", "_data")
    with sqlite3.connect(index_of(photo_site)) as index:
        index.execute("UPDATE thumbs SET type = 'image/svg+xml'")
    index.close()
    assert photo_site.build().totals["thumbs_made"] == 8
    assert photo_site.tree("assets", "_data").keys() == before.keys()


@pytest.mark.parametrize("place", ["../secret", "link/secret", "secret", ".git/config"])
def test_a_kept_report_shows_no_file_that_is_no_thumbnail(photo_site, tmp_path, place):
    """Its paths were read, and what stood there was in the page: /proc/self/environ, too."""
    photo_site.build()
    (photo_site.root / "link").symlink_to(tmp_path)
    secret = photo_site.root / place
    secret.parent.mkdir(exist_ok=True)
    secret.write_text("the secret")
    with sqlite3.connect(index_of(photo_site)) as index:
        rows = index.execute("SELECT name, data FROM documents WHERE name LIKE 'report.images/%'")
        for name, data in rows.fetchall():
            data = re.sub(rb"assets/thumbs/[^\"]+", place.encode(), data)
            index.execute("UPDATE documents SET data = ? WHERE name = ?", (data, name))
    index.close()
    page = photo_site.run("report", "-f", "html").out
    assert place in photo_site.run("report", "-f", "json").out
    assert base64.b64encode(b"the secret").decode() not in page
    assert page.count("data:image/webp;base64,") == 4


@pytest.mark.parametrize("places", [b"assets/old", b"assets/old\0_data/old.json", b"x\0y\0z", b"\0", b""])
def test_a_list_of_earlier_places_that_was_cut(photo_site, places):
    """The search for a place went on behind it, through the memory."""
    photo_site.build()
    with sqlite3.connect(index_of(photo_site)) as index:
        index.execute("UPDATE documents SET data = ? WHERE name = 'places'", (places,))
    index.close()
    result = photo_site.build()
    assert result.code == 0 and result.err == "", result
    with sqlite3.connect(index_of(photo_site)) as index:
        ((kept,),) = index.execute("SELECT data FROM documents WHERE name = 'places'")
    index.close()
    assert kept.startswith(b"assets/thumbs\0_data/picdesk.json\0")
