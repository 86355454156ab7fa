"""``sothat diff``: two revisions of the catalogue, and what the change means to people."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sothat.commands._catalogue import Named, collector_paused, inputs_options, refuse
from sothat.commands._live import compiled_now, compiled_option, format_option, show, wanted_state
from sothat.model.problem import Unusable, unusable

if TYPE_CHECKING:
    from sothat.live.state import State


@click.command(short_help="Compare the catalogue with a revision of it, in words.")
@click.argument("revision", metavar="REV")
@compiled_option
@format_option
@click.option("--exit-code", is_flag=True, help="Exit with 1 where there are differences.")
@inputs_options()
@collector_paused()
def command(
    revision: str,
    compiled: Path | None,
    form: str,
    *,
    exit_code: bool,
    named: Named,
) -> int:
    """Compare the catalogue with what it was at REV, a revision of its git repository.

    Both are compiled, and rules, routing and boards compared by their meaning: who is paged for
    more, whose night changes, which threshold moves. With --compiled the committed output of
    `sothat build` is compared instead: quicker, and boards as they were built then.

    \b
    Examples:
      sothat diff main
      sothat diff origin/main --format markdown > comment.md
      sothat diff v1.4 --compiled compiled/ --exit-code
    """  # noqa: D301 – click's mark for a block that is not rewrapped
    from sothat.generator.checked import Refused
    from sothat.live.planning.planning import make_plan

    try:
        new = wanted_state(named, compiled)
    except Refused as refused:
        return refuse(refused.problems)
    old = _at(revision, compiled) if compiled else _compiled_at(revision, named)
    plan = make_plan(old, new, datetime.now(UTC))
    show(plan, form, f"What changes for people, against {revision}")
    return int(exit_code and not plan.empty)


def _at(revision: str, compiled: Path) -> "State":
    """Return the state that was committed."""
    from sothat.live.reading.compiled import read_compiled, state_of
    from sothat.live.revision import folder_at

    with folder_at(compiled, revision) as folder:
        return state_of(read_compiled(folder))


def _compiled_at(revision: str, named: Named) -> "State":
    """Return the state that the catalogue of a revision makes today.

    Raises:
        Unusable: It cannot be had, or has problems by today's checks.
    """
    from sothat.generator.checked import Refused
    from sothat.generator.compile import shipped_catalogue
    from sothat.live.reading.compiled import state_of
    from sothat.live.revision import folder_at

    with folder_at(named.catalogue or shipped_catalogue(), revision) as folder:
        try:
            return state_of(*compiled_now(named, folder))
        except Refused as refused:
            raise _refused(revision, len(refused.problems)) from refused


def _refused(revision: str, problems: int) -> Unusable:
    message = f"the catalogue of {revision} does not pass today's checks: {problems} problems"
    hint = "compare what was committed of both: --compiled compiled/"
    return unusable("revision-refused", message, hint=hint)
