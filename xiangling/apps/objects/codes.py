"""Identifiers of supervised objects: read from what people type, refused with the reason in words."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.utils.translation import gettext as _
from stdnum.cn import uscc

from xiangling.kernel.sheets import BadValueError, parse_code

_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_DEVICE = re.compile(r"[1-9F][0-9A-Z]{16,17}")
_OLD_REGISTRATION = re.compile(r"[0-9]{20}")
_BRACKETS = re.compile(r"[()\[\]{}〔〕【】〈〉《》「」]")
_MARKS = re.compile(r"[\s·•・.,、。，'\"“”‘’_-]+")


def read_uscc(value: Any) -> str:
    """A unified social credit code, 18 characters with a right check character; "" for a blank.

    GB 32100-2015. Positions 1 and 2 may be letters (rural collectives carry N). Raises BadValueError.
    """
    code = parse_code(value).upper().replace("-", "")
    if not code:
        return ""
    if len(code) != 18:
        raise BadValueError(
            "uscc.length",
            _("The unified social credit code has %(n)d characters, not 18.") % {"n": len(code)},
        )
    if not _USCC.fullmatch(code):
        raise BadValueError(
            "uscc.form",
            _("The unified social credit code %(code)s holds a character that cannot stand there.")
            % {"code": code},
        )
    if uscc.calc_check_digit(code[:17]) != code[17]:
        raise BadValueError(
            "uscc.check",
            _(
                "The check digit of the unified social credit code %(code)s is wrong; copy it again from the licence."
            )
            % {"code": code},
        )
    return code


def read_device_code(value: Any) -> str:
    """A special-equipment device code (17 or 18 characters) or an old 20-digit registration code.

    "" for a blank. Form only: neither code has a check digit. Raises BadValueError.
    """
    code = parse_code(value).upper().replace("-", "")
    if not code or _DEVICE.fullmatch(code) or _OLD_REGISTRATION.fullmatch(code):
        return code
    raise BadValueError(
        "device.form",
        _(
            "The device code %(code)s has neither 17 or 18 characters nor the 20 digits of an old registration code."
        )
        % {"code": code[:40]},
    )


def name_key(name: str) -> str:
    """A name reduced to what tells it from others: narrow, without brackets, blanks and marks.

    有限责任公司 and 有限公司 are one form (公司法 art. 7), and people write either.
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    text = _MARKS.sub("", _BRACKETS.sub("", text))
    return text.replace("有限责任公司", "有限公司")
