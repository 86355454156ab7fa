"""From the value that an expression should have to what its series should do.

Each node asks its operands for what makes it so. Several answers are possible, and none is
promised to be right: the caller evaluates them and keeps what holds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice
from types import MappingProxyType
from typing import Any

import promql_parser as pp
from sothat.generator.proving.evaluation.functions import BUCKET
from sothat.generator.proving.evaluation.selecting import Matcher, milliseconds, selector_of
from sothat.generator.proving.evaluation.series import Unknown
from sothat.generator.proving.solving.atoms import FLIPPED, Atom, Side, atom_of, operand, values
from sothat.generator.proving.solving.formulas import Formulas, constant, is_time
from sothat.generator.proving.solving.ideal import ONE, ideal
from sothat.generator.proving.solving.signals import (
    AnyValue,
    Burst,
    Clock,
    Gone,
    Level,
    Plan,
    Signal,
    Slope,
    Wish,
    merged,
    with_wish,
)

# What a figure is where any will do: a share of it is a whole number to the sixth digit.
SCALE = Fraction(1_000_000)
# Right operands that leave most room for the left one.
_PLAIN: Mapping[str, tuple[Fraction, ...]] = MappingProxyType(
    {
        "+": (Fraction(0),),
        "-": (SCALE, ONE, Fraction(0)),
        "*": (ONE,),
        "/": (SCALE, ONE),
    }
)
_ALTERNATIVES = 12
# Of the shipped catalogue the longest search that finds anything takes 250 turns; one for a figure
# that is its threshold to the last digit takes 200, and most of those that find none never end.
MOST_ASKED, MOST_EXACT = 600, 300
_THROUGH = frozenset(("sum", "min", "max", "avg", "quantile"))
_LEVELLED = frozenset(
    (
        "avg_over_time",
        "min_over_time",
        "max_over_time",
        "last_over_time",
        "sum_over_time",
        "quantile_over_time",
    )
)
_PER_SECOND = frozenset(("rate", "irate", "deriv"))
_OVER_WINDOW = frozenset(("increase", "delta"))
_SETS = frozenset(("and", "or", "unless"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where in an expression we are.

    Attributes:
        path: The way from the root of the alert's own expression; None within recordings.
        inherited: Conditions that selectors of recordings on the way put on labels.
        lag: Milliseconds by which offsets on the way shift the time.
    """

    path: str | None = ""
    inherited: tuple[Matcher, ...] = ()
    lag: int = 0

    def below(self, number: int | str) -> "Place":
        """Return the place of a child."""
        return self if self.path is None else replace(self, path=f"{self.path}{number}")


@dataclass(frozen=True)
class Inverse:
    """Looks for plans.

    Attributes:
        sides: For comparisons by their path, the side of the threshold that is wanted; the
            others hold well.
        branches: For each ``or`` of the alert's own expression by its path, the operand to use.
        rules_side: The operand of ``or`` to use in recording rules: everywhere the same, so that
            a figure does not come from one exporter and its total from another.
        asked: As many turns as the search may take.
    """

    formulas: Formulas
    sides: Mapping[str, Side] = field(default_factory=dict)
    branches: Mapping[str, int] = field(default_factory=dict)
    rules_side: int = 0
    asked: Iterator[int] = field(default_factory=lambda: iter(range(MOST_ASKED)))

    def holding(self, node: Any, place: Place) -> Iterator[Plan]:
        """Yield plans for which an expression has an element, comparisons on their wanted sides."""
        for value in self._usual(node, place):
            yield from islice(self.valued(node, value, place, ()), _ALTERNATIVES)

    def _usual(self, node: Any, place: Place) -> Iterator[Signal]:
        """Yield values that an element of an expression may well have."""
        match node:
            case pp.ParenExpr():
                yield from self._usual(node.expr, place.below(0))
            case pp.BinaryExpr() if str(node.op) in ("and", "unless", "or"):
                side = self.branches.get(place.path or "", 0) if str(node.op) == "or" else 0
                yield from self._usual((node.lhs, node.rhs)[side], place.below(side))
            case pp.BinaryExpr() if (atom := self._atom(node, place)) is not None:
                yield from map(Level, values(atom.op, atom.limit, self._side(place)))
            case pp.Call() if node.func.name == "label_replace":
                yield from self._usual(node.args[0], place.below(0))
            case pp.AggregateExpr() if str(node.op) in _THROUGH:
                yield from self._usual(node.expr, place.below(len(_children_before(node))))
            case _:
                yield Level(SCALE)
                yield Level(ONE)

    def _atom(self, node: Any, place: Place) -> Atom | None:
        return atom_of(node, place.path or "", self.formulas)

    def _side(self, place: Place) -> Side:
        if place.path is None:
            return Side.WELL_INSIDE
        return self.sides.get(place.path, Side.WELL_INSIDE)

    def valued(self, node: Any, want: Signal, place: Place, known: Plan) -> Iterator[Plan]:
        """Yield plans, ``known`` among them, for which an expression's element has a value."""
        if next(self.asked, None) is None:  # an expression with no end of possibilities
            return
        match node:
            case pp.ParenExpr():
                yield from self.valued(node.expr, want, place.below(0), known)
            case pp.VectorSelector():
                yield from self._selected(node, want, place, known)
            case pp.UnaryExpr():
                yield from self._negated(node, want, place, known)
            case pp.AggregateExpr():
                yield from self._aggregated(node, want, place, known)
            case pp.Call():
                yield from self._called(node, want, place, known)
            case pp.BinaryExpr():
                yield from self._binary(node, want, place, known)
            case pp.NumberLiteral() if want == Level(Fraction(repr(float(node.val)))):
                yield known

    def _selected(self, node: Any, want: Signal, place: Place, known: Plan) -> Iterator[Plan]:
        try:
            selector = selector_of(node)
        except Unknown:
            return
        lag = place.lag + selector.offset
        rule = self.formulas.tree(selector.metric)
        if rule is not None:
            inherited = (*place.inherited, *selector.matchers)
            yield from self.valued(rule, want, Place(None, inherited, lag), known)
            return
        plan = with_wish(known, Wish(selector, want, place.inherited, lag))
        if plan is not None:
            yield plan

    def _negated(self, node: Any, want: Signal, place: Place, known: Plan) -> Iterator[Plan]:
        match want:
            case Level(value):
                yield from self.valued(node.expr, Level(-value), place.below(0), known)
            case Slope(value):
                yield from self.valued(node.expr, Slope(-value), place.below(0), known)
            case AnyValue():
                yield from self.valued(node.expr, want, place.below(0), known)

    def _aggregated(self, node: Any, want: Signal, place: Place, known: Plan) -> Iterator[Plan]:
        inner = place.below(len(_children_before(node)))
        if str(node.op) in _THROUGH:
            yield from self.valued(node.expr, want, inner, known)
        elif str(node.op) in ("count", "group") and want in (AnyValue(), Level(ONE)):
            for value in (AnyValue(), *self._usual(node.expr, inner)):
                yield from self.valued(node.expr, value, inner, known)

    def _called(self, node: Any, want: Signal, place: Place, known: Plan) -> Iterator[Plan]:
        name, args = str(node.func.name), node.args
        if name == "label_replace":
            yield from self.valued(args[0], want, place.below(0), known)
        elif name in _LEVELLED:
            yield from self._ranged(args[-1], want, place, known)
        elif name == "count_over_time" and want in (AnyValue(), Level(ONE)):
            yield from self._ranged(args[0], AnyValue(), place, known)
        elif name in _PER_SECOND:
            yield from self._grown(args[0], want, ONE, place, known)
        elif name in _OVER_WINDOW:
            seconds = Fraction(_length(args[0]), 1000)
            yield from self._grown(args[0], want, seconds, place, known)
        elif name in ("changes", "resets"):
            yield from self._burst(name, args[0], want, place, known)
        elif name == "histogram_quantile":
            yield from self._quantile(node, want, place, known)
        elif name in ("absent", "absent_over_time"):
            yield from self._missing(args[0], want, place, known)
        else:
            yield from self._shaped(node, want, place, known)

    def _ranged(self, node: Any, want: Signal, place: Place, known: Plan) -> Iterator[Plan]:
        match node:
            case pp.ParenExpr():
                yield from self._ranged(node.expr, want, place, known)
            case pp.MatrixSelector():
                yield from self._selected(node.vector_selector, want, place, known)
            case pp.SubqueryExpr():
                shifted = replace(place, path=None, lag=place.lag + milliseconds(node.offset))
                yield from self.valued(node.expr, want, shifted, known)

    def _grown(
        self, node: Any, want: Signal, seconds: Fraction, place: Place, known: Plan
    ) -> Iterator[Plan]:
        match want:
            case Level(value):
                yield from self._ranged(node, Slope(value / seconds), place, known)
            case AnyValue():
                yield from self._ranged(node, want, place, known)

    def _burst(
        self, name: str, node: Any, want: Signal, place: Place, known: Plan
    ) -> Iterator[Plan]:
        match want:
            case Level(value) if value.denominator == 1 and value >= 0:
                burst = Burst(int(value), resets=name == "resets") if value else Level(ONE)
                yield from self._ranged(node, burst, place, known)
            case AnyValue():
                yield from self._ranged(node, want, place, known)

    def _missing(self, node: Any, want: Signal, place: Place, known: Plan) -> Iterator[Plan]:
        if want in (AnyValue(), Level(ONE), Level(SCALE)):
            yield from self._ranged_or_not(node, Gone(), place, known)

    def _ranged_or_not(self, node: Any, want: Signal, place: Place, known: Plan) -> Iterator[Plan]:
        if isinstance(node, pp.VectorSelector):
            yield from self._selected(node, want, place, known)
        else:
            yield from self._ranged(node, want, place, known)

    def _shaped(self, node: Any, want: Signal, place: Place, known: Plan) -> Iterator[Plan]:
        """Yield plans for functions that leave most values, or their sizes, as they are."""
        name = str(node.func.name)
        if name not in ("abs", "clamp_min", "clamp_max", "clamp", "round", "ceil", "floor"):
            return
        wanted: list[Signal] = [want]
        if name == "abs" and isinstance(want, Level):
            wanted.append(Level(-want.value))
        if name.startswith("clamp"):
            limits = {constant(arg) for arg in node.args[1:]}
            if isinstance(want, Level) and want.value in limits:
                wanted.append(Level(Fraction(0)))
                wanted.append(AnyValue())
        for one in wanted:
            yield from self.valued(node.args[0], one, place.below(0), known)

    def _quantile(self, node: Any, want: Signal, place: Place, known: Plan) -> Iterator[Plan]:
        """Yield plans with two buckets, of which the first holds as much as the quantile needs."""
        share = constant(node.args[0])
        if share is None or not isinstance(want, Level) or not 0 < share < 1 or want.value <= 0:
            return
        bound = _bound_above(want.value, share)
        first = SCALE * share * bound / want.value
        inner = place.below(1)
        for bound_text, rate in ((_plain(bound), first), ("+Inf", SCALE)):
            inner = replace(inner, inherited=tuple(m for m in inner.inherited if m.label != BUCKET))
            matcher = Matcher(BUCKET, "=", bound_text)
            shifted = replace(inner, inherited=(*inner.inherited, matcher))
            plan = next(self.valued(node.args[1], Level(rate), shifted, ()), None)
            joint = None if plan is None else _side_by_side(known, plan, matcher)
            if joint is None:
                return
            known = joint
        yield known

    def _binary(self, node: Any, want: Signal, place: Place, known: Plan) -> Iterator[Plan]:
        op = str(node.op)
        if op in _SETS:
            yield from self._set(node, want, place, known)
        elif self._atom(node, place) is not None:
            yield from self._filtered(node, want, place, known)
        elif op in ("+", "-", "*", "/"):
            yield from self._arithmetic(node, op, want, place, known)
        elif op in (">", "<", ">=", "<=", "==", "!="):
            yield from self._compared(node, op, want, place, known)

    def _set(self, node: Any, want: Signal, place: Place, known: Plan) -> Iterator[Plan]:
        op = str(node.op)
        if op == "or":
            side = self.rules_side if place.path is None else self.branches.get(place.path, 0)
            yield from self.valued((node.lhs, node.rhs)[side], want, place.below(side), known)
            return
        if op == "and" and self._asks_below(place.below(1)):
            # The guard's value is what is asked for: the figure has to suit it.
            for plan in islice(self._guarded(node.rhs, place.below(1), known), _ALTERNATIVES):
                yield from self.valued(node.lhs, want, place.below(0), plan)
            return
        for plan in islice(self.valued(node.lhs, want, place.below(0), known), _ALTERNATIVES):
            if op == "unless":
                yield plan
                continue
            yield from self._guarded(node.rhs, place.below(1), plan)

    def _asks_below(self, place: Place) -> bool:
        start = place.path
        return start is not None and any(path.startswith(start) for path in self.sides)

    def _guarded(self, node: Any, place: Place, known: Plan) -> Iterator[Plan]:
        """Yield plans for which a guard has an element beside what is known."""
        settled = ideal(_figure(node), known, self.formulas) is not None
        if settled and (place.path is None or place.path not in self.sides):
            yield known
        for value in (AnyValue(), *self._usual(node, place)):
            yield from self.valued(node, value, place, known)

    def _filtered(self, node: Any, want: Signal, place: Place, known: Plan) -> Iterator[Plan]:
        """Yield plans for a comparison with a number, which hands values on."""
        atom = self._atom(node, place)
        if atom is None:
            return
        inner, number = operand(node, atom), atom.operand
        sides = values(atom.op, atom.limit, self._side(place))
        asked = place.path in self.sides
        if isinstance(want, AnyValue):
            options: tuple[Fraction, ...] = sides
        elif isinstance(want, Level):
            options = (want.value,)
            if asked and want.value not in sides:
                return
        else:
            return
        for value in options:
            yield from self.valued(inner, Level(value), place.below(number), known)
        if isinstance(want, AnyValue) and not asked:
            yield from self.valued(inner, want, place.below(number), known)

    def _compared(
        self, node: Any, op: str, want: Signal, place: Place, known: Plan
    ) -> Iterator[Plan]:
        """Yield plans for a comparison of two vectors, or of one with a number and ``bool``."""
        if node.modifier is not None and node.modifier.return_bool:
            yield from self._boolean(node, op, want, place, known)
            return
        if isinstance(want, AnyValue):
            want = Level(SCALE)
        for plan in islice(self.valued(node.lhs, want, place.below(0), known), _ALTERNATIVES):
            value = want.value if isinstance(want, Level) else ideal(node.lhs, plan, self.formulas)
            if value is None:
                continue
            flipped = {">": "<", "<": ">", ">=": "<", "<=": ">"}.get(op, op)
            for other in values(flipped, value, Side.WELL_INSIDE):
                yield from self.valued(node.rhs, Level(other), place.below(1), plan)

    def _boolean(
        self, node: Any, op: str, want: Signal, place: Place, known: Plan
    ) -> Iterator[Plan]:
        limit = constant(node.rhs)
        if limit is None or want not in (Level(ONE), Level(Fraction(0)), AnyValue()):
            return
        side = Side.WELL_OUTSIDE if want == Level(Fraction(0)) else Side.WELL_INSIDE
        for value in values(op, limit, side):
            yield from self.valued(node.lhs, Level(value), place.below(0), known)

    def _arithmetic(
        self, node: Any, op: str, want: Signal, place: Place, known: Plan
    ) -> Iterator[Plan]:
        left, right = constant(node.lhs), constant(node.rhs)
        if left is None and right is None:
            yield from self._of_two(node, op, want, place, known)
            return
        inner, number = (node.lhs, 0) if left is None else (node.rhs, 1)
        if isinstance(want, AnyValue):
            yield from self.valued(inner, want, place.below(number), known)
        elif isinstance(want, Level):
            value = _solve_right(op, want.value, right) if left is None else None
            if left is not None:
                value = _solve_left(op, want.value, left)
            if value is not None:
                yield from self.valued(inner, Level(value), place.below(number), known)
            elif want.value == (left or right) and 0 in (left, right) and op == "*":
                yield from self.valued(inner, AnyValue(), place.below(number), known)

    def _of_two(
        self, node: Any, op: str, want: Signal, place: Place, known: Plan
    ) -> Iterator[Plan]:
        if op == "-" and is_time(node.lhs) and isinstance(want, Level):
            yield from self.valued(node.rhs, Clock(-want.value), place.below(1), known)
        elif op == "-" and is_time(node.rhs) and isinstance(want, Level):
            yield from self.valued(node.lhs, Clock(want.value), place.below(0), known)
        elif isinstance(want, AnyValue):
            for plan in islice(self.valued(node.lhs, want, place.below(0), known), _ALTERNATIVES):
                yield from self.valued(node.rhs, want, place.below(1), plan)
        elif isinstance(want, Level):
            yield from self._left_known(node, op, want.value, place, known)
            yield from self._right_first(node, op, want.value, place, known)
            yield from self._left_first(node, op, want.value, place, known)

    def _left_known(
        self, node: Any, op: str, value: Fraction, place: Place, known: Plan
    ) -> Iterator[Plan]:
        """Yield plans where what is known already settles the left operand."""
        left = ideal(node.lhs, known, self.formulas)
        if left is None:
            return
        right = _solve_left(op, value, left)
        if right is None:
            return
        for plan in islice(self.valued(node.lhs, AnyValue(), place.below(0), known), 1):
            yield from self.valued(node.rhs, Level(right), place.below(1), plan)

    def _right_first(
        self, node: Any, op: str, value: Fraction, place: Place, known: Plan
    ) -> Iterator[Plan]:
        for other in dict.fromkeys(self._neutral(node.rhs, op, place.below(1), known)):
            plans = self.valued(node.rhs, Level(other), place.below(1), known)
            for plan in islice(plans, _ALTERNATIVES):
                left = {"+": value - other, "-": value + other, "/": value * other}.get(op)
                if op == "*":
                    left = value / other if other else None
                if left is not None:
                    yield from self.valued(node.lhs, Level(left), place.below(0), plan)

    def _left_first(
        self, node: Any, op: str, value: Fraction, place: Place, known: Plan
    ) -> Iterator[Plan]:
        for other in dict.fromkeys(self._neutral(node.rhs, op, place.below(1), known)):
            left = {"+": value, "-": value + other, "/": value * other, "*": value}[op]
            plans = self.valued(node.lhs, Level(left), place.below(0), known)
            for plan in islice(plans, _ALTERNATIVES):
                right = other if op != "+" else value - left
                yield from self.valued(node.rhs, Level(right), place.below(1), plan)

    def _neutral(self, node: Any, op: str, place: Place, known: Plan) -> Iterator[Fraction]:
        """Yield values that the right operand may well have: what is known of it, or plain ones."""
        fixed = ideal(node, known, self.formulas)
        if fixed is not None:
            yield fixed
        if op == "/":
            yield SCALE
        for signal in self._usual(node, place):
            if isinstance(signal, Level) and signal.value != SCALE:
                yield signal.value
        yield from _limits(node)
        yield from _PLAIN[op]


def _figure(node: Any) -> Any:
    """Return what a guard compares, or the guard itself."""
    while isinstance(node, pp.ParenExpr):
        node = node.expr
    if isinstance(node, pp.BinaryExpr) and str(node.op) in FLIPPED:
        return node.lhs if constant(node.rhs) is not None else node.rhs
    return node


def _limits(node: Any) -> Iterator[Fraction]:
    """Yield the least that a clamped operand can be: where its figure is nothing, it is that."""
    while isinstance(node, pp.ParenExpr):
        node = node.expr
    if isinstance(node, pp.Call) and node.func.name == "clamp_min":
        limit = constant(node.args[1])
        if limit is not None:
            yield limit


def _children_before(node: Any) -> tuple[Any, ...]:
    return () if node.param is None else (node.param,)


def _length(node: Any) -> int:
    while isinstance(node, pp.ParenExpr):
        node = node.expr
    return milliseconds(node.range)


def _solve_right(op: str, value: Fraction, number: Fraction | None) -> Fraction | None:
    """Return x of ``x op number = value``."""
    if number is None or (op in ("*", "/") and not number):
        return None
    return {
        "+": value - number,
        "-": value + number,
        "*": value / number if number else value,
        "/": value * number,
    }[op]


def _solve_left(op: str, value: Fraction, number: Fraction) -> Fraction | None:
    """Return x of ``number op x = value``."""
    if op == "*":
        return value / number if number else None
    if op == "/":
        return number / value if value and number else None
    return value - number if op == "+" else number - value


def _bound_above(value: Fraction, share: Fraction) -> Fraction:
    """Return a bucket's bound such that a quantile near a value lies inside the bucket.

    Two digits, so that values close to each other share it.
    """
    text = f"{float(value * 2 / (1 + share)):.1e}"
    return Fraction(text)


def _plain(value: Fraction) -> str:
    return f"{float(value):g}"


def _side_by_side(known: Plan, plan: Plan, matcher: Matcher) -> Plan | None:
    """Return two plans for different series of one selector, told apart by a matcher."""
    own = tuple(
        replace(
            wish,
            selector=replace(wish.selector, matchers=(*wish.selector.matchers, matcher)),
        )
        for wish in plan
    )
    return merged(known, own)
