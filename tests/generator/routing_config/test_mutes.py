"""Which windows mute an alert, whatever the label sets have in common."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sothat.generator.notifying.mutes import MOST, mutings

from .policies import policy_of, unhurried, windows
from .test_matching import labels, matches

WINDOW = {
    "every": "week",
    "day": "sunday",
    "start": "00:00",
    "end": "04:00",
    "calendar": "berlin",
    "notice_days": 1,
}


def muted(*sets: list[dict[str, Any]]) -> list[tuple[dict[str, tuple[str, ...]], set[str]]]:
    """Return the choices of windows named by letters, one for each list of label sets."""
    named = {chr(ord("a") + n): {**WINDOW, "mutes": each} for n, each in enumerate(sets)}
    found = mutings(policy_of(maintenance=named))
    return [(dict(choice.labels), set(choice.windows)) for choice in found]


@unhurried
@given(st.lists(windows(), max_size=4), labels)
def test_the_first_choice_has_all_windows_of_an_alert(
    drawn: list[dict[str, Any]], carried: dict[str, str]
) -> None:
    policy = policy_of(maintenance={f"w{n}": each for n, each in enumerate(drawn)})
    choices = mutings(policy)
    if len(choices) > MOST:
        return
    first = next((c.windows for c in choices if matches(c.labels, carried)), frozenset())
    wanted = {
        window.name
        for window in policy.maintenance.values()
        if any(matches(each, carried) for each in window.mutes)
    }
    assert first == wanted


def test_overlapping_sets_are_combined() -> None:
    assert muted([{"team": "plant"}], [{"priority": "P4"}]) == [
        ({"priority": ("P4",), "team": ("plant",)}, {"a", "b"}),
        ({"priority": ("P4",)}, {"b"}),
        ({"team": ("plant",)}, {"a"}),
    ]


def test_sets_that_exclude_each_other_are_not() -> None:
    assert len(muted([{"team": "plant"}], [{"team": "pumps"}])) == 2


def test_nested_windows_need_no_combinations() -> None:
    one, two, three = {"team": "plant"}, {"priority": "P4"}, {"domain": "water"}
    assert len(muted([one], [one, two], [one, two, three])) == 3


def test_a_set_within_another_of_its_window_is_left_out() -> None:
    found = muted([{"team": "plant"}, {"team": "plant", "priority": "P4"}])
    assert found == [({"team": ("plant",)}, {"a"})]


def test_no_window_no_choices() -> None:
    assert mutings(policy_of()) == ()


def test_they_are_cut_off() -> None:
    names = [f"l{n}" for n in range(12)]
    assert len(muted(*([{name: "x"}] for name in names))) == MOST + 1
