"""The one writer of state: opening cases, one by one or by the thousand, and moving them.

Everything a step changes (case, ledger, docket, proof) is written in one transaction or not at
all. A refusal says why in words, and is itself kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID, uuid4, uuid5

from django.db import IntegrityError, transaction
from django.db.models import Field
from django.utils.translation import gettext_lazy as _

from . import bulk, clock, docket, duty, forms, ledger, once, proof, registry, series, together
from .actor import Actor
from .loop import BACK, Step
from .models import Arrival, CalendarDay, Case, Docket, Entry, Refusal
from .proof import Proof
from .refusal import OutOfScope, Refused
from .search import bigrams

_depth: ContextVar[int] = ContextVar("engine_depth", default=0)
T = TypeVar("T")


def logged(
    work: Callable[[], T], *, kind: str, uid: UUID | None, step: str, actor: Actor, region: str
) -> T:
    """Run `work` in one transaction; keep the refusal, outside what was undone, if it refuses."""
    depth = _depth.get()
    token = _depth.set(depth + 1)
    try:
        with transaction.atomic(), clock.calendar_read(), once.block():
            return work()
    except Refused as refusal:
        if depth == 0:
            Refusal.objects.create(
                case_kind=kind,
                case_uid=uid,
                step=step,
                code=refusal.code,
                words=str(refusal),
                actor_person=actor.person,
                actor_post=actor.post,
                actor_label=actor.label[:200],
                region=region,
                at=clock.now(),
            )
        raise
    finally:
        _depth.reset(token)


# --- moving -------------------------------------------------------------------------------------


def move(
    case: Case,
    step: str,
    *,
    actor: Actor,
    data: Mapping[str, Any] | None = None,
    proofs: Sequence[Proof] = (),
    version: int | None = None,
    uid: UUID | None = None,
) -> Entry:
    """Take one step of a case's loop: the only code that changes a case's state.

    ``data`` answers the step's fields; ``version`` is what the actor had seen (someone else's step
    since then is a refusal); the same request ``uid`` twice is one move. ``case`` is refreshed in
    place. Raises Refused (kept in the refusal log) or OutOfScope; nothing is changed then.
    """
    attempt = _Move(case, step, actor, dict(data or {}), list(proofs), version, uid)
    return logged(
        attempt.run,
        kind=registry.kind_of(type(case)).key,
        uid=case.uid,
        step=step,
        actor=actor,
        region=case.region,
    )


def may_take(case: Case, step: Step, actor: Actor) -> bool:
    """Whether to offer a step to this actor: state, duty and scope; the rest is checked on taking."""
    loop = registry.kind_of(type(case)).loop
    return (
        case.state in loop.sources(step)
        and actor.may(step.by)
        and actor.scope.covers(case)
        and (step.shown is None or step.shown(case))
        and is_holder(case, step, actor)
    )


def is_holder(case: Case, step: Step, actor: Actor) -> bool:
    """Whether the actor's unit answers for a step that is kept to the unit that does."""
    return not step.by_holder or _answering(case, step).unit == actor.unit


def check_holder(case: Case, step: Step, actor: Actor) -> None:
    """Raise Refused when a step is kept to the answering unit and the actor sits in another."""
    if is_holder(case, step, actor):
        return
    holder = _answering(case, step)
    who = " ".join(filter(None, [holder.unit_name, holder.title, holder.person_name]))
    raise Refused(
        "other_unit",
        _("“%(step)s” is taken by the unit that answers for it.") % {"step": step.label},
        ask=_("Answerable: %(who)s.") % {"who": who} if who else "",
        status=403,
    )


def _answering(case: Case, step: Step) -> duty.Holder:
    return duty.resolve(step.by, case, clock.local_date(clock.now()))


def takers_of(case: Case, steps: Sequence[str]) -> set[int]:
    """The persons who took any of these steps of a case."""
    rows = Entry.objects.filter(case_uid=case.uid, step__in=steps, actor_person__isnull=False)
    return {person for person in rows.values_list("actor_person", flat=True) if person}


@dataclass
class _Move:
    given: Case
    step_name: str
    actor: Actor
    data: dict[str, Any]
    proofs: list[Proof]
    version: int | None
    uid: UUID | None
    case: Case = field(init=False)
    step: Step = field(init=False)
    before: tuple[Any, ...] = field(init=False)
    on_docket: Docket | None = field(init=False)

    def run(self) -> Entry:
        self.kind = registry.kind_of(type(self.given))
        done = self._lock()
        _keep_related(self.given, self.case)
        if not self.actor.scope.covers(self.case):
            raise OutOfScope()
        if done:
            self._check_same(done)
            return self._hand_back(done)
        self._find_step()
        self._check_version()
        self._check_state()
        self._check_duty()
        self.data = forms.clean(self.step.fields_for(self.case), self.data, self.case, self.actor)
        for guard in self.step.guards:
            guard(self.case, actor=self.actor, data=self.data, proofs=self.proofs)
        proof.check_senders(self.proofs, self.actor, self.step.label)
        if self.step.proof and self.step.proof.applies(self.case):
            proof.check(self.step.proof, self.case, self.proofs, self.step.label)
        else:
            proof.check_new(self.proofs, self.step.label)
        return self._hand_back(self._write())

    def _lock(self) -> Entry | None:
        """Lock the case and read what is wanted beside it; the entry, if this very request made one."""
        model = type(self.given)
        asked: dict[str, together.Rows[Any]] = {
            "case": together.Rows(model, "id", self.given.pk, is_locked=True),
            "docket": together.Rows(Docket, "case_uid", self.given.uid),
        }
        if self.uid:
            asked["done"] = together.Rows(Entry, "uid", self.uid)
        if span := clock.span_to_read():
            asked["calendar"] = together.Rows(CalendarDay, "day", *span)
        found = dict(zip(asked, together.read(*asked.values()), strict=True))
        if not found["case"]:
            raise model.DoesNotExist
        if span:
            clock.know(*span, {row.day: row.is_working for row in found["calendar"]})
        self.case, self.on_docket = found["case"][0], next(iter(found["docket"]), None)
        self.before = together.stored(self.case)
        return next(iter(found.get("done", ())), None)

    def _check_same(self, done: Entry) -> None:
        if (
            done.case_uid != self.case.uid
            or done.step != self.step_name
            or done.actor_person != self.actor.person
        ):
            raise _uid_taken()

    def _find_step(self) -> None:
        found = self.kind.loop.steps.get(self.step_name)
        if found is None:
            raise Refused("unknown_step", _("There is no such step."), status=404)
        self.step = found

    def _check_version(self) -> None:
        if self.version is None or self.version == self.case.version:
            return
        since = Entry.objects.filter(
            case_uid=self.case.uid, seq__gt=self.version, actor_person__isnull=False
        )
        if latest := since.order_by("-seq").first():
            raise self._changed(latest)

    def _changed(self, latest: Entry) -> Refused:
        return Refused(
            "changed",
            _("“%(step)s” was not taken: %(who)s was faster (%(what)s).")
            % {
                "step": self.step.label,
                "who": latest.actor_label,
                "what": self.kind.loop.told(latest.kind) or latest.kind,
            },
            todo=_("Look at the record as it stands now; your input is kept."),
        )

    def _check_state(self) -> None:
        loop = self.kind.loop
        if self.case.state in loop.sources(self.step):
            return
        wanted = [loop.states[name].label for name in loop.sources(self.step)]
        raise Refused(
            "wrong_state",
            _("“%(step)s” cannot be taken: the record is in “%(state)s”.")
            % {"step": self.step.label, "state": loop.states[self.case.state].label},
            why=_("It can be taken in: %(states)s. No stage may be skipped.")
            % {"states": "、".join(str(label) for label in wanted)},
            todo=_("Finish the stage the record is in first."),
        )

    def _check_duty(self) -> None:
        if not self.actor.may(self.step.by):
            holder = duty.resolve(self.step.by, self.case, clock.local_date(clock.now()))
            raise Refused(
                "no_duty",
                _("“%(step)s” is not a duty of your post.") % {"step": self.step.label},
                why=self.step.law,
                ask=_("Answerable: %(who)s.")
                % {"who": " ".join(filter(None, [holder.unit_name, holder.person_name]))}
                if holder
                else "",
                status=403,
            )
        check_holder(self.case, self.step, self.actor)
        if self.step.not_by and self.actor.person in takers_of(self.case, self.step.not_by):
            steps = self.kind.loop.steps
            earlier = [
                steps[name].label if name in steps else _("Opening") for name in self.step.not_by
            ]
            raise Refused(
                "same_person",
                _("“%(step)s” must be taken by another person.") % {"step": self.step.label},
                why=_(
                    "You took “%(earlier)s” of this record yourself; nobody judges their own work."
                )
                % {"earlier": "、".join(str(label) for label in earlier)},
                todo=_("Ask a colleague with the same duty."),
                status=403,
            )

    def _target(self) -> str:
        if self.step.target == "=":
            return self.case.state
        if self.step.target != BACK:
            return self.step.target
        arrival = (
            Entry.objects.filter(case_uid=self.case.uid, target=self.case.state)
            .exclude(source=self.case.state)
            .order_by("-seq")
            .first()
        )
        return arrival.source if arrival else self.kind.loop.start

    def _write(self) -> Entry:
        case, step, at = self.case, self.step, max(clock.now(), self.case.changed_at)
        source = case.state
        for asked in step.fields_for(case):
            if asked.to and asked.name in self.data:
                setattr(case, asked.to, _typed(case, asked.to, self.data[asked.name]))
        if step.prepare:
            step.prepare(case, data=self.data, actor=self.actor, at=at)
        case.state = self._target()
        state = self.kind.loop.states[case.state]
        if state.is_final:
            case.closed_at, case.due_at = at, None
        else:
            case.closed_at = None
            if source != case.state or step.restarts_clock or state.due or case.due_at is None:
                case.due_at = docket.due_in(state, case, at)
        case.search = search_text(case)
        entry = self._append(source, at)
        if self.kind.noted:
            self.kind.noted([(case, entry)])
        if step.effect:
            step.effect(case, entry=entry, actor=self.actor, data=self.data, proofs=self.proofs)
        return entry

    def _append(self, source: str, at: datetime) -> Entry:
        return append(
            self.case,
            past=self.step.past,
            step=self.step.name,
            source=source,
            actor=self.actor,
            at=at,
            data=self.data,
            proofs=self.proofs,
            uid=self.uid,
            before=self.before,
            beside=docket.update(self.on_docket, self.case, at),
        )

    def _hand_back(self, entry: Entry) -> Entry:
        fresh = self.case
        if self.step_name in self.kind.loop.steps and self.kind.loop.steps[self.step_name].effect:
            fresh = type(self.given)._base_manager.get(pk=self.given.pk)
        _as_stored(fresh)
        self.given.__dict__.update(fresh.__dict__)
        return entry


def _as_stored(case: Case) -> None:
    """Moments as they would be read again: in UTC."""
    for column in case._meta.concrete_fields:
        moment = case.__dict__.get(column.attname)
        if isinstance(moment, datetime):
            case.__dict__[column.attname] = moment.astimezone(UTC)


def _typed(case: Case, name: str, answer: Any) -> Any:
    """An answer as its column holds it."""
    column = case._meta.get_field(name)
    return column.to_python(answer) if isinstance(column, Field) else answer


def _keep_related(known: Case, locked: Case) -> None:
    """Spare the locked row the queries for what the caller had read beside it and still belongs to it."""
    for name, row in known._state.fields_cache.items():
        column = known._meta.get_field(name)
        attribute = getattr(column, "attname", None)
        if attribute and getattr(known, attribute) == getattr(locked, attribute):
            locked._state.fields_cache[name] = row


def _uid_taken() -> Refused:
    return Refused(
        "uid_taken",
        _("This request number was already used for another act."),
        todo=_("Reload the page and try again."),
    )


def append(
    case: Case,
    *,
    past: str,
    source: str,
    actor: Actor,
    at: datetime,
    data: Mapping[str, Any],
    proofs: Sequence[Proof] = (),
    step: str = "",
    uid: UUID | None = None,
    before: tuple[Any, ...],
    beside: together.Statement | None = None,
) -> Entry:
    """Write the next entry of a locked case and save the case with it (kernel only).

    `before` is the case as it was read (`together.stored`), `beside` what is written with it.
    """
    kind = registry.kind_of(type(case))
    case.version += 1
    case.changed_at = at
    entry = ledger.make_entry(
        case,
        uid=uid or uuid4(),
        kind=f"{kind.key}.{past}",
        step=step,
        source=source,
        target=case.state,
        actor=actor,
        at=at,
        data={**data, "proof": [p.named() for p in proofs]} if proofs else dict(data),
        seq=case.version,
    )
    case.head = entry.hash
    arrival = Arrival(case_kind=kind.key, case_uid=case.uid)
    try:  # the caller's transaction is undone with the refusal
        together.write(
            together.inserted(entry),
            together.inserted(arrival),
            together.changed(case, before),
            beside,
        )
    except IntegrityError as error:
        raise _uid_taken() from error
    proof.attach(entry, proofs)
    return entry


# --- opening ------------------------------------------------------------------------------------


def check_may_open(kind: registry.Kind, actor: Actor) -> None:
    """Raise Refused unless opening cases of this kind is a duty of the actor's post."""
    if not actor.may(kind.loop.opened_by):
        raise Refused(
            "no_duty",
            _("Opening “%(kind)s” is not a duty of your post.") % {"kind": kind.label},
            todo=_(
                "Switch to the post that carries the duty, or ask the administrator of your unit."
            ),
            status=403,
        )


def open_case(
    case: Case,
    *,
    actor: Actor,
    data: Mapping[str, Any] | None = None,
    proofs: Sequence[Proof] = (),
) -> Entry:
    """Open one case (not yet saved; its facts are set). The same ``case.uid`` twice opens one case.

    Raises Refused if the actor lacks the opening duty, OutOfScope if it lies outside their area.
    """
    kind = registry.kind_of(type(case))

    def work() -> Entry:
        check_may_open(kind, actor)
        if not actor.scope.covers(case):
            raise OutOfScope()
        if done := _opened_before(case, kind, actor):
            return done
        try:
            with transaction.atomic():
                return _open(case, kind, actor, data or {}, proofs)
        except IntegrityError:
            # the same uid was being opened at the same moment: what the other wrote is the answer
            case.pk = None
            if done := _opened_before(case, kind, actor):
                return done
            raise

    return logged(work, kind=kind.key, uid=case.uid, step="open", actor=actor, region=case.region)


def _opened_before(case: Case, kind: registry.Kind, actor: Actor) -> Entry | None:
    known = kind.model._base_manager.filter(uid=case.uid).first()
    if known is None:
        return None
    if not actor.scope.covers(known):
        raise OutOfScope()
    first = Entry.objects.get(case_uid=case.uid, seq=1)
    if first.actor_person != actor.person:
        raise _uid_taken()
    case.__dict__.update(known.__dict__)
    return first


def _open(
    case: Case,
    kind: registry.Kind,
    actor: Actor,
    data: Mapping[str, Any],
    proofs: Sequence[Proof],
) -> Entry:
    proof.check_senders(proofs, actor, kind.label)
    proof.check_new(proofs, kind.label)
    _begin(case, kind, clock.now())
    number([case], kind)
    case.search = search_text(case)
    entry = _first_entry(case, kind, actor, data, proofs, request_uid(case.uid))
    case.save(force_insert=True)
    entry.save(force_insert=True)
    ledger.announce([entry])
    proof.attach(entry, proofs)
    together.write(docket.update(None, case, case.opened_at))
    if kind.noted:
        kind.noted([(case, entry)])
    return entry


@dataclass
class Opening:
    """Cases ready to be opened: all is worked out that needs neither a number nor a lock."""

    kind: registry.Kind
    cases: list[Case]
    entries: list[Entry]
    rows: list[Docket]
    words: list[list[str]]
    """What each case is found by, field by field, its number still missing."""

    def left_out(self, known: set[UUID]) -> Opening:
        """The same without the cases that are there already."""
        if not known:
            return self
        kept = [n for n, case in enumerate(self.cases) if case.uid not in known]
        parts: list[list[Any]] = [self.cases, self.entries, self.rows, self.words]
        return Opening(self.kind, *([part[n] for n in kept] for part in parts))


def make_ready(
    cases: Sequence[Case], *, actor: Actor, data: Sequence[Mapping[str, Any]] | None = None
) -> Opening:
    """Work out what opening many cases of one kind writes; may be done ahead, by another connection.

    Cases outside the actor's scope are left out, and so is a uid that comes twice.
    """
    kind, now = registry.kind_of(type(cases[0])), clock.now()
    check_may_open(kind, actor)
    made = Opening(kind, [], [], [], [])
    seen: set[UUID] = set()
    resolver = duty.resolver()
    with clock.calendar_read():
        for case, note in zip(cases, data or [{} for _case in cases], strict=True):
            if case.uid in seen or not actor.scope.covers(case):
                continue
            seen.add(case.uid)
            _begin(case, kind, now)
            row = bulk.new(Docket)
            docket.answer(row, case, case.opened_at, resolver)
            made.cases.append(case)
            made.entries.append(_first_entry(case, kind, actor, note, (), request_uid(case.uid)))
            made.rows.append(row)
            made.words.append(_words(case))
    return made


def open_ready(opening: Opening) -> list[Case]:
    """Open cases that were made ready: the contract of `open_case`, without a query per row.

    Cases whose uid is known are left out; the opened ones are returned. Commits with the caller's
    transaction. A few thousand at a time is a good batch.
    """
    if not opening.cases:
        return []
    kind = opening.kind
    with transaction.atomic(), clock.calendar_read():
        known = bulk.among(kind.model, "uid", [case.uid for case in opening.cases])
        stored = kind.model._base_manager.filter(known).values_list("uid", flat=True)
        fresh = opening.left_out(set(stored))
        number(fresh.cases, kind)
        _find_by_number(fresh)
        bulk.create(fresh.cases)
        bulk.create(fresh.entries)
        ledger.announce(fresh.entries)
        bulk.create(fresh.rows, with_ids=False)
        if kind.noted:
            kind.noted(list(zip(fresh.cases, fresh.entries, strict=True)))
    return fresh.cases


def _find_by_number(opening: Opening) -> None:
    fields = opening.kind.model.search_fields
    place = fields.index("code") if "code" in fields else None
    for case, row, words in zip(opening.cases, opening.rows, opening.words, strict=True):
        docket.name(row, case)
        if place is not None:
            words[place] = bigrams(case.code)
        case.search = " ".join(filter(None, words))


def open_many(
    cases: Sequence[Case], *, actor: Actor, data: Sequence[Mapping[str, Any]] | None = None
) -> list[Case]:
    """Make many cases of one kind ready and open them. Returns the opened ones."""
    return open_ready(make_ready(cases, actor=actor, data=data)) if cases else []


def record_many(
    cases: Sequence[Case], *, past: str, actor: Actor, data: Sequence[Mapping[str, Any]]
) -> list[Entry]:
    """Write an entry that changes no state into each of many cases that the caller has locked.

    Once for each case and `past`: a second time raises IntegrityError. Commits with the caller's
    transaction.
    """
    if not cases:
        return []
    kind, now = registry.kind_of(type(cases[0])), clock.now()
    entries = []
    for case, facts in zip(cases, data, strict=True):
        case.version += 1
        case.changed_at = max(now, case.changed_at)
        entry = ledger.make_entry(
            case,
            uid=uuid5(case.uid, past),
            kind=f"{kind.key}.{past}",
            step="",
            source=case.state,
            target=case.state,
            actor=actor,
            at=case.changed_at,
            data=dict(facts),
            seq=case.version,
        )
        case.head = entry.hash
        entries.append(entry)
    with transaction.atomic():
        bulk.update(cases, ("version", "changed_at", "head"))
        bulk.create(entries)
        ledger.announce(entries)
        if kind.noted:
            kind.noted(list(zip(cases, entries, strict=True)))
    return entries


def request_uid(case_uid: UUID) -> UUID:
    """The entry uid of a case's opening: fixed by the case, so that a replay is the same entry."""
    return uuid5(case_uid, "opened")


def search_text(case: Case) -> str:
    """The words a case is found by, as its `search_fields` say."""
    return " ".join(filter(None, _words(case)))


def _words(case: Case) -> list[str]:
    """The same, field by field."""
    found = []
    for path in _paths(type(case)):
        value: Any = case
        for name in path:
            value = getattr(value, name, "") if value else ""
        found.append(bigrams(str(value or "")))
    return found


@cache
def _paths(model: type[Case]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(path.split("__")) for path in model.search_fields)


def _begin(case: Case, kind: registry.Kind, now: datetime) -> None:
    """Set what opening sets, but for number and words: start state, first due date."""
    state = kind.loop.states[kind.loop.start]
    case.opened_at = getattr(case, "opened_at", None) or now
    case.changed_at = case.opened_at
    case.state, case.version = state.name, 1
    case.due_at = docket.due_in(state, case, case.opened_at)


def _first_entry(
    case: Case,
    kind: registry.Kind,
    actor: Actor,
    data: Mapping[str, Any],
    proofs: Sequence[Proof],
    uid: UUID,
) -> Entry:
    entry = ledger.make_entry(
        case,
        uid=uid,
        kind=f"{kind.key}.{kind.loop.opened_past}",
        step="open",
        source="",
        target=case.state,
        actor=actor,
        at=case.opened_at,
        data={**data, "proof": [p.named() for p in proofs]} if proofs else dict(data),
        seq=1,
    )
    case.head = entry.hash
    return entry


def number(cases: Iterable[Case], kind: registry.Kind) -> None:
    """Allot human numbers, unique per kind, district and year: YH-990101-2026-00017."""
    groups: dict[tuple[str, int], list[Case]] = {}
    for case in cases:
        year: date = clock.local_date(case.opened_at)
        groups.setdefault((case.region[:6], year.year), []).append(case)
    keys = {f"{kind.loop.series}-{place}-{year}": held for (place, year), held in groups.items()}
    last = series.take_many({key: len(members) for key, members in keys.items()}) if keys else {}
    for key, members in keys.items():
        for number, case in enumerate(members, last[key] - len(members) + 1):
            case.code = f"{key}-{number:05d}"
