"""The demo city's documents: read, partly confirmed, with tasks at several stages and what stands beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone, translation

from xiangling.apps.directives import actions, drafting, figures, queries
from xiangling.apps.directives.actions import TaskFacts, standing
from xiangling.apps.directives.models import Document, Draft, Pledge, Task
from xiangling.kernel import actor as actors
from xiangling.kernel import clock, engine, jobs, proof, sweep
from xiangling.kernel.actor import Actor
from xiangling.kernel.proof import Proof
from xiangling.kernel.scope import unscoped, use
from xiangling.org.models import Holding, Persona, Unit

from .sources import PACK

SPACE = UUID("3c0f5c55-8f0e-4a3e-9f6e-5a1f0c2d7b11")
WORKER = "demo"
PDF = "%PDF-1.4\n% {number}\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@dataclass
class Papers:
    """Makes the papers as of one day, by the posts that would have made them."""

    today: date
    seats: dict[int, Actor] = field(default_factory=dict)
    n_files: int = 0

    def make(self) -> None:
        figures.start_lists()
        plan = self._take_in("plan", 12)
        self._ask_for_plans(plan)
        self._confirm(plan)
        self._take_in("speech", 2)
        self._work_on(plan)
        self._standing()
        self._near_the_personas()
        self._pledges()
        self._sheets()

    # --- moments and people

    @contextmanager
    def _as(self, holding: Holding, days_ago: float) -> Iterator[Actor]:
        """Be somebody, some days ago, in their scope."""
        noon = timezone.make_aware(datetime.combine(self.today, time(10)))
        with clock.at(min(noon - timedelta(days=days_ago), clock.now())):
            actor = actors.load(holding.person_id, holding.post_id)
            with use(actor.scope):
                yield actor

    def _persona(self, key: str) -> Holding:
        return Persona.objects.select_related("holding__post__unit").get(key=key).holding

    def _able(self, unit: Unit, duty: str, other_than: int | None = None) -> Holding:
        """Somebody of a unit whose post carries a duty, and who is not a given person."""
        rows = Holding.objects.filter(post__unit=unit, is_deputy=False, ends_on=None)
        for holding in rows.order_by("-post__is_head", "id"):
            if holding.person_id != other_than:
                found = actors.load(holding.person_id, holding.post_id)
                if found.may(duty):
                    return holding
        raise LookupError(f"nobody in {unit} may {duty}")

    def _day(self, days: int) -> str:
        day = self.today + timedelta(days=days)
        return f"{day.year}年{day.month}月{day.day}日"

    def _paper(self, actor: Actor) -> list[Proof]:
        """A paper that proves something, new each time."""
        self.n_files += 1
        data = PDF.replace("{number}", str(self.n_files)).encode()
        upload = SimpleUploadedFile(f"工作记录{self.n_files}.pdf", data, "application/pdf")
        return [Proof(proof.store(upload, actor=actor), "paper")]

    # --- documents

    def _take_in(self, name: str, days_ago: int) -> Document:
        """Read a sample document with dates around its day, as the job does it."""
        text = (PACK / "documents" / f"{name}.txt").read_text("utf-8")
        dates = {"issued": -days_ago - 1, "soon": 4, "mid": 24, "late": 55}
        text = text.format(**{key: self._day(days) for key, days in dates.items()})
        with (
            self._as(self._persona("committee"), days_ago) as actor,
            translation.override("zh-hans"),
        ):
            job = actions.take_in(text.encode(), f"{name}.txt", actor=actor)
            run = jobs.claim(WORKER, clock.now(), only=job.uid)
            assert run is not None
            jobs.carry(run)
        document = Document._base_manager.filter(digest=job.params["digest"]).first()
        if document is None:
            raise LookupError(run.job.message)
        return document

    def _ask_for_plans(self, plan: Document) -> None:
        offices = Unit.objects.filter(kind=Unit.Kind.COMMITTEE_OFFICE, level=6).order_by("id")
        with self._as(self._persona("committee"), 12) as actor:
            due = self.today - timedelta(days=2)
            actions.ask_for_plans(plan, list(offices), due, actor=actor)
        own = "{name}城镇燃气安全整治实施方案\n{unit}\n{day}\n\n各镇街要每周巡查一次餐饮场所，发现问题当场登记。\n"
        for office in offices[:3]:
            holding = self._able(office, "document.take")
            name = office.name.removesuffix("安委办")
            text = own.format(name=name, unit=office.name, day=self._day(-5))
            with self._as(holding, 5) as actor, translation.override("zh-hans"):
                job = actions.take_in(
                    text.encode(), f"{name}方案.txt", actor=actor, implements=plan, keep_anyway=True
                )
                run = jobs.claim(WORKER, clock.now(), only=job.uid)
                assert run is not None
                jobs.carry(run)

    def _confirm(self, plan: Document) -> None:
        """Complete and confirm the first two thirds of the proposals; the rest wait for the reader."""
        drafts = list(plan.drafts.select_related("document__unit"))
        with self._as(self._persona("committee"), 11) as actor:
            near = set(queries.doer_units(actor).values_list("pk", flat=True))
            for draft in drafts[: len(drafts) * 2 // 3]:
                group: list[int] = next((o["units"] for o in draft.owners if o["is_group"]), [])
                doers = draft.doers or [pk for pk in group if pk in near][:6]
                if not doers:
                    continue
                due = draft.due_on or self.today + timedelta(days=20)
                values: dict[str, Any] = {
                    "doers": doers,
                    "checker": actor.unit,
                    "due_on": max(due, self.today - timedelta(days=9)),
                    "proof_kind": "record",
                }
                actions.change_draft(draft, values, actor=actor)
                draft.refresh_from_db()
                if not drafting.lacks(draft) and draft.state == Draft.State.OPEN:
                    actions.confirm_draft(draft, actor=actor)

    # --- tasks

    def _work_on(self, plan: Document) -> None:
        """Bring the plan's tasks to different stages, by the people of the units that have them."""
        tasks = list(Task._base_manager.filter(document=plan).order_by("id"))
        for place, task in enumerate(tasks):
            doer = self._able(task.unit, "task.do")
            stage = place % 6
            if stage == 5:
                continue
            if stage == 4:
                self._step(
                    task, doer, 8, "dispute", reason="该事项涉及多个部门，建议明确牵头单位。"
                )
                continue
            self._step(task, doer, 9, "accept", doer_person=doer.person.name)
            if stage in (1, 2, 3):
                self._step(task, doer, 6, "progress", text="已召开部署会，制定排查表。")
            if stage in (2, 3):
                done = {"done": "已逐户核查并登记，问题已现场处置。", "proof_given": "record"}
                self._step(task, doer, 4, "submit", paper=True, **done)
            if stage == 3:
                checker = self._able(task.checker, "task.check", doer.person_id)
                self._step(task, checker, 2, "pass", opinion="抽查10户，情况属实。")

    def _step(
        self,
        task: Task,
        by: Holding,
        days_ago: float,
        name: str,
        *,
        paper: bool = False,
        **data: Any,
    ) -> None:
        with self._as(by, days_ago) as actor:
            files = self._paper(actor) if paper else []
            uid = uuid5(SPACE, f"{task.uid}:{name}:{days_ago}")
            engine.move(task, name, actor=actor, data=data, proofs=files, uid=uid)

    def _facts(self, what: str, unit: Unit, checker: int, days: int, **more: Any) -> TaskFacts:
        basis = more.pop("basis", "三季度安全生产工作会议")
        return TaskFacts(
            what=what,
            unit=unit.pk,
            checker=checker,
            due_on=self.today + timedelta(days=days),
            proof_kind=more.pop("proof_kind", "record"),
            basis=basis,
            source=basis,
            supplied=("doers", "checker", "due_on", "proof_kind"),
            **more,
        )

    def _standing(self) -> None:
        """A monthly duty of the personas' district: the first period missed, the second skipped."""
        office = self._office_of(self._persona("inspector").post.unit)
        with self._as(self._persona("committee"), 70) as actor:
            due = self.today - timedelta(days=65)
            row = actions.start_recurrence("month", due)
            facts = self._facts(
                "每月汇总重大隐患整改进展并复核一次",
                office,
                actor.unit or 0,
                -65,
                recurrence=row,
                words="督",
            )
            first = actions.open_task(facts, actor=actor)
        doer = self._able(office, "task.do")
        self._step(first, doer, 69, "accept", doer_person=doer.person.name)
        for days_ago in (60, 30, 1):
            moment = timezone.make_aware(
                datetime.combine(self.today - timedelta(days=days_ago), time(9))
            )
            with clock.at(min(moment, clock.now())), unscoped("standing duties of the demo city"):
                actions.renew_standing(clock.now())
        second = Task._base_manager.filter(recurrence=row).order_by("due_on")[1]
        with unscoped("the demo city"):
            if second.state == "assigned":
                self._step(
                    second, self._persona("committee"), 31, "skip", reason="当月统一开展专项督查"
                )

    def _office_of(self, unit: Unit) -> Unit:
        rows = Unit.objects.filter(kind=Unit.Kind.COMMITTEE_OFFICE, level=6)
        return rows.get(region__startswith=unit.region[:6])

    def _near_the_personas(self) -> None:
        """Something to do for the station and the firm of the personas, given by those above them."""
        inspector, owner = self._persona("inspector"), self._persona("owner")
        station, firm = inspector.post.unit, owner.post.unit
        office = self._office_of(station)
        giver = self._able(office, "task.assign")
        wanted = (
            ("对辖区木业企业开展一轮粉尘防爆检查", 6, "查", 3.0),
            ("组织一次企业安全员培训并考核", -2, "教", 14.0),
            ("建立沿街商铺用火用电台账", 15, "制", 1.0),
        )
        for place, (what, days, words, ago) in enumerate(wanted):
            with self._as(giver, ago) as actor:
                facts = self._facts(what, station, office.pk, days, words=words)
                task = actions.open_task(facts, actor=actor)
            if place == 1:
                self._step(task, inspector, ago - 1, "accept", doer_person=inspector.person.name)
        with self._as(inspector, 5) as actor:
            facts = self._facts("更换打磨车间除尘器老化滤筒", firm, station.pk, 9, words="改")
            task = actions.open_task(facts, actor=actor)
        self._step(task, owner, 4, "accept", doer_person=owner.person.name)
        with self._as(giver, 10) as actor:
            facts = self._facts("排查三合一场所并督促搬离", station, office.pk, 12, words="查改")
            handed_in = actions.open_task(facts, actor=actor)
        self._step(handed_in, inspector, 9, "accept", doer_person=inspector.person.name)
        done = {"done": "排查商户43家，搬离3家。", "proof_given": "record"}
        self._step(handed_in, inspector, 1, "submit", paper=True, **done)
        with unscoped("the demo city"):
            sweep.sweep(clock.now())

    # --- pledges and duty lists

    def _pledges(self) -> None:
        committee = self._persona("committee")
        targets = "不发生较大以上生产安全事故；重大隐患按期整改率100%。"
        with self._as(committee, 40) as actor:
            standing.open_year(self.today.year, targets, actor=actor)
            rows = Pledge._base_manager.filter(year=self.today.year, to_unit_id=actor.unit)
            for pledge in rows.select_related("unit").order_by("id")[:14]:
                facts = {
                    "signed_on": self.today - timedelta(days=40),
                    "signer": "主要负责人",
                    "targets": targets,
                }
                standing.sign_pledge(pledge, facts, actor=actor)

    def _sheets(self) -> None:
        inspector = self._persona("inspector")
        unit = inspector.post.unit
        lines = [
            "每月对重点企业检查一次，填写检查记录",
            "受理并核实群众举报，五个工作日内答复",
            "督促企业按期整改隐患并复查",
        ]
        with self._as(inspector, 300) as actor:
            sheet = standing.start_sheet(
                unit,
                "安全生产职责清单",
                starts_on=self.today - timedelta(days=300),
                lines=lines,
                basis="镇街权责清单",
                actor=actor,
            )
        with self._as(inspector, 30) as actor:
            standing.renew_sheet(
                sheet,
                starts_on=self.today - timedelta(days=30),
                lines=[*lines, "每季度组织一次餐饮场所燃气安全检查"],
                basis="燃气安全百日整治",
                actor=actor,
            )
