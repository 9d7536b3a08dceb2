"""A second reader of the cache and of exports, made from docs/cache-format.md alone: it shares no code
with picdesk. `problems` has what is not as the document says."""

import ctypes
import os
import pathlib
import re
import sqlite3
import stat
import struct
import tarfile

FOLDER = {"CACHEDIR.TAG", ".gitignore", "format", "index.sqlite", "objects", "records"}
FOLDER |= {"quarantine", "tmp", "leases", "users.lock", "writers.lock"}
PASSING = {"index.sqlite-journal", "index.damaged"}
TABLES = {
    "entries": "key url final_url status is_permanent_redirect object object_bytes fields"
    " request_key request_time_s response_time_s checked_s success_s used_day failure failure_code"
    " failure_message failure_status first_failure_s last_failure_s failure_streak failure_request"
    " not_before_s redirect_lifetime_s failure_lifetime_s",
    "objects": "id bytes type width_px height_px frames verdict message renderer",
    "thumbs": "key original object bytes type width_px height_px is_smaller_than_spec",
    "documents": "name data",
}
DOCUMENT = r"(report(\.\d+)?(\.images(\.hash|/[ab]/\d{6}))?|report\.\d+\.site|renderer"
DOCUMENT += r"|deferred-hosts|places|scan)"
VALUES = {"E": 8, "X": 12, "T": 8, "F": 8}


class _Hash(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


def _xxhash(name, result):
    function = getattr(ctypes.CDLL("libxxhash.so.0"), name)
    function.restype, function.argtypes = result, [ctypes.c_char_p, ctypes.c_size_t]
    return lambda data: function(data, len(data))


xxh64 = _xxhash("XXH3_64bits", ctypes.c_uint64)
_xxh128 = _xxhash("XXH3_128bits", _Hash)


def object_id(data):
    value = _xxh128(data)
    return struct.pack(">QQ", value.high, value.low)


def encoded(value):
    """A column as a record has it."""
    if value is None:
        return b""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")


class _Reader:
    def __init__(self):
        self.problems = []

    def expect(self, is_so, *what):
        if not is_so:
            self.problems.append(" ".join(map(str, what)))

    def records(self, data):
        """(letter, values) of a file of records."""
        at = len(b"picdesk records 1\n")
        self.expect(data[:at] == b"picdesk records 1\n", "a file of records begins", data[:at])
        while at < len(data):
            length, checksum = struct.unpack_from("<IQ", data, at)
            payload = data[at + 12 : at + 12 + length]
            at += 12 + length
            self.expect(1 <= length <= 2**20 and xxh64(payload) == checksum, "record at", at)
            values, place = [], 1
            while place < len(payload):
                (size,) = struct.unpack_from("<I", payload, place)
                values.append(payload[place + 4 : place + 4 + size])
                place += 4 + size
            letter = chr(payload[0])
            self.expect(len(values) == VALUES.get(letter), "values of", letter, values)
            yield letter, values


class Cache(_Reader):
    """rows: of the index, by table. objects: bytes by id. scans: what scans found, by file."""

    def __init__(self, folder):
        super().__init__()
        self.folder = pathlib.Path(folder)
        self.rows, self.objects = {}, {}
        self.recorded = {letter: {} for letter in "ETF"}
        self._read_folder()
        self._read_objects()
        self._read_index()
        for name in sorted(os.listdir(self.folder / "records")):
            self.expect(re.fullmatch(r"[0-9a-f]{16}-[0-9a-f]{16}\.records", name), "records", name)
            for letter, values in self.records((self.folder / "records" / name).read_bytes()):
                self.recorded[letter][values[0]] = values
        self.named = {row["object"] for row in self.rows["entries"] + self.rows["thumbs"]} - {None}
        self._compare()
        self.documents = {row["name"]: row["data"] for row in self.rows["documents"]}
        for name in self.documents:
            self.expect(re.fullmatch(DOCUMENT, name), "document", name)
        self.scans = list(self._read_scan(self.documents.get("scan", b"picdesk scan 1\n")))

    def _read_folder(self):
        names = set(os.listdir(self.folder))
        self.expect(names - PASSING == FOLDER, "parts", names ^ FOLDER)
        self.expect((self.folder / "format").read_text() == "picdesk cache 1\n", "format")
        self.expect(stat.S_IMODE(self.folder.stat().st_mode) == 0o700, "the folder's mode")
        self.expect(not os.listdir(self.folder / "tmp"), "something is left in tmp/")
        for name in os.listdir(self.folder / "leases"):
            self.expect(re.fullmatch("[0-9a-f]|present|room", name), "leases", name)

    def _read_objects(self):
        for path in (self.folder / "objects").glob("*/*"):
            data, digest = path.read_bytes(), path.parent.name + path.name
            self.expect(object_id(data).hex() == digest, "hash of", path)
            self.expect(path.lstat().st_mode == stat.S_IFREG | 0o400, "mode of", path)
            self.objects[bytes.fromhex(digest)] = len(data)

    def _read_index(self):
        index = sqlite3.connect(f"file:{self.folder}/index.sqlite?mode=ro", uri=True)
        index.row_factory = sqlite3.Row
        index.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        for pragma, wanted in (("application_id", 0x7064736B), ("user_version", 3)):
            found = index.execute(f"PRAGMA {pragma}").fetchone()[0]
            self.expect(found == wanted, pragma, found)
        for table, columns in TABLES.items():
            rows = index.execute(f"SELECT * FROM {table}")
            names = {column[0] for column in rows.description}
            self.expect(names == set(columns.split()), "columns of", table, names)
            self.rows[table] = [dict(row) for row in rows]
        for entry in self.rows["entries"]:
            key = xxh64(encoded(entry["url"]))
            key = min(key - 2**64 if key >= 2**63 else key, 2**63 - 9)
            self.expect(key <= entry["key"] <= key + 7, "key of", entry["url"])
        index.close()

    def _compare(self):
        """Each row has its bytes and its record, each file its row."""
        for entry in self.rows["entries"]:
            if entry["object"]:
                record = self.recorded["E"].get(encoded(entry["url"]), [b""] * 8)
                wanted = [entry["status"], entry["object"].hex(), entry["object_bytes"]]
                got = [record[2], record[4], record[5]]
                self.expect(got == list(map(encoded, wanted)), "record of", entry["url"])
                size = self.objects.get(entry["object"])
                self.expect(size == entry["object_bytes"], "bytes of", entry["url"])
        for thumb in self.rows["thumbs"]:
            values = {**thumb, "original": thumb["original"].hex(), "object": thumb["object"].hex()}
            self._expect_record("T", values, TABLES["thumbs"])
            self.expect(self.objects.get(thumb["object"]) == thumb["bytes"], "bytes of", thumb)
        for row in self.rows["objects"]:
            self.expect(self.objects.get(row["id"]) == row["bytes"], "size of", row)
            if row["type"]:
                facts = TABLES["objects"].replace("bytes ", "")
                self._expect_record("F", {**row, "id": row["id"].hex()}, facts)
        rows = {row["id"] for row in self.rows["objects"]}
        self.expect(self.objects.keys() <= rows, "no row of", self.objects.keys() - rows)

    def _expect_record(self, letter, row, columns):
        wanted = [encoded(row[column]) for column in columns.split()]
        got = self.recorded[letter].get(wanted[0])
        self.expect(got == wanted, "record", got, "for", wanted)

    def _read_scan(self, data):
        at, days = len(b"picdesk scan 1\n"), []
        self.expect(data[:at] == b"picdesk scan 1\n", "scan begins", data[:at])
        while at < len(data):
            length, checksum = struct.unpack_from("<IQ", data, at)
            payload = data[at + 12 : at + 12 + length]
            at += 12 + length
            self.expect(xxh64(payload) == checksum, "checksum of a scan")
            days += struct.unpack("<I", payload[16:20])
            yield _ScanResult(payload[20:]).read(self)
        self.expect(days == sorted(days, reverse=True), "order of scans", days)


class _ScanResult:
    def __init__(self, data):
        self.data, self.at = data, 0
        self.flags = 0  # of any image

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def number(self):
        value, shift, byte = 0, 0, 128
        while byte & 128:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
        return value

    def text(self):
        length = self.number()
        self.at += length + 1
        return self.data[self.at - length - 1 : self.at - 1].decode("utf-8", "surrogateescape")

    def image(self):
        _kind, flags = self.byte(), self.byte()
        self.flags |= flags
        image = {"line": self.number(), "column": self.number()}
        for flag, name in ((2, "defined_at"), (4, "size")):
            if flags & flag:
                image[name] = self.number(), self.number()
        image["written"] = self.text()
        for flag, name in ((8, "url"), (16, "path"), (32, "title")):
            if flags & flag:
                image[name] = self.text()
        return image

    def read(self, reader):
        flags, n_images, n_problems = self.byte(), self.number(), self.number()
        base = self.text() if flags & 1 else None
        images = [self.image() for _ in range(n_images)]
        problems = [
            (self.byte(), self.number(), self.number(), self.text()) for _ in range(n_problems)
        ]
        reader.expect(self.at == len(self.data), "length of a scan", self.data)
        reader.expect(flags < 16 and self.flags < 128, "flags of a scan", flags, self.flags)
        return {
            "base": base,
            "is_media_folder": flags & 8 != 0,
            "has_html": self.flags & 64 != 0,
            "images": images,
            "problems": problems,
        }


class Export(_Reader):
    """rows: (letter, values) of all records. objects: bytes by id."""

    def __init__(self, path):
        super().__init__()
        self.objects, self.rows = {}, []
        with tarfile.open(path) as archive:
            members = archive.getmembers()
            data = {member.name: archive.extractfile(member).read() for member in members}
        for member in members:
            head = (member.uid, member.gid, member.mode, member.mtime, member.isreg())
            self.expect(head == (0, 0, 0o444, 0, True), "head of", member.name, head)
        for name in (n for n in data if n.startswith("picdesk/objects/")):
            digest = object_id(data[name])
            path = f"picdesk/objects/{digest.hex()[:2]}/{digest.hex()[2:]}"
            self.expect(name == path, "hash of", name)
            self.objects[digest] = len(data[name])
        files = [name for name in data if name.startswith("picdesk/records/")]
        for number, name in enumerate(files):
            self.expect(name == f"picdesk/records/{number:08}", "name of", name)
            self.rows += self.records(data[name])
        order = ["picdesk/format", *sorted(data.keys() - files - {"picdesk/format", "picdesk/end"})]
        self.expect(list(data) == [*order, *files, "picdesk/end"], "order of", list(data))
        self.expect(data["picdesk/format"] == b"picdesk export 1\n", "format")
        self.expect(data["picdesk/end"] == b"end\n", "end")
        keys = [("XTF".index(letter), values[0]) for letter, values in self.rows]
        self.expect(keys == sorted(set(keys)), "order of", keys)
