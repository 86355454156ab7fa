"""A major incident: its state, who has which role, and when those who wait hear more. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from sothat.incidents.refusal import Refused


class MajorState(StrEnum):
    """How far a major incident is."""

    PROPOSED = "proposed"
    DECLINED = "declined"
    DECLARED = "declared"
    STOOD_DOWN = "stood-down"


class Part(StrEnum):
    """The roles of a major incident; of experts there may be several."""

    COMMANDER = "commander"
    TECHNICAL_LEAD = "technical-lead"
    COMMUNICATIONS = "communications"
    EXPERT = "expert"
    EXECUTIVE = "executive"


PART_NAMES: Mapping[Part, str] = {
    Part.COMMANDER: "incident commander",
    Part.TECHNICAL_LEAD: "technical lead",
    Part.COMMUNICATIONS: "communications coordinator",
    Part.EXPERT: "expert",
    Part.EXECUTIVE: "executive liaison",
}


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a role since when.

    Attributes:
        rostered: Who the rota named then: when it names another, a hand-over is due. Empty: the
            role was given by hand.
    """

    part: Part
    person: str
    since: int
    rostered: str = ""


@dataclass(frozen=True, slots=True)
class Major:
    """The record of one incident as a major one; moments in nanoseconds.

    Attributes:
        reasons: Which criteria were met, in words; empty: somebody declared it without.
        bridge: Where people meet.
        update_due: When those who wait should hear more; None: nobody waits.
        nagged: Whether it was said that this moment has passed.
        relief: Who the rota has now for the roles whose hand-over is due.
    """

    incident: int
    state: MajorState
    reasons: tuple[str, ...] = ()
    proposed_at: int | None = None
    declared_at: int | None = None
    declared_by: str = ""
    ended_at: int | None = None
    ended_by: str = ""
    bridge: str = ""
    holders: tuple[Holder, ...] = ()
    update_due: int | None = None
    nagged: bool = False
    relief: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def led(self) -> bool:
        """Return whether it is declared, and not stood down."""
        return self.state is MajorState.DECLARED

    def who(self, part: str) -> tuple[str, ...]:
        """Return who has a role; pages ask for it by its name alone."""
        return tuple(one.person for one in self.holders if one.part == part)


def proposed(incident: int, why: tuple[str, ...], now: int) -> Major:
    """Return the proposal to lead an incident as a major one."""
    return Major(incident, MajorState.PROPOSED, why, proposed_at=now)


def declared(before: Major, by: str, bridge: str, now: int, update_due: int | None) -> Major:
    """Return a major incident that somebody has declared.

    Raises:
        Refused: It is declared already.
    """
    if before.led:
        raise Refused(f"already declared by {before.declared_by}")
    return replace(
        before,
        state=MajorState.DECLARED,
        declared_at=now,
        declared_by=by,
        ended_at=None,
        ended_by="",
        bridge=bridge or before.bridge,
        holders=(),
        update_due=update_due,
        nagged=False,
        relief=MappingProxyType({}),
    )


def ended(before: Major, to: MajorState, by: str, now: int) -> Major:
    """Return a proposal that was declined, or a major incident that was stood down.

    Raises:
        Refused: There is nothing to decline or to stand down.
    """
    wanted = MajorState.PROPOSED if to is MajorState.DECLINED else MajorState.DECLARED
    if before.state is not wanted:
        raise Refused(f"it is {before.state}, not {wanted}")
    return replace(before, state=to, ended_at=now, ended_by=by, update_due=None, relief={})


def given(before: Major, part: Part, person: str, now: int, rostered: str = "") -> Major:
    """Return a major incident in which somebody has a role; only experts may be several.

    Raises:
        Refused: They have it already, or it is not declared.
    """
    want_led(before)
    if person in before.who(part):
        raise Refused(f"{person} is {PART_NAMES[part]} already")
    others = [one for one in before.holders if one.part is not part or part is Part.EXPERT]
    relief = {name: who for name, who in before.relief.items() if name != part}
    holders = (*others, Holder(part, person, now, rostered))
    return replace(before, holders=holders, relief=relief)


def taken_back(before: Major, part: Part, person: str) -> Major:
    """Return a major incident in which somebody no longer has a role.

    Raises:
        Refused: They do not have it.
    """
    want_led(before)
    if person not in before.who(part):
        raise Refused(f"{person} is not {PART_NAMES[part]}")
    kept = tuple(one for one in before.holders if (one.part, one.person) != (part, person))
    return replace(before, holders=kept)


def want_led(major: Major) -> None:
    """Refuse what only a declared major incident has.

    Raises:
        Refused: It is none.
    """
    if not major.led:
        raise Refused("it is not declared as a major incident")
