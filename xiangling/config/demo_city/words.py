"""What the sign-in page says of the people of the demo city: label and one line, Chinese and English."""

PERSONAS: dict[str, tuple[str, str, str, str]] = {
    "committee": (
        "市安委办",
        "Safety committee office",
        "看全市台账，裁定职责争议，维护责任清单",
        "Sees the whole city, rules on disputes, keeps the duty map",
    ),
    "department": (
        "行业监管部门",
        "Sector department",
        "看本区本行业，批方案，验收重大隐患",
        "Sees its sector in its district, approves plans, accepts major hazards",
    ),
    "inspector": (
        "镇街安监员",
        "Town inspector",
        "看本镇街，查隐患、下指令、验收销号",
        "Sees the town, finds hazards, orders, accepts and closes",
    ),
    "owner": (
        "企业主要负责人",
        "Firm owner",
        "看本企业，组织整改，验收自查的一般隐患",
        "Sees the firm, has hazards fixed, accepts its own general ones",
    ),
    "workshop": (
        "车间主任",
        "Workshop head",
        "看本车间，上报隐患、提交整改",
        "Sees the workshop, reports and fixes",
    ),
    "team": (
        "班组长",
        "Team leader",
        "看本班组，上报隐患、提交整改",
        "Sees the team, reports and fixes",
    ),
    "leader": (
        "分管区领导",
        "District leader",
        "看全区，批示督办重大和逾期隐患",
        "Sees the district, instructs on major and late hazards",
    ),
    "auditor": (
        "审计人员",
        "Auditor",
        "只看不改，查台账、查痕迹、验证链条",
        "Reads everything, changes nothing, proves the chain",
    ),
    "system_admin": (
        "系统管理员",
        "System administrator",
        "管机构、岗位和人员，不看业务",
        "Keeps units, posts and people; sees no records",
    ),
    "security_admin": (
        "安全管理员",
        "Security administrator",
        "管账号安全，解除锁定",
        "Keeps accounts safe, lifts lock-outs",
    ),
    "audit_admin": (
        "审计管理员",
        "Audit administrator",
        "看审计记录，不能改动",
        "Reads the audit trail",
    ),
}
