"""Renderers that die: what it costs, and what it must not."""

import io
import os
import pathlib
import shlex
import shutil
import socket
import struct
import subprocess
import zlib

import boxes
import picture_bombs
import pictures
import pytest
from conftest import BINARY, TIMEOUT_S, Picdesk, Site
from PIL import Image

RENDERER = BINARY.resolve().parents[1] / "thumbs/picdesk-renderer"
FULL = bool(os.environ.get("PICDESK_TEST_FULL"))
MIB = 1 << 20
# Widths that poison.c knows.
CRASHES, HANGS, GROWS = 331, 332, 333


def test_a_missing_renderer_is_no_image_s_fault(tmp_path, web):
    web.put("a.jpg", pictures.jpeg(300, 200, seed=1))
    site = Site(tmp_path / "site", Picdesk(tmp_path)).jekyll()
    site.news("n", web.url("fresh", "a.jpg"))
    site.picdesk.binary = tmp_path / "picdesk"
    shutil.copy2(BINARY, site.picdesk.binary)
    for _ in range(2):
        result = site.picdesk("build", *Picdesk.QUICK, cwd=site.root)
        assert result.code == 1 and "picdesk-renderer" in result.err, result
        assert "gone" not in result.out + result.err
    assert len(web.requests()) == 1


@pytest.mark.parametrize("limit, code", [("cpu", None), ("data", None), ("as", "too-many-pixels")])
def test_limits_that_are_lower_than_ours(site, limit, code):
    """The system's stay, all others are set; a picture that takes more memory than they leave is none
    that is broken, and that is not remembered."""
    if limit != "cpu" and b"__asan_init" in BINARY.read_bytes():
        pytest.skip("AddressSanitizer takes terabytes of addresses")
    large = Image.new("RGB", (5000, 4000), "navy")
    site.write("large.jpg", picture_bombs.saved(large, "JPEG", progressive=True, subsampling=0))
    site.write("large.webp", picture_bombs.saved(large, "WEBP", method=0))
    site.write("small.jpg", pictures.jpeg(300, 200))
    site.write("a.md", "![a](large.jpg)\n![b](large.webp)\n![c](small.jpg)\n")
    most = {"cpu": 1000, "data": 400 * MIB, "as": 200 * MIB}[limit]
    result = site.check("--require-sandbox", wrapper=lowered(limit, most))
    for name in ("/large.jpg", "/large.webp"):
        codes = [found for found in result.codes(name) if found != "unsized"]
        assert codes == ([code] if code else []), (name, result)
    assert result.image("/small.jpg")["status"] == "ok"
    assert site.check().totals["ok"] == 3


def lowered(limit, most):
    """The command that lowers a limit, of root's, too."""
    wrapper = ["prlimit", f"--{limit}={most}:{most}"]
    if os.geteuid() == 0:
        wrapper = ["setpriv", "--inh-caps=-sys_resource", "--bounding-set=-sys_resource", *wrapper]
    return wrapper


class Stage:
    """A copy of picdesk, and beside it a script that stands in for its renderer."""

    def __init__(self, folder):
        self.folder, self.starts = folder, folder / "starts"
        self.picdesk = Picdesk(folder)
        self.picdesk.binary = folder / "cli/picdesk"
        for name in ("cli", "thumbs"):
            (folder / name).mkdir()
        shutil.copy2(BINARY, self.picdesk.binary)

    def stand_in(self, script):
        """Shell text; $starts: how often it was started before with this argument."""
        path = self.folder / "thumbs/picdesk-renderer"
        path.write_text(
            f"""#!/bin/sh
count={shlex.quote(str(self.starts))}$1
starts=$(cat "$count" 2>/dev/null || echo 0)
echo $((starts + 1)) >"$count"
{script}
exec {shlex.quote(str(RENDERER))} "$@"
"""
        )
        path.chmod(0o755)

    def site(self, name):
        return Site(self.folder / name, self.picdesk)


@pytest.fixture
def stage(tmp_path):
    folder = tmp_path / "stage"
    folder.mkdir()
    return Stage(folder)


def fill(site, files):
    for name, data in files.items():
        site.write(f"assets/{name}", data)
    site.write("all.md", "\n\n".join(f"![one](assets/{name})" for name in files) + "\n")
    return site


@pytest.mark.parametrize("times", [1, 2])
def test_killed_at_its_start(stage, times):
    """By the kernel when memory is short, for one: it is started again."""
    stage.stand_in(f"[ $starts -lt {times} ] && kill -KILL $$")
    site = fill(stage.site("site"), {f"{n}.jpg": pictures.jpeg(200, 150, n) for n in range(3)})
    result = site.build("-j", "1")
    assert result.code == 0 and result.totals["ok"] == 3
    assert result.totals["thumbs_made"] == 6


def test_always_killed(stage):
    stage.stand_in("kill -KILL $$")
    site = fill(stage.site("site"), {"a.jpg": pictures.jpeg(200, 150)})
    result = site.run("build")
    assert result.code == 1 and "killed by signal 9" in result.err


def plain(colour):
    return picture_bombs.saved(Image.new("RGB", (300, 200), colour), "PNG")


def rewritten_at_its_look(stage, command, verb="build"):
    """A site whose only picture is red when it is identified, and then treated by `command`."""
    site = stage.site("site")
    site.write("picdesk.yml", "thumbs:\n  a: {width: 100, format: png}\n")
    site.write("a.md", "![a](a.png)\n")
    site.write("a.png", plain("red"))
    site.write("blue.bytes", plain("blue"))
    stage.stand_in(f"cd {shlex.quote(str(site.root))} && [ $starts -lt 1 ] && {command}")
    return site, site.json(verb)


def colour_of(site, result):
    (thumb,) = result.image("/a.png")["thumbs"]
    with Image.open(site.root / thumb["path"]) as image:
        return image.convert("RGB").getpixel((50, 30))


def test_a_picture_that_is_replaced_while_it_is_looked_at(stage):
    """By an editor, or git checkout: no bytes get the thumbnails of others, today or later."""
    site, result = rewritten_at_its_look(stage, "cp blue.bytes a.png")
    assert colour_of(site, result) == (0, 0, 255), result
    site.write("a.png", plain("red"))
    assert colour_of(site, site.build()) == (255, 0, 0)


def test_a_picture_that_is_written_while_it_is_looked_at(stage):
    """By an export that makes the same one: it is not remembered as broken."""
    site, result = rewritten_at_its_look(stage, "head -c 150 blue.bytes >a.png", "check")
    assert set(result.codes("/a.png")) & {"truncated", "undecodable"}, result
    site.write("a.png", plain("red"))
    assert site.check().image("/a.png")["status"] == "ok"


def test_a_picture_that_is_removed_while_it_is_looked_at(stage):
    site, result = rewritten_at_its_look(stage, "rm a.png")
    assert result.code == 0 and result.codes("/a.png") == ["missing-file"], result


def poisoned(stage, poison="poison.c"):
    """Real renderers, whose decoder has bugs."""
    if b"__asan_init" in RENDERER.read_bytes():
        pytest.skip("AddressSanitizer wants to be loaded first")
    library = stage.folder / "poison.so"
    source = pathlib.Path(__file__).with_name(poison)
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    # The linker takes a blank for the end of a path.
    folder = shlex.quote(str(stage.folder))
    stage.stand_in(f"cd {folder} && export LD_PRELOAD=./{library.name}")


def test_a_disk_that_gives_a_renderer_no_bytes(stage, web):
    """The image was `truncated`, and that was remembered."""
    poisoned(stage, "unread.c")
    site = fill(stage.site("site"), {"a.jpg": pictures.jpeg(200, 150)})
    result = site.build()
    assert result.code == 0 and result.image("/assets/a.jpg")["status"] == "unchecked", result
    (problem,) = result.problems("unreadable")
    assert (problem["file"], problem["message"]) == ("assets/a.jpg", "Input/output error")
    web.put("b.jpg", pictures.jpeg(200, 150, 1))
    site.news("n", web.url("fresh", "b.jpg"))
    result = site.build()
    assert result.code == 1 and "read its stored bytes: Input/output error" in result.err, result
    assert result.totals["unchecked"] == 2
    stage.stand_in("")
    result = site.build()
    assert result.code == 0 and result.totals["ok"] == 2 and result.totals["thumbs_made"] == 4


def good_pictures(count):
    """Twenty pictures; what follows the end of a file makes each another one."""
    kinds = [pictures.jpeg(200 + n, 150, n) for n in range(18)]
    kinds += [pictures.png(200, 150), pictures.webp(200, 150)]
    names = ["jpg"] * 18 + ["png", "webp"]
    return {
        f"good-{n:05}.{names[n % 20]}": kinds[n % 20] + n.to_bytes(4, "big") for n in range(count)
    }


def poison(count):
    """Crashes and growth, in the long form a few that hang for their 10 seconds, and bombs."""
    bombs, files = list(picture_bombs.bombs()), {}
    for n in range(count):
        name, data = bombs[n % len(bombs)]
        width = CRASHES if n % 2 else GROWS if n % 20 == 4 else HANGS if n % 200 == 6 else 0
        if width == HANGS and not FULL:
            width = CRASHES
        if width:
            name, data = f"{width}.jpg", pictures.jpeg(width, 20, n)
        if name.endswith(("jpg", "png", "gif", "webp")):
            data += n.to_bytes(4, "big")
        files[f"poison-{n:05}-{name}"] = data
    return files


def interleaved(good, evil):
    """The poison spread among the good."""
    files, rest, every = {}, iter(evil.items()), max(1, len(good) // len(evil))
    for n, (name, data) in enumerate(good.items()):
        files[name] = data
        if n % every == 0:
            files.update([next(rest, (name, data))])
    files.update(rest)
    return files


def run_among_poison(stage, n_good, n_evil):
    poisoned(stage)
    good, evil = good_pictures(n_good), poison(n_evil)
    alone = fill(stage.site("alone"), good)
    mixed = fill(stage.site("mixed"), interleaved(good, evil))
    timeout = TIMEOUT_S * (15 if FULL else 1)
    assert alone.build(timeout=timeout).totals["ok"] == n_good
    result = mixed.build("--require-sandbox", timeout=timeout)
    images = {image["url"].rpartition("/")[2]: image for image in result.report["images"]}
    assert len(images) == n_good + n_evil
    for name in good:
        assert images[name]["status"] == "ok", images[name]
    for name in evil:
        codes = [finding["code"] for finding in images[name]["findings"]]
        must_crash = any(f"-{width}.jpg" in name for width in (CRASHES, GROWS, HANGS))
        assert ("decoder-crash" in codes) == must_crash, (name, codes)
    wanted, made = alone.thumbs("assets/thumbs"), mixed.thumbs("assets/thumbs")
    for name, file in wanted.items():
        assert made[name].read_bytes() == file.read_bytes(), name
    again = mixed.build(timeout=timeout)
    assert again.totals["thumbs_made"] == 0, "what crashed is remembered"


def test_poison_among_good_pictures(stage):
    run_among_poison(stage, 60, 12)


def test_crashes_where_memory_is_short(stage):
    """Some libraries do not look at what they get: it is not the image's crash, nor remembered."""
    poisoned(stage)
    site = fill(stage.site("site"), {"a.jpg": pictures.jpeg(CRASHES, 20)})
    result = site.check(wrapper=lowered("data", 200 * MIB))
    assert "too-many-pixels" in result.codes("/assets/a.jpg"), result
    assert "decoder-crash" in site.check().codes("/assets/a.jpg")


def test_an_encoder_without_memory(site):
    """The original is whole; libaom fails in silence, and the next run with more of it makes them."""
    if b"__asan_init" in BINARY.read_bytes():
        pytest.skip("AddressSanitizer takes terabytes of addresses")
    site.write("a.jpg", pictures.jpeg(1600, 1200))
    site.write("a.md", "![a](a.jpg)\n")
    site.write("picdesk.yml", "thumbs:\n  a: {width: 1600, format: avif, quality: 1}\n")
    result = site.build(wrapper=lowered("data", 70 * MIB))
    assert "too-many-pixels" in result.codes("/a.jpg"), result
    assert "undecodable" not in result.codes("/a.jpg")
    site.write("picdesk.yml", "thumbs:\n  a: {width: 160, format: avif}\n")
    assert site.build().totals["thumbs_made"] == 1


@pytest.mark.full
def test_much_poison_among_good_pictures(stage):
    run_among_poison(stage, 10000, 1000)


# ---- memory ----


def peak_bytes(pid, name):
    """The largest resident size so far; 0 when the process is gone, or is not yet of that name: between
    fork and exec it has its parent's memory."""
    try:
        if pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip() != name:
            return 0
        status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(peaks[0]) * 1024 if peaks else 0


def renderers_of(pid):
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [int(child) for child in children.read_text(encoding="ascii").split()]
    except OSError:
        return []


def peaks_of_a_build(site, *arguments):
    """Of picdesk and of its largest renderer, looked at until it ends."""
    process = site.picdesk.start("build", "-q", *arguments, cwd=site.root)
    own = largest = 0
    while process.poll() is None:
        own = max(own, peak_bytes(process.pid, "picdesk"))
        for pid in renderers_of(process.pid):
            largest = max(largest, peak_bytes(pid, "picdesk-rendere"))
        try:
            process.wait(0.02)
        except subprocess.TimeoutExpired:
            continue
    assert site.picdesk.finish(process).code == 0
    return own, largest


def photo_like(width, height, seed):
    """Noise over a scene: as many bytes as a photograph."""
    noise = Image.effect_noise((width, height), 40).convert("RGB")
    out = io.BytesIO()
    Image.blend(pictures.scene(width, height, seed), noise, 0.3).save(
        out, "JPEG", quality=85, progressive=seed % 5 == 0
    )
    return out.getvalue()


def memory_of(stage, count, sizes):
    kinds = [photo_like(*size, seed) for seed, size in enumerate(sizes)]
    site = stage.site(f"site-{count}")
    site.write("picdesk.yml", "thumbs:\n  card: {width: 640, format: jpeg}\n")
    return peaks_of_a_build(
        fill(
            site,
            {f"{n:05}.jpg": kinds[n % len(kinds)] + n.to_bytes(4, "big") for n in range(count)},
        )
    )


def with_an_unfinished_slice(heic):
    """The image's one slice ends before its first block; what followed is filler (ISO/IEC 23008-2, 7.4.2.2)."""
    start, end = boxes.find(heic, b"mdat")
    filler = struct.pack(">IBB", end - start - 8 - 13, 38 << 1, 1)
    slice_head = struct.pack(">I", 5) + heic[start + 12 : start + 17]
    return heic[: start + 8] + slice_head + filler + heic[start + 23 :]


def fixture(name):
    return (picture_bombs.FIXTURES / name).read_bytes()


# A grid of one tile that does not cover it; the image whose data says nothing of any block.
UNCOVERED = {
    "last.avif": (lambda: boxes.grid(fixture("photo.avif"), (640, 480)), (80, 60, 640, 480)),
    "last.heic": (lambda: with_an_unfinished_slice(fixture("scene.heic")), None),
}


@pytest.mark.parametrize("last", UNCOVERED)
def test_no_image_shows_another(make_site, last):
    """Where an image says nothing, there is nothing that was in memory before."""
    if b"__asan_init" in BINARY.read_bytes():
        pytest.skip("AddressSanitizer fills memory in its own way")
    make, uncovered = UNCOVERED[last]
    noise, made = Image.effect_noise((500, 400), 90), []
    for number, others in enumerate(([], [noise, noise, noise])):
        site = make_site(f"site{number}")
        site.write("picdesk.yml", "thumbs:\n  a: {width: 900, format: png}\n")
        for n, other in enumerate(others):
            site.write(f"{n}.png", picture_bombs.saved(other.rotate(90 * n), "PNG"))
        site.write(last, make())
        names = [*(f"{n}.png" for n in range(len(others))), last]
        site.write("a.md", "\n\n".join(f"![a]({name})" for name in names) + "\n")
        result = site.build("--jobs", "1")
        if "undecodable" in result.codes(f"/{last}"):
            pytest.skip("this libheif refuses such an image")
        (thumb,) = result.image(f"/{last}")["thumbs"]
        with Image.open(site.root / thumb["path"]) as image:
            made.append(image.convert("RGB"))
    assert made[0].tobytes() == made[1].tobytes()
    assert len(made[0].crop(uncovered).getcolors()) == 1


def test_what_is_written_anew_and_refused_takes_no_memory(stage):
    """A PNG with a wrong checksum and another fault: each left a copy of itself in the renderer."""
    if b"__asan_init" in RENDERER.read_bytes():
        pytest.skip("AddressSanitizer has a memory of its own")
    stage.stand_in("")
    site, side = stage.site("site"), 1600
    pixels = b"".join(b"\0" + os.urandom(side) for _ in range(side))
    without_palette = picture_bombs.png(side, side, 8, 3, data=zlib.compress(pixels, 1))
    broken = picture_bombs.with_wrong_crc(without_palette, 4, 3)
    fill(site, {f"{n}.png": broken + bytes([n]) for n in range(24)})
    _, renderer = peaks_of_a_build(site, "-j", "1")
    assert 0 < renderer <= 70 * MIB, renderer


def test_memory_of_a_renderer(stage):
    if b"__asan_init" in RENDERER.read_bytes():
        pytest.skip("AddressSanitizer has a memory of its own")
    stage.stand_in("")
    _, renderer = memory_of(stage, 60, [(480, 320), (1200, 800), (1920, 1280)] * 2)
    assert 0 < renderer <= 120 * MIB


@pytest.mark.full
def test_memory_is_flat(stage):
    """Twenty thousand images take what two thousand take, but for what is known of each."""
    stage.stand_in("")
    sizes = [(320 + 40 * n, 200 + 20 * n) for n in range(10)]
    few, few_renderer = memory_of(stage, 2000, sizes)
    many, many_renderer = memory_of(stage, 20000, sizes)
    assert 0 < few_renderer and many_renderer <= few_renderer + 8 * MIB
    # Its asset, its lines of the report and the manifest; a build that renders nothing takes the same.
    assert many - few <= 18000 * 8192


def hello_of(renderer):
    """The version and the libraries that a renderer says it has (thumbs/wire.h)."""
    ours, its = socket.socketpair()
    process = subprocess.Popen(
        [renderer, "--serve"], close_fds=False, preexec_fn=lambda: os.dup2(its.fileno(), 3)
    )
    with ours, process:
        its.close()
        stream = ours.makefile("rb")
        assert stream.read(4) == b"PDH1"
        version, _ = stream.read(240), stream.read(240)
        paths = stream.read(int.from_bytes(stream.read(4), "little"))
        ours.shutdown(socket.SHUT_RDWR)
        assert process.wait(TIMEOUT_S) == 0
    return version.rstrip(b"\0").decode(), paths.decode().splitlines()


def test_no_module_of_libvips_but_that_of_heif():
    version, paths = hello_of(RENDERER)
    names = {pathlib.Path(path).name for path in paths if "/vips-modules-" in path}
    assert names <= {"vips-heif.so"}
    assert not [path for path in paths if "libMagick" in path or "libpoppler" in path]
    assert " heif-" in version
