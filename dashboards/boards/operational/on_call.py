"""On call now: what waits for the person on duty, and how long they have."""

from typing import Final

from sothat.dashboards import links, marks
from sothat.dashboards.declared import bars, board, group, line, listing, pages, tile
from sothat.dashboards.empty import NO_CLOCK, NO_EVENT_YET, NO_INCIDENTS
from sothat.dashboards.judgement import Bands
from sothat.dashboards.palette import BAD, GOOD
from sothat.dashboards.query import or_row, rows
from sothat.dashboards.tables import VALUE, Column
from sothat.dashboards.words import PRIORITIES, Word

_STATES: Final = {
    "open": Word("nobody has it", BAD),
    "acknowledged": Word("somebody is on it"),
    "mitigated": Word("eased, not ended"),
}
_OPEN: Final = "sum by (priority, state) (incidents_open)"
_TEXT: Final = """\
**Who is on call** is a name and a number, and those are in no metric. See [the incident service]\
({incidents}/) for the calendar, or ask it: `sothat incidents on-call`. \
Taking an incident there stops its clock here."""

BOARD = board(
    "operational",
    links.ON_CALL,
    "On call: what waits",
    "What does the person on duty have to take next?",
    group(
        "",
        tile(
            "Nobody has taken it",
            "Open incidents that nobody has acknowledged.",
            ('sum(incidents_open{state="open"})', "target: none"),
            empty=NO_INCIDENTS,
            bands=Bands(GOOD, ((1, BAD),)),
            decimals=0,
            size=(5, 6),
        ),
        tile(
            "Too late",
            "Incidents that nobody took within their priority's time.",
            ("sum(incidents_acknowledge_overdue)", ""),
            empty=NO_INCIDENTS,
            alerts=["IncidentAcknowledgeOverdue"],
            bands=Bands(GOOD, ((1, BAD),), "target: none"),
            decimals=0,
            size=(5, 6),
        ),
        listing(
            "Open incidents",
            "By priority and by whether somebody has them.",
            rows(or_row(f"{_OPEN} > 0", "sum(incidents_open)", "priority", "none")),
            [
                Column(
                    "priority", "Priority", 170, {"none": Word("no incident", GOOD), **PRIORITIES}
                ),
                Column("state", "State", words=_STATES),
                Column(VALUE, "Incidents", 110, unit="short"),
            ],
            empty=NO_INCIDENTS,
            sort="Priority",
            size=(14, 6),
        ),
        pages("Who is on call", _TEXT, size=(24, 4)),
    ),
    group(
        "How long it takes",
        bars(
            "Time to acknowledge, mean of a day",
            "From the opening to somebody taking it.",
            ("priority:incidents_time_to_acknowledge_seconds:mean", "{{priority}}"),
            empty=NO_CLOCK,
            alerts=["IncidentAcknowledgeSlow"],
        ),
        bars(
            "Time to resolve, mean of a day",
            "From the opening to the end.",
            ("priority:incidents_time_to_resolve_seconds:mean", "{{priority}}"),
            empty=NO_CLOCK,
            alerts=["IncidentResolveSlow"],
        ),
        bars(
            "Given to each team, within a day",
            "Who is woken how often; more than two a shift wears people out.",
            ("sort_desc(team:incidents_opened:increase)", "{{team}}"),
            empty=NO_EVENT_YET,
            decimals=0,
        ),
        line(
            "Incidents, open and taken",
            "Over time, all priorities.",
            ("sum by (state) (incidents_open)", "{{state}}"),
            empty=NO_INCIDENTS,
            size=(24, 7),
        ),
    ),
    marks=[*marks.USUAL],
    topics=["on-call", "incidents"],
    span="24h",
    refresh="30s",
)
