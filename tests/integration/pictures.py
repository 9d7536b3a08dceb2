"""Pictures as bytes, made by Pillow: the right ones and the broken ones."""

import io
import struct
import zlib

from PIL import Image, ImageDraw


def scene(width, height, seed=0, mode="RGB"):
    """A picture with enough in it that no two seeds give the same bytes."""
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    for y in range(height):
        draw.line(
            [(0, y), (width, y)],
            fill=(y * 255 // height, (seed * 53) % 256, 255 - y * 200 // height),
        )
    for i in range(6):
        x, y = (i * 97 + seed * 31) % width, (i * 61 + seed * 17) % height
        draw.ellipse(
            [x, y, x + width // 5, y + height // 5], fill=((i * 40) % 256, 200, (seed * 29) % 256)
        )
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize((width, height)))
    elif mode != "RGB":
        image = image.convert(mode)
    return image


def _save(image, form, **options):
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def jpeg(width=800, height=600, seed=0, orientation=None):
    """`orientation` is the EXIF tag: with 5 to 8 the picture shows as height x width."""
    options = {}
    if orientation is not None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        options["exif"] = exif
    return _save(scene(width, height, seed), "JPEG", quality=85, **options)


def png(width=800, height=600, seed=0, mode="RGB"):
    return _save(scene(width, height, seed, mode), "PNG")


def gif(width=200, height=150, seed=0, frames=1):
    pictures = [scene(width, height, seed + i).convert("P") for i in range(frames)]
    return _save(pictures[0], "GIF", save_all=frames > 1, append_images=pictures[1:])


def webp(width=800, height=600, seed=0):
    return _save(scene(width, height, seed), "WEBP", quality=80)


def truncated(data, part=0.5):
    return data[: int(len(data) * part)]


def damaged_jpeg(seed=0):
    """Lacks its EOI marker alone: browsers show it, strict decoders refuse it."""
    data = jpeg(seed=seed)
    assert data.endswith(b"\xff\xd9")
    return data[:-2]


def undecodable_png(seed=0):
    """A whole PNG, every checksum right, but its pixels are no zlib stream."""
    header = png(300, 200, seed)[16:29]
    noise = bytes((i * 37 + seed + 11) % 256 for i in range(4000))
    chunks = ((b"IHDR", header), (b"IDAT", noise), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def huge_png(width=30000, height=30000):
    """A header that promises more pixels than any limit, in a small file."""
    data = bytearray(png(8, 8))
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    return bytes(data)


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


SVG = (
    b'<?xml version="1.0"?>\n<!-- a drawing -->\n<svg xmlns="http://www.w3.org/2000/svg" '
    b'width="120" height="80"><rect width="120" height="80" fill="navy"/></svg>\n'
)
