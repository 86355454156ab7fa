"""Steps as a numbered list: do, run, expect, if not."""

from collections.abc import Iterable, Iterator

from sothat.generator.runbooks.markdown import code, joined, numbered
from sothat.model.alert import Step


def steps_list(steps: Iterable[Step]) -> str:
    """Return steps as Markdown."""
    return numbered([joined(_parts(step)).strip() for step in steps])


def _parts(step: Step) -> Iterator[str]:
    yield step.do
    if step.run:
        yield code(step.run, "sh")
    if step.expect:
        yield f"**Expect:** {step.expect}"
    if step.if_not:
        yield f"**If not:** {step.if_not}"
