"""One finding in, one judgement out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import yaml

from xiangling.apps.standards.library import PACKS, Library, built_in

from . import features
from .examples import NONE
from .facts import WIDTH, Fit, Stated, Tests, fit, hits, tests_of
from .model import Model, Scores, trained
from .numbers import State, against
from .reading import HAN, read
from .verdict import Depth, Finding, Judgement, Match, Verdict

SURE = 0.36
"""Least probability of a major hazard at which it is called one."""
DOUBT = 0.12
"""Below SURE and from here on the answer is "unsure"."""
WORTH_SHOWING = 0.03
"""Least probability, and least share among the candidates, at which a clause is named."""
WORTH_ASKING = 0.1
ASKED = 3
"""Candidates whose open questions are put."""
LEAST_HAN = 2
"""Different Chinese characters below which there is nothing to judge."""
SHALLOW = -0.6
"""Log-odds from which on a finding is shallow, where shallow and substantive are best told apart."""
BY_WORDS = 0.6
"""Likelihood of a criterion the model never learned, where its object and its failure are both named."""
SHALLOW_REASONS = frozenset(
    {
        "slogan", "paperwork", "housekeeping", "signs", "consumables", "none_found", "cosmetic",
        "no_object",
    }
)  # fmt: skip


@cache
def sector_criteria() -> dict[str, frozenset[str]]:
    """Keys of the standards that a sector is ordinarily judged by (`packs/sectors.yaml`)."""
    sectors = yaml.safe_load((PACKS / "sectors.yaml").read_text("utf-8"))["sectors"]
    return {row["code"]: frozenset(row["criteria"]) for row in sectors}


@dataclass(frozen=True)
class Candidate:
    """A criterion that may fit: its likelihood by the n-grams alone, whether its standard is one of
    the sector's, and how the text stands to its words."""

    criterion: str
    likelihood: float
    in_sector: bool
    fit: Fit

    def values(self) -> list[float]:
        """RANKED features by which candidates are put in order."""
        seen = max(self.likelihood, 1e-4)
        return [math.log(seen), seen, float(self.in_sector), *self.fit.values()]


RANKED = 3 + WIDTH


@dataclass(frozen=True)
class Weighed:
    """One finding weighed: scores of the n-grams, candidates best first, likelihood of "none of them"."""

    stated: Stated
    scores: Scores
    candidates: tuple[Candidate, ...]
    none: float

    @cached_property
    def measures(self) -> list[float]:
        first = self.candidates[0]
        return features.measures(
            self.stated,
            self.scores.major,
            [*(one.likelihood for one in self.candidates), self.none],
            [one.fit for one in self.candidates],
            first.in_sector,
        )

    @cached_property
    def depth_measures(self) -> list[float]:
        return features.depth_measures(self.stated, self.scores.shallow, self.scores.major)


class Weigher:
    """Holds a finding against the criteria of a library with the weights of a model."""

    def __init__(self, model: Model, library: Library) -> None:
        self.model, self.library = model, library
        self.none = model.topics.index(NONE) if NONE in model.topics else -1
        trained_on = set(model.topics)
        self.untrained = [row for row in library.criteria if row.id not in trained_on]
        self._tests: dict[str, Tests] = {}

    def tests(self, criterion: str) -> Tests:
        if criterion not in self._tests:
            self._tests[criterion] = tests_of(self.library.by_id[criterion])
        return self._tests[criterion]

    def weigh(
        self,
        stated: Stated,
        sector: str,
        counts: Mapping[str, int],
        meta: Iterable[str],
        usable: frozenset[str] | None = None,
    ) -> Weighed:
        """Candidates among the editions `usable` (None: all), best first."""
        model = self.model
        scores = model.score(features.weighted(counts, meta, model.vocabulary, model.idf))
        likelihoods = model.likelihoods(scores.topics)
        none = float(likelihoods[self.none]) if self.none >= 0 else 0.0
        likely = sector_criteria().get(sector, frozenset())
        found: list[Candidate] = []
        for at in np.argsort(-likelihoods, kind="stable"):
            criterion = self.library.by_id.get(model.topics[at])
            if criterion is None or (usable is not None and criterion.standard not in usable):
                continue
            standing = fit(self.tests(criterion.id), stated)
            found.append(
                Candidate(
                    criterion.id, float(likelihoods[at]), criterion.standard in likely, standing
                )
            )
            if len(found) == features.COMPARED:
                break
        found += self._by_words(stated, usable, likely)
        return Weighed(stated, scores, self.ranked(found)[: features.COMPARED], none)

    def _by_words(
        self, stated: Stated, usable: frozenset[str] | None, likely: frozenset[str]
    ) -> Iterator[Candidate]:
        """Criteria that the model never learned, such as imported ones: by their words alone."""
        for row in self.untrained:
            tests = self.tests(row.id)
            if tests.subject is None or not tests.subject.search(stated.reading.plain):
                continue
            if usable is None or row.standard in usable:
                standing = fit(tests, stated)
                if standing.both and not standing.exempt:
                    yield Candidate(row.id, BY_WORDS, row.standard in likely, standing)

    def ranked(self, candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
        """Candidates in order; by likelihood alone while the model has no weights for more."""
        return tuple(sorted(candidates, key=lambda one: -self.model.rank(one.values())))


class Judge:
    """Judges findings by a library of criteria. Holds no state between findings; safe to share."""

    def __init__(self, library: Library | None = None, model: Model | None = None) -> None:
        self.library = library or built_in()
        self.model = model or trained()
        self.weigher = Weigher(self.model, self.library)

    @property
    def version(self) -> str:
        return self.model.version

    def judge(self, finding: Finding) -> Judgement:
        """The judgement of one finding. Never raises for what a person may type."""
        reading = read(finding.text)
        if len(set(HAN.findall(reading.plain))) < LEAST_HAN:
            return Judgement(
                Verdict.NOT_COVERED, 0.0, depth=Depth.SHALLOW, depth_reason="no_object"
            )
        stated = Stated(reading)
        counts = features.gram_counts(reading)
        if finding.sector not in sector_criteria():
            finding = replace(finding, sector=self._gravest_sector(finding, stated, counts))
        meta = features.meta_tokens(stated, finding.sector, finding.venue)
        usable = self.library.usable(finding.on)
        weighed = self.weigher.weigh(stated, finding.sector, counts, meta, usable)
        shut = self._shut(finding)
        if shut and self._belongs_to(weighed, shut):
            return Judgement(
                Verdict.NOT_COVERED,
                0.0,
                depth=self._depth(weighed, Verdict.GENERAL)[0],
                depth_reason=self._depth(weighed, Verdict.GENERAL)[1],
                unheld=tuple(sorted(shut)),
            )
        return self._answer(finding, weighed, logistic(self.model.weigh(weighed.measures)), shut)

    def _gravest_sector(self, finding: Finding, stated: Stated, counts: Mapping[str, int]) -> str:
        """The sector in which a finding that names none is likeliest major: what is not known must
        not make it harmless."""

        def odds(sector: str) -> float:
            meta = features.meta_tokens(stated, sector, finding.venue)
            weighed = self.weigher.weigh(stated, sector, counts, meta)
            return self.model.weigh(weighed.measures)

        return max(sector_criteria(), key=odds)

    def _shut(self, finding: Finding) -> frozenset[str]:
        """Editions in force on the finding's day, for its sector, whose text the library does not hold."""
        if finding.on is None:
            return frozenset()
        likely = sector_criteria().get(finding.sector, frozenset())
        groups = {self.library.by_key[key].group for key in likely if key in self.library.by_key}
        return frozenset(s.key for s in self.library.unheld(finding.on) if s.group in groups)

    def _belongs_to(self, weighed: Weighed, shut: frozenset[str]) -> bool:
        """Whether the n-grams point to a criterion of an edition that may not be used on that day."""
        groups = {self.library.by_key[key].group for key in shut}
        topic = self.model.topics[int(np.argmax(weighed.scores.topics))]
        row = self.library.by_id.get(topic)
        return row is not None and self.library.by_key[row.standard].group in groups

    def judge_all(self, findings: Iterable[Finding]) -> Iterator[Judgement]:
        """Judgements in the order of the findings."""
        for finding in findings:
            yield self.judge(finding)

    def _answer(
        self, finding: Finding, weighed: Weighed, probability: float, shut: frozenset[str]
    ) -> Judgement:
        verdict = verdict_of(probability)
        matches = self._matches(weighed) if probability >= WORTH_SHOWING else ()
        depth, reason = self._depth(weighed, verdict)
        keys = [match.standard for match in matches]
        superseded = tuple(
            key for key in dict.fromkeys(keys) if self.library.successor(key) is not None
        )
        if verdict is Verdict.GENERAL and not self._is_covered(finding, depth):
            verdict = Verdict.NOT_COVERED
        return Judgement(
            verdict,
            probability,
            matches,
            self._spans(weighed) if matches else (),
            self._missing(weighed) if verdict is Verdict.UNSURE else (),
            depth,
            reason,
            superseded,
            tuple(sorted(shut)),
        )

    def _matches(self, weighed: Weighed) -> tuple[Match, ...]:
        """The clauses that fit, best first."""
        odds = [self.model.rank(one.values()) for one in weighed.candidates]
        shares = np.exp(np.array(odds) - max(odds))
        shares = shares / shares.sum()
        return tuple(
            Match(row.standard, row.article, row.id, round(float(share), 4))
            for one, share in zip(weighed.candidates, shares, strict=True)
            if share >= WORTH_SHOWING
            for row in [self.library.by_id[one.criterion]]
        )

    def _depth(self, weighed: Weighed, verdict: Verdict) -> tuple[Depth, str]:
        """Shallow or substantive, and the likeliest reason of that kind."""
        odds = self.model.weigh_depth(weighed.depth_measures)
        shallow = odds > SHALLOW and verdict is not Verdict.MAJOR
        kind = Depth.SHALLOW if shallow else Depth.SUBSTANTIVE
        fitting = [
            (float(score), reason)
            for score, reason in zip(weighed.scores.reasons, self.model.reasons, strict=True)
            if (reason in SHALLOW_REASONS) == shallow
        ]
        return kind, max(fitting)[1] if fitting else ""

    def _spans(self, weighed: Weighed) -> tuple[tuple[int, int], ...]:
        """Where the words of the best clause stand; without any, the clauses that find something amiss."""
        reading = weighed.stated.reading
        found = hits(self.weigher.tests(weighed.candidates[0].criterion), reading)
        if not found:
            found = [(one.start, one.end) for one in reading.clauses if not one.is_sound]
        return tuple(reading.place(start, end) for start, end in found)

    def _missing(self, weighed: Weighed) -> tuple[str, ...]:
        """Questions whose "yes" would settle it: a premise or number the text leaves open, else the clause's own."""
        stated = weighed.stated
        questions: list[str] = []
        for one in weighed.candidates[:ASKED]:
            if one.likelihood < WORTH_ASKING and questions:
                continue
            row = self.library.by_id[one.criterion]
            unknown = [
                limit.ask
                for limit in sorted(row.thresholds, key=lambda limit: not limit.premise)
                if limit.ask
                and (limit.premise or any(re.search(w, stated.reading.plain) for w in limit.near))
                and against(limit, stated.reading, stated.numbers, stated.pairs) is State.UNKNOWN
            ]
            questions += unknown[:1] or ([row.ask] if row.ask else [])
        return tuple(dict.fromkeys(questions))

    def _is_covered(self, finding: Finding, depth: Depth) -> bool:
        """Whether the library holds a standard for the sector; a shallow finding needs none."""
        if depth is Depth.SHALLOW or finding.sector not in sector_criteria():
            return True
        keys = sector_criteria()[finding.sector]
        return bool(keys & self.library.usable(finding.on))


def verdict_of(probability: float) -> Verdict:
    if probability >= SURE:
        return Verdict.MAJOR
    return Verdict.UNSURE if probability >= DOUBT else Verdict.GENERAL


def logistic(odds: float) -> float:
    return 1 / (1 + math.exp(-odds)) if odds > -700 else 0.0


@cache
def judge() -> Judge:
    """The judge of the built-in library, made once in a process."""
    return Judge()
