"""The one port for cryptography: values sealed with SM4-GCM, found by HMAC-SM3; messages signed.

GB/T 32907-2016 (SM4), GB/T 32905-2016 (SM3), GB/T 32918-2016 (SM2), RFC 8032 (Ed25519). The sealing
keys are derived from settings.FIELD_KEY, one for each use; without that key nothing sealed can be
opened again. Signing keys are text, "sm2:…" or "ed25519:…", and say themselves what they are.
"""

from __future__ import annotations

import base64
import binascii
import os
from functools import cache
from types import ModuleType

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
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


# --- signatures ---------------------------------------------------------------------------------


class BadKey(ValueError):
    """A signing key that cannot be used here; the words say why and what to do."""


def _gm() -> ModuleType | None:
    """The SM2 library (the extra `gm`), where it is installed."""
    try:
        import gmssl_pyx  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    return gmssl_pyx


def _need_gm() -> ModuleType:
    found = _gm()
    if found is None:
        raise BadKey("this key is SM2; install what it needs: pip install 'xiangling[gm]'")
    return found


def _parts(key: str, wanted: int) -> tuple[str, list[bytes]]:
    """(algorithm, the key's pieces). Raises BadKey."""
    algorithm, *pieces = key.strip().split(":")
    try:
        raw = [base64.urlsafe_b64decode(piece) for piece in pieces]
    except (binascii.Error, ValueError) as error:
        raise BadKey("the key is cut off or was changed") from error
    lengths = {
        ("sm2", 1): [64],
        ("sm2", 2): [32, 64],
        ("ed25519", 1): [32],
        ("ed25519", 2): [32, 32],
    }
    if [len(piece) for piece in raw] != lengths.get((algorithm, wanted)):
        kind = "private" if wanted == 2 else "public"
        raise BadKey(f"this is no {kind} key: it begins with sm2: or ed25519:")
    return algorithm, raw


def _text(algorithm: str, *pieces: bytes) -> str:
    return ":".join([algorithm, *map(_text_of, pieces)])


def new_signing_key() -> str:
    """A new private key: SM2 where its library is installed, else Ed25519."""
    if gm := _gm():
        public, private = gm.sm2_key_generate()
        return _text("sm2", private, public)
    made = Ed25519PrivateKey.generate()
    return _text("ed25519", made.private_bytes_raw(), made.public_key().public_bytes_raw())


def public_key(private: str) -> str:
    """The public half of a private key. Raises BadKey."""
    algorithm, (_secret, public) = _parts(private, 2)
    return _text(algorithm, public)


def check_public_key(public: str) -> None:
    """Raise BadKey unless signatures by this key can be judged here."""
    algorithm, _raw = _parts(public, 1)
    if algorithm == "sm2":
        _need_gm()


def sign(private: str, message: bytes) -> str:
    """The signature of `message`, as text. Raises BadKey."""
    algorithm, (secret, public) = _parts(private, 2)
    if algorithm == "sm2":
        return _text_of(_need_gm().sm2_sign(secret, public, message))
    return _text_of(Ed25519PrivateKey.from_private_bytes(secret).sign(message))


def _text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def is_signed(public: str, message: bytes, signature: str) -> bool:
    """Whether the holder of the private half signed exactly this. Raises BadKey."""
    algorithm, (raw_key,) = _parts(public, 1)
    try:
        raw = base64.urlsafe_b64decode(signature)
    except (binascii.Error, ValueError):
        return False
    if algorithm == "sm2":
        return _is_signed_sm2(raw_key, message, raw)
    try:
        Ed25519PublicKey.from_public_bytes(raw_key).verify(raw, message)
    except InvalidSignature:
        return False
    return True


def _is_signed_sm2(public: bytes, message: bytes, signature: bytes) -> bool:
    gm = _need_gm()
    try:
        return bool(gm.sm2_verify(public, message, signature))
    except gm.gmsslext.GmsslInnerError:
        # bytes that are no signature at all
        return False
