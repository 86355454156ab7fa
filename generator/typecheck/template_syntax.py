"""Whether Prometheus would take a text as a template: it refuses a rule file whose texts it cannot.

What is checked is what Go's parser checks: actions that are closed, blocks that are ended, names
that exist, pipelines that can run. What a function makes of its arguments shows only in a firing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# Of the oldest release that is supported, and of the language itself.
_FUNCTIONS = frozenset(
    (
        *("query", "first", "label", "value", "strvalue", "args", "reReplaceAll", "safeHtml"),
        *("match", "title", "toUpper", "toLower", "graphLink", "tableLink", "sortByLabel"),
        *("stripPort", "stripDomain", "humanize", "humanize1024", "humanizeDuration"),
        *("humanizePercentage", "humanizeTimestamp", "toTime", "pathPrefix", "externalURL"),
        *("parseDuration", "tmpl", "and", "or", "not", "len", "index", "slice", "print", "printf"),
        *("println", "html", "js", "urlquery", "call", "eq", "ne", "lt", "le", "gt", "ge"),
    )
)
# Of later releases: in a rule file of somebody's own, which need not run on the oldest.
_NEWER = frozenset(("now", "toDuration", "urlQueryEscape"))
_CONSTANTS = frozenset(("true", "false", "nil"))
_VARIABLES = frozenset(("$", "$labels", "$value", "$externalLabels", "$externalURL"))
_QUOTED = r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|\'(?:[^\'\\\n]|\\.)\''
_ACTION = re.compile(rf"\{{\{{(?P<body>(?:{_QUOTED}|(?!\}}\}}).)*?)\}}\}}", re.DOTALL)
_COMMENT = re.compile(r"\{\{(?:- )?/\*.*?\*/(?: -)?\}\}", re.DOTALL)
_TOKEN = re.compile(
    rf"(?P<text>{_QUOTED})|(?P<number>[-+]?[0-9][0-9a-fA-FxX]*(?:\.[0-9]*)?)"
    r"|(?P<variable>\$\w*(?:\.[^\W\d]\w*)*)|(?P<field>(?:\.[^\W\d]\w*)+|\.)"
    r"|(?P<word>[^\W\d]\w*)|(?P<sign>:=|[=|(),])|(?P<space>\s+)"
)
_OPENING = ("if", "range", "with")


class _Mistake(Exception):  # noqa: N818 – part of a text, not of the program
    """What is wrong with an action."""


@dataclass(frozen=True, slots=True)
class TemplateMistake:
    """What a template's parser would not take, and where in the text its action begins."""

    message: str
    offset: int


def template_mistake(text: str, *, newer: bool = False) -> TemplateMistake | None:
    """Return the first thing in a template that Prometheus would refuse.

    Args:
        text: The template.
        newer: Whether functions count that the oldest release supported does not have.
    """
    template = _Template(_FUNCTIONS | _NEWER if newer else _FUNCTIONS)
    for offset, body in _actions(text):
        try:
            template.take(body)
        except _Mistake as mistake:
            return TemplateMistake(str(mistake), offset)
    if template.blocks:
        return TemplateMistake(f"'{template.blocks[-1]}' has no 'end'", 0)
    return None


def _actions(text: str) -> Iterator[tuple[int, str | None]]:
    """Yield the actions of a text with their offsets; None for one that is not closed."""
    at = text.find("{{")
    while at >= 0:
        comment = _COMMENT.match(text, at)
        action = comment or _ACTION.match(text, at)
        if action is None:
            yield at, None
            return
        if not comment:
            yield at, _trimmed(action["body"])
        at = text.find("{{", action.end())


def _trimmed(body: str) -> str:
    """Return an action without the dashes that trim the space around it."""
    body = re.sub(r"\A-\s", " ", body)
    return re.sub(r"\s-\Z", " ", body)


@dataclass
class _Command:
    """One command of a pipeline: its words so far, and whether something is piped into it."""

    words: int = 0
    piped: bool = False

    def ended(self, sign: str) -> "_Command":
        """Return the command that follows this one in its pipeline."""
        if not self.words:
            raise _Mistake(f"nothing stands before '{sign}'")
        return _Command(piped=True)


@dataclass
class _Template:
    """The actions so far: open blocks, innermost last, and the variables that exist."""

    functions: frozenset[str] = _FUNCTIONS
    blocks: list[str] = field(default_factory=list)
    variables: set[str] = field(default_factory=lambda: set(_VARIABLES))

    def take(self, body: str | None) -> None:
        if body is None:
            raise _Mistake("'{{' is never closed")
        tokens = list(_tokens(body))
        word = tokens[0][1] if tokens and tokens[0][0] == "word" else ""
        if word == "end":
            self._end(tokens)
        elif word == "else":
            self._otherwise(tokens)
        elif word in _OPENING:
            self._pipeline(tokens[1:], ranging=word == "range")
            self.blocks.append(word)
        elif word in ("define", "block", "template", "break", "continue"):
            raise _Mistake(f"'{word}' is not for the texts of alerts")
        else:
            self._pipeline(tokens)

    def _end(self, tokens: list[tuple[str, str]]) -> None:
        if not self.blocks or len(tokens) > 1:
            raise _Mistake("'end' ends nothing" if not self.blocks else "'end' takes no words")
        self.blocks.pop()

    def _otherwise(self, tokens: list[tuple[str, str]]) -> None:
        if not self.blocks or self.blocks[-1] == "else":
            raise _Mistake("'else' belongs to no 'if', 'range' or 'with'")
        if tokens[1:2] == [("word", "if")] and self.blocks[-1] == "if":
            self._pipeline(tokens[2:])
        elif tokens[1:]:
            raise _Mistake("'else' takes no words but 'if'")
        else:
            self.blocks[-1] = "else"

    def _pipeline(self, tokens: list[tuple[str, str]], *, ranging: bool = False) -> None:
        self._command(self._declared(tokens, ranging=ranging))

    def _declared(self, tokens: list[tuple[str, str]], *, ranging: bool) -> list[tuple[str, str]]:
        """Return a pipeline without the variables that it sets, which exist from now on."""
        signs = [text for kind, text in tokens if kind == "sign"]
        if ":=" not in signs and "=" not in signs:
            return tokens
        at = next(n for n, (_, text) in enumerate(tokens) if text in (":=", "="))
        names = [text for kind, text in tokens[:at] if kind == "variable"]
        shape = [kind if kind == "variable" else text for kind, text in tokens[:at]]
        pair = ranging and shape == ["variable", ",", "variable"]
        if (shape != ["variable"] and not pair) or any("." in name for name in names):
            raise _Mistake("only a variable can be set")
        if tokens[at][1] == ":=":
            self.variables.update(names)
        for name in names:
            self._known(name)
        return tokens[at + 1 :]

    def _command(self, tokens: list[tuple[str, str]]) -> None:
        """Check a pipeline of commands, those in brackets too."""
        commands = [_Command()]
        for kind, text in tokens:
            if kind != "sign":
                self._operand(kind, text, commands[-1])
            elif text == "(":
                commands.append(_Command())
            elif text in "|)":
                commands[-1] = commands[-1].ended(text)
                if text == ")":
                    commands.pop()
                    if not commands:
                        raise _Mistake("')' closes nothing")
                    commands[-1].words += 1
            else:
                raise _Mistake(f"'{text}' is not expected here")
        if len(commands) > 1:
            raise _Mistake("'(' is never closed")
        commands[0].ended("}}")

    def _operand(self, kind: str, text: str, command: "_Command") -> None:
        first, command.words = not command.words, command.words + 1
        if kind == "variable":
            self._known(text)
        if kind == "word" and text not in self.functions | _CONSTANTS:
            raise _Mistake(f"there is no function '{text}'")
        idle = kind in ("text", "number") or text in _CONSTANTS or text == "."
        if first and command.piped and idle:
            raise _Mistake(f"'{text}' can take nothing from '|'")
        if first and text == "nil":
            raise _Mistake("'nil' is no command")

    def _known(self, variable: str) -> None:
        name = variable.partition(".")[0]
        if name not in self.variables:
            raise _Mistake(f"there is no variable '{name}'")


def _tokens(body: str) -> Iterator[tuple[str, str]]:
    """Yield the kinds and texts of an action's words; what runs together is refused."""
    at, last = 0, "space"
    while at < len(body):
        match = _TOKEN.match(body, at)
        kind = match.lastgroup if match else None
        apart = {"space", "sign"} & {kind, last}
        if match is None or kind is None or not apart:
            raise _Mistake(f"'{body[at : at + 20].strip()}' is not expected here")
        if kind != "space":
            yield kind, match.group()
        at, last = match.end(), kind
