"""Samples as the text that Prometheus scrapes."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from sothat.exporters.negotiation import OPENMETRICS, Form, choose_form
from sothat.exporters.series import Block, Series
from sothat.exporters.source import Sample
from sothat.model.metric import MetricFamily, MetricType


def expose(
    samples: Iterable[Sample], families: Mapping[str, MetricFamily], accept: str
) -> tuple[bytes, str]:
    """Return the exposition of samples and its content type.

    Args:
        samples: In any order; of two samples of one series, the first counts.
        families: The family of each series name.
        accept: The scraper's ``Accept`` header; it chooses between text and OpenMetrics.
    """
    form = choose_form(accept)
    blocks: dict[str, Block] = {}
    for sample in samples:
        family = families[sample.name]
        block = blocks.setdefault(family.name, Block(family))
        block.series.append(Series(family, sample.name, sample.labels))
        block.values.append(float(sample.value))
    return encode([blocks.values()], form, unique=False) + form.end, form.content_type


def encode(groups: Sequence[Iterable[Block]], form: Form, *, unique: bool) -> bytes:
    """Return families in the order of their names, with all their lines.

    Args:
        groups: Blocks by collector.
        form: Text or OpenMetrics.
        unique: Whether no series is there twice: a second one would make Prometheus refuse the
            scrape as a whole, so where that is not known the first counts.
    """
    return Writer(form, unique=unique).write(groups)


class Writer:
    """Writes what changes from time to time; families that are as they were are only copied.

    That 0 has become -0 is no change.

    Args:
        unique: As for `encode`.
    """

    def __init__(self, form: Form, *, unique: bool) -> None:
        self._form = form
        self._unique = unique
        self._last = b""
        self._places: dict[str, tuple[list[Block], slice]] = {}

    def write(self, groups: Sequence[Iterable[Block]]) -> bytes:
        """Return families in the order of their names, with all their lines."""
        before = memoryview(self._last)
        texts: list[bytes | memoryview] = []
        places: dict[str, tuple[list[Block], slice]] = {}
        end = 0
        for name, blocks in sorted(_by_name(groups).items()):
            kept, place = self._places.get(name, _NOWHERE)
            texts.append(before[place] if kept == blocks else self._family(blocks))
            begin, end = end, end + len(texts[-1])
            places[name] = blocks, slice(begin, end)
        self._last, self._places = b"".join(texts), places
        return self._last

    def _family(self, blocks: Sequence[Block]) -> bytes:
        head = header(blocks[0].family, self._form).encode("utf-8")
        pieces = chain.from_iterable(block.pieces() for block in blocks)
        return b"".join((head, *(pieces if self._unique else _unique(pieces)), b"\n"))


_NOWHERE: tuple[list[Block], slice] = ([], slice(0))


def _by_name(groups: Iterable[Iterable[Block]]) -> Mapping[str, list[Block]]:
    families: dict[str, list[Block]] = {}
    for block in chain.from_iterable(groups):
        families.setdefault(block.family.name, []).append(block)
    return families


def _unique(pieces: Iterable[bytes]) -> Iterable[bytes]:
    """Return starts and values of lines without those whose series was there already."""
    one_by_one = iter(pieces)
    first: dict[bytes, bytes] = {}
    for start, value in zip(one_by_one, one_by_one, strict=True):
        first.setdefault(start, value)
    return chain.from_iterable(first.items())


def header(family: MetricFamily, form: Form) -> str:
    """Return what stands above the lines of a family."""
    kind = _kind(family, form)
    name = family.name
    if form is not OPENMETRICS:
        return f"# HELP {name} {_text_help(family.help)}\n# TYPE {name} {kind}"
    name = name.removesuffix(_SUFFIXES.get(family.type, ""))
    above = f"# HELP {name} {_openmetrics_help(family.help)}\n# TYPE {name} {kind}"
    # OpenMetrics wants a unit to be the last word of the name.
    if family.unit and name.endswith(f"_{family.unit}"):
        above += f"\n# UNIT {name} {family.unit}"
    return above


_SUFFIXES = {MetricType.COUNTER: "_total", MetricType.INFO: "_info"}


def _kind(family: MetricFamily, form: Form) -> str:
    if form is OPENMETRICS:
        return "unknown" if family.type is MetricType.UNTYPED else family.type.value
    return "gauge" if family.type is MetricType.INFO else family.type.value


def _text_help(words: str) -> str:
    return words.replace("\\", r"\\").replace("\n", r"\n")


def _openmetrics_help(words: str) -> str:
    return _text_help(words).replace('"', r"\"")
