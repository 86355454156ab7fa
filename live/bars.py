"""Small plots in text: a row of bars, one a figure."""

from collections.abc import Sequence

_BARS = " ▁▂▃▄▅▆▇█"


def bars(figures: Sequence[float]) -> str:
    """Return a row of bars, the highest figure a full one; what is above 0 is never blank."""
    most = max(figures, default=0)
    return "".join(_bar(figure / most if most else 0.0) for figure in figures)


def _bar(share: float) -> str:
    return _BARS[min(len(_BARS) - 1, -(-int(share * 8000) // 1000))] if share > 0 else " "
