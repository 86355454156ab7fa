"""Recording rules that do not leave the labels which they declare."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.problem import Problem


def find(draft: Draft) -> Iterator[Problem]:
    """Yield each recording rule whose labels are others than it says."""
    expressions = {expression.rule: expression for expression in draft.expressions}
    for recording in draft.catalogue.recordings:
        labels = expressions[recording.record].labels
        declared = not recording.made_for
        if declared and labels is not None and labels != set(recording.labels):
            found = ", ".join(sorted(labels)) or "none"
            message = f"{recording.record} leaves other labels than it declares: {found}"
            hint = "correct 'labels', or the aggregation"
            yield draft.problem("recording-labels", message, recording, hint=hint)


CHECK = Check(codes=("recording-labels",), find=find)
