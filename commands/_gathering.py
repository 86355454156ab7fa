"""Options that take all the words after them: ``--rules a.yaml b.yaml --dashboards c.json``."""

from collections.abc import Sequence
from typing import Any

import click


class Gathering(click.Command):
    """A command without arguments, some of whose options take several words.

    So that a shell's ``--rules rules/*.yaml`` works; each word is one occurrence of the option.
    """

    def __init__(self, *args: Any, gathering: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._gathering = frozenset(gathering)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeat a gathering option before each further word, then parse as usual."""
        return super().parse_args(ctx, self._spread(args))

    def _spread(self, args: Sequence[str]) -> list[str]:
        spread: list[str] = []
        option, wanted = "", 0
        for word in args:
            if word.startswith("-") and word != "-":
                option, wanted = (word, 0) if word in self._gathering else ("", 0)
                spread.append(word)
                continue
            if option and wanted:
                spread.append(option)
            spread.append(word)
            wanted += 1
        return spread
