"""Strings in double quotes as Go writes them."""

import re

_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))"
)
_LETTERS = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", '"': '"',
}  # fmt: skip
_MOST_OF_A_BYTE = 0xFF


def unquote(text: str) -> str:
    """Return what a quoted string stands for.

    Raises:
        ValueError: It is not one, or not of UTF-8.
    """
    raw = b""
    position, end = 1, len(text) - 1
    while position < end:
        if text[position] != "\\":
            if text[position] in '"\n':
                raise ValueError(f"{text}: invalid input")
            raw += text[position].encode()
            position += 1
            continue
        found = _ESCAPE.match(text, position, end)
        if not found:
            raise ValueError(f"{text}: invalid input")
        raw += _meant(found)
        position = found.end()
    return raw.decode("utf-8")


def _meant(found: re.Match[str]) -> bytes:
    """Return the bytes of an escape: of octal and hexadecimal ones a single byte."""
    letter, octal, byte, *code = found.groups()
    if letter:
        return _LETTERS[letter].encode()
    if octal or byte:
        number = int(octal, 8) if octal else int(byte, 16)
        if number > _MOST_OF_A_BYTE:
            raise ValueError(f"{found[0]}: no byte")
        return bytes([number])
    return chr(int(code[0] or code[1], 16)).encode()
