"""An alert without a comparison fires as long as its series exist."""

from collections.abc import Iterator

import promql_parser as pq
from sothat.generator.checked import Check
from sothat.generator.draft import Draft, Expression
from sothat.generator.promql import walk
from sothat.model.problem import Problem

_COMPARING = {"==", "!=", ">", "<", ">=", "<=", "unless", "and"}
# A series of these exists only when something is the case, or always on purpose.
_SAYING = {"absent", "absent_over_time", "vector"}


def find(draft: Draft) -> Iterator[Problem]:
    """Yield the alerts that compare nothing."""
    alerts = {alert.name for alert in draft.catalogue.alerts}
    for expression in draft.expressions:
        if expression.rule in alerts and not _compares(expression):
            message = "the alert compares nothing: it fires as long as its series exist"
            hint = "add a 'threshold' such as '> 85%' or '== 0'"
            yield draft.problem("missing-comparison", message, expression, hint=hint)


def _compares(expression: Expression) -> bool:
    if expression.inference is None:  # reported as what it is
        return True
    return any(
        (isinstance(node, pq.BinaryExpr) and str(node.op) in _COMPARING)
        or (isinstance(node, pq.Call) and node.func.name in _SAYING)
        for node in walk(expression.inference.tree)
    )


CHECK = Check(codes=("missing-comparison",), find=find)
