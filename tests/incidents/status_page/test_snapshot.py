"""What the page says: made from announcements, the plan and public names alone."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.communication.book import STATUS_PAGE, Effect, Kind
from sothat.incidents.communication.facts import Status
from sothat.incidents.communication.wording import Text
from sothat.incidents.incident import Incident, Promise, State
from sothat.incidents.status_page.folder import write
from sothat.incidents.status_page.history import DAYS, Spell, days
from sothat.incidents.status_page.planned import Calendar
from sothat.incidents.status_page.rendering import FEED, INDEX, JSON, Look, files
from sothat.incidents.status_page.snapshot import Snapshot, snapshot
from sothat.incidents.store.announcements import Announced
from sothat.model.policy import Calendar as BusinessDays
from sothat.model.policy import Priority

from ..bench import DAY, HOUR, MINUTE, T0  # noqa: TID252 – tests of one tree
from ..communication.books import BOOK, OFFICE, incident  # noqa: TID252 – likewise

LOOK = Look("Our services", "Europe/Berlin", "https://status.example.com", mail=True)
TEXT = Text("Doors: we are looking into a disruption", "Status: …\n\nIt is dark.\n")
WORDS = st.text(min_size=6, max_size=20).map(lambda text: f"zq{text}qz")


def told(
    number: int, kind: Kind = Kind.INITIAL, service: str = "doors", **more: object
) -> Announced:
    status = Status.RESOLVED if kind is Kind.RESOLUTION else Status.INVESTIGATING
    one = Announced(number, 7, T0, "x", kind, STATUS_PAGE, service, status, TEXT)
    return replace(one, **more)  # type: ignore[arg-type]


def shot(
    said: Sequence[Announced], one: Incident, now: int = T0 + HOUR, since: int = T0 - 10 * DAY
) -> Snapshot:
    return snapshot(said, {7: one}, (), BOOK, since, now)


def test_a_disruption_shows_and_then_is_history() -> None:
    found = shot([told(1)], incident())
    assert found.worst is Effect.PARTIAL
    assert [row.effect for row in found.rows] == [Effect.PARTIAL], "internal services are not there"
    assert found.rows[0].days[-1].minutes == 60
    over = shot([told(1), told(2, Kind.RESOLUTION)], incident(state=State.RESOLVED))
    assert (over.worst, over.current) == (Effect.OPERATIONAL, ())
    assert [post.id for post in over.past[0].posts] == [2, 1]
    day = over.rows[0].days[-1]
    assert (day.effect, day.minutes) == (Effect.PARTIAL, 30)


def test_who_wrote_may_know_the_cause_but_not_that_it_is_over() -> None:
    known = shot([told(1, status=Status.IDENTIFIED)], incident())
    assert known.current[0].status is Status.IDENTIFIED
    wrong = shot([told(1, status=Status.RESOLVED)], incident())
    assert wrong.current[0].status is Status.INVESTIGATING
    watched = shot([told(1, status=Status.IDENTIFIED)], incident(state=State.MITIGATED))
    assert watched.current[0].status is Status.MONITORING


def test_drills_internal_services_and_what_is_gone_do_not_show() -> None:
    drill = incident({"alertname": "DoorSilent", "drill": "d"})
    for said, one in (
        ([told(1)], drill),
        ([told(1, service="inside")], incident()),
        ([told(1, service="sold")], incident()),
        ([told(1, incident=8)], incident()),
    ):
        found = shot(said, one)
        assert (found.current, found.past) == ((), ())


@given(st.dictionaries(st.from_regex(r"[a-z]{3,9}", fullmatch=True), WORDS, max_size=4), WORDS)
def test_no_file_of_the_page_has_anything_of_an_incident(labels: dict[str, str], word: str) -> None:
    public = {"alertname": "DoorSilent", "site": "n"}
    secret = incident(
        {**labels, **public}, promise=Promise(word, word, word, word, word, word, "DoorSilent")
    )
    secret = replace(secret, acknowledged_by=word, resolved_by=word, team=word)
    plain = incident(public)
    made = files(shot([told(1)], secret), LOOK, fresh=True)
    assert made == files(shot([told(1)], plain), LOOK, fresh=True)


def test_the_files_are_well_formed_and_say_when_they_are_old() -> None:
    nasty = Text("<script>alert(1)</script>\x00 & \ud800", "<b>\x0b</b>\n")
    found = shot([told(1, text=nasty)], incident())
    fresh, old = (files(found, LOOK, fresh=new) for new in (True, False))
    page = fresh[INDEX].content.decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "As of 5 Jan 2026, 12:00 (Europe/Berlin)" in page
    assert "We cannot renew this page" not in page
    assert "We cannot renew this page" in old[INDEX].content.decode()
    assert (json.loads(fresh[JSON].content)["fresh"], json.loads(old[JSON].content)["fresh"]) == (
        True,
        False,
    )
    feed = ET.fromstring(fresh[FEED].content)  # noqa: S314 – our own
    entry = feed.find("{http://www.w3.org/2005/Atom}entry")
    assert entry is not None
    assert entry.findtext("{http://www.w3.org/2005/Atom}id") == "https://status.example.com/#1"
    assert not [name for name in ("http://", "//cdn", "<style", "onclick") if name in page]


def test_what_is_the_same_has_the_same_tag() -> None:
    one, same = (files(shot([told(1)], incident()), LOOK, fresh=True) for _ in range(2))
    later = files(shot([told(1)], incident(), T0 + HOUR + MINUTE), LOOK, fresh=True)
    assert one[INDEX].tag == same[INDEX].tag != later[INDEX].tag
    assert one[FEED].tag == later[FEED].tag


def test_a_folder_has_whole_files_and_only_what_changed_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "status"
    first = files(shot([told(1)], incident()), LOOK, fresh=True)
    write(folder, first, {})
    assert sorted(path.name for path in folder.iterdir()) == sorted(first)
    assert (folder / INDEX).stat().st_mode & 0o777 == 0o644
    second = files(shot([], incident()), LOOK, fresh=True)
    before = (folder / "status.css").stat().st_ino
    write(folder, second, first)
    assert (folder / INDEX).read_bytes() == second[INDEX].content
    assert (folder / "status.css").stat().st_ino == before
    (folder / FEED).unlink()
    write(folder, second, second)
    assert (folder / FEED).read_bytes() == second[FEED].content


def test_a_day_before_anything_was_known_is_not_green() -> None:
    found = days([], T0 - 2 * DAY, T0, "Europe/Berlin")
    assert len(found) == DAYS
    assert [day.effect for day in found[-4:]] == [None, *[Effect.OPERATIONAL] * 3]


def test_days_are_local_and_a_spell_across_midnight_is_of_both() -> None:
    # 5 January 2026, 22:30 to 23:30 UTC is half an hour before midnight in Berlin, and half after.
    late = T0 + 12 * HOUR + 30 * MINUTE
    spell = Spell(Effect.MAJOR, late, late + HOUR)
    found = days([spell, spell], T0 - 90 * DAY, late + DAY, "Europe/Berlin")
    assert [(day.date.day, day.minutes) for day in found if day.minutes] == [(5, 30), (6, 30)]


SPELLS = st.builds(
    lambda effect, start, length: Spell(effect, T0 - start, T0 - start + length),
    st.sampled_from([Effect.DEGRADED, Effect.PARTIAL, Effect.MAJOR]),
    st.integers(0, 100 * DAY),
    st.integers(0, 3 * DAY),
)


@given(st.lists(SPELLS, max_size=5), st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia"]))
def test_no_day_has_more_minutes_than_it_is_long(spells: list[Spell], zone: str) -> None:
    found = days(spells, 0, T0, zone)
    assert all(day.minutes <= 25 * 60 for day in found)
    assert len({day.date for day in found}) == DAYS
    past = [one for one in spells if one.start <= T0 and one.end > T0 - 88 * DAY]
    assert bool(past) <= any(day.effect is not Effect.OPERATIONAL for day in found)


PLAN = """\
apiVersion: sothat/v1
kind: MaintenancePlan
time_zone: Europe/Berlin
calendar: office
works:
  - id: locks
    title: SECRET TITLE
    sort: standard
    starts: 2026-01-20T01:00
    ends: 2026-01-20T03:00
    owner: secret-team
    affects: [{alertname: DoorSilent}]
    clients: [secret-client]
    tell: {what: We renew the locks., impact: Doors stay shut for a minute.}
    internal: SECRET REASON
  - {id: quiet, title: T, sort: standard, starts: 2026-01-21T01:00, ends: 2026-01-21T03:00,
     owner: o, tell: {what: Hidden., impact: None.}}
  - {id: untold, title: T, sort: standard, starts: 2026-01-22T01:00, ends: 2026-01-22T03:00,
     owner: o, clients: [c], tell: {what: Untold., impact: None.}}
"""
NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)


def record(folder: Path, *events: tuple[str, str, datetime]) -> None:
    lines = (
        {"at": at.isoformat(), "event": event, "subject": work, "who": "secret-person"}
        for work, event, at in events
    )
    (folder / "records.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def calendar(folder: Path) -> Calendar:
    (folder / "plan.yaml").write_text(PLAN)
    office = BusinessDays("office", "DE", "", "Europe/Berlin", {})
    policy = replace(OFFICE.policy, calendars={"office": office})
    return Calendar(folder / "plan.yaml", folder / "records.jsonl", policy)


def test_maintenance_shows_once_it_was_announced_and_says_with_which_notice(tmp_path: Path) -> None:
    plan = calendar(tmp_path)
    assert plan.planned(NOW) == ()
    early, late = datetime(2026, 1, 4, tzinfo=UTC), datetime(2026, 1, 19, tzinfo=UTC)
    for when, in_time in ((early, True), (late, False)):
        record(tmp_path, ("locks", "announced", when), ("quiet", "announced", when))
        (work,) = plan.planned(max(NOW, when + timedelta(hours=1)))
        assert (work.id, work.days, work.in_time, work.running) == ("locks", 5, in_time, False)
        found = snapshot([], {}, [work], BOOK, 0, T0)
        page = files(found, LOOK, fresh=True)[INDEX].content.decode()
        assert "We renew the locks." in page
        assert ("5 business days or more before" in page) is in_time
        assert ("at shorter notice" in page) is not in_time
        assert "secret" not in page.casefold()
        assert found.worst is Effect.OPERATIONAL


def test_while_it_is_done_the_service_says_so_and_afterwards_no_longer(tmp_path: Path) -> None:
    plan = calendar(tmp_path)
    begun = datetime(2026, 1, 20, 0, 5, tzinfo=UTC)
    done = begun + timedelta(hours=1)
    said = (("locks", "announced", NOW), ("locks", "started", begun))
    record(tmp_path, *said)
    running = snapshot([], {}, plan.planned(begun), BOOK, 0, T0)
    assert running.worst is Effect.MAINTENANCE
    record(tmp_path, *said, ("locks", "finished", done))
    over = snapshot([], {}, plan.planned(done), BOOK, 0, T0)
    assert (over.worst, over.planned[0].over) == (Effect.OPERATIONAL, True)
    assert plan.planned(done + timedelta(days=8)) == ()


def test_a_plan_that_breaks_leaves_the_page_as_it_was(tmp_path: Path) -> None:
    plan = calendar(tmp_path)
    record(tmp_path, ("locks", "announced", NOW))
    before = plan.planned(NOW)
    (tmp_path / "plan.yaml").write_text("works: [")
    assert plan.planned(NOW) == before != ()


def test_priorities_make_effects() -> None:
    effects = {
        priority: shot([told(1)], incident(priority=priority)).worst for priority in Priority
    }
    assert list(effects.values()) == [
        Effect.MAJOR,
        Effect.PARTIAL,
        Effect.DEGRADED,
        Effect.OPERATIONAL,
    ]
