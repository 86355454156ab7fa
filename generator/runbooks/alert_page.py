"""The page of an alert, woven from its entry, the policy and the hand-written notes.

What somebody needs at night stands first: the promise, the deadlines, the first checks.
"""

from collections.abc import Iterator, Mapping, Sequence

from sothat.generator.runbooks.condition import condition_blocks
from sothat.generator.runbooks.library import MAJOR_INCIDENT, Library
from sothat.generator.runbooks.markdown import NOTE, bullets, code, joined, link
from sothat.generator.runbooks.people import escalation_blocks, roles_of, terms_table, update_text
from sothat.generator.runbooks.related import related_block
from sothat.generator.runbooks.sections import Section
from sothat.generator.runbooks.steps import steps_list
from sothat.model.alert import Alert
from sothat.model.duration import format_duration
from sothat.model.policy import PriorityTerms

CHECKS, DECISIONS, NOTES = "First checks", "Decisions", "Notes"
CONDITION, ESCALATION, RELATED = "The condition", "Escalation", "Related alerts"
PROOF, HISTORY = "Proof", "History"
# Other names under which people write the sections that we make, too.
_MEANS = {
    "": NOTES,
    "steps": CHECKS,
    "decision points": DECISIONS,
    "condition": CONDITION,
    "related": RELATED,
}


def alert_page(alert: Alert, library: Library) -> str:
    """Return the page."""
    return joined(_blocks(alert, library))


def _blocks(alert: Alert, library: Library) -> Iterator[str]:
    yield NOTE
    yield f"# {alert.name}"
    yield f"**{alert.summary}**"
    yield terms_table(alert, library.catalogue.policy)
    yield f"**IF** {alert.condition.words}"
    yield f"**DO** {alert.action.text}"
    yield f"**SO THAT** {alert.outcome.who} {alert.outcome.text}"
    for title, blocks in _woven(_made(alert, library), library.sections(alert.name)).items():
        yield f"## {title}"
        yield from blocks


def _made(alert: Alert, library: Library) -> Mapping[str, Sequence[str]]:
    """Return the blocks of the sections that we make, in the order of the page."""
    return {
        CHECKS: [steps_list(alert.action.steps)],
        DECISIONS: [bullets(_decisions(alert, library))],
        NOTES: [],
        CONDITION: list(
            condition_blocks(alert, library.values, library.panels.get(alert.name, ""))
        ),
        ESCALATION: list(escalation_blocks(alert, library.catalogue.policy)),
        RELATED: [related_block(alert, library.relations)],
        PROOF: list(_proof(alert)),
        HISTORY: [],
    }


def _woven(
    made: Mapping[str, Sequence[str]], written: Sequence[Section]
) -> Mapping[str, Sequence[str]]:
    """Return the sections that have anything in them.

    What is written by hand follows what is made, in the section of the same name; a section of
    another name stands after the notes.
    """
    found = {title: [block for block in blocks if block] for title, blocks in made.items()}
    places = {title.casefold(): title for title in made} | _MEANS
    further: dict[str, list[str]] = {}
    for section in written:
        title = places.get(section.title.casefold())
        target = found[title] if title else further.setdefault(section.title, [])
        target.append(section.text)
    ordered: dict[str, list[str]] = {}
    for title, blocks in found.items():
        ordered[title] = blocks
        if title == NOTES:
            ordered |= further
    return {t: blocks for t, blocks in ordered.items() if blocks or t in further}


def _decisions(alert: Alert, library: Library) -> Iterator[str]:
    """Yield the forks that every incident has, with this alert's own times and people."""
    terms = library.catalogue.policy.priorities[alert.action.priority]
    roles = roles_of(alert, library.catalogue.policy)
    if len(roles) > 1:
        late = format_duration(terms.acknowledge)
        yield f"**Not acknowledged after {late}?** Call: {roles[1]}."
    if MAJOR_INCIDENT in library.written:
        major = link("Declare a major incident", f"{MAJOR_INCIDENT}.md")
        yield f"**More than one customer or site hit, data at risk, or an attack?** {major}."
    yield (
        f"**Not over within {format_duration(terms.resolve)}?** Say so before that, "
        f"with a workaround; updates: {_rhythm(terms)}."
    )
    yield (
        "**It went away by itself?** Close only once the promise holds again: "
        f"{alert.outcome.who} {alert.outcome.text}."
    )


def _rhythm(terms: PriorityTerms) -> str:
    return update_text(terms) if terms.update is None else f"every {update_text(terms)}"


def _proof(alert: Alert) -> Iterator[str]:
    """Yield the tests that hold the condition, by the names that promtool prints."""
    if not alert.examples or alert.condition.tuned:
        return
    yield bullets(
        f"`{alert.name}: {example.name}` – {'fires' if example.fires else 'stays quiet'}"
        for example in alert.examples
    )
    yield code("promtool test rules compiled/prometheus/tests/*.yaml", "sh")
