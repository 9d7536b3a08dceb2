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


def count(data, *path):
    """The boxes in the box at the end of the path."""
    at, end = find(data, *path)
    at, n = at + HEADS[path[-1]], 0
    while at < end:
        at, n = at + struct.unpack(">I", data[at : at + 4])[0], n + 1
    return n


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


def put_into(data, path, body, at=None):
    """`body` becomes the end of the box at `path`, or stands at `at` in it, or with no path before mdat."""
    data = bytearray(data)
    at = at or (find(data, *path)[1] if path else find(data, b"mdat")[0])
    _move_items(data, at, len(body))
    for depth in range(len(path)):
        start, end = find(data, *path[: depth + 1])
        data[start : start + 4] = struct.pack(">I", end - start + len(body))
    return bytes(data[:at] + body + data[at:])


def with_property(data, name, body, item=1):
    """The item gets one more property, an essential one."""
    index = count(data, b"meta", b"iprp", b"ipco") + 1
    data = put_into(data, (b"meta", b"iprp", b"ipco"), box(name, body))
    at = find(data, b"meta", b"iprp", b"ipma")[0] + 16
    while struct.unpack(">H", data[at : at + 2])[0] != item:
        at += 3 + data[at + 2]
    own = at + 3 + data[at + 2]
    data = bytearray(put_into(data, (b"meta", b"iprp", b"ipma"), bytes([0x80 | index]), own))
    data[at + 2] += 1
    return bytes(data)


def with_item(data, kind, body, reference=None, meaning=None):
    """Of a file with one item: it gets a second one, whose bytes are the last of the file. One with a
    reference to the first has its properties; `meaning` is what its auxC says beside them."""
    start, end = find(data, b"meta", b"iprp", b"ipma")
    own = data[start + 19 : end]
    if meaning:
        own += bytes([count(data, b"meta", b"iprp", b"ipco") + 1])
        meaning = box(b"auxC", bytes(4) + meaning + b"\0")
        data = put_into(data, (b"meta", b"iprp", b"ipco"), meaning)
    if reference:
        owner = struct.pack(">HB", 2, len(own)) + own
        data = bytearray(put_into(data, (b"meta", b"iprp", b"ipma"), owner))
        data[find(data, b"meta", b"iprp", b"ipma")[0] + 15] = 2
        references = bytes(4) + box(reference, struct.pack(">HHH", 2, 1, 1))
        data = put_into(data, (b"meta",), box(b"iref", references))
    info = box(b"infe", struct.pack(">B3xHH", 2, 2, 0) + kind + b"\0")
    data = put_into(data, (b"meta", b"iinf"), info)
    data = put_into(data, (b"meta", b"iloc"), struct.pack(">HHIHII", 2, 0, 0, 1, 0, len(body)))
    data = bytearray(put_into(data, (b"mdat",), body))
    data[find(data, b"meta", b"iinf")[0] + 13] = 2
    start, end = find(data, b"meta", b"iloc")
    data[start + 15] = 2
    data[end - 14 : end - 10] = struct.pack(">I", len(data) - len(body))
    return bytes(data)


def grid(data, size, side_tiles=1, of_tiles=b"", of_all=b""):
    """A grid (ISO/IEC 23008-12, 6.6.2.3) of side_tiles times side_tiles times the one image of `data`,
    which is said to be of that size. More properties, one box each: of the tiles, of the whole."""
    start, end = find(data, b"mdat")
    tile = data[start + 8 : end]
    body = struct.pack(">BBBBHH", 0, 0, side_tiles - 1, side_tiles - 1, *size)
    ids = range(2, 2 + side_tiles**2)

    def entries(name, items):
        return box(name, bytes(4) + struct.pack(">H", len(items)) + b"".join(items))

    start, end = find(data, b"meta", b"iprp", b"ipco")
    own_size = box(b"ispe", struct.pack(">4xII", *size))
    properties = data[start + 8 : end] + own_size + of_tiles + of_all
    # colr, av1C, ispe and pixi of a tile; colr, the whole's ispe, pixi
    of_one = bytes((1, 2, 3, 4)) + (b"\x86" if of_tiles else b"")
    of_whole = bytes((1, 5, 4)) + (bytes((0x86 + bool(of_tiles),)) if of_all else b"")
    owners = [(1, of_whole), *((number, of_one) for number in ids)]
    owners = b"".join(struct.pack(">HB", number, len(own)) + own for number, own in owners)
    infos = [(1, b"grid"), *((number, b"av01") for number in ids)]

    def meta(places):
        start, end = find(data, b"meta", b"hdlr")
        extents = [struct.pack(">HHHII", n, 0, 1, *place) for n, place in enumerate(places, 1)]
        return box(
            b"meta",
            bytes(4)
            + data[start:end]
            + box(b"pitm", struct.pack(">4xH", 1))
            + box(b"iloc", b"\0\0\0\0\x44\0" + struct.pack(">H", len(extents)) + b"".join(extents))
            + entries(
                b"iinf",
                [box(b"infe", struct.pack(">B3xHH", 2, n, 0) + kind + b"\0") for n, kind in infos],
            )
            + box(b"iref", bytes(4) + box(b"dimg", struct.pack(f">HH{len(ids)}H", 1, len(ids), *ids)))
            + box(
                b"iprp",
                box(b"ipco", properties)
                + box(b"ipma", struct.pack(">4xI", len(infos)) + owners),
            ),
        )

    start, end = find(data, b"ftyp")
    at = end - start + len(meta([(0, 0)] * len(infos))) + 8
    places = [(at, len(body)), *[(at + len(body), len(tile))] * len(ids)]
    return data[start:end] + meta(places) + box(b"mdat", body + tile)


def derived(data, wholes, others=(), of_meta=b""):
    """The one image of `data` becomes the last item, behind `wholes`: (type, bytes, the items that it is
    made of), the first of them the primary one; or (type, bytes, the items that it stands beside, b"auxl").
    They are as large as the image. `others`: types of more items, with its bytes; `of_meta`: one box more."""
    start, end = find(data, b"mdat")
    image, last = data[start + 8 : end], len(wholes) + 1
    start, end = find(data, b"meta", b"iprp", b"ipco")
    properties = data[start:end]  # colr, av1C, ispe and pixi
    kinds = [kind for kind, *_ in wholes] + [b"av01", *others]
    owners = [(n, bytes((1, 3, 4))) for n in range(1, last)] + [(last, bytes((1, 0x82, 3, 4)))]
    references = [
        box(*name or [b"dimg"], struct.pack(f">HH{len(items)}H", n, len(items), *items))
        for n, (_, _, items, *name) in enumerate(wholes, 1)
    ]
    infos = [
        box(b"infe", struct.pack(">B3xHH", 2, n, 0) + kind + b"\0") for n, kind in enumerate(kinds, 1)
    ]

    def meta(first_at):
        at, places = first_at, b""
        for n, body in enumerate([body for _, body, *_ in wholes], 1):
            places += struct.pack(">HHHII", n, 0, 1, at, len(body))
            at += len(body)
        for n in range(last, len(kinds) + 1):
            places += struct.pack(">HHHII", n, 0, 1, at, len(image))
        start, end = find(data, b"meta", b"hdlr")
        return box(
            b"meta",
            bytes(4)
            + data[start:end]
            + box(b"pitm", struct.pack(">4xH", 1))
            + box(b"iloc", b"\0\0\0\0\x44\0" + struct.pack(">H", len(kinds)) + places)
            + box(b"iinf", bytes(4) + struct.pack(">H", len(infos)) + b"".join(infos))
            + (box(b"iref", bytes(4) + b"".join(references)) if references else b"")
            + box(
                b"iprp",
                properties
                + box(
                    b"ipma",
                    struct.pack(">4xI", len(owners))
                    + b"".join(struct.pack(">HB", n, len(own)) + own for n, own in owners),
                ),
            )
            + of_meta,
        )

    start, end = find(data, b"ftyp")
    head = data[start:end]
    body = b"".join(body for _, body, *_ in wholes) + image
    return head + meta(len(head) + len(meta(0)) + 8) + box(b"mdat", body)
