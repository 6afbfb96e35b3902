"""Photos as cameras, chat programs and cheats send them; the scenes are drawn here from fixed seeds."""

import datetime as dt
import io
import random
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

from xiangling.kernel.images import (
    ImageError,
    Photo,
    bands,
    distance_m,
    gcj02_to_wgs84,
    inspect,
    same_photo,
    wgs84_to_gcj02,
)

SIZE = (640, 480)


def grain(rng: random.Random, cell: int, strength: float) -> Image.Image:
    width, height = SIZE[0] // cell, SIZE[1] // cell
    coarse = Image.frombytes("L", (width, height), rng.randbytes(width * height)).resize(
        SIZE, Image.Resampling.BICUBIC
    )
    level = coarse.point(lambda value: int(128 + (value - 128) * strength))
    return Image.merge("RGB", [level] * 3)


def scene(layout: int, seed: int) -> Image.Image:
    """A room: `layout` fixes walls, floor and openings, `seed` the things, shades and grain in it."""
    plan, rng = random.Random(layout), random.Random(seed)
    width, height = SIZE
    image = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(image)
    floor = int(height * plan.uniform(0.35, 0.65))
    shades = [tuple(plan.randrange(60, 220) for _ in range(3)) for _ in range(3)]
    for y in range(height):
        shade = shades[0] if y < floor else shades[1]
        draw.line(
            (0, y, width, y), fill=tuple(int(value * (1 - 0.3 * y / height)) for value in shade)
        )
    for _ in range(5):
        x, y = (
            plan.randrange(width) + rng.randrange(-30, 30),
            plan.randrange(floor) + rng.randrange(-20, 20),
        )
        draw.rectangle(
            (x, y, x + plan.randrange(30, 130), y + plan.randrange(80, 280)),
            fill=shades[2],
            outline=(30, 30, 30),
            width=3,
        )
    for _ in range(14):
        x, y = rng.randrange(width), rng.randrange(height)
        box = (x, y, x + rng.randrange(20, 140), y + rng.randrange(20, 140))
        colour = tuple(rng.randrange(256) for _ in range(3))
        rng.choice((draw.ellipse, draw.rectangle))(box, fill=colour)
    image = ImageChops.add(
        ImageChops.add(image, grain(rng, 3, 0.35), 1, -128), grain(rng, 40, 0.3), 1, -128
    )
    return image.filter(ImageFilter.GaussianBlur(0.8))


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def tampered(image: Image.Image, rng: random.Random) -> bytes:
    """Cropped up to 8 % at every edge, resized, made lighter or darker, saved again."""
    width, height = image.size
    left, top, right, bottom = (rng.uniform(0, 0.08) for _ in range(4))
    image = image.crop(
        (int(left * width), int(top * height), int(width * (1 - right)), int(height * (1 - bottom)))
    )
    scale = rng.uniform(0.4, 1.2)
    image = image.resize(
        (int(image.width * scale), int(image.height * scale)), Image.Resampling.BICUBIC
    )
    image = ImageEnhance.Brightness(image).enhance(rng.uniform(0.8, 1.25))
    return encoded(image, quality=rng.randrange(40, 96))


def second_shot(image: Image.Image, rng: random.Random) -> bytes:
    """The same place photographed again by hand: another angle, another stand, another light."""
    width, height = image.size

    def shift() -> float:
        return rng.choice((-1, 1)) * rng.uniform(0.02, 0.06)

    image = image.rotate(rng.choice((-1, 1)) * rng.uniform(2, 5), Image.Resampling.BICUBIC)
    corners = ((0.07, 0.07), (0.07, 0.93), (0.93, 0.93), (0.93, 0.07))
    quad = [edge for x, y in corners for edge in (width * (x + shift()), height * (y + shift()))]
    image = image.transform(SIZE, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)
    return encoded(ImageEnhance.Brightness(image).enhance(rng.uniform(0.85, 1.15)), quality=85)


def with_exif(
    image: Image.Image,
    *,
    taken: str = "",
    offset: str = "",
    gps: dict[int, Any] | None = None,
    orientation: int = 1,
) -> bytes:
    exif = Image.Exif()
    exif[0x0110] = "HUAWEI Mate"
    exif[0x010F] = "HUAWEI\x00"
    exif[0x0112] = orientation
    detail = exif.get_ifd(0x8769)
    if taken:
        detail[0x9003] = taken
    if offset:
        detail[0x9011] = offset
    if gps:
        exif.get_ifd(0x8825).update(gps)
    return encoded(image, exif=exif)


def refusal(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        inspect(data)
    assert str(caught.value)
    return caught.value.code


@pytest.fixture(scope="module")
def room() -> Image.Image:
    return scene(1, 1)


# reading


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "jpeg"), ("PNG", "png"), ("WEBP", "webp")])
def test_kind_is_told_by_content(room: Image.Image, kind: str, name: str) -> None:
    photo = inspect(encoded(room, kind))
    assert (photo.kind, photo.width, photo.height, photo.is_blank) == (name, *SIZE, False)
    assert len(photo.sha256) == 64


def test_time_and_place_are_read(room: Image.Image) -> None:
    gps = {1: "N", 2: (26.0, 4.0, 30.0), 3: "E", 4: (119.0, 18.0, 0.0)}
    photo = inspect(with_exif(room, taken="2026:03:05 08:30:00", offset="+09:00", gps=gps))
    assert photo.taken_at == dt.datetime.fromisoformat("2026-03-05T07:30:00+08:00")
    assert photo.place == (26.075, 119.3)
    assert photo.camera == "HUAWEI Mate"


def test_time_without_offset_is_beijing_time(room: Image.Image) -> None:
    assert inspect(
        with_exif(room, taken="2026:03:05 08:30:00")
    ).taken_at == dt.datetime.fromisoformat("2026-03-05T08:30:00+08:00")


@pytest.mark.parametrize(
    "taken",
    [
        "0000:00:00 00:00:00",
        "2026:02:30 08:30:00",
        "yesterday",
        "1970:01:01 00:00:00",
        "    :  :     :  :  ",
    ],
)
def test_a_wrong_time_is_no_time(room: Image.Image, taken: str) -> None:
    assert inspect(with_exif(room, taken=taken)).taken_at is None


@pytest.mark.parametrize("gps", [
    {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
    {1: "N", 2: (200.0, 0.0, 0.0), 3: "E", 4: (119.0, 0.0, 0.0)},
    {1: "N", 2: (26.0, 4.0, 30.0)},
])  # fmt: skip
def test_a_wrong_place_is_no_place(room: Image.Image, gps: dict[int, Any]) -> None:
    assert inspect(with_exif(room, gps=gps)).place is None


def test_southern_and_western_places_are_negative(room: Image.Image) -> None:
    gps = {1: "S", 2: (26.0, 0.0, 0.0), 3: "W", 4: (119.0, 0.0, 0.0)}
    assert inspect(with_exif(room, gps=gps)).place == (-26.0, -119.0)


def test_clean_copy_is_upright_small_and_without_metadata() -> None:
    image = Image.new("RGB", (3000, 1500), "white")
    image.paste((200, 0, 0), (0, 0, 1500, 1500))
    photo = inspect(
        with_exif(
            image,
            taken="2026:03:05 08:30:00",
            gps={1: "N", 2: (26.0, 0.0, 0.0), 3: "E", 4: (119.0, 0.0, 0.0)},
            orientation=6,
        )
    )
    clean, thumbnail = Image.open(io.BytesIO(photo.clean)), Image.open(io.BytesIO(photo.thumb))
    assert (photo.width, photo.height) == (1500, 3000)
    assert (clean.format, clean.size, thumbnail.size) == ("JPEG", (1000, 2000), (160, 320))
    assert not dict(clean.getexif())
    assert b"HUAWEI" not in photo.clean + photo.thumb
    top, bottom = clean.getpixel((500, 300)), clean.getpixel((500, 1700))
    assert top[1] < 60 < 200 < bottom[1]


def test_transparency_becomes_white_and_deep_grey_stays_grey() -> None:
    clear = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
    assert Image.open(io.BytesIO(inspect(encoded(clear, "PNG")).clean)).getpixel((50, 50)) == (
        255,
        255,
        255,
    )
    deep = Image.new("I;16", (100, 100), 128 * 256)
    assert (
        abs(Image.open(io.BytesIO(inspect(encoded(deep, "PNG")).clean)).getpixel((50, 50))[0] - 128)
        < 3
    )


@pytest.mark.parametrize("shade", ["black", "white", (90, 91, 92)])
def test_blank_pictures_are_known_and_match_nothing(shade: Any) -> None:
    photo = inspect(encoded(Image.new("RGB", (640, 480), shade)))
    assert photo.is_blank
    assert not bands(photo.fingerprint)
    assert not same_photo(photo.fingerprint, photo.fingerprint)


# refusing


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("data", "code"), [
    (b"", "image.empty"),
    (b"%PDF-1.7", "image.type"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image.type"),
    (b"GIF89a" + bytes(50), "image.type"),
    (b"\x00\x00\x00\x18ftypheic" + bytes(50), "image.heic"),
    (b"\xff\xd8\xff" + bytes(12 * 1024 * 1024), "image.large"),
    (b"\xff\xd8\xff\xe0" + bytes(500), "image.broken"),
    (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image.broken"),
    (png_header(10_000, 6_000), "image.pixels"),
    (png_header(60_000, 60_000), "image.broken"),
    (png_header(400, 400), "image.broken"),
])  # fmt: skip
def test_wrong_pictures_are_refused(data: bytes, code: str) -> None:
    assert refusal(data) == code


def test_small_and_truncated_pictures_are_refused(room: Image.Image) -> None:
    assert refusal(encoded(room.resize((20, 400)))) == "image.small"
    assert refusal(encoded(room)[:8000]) == "image.broken"


@settings(max_examples=80, deadline=None)
@given(
    at=st.integers(0, 3000),
    junk=st.binary(min_size=1, max_size=12),
    kind=st.sampled_from(["JPEG", "PNG", "WEBP"]),
)
def test_damage_gives_a_photo_or_a_refusal(at: int, junk: bytes, kind: str) -> None:
    data = bytearray(encoded(Image.linear_gradient("L").resize((64, 64)), kind))
    at %= len(data)
    data[at : at + len(junk)] = junk
    try:
        photo: Photo | None = inspect(bytes(data))
    except ImageError as error:
        photo = None
        code = error.code
    assert photo is not None or code.startswith("image.")


# the same picture again


def test_a_tampered_copy_is_recognised_and_found_by_its_keys() -> None:
    rng = random.Random(11)
    found = known = total = 0
    for seed in range(12):
        original = scene(seed % 4, seed)
        stored = inspect(encoded(original, quality=92)).fingerprint
        keys = set(bands(stored))
        for _ in range(3):
            copy = inspect(tampered(original, rng)).fingerprint
            known += same_photo(stored, copy)
            found += bool(keys & set(bands(copy)))
            total += 1
    assert known >= total * 0.94
    assert found >= total * 0.94


@pytest.mark.parametrize("quality", [40, 60, 80, 95])
@pytest.mark.parametrize("size", [(640, 480), (320, 240), (1280, 960)])
def test_saving_again_and_resizing_never_hides_a_photo(
    room: Image.Image, quality: int, size: tuple[int, int]
) -> None:
    stored = inspect(encoded(room, quality=92)).fingerprint
    again = inspect(
        encoded(room.resize(size, Image.Resampling.BICUBIC), quality=quality)
    ).fingerprint
    assert same_photo(stored, again)
    assert same_photo(again, stored)
    assert set(bands(stored)) & set(bands(again))


def test_the_stored_photo_may_be_the_cropped_one(room: Image.Image) -> None:
    cropped = inspect(encoded(room.crop((40, 10, 620, 460)))).fingerprint
    assert same_photo(cropped, inspect(encoded(room)).fingerprint)


def test_other_rooms_of_the_same_layout_are_other_photos() -> None:
    prints = [inspect(encoded(scene(3, seed))).fingerprint for seed in range(100, 110)]
    assert not any(same_photo(one, other) for at, one in enumerate(prints) for other in prints[:at])


def test_a_second_shot_of_the_same_place_is_another_photo() -> None:
    rng = random.Random(21)
    for seed in range(10):
        original = scene(seed % 4, seed)
        assert not same_photo(
            inspect(encoded(original)).fingerprint, inspect(second_shot(original, rng)).fingerprint
        )


def test_fingerprints_and_keys_fit_their_columns(room: Image.Image) -> None:
    print_ = inspect(encoded(room)).fingerprint
    assert (len(print_), print_.isascii()) == (1536, True)
    assert max(bands(print_)) < 2**21
    assert len(bands(print_)) <= 31


# places


def test_distance() -> None:
    assert distance_m(26.0, 119.0, 26.0, 119.0) == 0
    assert distance_m(0, 0, 0, 1) == pytest.approx(111_195, abs=5)
    assert distance_m(39.9042, 116.4074, 31.2304, 121.4737) == pytest.approx(1_067_000, rel=0.002)
    assert distance_m(0, 0, 0, 180) == pytest.approx(20_015_115, abs=10)


@given(lat=st.floats(18, 53), lng=st.floats(74, 134))
def test_map_coordinates_come_back(lat: float, lng: float) -> None:
    shown = wgs84_to_gcj02(lat, lng)
    assert 10 < distance_m(lat, lng, *shown) < 1200
    assert distance_m(lat, lng, *gcj02_to_wgs84(*shown)) < 0.05


def test_known_shift_and_places_abroad() -> None:
    assert wgs84_to_gcj02(39.90734, 116.39089) == pytest.approx((39.90874, 116.39713), abs=2e-5)
    assert gcj02_to_wgs84(48.85, 2.35) == (48.85, 2.35)
