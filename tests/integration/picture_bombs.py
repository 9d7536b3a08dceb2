"""Pictures made to break decoders: small files that promise much, or lie. All are made here, none is
kept. `bombs()` yields (name, bytes); the work of making one is small."""

import io
import pathlib
import struct
import zlib

from PIL import Image

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures/images"
PNG_START = b"\x89PNG\r\n\x1a\n"
LIES = (0, 1, 32767, 32768, 65535, 2**31 - 1)


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width, height, bits=8, colour=2, interlace=0, data=b"", extra=()):
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlace)
    chunks = [chunk(b"IHDR", header), *(chunk(*one) for one in extra)]
    return PNG_START + b"".join([*chunks, chunk(b"IDAT", data), chunk(b"IEND", b"")])


def with_wrong_crc(data, count, wrong):
    """A PNG of one IDAT, which becomes `count` of them; one has a wrong checksum."""
    (length,) = struct.unpack(">I", data[33:37])
    assert data[37:41] == b"IDAT" and len(data) == 33 + 12 + length + 12
    rows, size = data[41 : 41 + length], -(-length // count)
    pieces = [chunk(b"IDAT", rows[at : at + size]) for at in range(0, length, size)]
    pieces[wrong] = pieces[wrong][:-1] + bytes([pieces[wrong][-1] ^ 1])
    return data[:33] + b"".join(pieces) + data[-12:]


def zeros(n_bytes):
    """That many zero bytes, deflated: a thousandth of them."""
    packer, piece = zlib.compressobj(1), bytes(1 << 20)
    packed = [packer.compress(piece) for _ in range(n_bytes >> 20)]
    return b"".join([*packed, packer.compress(bytes(n_bytes & 0xFFFFF)), packer.flush()])


def saved(image, form, **options):
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def png_bombs():
    rows = zeros(1 << 20)
    for side in LIES:
        yield f"flood-{side}x{side}.png", png(side, side, data=rows)
        yield f"flood-1x{side}.png", png(1, side, data=rows)
    for bits, colour in ((1, 0), (16, 0), (8, 3), (16, 6)):
        yield f"deep-{bits}-{colour}.png", png(12000, 12000, bits, colour, data=rows)
    yield "interlaced-16.png", png(7000, 7000, 16, 6, 1, zeros(64 << 20))
    yield "interlaced-short.png", png(5000, 5000, 16, 2, 1, rows)
    yield "idat-goes-on.png", png(16, 16, data=zeros(128 << 20))
    packed = zeros(128 << 20)
    yield "iccp.png", png(8, 8, data=rows, extra=[(b"iCCP", b"x\0\0" + packed)])
    yield "ztxt.png", png(8, 8, data=rows, extra=[(b"zTXt", b"x\0\0" + packed)])
    yield "itxt.png", png(8, 8, data=rows, extra=[(b"iTXt", b"x\0\1\0\0\0" + packed)])
    yield "ztxt-many.png", png(8, 8, data=rows, extra=[(b"zTXt", b"x\0\0" + zeros(8 << 20))] * 100)
    yield "text-many.png", png(8, 8, data=rows, extra=[(b"tEXt", b"x\0y")] * 50000)
    yield "frames.png", png(8, 8, data=rows, extra=[(b"acTL", struct.pack(">II", 2**31 - 1, 0))])
    yield "length.png", png(8, 8, data=rows)[:-12] + b"\xff\xff\xff\xffIDAT"


def jpeg_bombs():
    base = saved(Image.new("RGB", (64, 64), "red"), "JPEG")
    progressive = saved(Image.new("RGB", (64, 64), "red"), "JPEG", progressive=True)
    for name, data, mark in (("", base, b"\xff\xc0"), ("progressive-", progressive, b"\xff\xc2")):
        at = data.index(mark) + 5
        for side in (0, 1, 10000, 32767, 65500, 65535):
            lie = struct.pack(">HH", side, side)
            yield f"{name}flood-{side}.jpg", data[:at] + lie + data[at + 4 :]
    segment = b"\xff\xe1" + struct.pack(">H", 65535) + b"Exif\0\0" + bytes(65527)
    yield "metadata.jpg", base[:2] + segment * 300 + base[2:]
    profile = b"\xff\xe2" + struct.pack(">H", 65535) + b"ICC_PROFILE\0\xff\xff" + bytes(65519)
    yield "profile.jpg", base[:2] + profile * 255 + base[2:]
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    yield "scans.jpg", progressive[:-2] + scan * 5000 + b"\xff\xd9"
    large = saved(Image.new("L", (3000, 3000)), "JPEG", progressive=True)
    yield "scans-large.jpg", large[:-2] + large[large.rindex(b"\xff\xda") : -2] * 2000 + b"\xff\xd9"
    for marker in (0xE1, 0xE2, 0xED, 0xEE):
        yield f"segments-{marker:x}.jpg", base[:2] + bytes([255, marker, 0, 2]) * 200000 + base[2:]
    yield "fill.jpg", base[:2] + b"\xff" * (1 << 20) + base[2:]
    yield "restarts.jpg", base[:-2] + b"\xff\xd0" * 200000 + b"\xff\xd9"
    yield "thumbnails.jpg", base[:2] + base[2:20] * 1000 + base[2:]


def gif_bombs():
    for side in LIES[:-1]:
        screen = b"GIF89a" + struct.pack("<HH", side, side) + b"\x80\0\0" + bytes(6)
        frame = b"," + struct.pack("<HHHH", 0, 0, side, side) + b"\0\x02\x02\x44\x01\0"
        yield f"flood-{side}.gif", screen + frame + b";"
        yield f"frames-{side}.gif", screen + frame * 20000 + b";"
    screen = b"GIF89a\x10\0\x10\0\x80\0\0" + bytes(6)
    yield "comments.gif", screen + b"!\xfe" + b"\x01x" * 500000 + b"\0;"
    yield "no-end.gif", screen + b"," + bytes(8) + b"\0\x02" + b"\xff" + bytes(255)


def riff(*chunks):
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(data)) + data + bytes(len(data) & 1) for name, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_bombs():
    still = saved(Image.new("RGB", (16, 16), "red"), "WEBP")
    vp8 = still[20:]
    for side in (1, 16383, 16384, 1 << 24):
        canvas = bytes(4) + struct.pack("<I", side - 1)[:3] * 2
        yield f"canvas-{side}.webp", riff((b"VP8X", canvas), (b"VP8 ", vp8))
        moving = b"\x02" + canvas[1:]
        frame = bytes(6) + struct.pack("<I", 15)[:3] * 2 + struct.pack("<I", 10)[:3] + b"\0"
        frame += b"VP8 " + struct.pack("<I", len(vp8)) + vp8
        frames = [(b"ANMF", frame)] * 3000
        yield f"frames-{side}.webp", riff((b"VP8X", moving), (b"ANIM", bytes(6)), *frames)
    dot = saved(Image.new("RGB", (1, 1)), "WEBP")[12:]
    frame = bytes(12) + struct.pack("<I", 10)[:3] + b"\0" + dot
    frames = [(b"ANMF", frame)] * 100000
    canvas = b"\x02" + bytes(3) + struct.pack("<I", 15)[:3] * 2
    yield "frames-many.webp", riff((b"VP8X", canvas), (b"ANIM", bytes(6)), *frames)
    yield "lossless.webp", riff((b"VP8L", b"\x2f\xff\xff\xff\x0f" + bytes(50)))
    yield "size.webp", still[:4] + b"\xff\xff\xff\xff" + still[8:]
    big = vp8[:6] + struct.pack("<HH", 16383, 16383) + vp8[10:]
    yield "flood.webp", riff((b"VP8 ", big))


def avif_bombs():
    data = (FIXTURES / "photo.avif").read_bytes()
    at = data.index(b"ispe") + 8
    for side in (0, 1, 32767, 65535, 2**31 - 1):
        lie = struct.pack(">II", side, side)
        yield f"flood-{side}.avif", data[:at] + lie + data[at + 8 :]
    boxes = data[:32]
    for _ in range(3000):
        boxes = struct.pack(">I", len(boxes) + 8) + b"meta" + boxes
    yield "nested.avif", data[:32] + boxes


def bombs():
    for make in (png_bombs, jpeg_bombs, gif_bombs, webp_bombs, avif_bombs):
        yield from make()
