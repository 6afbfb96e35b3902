"""The way of one hazard through the loop: legal steps, rising times, the right people."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from .model import StepPlan
from .pace import at_hour, later, within_day

OPEN = frozenset({"found", "graded", "ordered", "fixing", "submitted", "accepted", "disputed"})
BEFORE_FIX = frozenset({"found", "graded", "ordered"})
# step: (states it starts from, state it leads to; None keeps the state)
STEPS: dict[str, tuple[frozenset[str], str | None]] = {
    "report": (frozenset({""}), "found"),
    "grade": (frozenset({"found"}), "graded"),
    "report_up": (frozenset({"graded"}), None),
    "order": (frozenset({"graded"}), "ordered"),
    "plan": (frozenset({"ordered"}), None),
    "approve_plan": (frozenset({"ordered"}), None),
    "start": (frozenset({"ordered"}), "fixing"),
    "submit": (frozenset({"fixing"}), "submitted"),
    "give_back": (frozenset({"submitted"}), "fixing"),
    "accept": (frozenset({"submitted"}), "accepted"),
    "self_accept": (frozenset({"submitted"}), "accepted"),
    "close": (frozenset({"accepted"}), "closed"),
    "spot_fix": (frozenset({"found"}), "accepted"),
    "recheck": (frozenset({"accepted"}), None),
    "transfer": (BEFORE_FIX, "found"),
    "dispute": (BEFORE_FIX, "disputed"),
    "rule": (frozenset({"disputed"}), "found"),
    "control": (OPEN, None),
    "ask_extension": (frozenset({"fixing"}), None),
    "decide_extension": (frozenset({"fixing"}), None),
    "merge": (frozenset({"found"}), "merged"),
    "request_void": (OPEN, "voiding"),
    "confirm_void": (frozenset({"voiding"}), "void"),
    "refuse_void": (frozenset({"voiding"}), "back"),
    "reopen": (frozenset({"closed"}), "graded"),
    "instruct": (OPEN, None),
}
NOTES: dict[str, tuple[str, ...]] = {
    "transfer": ("属行业部门职责，转行业部门办理", "不在本站辖区管理范围，转交处理"),
    "dispute": ("该场所不属我单位监管对象，提请明确", "职责清单中未列该类场所，提请裁定"),
    "rule": ("按行业相近原则，由现单位继续负责", "按属地管理，由镇街先行处置，部门指导"),
    "give_back": (
        "照片只拍了外观，未见关键部位，退回补充",
        "整改不彻底，同类问题仍有一处",
        "缺少检测记录，退回",
    ),
    "accept": ("现场核对，整改到位", "复查时抽试两次均正常，同意通过", "对照措施逐项核对，通过"),
    "self_accept": ("非整改人现场查看，符合要求", "本企业内部验收通过，已留照片"),
    "close": ("资料齐全，予以销号", "核对前后照片，同意销号"),
    "spot_fix": ("当场整改，前后照片已留", "现场立即改正，检查人员在场确认"),
    "recheck": ("抽查复核，未反弹", "回看现场，保持良好"),
    "reopen": ("回头看发现同一问题反弹，重新办理", "群众再次反映，核实属实"),
    "instruct": ("请按期盯到位，改完前不得恢复使用", "举一反三，查同类企业", "每周报一次进度"),
    "request_void": ("重复录入，申请作废", "现场核实不属隐患，申请作废"),
    "confirm_void": ("核对属实，同意作废",),
    "refuse_void": ("现场仍存在，不同意作废",),
    "start": ("已领取整改任务", "材料到位，开始整改"),
    "ask_extension": ("配件到货延后，申请延期", "需停产检修窗口，申请延期"),
    "decide_extension": ("理由成立，同意延期", "同意延期，期间加强管控"),
    "merge": ("与同一部位已登记隐患重复，并入原件",),
}
SPOTLESS = ("已按措施整改完毕，附照片", "整改完成，请复查", "隐患已消除，资料见附件")


@dataclass
class Cast:
    """Who acts on a hazard. All are post keys."""

    finder: str
    inspectors: list[str]
    """Posts of the supervising unit, at least two."""
    officers: list[str]
    """Posts of the sector department, at least two."""
    office: list[str]
    """Posts of the district committee office."""
    liable: str
    submitter: str
    leader: str
    leader_name: str
    reported_to: str
    self_acceptor: str = ""
    other_unit: str = ""
    supervisor: str = ""
    department: str = ""


@dataclass
class Wish:
    """What the hazard should look like in the end."""

    state: str
    major: bool = False
    overdue: bool = False
    spot: bool = False
    own: bool = False
    """A general hazard that the firm found itself."""
    rounds: int = 0
    extras: frozenset[str] = frozenset()
    order: dict[str, Any] = field(default_factory=dict)
    grade: dict[str, Any] = field(default_factory=dict)
    interim: str = ""


class Route:
    """Appends steps; raises ValueError for one that the loop does not allow."""

    def __init__(
        self, rng: random.Random, cast: Cast, wish: Wish, found_at: datetime, today: date
    ) -> None:
        self.rng, self.cast, self.wish, self.today = rng, cast, wish, today
        self.at, self.state, self._before = found_at, "", ""
        self.steps: list[StepPlan] = []
        self.deadline: date | None = None
        self.inspector = rng.choice(cast.inspectors)
        self.supervisor = cast.supervisor

    def go(
        self,
        step: str,
        post: str,
        low: float = 0,
        high: float = 0,
        note: str = "",
        *,
        desk: bool = True,
        same_day: bool = False,
        **data: Any,
    ) -> None:
        """Take a step `low` to `high` hours after the one before."""
        sources, target = STEPS[step]
        if self.state not in sources:
            raise ValueError(f"{step} from {self.state}")
        if high:
            self.at = (
                within_day(self.rng, self.at, low, high)
                if same_day
                else later(self.rng, self.at, low, high, desk=desk)
            )
        if step == "request_void":
            self._before = self.state
        self.state = self._before if target == "back" else target or self.state
        text = note or (self.rng.choice(NOTES[step]) if step in NOTES else "")
        self.steps.append(StepPlan(step, self.at, post, text, self.state, data))

    # --- the stages

    def run(self) -> None:
        """Walk to the wished state."""
        wish, rng, cast = self.wish, self.rng, self.cast
        self.go("report", cast.finder)
        self._at_found()
        if wish.state == "found":
            return
        if wish.state in ("disputed", "voiding", "void"):
            self._side_state()
            return
        if wish.spot:
            self._spot()
            return
        self._grade()
        for _ in range(wish.rounds):
            self._round("closed")
            self.go("reopen", rng.choice(cast.officers), 200, 700)
        self._round(wish.state)

    def _at_found(self) -> None:
        extras, cast, rng = self.wish.extras, self.cast, self.rng
        if "transfer" in extras:
            self.go("transfer", self.inspector, 1, 30, to_unit=cast.department)
            self._hand_to_department()
        if "rule" in extras:
            self.go("dispute", self.inspector, 2, 30)
            self.go("rule", rng.choice(cast.office), 20, 100, to_unit=self.supervisor)
        if "refuse_void" in extras:
            self.go("request_void", self.inspector, 2, 20)
            self.go("refuse_void", self._another(self.inspector), 4, 40)

    def _hand_to_department(self) -> None:
        self.supervisor = self.cast.department
        self.cast.inspectors = self.cast.officers
        self.inspector = self.rng.choice(self.cast.officers)

    def _side_state(self) -> None:
        state = self.wish.state
        if state == "disputed":
            self.go("dispute", self.inspector, 2, 40)
            return
        if self.rng.random() < 0.5:
            self.go("grade", self.inspector, 2, 30, grade="general")
        self.go("request_void", self.inspector, 2, 40)
        if state == "void":
            self.go("confirm_void", self._another(self.inspector), 3, 50)

    def _spot(self) -> None:
        order = self.wish.order
        fixer = self.cast.finder if self.cast.finder in self.cast.inspectors else self.inspector
        self.go(
            "spot_fix",
            fixer,
            0.1,
            1.2,
            same_day=True,
            measures=order["measures"],
            liable_person=order["liable_person"],
        )
        closer = self._another(fixer)
        if "recheck" in self.wish.extras:
            self.go("recheck", closer, 20, 150)
        if self.wish.state == "closed":
            self.go("close", closer, 2, 60)

    def _grade(self) -> None:
        wish, cast = self.wish, self.cast
        if wish.major:
            self.go("grade", self.inspector, 0.2, 2.0, same_day=True, **wish.grade)
            self.go(
                "report_up",
                self.inspector,
                0.2,
                1.5,
                "当日上报，已请分管领导包案",
                same_day=True,
                leader=cast.leader_name,
                reported_to=cast.reported_to,
            )
            if wish.interim:
                self.go(
                    "control",
                    self.inspector,
                    0.1,
                    0.8,
                    wish.interim,
                    same_day=True,
                    interim="stop_work",
                    interim_note=wish.interim,
                )
        else:
            self.go("grade", self.inspector, 0.5, 26, **wish.grade)
            if "control" in wish.extras:
                note = "整改前该部位停用并设警戒"
                self.go(
                    "control", self.inspector, 0.2, 5, note, interim="control", interim_note=note
                )
        if "instruct" in wish.extras and not wish.major:
            self.go("instruct", cast.leader, 1, 30)

    def _round(self, until: str) -> None:
        """From graded to `until`: one full turn of the loop."""
        wish, cast = self.wish, self.cast
        if until == "graded":
            return
        self._order(until)
        if wish.major:
            if "instruct" in wish.extras:
                self.go("instruct", cast.leader, 1, 8)
            self.go(
                "plan",
                cast.submitter,
                8,
                70,
                "整改方案已报，责任措施资金时限预案齐全",
                plan=wish.order["measures"],
            )
            if until == "ordered":
                return
            self.go("approve_plan", self._another(self.inspector), 4, 50, "方案可行，同意实施")
        if until == "ordered":
            return
        self.go("start", cast.liable, 1, 24)
        if "extension" in wish.extras:
            self._extension(until)
        if "give_back" in wish.extras:
            self._submit(until)
            self.go("give_back", self.inspector, 3, 50)
        if until == "fixing":
            return
        self._submit(until)
        if until == "submitted":
            return
        self._accept()
        if until == "closed":
            self.go("close", self._another(self.inspector) if wish.major else self.inspector, 2, 55)

    def _order(self, until: str) -> None:
        wish, rng = self.wish, self.rng
        if wish.major:
            self.at = within_day(rng, self.at, 0.3, 2.5)
        else:
            self.at = later(rng, self.at, 0.5, 22)
        day = self.at.date()
        days = (
            rng.choice((30, 45, 60, 90))
            if wish.major
            else rng.choice((3, 5, 7, 10, 15, 15, 15, 30))
        )
        self.deadline = day + timedelta(days=days)
        if wish.overdue and until != "closed":
            room = max(1, (self.today - day).days - 2)
            self.deadline = self.today - timedelta(days=rng.randint(1, min(room, 45)))
        elif until == "fixing" and "extension" in wish.extras:
            self.deadline = max(day, self.today + timedelta(days=rng.randint(-4, 1)))
        elif until in ("ordered", "fixing") and self.deadline < self.today:
            self.deadline = self.today + timedelta(days=rng.randint(0, 9))
        self.go("order", self.inspector, note="", deadline=self.deadline, **wish.order)

    def _extension(self, until: str) -> None:
        """More time asked in the last ten days before expiry, answered within five (Order 15 art. 17)."""
        assert self.deadline is not None
        rng, before = self.rng, self.at
        ask_on = max(self.at.date(), self.deadline - timedelta(days=rng.randint(2, 9)))
        self.at = later(rng, max(self.at, at_hour(ask_on, 9)), 0.2, 4)
        if self.at.date() > self.deadline:
            self.at = before
            return
        wanted = self.deadline + timedelta(days=rng.choice((7, 10, 15)))
        if until == "fixing":
            wanted = max(wanted, self.today + timedelta(days=rng.randint(1, 12)))
        self.go("ask_extension", self.cast.submitter, until=wanted)
        self.go("decide_extension", self.inspector, 4, 46, until=wanted)
        self.deadline = wanted

    def _submit(self, until: str) -> None:
        assert self.deadline is not None
        left = max(1.0, (at_hour(self.deadline, 12) - self.at).total_seconds() / 86400)
        if until == "submitted":
            left = min(left, 12.0)
        share = (
            self.rng.uniform(1.02, 1.3)
            if self.rng.random() < 0.05
            else self.rng.uniform(0.15, 0.85)
        )
        hours = max(2.0, left * share * 24)
        self.go("submit", self.cast.submitter, hours * 0.9, hours, self.rng.choice(SPOTLESS))

    def _accept(self) -> None:
        cast, wish = self.cast, self.wish
        if wish.own and cast.self_acceptor and not wish.major:
            self.go("self_accept", cast.self_acceptor, 2, 40)
        elif wish.major:
            self.go("accept", self.inspector, 20, 190, desk=False, on_site=True)
        else:
            self.go("accept", self.inspector, 3, 80)

    def _another(self, post: str) -> str:
        """A post of the supervising unit that is not `post`."""
        others = [other for other in self.cast.inspectors if other != post]
        return self.rng.choice(others)
