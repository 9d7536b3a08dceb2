"""Boxes put into AVIF and HEIC files (ISO/IEC 14496-12), the rest of the file kept in order."""

import struct

# How many bytes of a box stand before the boxes in it.
HEADS = {b"meta": 12, b"iref": 12, b"iprp": 8, b"ipco": 8}


def box(name, body):
    return struct.pack(">I4s", 8 + len(body), name) + body


def find(data, *path):
    """Where the box at the end of the path begins and ends."""
    at, end = 0, len(data)
    for depth, name in enumerate(path):
        while data[at + 4 : at + 8] != name:
            at += struct.unpack(">I", data[at : at + 4])[0]
            assert at < end, path[: depth + 1]
        end = at + struct.unpack(">I", data[at : at + 4])[0]
        if name != path[-1]:
            at += HEADS[name]
    return at, end


def _move_items(data, from_offset, n_bytes):
    """Offsets into the file from `from_offset` on, in an iloc as libheif writes it: of version 0, each
    item with a base and one extent at 0."""
    at, _ = find(data, b"meta", b"iloc")
    assert data[at + 8] == 0 and data[at + 12 : at + 14] == b"\x44\x40", "another form of iloc"
    (count,) = struct.unpack(">H", data[at + 14 : at + 16])
    for base in range(at + 20, at + 20 + 18 * count, 18):
        (offset,) = struct.unpack(">I", data[base : base + 4])
        if offset >= from_offset:
            data[base : base + 4] = struct.pack(">I", offset + n_bytes)


def put_into(data, path, body):
    """`body` becomes the end of the box at `path`, or with no path stands before mdat."""
    data = bytearray(data)
    at = find(data, *path)[1] if path else find(data, b"mdat")[0]
    _move_items(data, at, len(body))
    for depth in range(len(path)):
        start, end = find(data, *path[: depth + 1])
        data[start : start + 4] = struct.pack(">I", end - start + len(body))
    return bytes(data[:at] + body + data[at:])


def with_property(data, name, body):
    """Of a file with one item: it gets one more property, an essential one."""
    start, end = find(data, b"meta", b"iprp", b"ipco")
    at, index = start + 8, 1
    while at < end:
        at += struct.unpack(">I", data[at : at + 4])[0]
        index += 1
    data = put_into(data, (b"meta", b"iprp", b"ipco"), box(name, body))
    data = bytearray(put_into(data, (b"meta", b"iprp", b"ipma"), bytes([0x80 | index])))
    at, _ = find(data, b"meta", b"iprp", b"ipma")
    data[at + 18] += 1  # behind the header, the number of items and the item's
    return bytes(data)
