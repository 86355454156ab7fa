"""The contract kit: what every notifier, listener and tracker has to pass, for anybody's tests.

A simulated provider on loopback (`provider`) answers well, refuses for good, fails, throttles,
answers late, or breaks the connection off; the ``check_…`` functions try a connector against all
of that. A team calls them from the tests of its own connector::

    from sothat.incidents import kit

    def attempt(url: str) -> Result:
        return open_my_channel(url, token="hush").send(kit.NOTICE)

    @pytest.mark.parametrize("check", kit.CHECKS)
    def test_my_channel(check):
        check(kit.Contract(attempt, good=kit.answering({"ok": True}), secrets=("hush",)))
"""

from sothat.incidents.kit.hearing import (
    HEARING_CHECKS,
    Hearing,
    check_forged,
    check_heard,
    check_nonsense,
    check_stale,
)
from sothat.incidents.kit.overhearing import ContractBroken, keep, overhearing
from sothat.incidents.kit.postal import MailProvider, mail_provider, taking, turning_away
from sothat.incidents.kit.provider import (
    Asked,
    Provider,
    Reply,
    Serve,
    Simulated,
    answering,
    dropping,
    echoing,
    failing,
    in_turn,
    late,
    nobody,
    provider,
    refusing,
    throttling,
)
from sothat.incidents.kit.samples import NOTICE
from sothat.incidents.kit.sending import (
    CHECKS,
    Contract,
    check_all,
    check_dropped,
    check_late,
    check_permanent,
    check_redirect,
    check_retryable,
    check_secrets,
    check_success,
    check_throttled,
    check_unreachable,
)

__all__ = [
    "CHECKS",
    "HEARING_CHECKS",
    "NOTICE",
    "Asked",
    "Contract",
    "ContractBroken",
    "Hearing",
    "MailProvider",
    "Provider",
    "Reply",
    "Serve",
    "Simulated",
    "answering",
    "check_all",
    "check_dropped",
    "check_forged",
    "check_heard",
    "check_late",
    "check_nonsense",
    "check_permanent",
    "check_redirect",
    "check_retryable",
    "check_secrets",
    "check_stale",
    "check_success",
    "check_throttled",
    "check_unreachable",
    "dropping",
    "echoing",
    "failing",
    "in_turn",
    "keep",
    "late",
    "mail_provider",
    "nobody",
    "overhearing",
    "provider",
    "refusing",
    "taking",
    "throttling",
    "turning_away",
]
