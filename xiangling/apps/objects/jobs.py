"""The import of supervised objects: its columns, notes and samples."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from xiangling.kernel import registry
from xiangling.kernel.imports import Column, Importer
from xiangling.org.models import Region
from xiangling.org.sectors import sector_choices

from .intake import take


def _towns() -> list[str]:
    return list(Region.objects.filter(level=9).order_by("code").values_list("name", flat=True))


registry.add(
    "importers",
    "objects",
    Importer(
        key="objects",
        label=gettext_lazy("Supervised objects"),
        duty="object.import",
        list_key="objects",
        take=take,
        help=gettext_lazy(
            "Firms, venues, equipment and sites in one sheet. A firm already known is completed, not doubled; "
            "equipment, venues and sites name the enterprise they belong to."
        ),
        columns=(
            Column("kind", gettext_lazy("Kind"), ("类别", "对象类别", "对象类型", "监管对象类别")),
            Column(
                "name",
                gettext_lazy("Name"),
                (
                    "名称",
                    "单位名称",
                    "企业名称",
                    "对象名称",
                    "设备名称",
                    "场所名称",
                    "项目名称",
                    "公司名称",
                ),
                required=True,
            ),
            Column(
                "identifier",
                gettext_lazy("Identifier"),
                (
                    "统一社会信用代码",
                    "社会信用代码",
                    "信用代码",
                    "统一代码",
                    "设备代码",
                    "设备注册代码",
                    "注册代码",
                    "编号",
                    "代码",
                    "uscc",
                ),
            ),
            Column(
                "type",
                gettext_lazy("Type"),
                ("类型", "行业类型", "设备种类", "设备类别", "设备品种", "场所类型"),
            ),
            Column(
                "sector",
                gettext_lazy("Sector"),
                ("行业领域", "行业", "监管行业", "所属行业", "所属行业领域"),
            ),
            Column("district", gettext_lazy("District"), ("区县", "县区", "所属区县", "区")),
            Column(
                "region",
                gettext_lazy("Town"),
                (
                    "镇街",
                    "乡镇街道",
                    "镇（街道）",
                    "所属镇街",
                    "属地",
                    "所在镇街",
                    "行政区划代码",
                    "区划代码",
                    "town",
                ),
            ),
            Column(
                "firm_code",
                gettext_lazy("Enterprise code"),
                (
                    "所属企业代码",
                    "所属企业统一社会信用代码",
                    "使用单位代码",
                    "使用单位统一社会信用代码",
                ),
            ),
            Column(
                "firm_name",
                gettext_lazy("Belongs to"),
                ("所属企业", "所属单位", "使用单位", "使用单位名称", "施工单位", "建设单位"),
            ),
            Column(
                "address",
                gettext_lazy("Address"),
                ("地址", "详细地址", "经营地址", "住所", "使用地点", "安装地点"),
            ),
            Column(
                "liable_name",
                gettext_lazy("Liable person"),
                ("责任人", "主要负责人", "安全负责人", "负责人", "法定代表人", "联系人"),
            ),
            Column(
                "liable_phone",
                gettext_lazy("Phone"),
                ("电话", "联系电话", "责任人电话", "手机", "手机号"),
            ),
            Column(
                "staff_count", gettext_lazy("Staff"), ("从业人数", "从业人员数", "职工人数", "人数")
            ),
            Column(
                "next_test_on",
                gettext_lazy("Next test"),
                ("下次检验日期", "下次检验时间", "检验有效期", "检验有效期至"),
            ),
            Column("status", gettext_lazy("Status"), ("状态", "经营状态", "使用状态")),
            Column("lat", gettext_lazy("Latitude"), ("纬度", "lat")),
            Column("lng", gettext_lazy("Longitude"), ("经度", "lng", "lon")),
        ),
        notes={
            "kind": gettext_lazy("企业, 场所, 设备 or 工地; blank means 企业."),
            "identifier": gettext_lazy(
                "Firm: unified social credit code; equipment: device code; else a local number."
            ),
            "sector": gettext_lazy("Required for a new firm; others take their firm's."),
            "region": gettext_lazy("Name or 9-digit division code; required for a firm."),
            "firm_code": gettext_lazy(
                "For venues, equipment and sites: the code or the name of their enterprise."
            ),
            "next_test_on": gettext_lazy("Equipment only, like 2026-03-05."),
            "lat": gettext_lazy("WGS 84, degrees."),
        },
        choices={
            "kind": lambda: ["企业", "场所", "设备", "工地"],
            "status": lambda: ["在用", "停用", "注销"],
            "sector": lambda: [label for _code, label in sector_choices()],
            "region": _towns,
        },
        sample=(
            {
                "kind": "企业",
                "name": "临港精工机械有限公司",
                "identifier": "91990101MA0000000C",
                "sector": "工贸",
                "address": "滨海路12号",
                "liable_name": "林向东",
                "staff_count": 86,
                "status": "在用",
            },
            {
                "kind": "设备",
                "name": "1号电动单梁起重机",
                "type": "起重机械",
                "firm_name": "临港精工机械有限公司",
                "next_test_on": "2027-03-05",
                "status": "在用",
            },
        ),
    ),
)
