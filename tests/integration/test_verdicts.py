"""What is said of broken pictures, beside a second decoder's word; and pictures made to break
decoders."""

import io
import itertools
import os
import random
import subprocess

import picture_bombs
import pictures
import pytest
from conftest import BINARY
from PIL import Image, ImageFile, ImageSequence

BROKEN = ("truncated", "undecodable", "too-many-pixels", "decoder-crash", "not-an-image", "empty")
CUTS = 120 if os.environ.get("PICDESK_TEST_FULL") else 12
# A cut PNG is closed with a checksum of its own, but a zlib stream without its last four bytes stays
# cut: CRC, IEND and they make 20 bytes that hold no pixel.
PNG_TAIL_BYTES = 20


def look(site, files):
    """The verdicts on local files: {name: "ok", "damaged" or what is broken}."""
    for name, data in files.items():
        site.write(f"assets/{name}", data)
    site.write("all.md", "\n\n".join(f"![one](assets/{name})" for name in files) + "\n")
    result = site.check()
    verdicts = {}
    for image in result.report["images"]:
        codes = [finding["code"] for finding in image["findings"]]
        found = [code for code in codes if code in (*BROKEN, "damaged")]
        verdicts[image["url"].rpartition("/")[2]] = found[0] if found else "ok"
    assert set(verdicts) == set(files), result
    return verdicts


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


def originals():
    yield "baseline.jpg", pictures.jpeg(160, 120, 1)
    yield "progressive.jpg", (picture_bombs.FIXTURES / "progressive.jpg").read_bytes()
    yield "grey.jpg", (picture_bombs.FIXTURES / "grey.jpg").read_bytes()
    yield "plain.png", pictures.png(160, 120, 2)
    yield "alpha.png", pictures.png(100, 80, 3, "RGBA")
    yield "interlaced.png", (picture_bombs.FIXTURES / "interlaced.png").read_bytes()
    yield "palette.png", (picture_bombs.FIXTURES / "palette.png").read_bytes()
    yield "still.gif", pictures.gif(80, 60, 4)
    yield "lossy.webp", pictures.webp(160, 120, 5)
    yield "alpha.webp", (picture_bombs.FIXTURES / "alpha.webp").read_bytes()


@pytest.mark.parametrize("name, data", originals(), ids=[name for name, _ in originals()])
def test_cuts_beside_a_second_decoder(site, name, data):
    rng, suffix = random.Random(name), name[-4:]
    lost = set(range(8)) | {12, 13, 16, 17} | {rng.randrange(len(data) - 40) for _ in range(CUTS)}
    files = {f"{n:06}{suffix}": data[: len(data) - n] for n in sorted(lost)}
    verdicts = look(site, files)
    whole = pixels(data)
    for cut, verdict in verdicts.items():
        said = f"{name} without its last {cut[:6]} bytes: {verdict}"
        if verdict in ("ok", "damaged"):
            # Nothing that is shown may be missing.
            assert pixels(files[cut], is_lenient=True) == whole, said
        else:
            assert verdict == "truncated", said
            is_tail = suffix == ".png" and int(cut[:6]) <= PNG_TAIL_BYTES
            assert is_tail or pixels(files[cut]) != whole, said


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
    }
    assert look(site, files) == dict.fromkeys(files, "truncated")


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
