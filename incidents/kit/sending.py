"""What everything that sends has to do with a provider's answers.

`Contract` is one way of asking a provider for something – a notice, a ticket, a comment – and the
``check_…`` functions try it against a simulated provider. They raise `ContractBroken`, an
`AssertionError`, so that they can be called from any test.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sothat.incidents.kit.overhearing import ContractBroken, keep, overhearing
from sothat.incidents.kit.provider import (
    Reply,
    Serve,
    Simulated,
    answering,
    dropping,
    echoing,
    failing,
    late,
    nobody,
    provider,
    refusing,
    throttling,
)
from sothat.incidents.notification import Rejected, Result, Retry, Sent

_FAILURES = (failing(500), failing(502), failing(503), failing(504))
_ECHOES = (echoing(200), echoing(400), echoing(503))
_THROTTLED = throttling(7)
_REFUSALS = (refusing(400), refusing(401), refusing(403), refusing(404))


@dataclass(frozen=True, slots=True)
class Contract:
    """One thing that a connector asks of a provider.

    Attributes:
        attempt: Asks it of the provider at a base URL, and returns what came of it; it must
            neither raise nor outlast ``patience``. Set the connector's timeout short (0.5 s).
        good: What the provider does when all is well.
        secrets: What must be in no log line and no result, such as tokens.
        refusals: Answers after which it is not tried again.
        failures: Answers after which it is.
        throttled: The answer to too much at once; ``Retry-After`` is heeded.
        echoes: Answers that repeat what was asked, credentials and all.
        place: Simulates the provider: `provider`, or `mail_provider` for what speaks SMTP.
        patience: Seconds that an attempt may last at most.
    """

    attempt: Callable[[str], Result]
    good: Reply | Serve
    secrets: tuple[str, ...] = ()
    refusals: tuple[Reply, ...] = _REFUSALS
    failures: tuple[Reply, ...] = _FAILURES
    throttled: Reply = _THROTTLED
    echoes: tuple[Reply, ...] = _ECHOES
    place: Callable[[Reply | Serve], AbstractContextManager[Simulated]] = provider
    patience: float = 20.0


def check_all(contract: Contract) -> None:
    """Check everything that follows in this module.

    Raises:
        ContractBroken: Something is not as it has to be.
    """
    for check in CHECKS:
        check(contract)


def check_success(contract: Contract) -> Sent:
    """Check that what a provider has taken counts as sent; return the result."""
    result = _attempt(contract, contract.good)
    if not isinstance(result, Sent):
        raise _broken("a good answer", "Sent", result)
    return result


def check_permanent(contract: Contract) -> None:
    """Check that what a provider refuses for good is not tried again."""
    for reply in contract.refusals:
        _expect(contract, reply, Rejected, f"{reply.status}")


def check_retryable(contract: Contract) -> None:
    """Check that a failure on the provider's side is tried again."""
    for reply in contract.failures:
        _expect(contract, reply, Retry, f"{reply.status}")


def check_throttled(contract: Contract) -> None:
    """Check that too much at once is tried again, not before the provider wants it."""
    result = _expect(contract, contract.throttled, Retry, "too much at once")
    wanted = float(contract.throttled.headers.get("Retry-After", "0"))
    if isinstance(result, Retry) and (result.after or 0.0) < wanted:
        raise _broken("Retry-After", f"a pause of {wanted:g} s", result)


def check_late(contract: Contract) -> None:
    """Check that an answer that does not come is given up, and may have been done."""
    _expect_unsure(contract, late(), "an answer that comes too late")


def check_dropped(contract: Contract) -> None:
    """Check that a connection that breaks off is tried again, and may have been done."""
    _expect_unsure(contract, dropping(), "a connection that breaks off")


def check_unreachable(contract: Contract) -> None:
    """Check that what nobody took is tried again, and known not to have been done."""
    with nobody() as url, overhearing(contract.secrets):
        result = contract.attempt(url)
    keep(contract.secrets, repr(result), "a result")
    if not isinstance(result, Retry) or result.unsure:
        raise _broken("nobody there", "Retry, not unsure", result)


def check_redirect(contract: Contract) -> None:
    """Check that no redirect is followed: credentials would go where they do not belong."""
    with provider(answering()) as elsewhere:
        reply = answering(None, 302, Location=f"{elsewhere.url}/")
        result = _attempt(contract, reply)
        if elsewhere.asked or isinstance(result, Sent):
            raise _broken("a redirect", "not followed, and not Sent", result)


def check_secrets(contract: Contract) -> None:
    """Check that no secret gets out where a provider repeats the request in its answer."""
    for reply in contract.echoes:
        _attempt(contract, reply)


def _expect(
    contract: Contract, reply: Reply, wanted: type[Retry] | type[Rejected], what: str
) -> Result:
    result = _attempt(contract, reply)
    if not isinstance(result, wanted):
        raise _broken(what, wanted.__name__, result)
    return result


def _expect_unsure(contract: Contract, reply: Reply, what: str) -> None:
    result = _expect(contract, reply, Retry, what)
    if isinstance(result, Retry) and not result.unsure:
        raise _broken(what, "Retry, unsure", result)


def _attempt(contract: Contract, serve: Reply | Serve) -> Result:
    """Return what comes of an attempt; no secret gets out, and it ends in time."""
    with contract.place(serve) as made, overhearing(contract.secrets):
        start = time.monotonic()
        result = contract.attempt(made.url)
        lasted = time.monotonic() - start
        if not made.asked:
            raise ContractBroken("the provider was not asked at all")
    keep(contract.secrets, repr(result), "a result")
    if lasted > contract.patience:
        raise ContractBroken(f"an attempt lasted {lasted:.1f} s, of {contract.patience:g} s")
    return result


def _broken(answer: str, wanted: str, result: Result) -> ContractBroken:
    return ContractBroken(f"after {answer}: wanted {wanted}, got {result!r}")


CHECKS: tuple[Callable[[Contract], object], ...] = (
    check_success,
    check_permanent,
    check_retryable,
    check_throttled,
    check_late,
    check_dropped,
    check_unreachable,
    check_redirect,
    check_secrets,
)
