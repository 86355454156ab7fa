"""The contract kits of checks, emitters and boards, for anybody's tests.

What is tried is a `Judging`, an `Emitting` or a `Showing`; the ``check_…`` functions raise
`ContractBroken`, an `AssertionError`, so that they can be called from any test::

    from sothat.generator import kit

    SHOWING = kit.Showing(BOARD, HERE / "alert_rules")

    @pytest.mark.parametrize("check", kit.BOARD_CHECKS)
    def test_our_board(check):
        check(SHOWING)
"""

from sothat.generator.kit.emitting import (
    EMITTER_CHECKS,
    Emitting,
    check_deterministic,
    check_parsed,
    check_paths,
    check_timeless,
)
from sothat.generator.kit.judging import (
    CHECK_CHECKS,
    Judging,
    Slip,
    check_fires,
    check_pages,
    check_repeatable,
    check_silent,
)
from sothat.generator.kit.showing import (
    BOARD_CHECKS,
    Showing,
    check_grid,
    check_identity,
    check_panel_grid,
    check_panel_references,
    check_queries,
    check_references,
    check_rendered,
    check_words,
)
from sothat.runtime.kit import ContractBroken

__all__ = [
    "BOARD_CHECKS",
    "CHECK_CHECKS",
    "EMITTER_CHECKS",
    "ContractBroken",
    "Emitting",
    "Judging",
    "Showing",
    "Slip",
    "check_deterministic",
    "check_fires",
    "check_grid",
    "check_identity",
    "check_pages",
    "check_panel_grid",
    "check_panel_references",
    "check_parsed",
    "check_paths",
    "check_queries",
    "check_references",
    "check_rendered",
    "check_repeatable",
    "check_silent",
    "check_timeless",
    "check_words",
]
