"""`amends staff`: who works at the desk and the wheel. Invitations are links that open once; nobody has a password."""

import re
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from amends.cli.ground import Data, Marketplace, note, stop, table, time_of, with_house
from amends.settings import Settings

if TYPE_CHECKING:
    from amends.handle import Hinge
    from amends.store.staff import Person

Role = Literal["adjudicator", "operator", "auditor"]
NAME_CHARACTERS = 64
staff = App(name="staff", help="The people of the staff: list them (the default), invite, end.")


@staff.command
def invite(
    name: str,
    *,
    role: Annotated[list[Role] | None, Parameter(help="Give it again for a further role.")] = None,
    email: str | None = None,
    id_: Annotated[str | None, Parameter(name="--id", help="Lower-case letters, digits and hyphens.")] = None,
    marketplace: Marketplace = None,
    data: Data = None,
) -> None:
    """Print a link that lets NAME in once, within 24 hours; earlier links of theirs open no more."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.store import staff as store

        staff_id = id_ or store.id_of(name)
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", staff_id):
            stop("--id: give one of at most 40 lower-case letters, digits and hyphens")
        known = await store.get(hinge.db, settings.marketplace, staff_id)
        roles = tuple(dict.fromkeys(role or (known.roles if known else ())))
        if not roles:
            stop(f"--role: say what {name} does: adjudicator, operator or auditor")
        try:
            token = await store.invite(
                hinge.db, settings.marketplace, staff_id=staff_id, name=name,
                email=email or (known.email if known else None), roles=roles, now=hinge.clock(),
            )  # fmt: skip
        except store.Ended:
            stop(f"{staff_id} has ended and stays so; invite {name} again under another --id", 1)
        print(f"{settings.address}/staff/invitation?t={token}")
        note(f"{name} ({staff_id}), {' and '.join(roles)} of {settings.marketplace}. It opens once, for 24 hours.")

    if not 0 < len(name.strip()) <= NAME_CHARACTERS:
        stop("NAME: use 1 to 64 characters")
    with_house(work, make=True, marketplace=marketplace, data=data)


@staff.default
@staff.command(name="list")
def list_staff(*, marketplace: Marketplace = None, data: Data = None) -> None:
    """List the people, those who have ended too, with their ways in."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.store import staff as store

        found = await store.people(hinge.db, settings.marketplace)
        if not found:
            print("Nobody yet: amends staff invite NAME --role operator")
            return
        table(
            ["id", "name", "roles", "ways in", "made", "ended"],
            [
                [p.staff_id, p.name, ", ".join(p.roles), _ways(p), time_of(p.made_at), time_of(p.ended_at)]
                for p in found
            ],
        )

    with_house(work, marketplace=marketplace, data=data)


@staff.command
def end(staff_id: str, *, marketplace: Marketplace = None, data: Data = None) -> None:
    """Let somebody in no more, and end every session of theirs at once."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.store import staff as store

        if not await store.end(hinge.db, settings.marketplace, staff_id, hinge.clock()):
            stop(f"{settings.marketplace} has no {staff_id} at work; `amends staff list` shows who there is", 1)
        print(f"{staff_id} is let in no more.")

    with_house(work, marketplace=marketplace, data=data)


def _ways(person: "Person") -> str:
    ways = [f"{person.passkeys} passkey{'s' if person.passkeys > 1 else ''}"] if person.passkeys else []
    ways += ["organisation"] if person.oidc_subject else []
    ways += [f"invitation until {time_of(person.invited_until)}"] if person.invited_until else []
    return ", ".join(ways) or "–"
