"""Every character of a document is in exactly one numbered piece (R-001)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xiangling.apps.directives.reader import read
from xiangling.apps.directives.reader.outline import pieces, split_lines

ALPHABET = "安全一、二三（）(1.)要是。！？；，：“”\n\r \u3000a9*_"


@given(st.text(alphabet=ALPHABET, max_size=200))
def test_pieces_give_back_every_character(raw: str) -> None:
    found = pieces(raw)
    assert "".join(piece.text for piece in found) == raw
    lines = [text + end for text, end in split_lines(raw)]
    for piece in found:
        assert lines[piece.paragraph - 1][piece.start : piece.end] == piece.text


def test_sentences_are_numbered() -> None:
    reading = read("一、压实责任\n\n各镇要检查。“要整改！”二要培训；三要演练。")
    assert [(p.paragraph, p.sentence, p.clause) for p in reading.pieces] == [
        (1, 1, 1),
        (2, 0, 0),
        (3, 1, 1),
        (3, 2, 1),
        (3, 3, 1),
        (3, 3, 2),
    ]
    assert [number for number, _text in reading.sentences(3)] == [1, 2, 3]
