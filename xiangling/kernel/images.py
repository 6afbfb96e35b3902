"""Photos as proof: what kind, when and where taken, cleaned for showing, and recognised when used again.

Pure functions over bytes; storing and judging is for the caller.
"""

import hashlib
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageStat, UnidentifiedImageError

from .fingerprint import bands, fingerprint, likeness, same_photo

MAX_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 50_000_000
LONGEST_SIDE = 2000
THUMB_SIDE = 320
SMALLEST_SIDE = 32
_BLANK_SPREAD = 4.0
_ZONE = ZoneInfo("Asia/Shanghai")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")
_READ_FAILURES = (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, EOFError, OverflowError,
                  ArithmeticError, RuntimeError, MemoryError, Image.DecompressionBombError)  # fmt: skip
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_MAKE, _MODEL, _TAKEN, _TAKEN_OFFSET = 0x010F, 0x0110, 0x9003, 0x9011

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = {_UPRIGHT[orientation] for orientation in (5, 6, 7, 8)}

Message = str | Promise


class ImageError(Exception):
    """A picture that is refused; `code` is stable, `message` tells the user what to do."""

    def __init__(self, code: str, message: Message) -> None:
        super().__init__(code)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


@dataclass(frozen=True, slots=True)
class Photo:
    """What was found in a picture. `place` is (latitude, longitude) in degrees, WGS 84."""

    kind: str
    sha256: str
    width: int
    height: int
    taken_at: datetime | None
    place: tuple[float, float] | None
    camera: str
    fingerprint: str
    is_blank: bool
    clean: bytes
    thumb: bytes


def inspect(data: bytes) -> Photo:
    """Judge, read and re-encode an uploaded picture (JPEG, PNG or WebP, by content).

    `clean` and `thumb` are upright JPEG without metadata, at most 2000 and 320 px long; `sha256` is that of the
    bytes as uploaded; width and height are those of the upright original. Raises ImageError: image.empty,
    image.large, image.heic, image.type, image.pixels, image.small, image.broken.
    """
    kind = sniff(data)
    try:
        return _inspect(data, kind)
    except UnidentifiedImageError as error:
        raise _broken() from error
    except _READ_FAILURES as error:
        raise _broken() from error


def sniff(data: bytes) -> str:
    """'jpeg', 'png' or 'webp'. Raises ImageError for everything else and for too many bytes."""
    if not data:
        raise ImageError("image.empty", _("The picture is empty. Take or choose it again."))
    if len(data) > MAX_BYTES:
        raise ImageError(
            "image.large",
            format_lazy(_("The picture is larger than {n} MB. Choose a smaller size in the camera."),
                        n=MAX_BYTES // 1024 // 1024),
        )  # fmt: skip
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        raise ImageError(
            "image.heic",
            _(
                "HEIC pictures cannot be read. Set the camera's format to JPEG (most compatible) and take it again."
            ),
        )
    raise ImageError("image.type", _("This is not a photo. Upload a JPEG, PNG or WebP picture."))


def _broken() -> ImageError:
    return ImageError(
        "image.broken", _("The picture is damaged or incomplete. Take or send it again.")
    )


def _inspect(data: bytes, kind: str) -> Photo:
    with Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP", "MPO"]) as opened:
        width, height = opened.size
        if width * height > MAX_PIXELS:
            raise ImageError(
                "image.pixels",
                format_lazy(_("The picture has more than {n} million pixels. Choose a smaller size in the camera."),
                            n=MAX_PIXELS // 1_000_000),
            )  # fmt: skip
        if min(width, height) < SMALLEST_SIDE:
            raise ImageError(
                "image.small",
                _("The picture is too small to show anything. Upload the original photo."),
            )
        taken_at, place, camera, turn = _metadata(opened)
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = _on_white(_shrunk(opened, LONGEST_SIDE))
    if turn is not None:
        upright = upright.transpose(turn)
    is_blank = is_flat(upright)
    return Photo(
        kind=kind,
        sha256=hashlib.sha256(data).hexdigest(),
        width=height if turn in _SIDEWAYS else width,
        height=width if turn in _SIDEWAYS else height,
        taken_at=taken_at,
        place=place,
        camera=camera,
        fingerprint="" if is_blank else fingerprint(upright),
        is_blank=is_blank,
        clean=_jpeg(upright, 85),
        thumb=_jpeg(_shrunk(upright, THUMB_SIDE), 80),
    )


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    copy = image.copy()
    if copy.mode.startswith("I"):  # 16-bit grey
        copy = copy.convert("I").point(lambda level: level / 256).convert("L")
    copy.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return copy


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("RGB")


def _jpeg(image: Image.Image, quality: int) -> bytes:
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    buffer = io.BytesIO()
    bare.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()


def is_flat(image: Image.Image) -> bool:
    """Does the picture show nothing: all of it nearly one shade (a covered lens, a black screen)?"""
    grey = image.convert("L").resize((64, 64), Image.Resampling.BOX, reducing_gap=3.0)
    return bool(ImageStat.Stat(grey).stddev[0] < _BLANK_SPREAD)


# EXIF 2.32 (CIPA DC-008-2019), 4.6


Found = tuple[datetime | None, tuple[float, float] | None, str, Image.Transpose | None]


def _metadata(image: Image.Image) -> Found:
    """(taken, place, camera, how to turn it upright). Wrong entries are as good as none."""
    try:
        exif = image.getexif()
        detail, gps = dict(exif.get_ifd(_EXIF_IFD)), dict(exif.get_ifd(_GPS_IFD))
        orientation = exif.get(0x0112)
    except _READ_FAILURES:
        return None, None, "", None
    words = (_words(exif.get(_MAKE)), _words(exif.get(_MODEL)))
    camera = words[1] if words[1].lower().startswith(words[0].lower()) else " ".join(words)
    return (
        _taken_at(detail),
        _place(gps),
        camera.strip()[:100],
        _UPRIGHT.get(orientation) if isinstance(orientation, int) else None,
    )


def _words(value: Any) -> str:
    text = (
        value.decode("ascii", "ignore")
        if isinstance(value, bytes)
        else value
        if isinstance(value, str)
        else ""
    )
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())


def _taken_at(detail: Mapping[int, Any]) -> datetime | None:
    """DateTimeOriginal with OffsetTimeOriginal; a camera without an offset is taken to show Beijing time."""
    match = re.fullmatch(
        r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d).*",
        _words(detail.get(_TAKEN)),
        re.ASCII,
    )
    if match is None:
        return None
    offset = re.fullmatch(r"([+-])(\d\d):(\d\d)", _words(detail.get(_TAKEN_OFFSET)), re.ASCII)
    zone: timezone | ZoneInfo = _ZONE
    try:
        if offset:
            gap = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
            zone = timezone(gap if offset[1] == "+" else -gap)
        year, month, day, hour, minute, second = (int(part) for part in match.groups())
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
    except ValueError:
        return None
    return moment if moment.year >= 1990 else None


def _place(gps: Mapping[int, Any]) -> tuple[float, float] | None:
    latitude, longitude = (
        _degrees(gps.get(2), gps.get(1), "S", 90),
        _degrees(gps.get(4), gps.get(3), "W", 180),
    )
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None  # 0, 0 is what cameras write that had no fix
    return latitude, longitude


def _degrees(parts: Any, side: Any, negative: str, most: int) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ArithmeticError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value) or not 0 <= value <= most:
        return None
    return round(-value if _words(side).upper() == negative else value, 7)


# Places

_EARTH = 6_371_008.8  # mean radius in metres, IUGG
_AXIS, _ECCENTRICITY = (
    6_378_245.0,
    0.00669342162296594323,
)  # Krasovsky 1940, as the public formula uses


def distance_m(lat1: float, lng1: float, lat2: float, lng2: float) -> float:
    """Great-circle distance in metres between two places in degrees (haversine)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half = math.sin((phi2 - phi1) / 2) ** 2
    half += math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(lng2 - lng1) / 2) ** 2
    return 2 * _EARTH * math.asin(math.sqrt(min(1.0, half)))


def wgs84_to_gcj02(lat: float, lng: float) -> tuple[float, float]:
    """WGS 84 to the coordinates of Chinese maps, by the public approximate formula; outside China unchanged."""
    if not (0.8293 <= lat <= 55.8271 and 72.004 <= lng <= 137.8347):
        return lat, lng
    x, y = lng - 105.0, lat - 35.0
    pi, root = math.pi, math.sqrt(abs(x))
    both = (20 * math.sin(6 * x * pi) + 20 * math.sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + both
    north += (20 * math.sin(y * pi) + 40 * math.sin(y / 3 * pi)) * 2 / 3
    north += (160 * math.sin(y / 12 * pi) + 320 * math.sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + both
    east += (20 * math.sin(x * pi) + 40 * math.sin(x / 3 * pi)) * 2 / 3
    east += (150 * math.sin(x / 12 * pi) + 300 * math.sin(x / 30 * pi)) * 2 / 3
    phi = math.radians(lat)
    bend = 1 - _ECCENTRICITY * math.sin(phi) ** 2
    north = math.degrees(north * bend * math.sqrt(bend) / (_AXIS * (1 - _ECCENTRICITY)))
    east = math.degrees(east * math.sqrt(bend) / (_AXIS * math.cos(phi)))
    return lat + north, lng + east


def gcj02_to_wgs84(lat: float, lng: float) -> tuple[float, float]:
    """Chinese map coordinates to WGS 84: the public formula undone by iteration, to a centimetre of itself."""
    guess_lat, guess_lng = lat, lng
    for _turn in range(8):
        shown_lat, shown_lng = wgs84_to_gcj02(guess_lat, guess_lng)
        guess_lat, guess_lng = guess_lat + lat - shown_lat, guess_lng + lng - shown_lng
    return guess_lat, guess_lng


__all__ = [
    "MAX_BYTES", "ImageError", "Photo", "bands", "distance_m", "fingerprint", "gcj02_to_wgs84", "inspect", "is_flat",
    "likeness", "same_photo", "sniff", "wgs84_to_gcj02",
]  # fmt: skip
