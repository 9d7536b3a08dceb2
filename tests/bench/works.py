"""What thumbnails are made in the benches, for picdesk and its peers alike."""

QUALITY = 75
EFFORT = 4  # of WebP: picdesk's, given to the peers too
WORKS = {
    "640 JPEG": {"format": "jpeg", "widths": [640], "height": None},
    "320+640+1280 JPEG": {"format": "jpeg", "widths": [320, 640, 1280], "height": None},
    "640 WebP": {"format": "webp", "widths": [640], "height": None},
    "400x300 crop JPEG": {"format": "jpeg", "widths": [400], "height": 300},
}
for work in WORKS.values():
    work.update(quality=QUALITY, effort=EFFORT)


def config_of(work):
    """picdesk.yml for a work."""
    lines = ["thumbs:"]
    for width in work["widths"]:
        crop = f", height: {work['height']}, fit: cover" if work["height"] else ""
        lines.append(
            f"  w{width}: {{width: {width}{crop}, format: {work['format']}, quality: {QUALITY}}}"
        )
    return "\n".join(lines) + "\n"
