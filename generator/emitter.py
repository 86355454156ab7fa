"""The contract of emitters: pure functions from the checked catalogue to artefacts."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Protocol

from sothat.generator.checked import CheckedCatalogue
from sothat.model.artefact import Artefact
from sothat.model.problem import unusable
from sothat.runtime.forks import shared_out
from sothat.runtime.plugins import load_extensions

GROUP = "sothat.emitters"


class Emitter(Protocol):
    """Turns the checked catalogue into files; no clock, no I/O, the same bytes every time."""

    def __call__(self, checked: CheckedCatalogue, /) -> Iterable[Artefact]:
        """Return the artefacts."""


def installed_emitters() -> tuple[Emitter, ...]:
    """Return every installed emitter, sorted by name."""
    return tuple(module.EMITTER for module in load_extensions(GROUP).values())


def emit_all(
    checked: CheckedCatalogue, emitters: Iterable[Emitter], jobs: int = 1
) -> list[Artefact]:
    """Return what all emitters make, sorted by path.

    Args:
        checked: What they make it of.
        emitters: The emitters.
        jobs: How many processes take part.

    Raises:
        Unusable: Two emitters claim one path.
    """
    found = shared_out(lambda emitter: list(emitter(checked)), tuple(emitters), jobs)
    made = sorted((each for some in found for each in some), key=lambda artefact: artefact.path)
    for one, next_one in pairwise(made):
        if one.path == next_one.path:
            raise unusable("artefact-clash", f"two emitters write {one.path}")
    return made
