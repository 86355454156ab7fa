"""Units as dimensions: rate divides by seconds, a ratio is dimensionless, bytes are not seconds."""

from dataclasses import dataclass
from functools import cached_property

# Dimensionless names: a share of a whole, a plain count, a yes or no.
_PLAIN = {"", "ratio", "count", "boolean"}

# Units with a name of their own that are others' quotients.
_DERIVED = {"watts": {"joules": 1, "seconds": -1}, "hertz": {"seconds": -1}}


@dataclass(frozen=True)
class Unit:
    """Exponents of base units, sorted by name, none of them zero.

    ``name`` tells dimensionless units apart: ``ratio``, ``boolean`` or empty for a count.
    """

    powers: tuple[tuple[str, int], ...] = ()
    name: str = ""

    @classmethod
    def of(cls, text: str) -> "Unit":
        """Return the unit of a contract's word.

        Args:
            text: ``bytes``, ``ratio``, ``bytes-per-second``, ``per-second``; empty for a count.
        """
        if text in _PLAIN:
            return cls((), "" if text == "count" else text)
        top, _, bottom = text.replace("-per-", "/").partition("/")
        if top.startswith("per-"):
            top, bottom = "", top.removeprefix("per-")
        powers = dict(_DERIVED.get(top, {} if top in _PLAIN else {top: 1}))
        if bottom:
            below = bottom if bottom.endswith("s") else f"{bottom}s"
            powers[below] = powers.get(below, 0) - 1
        return cls(_normal(powers))

    @property
    def dimensionless(self) -> bool:
        """Return whether the unit is a pure number."""
        return not self.powers

    @property
    def share(self) -> bool:
        """Return whether a value of 0.85 may be read as 85 %."""
        return self.dimensionless and self.name in ("ratio", "boolean")

    def times(self, other: "Unit") -> "Unit":
        """Return the unit of a product."""
        if self.dimensionless and other.dimensionless:
            both = {self.name, other.name}
            return RATIO if both == {"ratio"} else (self if not other.name else other)
        return _product(_merged(self, other, 1))

    def over(self, other: "Unit") -> "Unit":
        """Return the unit of a quotient; a quantity over its own kind is a ratio."""
        if self.powers == other.powers:
            return RATIO
        return _product(_merged(self, other, -1))

    def same_dimension(self, other: "Unit") -> bool:
        """Return whether values of the two may be added or compared."""
        return self.powers == other.powers

    @cached_property
    def text(self) -> str:
        """Return the unit in words: ``bytes per second``."""
        if self.powers == Unit.of("watts").powers:
            return "watts"
        top = [_power(name, n) for name, n in self.powers if n > 0]
        bottom = [_power(name.removesuffix("s"), -n) for name, n in self.powers if n < 0]
        if self.dimensionless:
            return self.name or "a plain number"
        return " per ".join([" ".join(top) or "1", *bottom])


def _product(powers: dict[str, int]) -> Unit:
    """Return the unit of these powers; dimensions that cancel leave a share: busy s per s."""
    left = _normal(powers)
    return Unit(left) if left else RATIO


def _power(name: str, exponent: int) -> str:
    return name if exponent == 1 else f"{name}^{exponent}"


def _normal(powers: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((name, n) for name, n in powers.items() if n))


def _merged(left: Unit, right: Unit, sign: int) -> dict[str, int]:
    powers = dict(left.powers)
    for name, n in right.powers:
        powers[name] = powers.get(name, 0) + sign * n
    return powers


COUNT = Unit()
RATIO = Unit((), "ratio")
BOOLEAN = Unit((), "boolean")
SECONDS = Unit((("seconds", 1),))
PER_SECOND = Unit((("seconds", -1),))
