"""Nothing internal leaks: whatever an incident holds, and whatever a person adds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.communication.book import STATUS_PAGE, Kind
from sothat.incidents.communication.guard import Internals, findings
from sothat.incidents.communication.internals import internals
from sothat.incidents.communication.telling import Unsayable, Wish, draft
from sothat.incidents.communication.wording import Said
from sothat.incidents.incident import Incident, Promise, State
from sothat.incidents.store.reading import AlertView
from sothat.model.policy import Priority

from .books import BOOK, OFFICE, incident

NOTHING = Internals()
WHILE = (Kind.INITIAL, Kind.UPDATE)
# Anything, NUL and surrogates included; long enough that chance does not bring it about.
SECRETS = st.text(min_size=8, max_size=30).map(lambda text: f"zq{text}qz")
NAMES = st.from_regex(r"[a-z][a-z_]{3,12}", fullmatch=True)
LABELS = st.dictionaries(NAMES, SECRETS, max_size=5)
STATES = st.sampled_from((State.OPEN, State.ACKNOWLEDGED, State.MITIGATED, State.RESOLVED))


def texts(one: Incident, *audiences: str) -> list[str]:
    found = []
    for kind in Kind:
        if (kind in WHILE) != one.over:
            wish = Wish(kind, audiences, Said(), "somebody")
            for made in draft(one, wish, OFFICE, NOTHING):
                found += [made.text.subject, made.text.body]
    return found


@given(LABELS, st.lists(SECRETS, min_size=6, max_size=6), STATES, st.sampled_from(Priority))
def test_customers_read_nothing_of_what_an_incident_holds(
    labels: dict[str, str], words: list[str], state: State, priority: Priority
) -> None:
    promise = Promise(*words, alertname="DoorSilent")
    public = {"alertname": "DoorSilent", "site": "n"}
    secret = incident({**labels, **public}, state, priority, promise)
    plain = incident(public, state, priority, Promise("", alertname="DoorSilent"))
    said = texts(secret, "north", STATUS_PAGE)
    assert said
    # Stronger than looking for the words: with other labels and texts not a letter differs.
    assert said == texts(plain, "north", STATUS_PAGE)
    for word in (*labels.values(), *words):
        assert not any(word in text for text in said)


@given(SECRETS)
def test_those_of_the_house_read_more(word: str) -> None:
    one = incident(promise=Promise(word, alertname="DoorSilent"))
    assert all(word in text for text in texts(one, "engineers", "board")[1::2])


@given(
    st.from_regex(r"[a-z]{3,8}[-.][a-z0-9]{3,8}|[A-Z][a-z]{4,12}|[0-9]{4,9}", fullmatch=True),
    st.sampled_from(("alertname", "device", "instance", "pod", "client", "tenant")),
    st.sampled_from(("description", "impact", "actions", "workaround")),
    st.text(alphabet="abc XYZ,.\n", max_size=20),
    st.text(alphabet="abc XYZ,.\n", max_size=20),
)
def test_the_value_of_a_label_is_found_wherever_somebody_writes_it(
    value: str, label: str, field: str, before: str, after: str
) -> None:
    one = incident({"alertname": "DoorSilent", "site": "n", label: value})
    alert = AlertView("f", 1, one.firing == 0, 0, None, one.labels, {}, "")
    known = internals(one, [alert], (), OFFICE.policy, BOOK)
    text = f"{before} {value.upper()} {after}"
    wish = Wish(Kind.INITIAL, ("north",), Said(**{field: text}), "somebody")
    with pytest.raises(Unsayable) as refused:
        draft(one, wish, OFFICE, known)
    places = {
        (found.line, found.column): found.word
        for name, found in refused.value.found
        if name == field
    }
    line, column = text.count("\n", 0, len(before) + 1) + 1, len(before.rpartition("\n")[2]) + 2
    assert any(
        place[0] == line and place[1] <= column < place[1] + len(word)
        for place, word in places.items()
    ), (places, line, column)


INTERNAL = {
    "10.2.3.4 is down": "10.2.3.4",
    "at fe80::1ff:fe23:4567:890a now": "fe80::1ff:fe23:4567:890a",
    "see http://grafana.corp/d/1": "http://grafana.corp",
    "see https://user:pw@status.example.com.evil.org/x": "https://user:pw@status.example.com.evil.org",
    "db-1.prod.internal failed": "db-1.prod.internal",
    "write to some.body@corp.example": "some.body@corp.example",
    "call +49 30 1234567": "+49 30 1234567",
    "a4:c1:38:00:11:22 is gone": "a4:c1:38:00:11:22",
    "rate(http_requests_total[5m])": "rate(",
    'up{job="x"} is 0': '{job="x"}',
    "node_load1 is high": "node_load1",
    "over [5m] it fell": "[5m]",
    "{{ $labels.site }} fails": "{{ $labels.site }}",
    "in /var/log/messages": "/var/log/messages",
    r"in c:\users\x": r"c:\users\x",
    "kubectl delete pod-7": "kubectl delete",
    "token ghp0123456789abcdefghijklmnop": "ghp0123456789abcdefghijklmnop",
    "select name from users": "select name from",
}


@pytest.mark.parametrize(("text", "word"), INTERNAL.items())
def test_what_is_internal_by_its_form_is_found(text: str, word: str) -> None:
    hosts = Internals(hosts=frozenset({"status.example.com"}))
    found = findings(text, hosts)
    assert word in [one.word for one in found]
    assert all(text[one.column - 1 :].startswith(one.word) for one in found)


FINE = (
    "The doors of the house do not open at 10:30:15. We expect them back by 14:00.",
    "From 12.11.2026 to 13.11.2026, e.g. in room 12 on floor 3, about 50 % of you, i.e. many.",
    "See https://status.example.com/history or www.status.example.com for more; 1.5 hours.",
    "It costs $50 (or 3/4 of that): and/or 24/7, on Monday & Tuesday [as said], a = b?",
    "Bitte benutzen Sie den Schlüssel – danke!",
)


@pytest.mark.parametrize("text", FINE)
def test_what_people_write_to_people_is_left_alone(text: str) -> None:
    assert findings(text, Internals(hosts=frozenset({"status.example.com"}))) == ()


def test_nothing_hides_from_the_eye() -> None:
    known = Internals((("pump-room", "the value of the label device"),))
    for text in (
        "the pump\u200b-room",
        "the PUMP-ROOM",
        "the ｐｕｍｐ-room",
        "the pu\u00admp-room",
    ):
        (found,) = findings(text, known)
        assert (found.line, found.column) == (1, 5)
    assert findings("the pump-rooms", known) == ()


def test_names_of_people_teams_and_other_sites_stay_inside() -> None:
    one = incident()
    known = internals(one, [], ("anna-meier", "b.miller"), OFFICE.policy, BOOK)
    for text in ("Anna Meier is on it", "B.Miller", "ask building-operations", "as in South House"):
        assert findings(text, known), text
    assert findings("North House: the Doors are shut", known) == ()


def test_a_word_that_is_public_may_be_said() -> None:
    one = incident({"alertname": "DoorSilent", "site": "n", "product": "doors"})
    known = internals(one, [], (), OFFICE.policy, BOOK)
    assert findings("The doors are shut", known) == ()


@given(st.text(max_size=200), st.lists(st.tuples(st.text(max_size=10), st.just("x")), max_size=5))
def test_any_text_is_looked_through_and_places_are_right(
    text: str, words: list[tuple[str, str]]
) -> None:
    lines = text.split("\n")
    for found in findings(text, Internals(tuple(words))):
        rest = "\n".join((lines[found.line - 1][found.column - 1 :], *lines[found.line :]))
        assert rest.startswith(found.word)
        assert found.word
