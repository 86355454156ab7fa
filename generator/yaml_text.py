"""YAML as the compiler writes it: stable order, long texts in blocks, nothing folded.

The text is that of PyYAML, to the byte; but only scalars that are not plainly plain are left to
it, for its emitter looks at each character several times.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import yaml

# Texts that are plain in every position; YAML 1.1 reads some of them as something else.
_PLAIN = re.compile(r"[A-Za-z_/$(](?:[\x21-\x7e]| (?![ #]))*(?<![ :])")
# Durations, and series in promtool's notation: they start like numbers, but are none.
_MEASURES = re.compile(
    r"(?:[0-9]+(?:ms|[smhdw]))+"
    r"|(?!0x[0-9a-f]*$)-?[0-9][0-9.+-]*x[0-9]+(?: [0-9._+-]+(?:x[0-9]+)?)*"
    r"|-?0x[0-9]+ [0-9._+x-]+(?: [0-9._+x-]+)*"
)
# Texts that cannot be plain and need no escapes: what is in them stands between quotes as it is.
_QUOTED = re.compile(
    r"0x[0-9]+|(?=.*: )[\x21-\x26\x28-\x7e](?:[\x20-\x26\x28-\x7e]*[\x21-\x26\x28-\x7e])?"
)
# JSON, say of a whole board: it is never plain, and what is in it needs no escapes but for quotes.
_FLOW = re.compile(r"[{\[](?:[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*[\]}])?")
_WORDS = frozenset(["yes", "no", "true", "false", "on", "off", "null", "y", "n"])
_LINE_START = re.compile(r"(?<=[\n\x85\u2028\u2029])(?![\n\x85\u2028\u2029])")
# A block that keeps blank lines at its end is followed by the end of the document, wherever it
# stands in ours; breaks of other sorts end lines as well, and read back as something else.
_ESCAPED = re.compile(r"\n\n\Z|[\x85\u2028\u2029]")
# Longer texts are not remembered.
_SHORT = 200
# Wider than any text: a line that is folded reads as another text does.
_WIDTH = 1 << 40


class _Dumper(yaml.SafeDumper):
    """Keeps the order of keys, indents lists and never uses anchors."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002 – PyYAML's signature
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 – PyYAML's signature
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _ESCAPED.search(text) else "|" if "\n" in text.strip() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(data: Mapping[str, Any], header: str) -> str:
    """Return data as YAML under a comment that says where it comes from."""
    comment = "".join(f"# {line}".rstrip() + "\n" for line in header.splitlines())
    if not data:
        return f"{comment}{{}}\n"
    lines: list[str] = []
    _block(data, "", lines)
    lines.append("")
    return comment + "\n".join(lines)


def dumped(data: Any) -> str:
    """Return data as PyYAML writes it, without a header."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return text


def _block(data: Any, margin: str, lines: list[str]) -> None:
    """Add the lines of a mapping or a list that is not empty."""
    if isinstance(data, dict | Mapping):
        for key, value in data.items():
            _entry(f"{margin}{_key(key)}:", value, margin, lines)
        return
    inner = margin + "  "
    for value in data:
        first = len(lines)
        if _is_nested(value):
            # The first line of an item stands behind its dash.
            _block(value, inner, lines)
            lines[first] = f"{margin}- {lines[first][len(inner) :]}"
        else:
            _entry(f"{margin}-", value, margin, lines)


def _entry(head: str, value: Any, margin: str, lines: list[str]) -> None:
    if isinstance(value, str):
        lines.append(f"{head} {_scalar(value, margin)}")
    elif _is_nested(value):
        lines.append(head)
        _block(value, margin + "  ", lines)
    elif isinstance(value, Mapping | Sequence):
        lines.append(f"{head} {'{}' if isinstance(value, Mapping) else '[]'}")
    else:
        lines.append(f"{head} {_scalar(value, margin)}")


def _is_nested(value: Any) -> bool:
    return bool(value) and isinstance(value, dict | list | tuple | Mapping)


@lru_cache(maxsize=4096, typed=True)
def _key(key: Any) -> str:
    """Return a key; there are few, again and again."""
    return _scalar(key, "")


def _scalar(value: Any, margin: str) -> str:
    if isinstance(value, str):
        simple = _simple(value) if len(value) < _SHORT else _looked_at(value)
        if simple is not None:
            return simple
    elif type(value) is int:
        return str(value)
    return _LINE_START.sub(margin, _by_pyyaml(value, repr(value)))


@lru_cache(maxsize=16_384)
def _simple(text: str) -> str | None:
    """Return a short text as `_looked_at` does; many of them come again and again."""
    return _looked_at(text)


def _looked_at(text: str) -> str | None:
    """Return a text as a scalar that stands on one line; None: it is left to PyYAML."""
    if _is_plain(text) or _MEASURES.fullmatch(text):
        return text
    if _QUOTED.fullmatch(text):
        return f"'{text}'"
    if _FLOW.fullmatch(text):
        doubled = text.replace("'", "''")
        return f"'{doubled}'"
    return None


def _is_plain(text: str) -> bool:
    plain = bool(_PLAIN.fullmatch(text))
    return plain and ": " not in text and text.lower() not in _WORDS


@lru_cache(maxsize=4096)
def _by_pyyaml(value: Any, _: str) -> str:
    """Return a scalar as PyYAML writes it as a value; its looks tell 1 from True."""
    return dumped({"k": value}).removeprefix("k: ").removesuffix("\n")


HEADER = "Compiled by sothat from the catalogue. Do not edit: change the catalogue and build again."
