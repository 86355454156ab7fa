"""Tests of an alert, made from its expression.

For each comparison of the expression the inverse proposes series that put it just short of its
threshold, on it, and just beyond. What it proposes is evaluated, in the arithmetic of both major
versions of Prometheus; only what comes out as it should becomes a test.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import Any

import promql_parser as pp
from sothat.generator.promql import children
from sothat.generator.proving.cases import Case, Look, Purpose
from sothat.generator.proving.evaluation.engine import compiled
from sothat.generator.proving.evaluation.rules import Program
from sothat.generator.proving.evaluation.series import LOOKBACK, Era, Matrix, Times, Unknown
from sothat.generator.proving.evaluation.store import Store
from sothat.generator.proving.looks import Looks
from sothat.generator.proving.pace import Pace
from sothat.generator.proving.scenarios import Fired, Phase, Scenario, scenario_of
from sothat.generator.proving.solving.atoms import Atom, Side, atoms_in, node_at, operand
from sothat.generator.proving.solving.formulas import Formulas, Spans
from sothat.generator.proving.solving.inverse import MOST_ASKED, MOST_EXACT, Inverse, Place
from sothat.generator.proving.solving.placing import Naming, Placed, decoys
from sothat.generator.proving.solving.signals import Burst, Gone, Level, Plan

_ERAS = (Era.THREE, Era.TWO)
_PLANS = 8
# Evaluations in which a steady state must come about, and all that one scenario may take.
_WARM, _ROUND, _MOST = 200, 10, 1_000
_FIRES_ON = (">=", "<=", "==")


@dataclass(frozen=True)
class Synthesis:
    """The tests of one alert in the making.

    Attributes:
        found: Series by the sides that they put comparisons on; None where there are none.
    """

    alert: str
    tree: Any
    formulas: Formulas
    program: Program
    pace: Pace
    spans: Spans
    naming: Naming
    found: dict[tuple[Any, ...], tuple[Placed, ...] | None] = field(default_factory=dict)

    def cases(self) -> Iterator[Case]:
        """Yield the tests; none unless one of them fires and one is quiet."""
        atoms, done = tuple(atoms_in(self.tree, self.formulas)), set[str]()
        made: list[Case] = []
        for number, branches in enumerate(self._variants()):
            active = [atom for atom in atoms if _is_active(atom.path, branches)]
            fresh = [atom for atom in active if atom.path not in done]
            suffix = f", operand {number + 1}" if number else ""
            made += self._of_variant(active, fresh, branches, suffix)
            done |= {atom.path for atom in active}
        if any(e.fires for case in made for e in case.looks) and any(
            not e.fires for case in made for e in case.looks
        ):
            yield from made
            yield from self._without_data()

    def _variants(self) -> Iterator[Mapping[str, int]]:
        """Yield the choices of operands of each ``or``: the first ones, then each other one."""
        paths = list(_ors(self.tree))
        first = dict.fromkeys(paths, 0)
        yield first
        for path in paths:
            ancestors = {p: int(path[len(p)]) for p in paths if p != path and path.startswith(p)}
            yield {**first, **ancestors, path: 1}

    def _of_variant(
        self,
        active: Sequence[Atom],
        fresh: Sequence[Atom],
        branches: Mapping[str, int],
        suffix: str,
    ) -> Iterator[Case]:
        if not active:
            yield from self._of_absence(branches, suffix)
            return
        if not any(self._at(active[0], side, branches) for side in (Side.INSIDE, Side.ON)):
            return
        for place, atom in enumerate(fresh or active[:1]):
            purpose = Purpose.FIRES if not place else Purpose.GUARD
            name = f"threshold {_limit(atom)}" if not place else f"guard {_limit(atom)}"
            yield from self._of_atom(atom, branches, purpose, f"{name}{suffix}")
        yield from self._of_labels(branches, suffix)

    def _of_atom(
        self, atom: Atom, branches: Mapping[str, int], purpose: Purpose, name: str
    ) -> Iterator[Case]:
        """Yield the tests of one comparison, those of its sides that can be had."""
        if not any(self._at(atom, side, branches) for side in (Side.INSIDE, Side.ON)):
            return
        sides = {side: self._at(atom, side, branches) for side in Side}
        on_fires = atom.op in _FIRES_ON
        quiet = [Side.OUTSIDE, Side.OTHER_SIDE, *([] if on_fires else [Side.ON])]
        firing = [Side.ON] if on_fires and sides[Side.ON] is not None else []
        firing += [Side.INSIDE] if atom.op != "==" or not firing else []
        calm = [(side.value, found) for side in quiet if (found := sides[side]) is not None]
        hot = [(side.value, found) for side in firing if (found := sides[side]) is not None]
        after = sides[Side.WELL_OUTSIDE] or (calm[0][1] if calm else ())
        if not calm or not hot:
            return
        yield from self._told(name, purpose, calm, hot, after)
        if len(calm) > 1 and atom.op == "==" and self.spans.longest:
            # A window forgets the one side at once, the other only when it is over.
            back = self._case(f"{name}, from below", purpose, calm[::-1], hot, after)
            yield from _there(back)

    def _at(self, atom: Atom, side: Side, branches: Mapping[str, int]) -> tuple[Placed, ...] | None:
        """Return series that put a comparison on a side, all others holding."""
        key = (atom.path, side, tuple(sorted(branches.items())))
        if key not in self.found:
            self.found[key] = next(self._proposals(atom, side, branches), None)
        return self.found[key]

    def _proposals(
        self, atom: Atom, side: Side, branches: Mapping[str, int]
    ) -> Iterator[tuple[Placed, ...]]:
        inside = (Side.INSIDE, Side.WELL_INSIDE)
        fires = side in inside or (side is Side.ON and atom.op in _FIRES_ON)
        for plan in self._plans({atom.path: side}, branches):
            placed = self._placed(plan)
            if placed is None or not self._comes_to(placed, fires=fires):
                continue
            if side is not Side.ON or self._is_exact(atom, placed):
                yield placed

    def _plans(self, sides: Mapping[str, Side], branches: Mapping[str, int]) -> Iterator[Plan]:
        """Yield what the inverse proposes, first with the first operands of the rules' ``or``."""
        most = MOST_EXACT if Side.ON in sides.values() else MOST_ASKED
        for number in (0, 1) if self.has_choice else (0,):
            inverse = Inverse(self.formulas, sides, branches, number, iter(range(most)))
            seen: set[Plan] = set()
            for plan in islice(inverse.holding(self.tree, Place()), _PLANS):
                if plan not in seen:
                    seen.add(plan)
                    yield plan

    @cached_property
    def has_choice(self) -> bool:
        """Return whether a recording rule takes one figure or another."""
        names = self.formulas.needed(self.tree)
        return any(next(_ors(self.formulas.tree(name)), None) is not None for name in names)

    def _placed(self, plan: Plan) -> tuple[Placed, ...] | None:
        try:
            return self.naming.placed(plan)
        except Unknown:
            return None

    def _comes_to(
        self, placed: Sequence[Placed], *, fires: bool, program: Program | None = None
    ) -> bool:
        """Tell whether the condition comes to hold, or not to.

        The current version alone is asked: the whole test is run in both. Whether a figure is
        exactly its threshold, which a ``program`` of its own tells, is asked of both.
        """
        eras = _ERAS[:1] if program is None else _ERAS
        bare = replace(program or self.program, lasts=0, keeps=0)
        phases = self._since(placed, self._settling() + 1)
        if sum(phase.count for phase in phases) > _MOST:
            return False
        scenario = scenario_of(phases, self.pace, self.spans.longest)
        every = self.pace.evaluations
        try:
            return all(bool(scenario.ends(bare, every, era)) == fires for era in eras)
        except Unknown:
            return False

    def _since(self, placed: Sequence[Placed], count: int, patience: int = 0) -> list[Phase]:
        """Return a phase, after the time in which series used to do something else, if any did.

        Args:
            placed: The series.
            count: Evaluations that a steady state takes.
            patience: How many of them nobody waits for where the state is only a passing one.
        """
        if all(one.past == one.now for one in placed):
            passing = any(isinstance(one.now, Burst) for one in placed)
            return [Phase(tuple(placed), self._passing(placed) + patience if passing else count)]
        before = self.pace.steps(self.spans.longest) + 1
        fresh = self.pace.steps(self.spans.shortest) + 1 + patience
        return [Phase(tuple(placed), before, before=True), Phase(tuple(placed), fresh)]

    def _passing(self, placed: Sequence[Placed]) -> int:
        """Return the evaluations after which the last burst is over."""
        longest = max(one.now.count for one in placed if isinstance(one.now, Burst))
        return self.pace.steps(longest * self.pace.samples) + 1

    def _settling(self) -> int:
        """Return the evaluations after which a steady state has come about.

        Long windows over what rules recorded hold it from the first: they average equal values.
        """
        spans, pace = self.spans, self.pace
        if not spans.remembers:
            return min(pace.steps(spans.longest) + 1, _WARM)
        return pace.steps(spans.shortest) + min(pace.steps(spans.recorded), _ROUND) + 1

    def _is_exact(self, atom: Atom, placed: Sequence[Placed]) -> bool:
        """Tell whether a figure is its threshold to the last digit, in both versions."""
        figure = compiled(operand(node_at(self.tree, atom.path), atom))
        limit = float(atom.limit)

        def on_it(store: Store, times: Times) -> Matrix:
            return {
                labels: [value if value == limit else None for value in column]
                for labels, column in figure(store, times).items()
            }

        return self._comes_to(placed, fires=True, program=replace(self.program, condition=on_it))

    def _told(
        self,
        name: str,
        purpose: Purpose,
        calm: Sequence[tuple[str, tuple[Placed, ...]]],
        hot: Sequence[tuple[str, tuple[Placed, ...]]],
        after: tuple[Placed, ...],
    ) -> Iterator[Case]:
        """Yield one test of all sides one after the other, or several where that takes long."""
        whole = self._case(name, purpose, calm, hot, after)
        if whole is not None:
            yield whole
            if calm and not whole.is_crisp:
                # Versions that see the edge of a window differently agree on a start without one.
                start = self._case(f"{name}, from the start", purpose, [], hot[-1:], after)
                yield from _there(start)
            return
        for side, placed in calm:
            yield from _there(
                self._case(f"{name}: quiet {side}", Purpose.QUIET, [(side, placed)], [], ())
            )
        for side, placed in hot:
            made = self._case(f"{name} ({side})", purpose, [], [(side, placed)], after)
            yield from _there(
                made or self._case(f"{name} ({side})", purpose, [], [(side, placed)], ())
            )

    def _case(
        self,
        name: str,
        purpose: Purpose,
        calm: Sequence[tuple[str, tuple[Placed, ...]]],
        hot: Sequence[tuple[str, tuple[Placed, ...]]],
        after: tuple[Placed, ...],
        patience: int = 0,
    ) -> Case | None:
        """Return a test; None where the alert does not do what the test would ask.

        Args:
            name: What it shows.
            purpose: The sort of thing that it shows.
            calm: Series for which the alert is quiet.
            hot: Series for which it fires, after those.
            after: Series for which it resolves, after those; none: it is not looked at.
            patience: Milliseconds until series that are gone are missed.
        """
        pending = self.pace.steps(self.program.lasts) + 2
        rest = self._settling() + self.pace.steps(patience) + pending
        tail = self._settling() + self.pace.steps(self.program.keeps) + 2
        phases: list[Phase] = []
        ends: dict[int, bool] = {}
        for fires, (_, placed) in [(False, c) for c in calm] + [(True, h) for h in hot]:
            phases += self._since(placed, rest, pending)
            ends[len(phases) - 1] = fires
        phases += [Phase(after, tail)] if hot and after else []
        if sum(phase.count for phase in phases) > _MOST:
            return None
        scenario = scenario_of(phases, self.pace, self.spans.longest)
        try:
            every = self.pace.evaluations
            runs = [scenario.fired(self.program, every, era) for era in _ERAS]
        except Unknown:
            return None
        looks = Looks(runs, [*scenario.starts, scenario.count])
        times = looks.all(ends, ended=bool(after and hot))
        return None if times is None else self._written(name, purpose, scenario, times)

    def _written(
        self, name: str, purpose: Purpose, scenario: Scenario, times: Mapping[int, Fired]
    ) -> Case:
        every = self.pace.evaluations / 1000
        looks = tuple(
            Look(index * every, tuple(dict(labels) for labels in sorted(fired)))
            for index, fired in sorted(times.items())
        )
        return Case(
            self.alert,
            name,
            purpose,
            self.pace.samples / 1000,
            every,
            scenario.written,
            looks,
        )

    def _of_labels(self, branches: Mapping[str, int], suffix: str) -> Iterator[Case]:
        """Yield tests with series that differ in one label from those that fire."""
        for plan in self._plans({}, branches):
            placed = self._placed(plan)
            if placed is not None and self._comes_to(placed, fires=True):
                break
        else:
            return
        for series in placed:
            others = tuple(one for one in placed if one is not series)
            for matcher, labels in decoys(series):
                stranger = replace(series, labels=labels)
                if not self._comes_to((*others, stranger), fires=False):
                    continue
                name = f"other {matcher.label} of {dict(series.labels)['__name__']}{suffix}"
                made = self._case(
                    name, Purpose.LABELS, [(matcher.label, (*others, stranger))], [], ()
                )
                yield from _there(made)

    def _of_absence(self, branches: Mapping[str, int], suffix: str) -> Iterator[Case]:
        """Yield the test of what must not go missing."""
        for plan in self._plans({}, branches):
            if not any(isinstance(wish.signal, Gone) for wish in plan):
                continue
            there = tuple(
                replace(wish, signal=Level(Fraction(1))) if isinstance(wish.signal, Gone) else wish
                for wish in plan
            )
            gone, present = self._placed(plan), self._placed(there)
            if gone is None or present is None or not self._comes_to(present, fires=False):
                continue
            name = f"fires when it is missing{suffix}"
            calm, hot = [("there", present)], [("gone", gone)]
            found = self._case(name, Purpose.FIRES, calm, hot, present, patience=LOOKBACK)
            yield from _there(found)
            yield from self._of_others(present, gone, suffix)
            return

    def _of_others(
        self, present: Sequence[Placed], gone: Sequence[Placed], suffix: str
    ) -> Iterator[Case]:
        """Yield tests in which only a series that differs in one label is there."""
        for series in present:
            for matcher, labels in decoys(series) if series not in gone else ():
                others = (*gone, replace(series, labels=labels))
                if self._comes_to(others, fires=True):
                    name = f"missing beside another {matcher.label}{suffix}"
                    hot = [(matcher.label, others)]
                    yield from _there(self._case(name, Purpose.LABELS, [], hot, ()))

    def _without_data(self) -> Iterator[Case]:
        """Yield the test of what happens without any series."""
        rest = self._settling() + self.pace.steps(self.program.lasts) + 2
        scenario = scenario_of([Phase((), min(rest, _MOST))], self.pace, self.spans.longest)
        every, last = self.pace.evaluations, scenario.count - 1
        ends = {scenario.fired(self.program, every, era)[-1] for era in _ERAS}
        if len(ends) == 1:
            yield self._written("without data", Purpose.NO_DATA, scenario, {last: ends.pop()})


def _there(case: Case | None) -> Iterable[Case]:
    return () if case is None else (case,)


def _limit(atom: Atom) -> str:
    return f"{atom.op} {float(atom.limit):.12g}"


def _ors(node: Any, path: str = "") -> Iterator[str]:
    if isinstance(node, pp.BinaryExpr) and str(node.op) == "or":
        yield path
    for number, child in enumerate(children(node)):
        yield from _ors(child, f"{path}{number}")


def _is_active(path: str, branches: Mapping[str, int]) -> bool:
    return not any(
        path.startswith(start) and len(path) > len(start) and path[len(start)] != str(chosen)
        for start, chosen in branches.items()
    )
