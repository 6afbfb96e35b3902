"""The first wording of a bulletin: sentences around figures, for a person to make their own. Chinese, as papers are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xiangling.documents.actions import Figure, Section

from .figures import RATES, Collected

Pieces = list[str | Figure]
_PLACE = re.compile(r"\{([a-z_0-9]+)\}")
_AREAS = {"市": "全市", "区": "全区", "县": "全县", "旗": "全旗"}
_PARTS = {4: "各县（市、区）", 6: "各镇（街道）"}
_RATE_NAMES = {
    "closure_rate": "所发现隐患的整改率为",
    "on_time_rate": "按期整改率为",
    "reopen_rate": "复发率为",
    "firms_covered": "排查出隐患的企业占在册企业的",
}
_INDICES = {"accidents": "起", "deaths": "人", "injuries": "人", "loss": "万元"}


def title_of(made: Collected) -> str:
    return f"关于{made.place.name}{made.figures['period'].text}事故隐患排查治理情况的通报"


def addressee_of(made: Collected) -> str:
    return f"{_PARTS.get(len(made.place.code), '各有关')}安全生产委员会，各成员单位"


def sections(made: Collected) -> list[Section]:
    """The parts of a bulletin, each sentence with its figures in their places."""
    return [
        Section("总体情况", [_pieces(made, line) for line in _overall(made)]),
        Section(
            "各地情况", [_pieces(made, line) for line in _places(made)], [made.tables["parts"]]
        ),
        Section(
            "重大事故隐患未办结情况",
            [
                _pieces(
                    made,
                    "截至{until}，未办结重大事故隐患{majors_open}条，其中逾期{majors_overdue}条，名单如下：",
                )
            ],
            [made.tables["majors"]],
        ),
        Section(
            "逾期未整改情况",
            [_pieces(made, "截至{until}，逾期未整改隐患{hazards_overdue}条，涉及单位如下：")],
            [made.tables["late"]],
        ),
        Section(
            "未报送情况",
            [_pieces(made, "{period}，下列负有监管职责的单位未报送隐患信息：")],
            [made.tables["silent"]],
        ),
        Section("下一步工作要求", [[line] for line in _demands()]),
    ]


def _pieces(made: Collected, line: str) -> Pieces:
    """A sentence with {keys} as words and figures."""
    parts = _PLACE.split(line)
    return [made.figures[part] if number % 2 else part for number, part in enumerate(parts) if part]


def _overall(made: Collected) -> Iterator[str]:
    yield (
        f"{{period}}，{_area(made)}共排查发现事故隐患{{hazards_found}}条，上年同期{{hazards_found_year}}条，"
        "同比{hazards_found_yoy}；{period_before}{hazards_found_before}条，环比{hazards_found_mom}。"
        "其中，重大事故隐患{majors_found}条，上年同期{majors_found_year}条，同比{majors_found_yoy}。"
    )
    yield (
        "办结事故隐患{hazards_closed}条，上年同期{hazards_closed_year}条，同比{hazards_closed_yoy}。"
        "截至{until}，未办结事故隐患{hazards_open}条，上年同期{hazards_open_year}条，同比{hazards_open_yoy}；"
        "其中逾期{hazards_overdue}条，上年同期{hazards_overdue_year}条。"
    )
    rates = [f"{_RATE_NAMES[key]}{{{key}}}（{{{key}_part}}/{{{key}_whole}}）" for key in RATES]
    yield "，".join(rates) + "。"
    known = [key for key in _INDICES if made.figures[key].link and made.figures[key].text != "未知"]
    if known:
        names = {
            "accidents": "生产安全事故",
            "deaths": "死亡",
            "injuries": "受伤",
            "loss": "直接经济损失",
        }
        told = [
            f"{names[key]}{{{key}}}{_INDICES[key]}，上年同期{{{key}_year}}{_INDICES[key]}，同比{{{key}_yoy}}"
            for key in known
        ]
        yield "据公布的数据，" + "；".join(told) + "。"


def _area(made: Collected) -> str:
    return _AREAS.get(made.place.name[-1:], made.place.name)


def _places(made: Collected) -> Iterator[str]:
    if not made.n_named:
        yield "各地整改情况见下表。"
        return
    best, worst = (
        "、".join(
            f"{{{side}_{n}_name}}{{{side}_{n}}}（{{{side}_{n}_part}}/{{{side}_{n}_whole}}）"
            for n in range(1, made.n_named + 1)
        )
        for side in ("best", "worst")
    )
    yield f"整改率居前的是：{best}；居后的是：{worst}。各地整改情况见下表。"


def _demands() -> list[str]:
    return [
        "（一）对重大事故隐患实行清单管理，逐条明确责任人、措施、资金、时限和预案，整改完成后由其他人员现场核实。",
        "（二）对逾期未整改的，由属地和行业部门逐家核实原因，依法采取措施，落实整改期间的安全防范。",
        "（三）未报送隐患信息的单位，应当说明原因，并对辖区重点场所开展一次排查。",
    ]
