"""Stylised photos of hazards: before shows the defect, after the same place put right."""

from __future__ import annotations

import random
from collections.abc import Callable

from PIL import Image

from . import scenes_building as building
from . import scenes_plant as plant
from .camera import STEEL, WIDTH, Pen, block, room, shoot, yard

Painter = Callable[[Pen, random.Random, int, bool], None]


def draw_photo(rng: random.Random, scene: str, *, after: bool = False) -> Image.Image:
    """A 960 x 720 RGB photo of the scene. The same generator state gives the same place in both variants.

    Raises KeyError for an unknown scene (`SCENES` lists them).
    """
    painter, outdoor = SCENES[scene]
    image, draw, horizon = yard(rng) if outdoor else room(rng)
    _fittings(draw, rng, horizon, outdoor)
    layout = rng.random()
    painter(draw, random.Random(layout), horizon, after)
    return shoot(image, rng, after=after)


def _fittings(draw: Pen, rng: random.Random, horizon: int, outdoor: bool) -> None:
    """Things that stand about in any place, so that no two places look alike."""
    for _ in range(rng.randint(2, 5)):
        x, size = rng.randint(0, WIDTH), rng.randint(50, 170)
        colour = rng.choice(
            ((90, 110, 140), (120, 96, 80), (84, 116, 96), (140, 140, 146), (150, 90, 70))
        )
        block(draw, x, horizon + rng.randint(4, 30), size * rng.uniform(0.5, 1.3), size, colour, 14)
    if not outdoor:
        for _ in range(rng.randint(1, 3)):
            y = rng.randint(50, horizon - 130)
            draw.line(
                [(0, y), (WIDTH, y + rng.randint(-30, 30))],
                fill=rng.choice((STEEL, (170, 150, 60), (110, 130, 150))),
                width=rng.randint(6, 18),
            )


SCENES: dict[str, tuple[Painter, bool]] = {
    "corridor": (building.corridor, False),
    "cabinet": (building.cabinet, False),
    "wiring": (building.wiring, False),
    "valve": (plant.valve, False),
    "scaffold": (plant.scaffold, True),
    "edge": (plant.edge, True),
    "warehouse": (building.warehouse, False),
    "machine": (plant.machine, False),
    "extinguisher": (building.extinguisher, False),
    "cylinder": (plant.cylinder, False),
    "hose": (plant.hose, False),
    "deck": (plant.deck, True),
    "hood": (building.hood, False),
    "charging": (building.charging, False),
    "dust": (plant.dust, False),
    "lift": (building.lift, False),
    "tank": (plant.tank, True),
    "paper": (building.paper, False),
    "crane": (plant.crane, False),
    "pit": (plant.pit, True),
    "sign": (building.sign, False),
}
"""Painter of a scene, and whether it is outdoors."""
