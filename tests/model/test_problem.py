"""How a problem looks to a person."""

from sothat.model.problem import Position, Problem, render


def test_the_caret_stands_under_the_column() -> None:
    problem = Problem("code", "wrong", Position("f.yaml", 3, 5), "mend it", source="    x: 1")
    assert render(problem).splitlines() == [
        "f.yaml:3:5: error: wrong [code]",
        "   3 |     x: 1",
        "     |     ^",
        "   hint: mend it",
    ]


def test_a_long_line_is_cut_around_the_column() -> None:
    source = "a" * 5000 + "HERE" + "b" * 5000
    shown = render(Problem("c", "m", Position("f", 1, 5001), source=source)).splitlines()
    assert len(shown[1]) < 120
    assert shown[1][shown[2].index("^") :].startswith("HERE")


def test_without_a_place_it_is_one_line() -> None:
    assert render(Problem("c", "the port is taken")) == "error: the port is taken [c]"
