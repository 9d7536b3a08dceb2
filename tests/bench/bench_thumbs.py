"""Topic `thumbs`: the bare render loop beside sharp, in turns, so that both halves of a ratio see the same machine;
then quality."""

import io
import pathlib
import shutil
import statistics

from PIL import Image, ImageCms, ImageOps
from bare import BareLoop
import pairs
from peers import Peers
from works import QUALITY, WORKS

QUALITY_WIDTHS_PX = [320, 640]
QUALITY_FILES = 36
JPEG_QUALITIES = (65, QUALITY, 85)


def bench_thumbs(bench):
    """the bare render loop beside sharp, without network and disk; then quality beside sharp's"""
    peers = Peers(bench.tree / "peers", bench.attic)
    bench.peer_versions = peers.versions()
    loop = BareLoop(bench.tree / "tests/bench/bare_loop", bench.folder)
    for name in bench.options.work or WORKS:
        work, ours, theirs = WORKS[name], [], []
        sides = [(ours, loop.run), (theirs, peers.sharp)]
        for _ in range(bench.options.runs):
            for runs, run in sides:
                runs.append(run(work, bench.files))
            sides.reverse()
        bench.pairs.append(pairs.pair(name, ours, "sharp", theirs))
    bench.quality = measure_quality(bench, loop, peers)


# ---- quality ----


def reference(path, width):
    """The whole image, upright and sRGB, brought to this width by Pillow's Lanczos."""
    with Image.open(path) as photo:
        image = ImageOps.exif_transpose(photo)
        profile = photo.info.get("icc_profile")
        if profile:
            image = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
        image = image.convert("RGB")
    width = min(width, image.width)
    height = max(1, int(image.height * width / image.width + 0.5))
    return image.resize((width, height), Image.Resampling.LANCZOS)


def measure_quality(bench, loop, peers):
    """Against the reference, ours and sharp's: what the resize loses (as PNG), and JPEG at several
    qualities, from which follows how large sharp's files are at the same SSIM as ours."""
    source = pathlib.Path(bench.options.photos) if bench.options.photos else None
    files = (sorted(source.glob("*.jpg")) if source else []) + bench.files[:QUALITY_FILES]
    folder = bench.folder / "quality"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "reference").mkdir(parents=True)
    bench.say(f"quality: {len(files)} images, {QUALITY_WIDTHS_PX} px wide")
    for number, file in enumerate(files):
        for width in QUALITY_WIDTHS_PX:
            reference(file, width).save(folder / f"reference/{number}-{width}", "PNG")
    forms = {"resized": ("png", QUALITY)}
    forms.update({f"JPEG {quality}": ("jpeg", quality) for quality in JPEG_QUALITIES})
    measured = {
        name: {
            side: quality_of(loop, peers, side, form, files, folder) for side in ("picdesk", "sharp")
        }
        for name, form in forms.items()
    }
    ours = measured[f"JPEG {QUALITY}"]["picdesk"]
    theirs = [measured[f"JPEG {quality}"]["sharp"] for quality in JPEG_QUALITIES]
    bytes_of_theirs = bytes_at(ours["mean_ssim"], theirs)
    return {
        "forms": measured,
        "size_at_equal_ssim": round(ours["bytes"] / bytes_of_theirs, 3),
    }


def bytes_at(ssim, points):
    """Between (or beyond) the two measured points nearest to it; bytes grow by factors."""
    points = sorted(points, key=lambda point: abs(point["mean_ssim"] - ssim))[:2]
    (first, second) = sorted(points, key=lambda point: point["mean_ssim"])
    part = (ssim - first["mean_ssim"]) / (second["mean_ssim"] - first["mean_ssim"])
    return first["bytes"] * (second["bytes"] / first["bytes"]) ** part


def quality_of(loop, peers, side, form, files, folder):
    kind, quality = form
    work = {"format": kind, "widths": QUALITY_WIDTHS_PX, "height": None, "quality": quality}
    target = folder / f"{side}-{kind}-{quality}"
    target.mkdir()
    if side == "picdesk":
        loop.run(work, files, target)
    else:
        job = {"tool": "sharp", **work, "sources": [str(f) for f in files], "folder": str(target)}
        peers.node("peer.mjs", job)
    names = sorted(file.name for file in (folder / "reference").iterdir())
    beside = [[str(folder / "reference" / name), str(target / name)] for name in names]
    values = peers.node("ssim.mjs", {"pairs": beside})
    values, names = zip(*[pair for pair in zip(values, names) if pair[0] is not None])
    lowest = min(range(len(values)), key=values.__getitem__)
    number, width = names[lowest].split("-")
    return {
        "thumbnails": len(values),
        "mean_ssim": round(statistics.mean(values), 5),
        "lowest_ssim": round(values[lowest], 4),
        "lowest": f"{files[int(number)].name} at {width}",
        "bytes": sum((target / name).stat().st_size for name in names),
    }
