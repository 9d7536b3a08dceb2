"""Pictures that are too large, or take too much, and those made to break decoders."""

import itertools
import json
import struct
import subprocess
import zlib

import boxes
import picture_bombs
import pictures
import pytest
from conftest import BINARY
from judging import look
from PIL import Image


def test_a_webp_that_takes_more_than_100_mib(site):
    """libvips decodes it whole, and would like to do so in a temporary file."""
    frame = picture_bombs.saved(Image.new("RGB", (640, 480), "red"), "WEBP", method=0)[12:]
    canvas = b"".join(struct.pack("<I", side - 1)[:3] for side in (640, 480))
    frame = bytes(6) + canvas + struct.pack("<I", 40)[:3] + b"\0" + frame
    moving = picture_bombs.riff(
        (b"VP8X", b"\x02" + bytes(3) + canvas), (b"ANIM", bytes(6)), *[(b"ANMF", frame)] * 120
    )
    still = picture_bombs.saved(Image.new("RGB", (6000, 6100)), "WEBP", method=0)
    files = {"still.webp": still, "moving.webp": moving}
    assert look(site, files) == dict.fromkeys(files, "ok")
    site.write("picdesk.yml", "thumbs:\n  own: {width: 100, animated: true}\n")
    assert site.build().totals["thumbs_made"] == 2


def test_a_side_that_no_image_has(site):
    """What a header says is reported, however large."""
    files = {
        "wide.png": picture_bombs.png(1 << 24 | 3, 3, data=b"x"),
        "high.png": picture_bombs.png(1, (1 << 26) + 1, data=b"x"),
    }
    assert look(site, files) == dict.fromkeys(files, "too-many-pixels")


@pytest.mark.parametrize("width, height", [(1, 4), (3000, 2000)])
def test_image_data_that_goes_on_behind_the_last_row(site, width, height):
    """18 GB in 18 MB, at which no browser looks; also where the rows might need as much."""
    packer = zlib.compressobj(9)
    row = b"\0" + bytes([250, 200, 90]) * width
    rows = packer.compress(row * height) + packer.flush(zlib.Z_FULL_FLUSH)
    more = packer.compress(bytes(64 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    data = picture_bombs.png(width, height, data=rows + more * 280)
    site.write("picdesk.yml", "thumbs:\n  own: {width: 400, format: png}\n")
    assert look(site, {"more.png": data}, "build") == {"more.png": "ok"}
    (made,) = site.thumbs("assets/thumbs").values()
    with Image.open(made) as image:
        assert set(image.convert("RGB").getdata()) == {(250, 200, 90)}


def test_an_avif_that_is_higher_than_most(site):
    """libvips' decoder refuses more than 16,384 pixels unless it is told not to. Black to white, 4x16400."""
    site.write("picdesk.yml", "thumbs:\n  own: {height: 400, format: png}\n")
    data = (picture_bombs.FIXTURES / "tall.avif").read_bytes()
    assert look(site, {"tall.avif": data}, "build") == {"tall.avif": "ok"}
    (made,) = site.thumbs("assets/thumbs").values()
    with Image.open(made) as image:
        assert image.size == (1, 400)
        assert all(abs(image.convert("L").getpixel((0, y)) - y * 255 / 399) < 4 for y in range(400))


def test_many_large_tiles_of_a_small_whole(site):
    """One that is named a thousand times is decoded as often."""
    tile = (picture_bombs.FIXTURES / "photo.avif").read_bytes()
    at = tile.index(b"ispe") + 8
    large = tile[:at] + struct.pack(">II", 4000, 4000) + tile[at + 8 :]
    files = {"small.avif": boxes.grid(tile, (240, 160), 4)}
    files["large.avif"] = boxes.grid(large, (240, 160), 4)
    assert look(site, files) == {"small.avif": "ok", "large.avif": "too-many-pixels"}


def overlay(count):
    """As large as the fixture, the parts one over the other (ISO/IEC 23008-12, 6.6.2.2)."""
    return struct.pack(">2x8xHH", 60, 40) + bytes(4 * count)


def test_wholes_of_wholes(site):
    """What a decoder would work on for minutes, or until its stack is full."""
    tile = (picture_bombs.FIXTURES / "photo.avif").read_bytes()
    grid = struct.pack(">2xBBHH", 0, 0, 60, 40)
    tree = [(b"iovl", overlay(4), [n + 1] * 4) for n in range(1, 12)]
    files = {
        "image.avif": boxes.derived(tile, []),
        "overlay.avif": boxes.derived(tile, [(b"iovl", overlay(4), [2] * 4)]),
        "levels.avif": boxes.derived(tile, [(b"iovl", overlay(2), [2] * 2), (b"grid", grid, [3])]),
        "itself.avif": boxes.derived(tile, [(b"grid", grid, [1])]),
        "circle.avif": boxes.derived(tile, [(b"grid", grid, [2]), (b"grid", grid, [1])]),
        "tree.avif": boxes.derived(tile, tree),
        "parts.avif": boxes.derived(tile, [(b"iovl", overlay(9000), [2] * 9000)]),
        "others.avif": boxes.derived(tile, [], [b"mime"] * 900),
        "many.avif": boxes.derived(tile, [], [b"mime"] * 20000),
    }
    verdicts = look(site, files)
    assert verdicts == {
        **dict.fromkeys(("image.avif", "overlay.avif", "levels.avif", "others.avif"), "ok"),
        **dict.fromkeys(("itself.avif", "circle.avif", "tree.avif", "many.avif"), "undecodable"),
        "parts.avif": "too-many-pixels",
    }


def test_overlays_of_overlays(site):
    """Four levels are not too many for us; MIAF allows no two, and newer libheifs keep to it."""
    tile = (picture_bombs.FIXTURES / "photo.avif").read_bytes()
    wholes = [(b"iovl", overlay(2), [n + 1] * 2) for n in (1, 2, 3)]
    look(site, {"levels.avif": boxes.derived(tile, wholes)})
    report = json.loads(site.run("report", "-f", "json").out)
    broken = [f["message"] for f in report["images"][0]["findings"] if f["severity"] == "broken"]
    assert not broken or "MIAF" in broken[0]


def test_only_what_is_shown_is_decoded(site):
    """Other images of a burst are not, nor what tells two apart (tmap); alpha of each part is."""
    tile = (picture_bombs.FIXTURES / "photo.avif").read_bytes()
    # Newer libheifs have limits of their own: 1,000 items, and references.
    few, part = (b"iovl", overlay(4), [4] * 4), (b"iovl", overlay(90), [4] * 90)
    alpha = (b"av01", b"", [3], b"auxl")
    data = boxes.box(b"idat", bytes(1200000))
    files = {
        "burst.avif": boxes.derived(tile, [few, (b"iovl", overlay(60), [3] * 60), part]),
        "alphas.avif": boxes.derived(tile, [(b"iovl", overlay(3000), [3] * 3000), alpha]),
        "beside.avif": boxes.derived(tile, [few, (b"iovl", overlay(61), [3] * 60 + [1]), part]),
        "data.avif": boxes.derived(tile, [], [b"mime"] * 900, data),
    }
    assert look(site, files) == {
        **dict.fromkeys(("burst.avif", "beside.avif", "data.avif"), "ok"),
        "alphas.avif": "too-many-pixels",
    }


def test_two_lists_of_items(site):
    """What is looked at is what is decoded: the first one, as in browsers. libheif takes the last."""
    tile = (picture_bombs.FIXTURES / "photo.avif").read_bytes()
    many = boxes.derived(tile, [(b"iovl", overlay(9000), [2] * 9000)])
    first, second = (data[slice(*boxes.find(data, b"meta"))] for data in (tile, many))
    files = {"first.avif": tile + second, "second.avif": many + first}
    assert look(site, files) == {"first.avif": "ok", "second.avif": "too-many-pixels"}


def test_what_was_too_much_for_other_settings(site):
    """It is not remembered: who raises --max-pixels, or asks for a smaller thumbnail, is heard."""
    site.write("moving.gif", pictures.gif(200, 150, 1, frames=10))
    site.write("large.jpg", picture_bombs.saved(Image.new("L", (8000, 7000)), "JPEG"))
    site.write("a.md", "![a](moving.gif)\n![b](large.jpg)\n")
    site.write("picdesk.yml", "thumbs:\n  a: {width: 7900}\n")
    assert "too-many-pixels" in site.check("--max-pixels", "250k").codes("/moving.gif")
    assert "too-many-pixels" not in site.check().codes("/moving.gif")
    assert "too-many-pixels" in site.build().codes("/large.jpg")
    site.write("picdesk.yml", "thumbs:\n  a: {width: 320}\n")
    result = site.build()
    assert result.totals["ok"] == 2 and len(result.image("/large.jpg")["thumbs"]) == 1


def test_what_is_too_much_takes_no_renderer_twice(site, tmp_path):
    """The sides stand in the header, and the frames were counted the first time."""
    log, strace = tmp_path / "calls", ("strace", "-f", "-qq", "-o")
    if subprocess.run([*strace, "/dev/null", "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace may not trace here")
    site.write("moving.gif", pictures.gif(200, 150, 1, frames=10))
    site.write("long.png", picture_bombs.saved(Image.new("1", (32768, 2)), "PNG"))
    site.write("a.md", "![a](moving.gif)\n![b](long.png)\n")
    site.write("picdesk.yml", "fetch: {max_pixels: 250k}\nthumbs:\n  a: {width: 100}\n")
    first = site.build()
    again = site.build(wrapper=(*strace, str(log), "-e", "trace=execve"))
    assert "picdesk-renderer" not in log.read_text()
    for name in ("/moving.gif", "/long.png"):
        assert first.image(name)["findings"] == again.image(name)["findings"]
        assert "too-many-pixels" in again.codes(name)
    result = site.build("--max-pixels", "1M")
    assert len(result.image("/moving.gif")["thumbs"]) == 1


def test_a_tiny_thumbnail_of_a_large_photograph(site):
    """Its decoder leaves an eighth of each side."""
    site.write("large.jpg", picture_bombs.saved(Image.new("L", (16000, 6000), 99), "JPEG"))
    site.write("a.md", "![a](large.jpg)\n")
    site.write("picdesk.yml", "thumbs:\n  a: {width: 16}\n")
    (thumb,) = site.build().image("/large.jpg")["thumbs"]
    assert (thumb["width"], thumb["height"]) == (16, 6)


def test_thumbnails_that_take_much_memory_together(site):
    """Those that do not fit beside each other come from another decode."""
    site.write("large.jpg", picture_bombs.saved(Image.new("RGB", (6000, 4000), "navy"), "JPEG"))
    site.write("a.md", "![a](large.jpg)\n")
    site.write(
        "picdesk.yml",
        "thumbs:\n" + "".join(f"  s{n}: {{width: {5000 - n}, format: jpeg}}\n" for n in range(4)),
    )
    thumbs = site.build().image("/large.jpg")["thumbs"]
    assert [thumb["width"] for thumb in thumbs] == [5000, 4999, 4998, 4997]


def test_bombs_among_good_pictures(make_site):
    """None takes long or harms another: the good thumbnails have the bytes that they have alone."""
    good = {f"good-{n}.jpg": pictures.jpeg(300, 200, n) for n in range(6)}
    evil = dict(picture_bombs.bombs())
    assert len(evil) >= 50
    alone, mixed = make_site("alone"), make_site("mixed")
    for name, data in itertools.chain(good.items(), evil.items()):
        mixed.write(f"assets/{name}", data)
    for name, data in good.items():
        alone.write(f"assets/{name}", data)
    alone.write("a.md", "".join(f"![g](assets/{name})\n" for name in good))
    order = sorted([*good, *evil], key=lambda name: name[::-1])
    mixed.write("a.md", "".join(f"![x](assets/{name})\n" for name in order))
    expected = alone.build()
    result = mixed.build("--require-sandbox")
    assert result.totals["images"] == len(good) + len(evil)
    for name in good:
        assert result.image(f"/assets/{name}")["status"] == "ok"
        assert result.image(f"/assets/{name}")["hash"] == expected.image(f"/assets/{name}")["hash"]
    for name in evil:
        assert "decoder-crash" not in result.codes(f"/assets/{name}"), name
    made = {file.read_bytes() for file in mixed.thumbs("assets/thumbs").values()}
    wanted = {file.read_bytes() for file in alone.thumbs("assets/thumbs").values()}
    assert wanted and wanted <= made


def test_what_confines_the_renderers_is_said(picdesk, tmp_path):
    said = picdesk("--version", "-v", cwd=tmp_path).out
    (sandbox,) = [line for line in said.splitlines() if line.startswith("sandbox")]
    for measure in ("no-new-privileges", "rlimits", "seccomp"):
        assert measure in sandbox
    (tmp_path / "a.jpg").write_bytes(pictures.jpeg(40, 30))
    (tmp_path / "a.md").write_text("![a](a.jpg)\n")
    assert f"Decoders confined by: {sandbox.split(None, 1)[1]}" in picdesk("check", cwd=tmp_path).out
    renderer = BINARY.resolve().parents[1] / "thumbs/picdesk-renderer"
    done = subprocess.run([renderer, "--self-test"], capture_output=True, text=True, check=True)
    assert "ALLOWED" not in done.stdout
    for attempt in ("open", "socket", "execve", "ptrace", "kill", "fork"):
        assert f"{attempt}: refused" in done.stdout
