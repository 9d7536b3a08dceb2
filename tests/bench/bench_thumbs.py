"""Topics `thumbs` and `build --peers`: picdesk beside sharp and eleventy-img, pair by pair in one run, so that
both halves of a ratio see the same machine.

A build's time is all of it: from the program's start, an empty cache and a scan, over requests, storing, syncs and
the renderers' starts, to the published thumbnails, the manifest, the report and the program's end; a build for a new
spec also removes the thumbnails of the old one. The server has the same cores. The bare loop's clock runs from where
all its processes have loaded their libraries to where the last thumbnail is made: nothing is fetched, stored or
written. `ratio_with_start` counts their loading, too."""

import io
import pathlib
import shutil
import statistics

from PIL import Image, ImageCms, ImageOps
from peers import Peers

QUALITY = 75
EFFORT = 4  # of WebP: picdesk's, given to the peers too
RESCALE_WIDTH_PX = 480
QUALITY_WIDTHS_PX = [320, 640]
QUALITY_FILES = 36
JPEG_QUALITIES = (65, QUALITY, 85)
WORKS = {
    "640 JPEG": {"format": "jpeg", "widths": [640], "height": None},
    "320+640+1280 JPEG": {"format": "jpeg", "widths": [320, 640, 1280], "height": None},
    "640 WebP": {"format": "webp", "widths": [640], "height": None},
    "400x300 crop JPEG": {"format": "jpeg", "widths": [400], "height": 300},
}
for work in WORKS.values():
    work.update(quality=QUALITY, effort=EFFORT)


def specs_of(work, widths=None):
    """picdesk.yml for a work."""
    lines = ["thumbs:"]
    for width in widths or work["widths"]:
        crop = f", height: {work['height']}, fit: cover" if work["height"] else ""
        lines.append(
            f"  w{width}: {{width: {width}{crop}, format: {work['format']}, quality: {QUALITY}}}"
        )
    return "\n".join(lines) + "\n"


def open_peers(bench):
    peers = Peers(bench.tree / "peers", bench.tree / "tests/bench/bare_loop", bench.attic)
    bench.peer_versions = peers.versions()
    return peers


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def add_pair(bench, name, ours, peer_name, peers):
    """One row: medians of both, and how many times as fast ours is, by wall and by CPU time."""
    row = {"name": name, "peer": peer_name}
    for side, runs in (("picdesk", ours), (peer_name, peers)):
        row[side] = {
            key: round(median(runs, key), 3)
            for key in ("seconds", "cpu_seconds", "bytes")
            if key in runs[0]
        }
    row["ratio"] = round(
        statistics.median(p["seconds"] / o["seconds"] for o, p in zip(ours, peers)), 2
    )
    row["cpu_ratio"] = round(
        statistics.median(p["cpu_seconds"] / o["cpu_seconds"] for o, p in zip(ours, peers)), 2
    )
    if "start_seconds" in peers[0]:
        row["ratio_with_start"] = round(
            statistics.median(
                (p["seconds"] + p["start_seconds"]) / o["seconds"] for o, p in zip(ours, peers)
            ),
            2,
        )
    bench.pairs.append(row)
    bench.say(f"  {name}: {row['ratio']} x {peer_name}, by CPU time {row['cpu_ratio']} x")


def bench_thumbs(bench):
    """the bare render loop beside sharp, without network and disk; then quality beside sharp's"""
    peers = open_peers(bench)
    for name in bench.options.work or WORKS:
        work, ours, theirs = WORKS[name], [], []
        for _ in range(bench.options.runs):
            ours.append(peers.bare(work, bench.files))
            theirs.append(peers.sharp(work, bench.files))
        add_pair(bench, name, ours, "sharp", theirs)
    bench.quality = measure_quality(bench, peers)


def bench_peers(bench):
    """whole cold and warm `build` beside eleventy-img on the same server, and the bare render loop"""
    peers = open_peers(bench)
    for name in bench.options.work or ("640 JPEG", "320+640+1280 JPEG", "640 WebP"):
        bench_one_build(bench, peers, name, WORKS[name])


def bench_one_build(bench, peers, name, work):
    command, count = [*bench.command, "build", *bench.impolite], len(bench.files)
    urls = [bench.url(file) for file in bench.files]
    runs = {
        key: [] for key in ("cold", "warm", "new spec", "bare", "bare new spec", "cold11", "warm11")
    }
    for _ in range(bench.options.runs):
        site = bench.site(specs_of(work))
        runs["cold"].append(bench.run("cold build", command, site, {200: count}))
        runs["cold11"].append(peers.eleventy(work, urls, is_cold=True))
        runs["bare"].append(peers.bare(work, bench.files))
        runs["warm"].append(bench.run("warm build", command, site, {}))
        runs["warm11"].append(peers.eleventy(work, urls, is_cold=False))
        (site / "picdesk.yml").write_text(specs_of(work, [RESCALE_WIDTH_PX]))
        runs["new spec"].append(bench.run("build for a new spec", command, site, {}))
        runs["bare new spec"].append(
            peers.bare({**work, "widths": [RESCALE_WIDTH_PX]}, bench.files)
        )
    add_pair(bench, f"cold build, {name}", runs["cold"], "eleventy-img", runs["cold11"])
    add_pair(bench, f"warm build, {name}", runs["warm"], "eleventy-img", runs["warm11"])
    add_pair(bench, f"cold build, {name}", runs["cold"], "bare loop", runs["bare"])
    add_pair(
        bench,
        f"{RESCALE_WIDTH_PX} from cached, {name[-4:]}",
        runs["new spec"],
        "bare loop",
        runs["bare new spec"],
    )


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


def measure_quality(bench, peers):
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
            side: quality_of(peers, side, form, files, folder) for side in ("picdesk", "sharp")
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


def quality_of(peers, side, form, files, folder):
    kind, quality = form
    work = {"format": kind, "widths": QUALITY_WIDTHS_PX, "height": None, "quality": quality}
    target = folder / f"{side}-{kind}-{quality}"
    target.mkdir()
    if side == "picdesk":
        peers.bare(work, files, target)
    else:
        job = {"tool": "sharp", **work, "sources": [str(f) for f in files], "folder": str(target)}
        peers.node("peer.mjs", job)
    names = sorted(file.name for file in (folder / "reference").iterdir())
    pairs = [[str(folder / "reference" / name), str(target / name)] for name in names]
    values = peers.node("ssim.mjs", {"pairs": pairs})
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
