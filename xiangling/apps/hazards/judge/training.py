"""Training: from the labelled findings to `model.npz`, and cross-validation on rows never trained on.

Three linear models over character n-grams (is it major; which criterion is it about; is it shallow)
and, on top, a logistic regression over MEASURES that weighs what the first say against how the text
stands to the criterion's own words, numbers and exceptions. The upper model is trained on scores that
the lower ones gave to rows they had not seen, so that its probabilities mean what they say
(stacking: Wolpert, Neural Networks 5, 1992). Needs scikit-learn (`pip install xiangling[train]`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from xiangling.apps.standards.library import PACKS, Library, load

from . import duplicates, features
from .examples import FOLDER, NONE, Example, Group, annotated, groups, written
from .facts import Stated
from .judging import RANKED, Judge, Weighed, Weigher
from .model import Model
from .reading import read
from .scoring import Judged

FOLDS = 5
LEAST_WEIGHT = 0.012
"""Topic weights below this share of the largest are dropped."""
TEMPERATURE = 6.0
COPY_TRUST = 2.0
"""Weight of copies among the annotated findings against those written as copies."""
CHANCES = 3
"""Chance resemblances learned from for each finding."""
Report = Callable[[str], None]


class TrainingError(RuntimeError):
    """Training cannot run; the words say what is missing."""


def learners() -> Any:
    """scikit-learn's linear models and scipy's sparse rows. Raises TrainingError without the extra."""
    try:
        import scipy.sparse  # noqa: PLC0415 - an extra
        import sklearn.linear_model  # noqa: PLC0415
        import sklearn.svm  # noqa: PLC0415
    except ImportError as error:
        raise TrainingError(
            "training needs scikit-learn: pip install 'xiangling[train]'"
        ) from error
    return scipy.sparse, sklearn.linear_model, sklearn.svm


@dataclass(frozen=True)
class Read:
    """An example read once: its n-grams and marks."""

    example: Example
    stated: Stated
    counts: dict[str, int]
    meta: list[str]


def take_in(examples: Sequence[Example]) -> list[Read]:
    rows = []
    for example in examples:
        stated = Stated(read(example.finding.text))
        counts = dict(features.gram_counts(stated.reading))
        meta = features.meta_tokens(stated, example.finding.sector, example.finding.venue)
        rows.append(Read(example, stated, counts, meta))
    return rows


def vocabulary_of(rows: Sequence[Read]) -> tuple[dict[str, int], Any]:
    """Columns of all n-grams and marks, in order of the alphabet, and the IDF of the n-grams."""
    frequency: dict[str, int] = {}
    for row in rows:
        for token in row.counts:
            frequency[token] = frequency.get(token, 0) + 1
    grams = sorted(frequency)
    marks = sorted({f"\x00{token}" for row in rows for token in row.meta})
    vocabulary = {token: at for at, token in enumerate([*grams, *marks])}
    idf = np.ones(len(vocabulary), dtype=np.float32)
    for token in grams:
        idf[vocabulary[token]] = np.log((1 + len(rows)) / (1 + frequency[token])) + 1
    return vocabulary, idf


def matrix(rows: Sequence[Read], vocabulary: dict[str, int], idf: Any) -> Any:
    sparse, _linear, _svm = learners()
    data: list[float] = []
    columns: list[int] = []
    starts = [0]
    for row in rows:
        weights = features.weighted(row.counts, row.meta, vocabulary, idf)
        columns += weights.keys()
        data += weights.values()
        starts.append(len(data))
    shape = (len(rows), len(vocabulary))
    return sparse.csr_matrix((data, columns, starts), shape=shape, dtype=np.float32)


def lower_model(rows: Sequence[Read]) -> Model:
    """The n-gram models of some rows; the dense part is still empty."""
    _sparse, linear, svm = learners()
    vocabulary, idf = vocabulary_of(rows)
    table = matrix(rows, vocabulary, idf)
    examples = [row.example for row in rows]

    trust = [e.trust for e in examples]

    def binary(labels: list[bool], strength: float) -> Any:
        return linear.LogisticRegression(C=strength, max_iter=500, class_weight="balanced").fit(
            table, labels, sample_weight=trust
        )

    major = binary([e.is_major for e in examples], 10)
    shallow = binary([e.depth == "shallow" for e in examples], 30)
    topics = svm.LinearSVC(C=0.5, tol=0.01, random_state=0).fit(table, [e.topic for e in examples])
    told = [at for at, e in enumerate(examples) if e.reason and e.topic == NONE]
    reasons = svm.LinearSVC(C=0.3, random_state=0).fit(
        table[told], [examples[at].reason for at in told]
    )
    weights = np.where(
        np.abs(topics.coef_) < LEAST_WEIGHT * np.abs(topics.coef_).max(), 0, topics.coef_
    ).T
    sparse_topics = learners()[0].csr_matrix(weights.astype(np.float32))
    sparse_topics.sort_indices()
    empty = np.zeros(features.MEASURES, dtype=np.float32)
    return Model(
        version="",
        vocabulary=vocabulary,
        idf=idf,
        major=major.coef_[0].astype(np.float32),
        shallow=shallow.coef_[0].astype(np.float32),
        topics=tuple(topics.classes_),
        topic_index=sparse_topics.indptr.astype(np.int32),
        topic_columns=sparse_topics.indices.astype(np.int32),
        topic_values=sparse_topics.data,
        topic_bias=topics.intercept_.astype(np.float32),
        reasons=tuple(reasons.classes_),
        reason_weights=reasons.coef_.T.astype(np.float32),
        reason_bias=reasons.intercept_.astype(np.float32),
        bias={
            "major": float(major.intercept_[0]),
            "shallow": float(shallow.intercept_[0]),
            "temperature": TEMPERATURE,
            "dense": 0.0,
            "copies": 0.0,
            "depth": 0.0,
        },
        dense_mean=empty,
        dense_scale=np.ones_like(empty),
        dense_weights=empty,
        copy_weights=np.zeros(duplicates.MEASURES, dtype=np.float32),
        depth_weights=np.zeros(features.DEPTH_MEASURES, dtype=np.float32),
        rank_weights=np.eye(1, RANKED, dtype=np.float32)[0],
    )


def folds(rows: Sequence[Read], n: int = FOLDS) -> Iterator[tuple[list[int], list[int]]]:
    """(kept, left out) row numbers; copies of one original stay together. The same every time."""
    place = [
        int.from_bytes(hashlib.sha256(row.example.group.encode()).digest()[:4], "big") % n
        for row in rows
    ]
    for fold in range(n):
        yield (
            [at for at, p in enumerate(place) if p != fold],
            [at for at, p in enumerate(place) if p == fold],
        )


def weighed(model: Model, library: Library, rows: Sequence[Read]) -> list[Weighed]:
    weigher = Weigher(model, library)
    return [
        weigher.weigh(row.stated, row.example.finding.sector, row.counts, row.meta) for row in rows
    ]


def rank_weights(found: Sequence[Weighed], rows: Sequence[Read]) -> Any:
    """Weights that put the right one of the candidates first."""
    _sparse, linear, _svm = learners()
    table, labels = [], []
    for one, row in zip(found, rows, strict=True):
        if row.example.topic in {candidate.criterion for candidate in one.candidates}:
            for candidate in one.candidates:
                table.append(candidate.values())
                labels.append(candidate.criterion == row.example.topic)
    fitted = linear.LogisticRegression(C=1.0, max_iter=3000, class_weight="balanced").fit(
        np.array(table), labels
    )
    return fitted.coef_[0].astype(np.float32)


def fit(
    examples: Sequence[Example],
    library: Library,
    known: Sequence[Group] = (),
    report: Report = lambda _line: None,
) -> Model:
    """The model of these examples. Deterministic. Raises TrainingError."""
    _sparse, linear, _svm = learners()
    rows = take_in(near_topics(examples))
    report(f"{len(rows)} findings read")
    found: dict[int, Weighed] = {}
    for number, (kept, left) in enumerate(folds(rows), 1):
        part = lower_model([rows[at] for at in kept])
        found.update(zip(left, weighed(part, library, [rows[at] for at in left]), strict=True))
        report(f"fold {number} of {FOLDS}")
    unseen = [found[at] for at in range(len(rows))]
    whole = replace(lower_model(rows), rank_weights=rank_weights(unseen, rows))
    weigher = Weigher(whole, library)
    dense = np.array(
        [replace(one, candidates=weigher.ranked(one.candidates)).measures for one in unseen],
        dtype=np.float32,
    )
    mean, scale = dense.mean(0), dense.std(0) + 1e-3
    upper = linear.LogisticRegression(C=0.3, max_iter=3000).fit(
        (dense - mean) / scale,
        [row.example.is_major for row in rows],
        sample_weight=[row.example.trust for row in rows],
    )
    depth, depth_bias = depth_weights(unseen, rows)
    weights, bias = copy_weights(whole, examples, known)
    report("done")
    return replace(
        whole,
        copy_weights=weights,
        depth_weights=depth,
        dense_mean=mean.astype(np.float32),
        dense_scale=scale.astype(np.float32),
        dense_weights=upper.coef_[0].astype(np.float32),
        bias={
            **whole.bias,
            "dense": float(upper.intercept_[0]),
            "copies": bias,
            "depth": depth_bias,
        },
    )


def depth_weights(found: Sequence[Weighed], rows: Sequence[Read]) -> tuple[Any, float]:
    """Weights of the measures that tell shallow from substantive, among findings that are not major."""
    _sparse, linear, _svm = learners()
    kept = [at for at, row in enumerate(rows) if not row.example.is_major]
    table = np.array([found[at].depth_measures for at in kept], dtype=np.float32)
    mean, scale = table.mean(0), table.std(0) + 1e-6
    fitted = linear.LogisticRegression(C=0.5, max_iter=3000).fit(
        (table - mean) / scale,
        [rows[at].example.depth == "shallow" for at in kept],
        sample_weight=[rows[at].example.trust for at in kept],
    )
    weights = fitted.coef_[0] / scale
    return weights.astype(np.float32), float(fitted.intercept_[0] - (weights * mean).sum())


def copy_weights(
    model: Model, examples: Sequence[Example], known: Sequence[Group]
) -> tuple[Any, float]:
    """Weights of the comparison of two texts, from copies, look-alikes and chance resemblances."""
    _sparse, linear, _svm = learners()
    pairs: list[tuple[str, str, bool, float]] = []
    for group in known:
        pairs += [(a, b, group.are_copies, 1.0) for a, b in combinations(group.texts, 2)]
    by_group: dict[str, list[str]] = {}
    for example in examples:
        by_group.setdefault(example.group, []).append(example.finding.text)
    for texts in by_group.values():
        pairs += [(a, b, True, COPY_TRUST) for a, b in combinations(texts, 2)]
    pairs += [(a, b, False, 1.0) for a, b in chance_pairs(model, examples)]
    table, labels = [], []
    for a, b, same, _trust in pairs:
        one, other = duplicates.take_in(a, model), duplicates.take_in(b, model)
        table.append(duplicates.measures(one, other))
        labels.append(same)
    values = np.array(table, dtype=np.float32)
    mean, scale = values.mean(0), values.std(0) + 1e-3
    fitted = linear.LogisticRegression(C=1.0, max_iter=3000, class_weight="balanced").fit(
        (values - mean) / scale, labels, sample_weight=[trust for *_pair, trust in pairs]
    )
    weights = fitted.coef_[0] / scale
    return weights.astype(np.float32), float(fitted.intercept_[0] - (weights * mean).sum())


def chance_pairs(model: Model, examples: Sequence[Example]) -> Iterator[tuple[str, str]]:
    """Findings of different groups that share band keys: independent, however alike."""
    holders: dict[int, list[Example]] = {}
    seen: set[tuple[str, str]] = set()
    for example in examples:
        keys = duplicates.keys_of(duplicates.take_in(example.finding.text, model))
        shared = Counter(other.id for key in keys.tolist() for other in holders.get(key, ()))
        close = {name for name, _count in shared.most_common(CHANCES)}
        for key in keys.tolist():
            for other in holders.get(key, ()):
                names = (other.id, example.id)
                if other.id in close and other.group != example.group and names not in seen:
                    seen.add(names)
                    yield other.finding.text, example.finding.text
            holders.setdefault(key, []).append(example)


def near_topics(examples: Sequence[Example]) -> list[Example]:
    """The same examples; an ordinary finding labelled without a criterion that plainly is about one
    gets it as its topic, so that "about" and "meets" are told apart."""
    known = [e for e in examples if e.topic != NONE or e.reason]
    unknown = [e for e in examples if e.topic == NONE and not e.reason and e.depth != "shallow"]
    if not unknown or not known:
        return list(examples)
    model = lower_model(take_in(known))
    topics: dict[int, str] = {}
    for row in take_in(unknown):
        scores = model.score(features.weighted(row.counts, row.meta, model.vocabulary, model.idf))
        best = int(np.argmax(scores.topics))
        if model.likelihoods(scores.topics)[best] > 0.5:
            topics[id(row.example)] = model.topics[best]
    return [replace(e, topic=topics[id(e)]) if id(e) in topics else e for e in examples]


def fingerprint() -> str:
    """Version of the model that the present examples, criteria and code of features give."""
    here = Path(__file__).parent
    parts = [
        *sorted(FOLDER.glob("*")),
        *sorted((PACKS / "criteria").glob("*.yaml")),
        PACKS / "judging.yaml",
        PACKS / "copies.yaml",
        *(here / f"{name}.py" for name in ("reading", "numbers", "facts", "features", "training")),
    ]
    total = hashlib.sha256()
    for part in parts:
        total.update(part.name.encode())
        total.update(part.read_bytes())
    return total.hexdigest()[:12]


def trained_anew(report: Report = lambda _line: None) -> Model:
    """The model of all examples that come with the product. Raises TrainingError, ExampleError."""
    return fit([*written(), *annotated()], load(), groups(), report)


def cross_validated(report: Report = lambda _line: None) -> Iterator[Judged]:
    """The annotated findings, each judged by a model that has seen neither it nor a copy of it."""
    base, rows, known = written(), annotated(), groups()
    held = take_in(rows)
    library = load()
    for number, (kept, left) in enumerate(folds(held, 4), 1):
        report(f"part {number} of 4")
        model = fit([*base, *(rows[at] for at in kept)], library, known)
        court = Judge(library, model)
        mine = [rows[at] for at in left]
        copies = duplicates.copies(
            ((row.finding.text, row.finding.sector) for row in mine), model=model
        )
        for row, of in zip(mine, copies, strict=True):
            yield Judged(row, court.judge(row.finding), mine[of].id if of is not None else None)
