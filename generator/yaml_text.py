"""YAML as the compiler writes it: stable order, long texts in blocks, nothing folded.

The text is that of PyYAML, to the byte; but only scalars that are not plainly plain are left to
it, for its emitter looks at each character several times.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import yaml

# Texts that are plain in every position; YAML 1.1 reads some of them as something else.
_PLAIN = re.compile(r"[A-Za-z_/$(](?:[\x21-\x7e]| (?![ #]))*(?<![ :])")
# Durations, and series in promtool's notation: they start like numbers, but are none.
_MEASURES = re.compile(
    r"(?:[0-9]+(?:ms|[smhdw]))+"
    r"|(?!0x[0-9a-f]*$)[0-9][0-9.+-]*x[0-9]+(?: [0-9.+-]+(?:x[0-9]+)?)*"
)
_WORDS = frozenset(["yes", "no", "true", "false", "on", "off", "null", "y", "n"])
_LINE_START = re.compile(r"(?<=[\n\x85\u2028\u2029])(?![\n\x85\u2028\u2029])")
_WIDTH = 1_000_000


class _Dumper(yaml.SafeDumper):
    """Keeps the order of keys, indents lists and never uses anchors."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002 – PyYAML's signature
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 – PyYAML's signature
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text.strip() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(data: Mapping[str, Any], header: str) -> str:
    """Return data as YAML under a comment that says where it comes from."""
    comment = "".join(f"# {line}".rstrip() + "\n" for line in header.splitlines())
    return comment + "\n".join(_block(data, 0) if data else ["{}"]) + "\n"


def dumped(data: Any) -> str:
    """Return data as PyYAML writes it, without a header."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return text


def _block(data: Any, indent: int) -> Iterator[str]:
    """Yield the lines of a mapping or a list that is not empty."""
    margin = " " * indent
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _entry(f"{margin}{_scalar(key, 0)}:", value, indent)
        return
    for value in data:
        if _is_nested(value):
            # The first line of an item stands behind its dash.
            first, *others = _block(value, indent + 2)
            yield f"{margin}- {first[indent + 2 :]}"
            yield from others
        else:
            yield from _entry(f"{margin}-", value, indent)


def _entry(head: str, value: Any, indent: int) -> Iterator[str]:
    if _is_nested(value):
        yield head
        yield from _block(value, indent + 2)
    elif isinstance(value, (Mapping, Sequence)) and not value and not isinstance(value, str):
        yield f"{head} {'{}' if isinstance(value, Mapping) else '[]'}"
    else:
        yield f"{head} {_scalar(value, indent)}"


def _is_nested(value: Any) -> bool:
    return bool(value) and isinstance(value, (Mapping, list, tuple))


def _scalar(value: Any, indent: int) -> str:
    if isinstance(value, str) and (_is_plain(value) or _MEASURES.fullmatch(value)):
        return value
    return _LINE_START.sub(" " * indent, _by_pyyaml(value, repr(value)))


def _is_plain(text: str) -> bool:
    plain = bool(_PLAIN.fullmatch(text))
    return plain and ": " not in text and text.lower() not in _WORDS


@lru_cache(maxsize=4096)
def _by_pyyaml(value: Any, _: str) -> str:
    """Return a scalar as PyYAML writes it as a value; its looks tell 1 from True."""
    return dumped({"k": value}).removeprefix("k: ").removesuffix("\n")


HEADER = "Compiled by sothat from the catalogue. Do not edit: change the catalogue and build again."
