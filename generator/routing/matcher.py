"""One comparison of a label's value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sothat.generator.routing.pattern import Pattern, compile_pattern

Labels = Mapping[str, str]

_RESERVED = frozenset("{}!=~,\\\"'`")
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"'})


class Operator(StrEnum):
    """How a matcher compares."""

    EQUAL = "="
    NOT_EQUAL = "!="
    REGEX = "=~"
    NOT_REGEX = "!~"


@dataclass(frozen=True, slots=True)
class Matcher:
    """A label's name, an operator and a value; a label that is missing has the value "".

    Attributes:
        pattern: The compiled value of the operators for regular expressions, else None.
    """

    name: str
    operator: Operator
    value: str
    pattern: Pattern | None = None

    def matches(self, labels: Labels) -> bool:
        """Return whether a set of labels fulfils it."""
        value = labels.get(self.name, "")
        match self.operator:
            case Operator.EQUAL:
                return value == self.value
            case Operator.NOT_EQUAL:
                return value != self.value
            case Operator.REGEX:
                return self.pattern is not None and self.pattern.matches(value)
            case Operator.NOT_REGEX:
                return self.pattern is not None and not self.pattern.matches(value)

    def __str__(self) -> str:
        """Return it as Alertmanager prints it."""
        quoted = any(c.isspace() or c in _RESERVED for c in self.name)
        name = f'"{self.name.translate(_ESCAPES)}"' if quoted else self.name
        return f'{name}{self.operator}"{self.value.translate(_ESCAPES)}"'


def matcher(name: str, operator: Operator, value: str) -> Matcher:
    """Return a matcher.

    Raises:
        ValueError: The value is to be a regular expression and is none.
    """
    regex = operator in (Operator.REGEX, Operator.NOT_REGEX)
    return Matcher(name, operator, value, compile_pattern(value) if regex else None)


def all_match(matchers: Iterable[Matcher], labels: Labels) -> bool:
    """Return whether a set of labels fulfils all matchers."""
    return all(one.matches(labels) for one in matchers)


def in_order(matchers: Iterable[Matcher]) -> tuple[Matcher, ...]:
    """Return matchers in Alertmanager's order."""
    operators = list(Operator)
    return tuple(sorted(matchers, key=lambda m: (m.name, m.value, operators.index(m.operator))))
