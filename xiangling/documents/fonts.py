"""Which fonts the PDF is set in: those of GB/T 9704 where the machine has them, free ones where it has not.

No font is part of the product. Looked through are the fonts of the system, those in `DATA_DIR/fonts`, and the
folder named by XL_FONTS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

PROPER = {
    "title": "方正小标宋简体",
    "body": "仿宋_GB2312",
    "kai": "楷体_GB2312",
    "hei": "黑体",
    "song": "宋体",
}
"""The font that each part of a paper calls for, as DOCX names it."""

_SERIF = ("Noto Serif CJK SC", "Noto Serif SC", "Source Han Serif SC", "Source Han Serif CN")
_SANS = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Zen Hei")
_LAST = (*_SERIF, *_SANS, "WenQuanYi Micro Hei", "Droid Sans Fallback")
FAMILIES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "title": (
        ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "方正小标宋_GBK"),
        ("FandolSong", "Source Han Serif SC", *_LAST),
    ),
    "body": (
        ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "STFangsong", "华文仿宋"),
        ("FandolFang R", "FandolFang", *_LAST),
    ),
    "kai": (
        ("KaiTi_GB2312", "楷体_GB2312", "KaiTi", "楷体", "STKaiti", "华文楷体"),
        ("FandolKai", "LXGW WenKai", "AR PL UKai CN", *_LAST),
    ),
    "hei": (("SimHei", "黑体", "STHeiti", "华文黑体"), ("FandolHei", *_SANS, *_LAST)),
    "song": (("SimSun", "宋体", "NSimSun", "STSong", "华文宋体"), ("FandolSong", *_LAST)),
}
"""For each part: names under which its proper font is known, then free ones in order of likeness."""


@dataclass(frozen=True)
class Found:
    """The families chosen for each part ([] where the machine has no Chinese font), and which are lacking."""

    chosen: dict[str, list[str]]
    missing: tuple[str, ...]
    handle: Any

    @property
    def is_usable(self) -> bool:
        return all(self.chosen.values())


def folders() -> list[Path]:
    """The folders looked through besides those of the system."""
    given = settings.FONTS_DIR
    wanted = [Path(settings.DATA_DIR) / "fonts", *([Path(given)] if given else [])]
    return [folder for folder in wanted if folder.is_dir()]


def find() -> Found:
    """The fonts of this machine. Raises ImportError where the `pdf` extra is not installed."""
    places = folders()
    stamp = tuple((str(place), place.stat().st_mtime_ns) for place in places)
    return _find(stamp)


@cache
def _find(stamp: tuple[tuple[str, int], ...]) -> Found:
    import typst  # noqa: PLC0415 - an extra that may be absent

    handle = typst.Fonts(include_embedded_fonts=False, font_paths=[place for place, _at in stamp])
    return choose(handle.families(), handle)


def choose(families: list[str], handle: Any = None) -> Found:
    """The families for each part among those a machine has."""
    known = {name.casefold(): name for name in families}
    chosen: dict[str, list[str]] = {}
    missing = []
    for part, (proper, free) in FAMILIES.items():
        first = [known[name.casefold()] for name in proper if name.casefold() in known]
        later = [known[name.casefold()] for name in free if name.casefold() in known]
        chosen[part] = list(dict.fromkeys([*first[:1], *later[:3]]))
        if not first:
            missing.append(PROPER[part])
    return Found(chosen, tuple(missing), handle)
