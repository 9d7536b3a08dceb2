"""JPEGs of the sizes that sites use, made once and kept: real photographs when a folder of them is
given, else noise at all scales, which a codec finds as much work in as in a photograph."""

import concurrent.futures
import os
import pathlib
import random

from PIL import Image, ImageOps

WIDTHS_PX = (480, 1920)
RATIOS = (3 / 2, 16 / 9, 4 / 3, 1, 2 / 3)
QUALITIES = (75, 80, 85, 90)
OCTAVES = (6, 20, 64, 200, 0)  # columns of noise; 0: as many as pixels


def noise(rng, size):
    """Grey noise whose contrast falls with its frequency, as in photographs."""
    image = Image.new("L", size, 128)
    for i, columns in enumerate(OCTAVES):
        cells = size if not columns else (columns, max(2, columns * size[1] // size[0]))
        layer = Image.effect_noise(cells, 90 if columns else 24).transform(
            cells, Image.Transform.AFFINE, (1, 0, rng.random(), 0, 1, rng.random())
        )
        image = Image.blend(image, layer.resize(size, Image.Resampling.BICUBIC), 0.55 / (i + 1))
    return ImageOps.autocontrast(image, cutoff=1)


def synthetic(rng, size):
    colours = [tuple(rng.randint(0, 255) for _ in range(3)) for _ in range(3)]
    dark, middle, light = sorted(colours, key=sum)
    tinted = ImageOps.colorize(noise(rng, size), dark, light, middle)
    glow = Image.radial_gradient("L").resize(size)
    return Image.composite(tinted, ImageOps.colorize(noise(rng, size), middle, light), glow)


def from_photo(rng, path, size):
    """A part of a photograph, at least half as wide as it, brought to this size."""
    with Image.open(path) as photo:
        photo = ImageOps.exif_transpose(photo).convert("RGB")
    part = rng.uniform(0.5, 1)
    width, height = int(photo.width * part), int(photo.height * part)
    left, top = rng.randint(0, photo.width - width), rng.randint(0, photo.height - height)
    return ImageOps.fit(photo.crop((left, top, left + width, top + height)), size)


def _make(folder, number, sources):
    path = folder / f"{number:05}.jpg"
    if path.exists():
        return
    rng = random.Random(number)
    width = rng.randint(*WIDTHS_PX)
    size = (width, round(width / rng.choice(RATIOS)))
    image = from_photo(rng, rng.choice(sources), size) if sources else synthetic(rng, size)
    part = path.with_suffix(".part")
    image.save(part, "JPEG", quality=rng.choice(QUALITIES), progressive=rng.random() < 0.2)
    part.rename(path)


def make(folder, count, source_folder=None):
    """`count` files 00000.jpg... in `folder`, kept from run to run; their paths."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    sources = sorted(pathlib.Path(source_folder).glob("*.jpg")) if source_folder else []
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        for done in [pool.submit(_make, folder, number, sources) for number in range(count)]:
            done.result()
    return sorted(folder.glob("*.jpg"))[:count]
