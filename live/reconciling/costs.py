"""What rules and panels cost the server."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sothat.live.reconciling.questions import Question
from sothat.model.problem import Problem, Severity
from sothat.runtime.prometheus import Prometheus, PrometheusFailed

SECONDS = 1.0
PEAK = 5_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What one evaluation of a query costs.

    Attributes:
        seconds: On the server.
        samples: That are read.
        peak: The most in memory at once; the server ends a query that needs too many.
        problem: Why it could not be found out; empty if it could.
    """

    kind: str
    name: str
    seconds: float
    samples: int
    peak: int
    problem: str = ""


def prices(server: Prometheus, questions: Sequence[Question], at: float) -> tuple[Price, ...]:
    """Return the price of each query, the dearest first; each query is asked once.

    Raises:
        PrometheusFailed: The server is not there.
    """
    known: dict[str, Price] = {}
    found = []
    for question in questions:
        if question.query not in known:
            known[question.query] = _price(server, question, at)
        price = known[question.query]
        found.append(
            Price(
                question.kind,
                question.name,
                price.seconds,
                price.samples,
                price.peak,
                price.problem,
            )
        )
    return tuple(sorted(found, key=lambda price: (-price.samples, price.kind, price.name)))


def _price(server: Prometheus, question: Question, at: float) -> Price:
    try:
        cost = server.cost(question.query, at)
    except PrometheusFailed as failed:
        if failed.code == "prometheus-unreachable":
            raise
        return Price(question.kind, question.name, 0.0, 0, 0, failed.problems[0].message)
    return Price(question.kind, question.name, cost.seconds, cost.samples, cost.peak_samples)


def price_problems(found: Sequence[Price]) -> Iterator[Problem]:
    """Yield what to say of queries that are dear, or that the server refuses."""
    for price in found:
        if price.problem:
            message = f"the {price.kind} {price.name} cannot be evaluated: {price.problem}"
            yield Problem("query-refused", message, rule=price.name)
        elif price.seconds > SECONDS or price.peak > PEAK:
            message = (
                f"the {price.kind} {price.name} takes the server {price.seconds:.2f} s and "
                f"{price.peak} samples at once"
            )
            hint = "record what it is made of, or ask for fewer series or a shorter window"
            severity = Severity.WARNING
            yield Problem("costly-query", message, hint=hint, severity=severity, rule=price.name)
