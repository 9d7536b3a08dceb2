"""What the thumbnails show, pixel by pixel beside a browser and Pillow: profiles, CMYK, alpha, 16 bits,
orientation, planes. The browser's part is skipped where there is no Chromium."""

import base64
import io
import itertools
import json
import struct

import boxes
import browser
import picture_bombs
import pictures
import pytest
from judging import look
from PIL import Image, ImageCms

FIXTURES = picture_bombs.FIXTURES
SPEC = "thumbs:\n  own: {width: 400, format: png}\n"
READ_PIXELS = """async (url) => {
	const image = new Image();
	const loaded = await new Promise((resolve) => {
		image.onload = () => resolve(true);
		image.onerror = () => resolve(false);
		image.src = url;
	});
	if (!loaded) return null;
	const canvas = document.createElement("canvas");
	[canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
	const context = canvas.getContext("2d");
	context.drawImage(image, 0, 0);
	const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
	return [canvas.width, canvas.height, btoa(String.fromCharCode(...data))];
}"""


def tag(name, body):
    return name + bytes(4) + body


def matrix_profile(columns, gamma):
    """An RGB profile (ICC.1:2010): the primaries' XYZ under D50, and one gamma."""

    def fixed(*values):
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    words = b"made for a test\0"
    tags = {
        b"desc": tag(b"desc", struct.pack(">I", len(words)) + words + bytes(78)),
        b"cprt": tag(b"text", words),
        b"wtpt": tag(b"XYZ ", fixed(0.9642, 1.0, 0.8249)),
    }
    for colour, xyz in zip((b"r", b"g", b"b"), columns):
        tags[colour + b"XYZ"] = tag(b"XYZ ", fixed(*xyz))
        tags[colour + b"TRC"] = tag(b"curv", struct.pack(">IH", 1, round(gamma * 256)))
    table, data = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, body in tags.items():
        body += bytes(-len(body) % 4)
        table += name + struct.pack(">II", start + len(data), len(body))
        data += body
    head = struct.pack(">I4xI", start + len(data), 0x02100000) + b"mntrRGB XYZ "
    head += bytes(12) + b"acsp" + bytes(28) + fixed(0.9642, 1.0, 0.8249) + bytes(48)
    return head + table + data


# Their primaries adapted to D50.
DISPLAY_P3 = matrix_profile(
    [(0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)], 2.2
)
ADOBE_RGB = matrix_profile(
    [(0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)], 2.2
)
GAMMA_1_8 = matrix_profile(
    [(0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)], 1.8
)


def saved(image, form, **options):
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def smooth(mode="RGB", size=(64, 48)):
    """Gradients: what a browser and we make of half the colour's resolution differs little."""
    ramp = Image.linear_gradient("L")
    across, down = ramp.rotate(90).resize(size), ramp.resize(size)
    picture = Image.merge("RGB", (across, down, Image.blend(across, down, 0.5)))
    if mode == "RGBA":
        picture.putalpha(Image.radial_gradient("L").resize(size))
        return picture
    return picture.convert(mode)


def inks():
    """CMYK without a profile."""
    across, down, both = smooth().split()
    return Image.merge("CMYK", (across, down, both, across.point(lambda level: level // 3)))


def placed_gif(screen, left=0, top=0):
    """A frame of 64x48 pixels in a screen of another size."""
    data = bytearray(saved(smooth("P"), "GIF"))
    frame = data.index(b"\x2c", 13 + 3 * 2 ** ((data[10] & 7) + 1))
    data[6:10] = struct.pack("<HH", *screen)
    data[frame + 1 : frame + 5] = struct.pack("<HH", left, top)
    return bytes(data)


def gif_of_frames(screen, *placed):
    """A film without a transparent colour: (left, top, hundredths of a second, picture)."""
    data = b"GIF89a" + struct.pack("<HH", *screen) + bytes(3) + b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0"
    for left, top, delay, picture in placed:
        own = saved(picture, "GIF")
        at = 13 + 3 * 2 ** ((own[10] & 7) + 1)
        frame = own.index(b",", at)
        data += struct.pack("<4sHH", b"!\xf9\4\4", delay, 0)
        flags = own[10] & 0x87 | own[frame + 9] & 0x40
        data += struct.pack("<cHHHHB", b",", left, top, *picture.size, flags)
        data += own[13:at] + own[frame + 10 : -1]
    return data + b";"


def with_chunks(data, *chunks):
    """A PNG with more chunks behind its header."""
    return data[:33] + b"".join(picture_bombs.chunk(*chunk) for chunk in chunks) + data[33:]


def with_nclx(primaries, transfer):
    """The fixture with other code points of ITU-T H.273; its matrix is BT.601's."""
    data = (FIXTURES / "photo.avif").read_bytes()
    at = data.index(b"colrnclx") + 8
    return data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]


def named_colours():
    """Without a profile, by numbers."""
    plain, wide = saved(smooth(), "PNG"), saved(smooth(), "PNG", icc_profile=DISPLAY_P3)
    white, p3 = (31270, 32900), (68000, 32000, 26500, 69000, 15000, 6000)
    p3 = (b"cHRM", struct.pack(">8I", *white, *p3))
    yield "cicp-p3.png", with_chunks(plain, (b"cICP", b"\x0c\x0d\0\1")), 1
    yield "cicp-2020.png", with_chunks(plain, (b"cICP", b"\x09\x0d\0\1")), 1
    yield "cicp-srgb-before-profile.png", with_chunks(wide, (b"cICP", b"\1\x0d\0\1")), 1
    # Of narrow range, which browsers leave out.
    yield "cicp-narrow.png", with_chunks(plain, (b"cICP", b"\x0c\x0d\0\0")), 1
    yield "gamma-1.png", with_chunks(plain, (b"gAMA", struct.pack(">I", 100000))), 1
    yield "gamma-2.2.png", with_chunks(plain, (b"gAMA", struct.pack(">I", 45455))), 1
    yield "gamma-p3.png", with_chunks(plain, (b"gAMA", struct.pack(">I", 45455)), p3), 1
    grey = saved(smooth("L"), "PNG")
    deep = saved(smooth("L").convert("I").point(lambda level: level * 257).convert("I;16"), "PNG")
    yield "grey-gamma-1.png", with_chunks(grey, (b"gAMA", struct.pack(">I", 100000))), 1
    yield "grey-linear-cicp.png", with_chunks(grey, (b"cICP", b"\1\x08\0\1")), 1
    yield "grey16-gamma-1.png", with_chunks(deep, (b"gAMA", struct.pack(">I", 100000))), 1
    transparent = saved(smooth("RGBA").convert("LA"), "PNG")
    yield "grey-alpha-gamma-1.png", with_chunks(transparent, (b"gAMA", struct.pack(">I", 100000))), 2
    # As fixture-photo.avif below.
    yield "p3.avif", with_nclx(12, 13), 8
    yield "2020.avif", with_nclx(9, 1), 9
    yield "linear.avif", with_nclx(1, 8), 6


def sources():
    """name, bytes, the largest mean difference in levels."""
    jpeg = {"quality": 95, "subsampling": 0}
    yield "plain.jpg", saved(smooth(), "JPEG", **jpeg), 1
    yield "half-colour.jpg", saved(smooth(), "JPEG", quality=95), 2
    yield "odd-sides.jpg", saved(smooth(size=(63, 47)), "JPEG", quality=95), 2
    yield "grey.jpg", saved(smooth("L"), "JPEG", **jpeg), 1
    yield "inks.jpg", saved(inks(), "JPEG", **jpeg), 2
    yield "inks-of-others.jpg", saved(inks(), "JPEG", icc_profile=DISPLAY_P3, **jpeg), 2
    yield "inks-of-nothing.jpg", saved(inks(), "JPEG", icc_profile=bytes(200), **jpeg), 2
    yield "progressive.jpg", saved(smooth(), "JPEG", progressive=True, **jpeg), 1
    yield "p3.jpg", saved(smooth(), "JPEG", icc_profile=DISPLAY_P3, **jpeg), 2
    yield "adobe.jpg", saved(smooth(), "JPEG", icc_profile=ADOBE_RGB, **jpeg), 2
    yield "grey-of-colours.jpg", saved(smooth("L"), "JPEG", icc_profile=GAMMA_1_8, **jpeg), 1
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    yield "colours-of-lab.jpg", saved(smooth(), "JPEG", icc_profile=lab, **jpeg), 2
    longer = struct.pack(">I", 9999) + DISPLAY_P3[4:]
    yield "half-a-profile.jpg", saved(smooth(), "JPEG", icc_profile=longer, **jpeg), 1
    yield "p3.png", saved(smooth(), "PNG", icc_profile=DISPLAY_P3), 2
    yield "p3-alpha.png", saved(smooth("RGBA"), "PNG", icc_profile=DISPLAY_P3), 3
    yield "p3.webp", saved(smooth(), "WEBP", lossless=True, icc_profile=DISPLAY_P3), 2
    yield "alpha.png", saved(smooth("RGBA"), "PNG"), 2
    yield "lossless.webp", saved(smooth("RGBA"), "WEBP", lossless=True, exact=True), 2
    yield "lossy.webp", saved(smooth(), "WEBP", quality=95), 2
    yield "palette.png", saved(smooth("P"), "PNG"), 1
    yield "still.gif", saved(smooth("P"), "GIF"), 1
    yield "beyond.gif", placed_gif(screen=(20, 30)), 1
    yield "in-part.gif", placed_gif(screen=(90, 60), left=5, top=7), 1
    yield from named_colours()
    for name in ("palette-alpha.png", "rgb16.png", "rgba16.png", "interlaced.png", "bad-iccp.png"):
        yield f"fixture-{name}", (FIXTURES / name).read_bytes(), 2
    # Small and full of edges in colour, which each decoder brings to full resolution in its own way.
    yield "fixture-photo.avif", (FIXTURES / "photo.avif").read_bytes(), 6


def thumbnails(site, files):
    """name -> the PNG of the original's own size."""
    site.write("picdesk.yml", SPEC)
    for name, data in files.items():
        site.write(f"assets/{name}", data)
    site.write("a.md", "\n\n".join(f"![a](assets/{name})" for name in files) + "\n")
    result, made = site.build(), {}
    for name in files:
        (thumb,) = result.image(f"/assets/{name}")["thumbs"]
        with Image.open(site.root / thumb["path"]) as image:
            made[name] = image.convert("RGBA")
    return result, made


def shown(window, name, data):
    """What the browser shows; None when it refuses."""
    kind = name.rpartition(".")[2].replace("jpg", "jpeg")
    url = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    answer = window.evaluate(f"({READ_PIXELS})({json.dumps(url)})")
    return answer and Image.frombytes("RGBA", tuple(answer[:2]), base64.b64decode(answer[2]))


def difference(first, second):
    """Of what is seen on white, in levels, on average."""
    images = []
    for image in (first, second):
        white = Image.new("RGBA", image.size, "white")
        images.append(Image.alpha_composite(white, image).convert("RGB").tobytes())
    assert len(images[0]) == len(images[1])
    return sum(abs(a - b) for a, b in zip(*images)) / len(images[0])


@pytest.mark.skipif(not browser.is_available(), reason="no Chromium here")
def test_colours_beside_a_browser(site, tmp_path):
    cases = list(sources())
    files = {name: data for name, data, _ in cases}
    _, made = thumbnails(site, files)
    with browser.Browser(tmp_path) as window:
        wrong = {}
        for name, data, most in cases:
            off = difference(made[name], shown(window, name, data))
            if off > most:
                wrong[name] = off
    assert not wrong


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("form, quality", [("jpeg", 80), ("jpeg", 95), ("webp", 90), ("png", 75)])
def test_resized_planes(site, subsampling, form, quality):
    """A JPEG is resized as planes, of colour at its own resolution: beside Pillow's resize of the whole
    picture, at odd sizes and with an odd crop."""
    picture = smooth(size=(301, 203))
    site.write("assets/a.jpg", saved(picture, "JPEG", quality=95, subsampling=subsampling))
    output = f"format: {form}, quality: {quality}"
    site.write(
        "picdesk.yml",
        f"""
        thumbs:
          scaled: {{width: 101, {output}}}
          cropped: {{width: 51, height: 67, fit: cover, position: right, {output}}}
          same: {{width: 400, {output}}}
        """,
    )
    site.write("a.md", "![a](assets/a.jpg)\n")
    made = {}
    for thumb in site.build().image("/assets/a.jpg")["thumbs"]:
        with Image.open(site.root / thumb["path"]) as image:
            made[thumb["name"]] = image.convert("RGBA")
    scaled = picture.resize((101, 68), Image.Resampling.LANCZOS)
    cropped = picture.resize((99, 67), Image.Resampling.LANCZOS).crop((48, 0, 99, 67))
    for name, wanted in (("scaled", scaled), ("cropped", cropped), ("same", picture)):
        assert made[name].size == wanted.size
        assert difference(made[name], wanted.convert("RGBA")) < 2, name


def test_backgrounds(site):
    """What is under transparent pixels: white where nothing is said, else the colour, also of greys."""
    site.write("assets/a.png", saved(Image.new("RGBA", (30, 20), (9, 9, 9, 0)), "PNG"))
    site.write("assets/b.png", saved(Image.new("LA", (30, 20), (9, 0)), "PNG"))
    site.write("a.md", "![a](assets/a.png)\n![b](assets/b.png)\n")
    output = "{width: 30, format: jpeg, quality: 95"
    site.write("picdesk.yml", f"thumbs:\n  w: {output}}}\n  o: {output}, background: '#ff8000'}}\n")
    result = site.build()
    for name in ("a", "b"):
        for thumb in result.image(f"/assets/{name}.png")["thumbs"]:
            with Image.open(site.root / thumb["path"]) as image:
                pixel = image.convert("RGB").getpixel((9, 9))
            wanted = (255, 255, 255) if thumb["name"] == "w" else (255, 128, 0)
            assert all(abs(a - b) < 5 for a, b in zip(pixel, wanted)), (name, thumb["name"], pixel)


@pytest.mark.parametrize("screen", [(640, 480), (90, 2049), (70, 0)])
def test_a_screen_that_the_first_frame_leaves_free(site, screen):
    """Where it has a monitor's size, libvips' decoder takes the first frame for the whole."""
    first, second = smooth().quantize(64), smooth(size=(20, 30)).quantize(64)
    site.write("a.gif", gif_of_frames(screen, (5, 7, 10, first), (9, 3, 30, second)))
    site.write("a.md", "![a](a.gif)\n")
    output = "width: 3000, quality: 100, format"
    specs = f"  o: {{{output}: png}}\n  m: {{{output}: webp, animated: true}}\n"
    site.write("picdesk.yml", f"thumbs:\n{specs}")
    wanted = [Image.new("RGBA", (max(screen[0], 69), max(screen[1], 55)))]
    wanted[0].paste(first.convert("RGBA"), (5, 7))
    wanted.append(wanted[0].copy())
    wanted[1].paste(second.convert("RGBA"), (9, 3))
    image = site.build().image("/a.gif")
    assert (image["status"], image["width"], image["height"]) == ("ok", *wanted[0].size)
    made = {thumb["name"]: Image.open(site.root / thumb["path"]) for thumb in image["thumbs"]}
    still, moving = made["o"], made["m"]
    assert still.convert("RGBA").tobytes() == wanted[0].tobytes()
    assert moving.n_frames == 2
    for n, frame in enumerate(wanted):
        moving.seek(n)
        moving.load()
        assert moving.info["duration"] == (100, 300)[n]
        assert difference(moving.convert("RGBA"), frame) < 4


def test_a_gif_that_says_nothing_before_its_picture(site):
    """libnsgif takes an extension without data for the end of the file."""
    picture, files = smooth("P"), {}
    plain = saved(picture, "GIF")
    at = 13 + 3 * 2 ** ((plain[10] & 7) + 1)
    for name, extension in (("own", b"!\xff\0"), ("text", b"!\x01\0"), ("other", b"!B\0")):
        files[f"{name}.gif"] = plain[:at] + extension + plain[at:]
    result, made = thumbnails(site, files)
    for name in files:
        assert result.image(f"/assets/{name}")["status"] == "ok"
        assert difference(made[name], picture.convert("RGBA")) == 0, name


TWO_COLOURS = [0, 0, 0, 250, 200, 90]


def gif_in_bytes(*frames):
    """Of 10x10 pixels in two colours, a byte for each code and none for the end of a frame."""
    data = b"GIF89a" + struct.pack("<HHBBB", 10, 10, 0xF6, 0, 0) + bytes(TWO_COLOURS) + bytes(378)
    for codes in frames:
        data += struct.pack("<cHHHHBBBB", b",", 0, 0, 10, 10, 0, 7, 1 + len(codes), 0x80) + codes + b"\0"
    return data + b";"


def in_two_colours(pixels):
    picture = Image.frombytes("P", (10, 10), pixels)
    picture.putpalette(TWO_COLOURS)
    return picture.convert("RGBA")


def test_a_gif_without_an_end_code(site):
    """libnsgif passes over a code that the last bit of the data belongs to, and leaves its pixels black."""
    first, even = bytes([0] * 30 + [1] * 70), bytes([1] * 100)
    # Runs of one colour, 1 to 13 pixels long, and one of 9.
    runs = bytes([1, *range(0x82, 0x8E), 0x89])
    files = {
        "still.gif": gif_in_bytes(first),
        "film.gif": gif_in_bytes(first, runs),
        "runs.gif": gif_in_bytes(runs),
        "cut.gif": gif_in_bytes(runs)[:-2],
    }
    result, made = thumbnails(site, files)
    for name, pixels in zip(files, (first, first, even, even)):
        codes = [finding["code"] for finding in result.image(f"/assets/{name}")["findings"]]
        assert ("damaged" in codes) == (name == "cut.gif"), (name, codes)
        assert made[name].tobytes() == in_two_colours(pixels).tobytes(), name
    site.write("picdesk.yml", "thumbs:\n  m: {width: 400, format: webp, quality: 100, animated: true}\n")
    (thumb,) = site.build().image("/assets/film.gif")["thumbs"]
    with Image.open(site.root / thumb["path"]) as moving:
        moving.seek(1)
        assert difference(moving.convert("RGBA"), in_two_colours(even)) < 4


def test_a_film_without_end_codes_that_is_cut(site):
    """Nothing is written anew, however many frames would need it."""
    film = gif_in_bytes(*[bytes([n % 2] * 100) for n in range(90)])
    assert look(site, {"film.gif": film, "cut.gif": film[:-40]}) == {"film.gif": "ok", "cut.gif": "truncated"}


def assert_second_alone(site, data, first, second):
    """The film of gif_of_frames() shows its first frame, and then nothing of it."""
    site.write("a.gif", data)
    site.write("a.md", "![a](a.gif)\n")
    site.write("picdesk.yml", "thumbs:\n  m: {width: 99, quality: 100, format: webp, animated: true}\n")
    (thumb,) = site.build().image("/a.gif")["thumbs"]
    alone = Image.new("RGBA", first.size)
    alone.paste(second.convert("RGBA"), (9, 3))
    with Image.open(site.root / thumb["path"]) as moving:
        assert moving.n_frames == 2
        assert difference(moving.convert("RGBA"), first.convert("RGBA")) < 4
        moving.seek(1)
        moving.load()
        assert moving.info["duration"] == 300
        assert difference(moving.convert("RGBA"), alone) < 4


def test_a_first_frame_that_is_taken_away(site):
    """To be replaced by what was before it, which is nothing: browsers show the second one alone."""
    first, second = smooth().quantize(64), smooth(size=(20, 30)).quantize(64)
    data = gif_of_frames(first.size, (0, 0, 10, first), (9, 3, 30, second))
    data = data.replace(b"!\xf9\4\4", b"!\xf9\4\x0c")
    assert_second_alone(site, data, first, second)


@pytest.mark.parametrize("n_colours", [64, 250])
def test_an_opaque_frame_that_is_cleared_away(site, n_colours):
    """Transparent as in browsers, not the background colour, where another frame is transparent."""
    first, second = smooth().quantize(n_colours), smooth(size=(20, 30)).quantize(64)
    data = gif_of_frames(first.size, (0, 0, 10, first), (9, 3, 30, second))
    data = data.replace(b"!\xf9\4\4\x0a\0", b"!\xf9\4\x08\x0a\0")
    data = data.replace(b"!\xf9\4\4\x1e\0\0", b"!\xf9\4\5\x1e\0\xff")
    assert_second_alone(site, data, first, second)


def test_wide_colours_are_converted(site):
    """Pure green of Display P3 is outside sRGB: it must not come out as a duller one."""
    files = {}
    for name, colour in (("green", (0, 255, 0)), ("mixed", (200, 100, 60))):
        picture = Image.new("RGB", (32, 32), colour)
        files[f"{name}-profile.png"] = saved(picture, "PNG", icc_profile=DISPLAY_P3)
        files[f"{name}-codes.png"] = with_chunks(
            saved(picture, "PNG"), (b"cICP", b"\x0c\x0d\0\1")
        )
    _, made = thumbnails(site, files)
    for kind in ("profile", "codes"):
        assert made[f"green-{kind}.png"].getpixel((9, 9)) == (0, 255, 0, 255)
        red, green, blue, _ = made[f"mixed-{kind}.png"].getpixel((9, 9))
        assert red > 205 and 90 < green < 100 and blue < 55, (kind, red, green, blue)


# The complements that Adobe's programs store: what is written are 255 minus the inks.
INKS = {
    "red": (0, 255, 255, 0),
    "green": (255, 0, 255, 0),
    "black": (0, 0, 0, 255),
    "white": (0, 0, 0, 0),
}


def near(pixel, colour):
    wanted = {"red": "100", "green": "010", "black": "000", "white": "111"}[colour]
    return all((level > 140) == (bit == "1") for level, bit in zip(pixel, wanted))


@pytest.mark.parametrize("kind", ["cmyk", "ycck"])
def test_cmyk(site, kind):
    """Adobe's marker: inverted CMYK, and the same as luma, chroma and black."""
    files = {}
    for name, inks in INKS.items():
        if kind == "ycck":
            # A decoder makes RGB of luma and chroma, and takes its complement: that of the inks.
            planes = Image.new("RGB", (1, 1), inks[:3]).convert("YCbCr").getpixel((0, 0))
            inks = (*(255 - level for level in planes), inks[3])
        data = saved(Image.new("CMYK", (64, 48), inks), "JPEG", quality=95, subsampling=0)
        at = data.index(b"Adobe") + 11
        files[f"{name}.jpg"] = data[:at] + (b"\x02" if kind == "ycck" else b"\0") + data[at + 1 :]
    _, made = thumbnails(site, files)
    for name in INKS:
        assert near(made[f"{name}.jpg"].getpixel((9, 9)), name), made[f"{name}.jpg"].getpixel((9, 9))


def test_heic(site):
    """Made by libheif 1.15 from pictures.scene(96, 64, 3)."""
    result, made = thumbnails(site, {"a.heic": (FIXTURES / "scene.heic").read_bytes()})
    image = result.image("/assets/a.heic")
    assert (image["type"], image["width"], image["height"]) == ("image/heic", 96, 64)
    assert image["status"] == "ok" and "damaged" not in result.codes("/assets/a.heic")
    assert difference(made["a.heic"], pictures.scene(96, 64, 3).convert("RGBA")) < 8


def test_colours_that_alpha_was_multiplied_into(make_site):
    """A reference "prem" says so; what else reads as black under half alpha is grey."""
    picture, maker, reader = smooth("RGBA"), make_site("maker"), make_site("reader")
    maker.write("picdesk.yml", "thumbs:\n  own: {width: 400, format: avif, quality: 95}\n")
    multiplied = Image.frombytes("RGBA", picture.size, picture.convert("RGBa").tobytes())
    maker.write("a.png", saved(multiplied, "PNG"))
    maker.write("a.md", "![a](a.png)\n")
    maker.build()
    (made,) = maker.thumbs("assets/thumbs").values()
    data = made.read_bytes()
    says_so = boxes.put_into(data, (b"meta", b"iref"), boxes.box(b"prem", b"\0\1\0\1\0\2"))
    _, shown_as = thumbnails(reader, {"plain.avif": data, "premultiplied.avif": says_so})
    assert difference(shown_as["premultiplied.avif"], picture) < 3
    assert difference(shown_as["plain.avif"], picture) > 10


TURNS = {
    "left": ([(b"irot", b"\1")], [Image.Transpose.ROTATE_90]),
    "about": ([(b"irot", b"\2")], [Image.Transpose.ROTATE_180]),
    "right": ([(b"irot", b"\3")], [Image.Transpose.ROTATE_270]),
    "flip": ([(b"imir", b"\0")], [Image.Transpose.FLIP_TOP_BOTTOM]),
    "mirror": ([(b"imir", b"\1")], [Image.Transpose.FLIP_LEFT_RIGHT]),
    "left-flip": (
        [(b"irot", b"\1"), (b"imir", b"\0")],
        [Image.Transpose.ROTATE_90, Image.Transpose.FLIP_TOP_BOTTOM],
    ),
    "right-mirror": (
        [(b"irot", b"\3"), (b"imir", b"\1")],
        [Image.Transpose.ROTATE_270, Image.Transpose.FLIP_LEFT_RIGHT],
    ),
}


def avif_with_alpha(maker, picture):
    """Of two items."""
    maker.write("picdesk.yml", "thumbs:\n  own: {width: 400, format: avif, quality: 95}\n")
    maker.write("a.png", saved(picture, "PNG"))
    maker.write("a.md", "![a](a.png)\n")
    maker.build()
    (made,) = maker.thumbs("assets/thumbs").values()
    return made.read_bytes()


def test_alpha_that_the_header_of_a_webp_does_not_name(site):
    """Lossless data says itself that it has alpha, whatever the flag before it says."""
    picture = smooth("RGBA")
    plain = saved(picture, "WEBP", lossless=True, exact=True)[12:]
    files = {}
    for name, flags in (("silent", 0), ("named", 0x10)):
        head = struct.pack("<4sIB3xI", b"VP8X", 10, flags, 63)[:15] + struct.pack("<I", 47)[:3]
        body = b"WEBP" + head + plain
        files[f"{name}.webp"] = b"RIFF" + struct.pack("<I", len(body)) + body
    result, made = thumbnails(site, files)
    for name in files:
        assert difference(made[name], picture) < 1, name
        assert result.image(f"/assets/{name}")["status"] == "ok"


def test_an_aperture_that_alpha_does_not_name(make_site):
    picture = smooth("RGBA")
    plain = avif_with_alpha(make_site("maker"), picture)
    aperture = (b"clap", struct.pack(">8I", 40, 1, 32, 1, 0, 1, 0, 1))
    once = boxes.with_property(plain, *aperture)
    files = {"once.avif": once, "twice.avif": boxes.with_property(once, *aperture, 2)}
    files["turned.avif"] = boxes.with_property(once, b"irot", b"\2")
    _, made = thumbnails(make_site("reader"), files)
    wanted = picture.crop((12, 8, 52, 40))
    assert difference(made["once.avif"], wanted) < 3
    assert difference(made["twice.avif"], wanted) < 3
    assert difference(made["turned.avif"], wanted.transpose(Image.Transpose.ROTATE_180)) < 3


def test_a_turn_that_alpha_does_not_name(make_site):
    """As avifenc 0.11 writes it; later ones name it for both."""
    picture = smooth("RGBA")
    plain = avif_with_alpha(make_site("maker"), picture)
    files, wanted = {}, {}
    for name, (properties, turns) in TURNS.items():
        for items in ((1,), (1, 2)):
            file = f"{name}-{len(items)}.avif"
            files[file], wanted[file] = plain, picture
            for box, item in itertools.product(properties, items):
                files[file] = boxes.with_property(files[file], *box, item)
            for turn in turns:
                wanted[file] = wanted[file].transpose(turn)
    result, made = thumbnails(make_site("reader"), files)
    for file, picture in wanted.items():
        image = result.image(f"/assets/{file}")
        assert (image["width"], image["height"]) == made[file].size == picture.size, file
        assert difference(made[file], picture) < 3, file


def test_ten_bits_that_are_mirrored(make_site):
    """libheif 1.15 mirrors 8 alone. Made by avifenc from pictures.scene(48, 32, 3)."""
    plain = (FIXTURES / "deep.avif").read_bytes()
    files = {"plain.avif": plain}
    for name, (properties, _) in TURNS.items():
        files[f"{name}.avif"] = plain
        for box in properties:
            files[f"{name}.avif"] = boxes.with_property(files[f"{name}.avif"], *box)
    result, made = thumbnails(make_site("reader"), files)
    assert difference(made["plain.avif"], pictures.scene(48, 32, 3).convert("RGBA")) < 8
    for name, (_, turns) in TURNS.items():
        wanted = made["plain.avif"]
        for turn in turns:
            wanted = wanted.transpose(turn)
        assert result.image(f"/assets/{name}.avif")["status"] == "ok", name
        assert made[f"{name}.avif"].tobytes() == wanted.tobytes(), name


@pytest.mark.parametrize("name, body", [(b"irot", b"\1"), (b"imir", b"\0"), (b"imir", b"\1")])
def test_a_turn_of_the_whole_that_its_tiles_name_too(site, name, body):
    """As avifenc 0.11 writes a grid."""
    tile, turn = (FIXTURES / "photo.avif").read_bytes(), boxes.box(name, body)
    plain = boxes.grid(tile, (120, 80), 2, b"", turn)
    named_twice = boxes.grid(tile, (120, 80), 2, turn, turn)
    files = {"a.avif": plain, "b.avif": named_twice, "c.avif": boxes.grid(tile, (120, 80), 2)}
    _, made = thumbnails(site, {**files, "tile.avif": tile})
    assert made["a.avif"].tobytes() == made["b.avif"].tobytes() != made["c.avif"].tobytes()
    wanted = Image.new("RGBA", (120, 80))
    for n in range(4):
        wanted.paste(made["tile.avif"], (n % 2 * 60, n // 2 * 40))
    assert difference(made["c.avif"], wanted) < 3


def test_fractions_of_a_clean_aperture(site):
    """Half a pixel is rounded up, as libheif does; the photograph has 60x40."""
    aperture = struct.pack(">8I", 41, 2, 31, 2, 0, 1, 0, 1)
    data = boxes.with_property((FIXTURES / "photo.avif").read_bytes(), b"clap", aperture)
    result, made = thumbnails(site, {"a.avif": data})
    image = result.image("/assets/a.avif")
    assert (image["status"], image["width"], image["height"]) == ("ok", 21, 16)
    assert made["a.avif"].size == (21, 16)


# ---- orientation ----


def exif(order="<", entries=((0x0112, 3, 1, 6),), offset=8, start=b"Exif\0\0"):
    """An APP1 segment: entries of tag, type, count and value."""
    body = b"II*\0" if order == "<" else b"MM\0*"
    body += struct.pack(order + "IH", offset, len(entries))
    for number, kind, count, value in entries:
        packed = struct.pack(order + {1: "Bxxx", 3: "Hxx", 4: "I"}[kind], value)
        body += struct.pack(order + "HHI", number, kind, count) + packed
    body = start + body + bytes(4)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def oddities():
    """Segments that stand after SOI."""
    xmp = b'http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation="6"/>'
    xmp = b"\xff\xe1" + struct.pack(">H", len(xmp) + 2) + xmp
    yield "little-endian", exif()
    yield "big-endian", exif(">")
    yield "zero", exif(entries=[(0x0112, 3, 1, 0)])
    yield "nine", exif(entries=[(0x0112, 3, 1, 9)])
    yield "large", exif(entries=[(0x0112, 3, 1, 65535)])
    yield "as-long", exif(entries=[(0x0112, 4, 1, 6)])
    yield "as-byte", exif(entries=[(0x0112, 1, 1, 6)])
    yield "two-values", exif(entries=[(0x0112, 3, 2, 6)])
    yield "no-directory", exif(offset=60000)
    yield "behind-others", exif(entries=[(0x010F, 3, 1, 1), (0x0110, 3, 1, 1), (0x0112, 3, 1, 6)])
    yield "unsorted", exif(entries=[(0x0132, 3, 1, 1), (0x0112, 3, 1, 6)])
    yield "too-few-entries", exif().replace(b"\1\0\x12\1", b"\1\7\x12\1")
    yield "empty", b"\xff\xe1\0\x08Exif\0\0"
    yield "two-segments", exif() + exif(entries=[(0x0112, 3, 1, 1)])
    yield "xmp-only", xmp
    yield "xmp-first", xmp + exif()


@pytest.mark.skipif(not browser.is_available(), reason="no Chromium here")
def test_odd_orientations_beside_a_browser(site, tmp_path):
    plain = saved(pictures.scene(60, 40), "JPEG", quality=95, subsampling=0)
    files = {f"{name}.jpg": plain[:2] + segments + plain[2:] for name, segments in oddities()}
    result, made = thumbnails(site, files)
    with browser.Browser(tmp_path) as window:
        wrong = {}
        for name, data in files.items():
            image, seen = result.image(f"/assets/{name}"), shown(window, name, data)
            size = (image["width"], image["height"])
            sizes = {size, made[name].size, seen.size}
            if len(sizes) != 1 or difference(made[name], seen) > 2:
                wrong[name] = sizes
    assert not wrong


# ---- what is lost and what is shown ----


@pytest.mark.skipif(not browser.is_available(), reason="no Chromium here")
def test_cuts_beside_a_browser(site, tmp_path):
    """No file is called whole of which the browser shows less. (Cuts of the end marker alone are not
    among them: Chromium leaves out a JPEG's last blocks then, other browsers show them.)"""
    files, wholes = {}, {}
    for name, data, _ in itertools.islice(sources(), 0, None, 3):
        for lost in (3, 4, 9, 14, 40, len(data) // 4, len(data) // 2):
            cut = f"{lost}-{name}"
            files[cut], wholes[cut] = data[:-lost], data
    noise = saved(Image.effect_noise((200, 150), 90), "PNG")
    for wrong in range(4):
        name = f"crc-{wrong}.png"
        files[name], wholes[name] = picture_bombs.with_wrong_crc(noise, 4, wrong), noise
    for name, data in files.items():
        site.write(f"assets/{name}", data)
    site.write("a.md", "\n\n".join(f"![a](assets/{name})" for name in files) + "\n")
    result = site.check()
    with browser.Browser(tmp_path) as window:
        for name, data in files.items():
            codes = result.codes(f"/assets/{name}")
            if {"truncated", "undecodable"} & set(codes):
                continue
            seen, whole = shown(window, name, data), shown(window, name, wholes[name])
            assert seen is not None and seen.tobytes() == whole.tobytes(), (name, codes)
