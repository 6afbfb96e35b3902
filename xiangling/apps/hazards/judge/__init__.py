"""The judge: which findings are major hazards, by which clause, and which are empty words."""

from .judging import Judge, judge
from .verdict import Depth, Finding, Judgement, Match, Verdict

__all__ = ["Depth", "Finding", "Judge", "Judgement", "Match", "Verdict", "judge"]
