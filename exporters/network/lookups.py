"""A probe of one question to name servers."""

import socket
import struct
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
from sothat.exporters.network import contract as own
from sothat.exporters.network import families
from sothat.exporters.network.base import NetworkProbe
from sothat.exporters.network.expressions import Expression, expression
from sothat.exporters.network.findings import Findings, left
from sothat.exporters.network.line import Address, connect, parse_target, resolve
from sothat.exporters.source import Deadline, Log, PollFailed, Settings
from sothat.model.metric import Contract

_PORT = 53
# What fits through nearly every path in one piece (DNS flag day 2020).
_PAYLOAD = 1232
_MOST_SHOWN = 20
_PHASES = "probe_dns_duration_seconds"
# What dnspython raises for answers that are none, beside its own.
_MALFORMED = (dns.exception.DNSException, ValueError, LookupError, EOFError, struct.error)

CONTRACT = Contract(
    "network",
    (*families.CONNECTION, *families.DNS, *families.CONTENT, *own.FAILURE, *own.DNS),
)


def open_lookup(settings: Settings) -> "DnsProbe":
    """Return the probe of a module.

    Raises:
        Unusable: Its settings cannot work.
    """
    values = settings.values
    question = Question(
        _name(settings),
        _type(settings),
        values.get("transport", "udp"),
        values.get("ip", "any"),
        values.get("recursion", True),
    )
    wanted = Wanted(
        _rcodes(settings),
        expression(settings, "answer_matches"),
        expression(settings, "answer_not_matches"),
    )
    strict = values.get("agreement") == "required"
    return DnsProbe(question, wanted, values.get("compare", ()), strict)


def _name(settings: Settings) -> dns.name.Name:
    try:
        return dns.name.from_text(settings.values["query_name"])
    except (dns.exception.DNSException, UnicodeError) as error:
        raise settings.unusable("bad-format", f"not a name: {error}", "query_name") from error


def _type(settings: Settings) -> str:
    text: str = settings.values.get("query_type", "A")
    try:
        return dns.rdatatype.to_text(dns.rdatatype.from_text(text))
    except (dns.exception.DNSException, ValueError) as error:
        message = f"no type of records: {text}"
        raise settings.unusable("bad-format", message, "query_type") from error


def _rcodes(settings: Settings) -> tuple[str, ...]:
    codes = settings.values.get("rcodes", ["NOERROR"])
    try:
        return tuple(dns.rcode.to_text(dns.rcode.from_text(code)) for code in codes)
    except (dns.exception.DNSException, ValueError) as error:
        raise settings.unusable("bad-format", f"no response code: {error}", "rcodes") from error


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and how."""

    name: dns.name.Name
    type: str
    transport: str
    ip: str
    recursion: bool

    def message(self) -> dns.message.QueryMessage:
        """Return a query, with an identity that cannot be guessed."""
        flags = dns.flags.RD if self.recursion else dns.flags.Flag(0)
        return dns.message.make_query(
            self.name, self.type, use_edns=0, payload=_PAYLOAD, flags=flags
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an answer must be like."""

    rcodes: tuple[str, ...]
    matches: Expression | None
    not_matches: Expression | None

    def judge(self, answer: dns.message.Message, findings: Findings) -> None:
        """Do nothing for an answer as it should be.

        Raises:
            PollFailed: It is not.
        """
        rcode = _rcode(answer)
        if rcode not in self.rcodes:
            raise PollFailed("status", f"answered {rcode}")
        findings.add("probe_failed_due_to_regex", 0)
        lines = _lines(answer)
        found = _some(self.matches, lines)
        if (self.matches and not found) or _some(self.not_matches, lines):
            findings.add("probe_failed_due_to_regex", 1)
            raise PollFailed("content", "the answer's records are not as expected")


class DnsProbe(NetworkProbe):
    """One module.

    Args:
        strict: Whether resolvers that disagree fail the probe.
    """

    contract: Contract = CONTRACT

    def __init__(
        self,
        question: Question,
        wanted: Wanted,
        compared: Sequence[str],
        strict: bool,  # noqa: FBT001 – as in the settings
    ) -> None:
        self._question = question
        self._wanted = wanted
        self._compared = compared
        self._strict = strict

    def _probe(self, target: str, deadline: Deadline, log: Log, findings: Findings) -> None:
        findings.add("probe_dns_query_succeeded", 0)
        answer = Asking(self._question, deadline, findings).ask(target)
        findings.add("probe_dns_query_succeeded", 1)
        _count(answer, findings)
        for line in _lines(answer)[:_MOST_SHOWN]:
            log("record", text=line)
        agreed = [self._agrees(one, answer, deadline, log, findings) for one in self._compared]
        self._wanted.judge(answer, findings)
        if self._strict and not all(agreed):
            raise PollFailed("resolvers", "not all resolvers give the same answer")

    def _agrees(
        self,
        resolver: str,
        answer: dns.message.Message,
        deadline: Deadline,
        log: Log,
        findings: Findings,
    ) -> bool:
        labels = {"resolver": resolver}
        start = deadline.clock.monotonic()
        try:
            other = Asking(self._question, deadline, Findings()).ask(resolver)
        except (PollFailed, OSError) as error:
            log("no answer", resolver=resolver, why=error)
            findings.add("probe_dns_resolver_query_succeeded", 0, labels)
            return False
        agrees = _essence(other) == _essence(answer)
        duration = deadline.clock.monotonic() - start
        findings.add("probe_dns_resolver_query_succeeded", 1, labels)
        findings.add("probe_dns_resolver_duration_seconds", duration, labels)
        findings.add("probe_dns_resolver_agrees", agrees, labels)
        return agrees


class Asking:
    """One question to one server."""

    def __init__(self, question: Question, deadline: Deadline, findings: Findings) -> None:
        self._question = question
        self._deadline = deadline
        self._findings = findings

    def ask(self, server: str) -> dns.message.Message:
        """Return the answer.

        Raises:
            PollFailed: There is none, or none that can be read.
            OSError: The server cannot be reached.
        """
        host, port = parse_target(server, _PORT)
        with self._timed("resolve"):
            addresses = resolve(host, port, self._question.ip, self._findings, self._deadline)
        try:
            return self._asked(addresses)
        except dns.exception.Timeout as error:
            raise PollFailed("timeout", "no answer in time") from error
        except OSError:
            raise
        except _MALFORMED as error:
            said = f"{type(error).__name__}: {error}"
            raise PollFailed("protocol", f"not a proper answer: {said[:200]}") from error

    def _asked(self, addresses: Sequence[Address]) -> dns.message.Message:
        if self._question.transport == "tcp":
            return self._by_tcp(addresses)
        address = addresses[0]
        self._findings.add("probe_ip_protocol", address.protocol)
        self._findings.add("probe_ip_addr_hash", address.digest)
        self._findings.add("probe_dns_tcp_fallback", 0)
        try:
            return self._by_udp(address)
        except dns.message.Truncated:
            self._findings.add("probe_dns_tcp_fallback", 1)
            return self._by_tcp(addresses)

    def _by_udp(self, address: Address) -> dns.message.Message:
        query = self._question.message()
        with self._timed("request"), socket.socket(address.family, socket.SOCK_DGRAM) as sock:
            # Connected, so that a port where nobody listens is refused instead of silent.
            sock.connect(address.place)
            sock.settimeout(0)
            dns.query.send_udp(sock, query, None, self._expiry())
            answer = dns.query.receive_udp(sock, None, self._expiry(), raise_on_truncation=True)[0]
        return self._ours(query, answer)

    def _by_tcp(self, addresses: Sequence[Address]) -> dns.message.Message:
        query = self._question.message()
        with self._timed("connect"):
            line = connect(addresses, self._deadline, self._findings)
        try:
            line.sock.settimeout(0)
            with self._timed("request"):
                answer = dns.query.tcp(query, "", left(self._deadline), sock=line.sock)
        finally:
            line.close()
        return self._ours(query, answer)

    def _ours(self, query: dns.message.Message, answer: dns.message.Message) -> dns.message.Message:
        if not query.is_response(answer):
            raise PollFailed("protocol", "the answer is to another question")
        return answer

    def _expiry(self) -> float:
        """Return when the time is up, as dnspython counts it."""
        return time.time() + left(self._deadline)

    def _timed(self, phase: str) -> AbstractContextManager[None]:
        return self._findings.timed(_PHASES, self._deadline.clock, phase=phase)


def _count(answer: dns.message.Message, findings: Findings) -> None:
    findings.add("probe_dns_response_info", 1, {"rcode": _rcode(answer)})
    sections = {"answer": answer.answer, "authority": answer.authority}
    for name, section in {**sections, "additional": answer.additional}.items():
        findings.add(f"probe_dns_{name}_rrs", sum(map(len, section)))
    for rrset in answer.answer:
        if rrset.rdtype == dns.rdatatype.SOA:
            findings.add("probe_dns_serial", rrset[0].serial)


def _rcode(answer: dns.message.Message) -> str:
    return dns.rcode.to_text(answer.rcode())


def _lines(answer: dns.message.Message) -> Sequence[str]:
    """Return the records of the answer as text, one each."""
    return [
        f"{rrset.name} {rrset.ttl} IN {dns.rdatatype.to_text(rrset.rdtype)} {record}"
        for rrset in answer.answer
        for record in rrset
    ]


def _some(wanted: Expression | None, lines: Sequence[str]) -> bool:
    return wanted is not None and any(wanted.search(line) for line in lines)


def _essence(answer: dns.message.Message) -> tuple[str, frozenset[str]]:
    """Return what is the same wherever it comes from: times to live and order are not."""
    records = (
        f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)} {record}".lower()
        for rrset in answer.answer
        for record in rrset
    )
    return _rcode(answer), frozenset(records)
