"""What is kept beside a hazard: judgement, sketch of the text, who found and closed it.

`note` is called by the kernel with every entry just written, inside its transaction, by whichever door
it came (form, API, import, history from elsewhere). An import leaves text and judgement to a job of its
own (`judging.py`), whose entry brings them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.apps import apps
from django.db.models import Model, Q

from xiangling.apps.standards import queries as standards
from xiangling.kernel import bulk, clock, proof, together
from xiangling.kernel.models import Entry, ProofUse

from . import alike, queries, suggestions
from .judge import Judgement, Verdict
from .models import Grade, Handling, Hazard, Judged, Unjudged

_CITING = frozenset({Verdict.MAJOR.value, Verdict.UNSURE.value})
LATER = "judged_later"
"""Said by the opening of a finding that the judge reads afterwards."""
JUDGED = "hazard.judged"
VOUCHING = frozenset({"accept", "self_accept", "spot_fix", "recheck"})
"""Steps by which somebody vouches that a hazard is gone, before it is closed."""

Written = Sequence[tuple[Hazard, Entry]]
M = TypeVar("M", bound=Model)


def note(written: Written) -> None:
    """Bring what is kept beside the hazards up to date with their new entries."""
    by_hazard: dict[int, _History] = {}
    units = _units_of(entry.actor_post for _h, entry in written if entry.step in {"open", "close"})
    for hazard, entry in written:
        if hazard.pk in by_hazard:
            by_hazard[hazard.pk].entries.append(entry)
        else:
            by_hazard[hazard.pk] = _History(hazard, units, [entry])
    opened = [(h.hazard, h.entries[0]) for h in by_hazard.values() if h.is_whole]
    read = [(h.hazard, found) for h in by_hazard.values() if (found := h.judging)]
    is_read = {hazard.pk for hazard, _entry in read}
    put_off(hazard for hazard, _entry in opened if hazard.pk not in is_read)
    if read:
        with standards.one_library():
            for row in judge_read(read):
                by_hazard[row.hazard_id].judged = row
    if opened:
        for place in _handle_opened(opened, units):
            by_hazard[place.hazard_id].handling = place
    for history in by_hazard.values():
        _catch_up(history)
        for entry in history.entries:
            if entry.step in _FOLLOW:
                _FOLLOW[entry.step](history, entry)
            if entry.step != "open" and "proof" in entry.data:
                _proven(history, entry)
    _save([history.decided for history in by_hazard.values()], _DECIDED)
    _save([history.handled for history in by_hazard.values()], _HANDLED)


def _save(kept: Iterable[_Kept | None], columns: list[str]) -> None:
    found = [one for one in kept if one is not None]
    if len(found) == 1:
        together.write(together.changed(found[0].row, found[0].before))
    elif found:
        rows: list[Any] = [one.row for one in found]
        type(rows[0])._base_manager.bulk_update(rows, columns, batch_size=200)


@dataclass
class _Kept:
    """A row beside a hazard that is being changed, and what it was."""

    row: Any
    before: tuple[Any, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.before = together.stored(self.row)


def _beside(model: type[M], hazard: Hazard) -> M | None:
    (rows,) = together.read(together.Rows(model, "hazard_id", hazard.pk))
    return next(iter(rows), None)


@dataclass
class _History:
    """One hazard, its new entries, and the rows beside it once they are needed."""

    hazard: Hazard
    units: dict[int, int]
    """Post -> its unit, for the posts that opened or closed."""
    entries: list[Entry]
    judged: Judged | None = None
    handling: Handling | None = None
    decided: _Kept | None = None
    handled: _Kept | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the entries begin with the opening."""
        return self.entries[0].step == "open"

    @property
    def judging(self) -> Entry | None:
        """The entry that brings the first judgement: the opening, or that of the job which reads later."""
        if self.is_whole and LATER not in self.entries[0].data:
            return self.entries[0]
        return next((entry for entry in self.entries if entry.kind == JUDGED), None)

    def had_read(self, entry: Entry) -> bool:
        """Whether a suggestion stood there when this step was taken."""
        read = self.judging
        return read is None or read.seq <= entry.seq or "judgement" in entry.data

    def decide(self) -> Judged | None:
        """The judgement, to be changed; None where the judge has not read the hazard yet."""
        if self.decided is None:
            self.judged = self.judged or _beside(Judged, self.hazard)
            self.decided = _Kept(self.judged) if self.judged else None
        return self.judged

    def handle(self) -> Handling | None:
        """The handling, to be changed; None as for the judgement."""
        if self.handled is None:
            self.handling = self.handling or _beside(Handling, self.hazard)
            self.handled = _Kept(self.handling) if self.handling else None
        return self.handling

    def before(self, entry: Entry) -> list[Entry]:
        """The entries before one of them, first to last."""
        mine = [e for e in self.entries if e.seq < entry.seq]
        if self.is_whole:
            return mine
        known = [e.pk for e in self.entries]
        rows = Entry.objects.filter(case_uid=self.hazard.uid, seq__lt=entry.seq)
        return [*rows.exclude(pk__in=known).order_by("seq"), *mine]


# --- opening ------------------------------------------------------------------------------------


def put_off(hazards: Iterable[Hazard]) -> None:
    """Leave new hazards to the job that judges."""
    bulk.write(Unjudged, ("hazard_id",), [(hazard.pk,) for hazard in hazards])


def judge_read(read: Written) -> list[Judged]:
    """Judgement, depth and copies of hazards. The entry's own judgement counts where it has one."""
    hazards = [hazard for hazard, _entry in read]
    later = [hazard.pk for hazard, entry in read if entry.kind == JUDGED]
    unjudged = [h for h, entry in read if "judgement" not in entry.data]
    answers = {h.pk: suggestions.kept(j) for h, j in _judged(unjudged)}
    answers |= {h.pk: e.data["judgement"] for h, e in read if "judgement" in e.data}
    copies = (alike.index_in_turn if later else alike.index)(hazards)
    Unjudged.objects.filter(pk__in=later).delete()
    rows = [
        judged_row(hazard, answers[hazard.pk], copies.pop(hazard.pk, None)) for hazard in hazards
    ]
    bulk.create(rows)
    for pk, found in copies.items():
        _correct(pk, found)
    return rows


def _correct(pk: int, found: alike.Alike) -> None:
    """A finding that was read before an earlier one of the same words was: the earlier is the original."""
    weaker = Q(copy_of=None) | Q(likeness__lt=found.likeness)
    weaker |= Q(likeness=found.likeness, copy_of__gt=found.hazard)
    rows = Judged.objects.filter(weaker, pk=pk)
    rows.update(copy_of=found.hazard, likeness=found.likeness)


def _judged(hazards: Sequence[Hazard]) -> Iterable[tuple[Hazard, Judgement]]:
    return zip(hazards, suggestions.judge_many(hazards), strict=True)


def judged_row(hazard: Hazard, answer: dict[str, Any], copied: alike.Alike | None) -> Judged:
    best = answer["matches"][0] if answer["matches"] else {}
    return Judged(
        hazard=hazard,
        version=answer["version"],
        judged_at=clock.now(),
        verdict=answer["verdict"],
        probability=answer["probability"],
        standard=best.get("standard", "") if answer["verdict"] in _CITING else "",
        criterion=best.get("criterion", ""),
        answer=answer,
        depth=answer["depth"],
        depth_reason=answer["depth_reason"][:200],
        copy_of_id=copied.hazard if copied else None,
        likeness=copied.likeness if copied else None,
    )


def _units_of(posts: Iterable[int | None]) -> dict[int, int]:
    wanted = {post for post in posts if post}
    rows = apps.get_model("org", "Post").objects.filter(pk__in=wanted) if wanted else ()
    return {row.pk: row.unit_id for row in rows}


def _handle_opened(opened: Written, units: dict[int, int]) -> list[Handling]:
    photos = _photos(entry.pk for _hazard, entry in opened if "proof" in entry.data)
    named = queries.campaigns_named(str(e.data.get("campaign", "")) for _h, e in opened)
    campaigns = {name: row.pk for name, row in named.items()}
    made = []
    for hazard, entry in opened:
        mine = photos.get(entry.pk, [])
        taken = sorted(use.file.taken_at for use in mine if use.file.taken_at)
        made.append(
            bulk.new(
                Handling,
                hazard_id=hazard.pk,
                found_by=entry.actor_person,
                found_unit_id=units.get(entry.actor_post or 0),
                found_on=clock.local_date(hazard.found_at),
                place_id=hazard.object_id,
                campaign_id=campaigns.get(str(entry.data.get("campaign", ""))),
                first_photo_at=taken[0] if taken else None,
                last_photo_at=taken[-1] if taken else None,
                n_photos=len(taken),
                n_reused=_n_reused([entry.pk], hazard) if mine else 0,
            )
        )
    bulk.create(made)
    return made


def _photos(entries: Iterable[int]) -> dict[int, list[ProofUse]]:
    found: dict[int, list[ProofUse]] = defaultdict(list)
    for use in ProofUse.objects.filter(entry__in=set(entries)).select_related("file"):
        if use.file.is_photo:
            found[use.entry_id].append(use)
    return found


def _n_reused(entries: Iterable[int], hazard: Hazard) -> int:
    """How many photos of these entries had served as proof of another record before."""
    n = 0
    for uses in _photos(entries).values():
        for use in uses:
            first = proof.earlier_use(use.file)
            n += first is not None and first.case_uid != hazard.uid
    return n


# --- later steps --------------------------------------------------------------------------------


def _catch_up(history: _History) -> None:
    """What was decided on a finding before the judge had read it."""
    read = history.judging
    if read is None or read.seq <= 2 or history.is_whole:
        return
    for entry in history.before(read):
        if _FOLLOW.get(entry.step) is _decided:
            _decided(history, entry)


def _decided(history: _History, entry: Entry) -> None:
    """Keep beside the suggestion what the officer decided; a fix on the spot is graded as general."""
    row = history.decide()
    if row is None:
        return
    if again := entry.data.get("judgement"):
        fresh = judged_row(history.hazard, again, None)
        for name in _ANSWERED:
            setattr(row, name, getattr(fresh, name))
    row.decided = entry.data.get("grade", Grade.GENERAL.value)
    cited = history.hazard if "replayed" in entry.data else None
    standard = cited.standard if cited else entry.data.get("standard", "")
    article = cited.article if cited else entry.data.get("article", "")
    compared = suggestions.compare(
        row.answer if history.had_read(entry) else {}, row.decided, standard, article
    )
    row.decision, row.decided_standard = compared.decision, compared.standard
    row.decided_by, row.decided_at = entry.actor_person, entry.at


def _closed(history: _History, entry: Entry) -> None:
    """Who closed it, and whether they alone had vouched for it."""
    row = history.handle()
    if row is None:
        return
    vouched: set[int] = set()
    for step in history.before(entry):
        if step.step == "reopen":
            vouched.clear()
        elif step.step in VOUCHING and step.actor_person:
            vouched.add(step.actor_person)
    row.closed_by, row.closed_on = entry.actor_person, clock.local_date(entry.at)
    row.closed_unit_id = history.units.get(entry.actor_post or 0)
    row.is_closed_alone = vouched <= {entry.actor_person} if entry.actor_person else None


def _reopened(history: _History, _entry: Entry) -> None:
    row = history.handle()
    if row is not None:
        row.closed_by = row.closed_unit_id = row.closed_on = row.is_closed_alone = None


def _proven(history: _History, entry: Entry) -> None:
    """A picture that had served another record before: only histories from elsewhere bring such."""
    if n_reused := _n_reused([entry.pk], history.hazard):
        row = history.handle()
        if row is not None:
            row.n_reused += n_reused


_FOLLOW = {"grade": _decided, "spot_fix": _decided, "close": _closed, "reopen": _reopened}
_ANSWERED = ("version", "judged_at", "verdict", "probability", "standard", "criterion", "answer")
_DECIDED = [*_ANSWERED, "decision", "decided", "decided_standard", "decided_by", "decided_at"]
_HANDLED = ["closed_by", "closed_unit", "closed_on", "is_closed_alone", "n_reused"]
