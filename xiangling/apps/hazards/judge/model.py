"""The trained weights, as they lie in `model.npz`, and what they make of a row of features."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
FILE = Path(__file__).with_name("model.npz")


@dataclass(frozen=True)
class Scores:
    """What the n-grams alone say: log-odds of "major" and of "shallow", a score per class of topic."""

    major: float
    shallow: float
    topics: Array
    reasons: Array


@dataclass(frozen=True)
class Model:
    """Weights over V tokens. `topics` are ids of criteria, and "none" for what stands in no list.

    Topic weights are kept sparse by token: those of token t are `topic_values[indptr[t]:indptr[t+1]]`.
    """

    version: str
    vocabulary: Mapping[str, int]
    idf: Array
    major: Array
    shallow: Array
    topics: tuple[str, ...]
    topic_index: NDArray[np.int32]
    topic_columns: NDArray[np.int32]
    topic_values: Array
    topic_bias: Array
    reasons: tuple[str, ...]
    reason_weights: Array
    reason_bias: Array
    bias: Mapping[str, float]
    dense_mean: Array
    dense_scale: Array
    dense_weights: Array
    rank_weights: Array
    depth_weights: Array
    copy_weights: Array

    @cached_property
    def rarest(self) -> float:
        """The IDF of an n-gram that was never seen."""
        return float(self.idf.max())

    def score(self, row: Mapping[int, float]) -> Scores:
        """Scores of a row of weighted tokens (column -> value)."""
        columns = np.fromiter(row.keys(), dtype=np.int64, count=len(row))
        values = np.fromiter(row.values(), dtype=np.float32, count=len(row))
        starts, ends = self.topic_index[columns], self.topic_index[columns + 1]
        topics = self.topic_bias.copy()
        lengths = ends - starts
        if lengths.sum():
            picks = np.repeat(starts - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
            picks = picks + np.arange(lengths.sum())
            weights = self.topic_values[picks] * np.repeat(values, lengths)
            topics += np.bincount(self.topic_columns[picks], weights, len(topics)).astype(
                np.float32
            )
        return Scores(
            float(values @ self.major[columns]) + self.bias["major"],
            float(values @ self.shallow[columns]) + self.bias["shallow"],
            topics,
            values @ self.reason_weights[columns] + self.reason_bias,
        )

    def likelihoods(self, topics: Array) -> Array:
        """Topic scores as likelihoods that sum to 1."""
        sharp = topics * self.bias["temperature"]
        odds = np.exp(sharp - sharp.max())
        return odds / odds.sum()

    def weigh(self, measures: list[float]) -> float:
        """Log-odds of "major" from the dense features."""
        scaled = (np.asarray(measures, dtype=np.float32) - self.dense_mean) / self.dense_scale
        return float(scaled @ self.dense_weights) + self.bias["dense"]

    def weigh_depth(self, measures: list[float]) -> float:
        """Log-odds of "shallow"."""
        return float(np.asarray(measures) @ self.depth_weights) + self.bias["depth"]

    def rank(self, values: list[float]) -> float:
        """How well a candidate fits, to be compared among the candidates of one finding."""
        return float(np.asarray(values, dtype=np.float32) @ self.rank_weights)


ARRAYS = (
    "idf", "major", "shallow", "topic_index", "topic_columns", "topic_bias", "reason_weights",
    "reason_bias", "dense_mean", "dense_scale", "dense_weights", "rank_weights",
    "copy_weights", "depth_weights",
)  # fmt: skip


def pack(model: Model) -> bytes:
    """The model as the bytes of a `.npz` file; the same model gives the same bytes."""
    scale = float(np.abs(model.topic_values).max() or 1.0) / 127
    words = {
        "version": model.version,
        "tokens": sorted(model.vocabulary, key=model.vocabulary.__getitem__),
        "topics": model.topics,
        "reasons": model.reasons,
        "bias": dict(model.bias),
        "scale": scale,
    }
    text = json.dumps(words, ensure_ascii=False, sort_keys=True).encode()
    arrays = {name: getattr(model, name) for name in ARRAYS}
    for name in ("idf", "major", "shallow", "reason_weights"):
        arrays[name] = arrays[name].astype(np.float16)
    arrays["topic_values"] = np.round(model.topic_values / scale).astype(np.int8)
    arrays["topic_columns"] = arrays["topic_columns"].astype(np.uint16)
    arrays["words"] = np.frombuffer(text, dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def unpack(data: bytes) -> Model:
    """A model from the bytes of its file. Raises ValueError or KeyError where they are no model."""
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        found = {name: held[name] for name in held.files}
    words = json.loads(found.pop("words").tobytes())
    values = found.pop("topic_values").astype(np.float32) * np.float32(words["scale"])
    whole = {"topic_index": np.int32, "topic_columns": np.int32}
    arrays = {name: found[name].astype(whole.get(name, np.float32)) for name in ARRAYS}
    return Model(
        version=words["version"],
        vocabulary={token: at for at, token in enumerate(words["tokens"])},
        topics=tuple(words["topics"]),
        reasons=tuple(words["reasons"]),
        bias=words["bias"],
        topic_values=values,
        **arrays,
    )


@cache
def trained() -> Model:
    """The model that comes with the product, read once. Raises OSError where it is missing."""
    return unpack(FILE.read_bytes())
