"""Labels that all samples of one thing have, put to those that tell them apart."""

from collections.abc import Iterable, Iterator, Mapping

from sothat.exporters.source import Sample


def labelled(samples: Iterable[Sample], more: Mapping[str, str]) -> Iterator[Sample]:
    """Yield samples with more labels; those that came with one mapping go on sharing one."""
    before: Mapping[str, str] | None = None
    labels: Mapping[str, str] = {}
    for name, value, own in samples:
        if own is not before:
            before, labels = own, {**more, **own}
        yield Sample(name, value, labels)
