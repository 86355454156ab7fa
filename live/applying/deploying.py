"""From what is wanted and what runs to an apply, and the parts of one that is in the journal."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sothat.generator.yaml_text import HEADER
from sothat.live.applying.board_part import Shelf
from sothat.live.applying.journal import Entry, Journal, Status, name_of
from sothat.live.applying.order import ROUTING, RULES, safe_order
from sothat.live.applying.slot import content_of
from sothat.live.applying.validating import check_routing, check_rules
from sothat.live.change import Part as Concern
from sothat.live.change import Plan
from sothat.live.reading import compiled
from sothat.live.reading.target import Server, Target
from sothat.live.state import State
from sothat.model.artefact import Artefact
from sothat.model.problem import Position, Problem, Unusable, unusable

BOARDS = "boards"
_GROUPS = "\ngroups:\n"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be brought about.

    Attributes:
        running: What the servers run.
        state: What is wanted.
        artefacts: The same as texts.
        plan: What differs.
        at: When.
        message: Why, for Grafana's history.
    """

    running: State
    state: State
    artefacts: tuple[Artefact, ...]
    plan: Plan
    at: datetime
    message: str


def one_rule_file(artefacts: Iterable[Artefact]) -> str:
    """Return all rules as the text of one file.

    One rename is the only change that is atomic: a Prometheus that restarts at any instant reads
    all old rules or all new ones.

    Raises:
        Unusable: A file is not as the compiler writes it.
    """
    parts = []
    for artefact in sorted(artefacts, key=lambda each: each.path):
        if artefact.path.startswith(compiled.RULES):
            head, mark, body = f"\n{artefact.text}".partition(_GROUPS)
            if not mark or head.strip() not in ("", f"# {HEADER}"):
                message = "this is no rule file of the compiler's"
                raise unusable("not-a-rule-file", message, position=Position(artefact.path))
            parts.append(body)
    return f"# {HEADER}{_GROUPS}{''.join(parts)}"


def begin(
    target: Target, wish: Wish, journal: Journal, environment: Mapping[str, str]
) -> tuple[Entry | None, tuple[str, ...]]:
    """Put an apply into the journal; nothing else happens.

    Args:
        target: The servers.
        wish: What is wanted of them.
        journal: Where the apply is put down.
        environment: Where the servers' tools are looked for.

    Returns:
        The apply, None where nothing is to be done; and what to note.

    Raises:
        Unusable: It would be refused, or somebody would not be paged on the way.
    """
    contents, files = _contents(target, wish)
    changed = [name for name in (RULES, ROUTING) if f"{name}.new" in contents]
    shelves = _shelves(target, wish)
    if shelves:
        changed.append(BOARDS)
        contents |= {f"{BOARDS}.{age}": shelf.text().encode() for age, shelf in shelves.items()}
    if not changed:
        return None, ()
    order = _order(wish, changed)
    notes = tuple(filter(None, _validated(contents, environment)))
    absent = tuple(name for name in files if f"{name}.old" not in contents)
    entry = Entry(name_of(wish.at), Status.APPLYING, order, files, absent, wish.message)
    journal.begin(entry, contents)
    return entry, notes


def _contents(target: Target, wish: Wish) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return old and new contents of the files that change, and where they are."""
    texts = {artefact.path: artefact.text for artefact in wish.artefacts}
    wanted = {
        RULES: (target.prometheus, Concern.RULES, _rules_text(wish)),
        ROUTING: (target.alertmanager, Concern.ROUTING, texts.get(compiled.ROUTING, "")),
    }
    contents: dict[str, bytes] = {}
    files: dict[str, str] = {}
    for name, (server, concern, text) in wanted.items():
        if server is None or not text:
            continue
        file = _file(server, name, bool(wish.plan.of(concern)))
        old = _read(file) if file else None
        if file and (old != text.encode() or wish.plan.of(concern)):
            files[name] = str(file)
            contents[f"{name}.new"] = text.encode()
            if old is not None:
                contents[f"{name}.old"] = old
    return contents, files


def _rules_text(wish: Wish) -> str:
    return "" if wish.state.groups is None else one_rule_file(wish.artefacts)


def _file(server: Server, name: str, differs: bool) -> Path | None:  # noqa: FBT001 – a fact
    if server.file is None and differs:
        key = {RULES: "prometheus.rules_file", ROUTING: "alertmanager.config_file"}[name]
        message = f"{name} would change, and the target names no file for them: {key}"
        raise Unusable([Problem("target-without-file", message)])
    return server.file


def _read(file: Path) -> bytes | None:
    try:
        return content_of(file)
    except OSError as error:
        reason = error.strerror or str(error)
        where = Position(str(file))
        raise unusable("unreadable-file", f"cannot read: {reason}", position=where) from error


def _shelves(target: Target, wish: Wish) -> Mapping[str, Shelf]:
    """Return the boards and folders that change, as they are and as they are to be."""
    changes = wish.plan.of(Concern.BOARDS)
    if not target.grafana or not changes:
        return {}
    boards = {change.name for change in changes if change.kind == "board"}
    folders = {change.name for change in changes if change.kind == "folder"}
    _refuse_fixed(wish.running, boards)
    return {
        age: _shelf(s, boards, folders) for age, s in (("old", wish.running), ("new", wish.state))
    }


def _shelf(state: State, boards: set[str], folders: set[str]) -> Shelf:
    return Shelf(
        {uid: board for uid, board in (state.boards or {}).items() if uid in boards},
        {uid: folder for uid, folder in state.folders.items() if uid in folders},
    )


def _refuse_fixed(running: State, boards: set[str]) -> None:
    fixed = sorted(uid for uid, b in (running.boards or {}).items() if uid in boards and b.by_file)
    if fixed:
        message = f"Grafana has boards from files, and takes no other changes: {', '.join(fixed)}"
        hint = "change the files, or take grafana out of the target"
        raise Unusable([Problem("board-by-file", message, hint=hint)])


def _order(wish: Wish, changed: Sequence[str]) -> tuple[str, ...]:
    old, new = wish.running, wish.state
    files: tuple[str, ...] = (ROUTING, RULES)
    if old.routing and new.routing and old.groups is not None:
        files = safe_order((old.alerts, old.routing), (new.alerts, new.routing), wish.at)
    return tuple(name for name in (*files, BOARDS) if name in changed)


def _validated(contents: Mapping[str, bytes], environment: Mapping[str, str]) -> Iterator[str]:
    """Yield what to note of the checks by the servers' own tools.

    Raises:
        Unusable: A file would be refused.
    """
    checks = ((RULES, "rules.yaml", check_rules), (ROUTING, "alertmanager.yml", check_routing))
    with tempfile.TemporaryDirectory() as folder:
        for name, file_name, check in checks:
            if content := contents.get(f"{name}.new"):
                file = Path(folder) / file_name
                file.write_bytes(content)
                yield check(file, environment)
