#!/usr/bin/python3
"""Draws every picture of the example: the newsroom's own, and those of the two servers it links to.

	/usr/bin/python3 examples/make_pictures.py

The pictures are committed; this is how they came to be."""

import ctypes
import math
import pathlib
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

HERE = pathlib.Path(__file__).resolve().parent
PHOTOS = HERE / "servers/pictures.example.test"
WIRE = HERE / "servers/wire.example.test"
OWN = HERE / "newsroom/assets/images"


def gradient(size, stops):
    """A vertical gradient through (position 0..1, colour) stops."""
    width, height = size
    column = Image.new("RGB", (1, height))
    for y in range(height):
        t = y / max(height - 1, 1)
        for (t0, c0), (t1, c1) in zip(stops, stops[1:]):
            if t0 <= t <= t1:
                k = (t - t0) / (t1 - t0)
                column.putpixel((0, y), tuple(round(a + (b - a) * k) for a, b in zip(c0, c1)))
                break
    return column.resize(size)


def ridge(rng, width, base, height, steps):
    """A skyline of hills as points from left to right, by midpoint displacement."""
    points = [base - rng.random() * height, base - rng.random() * height]
    for step in range(steps):
        spread = height / 2**step
        points = [
            p
            for a, b in zip(points, points[1:])
            for p in (a, (a + b) / 2 + rng.uniform(-spread, spread) / 2)
        ] + [points[-1]]
    return [(x * width / (len(points) - 1), y) for x, y in enumerate(points)]


def grain(image, strength):
    """The noise of a sensor, so that it compresses as a photograph does."""
    noise = Image.effect_noise(image.size, strength).convert("RGB")
    return ImageChops.add(
        image, ImageChops.subtract(noise, Image.new("RGB", image.size, (128,) * 3))
    )


def glow(image, centre, radius, colour):
    light = Image.new("RGB", image.size)
    x, y = centre
    ImageDraw.Draw(light).ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)
    return ImageChops.screen(image, light.filter(ImageFilter.GaussianBlur(radius / 2)))


def mountains(seed, size, sky, near, sun):
    rng = random.Random(seed)
    width, height = size
    image = glow(gradient(size, sky), (width * sun, height * 0.42), height * 0.09, (255, 226, 170))
    far = sky[-1][1]
    for layer in range(5):
        k = layer / 4
        colour = tuple(round(a + (b - a) * k) for a, b in zip(far, near))
        points = ridge(rng, width, height * (0.55 + 0.11 * layer), height * 0.22, 8)
        ImageDraw.Draw(image).polygon(points + [(width, height), (0, height)], fill=colour)
    return image.filter(ImageFilter.GaussianBlur(0.8))


def harbour(seed, size):
    rng = random.Random(seed)
    width, height = size
    line = height * 0.58
    image = glow(
        gradient(
            size,
            [
                (0, (24, 36, 82)),
                (0.4, (196, 104, 96)),
                (0.58, (250, 190, 120)),
                (0.6, (120, 86, 96)),
                (1, (18, 26, 52)),
            ],
        ),
        (width * 0.7, line),
        height * 0.1,
        (255, 220, 150),
    )
    draw = ImageDraw.Draw(image)
    for _ in range(140):
        y = line + rng.random() ** 2 * (height - line)
        x, length = rng.uniform(0.45, 0.95) * width, rng.uniform(10, 70)
        draw.line([(x, y), (x + length, y)], fill=(240, 170, 120), width=1)
    for x in (0.08, 0.2, 0.27, 0.42):
        hull, mast = width * 0.035, height * rng.uniform(0.2, 0.32)
        left, low = width * x, line + height * 0.03
        draw.polygon(
            [
                (left - hull, low - 14),
                (left + hull, low - 14),
                (left + hull * 0.7, low + 6),
                (left - hull * 0.7, low + 6),
            ],
            fill=(26, 22, 40),
        )
        draw.line([(left, low - 14), (left, low - mast)], fill=(26, 22, 40), width=4)
        draw.polygon(
            [(left + 6, low - mast + 8), (left + 6, low - 24), (left + hull, low - 24)],
            fill=(60, 44, 62),
        )
    return image


def city(seed, size):
    rng = random.Random(seed)
    width, height = size
    image = gradient(size, [(0, (8, 10, 30)), (0.7, (38, 34, 78)), (1, (70, 48, 88))])
    draw = ImageDraw.Draw(image)
    for depth, shade in ((0.45, 46), (0.3, 30), (0.14, 16)):
        x = 0.0
        while x < width:
            wide = rng.uniform(0.03, 0.07) * width
            top = height * (depth + rng.uniform(0, 0.3))
            draw.rectangle([x, top, x + wide, height], fill=(shade, shade, shade + 16))
            for wy in range(int(top) + 10, height - 6, 15):
                for wx in range(int(x) + 6, int(x + wide) - 8, 12):
                    if rng.random() < 0.32:
                        draw.rectangle(
                            [wx, wy, wx + 5, wy + 7],
                            fill=rng.choice([(255, 214, 130), (250, 190, 90), (190, 210, 255)]),
                        )
            x += wide + rng.uniform(0, 8)
    return image


def turbines(seed, size):
    rng = random.Random(seed)
    width, height = size
    image = gradient(
        size,
        [(0, (92, 150, 214)), (0.65, (206, 226, 240)), (0.66, (126, 150, 70)), (1, (70, 96, 40))],
    )
    draw = ImageDraw.Draw(image)
    for i in range(7):
        x, scale = width * (0.08 + i * 0.14), 0.5 + rng.random() * 0.6
        foot, hub = height * (0.66 + 0.06 * scale), height * (0.66 - 0.38 * scale)
        draw.line([(x, foot), (x, hub)], fill=(240, 242, 246), width=max(3, int(8 * scale)))
        turn = rng.uniform(0, 120)
        for blade in range(3):
            angle = math.radians(turn + blade * 120)
            draw.line(
                [
                    (x, hub),
                    (
                        x + math.cos(angle) * height * 0.2 * scale,
                        hub + math.sin(angle) * height * 0.2 * scale,
                    ),
                ],
                fill=(248, 249, 252),
                width=max(2, int(6 * scale)),
            )
    return image


def bridge(seed, size):
    rng = random.Random(seed)
    width, height = size
    image = gradient(size, [(0, (168, 178, 188)), (0.6, (214, 218, 220)), (1, (120, 134, 146))])
    draw = ImageDraw.Draw(image)
    deck = height * 0.6
    draw.rectangle([0, deck, width, deck + 12], fill=(110, 62, 54))
    for tower in (0.25, 0.75):
        x = width * tower
        draw.rectangle([x - 10, height * 0.14, x + 10, height * 0.92], fill=(128, 66, 56))
    for i in range(0, 101):
        t = i / 100
        sag = height * (0.17 + 0.38 * (1 - (2 * t - 1) ** 2))
        x = width * (0.25 + t / 2)
        draw.line([(x, sag), (x, deck)], fill=(140, 84, 74), width=1)
        draw.ellipse([x - 3, sag - 3, x + 3, sag + 3], fill=(128, 66, 56))
    fog = Image.new("L", size)
    for _ in range(30):
        x, y = rng.uniform(0, width), rng.uniform(height * 0.55, height)
        ImageDraw.Draw(fog).ellipse([x - 220, y - 40, x + 220, y + 40], fill=150)
    image.paste((232, 234, 236), mask=fog.filter(ImageFilter.GaussianBlur(40)))
    return image


def reading_room(seed, size):
    rng = random.Random(seed)
    width, height = size
    image = gradient(size, [(0, (52, 34, 22)), (1, (92, 60, 36))])
    draw = ImageDraw.Draw(image)
    for shelf in range(5):
        floor = int(height * (0.2 + shelf * 0.19))
        x = 8
        while x < width - 12:
            wide, tall = rng.randint(9, 24), rng.randint(int(height * 0.1), int(height * 0.16))
            draw.rectangle(
                [x, floor - tall, x + wide - 2, floor],
                fill=(rng.randint(60, 190), rng.randint(40, 120), rng.randint(30, 90)),
            )
            x += wide
        draw.rectangle([0, floor, width, floor + 8], fill=(40, 26, 16))
    return glow(image, (width * 0.5, height * 0.1), height * 0.3, (120, 92, 50))


def portrait(seed, size):
    rng = random.Random(seed)
    width, height = size
    wall = tuple(rng.randint(90, 190) for _ in range(3))
    image = glow(
        gradient(size, [(0, wall), (1, tuple(c // 2 for c in wall))]),
        (width * 0.3, height * 0.25),
        height * 0.2,
        (90, 80, 60),
    )
    draw = ImageDraw.Draw(image)
    cx = width / 2
    draw.ellipse(
        [cx - width * 0.42, height * 0.62, cx + width * 0.42, height * 1.3], fill=(36, 46, 74)
    )
    draw.rectangle(
        [cx - width * 0.08, height * 0.5, cx + width * 0.08, height * 0.68], fill=(196, 148, 118)
    )
    draw.ellipse(
        [cx - width * 0.19, height * 0.2, cx + width * 0.19, height * 0.58], fill=(214, 166, 134)
    )
    draw.pieslice(
        [cx - width * 0.21, height * 0.15, cx + width * 0.21, height * 0.5],
        180,
        360,
        fill=(48, 34, 28),
    )
    return image.filter(ImageFilter.GaussianBlur(1.2))


def chart(size):
    width, height = size
    image = Image.new("RGB", size, (252, 252, 250))
    draw = ImageDraw.Draw(image)
    for i in range(6):
        y = 30 + i * (height - 60) / 5
        draw.line([(50, y), (width - 20, y)], fill=(222, 222, 218))
    values = [12, 18, 15, 27, 33, 31, 44, 52, 49, 63, 71, 80]
    step = (width - 90) / len(values)
    for i, value in enumerate(values):
        x = 60 + i * step
        draw.rectangle(
            [x, height - 30 - value * (height - 70) / 85, x + step * 0.66, height - 30],
            fill=(38, 94, 150),
        )
    draw.line([(50, 20), (50, height - 30), (width - 20, height - 30)], fill=(60, 60, 60), width=2)
    return image


def logo(letter_shape, colour, edge):
    image = Image.new("RGB", (400, 400), colour)
    draw = ImageDraw.Draw(image)
    if letter_shape == "ring":
        draw.ellipse([80, 80, 320, 320], outline="white", width=44)
    elif letter_shape == "waves":
        for i in range(3):
            draw.arc([60, 90 + i * 70, 200, 210 + i * 70], 180, 360, fill="white", width=26)
            draw.arc([200, 90 + i * 70, 340, 210 + i * 70], 0, 180, fill="white", width=26)
    else:
        draw.polygon([(200, 70), (330, 310), (70, 310)], fill="white")
    return image.resize((edge, edge), Image.LANCZOS)


def write_avif(image, path):
    """Pillow 9 has no AVIF; libvips has."""
    vips = ctypes.CDLL("libvips.so.42")
    vips.vips_image_new_from_memory_copy.restype = ctypes.c_void_p
    if vips.vips_init(b"make_pictures"):
        raise RuntimeError("libvips does not start")
    data = image.tobytes()
    handle = vips.vips_image_new_from_memory_copy(
        data, ctypes.c_size_t(len(data)), image.width, image.height, 3, 0
    )
    if vips.vips_image_write_to_file(ctypes.c_void_p(handle), f"{path}[Q=55]".encode(), None):
        raise RuntimeError(f"{path}: libvips has no AVIF encoder")


def main():
    for folder in (PHOTOS / "2026/05", WIRE / "img", OWN / "organizations"):
        folder.mkdir(parents=True, exist_ok=True)
    big, wide = (1200, 675), (1200, 600)
    dusk = [(0, (40, 50, 96)), (0.5, (226, 140, 110)), (1, (250, 206, 160))]
    dawn = [(0, (90, 140, 200)), (0.6, (220, 226, 230)), (1, (244, 236, 220))]

    def jpeg(image, path, quality=78, **options):
        image.save(path, quality=quality, optimize=True, **options)

    jpeg(grain(harbour(1, big), 6), PHOTOS / "2026/05/harbour-at-dusk.jpg")
    jpeg(
        grain(mountains(2, wide, dusk, (22, 24, 40), 0.3), 6), PHOTOS / "2026/05/glacier-ridge.jpg"
    )
    jpeg(city(3, big), PHOTOS / "2026/05/city-at-night.jpg")
    jpeg(grain(turbines(4, big), 5), PHOTOS / "2026/05/wind-farm.jpg")
    jpeg(grain(bridge(5, wide), 5), PHOTOS / "2026/05/bridge-in-fog.jpg")
    reading_room(6, big).save(PHOTOS / "2026/05/reading-room.webp", quality=76)
    write_avif(mountains(7, big, dawn, (40, 66, 60), 0.7), PHOTOS / "2026/05/valley-at-dawn.avif")

    jpeg(mountains(8, (796, 418), dawn, (30, 44, 66), 0.5), WIRE / "img/ridge-796x418.jpg")
    jpeg(city(9, (796, 418)), WIRE / "img/skyline-796x418.jpg")
    jpeg(grain(harbour(10, (640, 360)), 5), WIRE / "img/ferries-640x360.jpg")
    chart((800, 450)).save(WIRE / "img/turnover.png", optimize=True)
    for name, shape, colour in (
        ("tidewater-post", "waves", (20, 84, 120)),
        ("northern-wire", "peak", (120, 38, 44)),
    ):
        for edge in (50, 400):
            logo(shape, colour, edge).save(WIRE / f"img/{name}-{edge}x{edge}.png", optimize=True)

    logo("ring", (30, 30, 34), 400).save(OWN / "logo.png", optimize=True)
    logo("ring", (52, 110, 66), 50).save(OWN / "organizations/newsroom-50x50.png", optimize=True)
    # As a telephone takes it: lying, with a note that it stands.
    exif = Image.Exif()
    exif[0x0112] = 6
    jpeg(
        portrait(11, (480, 640)).rotate(90, expand=True), OWN / "keeper-of-the-light.jpg", exif=exif
    )
    jpeg(grain(turbines(12, (960, 540)), 5), OWN / "turbines-960.jpg")
    jpeg(turbines(12, (480, 270)), OWN / "turbines-480.jpg")
    chart((640, 360)).save(OWN / "passengers.png", optimize=True)


main()
