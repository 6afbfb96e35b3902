"""One finding in, one judgement out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from xiangling.apps.standards.library import Criterion, Library, built_in

from .verdict import Depth, Finding, Judgement, Match, Verdict


class Judge:
    """Judges findings by a library of criteria. Holds no state between findings; safe to share."""

    version = "0"

    def __init__(self, library: Library | None = None) -> None:
        self.library = library or built_in()

    def judge(self, finding: Finding) -> Judgement:
        """The judgement of one finding. Never raises for what a person may type."""
        usable = self.library.usable(finding.on)
        fitting = [row for row in self.library.criteria if row.standard in usable]
        scored = sorted(((self._score(row, finding), row) for row in fitting), key=lambda t: -t[0])
        best = [(score, row) for score, row in scored[:3] if score > 0]
        if not best:
            return Judgement(Verdict.GENERAL, 0.05)
        matches = tuple(Match(r.standard, r.article, r.id, s) for s, r in best)
        spans = tuple(
            found.span() for word in best[0][1].subject for found in re.finditer(word, finding.text)
        )
        if best[0][0] > 0.5:
            return Judgement(Verdict.UNSURE, best[0][0], matches, spans, (best[0][1].ask,))
        return Judgement(Verdict.GENERAL, best[0][0], matches, spans, (), Depth.SUBSTANTIVE)

    def judge_all(self, findings: Iterable[Finding]) -> Iterator[Judgement]:
        """Judgements in the order of the findings; faster than one by one."""
        for finding in findings:
            yield self.judge(finding)

    def _score(self, row: Criterion, finding: Finding) -> float:
        hits = sum(1 for word in row.subject if re.search(word, finding.text))
        return min(0.9, hits / 3)


@cache
def judge() -> Judge:
    """The judge of the built-in library, made once in a process."""
    return Judge()
