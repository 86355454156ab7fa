"""The pages that stand for all of a sort have every kind of element that one of them has."""

from .shapes import shapes, standing_for


def test_words_are_no_part_of_a_shape_but_classes_and_places_are() -> None:
    one = shapes("<main><p>One<br>two</p><p>three</p></main>")
    assert one == shapes("<main><p>Four</p><p>five<br></p></main>")
    assert one != shapes("<main><p class='bad'>One<br>two</p></main>")
    assert one != shapes("<main><div><p>One<br>two</p></div></main>")


def test_an_element_that_nobody_ended_ends_with_what_it_lies_in() -> None:
    assert shapes("<ul><li>a<li>b</ul><p>") >= {("p",), ("ul", "li"), ("ul", "li", "li")}


def test_few_pages_stand_for_all() -> None:
    plain, code, table = "<p>a</p>", "<p>b</p><pre>c</pre>", "<p>d</p><table></table>"
    pages = {"plain": plain, "code": code, "again": code, "table": table}
    assert standing_for(pages) == ["again", "table"]
    assert standing_for({}) == []
