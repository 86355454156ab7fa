"""What a run has read and not yet checked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any

from sothat.generator.board_links import board_urls
from sothat.generator.command_tree import CommandTree
from sothat.generator.exemptions import Exemption
from sothat.generator.figures import figure_of
from sothat.generator.layers import Layer, traced
from sothat.generator.proving.book import CaseBook
from sothat.generator.proving.workshop import Workshop, workshop_for
from sothat.generator.sources import Sources
from sothat.generator.typecheck import Inference, Type
from sothat.generator.typecheck.world import World
from sothat.generator.values import Values
from sothat.model.alert import Alert, Catalogue, Recording
from sothat.model.board import Board, BoardMaker, Figure
from sothat.model.problem import Position, Problem
from sothat.model.runbook import Message, Runbook
from sothat.runtime.plugins import kept


@dataclass(frozen=True, slots=True)
class Notes:
    """Hand-written Markdown for an alert's runbook page."""

    text: str
    position: Position


@dataclass(frozen=True, slots=True)
class Expression:
    """One PromQL expression of the catalogue, and what is known of it.

    Attributes:
        rule: Name of its alert or recording rule.
        text: What Prometheus will evaluate.
        written: What stands in the file.
        aligned: The text with stand-ins as long as the placeholders; findings count in it.
        starts: Where in the aligned text that begins what stands in the file.
        inference: Tree, type and findings; None when the text is not PromQL.
        error: The parser's complaint, empty when there is none.
    """

    rule: str
    text: str
    written: str
    position: Position
    aligned: str = ""
    starts: tuple[int, ...] = ()
    inference: Inference | None = None
    error: str = ""

    @property
    def type(self) -> Type | None:
        """Return the type of the results, None when the text is not PromQL."""
        return self.inference.type if self.inference else None

    @property
    def labels(self) -> frozenset[str] | None:
        """Return every label that a result can carry; None when that is not known."""
        return self.type.labels.possible if self.type else None


@dataclass(frozen=True, slots=True)
class _Figures:
    """What panels draw of the alerts."""

    alerts: Mapping[str, Alert]
    expressions: Mapping[str, Expression]
    world: World

    def of(self, alert: str) -> Figure:
        """Return what a panel draws of an alert."""
        return figure_of(self.alerts[alert], self.expressions[alert].type, self.world)


@dataclass(frozen=True)
class Draft:
    """Everything a check may look at; frozen, and complete but for entries of a wrong shape.

    Attributes:
        catalogue: Alerts, recording rules and policy, defaults resolved, kinds expanded.
        expressions: The expression of each alert and recording rule by rule name.
        world: All series that can exist, with the types of the recording rules.
        lost: Names of alerts left out because their shape is wrong, so that references to them
            are not reported as well.
        left_out: By name why an entry of a catalogue below is not taken over.
        below: Files of catalogues below.
        notes: Hand-written notes by the name of their file.
        runbooks: Hand-written runbooks and messages.
        commands: Our own commands, of which runbooks speak.
        board_makers: What makes boards of the catalogue itself.
        foreign_boards: Uids of boards that were made for another catalogue: where a panel of one
            would be dead it is left out; of all others a dead panel is an error.
        incomplete: What entries lack that they could have inherited.
        layers: Where the settings of each entry come from, by its name.
        exemptions: The exceptions that its files ask for.
        today: The day of the run, on which exceptions may have ended; None: none has.
        book: The tests that were made before.
        built: The boards that checks have asked for, by identity; see `content`.
        dead: The dead panels of boards, likewise; see `dead_panels`.
    """

    catalogue: Catalogue
    expressions: tuple[Expression, ...]
    world: World
    values: Values
    sources: Sources
    lost: frozenset[str] = frozenset()
    left_out: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    below: frozenset[str] = frozenset()
    notes: Mapping[str, Notes] = field(default_factory=lambda: MappingProxyType({}))
    runbooks: tuple[Runbook | Message, ...] = ()
    commands: CommandTree = field(default_factory=CommandTree)
    boards: tuple[Board, ...] = ()
    board_makers: tuple[BoardMaker, ...] = ()
    foreign_boards: frozenset[str] = frozenset()
    incomplete: tuple[Problem, ...] = ()
    layers: Mapping[str, tuple[Layer, ...]] = field(default_factory=lambda: MappingProxyType({}))
    exemptions: tuple[Exemption, ...] = ()
    today: date | None = None
    book: CaseBook = field(default_factory=CaseBook, compare=False, repr=False)
    built: dict[int, Mapping[str, Any]] = field(default_factory=dict, compare=False, repr=False)
    dead: dict[int, tuple[Problem, ...]] = field(default_factory=dict, compare=False, repr=False)

    def problem(
        self,
        code: str,
        message: str,
        subject: Alert | Recording | Expression,
        *,
        hint: str = "",
        at: Position | None = None,
    ) -> Problem:
        """Return a problem of a rule, by default at the rule's own position."""
        rule = subject.record if isinstance(subject, Recording) else _name(subject)
        expression = subject.text if isinstance(subject, Expression) else ""
        position = at or subject.position
        found = Problem(code, message, position, hint, rule=rule, expression=expression)
        return self.sources.complete(found)

    def place(self, expression: Expression, offset: int) -> Position:
        """Return where a character of an expression's text stands in its file.

        What the compiler added, such as the threshold, stands for the query as a whole.
        """
        inside = (offset - start for start in expression.starts)
        found = next((at for at in inside if 0 <= at < len(expression.written)), 0)
        return self.sources.inside(expression.position, expression.written, found)

    def layers_of(self, alert: Alert) -> tuple[Layer, ...]:
        """Return where the settings of an alert come from: those of its entry."""
        return self.layers.get(alert.made_for or alert.name, ())

    def place_of(self, alert: Alert, setting: str) -> Position:
        """Return where a setting of an alert stands; that of the alert where nothing sets it."""
        found = traced(self.layers_of(alert)).get(setting)
        return found.position if found else alert.position

    def content(self, board: Board) -> Mapping[str, Any]:
        """Return one of the draft's boards as Grafana's JSON, built once for all checks.

        Raises:
            Unusable: It asks for a series that nobody declares.
        """
        if id(board) not in self.built:
            whose = "what it builds"
            content = kept(board.build(self.catalogue, self.world.series), Mapping, whose)
            for panel in kept(content.get("panels", []), list, f"{whose}: 'panels'"):
                kept(panel, Mapping, f"{whose}: a panel")
            self.built[id(board)] = content
        return self.built[id(board)]

    def expression(self, rule: str) -> Expression:
        """Return the expression of a rule that the catalogue has."""
        return self._by_rule[rule]

    @cached_property
    def made_boards(self) -> tuple[Board, ...]:
        """Return the boards that are made of the catalogue; they ask what its rules ask."""
        # They outlive the draft, and keep no more of it than they need.
        figures = _Figures(self._alerts, self._by_rule, self.world)
        made = (
            kept(maker(self.catalogue, figures.of), Iterable, f"what {maker.__module__} makes")
            for maker in self.board_makers
        )
        return tuple(board for boards in made for board in boards)

    @cached_property
    def workshop(self) -> Workshop:
        """Return where the tests of its alerts are made, for all that ask for any."""
        return workshop_for(self.catalogue, self.world.series, self.book)

    @cached_property
    def dashboard_urls(self) -> Mapping[str, str]:
        """Return where the figure of each alert is drawn; see `board_urls`."""
        boards = (*self.boards, *self.made_boards)
        return board_urls(self.catalogue, self.values, boards, self.world.series)

    @cached_property
    def _alerts(self) -> Mapping[str, Alert]:
        return {alert.name: alert for alert in reversed(self.catalogue.alerts)}

    @cached_property
    def _by_rule(self) -> Mapping[str, Expression]:
        """Return the expressions by rule; of two rules of one name the first."""
        return {expression.rule: expression for expression in reversed(self.expressions)}


def _name(subject: Alert | Expression) -> str:
    return subject.name if isinstance(subject, Alert) else subject.rule
