"""Names, phone numbers and identifiers that look right and belong to nobody."""

from __future__ import annotations

import random

from .sources import facts

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
REGISTRY = {"company": "91", "sole": "92", "public": "12", "civil": "52"}
# Mobile prefixes that no carrier has been given.
PHONE_PREFIXES = ("154", "160", "161", "163", "164", "168", "169")


def uscc(rng: random.Random, kind: str, division: str) -> str:
    """A unified social credit code (GB 32100-2015) with valid check characters.

    `division` is a 6-digit division code; the body code carries its own check (GB 11714).
    """
    body = "".join(rng.choice("0123456789") for _ in range(2)) + "MA"[: 2 * (kind == "company")]
    body += "".join(rng.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(8 - len(body)))
    head = f"{REGISTRY[kind]}{division}{body}{_body_check(body)}"
    total = sum(w * USCC_ALPHABET.index(c) for w, c in zip(USCC_WEIGHTS, head, strict=True))
    return head + USCC_ALPHABET[(31 - total % 31) % 31]


def _body_check(body: str) -> str:
    values = [int(c, 36) for c in body]
    check = 11 - sum(w * v for w, v in zip(BODY_WEIGHTS, values, strict=True)) % 11
    return {10: "X", 11: "0"}.get(check, str(check))


def device_code(rng: random.Random, base: str, year: int, serial: int) -> str:
    """A 17-digit device code: base code 4, maker 5 (fictional province 99), year 4, serial 4."""
    return f"{base}99{rng.randint(100, 399)}{year}{serial % 10_000:04}"


class Names:
    """Hands out people, phone numbers and trade names, none twice where that matters."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._facts = facts("names")
        self._avoid = frozenset(self._facts["avoid"])
        self._phones: set[str] = set()
        self._firms: set[str] = set()

    def person(self) -> str:
        """A plausible name; the same one may come again, as in any city."""
        rng, pool = self._rng, self._facts
        while True:
            rare = rng.random() < 0.06
            surname = rng.choice(pool["rare_surnames"] if rare else pool["surnames"])
            if rng.random() < 0.24:
                given = rng.choice(pool["one_char"])
            else:
                given = rng.choice(pool["given_first"]) + rng.choice(pool["given_second"])
            name = surname + given
            if name not in self._avoid and len(set(given)) == len(given):
                return str(name)

    def phone(self) -> str:
        """An 11-digit number in a range without a carrier, never the same twice."""
        while True:
            number = self._rng.choice(PHONE_PREFIXES) + f"{self._rng.randrange(10**8):08}"
            if number not in self._phones:
                self._phones.add(number)
                return number

    def reserve(self, name: str) -> str:
        """Keep a firm's name for one firm; returns it."""
        self._firms.add(name)
        return name

    def firm(self, patterns: list[str], city: str, town: str) -> str:
        """A firm's name from one of the patterns; unique in the city."""
        for _ in range(400):
            pattern = self._rng.choice(patterns)
            name = pattern.format(
                b=self._brand(),
                t=town,
                e=self._rng.choice(self._facts["estates"]),
                p=self._rng.choice(self._facts["surnames"]),
                z=self._rng.choice("一二三四五六七八九"),
                n=self._rng.randint(10_000, 39_999)
                if "渔" in pattern
                else self._rng.randint(101, 1806),
            )
            if not name.startswith(("汐渔", town)):
                name = city + name
            elif name.startswith(town):
                name = f"{city}市{name}"
            if name not in self._firms:
                self._firms.add(name)
                return name
        raise ValueError(f"no free name like {patterns} in {town}")

    def _brand(self) -> str:
        return self._rng.choice(self._facts["brand_first"]) + self._rng.choice(
            self._facts["brand_second"]
        )


def masked(phone: str) -> str:
    """138****1234."""
    return f"{phone[:3]}****{phone[-4:]}"


def short_town(name: str) -> str:
    """The town's name without its kind: 白沙镇 -> 白沙."""
    for suffix in (
        "街道",
        "镇",
        "旅游度假区",
        "出口加工园",
        "高新产业园",
        "风电产业园",
        "化工园",
        "物流园",
        "矿业园",
        "工业园",
        "木业园",
    ):
        if name.endswith(suffix) and len(name) > len(suffix):
            return name.removesuffix(suffix)
    return name
