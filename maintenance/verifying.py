"""The checks of a work on one side of it: asked, or confirmed by whoever made them."""

from collections.abc import Iterator, Sequence

from sothat.maintenance.checks import Asked, Result, run
from sothat.maintenance.desk import pick
from sothat.maintenance.plan import Side, Work


def results(
    work: Work, side: Side, confirmed: Sequence[str], prometheus: Asked
) -> Iterator[Result]:
    """Yield the results of the checks that Prometheus answers, and of those that are confirmed.

    What a person has to confirm and has not is left out.

    Raises:
        Unusable: A confirmed check is not one that a person makes.
    """
    checks = [check for check in work.checks if check.side is side]
    manual = tuple(check.name for check in checks if check.confirm)
    names = {pick(name, manual, f"check of {work.id} that people make") for name in confirmed}
    for check in checks:
        if check.query:
            yield run(check, prometheus)
        elif check.name in names:
            yield Result(check, passed=True, value="confirmed")
