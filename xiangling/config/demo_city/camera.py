"""What every demo photo shares: a room or a yard, light, a hand-held camera, time and place in EXIF."""

from __future__ import annotations

import io
import random
from datetime import datetime

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

WIDTH, HEIGHT = 1120, 840
OUT = (960, 720)
Colour = tuple[int, int, int]
Pen = ImageDraw.ImageDraw
WALLS: tuple[Colour, ...] = (
    (206, 202, 190),
    (188, 198, 196),
    (214, 208, 198),
    (176, 184, 190),
    (198, 190, 172),
    (160, 170, 166),
)
FLOORS: tuple[Colour, ...] = (
    (128, 130, 128),
    (112, 120, 112),
    (146, 138, 124),
    (98, 108, 104),
    (134, 126, 128),
)
CARTON: tuple[Colour, ...] = (
    (176, 138, 92),
    (160, 122, 78),
    (188, 152, 108),
    (148, 116, 80),
    (120, 134, 150),
)

STEEL: Colour = (150, 156, 162)
YELLOW: Colour = (236, 190, 40)
RED: Colour = (190, 44, 36)
GREEN: Colour = (46, 150, 90)
DARK: Colour = (38, 40, 44)


def frame(rng: random.Random, low: float = 0.3, high: float = 0.6) -> int:
    """An x somewhere between two shares of the width."""
    return int(WIDTH * rng.uniform(low, high))


def shade(colour: Colour, factor: float) -> Colour:
    """Darker (<1) or lighter (>1)."""
    r, g, b = (max(0, min(255, int(part * factor))) for part in colour)
    return r, g, b


def _gradient(top: Colour, bottom: Colour) -> Image.Image:
    strip = Image.new("RGB", (1, 2))
    strip.putpixel((0, 0), top)
    strip.putpixel((0, 1), bottom)
    return strip.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)


def room(rng: random.Random) -> tuple[Image.Image, Pen, int]:
    """An indoor space; returns the image, its pen and the y where the back wall meets the floor."""
    wall, floor = rng.choice(WALLS), rng.choice(FLOORS)
    image = _gradient(shade(wall, rng.uniform(0.8, 1.0)), shade(wall, rng.uniform(0.95, 1.12)))
    draw = ImageDraw.Draw(image)
    horizon = int(HEIGHT * rng.uniform(0.5, 0.66))
    left, right = int(WIDTH * rng.uniform(0.02, 0.24)), int(WIDTH * rng.uniform(0.76, 0.98))
    top = int(HEIGHT * rng.uniform(0.06, 0.16))
    draw.polygon(
        [(0, 0), (left, top), (left, horizon), (0, HEIGHT)],
        fill=shade(wall, rng.uniform(0.68, 0.86)),
    )
    draw.polygon(
        [(WIDTH, 0), (right, top), (right, horizon), (WIDTH, HEIGHT)],
        fill=shade(wall, rng.uniform(0.72, 0.92)),
    )
    draw.polygon([(0, 0), (WIDTH, 0), (right, top), (left, top)], fill=shade(wall, 1.13))
    draw.polygon([(left, horizon), (right, horizon), (WIDTH, HEIGHT), (0, HEIGHT)], fill=floor)
    for number in range(1, 9):
        x = left + (right - left) * number / 9
        draw.line(
            [(x, horizon), (WIDTH * (number / 9 * 1.5 - 0.25), HEIGHT)],
            fill=shade(floor, 0.9),
            width=2,
        )
    for number in range(1, 6):
        y = horizon + (HEIGHT - horizon) * (number / 6) ** 1.7
        draw.line([(0, y), (WIDTH, y)], fill=shade(floor, 0.92), width=2)
    if rng.random() < 0.6:
        skirt = rng.choice(((92, 120, 108), (96, 112, 136), (130, 108, 92)))
        draw.rectangle(
            [left, horizon - rng.randint(60, 150), right, horizon], fill=shade(skirt, 1.15)
        )
    for _ in range(rng.randint(1, 3)):
        x = rng.randint(left, right - 120)
        draw.polygon(
            [(x, top - 26), (x + 120, top - 26), (x + 136, top - 10), (x - 12, top - 10)],
            fill=(250, 250, 240),
        )
    return image, draw, horizon


def yard(rng: random.Random, ground: Colour | None = None) -> tuple[Image.Image, Pen, int]:
    """An outdoor space with sky, sheds and ground; returns image, pen and the horizon's y."""
    sky = rng.choice(((168, 196, 220), (196, 206, 212), (150, 178, 206), (214, 210, 198)))
    image = _gradient(shade(sky, 0.95), shade(sky, 1.15))
    draw = ImageDraw.Draw(image)
    horizon = int(HEIGHT * rng.uniform(0.46, 0.62))
    x = -rng.randint(0, 90)
    while x < WIDTH:
        width, height = rng.randint(90, 260), rng.randint(60, 240)
        tone = rng.choice(((150, 156, 160), (168, 160, 148), (136, 148, 156), (178, 172, 164)))
        draw.rectangle([x, horizon - height, x + width, horizon], fill=tone)
        for wx in range(x + 14, x + width - 20, 34):
            for wy in range(horizon - height + 16, horizon - 24, 40):
                draw.rectangle([wx, wy, wx + 16, wy + 20], fill=shade(tone, 0.8))
        x += width + rng.randint(-10, 60)
    soil = ground or rng.choice(
        ((148, 140, 122), (136, 134, 130), (156, 144, 118), (120, 124, 118))
    )
    draw.rectangle([0, horizon, WIDTH, HEIGHT], fill=soil)
    for _ in range(60):
        px, py = rng.randint(0, WIDTH), rng.randint(horizon, HEIGHT)
        draw.line(
            [(px, py), (px + rng.randint(10, 80), py)],
            fill=shade(soil, rng.uniform(0.86, 1.1)),
            width=2,
        )
    return image, draw, horizon


def block(
    draw: Pen, x: float, y: float, w: float, h: float, colour: Colour, depth: float = 18
) -> None:
    """A box seen from the front left; (x, y) is the lower left corner of its front."""
    draw.polygon(
        [
            (x, y - h),
            (x + depth, y - h - depth * 0.7),
            (x + w + depth, y - h - depth * 0.7),
            (x + w, y - h),
        ],
        fill=shade(colour, 1.16),
    )
    draw.polygon(
        [
            (x + w, y - h),
            (x + w + depth, y - h - depth * 0.7),
            (x + w + depth, y - depth * 0.7),
            (x + w, y),
        ],
        fill=shade(colour, 0.72),
    )
    draw.rectangle([x, y - h, x + w, y], fill=colour, outline=shade(colour, 0.6))


def cartons(
    draw: Pen, rng: random.Random, x: float, y: float, columns: int, rows: int, size: float
) -> None:
    """A stack of cartons, one row after another."""
    for row in range(rows):
        for column in range(columns - (row == rows - 1 and rng.random() < 0.5)):
            colour = rng.choice(CARTON)
            left = x + column * (size * 1.06) + rng.uniform(-4, 4)
            block(draw, left, y - row * size * 0.8, size, size * 0.78, colour)
            draw.rectangle(
                [
                    left + size * 0.42,
                    y - row * size * 0.8 - size * 0.78,
                    left + size * 0.56,
                    y - row * size * 0.8,
                ],
                fill=shade(colour, 1.2),
            )


def shoot(image: Image.Image, rng: random.Random, *, after: bool) -> Image.Image:
    """The picture as a hand-held phone takes it; the second visit stands elsewhere in other light."""
    first, second = rng.random(), rng.random()
    own = random.Random(second if after else first)
    tilt = own.uniform(-4, 4)
    image = image.rotate(tilt, Image.Resampling.BICUBIC, expand=False, fillcolor=(70, 72, 74))
    zoom = own.uniform(0.78, 0.88)
    w, h = WIDTH * zoom, HEIGHT * zoom
    x, y = own.uniform(0.2, 0.8) * (WIDTH - w), own.uniform(0.2, 0.8) * (HEIGHT - h)
    image = image.crop((int(x), int(y), int(x + w), int(y + h))).resize(
        OUT, Image.Resampling.LANCZOS
    )
    light = Image.new("L", OUT, 0)
    cx, cy = own.randint(100, 860), own.randint(60, 560)
    ImageDraw.Draw(light).ellipse(
        [cx - 520, cy - 420, cx + 520, cy + 420], fill=own.randint(40, 90)
    )
    glow = light.filter(ImageFilter.GaussianBlur(170))
    image = ImageChops.screen(image, Image.merge("RGB", (glow, glow, glow)))
    image = ImageEnhance.Brightness(image).enhance(own.uniform(0.74, 0.98) + (0.1 if after else 0))
    image = ImageEnhance.Color(image).enhance(own.uniform(0.75, 1.15))
    return _grain(image.filter(ImageFilter.GaussianBlur(own.uniform(0.5, 1.1))), own)


def _grain(image: Image.Image, rng: random.Random) -> Image.Image:
    """Sensor noise from the generator's own bytes, so that the same seed gives the same picture."""
    small = Image.frombytes("L", (240, 180), rng.randbytes(240 * 180))
    noise = small.resize(OUT, Image.Resampling.BICUBIC).convert("RGB")
    return Image.blend(image, noise, 0.045)


def jpeg(
    image: Image.Image, taken_at: datetime, lat: float, lng: float, quality: int = 84
) -> bytes:
    """JPEG bytes with EXIF time (local, with offset) and GPS place (WGS 84)."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Demo", "Field phone"
    moment = taken_at.strftime("%Y:%m:%d %H:%M:%S")
    exif[0x0132] = moment
    offset = taken_at.strftime("%z") or "+0800"
    exif.get_ifd(0x8769).update({0x9003: moment, 0x9011: f"{offset[:3]}:{offset[3:5]}"})
    exif.get_ifd(0x8825).update(
        {1: "N" if lat >= 0 else "S", 2: _dms(lat), 3: "E" if lng >= 0 else "W", 4: _dms(lng)}
    )
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, exif=exif)
    return out.getvalue()


def _dms(value: float) -> tuple[float, float, float]:
    degrees, rest = divmod(abs(value), 1)
    minutes, rest = divmod(rest * 60, 1)
    return degrees, minutes, round(rest * 60, 4)
