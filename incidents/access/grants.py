"""What a provider's claims about a person grant: a role and a scope, or nothing. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sothat.incidents.access.scope import EVERYTHING, Scope
from sothat.incidents.roles import ANONYMOUS, CONFIGURED, Caller, Role

_LONGEST = 200
# Names of callers that are nobody in particular.
_TAKEN = (ANONYMOUS, CONFIGURED)


@dataclass(frozen=True, slots=True)
class Grant:
    """Whoever has a value among a claim's gets a role, and sees what is within a scope.

    Attributes:
        claim: A claim of the ID token: a text, or a list of texts; a dot leads into an object
            (``realm_access.roles``).
        value: What it has to be, or to hold.
    """

    claim: str
    value: str
    role: Role
    scope: Scope = EVERYTHING


@dataclass(frozen=True, slots=True)
class Person:
    """Who has signed in, as it is kept with the session.

    Attributes:
        subject: The issuer and the subject there, which is never given to somebody else.
        name: Under which they act, for timeline and audit log.
        claims: The values of the claims that grants look at, and no others.
    """

    subject: str
    name: str
    claims: Mapping[str, Sequence[str]]


def person_of(claims: Mapping[str, Any], grants: Sequence[Grant], name_claim: str) -> Person:
    """Return the person of an ID token whose claims have been verified."""
    kept = {grant.claim: values_of(claims, grant.claim) for grant in grants}
    return Person(f"{claims['iss']} {claims['sub']}", _name(claims, name_claim), kept)


def caller_of(person: Person, grants: Sequence[Grant]) -> Caller | None:
    """Return what somebody may by the first grant that is theirs; None: there is none."""
    for grant in grants:
        if grant.value in person.claims.get(grant.claim, ()):
            return Caller(person.name, grant.role, scope=grant.scope, subject=person.subject)
    return None


def values_of(claims: Mapping[str, Any], claim: str) -> tuple[str, ...]:
    """Return the texts of a claim; of anything else that it may be, none."""
    found: Any = claims.get(claim)
    if found is None and "." in claim:
        found = claims
        for part in claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    one = found if isinstance(found, list) else [found]
    return tuple(value for value in one if isinstance(value, str) and value)


def _name(claims: Mapping[str, Any], name_claim: str) -> str:
    """Return under which name somebody acts; never one of those that are nobody's."""
    for claim in (name_claim, "email", "sub"):
        for value in values_of(claims, claim):
            name = " ".join(value.split())[:_LONGEST]
            if name.isprintable() and name and name not in _TAKEN:
                return name
    return str(claims["iss"])
