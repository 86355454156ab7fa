"""What becomes of an entry on its ways through the catalogues that build on its own.

What one catalogue changes counts; what two of them change differently, neither of which builds on
the other, is a conflict, as in a merge of three. A catalogue above both settles it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sothat.generator.layers import Layer, Setting, merged, traced
from sothat.generator.loading.composition import Composition
from sothat.generator.loading.packs import Pack
from sothat.model.problem import Position, Problem
from sothat.runtime.documents import Document

_NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Said:
    """A setting as a catalogue has it, by the catalogue's number."""

    number: int
    layer: Layer
    setting: Setting


@dataclass(frozen=True, slots=True)
class _State:
    """What a catalogue has of an entry from below.

    Attributes:
        kept: Catalogues that offer it.
        out: Catalogues that leave it out, each with the place where it says so.
        said: What is changed of it, by dotted key; several where they do not agree.
    """

    kept: frozenset[int] = frozenset()
    out: Mapping[int, Position] = field(default_factory=lambda: MappingProxyType({}))
    said: Mapping[str, tuple[_Said, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two catalogues that do not agree about an entry, neither of which builds on the other.

    Attributes:
        what: The setting, with both values; empty: one leaves the entry out.
        first: The place of the one, ``second`` that of the other, in the document ``document``.
    """

    entry: str
    what: str
    first: Position
    second: Position
    document: Document


@dataclass(frozen=True, slots=True)
class Settled:
    """An entry as the topmost catalogue has it.

    Attributes:
        layers: What is changed of it, the lowest first; None: it is not taken over.
        why: Why it is not.
    """

    layers: tuple[Layer, ...] | None
    conflicts: tuple[Conflict, ...] = ()
    why: str = ""


def settle(composition: Composition, home: int, name: str, layers: tuple[Layer, ...]) -> Settled:
    """Return what becomes of an entry.

    Args:
        composition: The catalogues.
        home: The number of the one that has it.
        name: Its own.
        layers: Its settings there.
    """
    return _Way(composition, home, name, layers).settled()


@dataclass(frozen=True, slots=True)
class _Way:
    """The ways of one entry to the top."""

    composition: Composition
    home: int
    name: str
    layers: tuple[Layer, ...]

    def settled(self) -> Settled:
        states = {self.home: _State(frozenset({self.home}), said=self._own())}
        for number, level in enumerate(self.composition.levels):
            if self.home in self.composition.below[number] and level.pack:
                below = [states[base] for base in level.bases if base in states]
                states[number] = self._at(number, level.pack, self._joined(below))
        top = states[self.composition.top]
        if not top.kept:
            return Settled(None, why=self._why(top))
        return Settled(tuple(self._chosen(top)), tuple(self._conflicts(top)))

    def _why(self, state: _State) -> str:
        """Return where it is left out, and the reasons that are given there."""
        said = (f"{place}: {self._reason(number)}" for number, place in state.out.items())
        return "; ".join(said) or "no catalogue takes its domain over"

    def _reason(self, number: int) -> str:
        pack = self.composition.levels[number].pack
        return pack.reason(self.name, self.domain) if pack else ""

    @property
    def domain(self) -> str:
        """Return its domain."""
        return str(merged(self.layers).get("domain", ""))

    def _own(self) -> Mapping[str, tuple[_Said, ...]]:
        """Return the owner, who may be another above."""
        owner = traced(self.layers).get("owner")
        return {"owner": (_Said(self.home, self.layers[0], owner),)} if owner else {}

    def _joined(self, states: Iterable[_State]) -> _State:
        """Return what several catalogues have; of one that builds on another the upper counts."""
        found = tuple(states)
        kept = frozenset[int]().union(*(state.kept for state in found))
        out = {number: place for state in found for number, place in state.out.items()}
        highest = self.composition.highest((*kept, *out))
        alive = [state for state in found if state.kept & highest]
        said: dict[str, list[_Said]] = {}
        for state in alive:
            for key, several in state.said.items():
                said.setdefault(key, []).extend(several)
        return _State(
            kept & highest,
            {number: place for number, place in out.items() if number in highest},
            {key: self._agreed(several) for key, several in said.items()},
        )

    def _agreed(self, several: Iterable[_Said]) -> tuple[_Said, ...]:
        """Return what counts of what several say of one setting: one, if they agree."""
        by_number = {said.number: said for said in several}
        highest = sorted(self.composition.highest(by_number))
        found: list[_Said] = []
        for number in highest:
            if all(by_number[number].setting.value != said.setting.value for said in found):
                found.append(by_number[number])
        return tuple(found)

    def _at(self, number: int, pack: Pack, state: _State) -> _State:
        """Return what a catalogue makes of what those below have."""
        domain = self.domain
        place = pack.alerts.get(self.name)
        if place is None and self.name not in pack.tuned:
            place = pack.domains.get(domain)
        if place is not None:
            return _State(out={number: pack.document.position(place)})
        if self.name in pack.tuned:
            # To change it is to want it, whatever is left out below.
            said = state.said if state.kept else self._own()
            return _State(frozenset({number}), said=self._changed(number, pack, said))
        if pack.only and domain not in pack.only:
            return _State()
        if not state.kept:
            return state
        said = self._changed(number, pack, state.said)
        if state.out and not pack.only:
            return _State(state.kept, state.out, said)
        return _State(frozenset({number}), said=said)

    def _changed(
        self, number: int, pack: Pack, said: Mapping[str, tuple[_Said, ...]]
    ) -> Mapping[str, tuple[_Said, ...]]:
        """Return the settings with what a catalogue changes of them."""
        owners = (self._owned(number, pack, each) for each in said.get("owner", ()))
        changed = {**said, "owner": self._agreed(owners)} if "owner" in said else dict(said)
        layer = pack.tuning(self.name)
        if layer:
            own = {key: (_Said(number, layer, each),) for key, each in traced([layer]).items()}
            changed.update(own)
        return changed

    def _owned(self, number: int, pack: Pack, said: _Said) -> _Said:
        layer = pack.owning(str(said.setting.value))
        return _Said(number, layer, traced([layer])["owner"]) if layer else said

    def _chosen(self, state: _State) -> Iterator[Layer]:
        """Yield the layers of what counts, those of lower catalogues first."""
        found = {
            (said.number, said.layer.path): said.layer
            for several in state.said.values()
            for said in several
            if said.number != self.home
        }
        yield from (found[place] for place in sorted(found, key=lambda place: place[0]))

    def _conflicts(self, state: _State) -> Iterator[Conflict]:
        for key, several in sorted(state.said.items()):
            for said in several[1:]:
                one, other = several[0].setting, said.setting
                named = key.rpartition(".")[2]
                what = f"'{named}' is {one.value} at {one.position} and {other.value}"
                document = said.layer.document
                yield Conflict(self.name, what, one.position, other.position, document)
        for number in sorted(state.kept if state.out else ()):
            pack = self.composition.levels[number].pack
            if pack:  # what has none is below all others, and never on a par with one
                position = pack.document.position(["builds_on"])
                first = min(state.out.values())
                yield Conflict(self.name, "", first, position, pack.document)


def conflict_problems(conflicts: Iterable[Conflict], top: str) -> Iterator[Problem]:
    """Yield one problem for each two places that do not agree.

    Args:
        conflicts: Of all entries.
        top: The file of the pack that can settle them.
    """
    by_place: dict[tuple[str, Position, Position], list[Conflict]] = {}
    for each in conflicts:
        by_place.setdefault((each.what, each.first, each.second), []).append(each)
    for (what, first, second), found in by_place.items():
        names = ", ".join(each.entry for each in found[:_NAMES_SHOWN])
        more = f" and {len(found) - _NAMES_SHOWN} more" if len(found) > _NAMES_SHOWN else ""
        about = f"{what} here" if what else f"left out at {first}, and taken over here"
        message = f"{names}{more}: {about}; neither catalogue builds on the other"
        hint = f"settle it in {top}: name it under 'alerts' or 'leave_out'"
        line = found[0].document.line(second.line)
        yield Problem("pack-conflict", message, second, hint, source=line)
