"""export and import: one stable tar file, merged into what is there."""

import io
import json
import os
import shutil
import socket
import sqlite3
import struct
import tarfile
import threading

import pytest

import pictures
from cache_reader import Export
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
    came = import_(other, first)
    assert (came["refused"], came["objects"]) == (0, done["objects"]) and came["bytes"] == done["bytes"]
    assert fsck(other, "--full")["problems"] == []
    web.forget()
    result = other.build()
    assert web.requests() == [] and result.totals["from_cache"] == 4
    assert result.totals["thumbs_made"] == 0
    assert other.tree("assets").keys() == photo_site.tree("assets").keys()
    # What came is as good as what was made here: the same file comes out again.
    export(other, second)
    assert first.read_bytes() == second.read_bytes()
    again = import_(other, first)
    assert {again[key] for key in ("entries", "thumbs", "objects", "bytes")} == {0}, again


@pytest.mark.parametrize("how", ["gone", "cut"])
def test_check_looks_again_at_what_failed_before_the_export(site, make_site, faultd, tmp_path, how):
    """Failures stay behind, and the time of that look came along: the image was ok for a day."""
    good = pictures.jpeg(80, 60)
    cut = pictures.truncated(good)
    url = faultd.serve("/files/a.jpg", cut if how == "cut" else good, max_age=60)
    site.jekyll().news("one", url)
    assert site.check().code == (2 if how == "cut" else 0)
    if how == "gone":
        del faultd.files["/files/a.jpg"]
        assert site.check("--refresh").codes(url)[-1] == "gone"
    export(site, tmp_path / "one.tar")
    other = make_site("other").jekyll()
    other.news("one", url)
    import_(other, tmp_path / "one.tar")
    export(other, tmp_path / "two.tar")
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()
    if how == "cut":
        faultd.serve("/files/a.jpg", good)
    result = other.check()
    assert result.image(url)["status"] == ("broken" if how == "gone" else "ok"), result


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


def test_an_archive_that_is_not_there(site):
    result = site.jekyll().run("import", "none.tar")
    assert result.code == 1, result
    assert "picdesk: none.tar: open: No such file or directory\n" in result.err


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
    assert "character" not in result.err
    assert fsck(other, "--full")["problems"] == []
    assert not (tmp_path / "evil").exists()


def test_export_without_a_cache(site, tmp_path):
    site.jekyll()
    result = site.run("export", tmp_path / "x.tar")
    assert result.code == 1 and "no cache" in result.err
    assert not (tmp_path / "x.tar").exists() and not (site.root / ".cache").exists()
    assert site.run("import", tmp_path / "none.tar").code == 1


def test_the_configuration_is_not_overwritten(photo_site):
    """All verbs ended with 3 from then on."""
    photo_site.build()
    config = photo_site.write("picdesk.yml", "unpublished: false\n")
    result = photo_site.run("export", "picdesk.yml")
    assert result.code == 1 and "picdesk.yml: export: it is the configuration" in result.err
    assert config.read_text() == "unpublished: false\n"


def test_text_for_people(photo_site, tmp_path):
    photo_site.build()
    file = tmp_path / "cache.tar"
    assert photo_site.run("export", file).out.startswith("Exported 4 URLs, 8 thumbnails, ")
    assert photo_site.run("import", file).out.startswith("Imported 0 URLs, 0 thumbnails, ")


def members(file):
    with tarfile.open(file) as tar:
        return [(member.name, tar.extractfile(member).read()) for member in tar]


def pack(file, content):
    """Of names and bytes, and of members made by hand."""
    with tarfile.open(file, "w", format=tarfile.USTAR_FORMAT) as tar:
        for item in content:
            if isinstance(item, tarfile.TarInfo):
                tar.addfile(item)
                continue
            member = tarfile.TarInfo(item[0])
            member.size = len(item[1])
            tar.addfile(member, io.BytesIO(item[1]))


def special(kind, name):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "/etc/passwd"
    return member


EVIL = {
    "names that lead out": [
        ("picdesk/objects/../../../../evil", b"x"),
        ("/tmp/evil", b"x"),
        ("picdesk/objects/ab/../../../evil", b"x"),
        ("picdesk/records/../../evil", b"x"),
    ],
    "names that are none": [
        ("picdesk/objects/AB/" + "C" * 30, b"x"),
        ("picdesk/objects/zz/" + "z" * 30, b"x"),
        ("picdesk/other", b"x"),
    ],
    "links": [
        special(kind, "picdesk/objects/ab/" + "c" * 30)
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE)
    ],
    "devices": [
        special(kind, "picdesk/objects/ab/" + "c" * 30)
        for kind in (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE)
    ],
    "junk for records": [("picdesk/records/junk", os.urandom(3000)), ("picdesk/records/none", b"")],
}


@pytest.mark.parametrize("what", EVIL)
def test_other_members_are_no_objects(photo_site, make_site, tmp_path, what):
    """They are passed over, or refused and counted; the rest comes."""
    photo_site.build()
    file = tmp_path / "cache.tar"
    export(photo_site, file)
    first, *rest = members(file)
    pack(file, [first, *EVIL[what], *rest])
    other = make_site("other").jekyll()
    assert import_(other, file)["entries"] == 4
    assert fsck(other, "--full")["problems"] == []
    assert not list(tmp_path.rglob("evil"))


def hole(size):
    """A member of pax form 1.0 that is all hole, under the name of an object."""
    member = tarfile.TarInfo("GNUSparseFile.0/x")
    payload = f"1\n{size}\n0\n".encode().ljust(512, b"\0")
    member.size = len(payload)
    member.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "picdesk/objects/ab/" + "c" * 30,
        "GNU.sparse.realsize": str(size),
    }
    return member.tobuf(tarfile.PAX_FORMAT) + payload


def announced(size):
    member = tarfile.TarInfo("picdesk/objects/ab/" + "c" * 30)
    member.size = size
    return member.tobuf(tarfile.GNU_FORMAT) + b"x" * 5120


@pytest.mark.parametrize("bomb", [hole, announced])
def test_a_member_that_no_disk_can_hold(photo_site, make_site, tmp_path, bomb):
    """It is refused by its size, before a byte of it is written."""
    photo_site.build()
    file = tmp_path / "cache.tar"
    export(photo_site, file)
    pack(file, members(file)[:1])
    data = file.read_bytes()[:1024]
    file.write_bytes(data + bomb(2**44) + bytes(1024))
    other = make_site("other").jekyll()
    result = other.run("import", file)
    assert result.code == 1 and "No space left" in result.err, result
    assert fsck(other, "--full")["objects"] == 0


def rewritten(content, change):
    """The export with each record's letter and values as change(letter, values) leaves them."""
    import ctypes

    xxhash = ctypes.CDLL("libxxhash.so.0")
    xxhash.XXH3_64bits.restype = ctypes.c_uint64
    xxhash.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]

    def records(data):
        at = len(b"picdesk records 1\n")
        out = data[:at]
        while at < len(data):
            (length,) = struct.unpack_from("<I", data, at)
            payload = data[at + 12 : at + 12 + length]
            at += 12 + length
            values, place = [], 1
            while place < length:
                (size,) = struct.unpack_from("<I", payload, place)
                values.append(payload[place + 4 : place + 4 + size])
                place += 4 + size
            change(chr(payload[0]), values)
            payload = payload[:1] + b"".join(struct.pack("<I", len(v)) + v for v in values)
            checksum = xxhash.XXH3_64bits(payload, len(payload))
            out += struct.pack("<IQ", len(payload), checksum) + payload
        return out

    return [(n, records(data) if "/records/" in n else data) for n, data in content]


def export_that_lies(site, file, letter, value, text):
    """Each record of this letter has the text for this value."""

    def lie(kind, values):
        if kind == letter:
            values[value] = text

    export(site, file)
    pack(file, rewritten(members(file), lie))


@pytest.mark.parametrize("letter, value", [("X", 5), ("T", 3)])
@pytest.mark.parametrize("size", [b"7", b"-1", b"99999999999999999999"])
def test_a_row_that_lies_about_its_object(photo_site, make_site, tmp_path, letter, value, size):
    """It is left out: else the object would count as damaged, that of others' rows, too."""
    photo_site.build()
    file = tmp_path / "cache.tar"
    export_that_lies(photo_site, file, letter, value, size)
    for site in (photo_site, make_site("other").jekyll()):
        import_(site, file)
        assert fsck(site, "--full")["problems"] == []
    assert photo_site.build().totals["from_cache"] == 4


@pytest.mark.parametrize(
    "letter, value, text",
    [
        ("T", 4, b"image/none"),
        ("T", 4, b"image/svg+xml"),
        ("T", 4, b"image/png"),
        ("T", 5, b"0"),
        ("T", 5, b"41"),
        ("T", 6, b"-9"),
        ("F", 1, b"image/none"),
        ("F", 2, b"-9"),
    ],
)
def test_a_row_that_makes_no_sense_is_left_out(photo_site, make_site, tmp_path, letter, value, text):
    """It would be in the manifest, and in the names of files."""
    photo_site.build()
    file = tmp_path / "cache.tar"
    export_that_lies(photo_site, file, letter, value, text)
    other = make_site("other").jekyll()
    for article in (photo_site.root / "_news").iterdir():
        other.write(f"_news/{article.name}", article.read_bytes())
    import_(other, file)
    other.build()
    assert other.tree("assets").keys() == photo_site.tree("assets").keys()
    assert other.tree("_data").keys() == photo_site.tree("_data").keys()
    manifests = [site.root / "_data/picdesk.json" for site in (photo_site, other)]
    assert manifests[0].read_bytes() == manifests[1].read_bytes()


@pytest.mark.parametrize("letter, count", [("X", 4), ("T", 8)])
def test_a_row_without_a_name_is_left_out(photo_site, make_site, tmp_path, letter, count):
    """Its text ends where it begins: there was a row for no URL, which counted as damage."""
    photo_site.build()
    file = tmp_path / "cache.tar"
    export_that_lies(photo_site, file, letter, 0, b"\0")
    other = make_site("other").jekyll()
    assert import_(other, file)["refused"] == count
    assert fsck(other, "--full")["problems"] == []


@pytest.mark.parametrize(
    "time, taken",
    [(b"-9223372036854775808", b"0"), (b"9223372036854775807", b"253402300799")],
)
def test_times_that_no_clock_has(photo_site, make_site, tmp_path, time, taken):
    """Before the epoch, and after the year 9999: the age of such a response overflowed."""
    photo_site.build()
    file, again = tmp_path / "cache.tar", tmp_path / "again.tar"
    export(photo_site, file)

    def shift(kind, values):
        if kind == "X":
            values[8:12] = [time] * 4

    pack(file, rewritten(members(file), shift))
    other = make_site("other").jekyll()
    other.write("_news/one.md", (photo_site.root / "_news/one.md").read_bytes())
    import_(other, file)
    export(other, again)
    times = [values[8:12] for letter, values in Export(again).rows if letter == "X"]
    assert times == [[taken] * 4] * 4
    assert other.build().totals["revalidated"] == 2


def test_a_member_whose_name_is_no_text(photo_site, make_site, tmp_path):
    photo_site.build()
    file = tmp_path / "cache.tar"
    export(photo_site, file)
    first, *rest = members(file)
    pack(file, [first])
    data = file.read_bytes()[:1024]
    member = tarfile.TarInfo("x")
    member.pax_headers = {"path": "picdesk/objects/\u00e9\u4e2d"}
    odd = member.tobuf(tarfile.PAX_FORMAT)
    pack(file, rest)
    file.write_bytes(data + odd + file.read_bytes())
    other = make_site("other").jekyll()
    result = other.run("import", file)
    assert result.code in (0, 1) and (result.code == 0) == (result.err == ""), result
    assert fsck(other, "--full")["problems"] == []


def test_export_into_what_is_no_file(photo_site, tmp_path):
    """A pipe is written into, and stays one."""
    photo_site.build()
    file, pipe = tmp_path / "cache.tar", tmp_path / "pipe"
    export(photo_site, file)
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert photo_site.run("export", pipe).code == 0 and pipe.is_fifo()
    reader.join(30)
    assert read == [file.read_bytes()]
    result = photo_site.run("export", "/dev/stdout", "-q")
    assert result.code == 0 and result.out.startswith("picdesk/format"), result.err
    result = photo_site.run("export", tmp_path)
    assert result.code == 1 and "Is a directory" in result.err, result


def test_through_standard_streams(photo_site, make_site, tmp_path):
    """What is said of it goes elsewhere; a link to standard output stays one."""
    photo_site.build()
    file, caught, link = tmp_path / "cache.tar", tmp_path / "caught.tar", tmp_path / "stdout"
    export(photo_site, file)
    link.symlink_to("/proc/self/fd/1")
    for name in ("-", link):
        with open(caught, "wb") as output:
            result = photo_site.picdesk("export", name, cwd=photo_site.root, stdout=output)
        assert result.code == 0 and link.is_symlink(), result
        assert caught.read_bytes().startswith(file.read_bytes())
    with open(caught, "wb") as output:
        result = photo_site.picdesk("export", "-", cwd=photo_site.root, stdout=output)
    assert result.err.startswith("Exported 4 URLs") and caught.read_bytes() == file.read_bytes()
    assert not (photo_site.root / "-").exists()
    other = make_site("other").jekyll()
    with open(caught, "rb") as saved:
        result = other.run("import", "-", stdin=saved.read())
    assert result.code == 0 and result.out.startswith("Imported 4 URLs"), result


def multiply(site, count):
    """Rows of 8 KiB, of each kind more than an export gathers before it writes."""
    index = sqlite3.connect(cache(site) / "index.sqlite")

    def rows(table, order):
        columns = [row[1] for row in index.execute(f"PRAGMA table_info({table})")]
        (row,) = index.execute(f"SELECT * FROM {table} ORDER BY {order} LIMIT 1")
        return dict(zip(columns, row, strict=True))

    def insert(table, row):
        places = ", ".join("?" * len(row))
        index.execute(f"INSERT INTO {table} VALUES ({places})", list(row.values()))

    entry, thumb = rows("entries", "url"), rows("thumbs", "key")
    facts = rows("objects", "type DESC")
    fields = entry["fields"] + f"x-long: {'x' * 8000}\n"
    for i in range(count):
        # In another order than the keys.
        url = f"https://example.org/{(i * 7919) % count:08}"
        insert("entries", {**entry, "key": i, "url": url, "fields": fields})
        insert("thumbs", {**thumb, "key": f"{i:08}|{'x' * 8000}"})
        digest = b"\0" * 12 + struct.pack(">I", i)
        insert("objects", {**facts, "id": digest, "bytes": None, "message": "x" * 8000})
    index.commit()
    index.close()


def test_who_reads_an_export_slowly_keeps_nobody_waiting(photo_site, web, tmp_path):
    """The rows were read while they were written: other runs gave up after two minutes."""
    photo_site.build()
    multiply(photo_site, count := 4500)
    web.put("new.jpg", pictures.jpeg(90, 60))
    photo_site.news("new", web.url("fresh", "new.jpg"))
    file = tmp_path / "cache.tar"
    process = photo_site.picdesk.start("export", "-", cwd=photo_site.root)
    with open(file, "wb") as copy:
        got = b""
        while b"picdesk/records/" not in got:
            copy.write(got)
            got = os.read(process.stdout.fileno(), 1 << 16)
        copy.write(got)
        result = photo_site.build()
        assert result.code == 0 and result.totals["fetched"] == 1, result
        shutil.copyfileobj(process.stdout, copy)
    assert process.wait() == 0, process.stderr.read()
    archive = Export(file)
    assert archive.problems == []
    letters = [letter for letter, _ in archive.rows]
    assert [letters.count(letter) >= count for letter in "XTF"] == [True] * 3


def test_rows_that_stand_elsewhere_than_their_text(photo_site, tmp_path):
    """In a damaged index, or one that somebody made: SQLite has bytes behind all texts, and each part
    of the export began with them anew, without an end."""
    photo_site.build()
    multiply(photo_site, count := 4500)
    index = sqlite3.connect(cache(photo_site) / "index.sqlite")
    index.execute("UPDATE entries SET url = CAST(url AS BLOB) WHERE url LIKE 'https:%'")
    index.execute("UPDATE thumbs SET key = CAST(key AS BLOB) WHERE length(key) > 8000")
    index.commit()
    index.close()
    process = photo_site.picdesk.start("export", "-", cwd=photo_site.root)
    size = 0
    while data := process.stdout.read(1 << 20):
        size += len(data)
        if size > 4 * count * 8200:
            process.kill()
    assert process.wait() == 0, size


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_import_from_a_socket(photo_site, make_site, tmp_path, name):
    """As ssh gives it to a command: it cannot be opened under its name."""
    photo_site.build()
    file = tmp_path / "cache.tar"
    export(photo_site, file)
    other = make_site("other").jekyll()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = other.picdesk.start("import", name, cwd=other.root, stdin=theirs)
        theirs.close()
        ours.sendall(file.read_bytes())
        ours.shutdown(socket.SHUT_WR)
        result = other.picdesk.finish(process)
    assert result.code == 0 and result.out.startswith("Imported 4 URLs"), result


def test_import_goes_on_where_standard_input_is(photo_site, make_site, tmp_path):
    photo_site.build()
    file = tmp_path / "cache.tar"
    export(photo_site, file)
    file.write_bytes(b"another's line\n" + file.read_bytes())
    other = make_site("other").jekyll()
    with open(file, "rb", buffering=0) as behind:
        behind.readline()
        result = other.picdesk.finish(
            other.picdesk.start("import", "-", cwd=other.root, stdin=behind)
        )
    assert result.code == 0 and result.out.startswith("Imported 4 URLs"), result


def test_nothing_is_taken_of_a_response_that_is_not(photo_site, tmp_path, web):
    """Thumbnails of older bytes came in, looked like those of local files, and no gc took them."""
    photo_site.build()
    old, new = tmp_path / "old.tar", tmp_path / "new.tar"
    export(photo_site, old)
    web.put("a.jpg", pictures.jpeg(1000, 500, seed=5))
    photo_site.build("--refresh")
    with sqlite3.connect(cache(photo_site) / "index.sqlite") as index:
        index.execute("UPDATE entries SET response_time_s = response_time_s + 9")
    index.close()
    photo_site.run("gc")
    export(photo_site, new)
    import_(photo_site, old)
    photo_site.run("gc")
    again = tmp_path / "again.tar"
    export(photo_site, again)
    assert again.read_bytes() == new.read_bytes()


def test_an_article_is_not_overwritten_by_an_archive(photo_site):
    """`picdesk export article.md`, as if it took what other verbs look at."""
    assert photo_site.build().code == 0
    one = photo_site.root / "_news/one.md"
    before = one.read_bytes()
    result = photo_site.run("export", "_news/one.md")
    assert result.code == 1 and "_news/one.md: export: it is an article" in result.err, result
    assert one.read_bytes() == before
    assert photo_site.run("export", "cache.tar").code == 0
    assert photo_site.run("export", "cache.tar").code == 0
