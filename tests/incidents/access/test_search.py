"""Incidents are found by words: the same in both databases, and only those of the scope."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.access.scope import Scope
from sothat.incidents.incident import Incident, Promise, State
from sothat.incidents.searching import matches
from sothat.incidents.store.browsing import Wanted, incidents
from sothat.incidents.store.engines import writer_engine
from sothat.incidents.store.migrate import migrate
from sothat.incidents.store.rows import incident_row
from sothat.incidents.store.tables import INCIDENT
from sothat.model.policy import Priority
from sqlalchemy import insert

from ..conftest import both  # noqa: TID252 – tests of one tree
from .conftest import MARK, A, Shared

TEXTS = ("The Boiler is cold", "ÄRGER mit Öfen", '50 % "off" \\ _', "a\0b", "", "clocks run")
CASES = [
    Incident(
        id=number,
        key=str(number),
        state=State.RESOLVED if number % 2 else State.OPEN,
        priority=Priority.P2,
        team="keepers",
        promise=Promise(title, alertname="Cold"),
        labels={"site": f"site-{number % 3}", "client": "a" if number % 3 else "b"},
        opened_at=number,
        resolved_at=number if number % 2 else None,
        source="alertmanager",
        outcome="rooms stay warm",
    )
    for number, title in enumerate(TEXTS * 2, start=1)
]
WORDS = st.sampled_from(
    (
        *(
            "boiler",
            "BOIL",
            "cold",
            "ärger",
            "öfen",
            "%",
            "_",
            '"off"',
            "\\",
            "warm",
            "site-1",
            "#3",
        ),
        *("clocks", "priorities", "keepers", "nobody", "a", "title"),
    )
)


@both
def test_the_database_finds_what_the_words_say(store_url: str) -> None:
    engine = writer_engine(store_url)
    migrate(engine, store_url)
    with engine.begin() as connection:
        connection.execute(insert(INCIDENT), [incident_row(one) for one in CASES])

    @given(words=st.lists(WORDS, max_size=3), limit=st.integers(1, 5))
    def same(words: list[str], limit: int) -> None:
        wanted = Wanted(words=tuple(words), scope=Scope(clients=("a",)))
        found, cursor = [], ""
        with engine.connect() as connection:
            while True:
                page = incidents(connection, wanted, limit, cursor)
                found += [one.id for one in page.items]
                cursor = page.following
                if not cursor:
                    break
        seen = [one for one in CASES if one.labels["client"] == "a"]
        assert sorted(found) == sorted(one.id for one in seen if matches(one, words))

    same()
    engine.dispose()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("boiler", "cold"), True),
        (("boiler", "hot"), False),
        (("THE BOILER",), True),
        (("warm",), True),
        (("site-1",), True),
        (("#1",), True),
        (("resolved_at",), False),
        ((), True),
    ],
)
def test_an_incident_is_found_by_what_it_says_not_by_how_it_is_kept(
    words: tuple[str, ...], *, found: bool
) -> None:
    assert matches(CASES[0], words) is found


def test_the_pages_one_field_takes_words_and_pairs(shared: Shared) -> None:
    def page(find: str, token: str) -> str:
        answer = shared.ask("GET", "/", token, params={"find": find})
        assert answer.status_code == 200
        return answer.text.partition("<main")[2]

    token = shared.token("searcher", "viewer", clients=[A])
    assert f'href="/incidents/{shared.own}"' in page("HERON summary", token)
    assert f'href="/incidents/{shared.own}"' in page("heron site=a-tower", token)
    assert f'href="/incidents/{shared.own}"' in page(f"#{shared.own}", token)
    assert "Nothing like that" in page("heron site=b-tower", token)
    for find in (MARK, f"#{shared.foreign[0]}", "b-tower"):
        assert 'href="/incidents/' not in page(find, token), find
    shared.ask("POST", f"/api/v1/incidents/{shared.own}/resolve", json={"by": "x"})
    assert f'href="/incidents/{shared.own}"' in page("heron", token), "what is over, too"
    found = shared.ask("GET", "/api/v1/incidents", token, params={"text": "heron"})
    assert [one["id"] for one in found.json()["incidents"]] == [shared.own]
    assert (
        shared.ask("GET", "/api/v1/incidents", token, params={"text": "x" * 201}).status_code == 400
    )
