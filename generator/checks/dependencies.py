"""Names in the graph of components that lead nowhere, and components that need themselves."""

from collections.abc import Iterable, Iterator

from sothat.generator.checked import Check
from sothat.generator.circles import circles
from sothat.generator.draft import Draft
from sothat.model.dependencies import Component, Mention
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Problem


def find(draft: Draft) -> Iterator[Problem]:
    """Yield each name that nothing has, and each circle."""
    components = draft.catalogue.components
    if not components:
        return
    alerts = {alert.name for alert in draft.catalogue.alerts}
    known = alerts | {alert.made_for for alert in draft.catalogue.alerts} | draft.lost
    for component in components.values():
        for mention in (*component.down, *component.alerts):
            if mention.name not in known:
                yield _unknown(draft, "unknown-alert", "alert or service level", mention, known)
        for need in component.needs:
            if need.component.name not in components:
                known_components = set(components)
                mention = need.component
                yield _unknown(draft, "unknown-component", "component", mention, known_components)
    yield from _circles(draft)


def _unknown(draft: Draft, code: str, what: str, mention: Mention, known: Iterable[str]) -> Problem:
    hint = did_you_mean(mention.name, filter(None, known))
    message = f"no {what} is called '{mention.name}'"
    return draft.sources.complete(Problem(code, message, mention.position, hint))


def _circles(draft: Draft) -> Iterator[Problem]:
    components = draft.catalogue.components
    edges = {
        name: [n.component.name for n in component.needs] for name, component in components.items()
    }
    for circle in circles(edges):
        message = f"{' needs '.join((*circle, circle[0]))}: a circle"
        hint = "leave out the need that does not make the other one fail"
        position = _need(components[circle[0]], (*circle, circle[0])[1]).position
        yield draft.sources.complete(Problem("dependency-circle", message, position, hint))


def _need(component: Component, name: str) -> Mention:
    return next(n.component for n in component.needs if n.component.name == name)


CHECK = Check(
    codes=("unknown-alert", "unknown-component", "dependency-circle"), find=find, binding=True
)
