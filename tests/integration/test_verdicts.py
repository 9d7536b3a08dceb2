"""What is said of broken pictures, beside a second decoder's word."""

import base64
import io
import os
import random
import struct
import zlib

import boxes
import picture_bombs
import pictures
import pytest
from judging import look
from PIL import Image, ImageCms, ImageFile, ImageSequence

CUTS = 120 if os.environ.get("PICDESK_TEST_FULL") else 12
# Left, top, step across, step down of each pass.
ADAM7 = [
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
]
ONE_PASS = [(0, 0, 1, 1)]
LAST = 64 if os.environ.get("PICDESK_TEST_FULL") else 26


def pixels(data, is_lenient=False):
    """All frames as Pillow sees them; None when it refuses."""
    ImageFile.LOAD_TRUNCATED_IMAGES = is_lenient
    try:
        with Image.open(io.BytesIO(data)) as image:
            return [frame.convert("RGBA").tobytes() for frame in ImageSequence.Iterator(image)]
    except Exception:  # pylint: disable=broad-except
        return None  # Pillow raises nearly everything on broken data
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def png_chunks(data):
    """type, body (as much as is there), offset of the body."""
    at = 8
    while at + 8 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        yield name, data[at + 8 : at + 8 + length], at + 8
        at += length + 12


def png_rows_are_there(data):
    """Whether the image data of a cut PNG inflates to all of its rows, by Python's zlib."""
    width, height, bits, colour, *_, interlace = struct.unpack(">IIBBBBB", data[16:29])
    bits *= {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    wanted = 0
    for left, top, across, down in ADAM7 if interlace else ONE_PASS:
        columns, rows = len(range(left, width, across)), len(range(top, height, down))
        wanted += rows * (1 + (columns * bits + 7) // 8) if columns else 0
    packed = b"".join(body for name, body, _ in png_chunks(data) if name == b"IDAT")
    return len(zlib.decompressobj().decompress(packed)) >= wanted


def gif_pixels_are_there(data):
    """Whether the image data of a cut still GIF gives all of its pixels."""

    def table(flags):
        return 3 << ((flags & 7) + 1) if flags & 128 else 0

    at = 13 + table(data[10])
    while at < len(data) and data[at] == 0x21:
        at += 2
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
    if at + 11 > len(data):
        return False
    width, height, flags = struct.unpack("<HHB", data[at + 5 : at + 10])
    at += 10 + table(flags)
    packed, clear, at = b"", 1 << data[at], at + 1
    while at < len(data) and data[at]:
        packed += data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
    bits, count, position = int.from_bytes(packed, "little"), 0, 0
    lengths, last, size = {}, 0, clear.bit_length()
    while position + size <= 8 * len(packed):
        code = bits >> position & (1 << size) - 1
        position += size
        if code == clear:
            lengths = {**dict.fromkeys(range(clear), 1), clear: 0, clear + 1: 0}
            last, size = 0, clear.bit_length()
            continue
        if code == clear + 1:
            break
        if last and len(lengths) < 4096:
            lengths[len(lengths)] = last + 1
        last = lengths[code]
        count += last
        if len(lengths) == 1 << size and size < 12:
            size += 1
    return count >= width * height


def deep_png(bits, colour, interlace, width=23, height=17):
    """Noise, which Pillow cannot write at this depth."""
    rng = random.Random(bits)
    sample_bits = bits * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    rows = b""
    for left, top, across, down in ADAM7 if interlace else ONE_PASS:
        row_bytes = (len(range(left, width, across)) * sample_bits + 7) // 8
        for _ in range(top, height, down):
            rows += bytes([rng.randrange(5)]) + rng.randbytes(row_bytes)
    return picture_bombs.png(width, height, bits, colour, interlace, zlib.compress(rows))


def originals():
    yield "baseline.jpg", pictures.jpeg(160, 120, 1)
    yield "progressive.jpg", (picture_bombs.FIXTURES / "progressive.jpg").read_bytes()
    yield "grey.jpg", (picture_bombs.FIXTURES / "grey.jpg").read_bytes()
    yield "inks.jpg", picture_bombs.saved(pictures.scene(93, 70, 6, "CMYK"), "JPEG")
    yield "plain.png", pictures.png(160, 120, 2)
    yield "alpha.png", pictures.png(100, 80, 3, "RGBA")
    yield "interlaced.png", (picture_bombs.FIXTURES / "interlaced.png").read_bytes()
    yield "palette.png", (picture_bombs.FIXTURES / "palette.png").read_bytes()
    yield "sixteen.png", deep_png(16, 6, 0)
    yield "sixteen-interlaced.png", deep_png(16, 2, 1)
    yield "one-bit.png", deep_png(1, 0, 1)
    yield "still.gif", pictures.gif(80, 60, 4)
    yield "noise.gif", picture_bombs.saved(Image.effect_noise((70, 50), 90), "GIF")
    yield "lossy.webp", pictures.webp(160, 120, 5)
    yield "alpha.webp", (picture_bombs.FIXTURES / "alpha.webp").read_bytes()


def is_all_there(suffix, cut, lost):
    """Whether no pixel is missing in a file that lost so many bytes of its end."""
    if suffix == ".png":
        return png_rows_are_there(cut)
    if suffix == ".gif":
        return gif_pixels_are_there(cut)
    return suffix == ".jpg" and lost <= 2  # EOI


@pytest.mark.parametrize("name, data", originals(), ids=[name for name, _ in originals()])
def test_cuts_beside_a_second_decoder(site, name, data):
    rng, suffix = random.Random(name), name[name.rindex(".") :]
    most = len(data) - 40  # a header that is cut is another test's
    lost = set(range(min(LAST, most))) | {rng.randrange(most) for _ in range(CUTS)}
    files = {f"{n:06}{suffix}": data[: len(data) - n] for n in sorted(lost)}
    verdicts = look(site, files)
    whole = pixels(data)
    for cut, verdict in verdicts.items():
        n = int(cut[:6])
        said = f"{name} without its last {n} bytes: {verdict}"
        if n == 0:
            assert verdict == "ok", said
        else:
            wanted = "damaged" if is_all_there(suffix, files[cut], n) else "truncated"
            assert verdict == wanted, said
        # Pillow drops the last codes of a GIF whose block is cut, and knows no 16 bits in colour.
        if verdict != "truncated" and suffix != ".gif" and whole:
            assert pixels(files[cut], is_lenient=True) == whole, said


def test_checksums_of_image_data_that_are_wrong(site):
    """Browsers show such pictures, libpng leaves the inner one. Where both are wrong, the pixels are."""
    wanted = {"crc": "damaged", "adler": "ok", "both": "undecodable"}
    files = {}
    for name, data in originals():
        if not name.endswith(".png"):
            continue
        *_, (_, body, at) = [chunk for chunk in png_chunks(data) if chunk[0] == b"IDAT"]
        end = at + len(body)
        crc, both, adler = bytearray(data), bytearray(data), bytearray(data)
        crc[end] ^= 1
        both[end - 1] ^= 1
        adler[end - 1] ^= 1
        adler[end : end + 4] = struct.pack(">I", zlib.crc32(adler[at - 4 : end]))
        files |= {f"crc-{name}": crc, f"adler-{name}": adler, f"both-{name}": both}
    files = {name: bytes(data) for name, data in files.items()}
    for name, verdict in look(site, files).items():
        assert verdict == wanted[name.partition("-")[0]], name
    site.write("picdesk.yml", "thumbs:\n  own: {width: 400, format: png}\n")
    for name in ("crc-plain.png", "adler-alpha.png"):
        data = dict(originals())[name.partition("-")[2]]
        site.write("all.md", f"![a](assets/{name})\n")
        site.build()
        (made,) = site.thumbs("assets/thumbs").values()
        assert pixels(made.read_bytes()) == pixels(data), name


def test_a_checksum_that_is_wrong_before_the_last_rows(site):
    """Browsers show what stands before it, and leave the rest of the picture empty."""
    data = picture_bombs.saved(Image.effect_noise((200, 150), 90), "PNG")
    files = {f"{n}.png": picture_bombs.with_wrong_crc(data, 4, n) for n in range(4)}
    wanted = dict.fromkeys(files, "undecodable") | {"3.png": "damaged"}
    assert look(site, files) == wanted
    assert look(site, files, "build") == wanted


def gif_blocks(data):
    """Where the lengths of the first image's sub-blocks stand, the last of them 0. No local palette."""
    at = 13 + 3 * 2 ** ((data[10] & 7) + 1)
    while data[at] == 0x21:
        at += 2
        while data[at]:
            at += 1 + data[at]
        at += 1
    assert data[at] == 0x2C and not data[at + 9] & 0x80
    blocks = [at + 11]
    while data[blocks[-1]]:
        blocks.append(blocks[-1] + 1 + data[blocks[-1]])
    return blocks


def test_a_gif_that_is_broken_in_the_middle(site):
    """Decoders show what came up to there, and say nothing."""
    out = io.BytesIO()
    Image.effect_noise((80, 60), 60).convert("P").save(out, "GIF")
    data = out.getvalue()
    blocks = gif_blocks(data)
    ends_early, junk, padded = bytearray(data), bytearray(data), data[:-1] + bytes(3) + data[-1:]
    ends_early[blocks[len(blocks) // 2]] = 0
    junk[blocks[-1] + 1] = 0x77
    files = {"whole.gif": data, "early.gif": bytes(ends_early), "junk.gif": bytes(junk), "padded.gif": padded}
    assert look(site, files) == {
        "whole.gif": "ok",
        "early.gif": "truncated",
        "junk.gif": "damaged",
        "padded.gif": "ok",
    }
    assert pixels(files["early.gif"]) is None and pixels(files["junk.gif"]) == pixels(data)


def test_a_gif_of_one_pixel_without_codes(site):
    """What many pages put in an image's place: 26 bytes. Of a larger frame that is a fault."""
    dot = base64.b64decode("R0lGODlhAQABAAD/ACwAAAAAAQABAAACADs=")
    large = dot[:6] + b"\5\0\5\0" + dot[10:18] + b"\5\0\5\0" + dot[22:]
    files = {"dot.gif": dot, "large.gif": large, "cut.gif": dot[:-2]}
    assert look(site, files) == {"dot.gif": "ok", "large.gif": "truncated", "cut.gif": "truncated"}
    site.write("picdesk.yml", "thumbs:\n  own: {width: 400}\n")
    (thumb,) = site.build().image("/assets/dot.gif")["thumbs"]
    assert (thumb["width"], thumb["height"]) == (1, 1)


def test_an_animated_png_that_is_cut(site):
    """The third frame is begun, and has no data; or nothing but the end is missing."""
    frames = [pictures.scene(40, 30, seed) for seed in range(3)]
    out = io.BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    data = out.getvalue()
    begun = data.rindex(b"fdAT") - 4
    files = {"whole.png": data, "begun.png": data[:begun], "end.png": data[:-12], "in.png": data[: begun + 60]}
    assert look(site, files) == {
        "whole.png": "ok",
        "begun.png": "truncated",
        "end.png": "damaged",
        "in.png": "truncated",
    }


def test_an_animated_png_whose_first_frame_cannot_be(site):
    """Browsers refuse it: all of the frame that is the image itself, which is one, is the whole image's."""
    rows = zlib.compress((b"\0" + bytes(60)) * 10)
    good = {"number": 0, "width": 20, "height": 10, "x": 0, "y": 0, "dispose": 2, "blend": 1}

    def frame(after=b"", **changed):
        values = (good | changed).values()
        numbers, kinds = list(values)[:5], list(values)[5:]
        return b"fcTL", struct.pack(">5IHHBB", *numbers, 1, 1, *kinds) + after

    def animation(*chunks, count=1):
        animation = (b"acTL", struct.pack(">II", count, 0))
        return picture_bombs.png(20, 10, data=rows, extra=[animation, *chunks])

    broken = {name: animation(frame(**{name: value + 1})) for name, value in good.items()}
    broken |= {"long": animation(frame(b"\0")), "two": animation(frame(), frame())}
    known = {
        "whole": animation(frame()),
        "no-frame": animation(),
        "no-animation": animation(frame(width=19), count=0),
    }
    files = {f"{name}.png": data for name, data in (broken | known).items()}
    wanted = {name: "ok" if name[:-4] in known else "undecodable" for name in files}
    assert look(site, files) == wanted


def test_what_is_wrong_with_a_png_is_said(site):
    """libvips keeps libpng's errors to itself."""
    rows = zlib.compress(b"".join(b"\0" + bytes(range(60)) for _ in range(10)))
    palette = zlib.compress((b"\0" + bytes(20)) * 10)
    split = picture_bombs.png(20, 10, data=rows[:20], extra=[(b"tEXt", b"a\0b")])
    rest = picture_bombs.chunk(b"tEXt", b"c\0d") + picture_bombs.chunk(b"IDAT", rows[20:])
    wanted = {
        "whole": (picture_bombs.png(20, 10, data=rows), None, None),
        "rows": (picture_bombs.png(20, 11, data=rows), "truncated", "before the last row"),
        "cut": (picture_bombs.png(20, 10, data=rows[:-20]), "truncated", "before the last row"),
        "palette": (picture_bombs.png(20, 10, 8, 3, data=palette), "undecodable", "PLTE) is missing"),
        "needed": (
            picture_bombs.png(20, 10, data=rows, extra=[(b"ABCD", b"x")]),
            "undecodable",
            "ABCD: unknown",
        ),
        "pieces": (split[:-12] + rest + split[-12:], "undecodable", "IDAT: not in one piece"),
    }
    for name, (data, _, _) in wanted.items():
        site.write(f"{name}.png", data)
    site.write("all.md", "\n\n".join(f"![one]({name}.png)" for name in wanted) + "\n")
    result = site.check()
    for name, (_, code, words) in wanted.items():
        findings = [f for f in result.image(f"/{name}.png")["findings"] if f["severity"] == "broken"]
        assert [f["code"] for f in findings] == ([code] if code else []), (name, findings)
        assert not code or words in findings[0]["message"], (name, findings)


@pytest.mark.parametrize("name", ["photo.avif", "scene.heic"])
def test_cuts_of_a_box_without_a_length(site, name):
    """The last box may go to the end of the file: its own size is 0 then."""
    data, at = bytearray((picture_bombs.FIXTURES / name).read_bytes()), 0
    while at + struct.unpack(">I", data[at : at + 4])[0] < len(data):
        at += struct.unpack(">I", data[at : at + 4])[0]
    assert data[at + 4 : at + 8] == b"mdat"
    data[at : at + 4] = bytes(4)
    files = {f"{n}-{name}": bytes(data[: len(data) - n]) for n in (0, 1, 2, 20, 150)}
    whole, *cut = look(site, files).values()
    assert whole == "ok" and set(cut) == {"truncated"}


def test_cuts_of_a_film(site):
    """Frames follow the image that stands for them: what lost one of them is not whole."""
    still = (picture_bombs.FIXTURES / "photo.avif").read_bytes()
    still = boxes.put_into(still, (b"mdat",), bytes(100))
    # Newer libheif reads what a film has to say of itself.
    film = boxes.put_into(still, (), boxes.box(b"moov", boxes.box(b"mvhd", bytes(100))))
    files = {f"{n}-{name}": data[: len(data) - n] for n in (0, 1, 60) for name, data in
             (("still.avif", still), ("film.avif", film))}
    assert look(site, files) == {
        "0-still.avif": "ok",
        "0-film.avif": "ok",
        "1-still.avif": "damaged",
        "1-film.avif": "truncated",
        "60-still.avif": "damaged",
        "60-film.avif": "truncated",
    }


ALPHA = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"
DEPTH = b"urn:mpeg:mpegB:cicp:systems:auxiliary:depth"


@pytest.mark.parametrize("name, kind", [("photo.avif", b"av01"), ("scene.heic", b"hvc1")])
def test_cuts_of_what_stands_beside_the_image(site, name, kind):
    """A thumbnail, EXIF, a map of depth: browsers show the image without. Not so without its alpha."""
    data = (picture_bombs.FIXTURES / name).read_bytes()
    body = data[data.index(b"mdat") + 4 :]
    items = {
        "exif": (b"Exif", bytes(4) + b"Exif\0\0MM\0*" + bytes(40)),
        "thumbnail": (kind, body, b"thmb"),
        "depth": (kind, body, b"auxl", DEPTH),
        "alpha": (kind, body, b"auxl", ALPHA),
    }
    files = {
        f"{lost}-{item}-{name}": whole[: len(whole) - lost]
        for item, arguments in items.items()
        for whole in [boxes.with_item(data, *arguments)]
        for lost in (0, 1, len(arguments[1]) - 1, len(arguments[1]), len(arguments[1]) + 1)
    }
    wanted = {}
    for file in files:
        lost, item, _ = file.split("-")
        image_is_cut = int(lost) > len(items[item][1]) or item == "alpha"
        wanted[file] = "ok" if lost == "0" else "truncated" if image_is_cut else "damaged"
    assert look(site, files) == wanted
    assert look(site, files, "build") == wanted


def test_zeros_in_place_of_the_end(site, make_site):
    """Room was made for the whole file, and a part of it came: what decoders of WebP, AV1 and HEVC take
    for codes. A picture in one colour ends in some, too."""
    noise, maker = Image.effect_noise((200, 150), 90).convert("RGB"), make_site("maker")
    maker.write("picdesk.yml", "thumbs:\n  own: {width: 200, format: avif, quality: 95}\n")
    maker.write("a.png", picture_bombs.saved(noise, "PNG"))
    maker.write("a.md", "![a](a.png)\n")
    maker.build()
    (made,) = maker.thumbs("assets/thumbs").values()
    frames = {"save_all": True, "append_images": [noise.rotate(180), noise.rotate(90)]}
    wholes = {
        "still.avif": made.read_bytes(),
        "lossy.webp": picture_bombs.saved(noise, "WEBP"),
        "lossless.webp": picture_bombs.saved(noise, "WEBP", lossless=True),
        "alpha.webp": picture_bombs.saved(pictures.scene(500, 400, 1, "RGBA"), "WEBP"),
        "film.webp": picture_bombs.saved(noise, "WEBP", **frames),
        "plain.jpg": picture_bombs.saved(noise, "JPEG"),
        "plain.png": picture_bombs.saved(noise, "PNG"),
        "plain.gif": picture_bombs.saved(noise, "GIF"),
    }
    white = picture_bombs.saved(Image.new("RGB", (1000, 1000), "white"), "WEBP", method=0, quality=100)
    assert white.endswith(bytes(2000))
    files = {"white.webp": white, "padded.webp": wholes["lossy.webp"] + bytes(9000)}
    wanted = dict.fromkeys(files, "ok")
    for name, data in wholes.items():
        files[f"whole-{name}"], wanted[f"whole-{name}"] = data, "ok"
        files[f"part-{name}"] = data[: len(data) // 3].ljust(len(data), b"\0")
        wanted[f"part-{name}"] = "truncated"
    assert look(site, files) == wanted


def test_cuts_of_a_webp_with_a_header_that_knows(site):
    """The header of the file gives the length that is left, that of the chunk the one that was."""
    files = {}
    for name in ("photo.webp", "alpha.webp", "animated.webp"):
        data = (picture_bombs.FIXTURES / name).read_bytes()
        for lost in (2, 10, len(data) // 2):
            cut = data[: (len(data) - lost) & ~1]
            files[f"{lost}-{name}"] = cut[:4] + struct.pack("<I", len(cut) - 8) + cut[8:]
        # All of it is there, whatever the header of the file says.
        files[f"short-{name}"] = data[:4] + struct.pack("<I", len(data) - 18) + data[8:]
    wanted = {name: "undecodable" if "short" in name else "truncated" for name in files}
    assert look(site, files) == wanted


def test_metadata_that_is_broken(site):
    """No decoder parses it: libexif follows directories that name each other for seconds, libpng calls
    a picture damaged for it."""
    png = pictures.png(100, 80)
    chunks = [(b"eXIf", b"Exif\0\0II*\0"), (b"eXIf", b""), (b"tEXt", b"")]
    files = {
        f"{n}.png": png[:33] + picture_bombs.chunk(*chunk) + png[33:]
        for n, chunk in enumerate(chunks)
    }
    assert look(site, files) == dict.fromkeys(files, "ok")


def test_flips_beside_a_second_decoder(site):
    files, rng = {}, random.Random(7)
    for name, data in originals():
        for n in range(CUTS):
            flipped = bytearray(data)
            flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            files[f"{n}-{name}"] = bytes(flipped)
    for name, verdict in look(site, files).items():
        second = pixels(files[name])
        assert verdict != "decoder-crash", name
        if second is None and pixels(files[name], is_lenient=True) is None:
            assert verdict not in ("ok", "damaged"), f"{name}: {verdict}, and Pillow refuses it"


def is_of_marker(data, at):
    """Whether a marker stands there in the data of a JPEG, or one begins when bit 4 is flipped."""
    return 255 in (data[at - 1], data[at], data[at] ^ 16)


def test_heads_of_an_avif_that_browsers_refuse(site):
    """libheif does not look at these."""
    data = (picture_bombs.FIXTURES / "photo.avif").read_bytes()
    handler, configuration, depth = (data.index(name) + 4 for name in (b"hdlr", b"av1C", b"pixi"))
    broken = {
        "version": handler,
        "defined": handler + 7,
        "reserved": handler + 15,
        "reserved-last": handler + 23,
        "not-first": handler - 4,
        "marker": configuration,
        "no-delay": configuration + 3,
        "depth": depth + 6,
        "depth-version": depth,
    }
    broken |= {"size-version": data.index(b"ispe") + 4}
    known = {"handler-flags": handler + 3, "tier": configuration + 2, "depth-flags": depth + 2}
    files = {
        f"{name}.avif": data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]
        for name, at in (broken | known).items()
    }
    wanted = {name: "ok" if name[:-5] in known else "undecodable" for name in files}
    for name, most in ((b"irot", 3), (b"imir", 1)):
        for value in (most, most + 1):
            file = f"{name.decode()}-{value}.avif"
            files[file] = boxes.with_property(data, name, bytes([value]))
            wanted[file] = "ok" if value == most else "undecodable"
    assert look(site, files | {"whole.avif": data}) == wanted | {"whole.avif": "ok"}


def test_an_avif_whose_profile_cannot_be_read(site):
    """Chromium refuses it for that, also where programs kept the profile of inks that are no more."""
    data = (picture_bombs.FIXTURES / "photo.avif").read_bytes()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profiles = {
        "good": (b"prof" + profile, "ok"),
        "kind": (b"nclx" + profile, "ok"),
        "cut": (b"prof" + profile[:-1], "damaged"),
        "empty": (b"prof" + bytes(4), "damaged"),
        "restricted": (b"rICC" + profile[:-1], "damaged"),
        "inks": (b"prof" + profile.replace(b"RGB XYZ ", b"CMYKXYZ "), "damaged"),
        "greys": (b"prof" + profile.replace(b"RGB XYZ ", b"GRAYXYZ "), "damaged"),
    }
    files = {f"{name}.avif": boxes.with_property(data, b"colr", body) for name, (body, _) in profiles.items()}
    files["unused.avif"] = boxes.put_into(
        data, (b"meta", b"iprp", b"ipco"), boxes.box(b"colr", b"prof" + profile[:-1])
    )
    wanted = {f"{name}.avif": verdict for name, (_, verdict) in profiles.items()}
    assert look(site, files) == wanted | {"unused.avif": "ok"}


def test_what_cameras_append(site):
    """Another picture, after padding too; a film; the directory of Samsung's telephones."""
    data, film = pictures.jpeg(80, 60), b"\0\0\0\x18ftypmp42" + bytes(50)
    directory = b"SEFH" + struct.pack("<III", 107, 1, 0x0A010000) + struct.pack("<II", 27, 27)
    directory += struct.pack("<I", len(directory)) + b"SEFT"
    files = {
        "picture.jpg": data + data,
        "padded.jpg": data + bytes(2000) + data,
        "film.jpg": data + film,
        "directory.jpg": data + b"\0\0\1\n\x0e\0\0\0Image_UTC_Data1" + directory,
        "junk.jpg": data + bytes(2000) + b"junk",
    }
    assert look(site, files) == dict.fromkeys(files, "ok") | {"junk.jpg": "damaged"}


def test_junk_behind_an_avif(site):
    """It is read as a box that is not all there."""
    data = (picture_bombs.FIXTURES / "photo.avif").read_bytes()
    junk = b"<!-- served by x -->"
    files = {"a.avif": data + junk, "film.avif": data + boxes.box(b"moov", b"") + junk}
    assert look(site, files) == dict.fromkeys(files, "damaged")
    (damage,) = [
        finding
        for finding in site.check().image("/assets/a.avif")["findings"]
        if finding["code"] == "damaged"
    ]
    assert damage["message"] == "20 bytes after the end of the image"


def test_a_jpeg_that_is_cut_and_given_an_end(site):
    """What mends uploads does so. A wrong bit, too, makes codes end early, but never by a row of blocks.
    (Of a progressive file all of the scans need not come: one that ends between two is whole.)"""
    whole = {name: data for name, data in originals() if name.endswith(".jpg")}
    whole["inks.jpg"] = (picture_bombs.FIXTURES / "cmyk.jpg").read_bytes()
    cut, flipped, rng = {}, {}, random.Random(11)
    for name, data in whole.items():
        codes = data.index(b"\xff\xda") + 14
        cuts = 12 if "progressive" in name else CUTS
        for n in range(cuts):
            at = codes + (len(data) - codes) * n // (cuts * 4 // 3)
            cut[f"{n}-{name}"] = data[:at] + b"\xff\xd9"
            at = rng.choice([at for at in range(codes, len(data) - 2) if not is_of_marker(data, at)])
            flipped[f"flipped-{n}-{name}"] = data[:at] + bytes([data[at] ^ 16]) + data[at + 1 :]
    flipped = {name: data for name, data in flipped.items() if "progressive" not in name}
    assert look(site, cut) == dict.fromkeys(cut, "truncated")
    assert "truncated" not in look(site, flipped).values()


def test_cuts_of_a_jpeg_with_a_profile(make_site):
    """The same is said where thumbnails are made: a profile, used or refused, covers up nothing."""
    whole = (picture_bombs.FIXTURES / "srgb-profile.jpg").read_bytes()
    with Image.open(io.BytesIO(whole)) as image:
        good = image.info["icc_profile"]
    wide = good.replace(b"rTRC", b"gTRC", 1).replace(b"rXYZ", b"gXYZ", 1)
    kinds = {"good": good, "wide": wide, "mute": good[:128] + bytes(len(good) - 128)}
    files = {}
    for name, profile in kinds.items():
        for mode in ("RGB", "L"):
            picture = pictures.scene(160, 120, 5).convert(mode)
            data = picture_bombs.saved(picture, "JPEG", icc_profile=profile)
            files |= {f"{lost}-{mode}-{name}.jpg": data[:-lost] for lost in (2, 6, 40, 400)}
    checked = look(make_site("check"), files)
    site = make_site("build")
    site.write("picdesk.yml", "thumbs:\n  a: {width: 160}\n")
    assert checked == look(site, files, "build")
    assert set(checked.values()) == {"damaged", "truncated"}


def with_restarts(rows):
    """A grey picture of 64 pixels a row of blocks, each of which is 2 bits for its level, which is that
    of the one before, and 4 for its end."""
    data = picture_bombs.saved(Image.new("L", (64, 8 * len(rows)), 128), "JPEG")
    scan = data.index(b"\xff\xda")
    pieces = [row + bytes((0xFF, 0xD0 + n % 8)) for n, row in enumerate(rows)]
    codes = b"".join(pieces)[:-2] + b"\xff\xd9"
    return data[:scan] + b"\xff\xdd\0\4\0\x08" + data[scan : scan + 10] + codes


def test_a_marker_within_a_jpegs_data(site):
    """A wrong byte makes one: all rows after it are grey, unless the next restart is looked for."""
    files, wanted = {}, {}
    row = int("001010" * 8, 2).to_bytes(6, "big")
    assert look(site, {"restarts.jpg": with_restarts([row] * 9)}) == {"restarts.jpg": "ok"}
    for marker, verdict in ((0xD5, "damaged"), (0x33, "damaged"), (0xE5, "truncated")):
        rows = [row] * 3 + [row[:2] + bytes((0xFF, marker, 0, 2))] + [row] * 5
        files[f"{marker}-restarts.jpg"] = with_restarts(rows)
        wanted[f"{marker}-restarts.jpg"] = verdict
    for name, mode, options in (
        ("plain.jpg", "RGB", {}),
        ("grey.jpg", "L", {}),
        ("inks.jpg", "CMYK", {}),
        ("progressive.jpg", "RGB", {"progressive": True}),
    ):
        data = picture_bombs.saved(pictures.scene(160, 120, 5).convert(mode), "JPEG", **options)
        codes = data.index(b"\xff\xda") + 14
        end = min(at for at in (data.find(b"\xff\xc4", codes), len(data)) if at > 0)
        at = codes + (end - codes) // 3
        for marker in (0xD3, 0xE5):
            broken = data[:at] + bytes((0xFF, marker, 0, 9)) + data[at + 4 :]
            files[f"{marker}-{name}"], wanted[f"{marker}-{name}"] = broken, "truncated"
    assert look(site, files) == wanted


def test_cuts_of_arithmetic_codes(site):
    """They go on in zeros behind their last byte, and decoders say nothing."""
    data = (picture_bombs.FIXTURES / "arithmetic.jpg").read_bytes()
    codes = data.index(b"\xff\xda") + 14
    files = {f"{at}.jpg": data[:at] for at in range(codes, len(data) - 2, 25)}
    assert look(site, {"whole.jpg": data}) == {"whole.jpg": "ok"}
    assert look(site, files) == dict.fromkeys(files, "truncated")


def test_a_header_that_is_cut(site):
    exif = Image.Exif()
    exif[0x010E] = "words " * 500
    out = io.BytesIO()
    pictures.scene(100, 80).save(out, "JPEG", exif=exif)
    files = {
        "a.jpg": out.getvalue()[:2000],
        "b.png": pictures.png(100, 80)[:20],
        "c.webp": pictures.webp(100, 80)[:24],
        "d.gif": pictures.gif(100, 80)[:9],
        # Within the signature.
        "e.jpg": b"\xff\xd8",
        "f.png": pictures.png(100, 80)[:7],
        "g.webp": pictures.webp(100, 80)[:13],
        "h.gif": b"GIF8",
    }
    assert look(site, files) == dict.fromkeys(files, "truncated")


def test_a_header_that_is_cut_where_nothing_is_decoded(site):
    """A broken header is not one that is not all there; the word is that of `check --quick`."""
    scene = pictures.scene(100, 80)
    files = {
        "a.svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="1',
        "b.bmp": picture_bombs.saved(scene, "BMP")[:24],
        "c.tiff": picture_bombs.saved(scene, "TIFF")[:30],
        "d.jp2": picture_bombs.saved(scene, "JPEG2000")[:40],
        "e.ico": picture_bombs.saved(scene.resize((64, 64)), "ICO")[:20],
        "g.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect/></sv',
    }
    assert look(site, files) == dict.fromkeys(files, "truncated")
    assert look(site, {"f.svg": b"<svg width=1></svg>"})["f.svg"] == "undecodable"


def test_orientation_of_a_png(site):
    """libvips 8.14 does not turn PNGs by their eXIf; browsers do."""
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    pictures.scene(120, 80).save(out, "PNG", exif=exif)
    site.write("assets/a.png", out.getvalue())
    site.write("a.md", "![one](assets/a.png)\n")
    image = site.build().image("/assets/a.png")
    assert (image["width"], image["height"]) == (80, 120)
    with Image.open(next(iter(site.thumbs("assets/thumbs").values()))) as thumb:
        assert thumb.size == (80, 120)


def test_reasons_are_in_plain_words(site, faultd):
    """No loader's name, and sizes and counts as people write them."""
    site.jekyll().news("one", faultd.url("/truncated-image"), faultd.url("/endless"))
    site.write("big.png", pictures.huge_png())
    site.write("a.md", "![x](big.png)\n")
    result = site.check()
    messages = {
        finding["code"]: finding["message"]
        for image in result.report["images"]
        for finding in image["findings"]
    }
    assert messages["truncated"] == "Corrupt JPEG data: premature end of data segment"
    assert messages["too-large"] == "the body is larger than 20 MiB"
    assert messages["too-many-pixels"] == (
        "30000x30000 is 900,000,000 pixels, more than --max-pixels"
    )
