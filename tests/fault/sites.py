"""Small sites, what a run leaves of them, and what fsck says of their caches."""

import json
import random
import shutil

import pictures
from PIL import Image

CONFIG = "thumbs:\n  small: {width: 32}\n"


def noise(size, seed):
    """A JPEG that does not compress."""
    pixels = random.Random(seed).randbytes(size * size * 3)
    return pictures._save(Image.frombytes("RGB", (size, size), pixels), "JPEG", quality=85)


def photos(site, web, count, rule="fresh", size=None):
    """`count` images at nginx, five in an article."""
    site.jekyll()
    site.write("picdesk.yml", CONFIG)
    for i in range(count):
        data = noise(size, i) if size else pictures.jpeg(64, 48, seed=i)
        web.put(f"{i}.jpg", data)
    for i in range(0, count, 5):
        urls = (web.url(rule, f"{k}.jpg") for k in range(i, min(i + 5, count)))
        site.news(f"n{i:03}", *urls)
    return site


def output(site):
    """What the run published."""
    return {path: data for path, (data, _) in site.tree("assets", "_data").items()}


def begin_anew(site):
    for name in ("assets", "_data", ".cache"):
        shutil.rmtree(site.root / name, ignore_errors=True)


def fsck(site, *arguments):
    result = site.run("fsck", "--full", "-f", "json", *arguments)
    assert result.code in (0, 2), result
    return json.loads(result.out)


def assert_whole(site, where, *arguments):
    found = fsck(site, *arguments)
    assert not found["problems"] and not found["index_damaged"], (where, found)
    return found
