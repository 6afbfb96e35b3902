"""Scenes of plants, sites, yards and boats."""

from __future__ import annotations

import random

from .camera import DARK, GREEN, HEIGHT, RED, STEEL, WIDTH, YELLOW, Colour, Pen, block, frame, shade


def valve(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    y, x = rng.randint(300, 420), frame(rng, 0.36, 0.6)
    colour = rng.choice(((196, 176, 60), (90, 130, 170), (150, 156, 162), (96, 140, 110)))
    draw.rectangle([0, y - 36, WIDTH, y + 36], fill=colour)
    draw.rectangle([0, y - 30, WIDTH, y - 16], fill=shade(colour, 1.3))
    for fx in (x - 130, x + 110):
        draw.rectangle([fx, y - 62, fx + 22, y + 62], fill=shade(colour, 0.7))
    draw.polygon(
        [(x - 100, y - 50), (x + 100, y + 50), (x + 100, y - 50), (x - 100, y + 50)],
        fill=shade(colour, 0.8),
    )
    draw.rectangle([x - 8, y - 150, x + 8, y - 10], fill=STEEL)
    draw.ellipse(
        [x - 82, y - 190, x + 82, y - 130], outline=RED if after else (110, 70, 54), width=16
    )
    gx = x + rng.randint(190, 300)
    draw.line([(gx, y - 36), (gx, y - 110)], fill=STEEL, width=12)
    draw.ellipse([gx - 62, y - 230, gx + 62, y - 106], fill=(244, 244, 240), outline=DARK, width=7)
    draw.line(
        [(gx, y - 168), (gx + (30 if after else -34), y - (206 if after else 150))],
        fill=RED,
        width=5,
    )
    if after:
        draw.rectangle([x - 60, y + 70, x + 60, y + 130], fill=(40, 90, 170))
        return
    for _ in range(26):
        rx, ry, size = x + rng.gauss(0, 70), y + rng.gauss(20, 26), rng.randint(8, 30)
        draw.ellipse(
            [rx, ry, rx + size, ry + size],
            fill=rng.choice(((126, 74, 40), (96, 56, 34), (150, 96, 50))),
        )
    draw.line([(x, y + 50), (x + 6, HEIGHT - 130)], fill=(120, 130, 140), width=7)
    draw.ellipse([x - 170, HEIGHT - 150, x + 190, HEIGHT - 60], fill=(66, 70, 74))


def scaffold(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    left, right, base = (
        frame(rng, 0.12, 0.24),
        frame(rng, 0.74, 0.88),
        HEIGHT - rng.randint(70, 120),
    )
    wall = rng.choice(((170, 160, 150), (150, 152, 156), (184, 170, 150)))
    draw.rectangle([left + 30, 20, right - 30, base], fill=wall)
    for number in range(6):
        x = left + (right - left) * number / 5
        draw.line([(x, 0), (x, base)], fill=(120, 124, 130), width=10)
    for number in range(4):
        y = 70 + number * (base - 110) / 4
        draw.line([(left, y), (right, y)], fill=(120, 124, 130), width=9)
        plank = after or number != 2
        draw.rectangle(
            [left, y + 60, right if plank else left + (right - left) * 0.35, y + 74],
            fill=(164, 126, 80),
        )
        if after or number % 2 == 0:
            draw.line(
                [(left, y - 20), (right, y - 20)], fill=YELLOW if after else (140, 130, 70), width=8
            )
        if after:
            draw.rectangle([left, y + 44, right, y + 60], fill=YELLOW)
    if after:
        net = [(x, 0, x, base) for x in range(left, right, 22)]
        for x0, y0, x1, y1 in net:
            draw.line([(x0, y0), (x1, y1)], fill=(70, 140, 90), width=2)
    else:
        draw.line(
            [(left + 80, base - 100), (left + 330, base - 290)], fill=(164, 126, 80), width=18
        )
        draw.line([(right - 200, 90), (right - 60, 300)], fill=(120, 124, 130), width=9)


def edge(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    top, x = horizon + rng.randint(20, 70), frame(rng, 0.1, 0.2)
    slab = rng.choice(((170, 168, 162), (150, 150, 148), (184, 178, 166)))
    draw.polygon(
        [
            (0, HEIGHT),
            (0, top + 120),
            (x, top),
            (WIDTH, top + rng.randint(-10, 30)),
            (WIDTH, HEIGHT),
        ],
        fill=slab,
    )
    draw.polygon(
        [
            (x + 140, top + 70),
            (WIDTH - 160, top + 60),
            (WIDTH - 80, top + 210),
            (x + 60, top + 230),
        ],
        fill=(30, 30, 34),
    )
    gap = rng.randint(1, 3)
    for number in range(6):
        px, py = x + 60 + number * 160, top + 240 - number * 2
        if not after and gap <= number <= gap + 2:
            continue
        draw.rectangle([px, py - 200, px + 14, py], fill=RED if number % 2 else (240, 240, 236))
        for rail in (190, 110):
            draw.rectangle([px, py - rail, px + 160, py - rail + 12], fill=YELLOW)
        draw.rectangle([px, py - 34, px + 160, py - 10], fill=YELLOW)
    if not after:
        draw.line(
            [(x + 80, top + 130), (x + 420, top + 190), (x + 780, top + 120)],
            fill=RED,
            width=5,
            joint="curve",
        )


def machine(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    x, base = frame(rng, 0.22, 0.36), horizon + rng.randint(80, 140)
    colour = rng.choice(((70, 120, 100), (90, 110, 150), (150, 150, 140), (60, 100, 130)))
    block(draw, x, base, 460, 150, colour, 40)
    block(draw, x + 30, base - 150, 150, 210, shade(colour, 1.1), 30)
    for cx, radius in ((x + 270, 84), (x + 420, 52)):
        draw.ellipse(
            [cx - radius, base - 300 - radius, cx + radius, base - 300 + radius],
            fill=STEEL,
            outline=DARK,
            width=8,
        )
        draw.ellipse([cx - 14, base - 314, cx + 14, base - 286], fill=DARK)
    draw.line([(x + 270, base - 384), (x + 420, base - 352)], fill=(60, 54, 50), width=13)
    draw.line([(x + 270, base - 216), (x + 420, base - 248)], fill=(60, 54, 50), width=13)
    draw.ellipse([x + 70, base - 110, x + 130, base - 50], fill=RED, outline=YELLOW, width=10)
    if after:
        draw.rounded_rectangle(
            [x + 170, base - 400, x + 492, base - 196],
            46,
            fill=YELLOW,
            outline=shade(YELLOW, 0.6),
            width=6,
        )
        for dx in range(0, 280, 40):
            draw.line(
                [(x + 200 + dx, base - 380), (x + 200 + dx, base - 216)],
                fill=shade(YELLOW, 0.75),
                width=5,
            )
    else:
        draw.rounded_rectangle(
            [x + 480, base + 10, x + 700, base + 90],
            30,
            fill=shade(YELLOW, 0.8),
            outline=DARK,
            width=4,
        )


def cylinder(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    x, base, count = frame(rng, 0.16, 0.3), horizon + rng.randint(110, 150), rng.randint(3, 5)
    for number in range(count):
        colour = rng.choice(((70, 130, 190), (236, 236, 230), (150, 154, 160), (60, 120, 80)))
        fallen = not after and number == count - 1
        cx = x + number * rng.randint(120, 140)
        if fallen:
            draw.rounded_rectangle(
                [cx, base - 20, cx + 330, base + 72],
                44,
                fill=colour,
                outline=shade(colour, 0.6),
                width=4,
            )
            draw.rectangle([cx + 330, base + 12, cx + 366, base + 40], fill=(170, 140, 60))
            continue
        draw.rounded_rectangle(
            [cx, base - 330, cx + 92, base], 44, fill=colour, outline=shade(colour, 0.6), width=4
        )
        draw.rectangle([cx + 34, base - 366, cx + 58, base - 326], fill=(170, 140, 60))
    if after:
        draw.line([(x - 50, base - 190), (x + count * 140, base - 190)], fill=DARK, width=10)
        draw.rectangle([x - 60, base - 6, x + count * 140 + 20, base + 12], fill=YELLOW)


def hose(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    x, y = frame(rng, 0.18, 0.3), horizon - 40
    block(draw, x, y + 150, 420, 120, (196, 200, 204), 40)
    for dx in (90, 290):
        draw.ellipse([x + dx - 60, y - 6, x + dx + 70, y + 36], fill=DARK)
        draw.ellipse([x + dx - 30, y, x + dx + 40, y + 26], outline=(90, 130, 220), width=6)
    draw.rectangle([x + 620, 0, x + 644, y + 60], fill=(226, 190, 60))
    curve = [
        (x + 632, y + 60),
        (x + 640, y + 210),
        (x + 560, y + 300),
        (x + 470, y + 200),
        (x + 440, y + 120),
    ]
    draw.line(curve, fill=(196, 202, 206) if after else (196, 120, 40), width=22, joint="curve")
    if after:
        for px, py in curve:
            draw.ellipse([px - 13, py - 13, px + 13, py + 13], outline=STEEL, width=4)
        block(draw, x + 720, 220, 110, 90, (240, 240, 238), 14)
        draw.ellipse([x + 766, 166, x + 786, 186], fill=GREEN)
        return
    for _ in range(16):
        px, py = rng.choice(curve)
        draw.line(
            [
                (px + rng.randint(-24, 24), py + rng.randint(-30, 30)),
                (px + rng.randint(-24, 24), py + rng.randint(-30, 30)),
            ],
            fill=(70, 40, 20),
            width=4,
        )
    draw.line([(x + 430, y + 118), (x + 470, y + 140), (x + 430, y + 150)], fill=STEEL, width=4)


def deck(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    draw.rectangle([0, horizon - 60, WIDTH, horizon + 60], fill=(84, 122, 144))
    deck = rng.choice(((70, 110, 92), (120, 96, 70), (110, 118, 124)))
    draw.polygon(
        [(0, HEIGHT), (120, horizon + 40), (WIDTH - 90, horizon + 20), (WIDTH, HEIGHT)], fill=deck
    )
    for number in range(8):
        x = 120 + number * 130
        draw.line([(x, horizon + 40), (x, horizon - 90)], fill=(230, 230, 226), width=9)
    draw.line([(110, horizon - 86), (WIDTH - 80, horizon - 100)], fill=(230, 230, 226), width=9)
    x = frame(rng, 0.26, 0.6)
    for number in range(3 if after else 1):
        cx = x + number * 150
        draw.ellipse(
            [cx - 56, horizon - 96, cx + 56, horizon + 16], outline=(230, 96, 40), width=26
        )
        draw.arc(
            [cx - 56, horizon - 96, cx + 56, horizon + 16], 40, 80, fill=(244, 244, 240), width=26
        )
    if after:
        for number in range(4):
            block(draw, 220 + number * 110, HEIGHT - 140, 84, 100, (236, 110, 40), 12)
    else:
        for _ in range(22):
            px, py = rng.randint(160, 860), rng.randint(horizon + 90, HEIGHT - 70)
            draw.line(
                [(px, py), (px + rng.randint(-160, 180), py + rng.randint(-40, 60))],
                fill=(60, 130, 110),
                width=7,
            )


def dust(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    y = rng.randint(170, 240)
    duct = (156, 164, 170)
    draw.rectangle([0, y, WIDTH, y + 76], fill=duct)
    for x in range(60, WIDTH, rng.randint(150, 200)):
        draw.rectangle([x, y - 6, x + 12, y + 82], fill=shade(duct, 0.7))
        draw.line([(x + 60, y + 76), (x + 60, horizon - 40)], fill=shade(duct, 0.85), width=34)
    block(draw, frame(rng, 0.2, 0.5), horizon + 130, 380, 130, (120, 130, 110), 40)
    if after:
        draw.rectangle([60, 90, 330, 150], fill=(40, 110, 70))
        return
    dust: Colour = rng.choice(((206, 178, 130), (190, 186, 178), (216, 196, 150)))
    for x in range(0, WIDTH, 10):
        height = rng.randint(8, 30)
        draw.ellipse([x - 14, y - height, x + 26, y + 10], fill=dust)
    for _ in range(70):
        px, py, size = (
            rng.randint(0, WIDTH),
            rng.randint(horizon + 10, HEIGHT),
            rng.randint(20, 110),
        )
        draw.ellipse([px, py, px + size, py + size * 0.3], fill=shade(dust, rng.uniform(0.9, 1.08)))


def tank(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    base = horizon + rng.randint(70, 120)
    count = rng.randint(2, 3)
    for number in range(count):
        x, w, h = 80 + number * 340, rng.randint(220, 280), rng.randint(300, 380)
        colour = rng.choice(((226, 226, 222), (190, 204, 214), (206, 200, 180)))
        draw.rectangle([x, base - h, x + w, base], fill=colour)
        draw.rectangle([x + w * 0.12, base - h, x + w * 0.24, base], fill=shade(colour, 1.1))
        draw.ellipse(
            [x, base - h - 40, x + w, base - h + 40],
            fill=shade(colour, 0.94),
            outline=shade(colour, 0.7),
        )
        draw.line([(x + w, base - 60), (x + w + 90, base - 60)], fill=STEEL, width=22)
        if after:
            draw.rectangle(
                [x + 50, base - h * 0.6, x + w - 50, base - h * 0.6 + 60], fill=(230, 110, 40)
            )
        else:
            for _ in range(9):
                rx, ry = rng.uniform(x, x + w - 30), rng.uniform(base - h, base - 40)
                draw.ellipse(
                    [rx, ry, rx + rng.randint(14, 54), ry + rng.randint(20, 70)],
                    fill=rng.choice(((150, 92, 50), (124, 78, 46))),
                )
    if after:
        draw.rectangle(
            [20, base + 10, WIDTH - 20, base + 54], fill=(150, 150, 148), outline=YELLOW, width=6
        )
    else:
        for _ in range(rng.randint(5, 8)):
            bx, by = rng.randint(60, 940), rng.randint(base + 60, HEIGHT - 50)
            block(
                draw, bx, by, 66, 92, rng.choice(((40, 90, 160), (170, 60, 50), (60, 60, 66))), 12
            )
        draw.ellipse([300, base + 40, 720, base + 120], fill=(70, 66, 60))


def crane(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    x = frame(rng, 0.36, 0.6)
    beam = rng.choice((YELLOW, (220, 120, 40), (70, 110, 160)))
    draw.rectangle([0, 70, WIDTH, 130], fill=beam)
    for px in range(0, WIDTH, 70):
        draw.line([(px, 70), (px + 35, 130)], fill=shade(beam, 0.7), width=6)
    for dx in (-26, 26):
        draw.line([(x + dx, 130), (x + dx, 380)], fill=DARK, width=7)
    draw.rectangle([x - 60, 350, x + 60, 430], fill=RED if after else (120, 84, 60))
    draw.arc([x - 50, 430, x + 50, 530], 270, 200, fill=DARK, width=24)
    if after:
        draw.line([(x + 10, 440), (x + 44, 470)], fill=YELLOW, width=12)
        draw.polygon(
            [
                (130, HEIGHT - 60),
                (WIDTH - 130, HEIGHT - 60),
                (WIDTH - 220, horizon + 110),
                (220, horizon + 110),
            ],
            outline=YELLOW,
            width=10,
        )
    else:
        for dx in (-180, 150):
            draw.line([(x, 520), (x + dx, 640)], fill=(150, 130, 70), width=8)
        block(draw, x - 230, 720, 430, 80, STEEL, 30)
        for _ in range(10):
            draw.line(
                [
                    (x - 26 + rng.randint(-18, 18), rng.randint(180, 340)),
                    (x - 26 + rng.randint(-34, 34), rng.randint(180, 340)),
                ],
                fill=(110, 90, 60),
                width=3,
            )


def pit(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    cx, cy = frame(rng, 0.38, 0.6), horizon + rng.randint(150, 190)
    w, h = rng.randint(190, 270), rng.randint(80, 110)
    if after:
        draw.ellipse(
            [cx - w, cy - h, cx + w, cy + h], fill=(104, 106, 108), outline=(70, 70, 72), width=12
        )
        for number in range(-3, 4):
            draw.line(
                [(cx + number * 50, cy - h * 0.8), (cx + number * 50, cy + h * 0.8)],
                fill=(84, 86, 88),
                width=6,
            )
        for dx in (-w - 70, w + 50):
            draw.polygon(
                [(cx + dx, cy), (cx + dx + 34, cy - 120), (cx + dx + 68, cy)], fill=(236, 100, 40)
            )
            draw.rectangle([cx + dx + 18, cy - 62, cx + dx + 50, cy - 44], fill=(244, 244, 240))
        return
    draw.ellipse(
        [cx - w, cy - h, cx + w, cy + h], fill=(24, 24, 26), outline=(90, 90, 92), width=12
    )
    draw.ellipse([cx - w * 0.7, cy - h * 0.1, cx + w * 0.7, cy + h * 0.8], fill=(44, 56, 60))
    for dx in (-30, 30):
        draw.line([(cx + dx, cy - 200), (cx + dx, cy + 40)], fill=(170, 150, 100), width=11)
    for number in range(5):
        draw.line(
            [(cx - 30, cy - 180 + number * 46), (cx + 30, cy - 180 + number * 46)],
            fill=(170, 150, 100),
            width=8,
        )
    draw.ellipse(
        [cx + w + 30, cy - 10, cx + w * 2, cy + 110],
        fill=(104, 106, 108),
        outline=(70, 70, 72),
        width=8,
    )
