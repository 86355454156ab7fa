"""References inside the policy that lead nowhere."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.guessing import did_you_mean
from sothat.model.policy import COMMON_LADDERS, Policy
from sothat.model.problem import Problem
from sothat.runtime.documents import Document

# Whose reference, what sort of thing it names, and the name.
Reference = tuple[tuple[str | int, ...], str, str]


def find(draft: Draft) -> Iterator[Problem]:
    """Yield each name in the policy, or of a contract in an objective, that nothing in it has."""
    policy = draft.catalogue.policy
    yield from _objectives(draft, tuple(policy.contracts))
    sections: Mapping[str, Iterable[str]] = {
        "calendars": policy.calendars,
        "channels": policy.channels,
        "contracts": policy.contracts,
        "escalations": policy.escalation,
        "hours": policy.hours,
        "levels of escalation": [
            level.name for ladder in policy.escalation.values() for level in ladder
        ],
        "rotations": policy.rotations,
        "teams": policy.teams,
    }
    document = draft.sources.of_kind("Policy")
    if document is None:
        return
    for path, section, name in (*_references(policy), *_seats(document, policy)):
        known = tuple(sections[section])
        if name not in known:
            yield _unknown(document, path, section, name, known)
    yield from _climbed_by_nobody(document, policy)


def _climbed_by_nobody(document: Document, policy: Policy) -> Iterator[Problem]:
    """Yield the escalations that are neither everybody's nor any team's: most likely slips."""
    climbed = {*COMMON_LADDERS, *(name for t in policy.teams.values() for name in t.ladders)}
    for name in policy.escalation:
        if name not in climbed:
            hint = did_you_mean(name, COMMON_LADDERS, otherwise="name it in a team's `ladders`")
            message = f"the escalation '{name}' is climbed for no team"
            yield document.problem(
                "unknown-reference", message, ("escalation", name), key=True, hint=hint
            )


def _objectives(draft: Draft, known: Sequence[str]) -> Iterator[Problem]:
    """Yield the objectives that take their figure from a contract which does not exist."""
    for document in draft.sources.documents.values():
        data = document.data if isinstance(document.data, Mapping) else {}
        slos = data.get("slos") if data.get("kind") == "SLOs" else None
        for number, slo in enumerate(slos if isinstance(slos, list) else ()):
            objective = slo.get("objective") if isinstance(slo, Mapping) else None
            name = objective.get("contract") if isinstance(objective, Mapping) else None
            if (
                isinstance(name, str)
                and name not in known
                and slo.get("name") not in draft.left_out
            ):
                path = ("slos", number, "objective", "contract")
                yield _unknown(document, path, "contracts", name, known)


def _unknown(
    document: Document, path: Sequence[str | int], section: str, name: str, known: Sequence[str]
) -> Problem:
    hint = did_you_mean(name, known, otherwise=f"add it to '{section}'")
    message = f"'{name}' is not among the policy's {section}"
    return document.problem("unknown-reference", message, path, hint=hint)


def _references(policy: Policy) -> Iterator[Reference]:
    yield from _clocks(policy)
    yield from _people(policy)
    for name, window in policy.maintenance.items():
        yield ("maintenance", name, "calendar"), "calendars", window.calendar
    for name, channel in policy.channels.items():
        if channel.hours:
            yield ("channels", name, "hours"), "hours", channel.hours
            yield ("channels", name, "calendar"), "calendars", channel.calendar
    yield from _channels(policy)


def _clocks(policy: Policy) -> Iterator[Reference]:
    """Yield what the clocks of priorities and contracts count in."""
    if policy.calendar:
        yield ("calendar",), "calendars", policy.calendar
    for priority, promised in policy.priorities.items():
        for hours in {term.hours for term in promised.clocks.values()} - {""}:
            yield ("priorities", priority.value, "hours"), "hours", hours
    for name, contract in policy.contracts.items():
        yield ("contracts", name, "hours"), "hours", contract.hours
        for key, terms in (("response", contract.response), ("resolution", contract.resolution)):
            for priority, term in terms.items():
                yield ("contracts", name, key, priority.value, "hours"), "hours", term.hours


def _people(policy: Policy) -> Iterator[Reference]:
    """Yield what clients and rotations name, and who answers for the monitoring."""
    if policy.owner:
        yield ("owner",), "teams", policy.owner
    for name, client in policy.clients.items():
        yield ("clients", name, "contract"), "contracts", client.contract
        yield ("clients", name, "calendar"), "calendars", client.calendar
    for name, rotation in policy.rotations.items():
        if rotation.team:
            yield ("rotations", name, "team"), "teams", rotation.team
        yield ("rotations", name, "calendar"), "calendars", rotation.calendar
        if rotation.hours:
            yield ("rotations", name, "hours"), "hours", rotation.hours
        if rotation.otherwise:
            yield ("rotations", name, "otherwise"), "rotations", rotation.otherwise
    for name, team in policy.teams.items():
        for number, ladder in enumerate(team.ladders):
            yield ("teams", name, "ladders", number), "escalations", ladder


def _seats(document: Document, policy: Policy) -> Iterator[Reference]:
    """Yield what the escalations name."""
    # Of a policy whose shape is wrong there are no teams here.
    for team in policy.teams:
        for number, item in enumerate(document.data["teams"][team]["escalation"]):
            path = ("teams", team, "escalation", number)
            for key, section in (("level", "levels of escalation"), ("rotation", "rotations")):
                if not isinstance(item, str) and key in item:
                    yield (*path, key), section, item[key]
    for kind, ladder in policy.escalation.items():
        for level in ladder:
            for priority, term in level.after.items():
                if term.hours:
                    yield ("escalation", kind, level.name, priority.value), "hours", term.hours


def _channels(policy: Policy) -> Iterator[Reference]:
    """Yield the channels of teams, where the policy says which there are."""
    for name, team in policy.teams.items() if policy.channels else ():
        for priority, channels in team.channels.items():
            for channel in channels:
                yield ("teams", name, "channels", priority.value), "channels", channel


CHECK = Check(codes=("unknown-reference",), find=find, binding=True)
