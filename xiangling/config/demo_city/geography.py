"""The city's divisions: a warped grid of towns with ragged borders; a district is its towns' outline."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from typing import Any

from .model import RegionPlan
from .sources import facts

Point = tuple[float, float]
"""(lng, lat)"""
Node = tuple[int, int]
KINDS = (("街道", "street", 0), ("镇", "town", 100))


class Geography:
    """Regions by code, and points inside a town."""

    def __init__(self, rng: random.Random) -> None:
        self.regions: list[RegionPlan] = []
        self.towns: dict[str, list[RegionPlan]] = {}
        self._quads: dict[str, list[Point]] = {}
        city = facts("city")
        self._nodes = _nodes(rng, city)
        self._edges: dict[tuple[Node, Node], list[Point]] = {}
        cells = _cells(city["grid"])
        for district in city["districts"]:
            self._add_district(rng, city, district, cells[district["key"]])
        everything = [cell for group in cells.values() for cell in group]
        ring = self._ring(rng, _outline(everything))
        self.city = RegionPlan(
            city["code"].ljust(12, "0"),
            city["name"],
            4,
            None,
            "city",
            *_centre(ring),
            _polygon(ring),
        )
        self.regions.insert(0, self.city)

    def point_in(self, rng: random.Random, code: str) -> tuple[float, float]:
        """A (lat, lng) inside the town, well away from its borders."""
        a, b, c, d = self._quads[code]
        u, v = rng.uniform(0.15, 0.85), rng.uniform(0.15, 0.85)
        lng, lat = (
            (a[i] * (1 - u) + b[i] * u) * (1 - v) + (d[i] * (1 - u) + c[i] * u) * v for i in (0, 1)
        )
        return round(lat, 6), round(lng, 6)

    def _add_district(
        self, rng: random.Random, city: Any, district: Any, cells: list[Node]
    ) -> None:
        prefix = city["code"] + district["code"]
        ring = self._ring(rng, _outline(cells))
        code = prefix.ljust(12, "0")
        self.regions.append(
            RegionPlan(
                code,
                district["name"],
                6,
                city["code"].ljust(12, "0"),
                "district",
                *_centre(ring),
                _polygon(ring),
            )
        )
        names = city["towns"][district["key"]]
        numbers: dict[str, int] = defaultdict(int)
        self.towns[district["key"]] = []
        for name, cell in zip(names, cells, strict=True):
            kind, base = next(
                ((k, b) for suffix, k, b in KINDS if name.endswith(suffix)), ("park", 400)
            )
            numbers[kind] += 1
            corners = _corners(cell)
            ring = self._ring(rng, corners)
            quad = [self._nodes[node] for node in corners]
            town = RegionPlan(
                f"{prefix}{base + numbers[kind]:03}000",
                name,
                9,
                code,
                kind,
                *_centre(quad),
                _polygon(ring),
            )
            self._quads[town.code] = quad
            self.regions.append(town)
            self.towns[district["key"]].append(town)

    def _ring(self, rng: random.Random, nodes: list[Node]) -> list[Point]:
        points: list[Point] = []
        for start, end in zip(nodes, nodes[1:] + nodes[:1], strict=True):
            points += self._edge(rng, start, end)[:-1]
        return points

    def _edge(self, rng: random.Random, start: Node, end: Node) -> list[Point]:
        """The ragged line between two nodes; both neighbours get the same one."""
        if (end, start) in self._edges:
            return self._edges[end, start][::-1]
        if (start, end) not in self._edges:
            self._edges[start, end] = _ragged(rng, self._nodes[start], self._nodes[end])
        return self._edges[start, end]


def _nodes(rng: random.Random, city: Any) -> dict[Node, Point]:
    rows, columns = len(city["grid"]), len(city["grid"][0])
    dlat, dlng = city["cell"]["lat"], city["cell"]["lng"]
    nodes = {}
    for row in range(rows + 1):
        for column in range(columns + 1):
            # Cells shrink towards the old town in the middle of the grid.
            x = column + 0.55 * math.sin(2 * math.pi * column / columns) * 0.9
            y = row + 0.3 * math.sin(2 * math.pi * row / rows) * 0.9
            x += 0.22 * math.sin(1.7 * row + 0.4) + rng.uniform(-0.13, 0.13)
            y += 0.2 * math.sin(1.3 * column + 1.1) + rng.uniform(-0.13, 0.13)
            nodes[row, column] = (
                city["origin"]["lng"] + x * dlng,
                city["origin"]["lat"] - y * dlat,
            )
    return nodes


def _cells(grid: list[str]) -> dict[str, list[Node]]:
    cells: dict[str, list[Node]] = defaultdict(list)
    for row, line in enumerate(grid):
        for column, key in enumerate(line):
            cells[key].append((row, column))
    return cells


def _corners(cell: Node) -> list[Node]:
    row, column = cell
    return [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]


def _outline(cells: list[Node]) -> list[Node]:
    """The nodes around a group of cells: edges that only one cell has, chained. One ring, no holes."""
    edges: set[tuple[Node, Node]] = set()
    for cell in cells:
        corners = _corners(cell)
        for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
            if (end, start) in edges:
                edges.remove((end, start))
            else:
                edges.add((start, end))
    following = dict(sorted(edges))
    first = node = min(following)
    ring = []
    while True:
        ring.append(node)
        node = following[node]
        if node == first:
            return ring


def _ragged(rng: random.Random, start: Point, end: Point, depth: int = 3) -> list[Point]:
    """Midpoint displacement, at most a few per cent of the length."""
    if depth == 0:
        return [start, end]
    shift = rng.uniform(-0.06, 0.06)
    dx, dy = end[0] - start[0], end[1] - start[1]
    middle = ((start[0] + end[0]) / 2 - dy * shift, (start[1] + end[1]) / 2 + dx * shift)
    return _ragged(rng, start, middle, depth - 1)[:-1] + _ragged(rng, middle, end, depth - 1)


def _centre(ring: list[Point]) -> tuple[float, float]:
    """(lat, lng) of the mean of the ring's points."""
    return (
        round(sum(point[1] for point in ring) / len(ring), 6),
        round(sum(point[0] for point in ring) / len(ring), 6),
    )


def _polygon(ring: list[Point]) -> dict[str, Any]:
    points = [[round(lng, 6), round(lat, 6)] for lng, lat in ring]
    # RFC 7946: the exterior ring runs counter-clockwise; the grid was walked clockwise.
    points = [points[0], *points[:0:-1]]
    return {"type": "Polygon", "coordinates": [[*points, points[0]]]}
