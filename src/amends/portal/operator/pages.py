"""The operator's addresses. An auditor reads what an operator reads; only an operator changes anything."""

from amends.portal.operator import audit, calendars, case_list, dashboard, health, money, notices, stage
from amends.portal.route import Address, Room

OVERSEEING = frozenset({"operator", "auditor"})


def _read(path: str, name: str, room: Room) -> Address:
    return Address(method="GET", path=path, name=name, does=room, roles=OVERSEEING)


ADDRESSES = (
    *stage.ADDRESSES,
    _read("/operator", "operator", dashboard.show),
    _read("/operator/cases", "operator_cases", case_list.listed),
    _read("/operator/cases.csv", "operator_cases_csv", case_list.exported),
    _read("/operator/health", "operator_health", health.show),
    Address(method="POST", path="/operator/health/release", name="operator_release", does=health.release,
            roles=frozenset({"operator"})),
    _read("/operator/ledger", "operator_ledger", money.show),
    _read("/operator/ledger.csv", "operator_ledger_csv", money.exported),
    _read("/operator/audit", "operator_audit", audit.show),
    _read("/operator/calendars", "operator_calendars", calendars.show),
    _read("/operator/notices", "operator_notices", notices.show),
)  # fmt: skip
