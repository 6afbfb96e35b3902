"""The one port for secrets kept in the database: sealed with SM4-GCM, found by HMAC-SM3.

GB/T 32907-2016 (SM4), GB/T 32905-2016 (SM3). The keys are derived from settings.FIELD_KEY, one for
each use; without that key nothing sealed can be opened again.
"""

from __future__ import annotations

import base64
import binascii
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings

_MARK = "sm4."
_NONCE, _TAG, _KEY = 12, 16, 16
"""Lengths in bytes."""


class CannotOpen(ValueError):
    """A sealed value was changed, cut off, or sealed under another key."""


def _mac(key: bytes, message: bytes) -> bytes:
    mac = hmac.HMAC(key, hashes.SM3())
    mac.update(message)
    return mac.finalize()


@cache
def _key(master: str, use: str) -> bytes:
    return _mac(master.encode(), f"xiangling {use}".encode())


def encrypt(value: bytes | str) -> str:
    """`value` sealed, as text. Equal values give different texts."""
    plain = value.encode() if isinstance(value, str) else value
    nonce = os.urandom(_NONCE)
    key = _key(settings.FIELD_KEY, "seal")[:_KEY]
    sealer = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    body = sealer.update(plain) + sealer.finalize()
    return _MARK + base64.urlsafe_b64encode(nonce + sealer.tag + body).decode()


def open_bytes(sealed: str) -> bytes:
    """The bytes that were sealed. Raises CannotOpen."""
    if not sealed.startswith(_MARK):
        raise CannotOpen("not a sealed value")
    try:
        raw = base64.urlsafe_b64decode(sealed[len(_MARK) :])
        nonce, tag, body = raw[:_NONCE], raw[_NONCE : _NONCE + _TAG], raw[_NONCE + _TAG :]
        key = _key(settings.FIELD_KEY, "seal")[:_KEY]
        opener = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
        return opener.update(body) + opener.finalize()
    except (binascii.Error, InvalidTag, ValueError) as error:
        raise CannotOpen("the sealed value does not open with this key") from error


def decrypt(sealed: str) -> str:
    """The text that was sealed. Raises CannotOpen."""
    return open_bytes(sealed).decode()


def blind_index(value: str) -> str:
    """A keyed fingerprint of `value` (64 hex digits), so that equal sealed values can be found."""
    return _mac(_key(settings.FIELD_KEY, "index"), value.encode()).hex()
