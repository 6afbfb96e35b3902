"""Scenes inside buildings: exits, panels, wiring, shelves, kitchens, papers."""

from __future__ import annotations

import random

from .camera import (
    CARTON,
    DARK,
    GREEN,
    HEIGHT,
    RED,
    STEEL,
    WIDTH,
    YELLOW,
    Colour,
    Pen,
    block,
    cartons,
    frame,
    shade,
)


def corridor(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    x, w, h = frame(rng, 0.32, 0.5), rng.randint(170, 250), rng.randint(300, 370)
    colour = rng.choice(((122, 88, 62), (150, 154, 158), (140, 52, 44)))
    draw.rectangle([x - 12, horizon - h - 12, x + w + 12, horizon], fill=shade(colour, 0.6))
    draw.rectangle([x, horizon - h, x + w, horizon], fill=colour)
    draw.line([(x + w / 2, horizon - h), (x + w / 2, horizon)], fill=shade(colour, 0.6), width=4)
    draw.rectangle(
        [x + w / 2 - 60, horizon - h * 0.48, x + w / 2 + 60, horizon - h * 0.45], fill=STEEL
    )
    draw.rectangle(
        [x + w / 2 - 52, horizon - h - 62, x + w / 2 + 52, horizon - h - 24],
        fill=GREEN if after else shade(GREEN, 0.45),
    )
    draw.polygon(
        [
            (x + w / 2 + 20, horizon - h - 43),
            (x + w / 2 + 2, horizon - h - 55),
            (x + w / 2 + 2, horizon - h - 31),
        ],
        fill=(240, 250, 240),
    )
    columns, rows, size = rng.randint(3, 5), rng.randint(2, 4), rng.randint(74, 100)
    if after:
        draw.polygon(
            [
                (x - 20, horizon + 8),
                (x + w + 20, horizon + 8),
                (x + w + 120, HEIGHT - 90),
                (x - 120, HEIGHT - 90),
            ],
            outline=YELLOW,
            width=9,
        )
    else:
        cartons(draw, rng, x - 70, horizon + rng.randint(60, 110), columns, rows, size)


def cabinet(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    x, y, w, h = (
        frame(rng, 0.3, 0.52),
        rng.randint(130, 200),
        rng.randint(250, 340),
        rng.randint(330, 400),
    )
    body = rng.choice(((196, 198, 190), (168, 176, 180), (214, 206, 186)))
    draw.rectangle([x - 8, y - 8, x + w + 8, y + h + 8], fill=shade(body, 0.65))
    draw.rectangle([x, y, x + w, y + h], fill=shade(body, 0.5) if not after else body)
    if after:
        draw.polygon(
            [(x + w / 2, y + 60), (x + w / 2 - 40, y + 130), (x + w / 2 + 40, y + 130)],
            fill=YELLOW,
            outline=DARK,
        )
        draw.rectangle([x + w - 34, y + h / 2, x + w - 22, y + h / 2 + 60], fill=DARK)
        draw.rectangle([x + 40, y + h - 90, x + w - 40, y + h - 50], fill=(240, 240, 236))
        return
    for row in range(3):
        for column in range(5):
            bx, by = x + 26 + column * (w - 50) / 5, y + 40 + row * 100
            draw.rectangle([bx, by, bx + 34, by + 58], fill=(230, 230, 226), outline=DARK)
            draw.rectangle([bx + 12, by + 18, bx + 22, by + 34], fill=DARK)
    for _ in range(14):
        points = [
            (rng.uniform(x + 20, x + w - 20), rng.uniform(y + 90, y + h - 10)) for _ in range(4)
        ]
        draw.line(
            points,
            fill=rng.choice(((180, 40, 34), (40, 90, 170), (210, 180, 50), (60, 130, 70))),
            width=5,
            joint="curve",
        )
    draw.polygon(
        [(x + w, y), (x + w + 150, y - 44), (x + w + 150, y + h + 70), (x + w, y + h)],
        fill=shade(body, 0.85),
        outline=shade(body, 0.5),
    )
    draw.ellipse([x + 60, y + 150, x + 130, y + 210], fill=(52, 40, 34))


def wiring(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    x, y = frame(rng, 0.2, 0.4), rng.randint(180, 260)
    draw.rectangle([x, y, x + 90, y + 90], fill=(240, 240, 236), outline=STEEL, width=3)
    for dx in (24, 60):
        draw.rectangle([x + dx, y + 34, x + dx + 8, y + 58], fill=DARK)
    bends = [(x + 45, y + 90)] + [
        (rng.randint(100, 1000), rng.randint(horizon - 120, HEIGHT - 60)) for _ in range(5)
    ]
    if after:
        draw.rectangle([x + 36, 0, x + 54, y], fill=(224, 224, 220), outline=STEEL)
        draw.line([(x + 54, y + 20), (WIDTH, y + 20)], fill=(224, 224, 220), width=18)
        return
    for shift in range(rng.randint(2, 4)):
        draw.line(
            [(px + shift * 18, py + shift * 14) for px, py in bends],
            fill=rng.choice((DARK, (190, 60, 50), (230, 230, 226))),
            width=7,
            joint="curve",
        )
    sx, sy = bends[3]
    block(draw, sx, sy, 190, 34, (236, 236, 230), 12)
    for number in range(5):
        draw.rectangle([sx + 10 + number * 36, sy - 26, sx + 32 + number * 36, sy - 8], fill=DARK)


def extinguisher(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    x, y = frame(rng, 0.34, 0.55), horizon - rng.randint(30, 60)
    draw.rectangle([x - 40, y - 240, x + 230, y + 20], fill=RED, outline=shade(RED, 0.6), width=8)
    draw.rectangle([x - 10, y - 200, x + 200, y - 10], fill=(210, 220, 224))
    for dx in (34, 122):
        colour = RED if after else shade(RED, 0.55)
        draw.rounded_rectangle([x + dx, y - 150, x + dx + 52, y - 14], 18, fill=colour)
        draw.rectangle([x + dx + 18, y - 176, x + dx + 34, y - 148], fill=DARK)
        draw.ellipse([x + dx + 16, y - 134, x + dx + 38, y - 112], fill=GREEN if after else YELLOW)
    if after:
        draw.rectangle([x - 60, horizon + 60, x + 260, horizon + 150], outline=YELLOW, width=10)
    else:
        cartons(draw, rng, x - 110, horizon + 120, 4, 3, rng.randint(84, 110))


def warehouse(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    base = horizon + rng.randint(40, 90)
    lamp = frame(rng, 0.3, 0.6)
    draw.rectangle([lamp - 90, 60, lamp + 90, 84], fill=(252, 248, 220))
    for number in range(4):
        x = 70 + number * rng.randint(240, 268)
        draw.rectangle([x, 110, x + 14, base], fill=(40, 80, 150))
        draw.rectangle([x + 220, 110, x + 234, base], fill=(40, 80, 150))
        for shelf in range(3):
            y = base - 20 - shelf * 150
            draw.rectangle([x, y, x + 234, y + 14], fill=(224, 120, 40))
            if after and shelf == 2:
                continue
            cartons(
                draw, rng, x + 22, y, 2, 2 if not after and shelf == 2 else 1, rng.randint(78, 94)
            )
    if not after:
        cartons(draw, rng, lamp - 150, base + 110, 4, 5, 96)
    else:
        draw.rectangle([0, 176, WIDTH, 184], fill=RED)


def charging(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    base, count = horizon + rng.randint(120, 170), rng.randint(3, 4)
    for number in range(count):
        x = 90 + number * rng.randint(230, 262)
        colour = rng.choice((RED, (50, 90, 160), (230, 230, 226), (60, 60, 64), (90, 150, 130)))
        if after:
            draw.rectangle([x, base - 40, x + 190, base + 60], outline=YELLOW, width=8)
            continue
        for cx in (x + 34, x + 186):
            draw.ellipse([cx - 44, base - 50, cx + 44, base + 38], outline=DARK, width=14)
        draw.polygon(
            [
                (x + 30, base - 20),
                (x + 70, base - 130),
                (x + 160, base - 120),
                (x + 190, base - 20),
            ],
            fill=colour,
        )
        draw.rectangle([x + 90, base - 152, x + 176, base - 126], fill=DARK)
        draw.line(
            [(x + 52, base - 130), (x + 30, base - 210), (x + 4, base - 204)], fill=DARK, width=9
        )
        draw.line(
            [(x + 110, base - 40), (x + 140, base - 250), (x + rng.randint(0, 90), 120)],
            fill=(236, 236, 230),
            width=6,
            joint="curve",
        )
    if after:
        draw.rectangle(
            [WIDTH * 0.42, 210, WIDTH * 0.6, 330], fill=(240, 240, 236), outline=RED, width=10
        )
        draw.line([(WIDTH * 0.43, 320), (WIDTH * 0.59, 220)], fill=RED, width=12)


def hood(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    x, y = frame(rng, 0.12, 0.22), rng.randint(130, 190)
    colour = (196, 202, 206) if after else (132, 116, 88)
    draw.polygon(
        [(x, y + 160), (x + 90, y), (x + 620, y), (x + 720, y + 160)],
        fill=colour,
        outline=shade(colour, 0.7),
    )
    draw.rectangle([x + 270, 0, x + 430, y], fill=shade(colour, 0.9))
    for number in range(6):
        draw.rectangle(
            [x + 40 + number * 110, y + 100, x + 130 + number * 110, y + 158],
            fill=shade(colour, 0.7),
            outline=shade(colour, 0.5),
        )
    block(draw, x, horizon + 120, 700, 150, (186, 190, 194), 40)
    for number in range(3):
        draw.ellipse(
            [x + 60 + number * 220, horizon - 60, x + 220 + number * 220, horizon - 10], fill=DARK
        )
    if not after:
        for _ in range(46):
            px, py, size = (
                rng.uniform(x + 20, x + 700),
                rng.uniform(y + 90, y + 166),
                rng.randint(8, 26),
            )
            draw.ellipse(
                [px, py, px + size, py + size * 1.6],
                fill=rng.choice(((84, 60, 26), (110, 80, 34), (60, 44, 24))),
            )


def lift(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    x, w, h = frame(rng, 0.3, 0.5), rng.randint(270, 340), 400
    draw.rectangle([x - 26, horizon - h - 26, x + w + 26, horizon + 30], fill=(120, 124, 130))
    draw.rectangle([x, horizon - h, x + w, horizon + 30], fill=(30, 30, 34))
    opening = 0 if after else rng.randint(70, 130)
    door: Colour = rng.choice(((186, 190, 194), (170, 160, 140), (150, 160, 172)))
    draw.rectangle(
        [x, horizon - h, x + w / 2 - opening, horizon + 30],
        fill=door,
        outline=shade(door, 0.7),
        width=3,
    )
    draw.rectangle(
        [x + w / 2 + opening, horizon - h, x + w, horizon + 30],
        fill=shade(door, 0.94),
        outline=shade(door, 0.7),
        width=3,
    )
    draw.rectangle([x + w + 50, horizon - 240, x + w + 92, horizon - 140], fill=STEEL)
    draw.ellipse(
        [x + w + 60, horizon - 224, x + w + 82, horizon - 202], fill=GREEN if after else RED
    )
    if after:
        draw.rectangle(
            [x + 30, horizon - h + 60, x + 130, horizon - h + 130],
            fill=(250, 246, 200),
            outline=GREEN,
            width=5,
        )
    else:
        draw.rectangle(
            [x + w / 2 - opening, horizon - 60, x + w / 2 + opening, horizon - 34],
            fill=shade(door, 0.6),
        )
        draw.line(
            [(x + w / 2 - 40, horizon - h), (x + w / 2 + 10, horizon - 160)],
            fill=(200, 60, 40),
            width=6,
        )


def paper(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    draw.rectangle(
        [0, horizon - 40, WIDTH, HEIGHT],
        fill=rng.choice(((150, 116, 80), (176, 150, 116), (120, 126, 132))),
    )
    x, y = frame(rng, 0.16, 0.3), rng.randint(110, 180)
    draw.polygon(
        [(x, y + 30), (x + 560, y), (x + 620, y + 560), (x + 20, y + 600)],
        fill=(246, 246, 240),
        outline=STEEL,
    )
    draw.rectangle([x + 190, y + 50, x + 400, y + 80], fill=DARK)
    for row in range(9):
        ry = y + 120 + row * 48
        draw.line([(x + 40, ry + 34), (x + 570, ry + 30)], fill=(150, 150, 150), width=3)
        for column in range(4):
            cx = x + 60 + column * 130
            filled = after or (column == 0) or rng.random() < 0.18
            if filled:
                draw.line(
                    [(cx, ry + 18), (cx + rng.randint(40, 96), ry + rng.randint(10, 22))],
                    fill=(40, 60, 140),
                    width=6,
                )
    if after:
        draw.ellipse([x + 420, y + 440, x + 550, y + 570], outline=RED, width=9)
    draw.line([(x + 640, y + 300), (x + 780, y + 420)], fill=(30, 60, 130), width=16)


def sign(draw: Pen, rng: random.Random, horizon: int, after: bool) -> None:
    x, y = frame(rng, 0.28, 0.5), rng.randint(120, 190)
    tilt = 0 if after else rng.randint(24, 60)
    colour = YELLOW if after else (206, 196, 150)
    draw.polygon(
        [(x, y + tilt), (x + 330, y), (x + 340, y + 250), (x + 8, y + 250 + tilt)],
        fill=(240, 240, 234),
        outline=STEEL,
    )
    draw.polygon(
        [(x + 165, y + 30), (x + 80, y + 170), (x + 250, y + 170)],
        fill=colour,
        outline=DARK if after else (150, 144, 120),
    )
    draw.line(
        [(x + 165, y + 80), (x + 165, y + 130)], fill=DARK if after else (150, 144, 120), width=14
    )
    draw.rectangle([x + 40, y + 190, x + 290, y + 222], fill=DARK if after else (190, 186, 170))
    if not after:
        for _ in range(18):
            px, py = rng.randint(x, x + 320), rng.randint(y, y + 250)
            draw.ellipse(
                [px, py, px + rng.randint(10, 60), py + rng.randint(6, 30)], fill=(176, 166, 140)
            )
        block(draw, x + 200, horizon + 60, 210, 250, rng.choice(CARTON), 26)
