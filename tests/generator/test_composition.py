"""Several catalogues below one: diamonds, chains, and packs that do not agree."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.generator.layers import merged
from sothat.generator.loading.composition import Composition, Level
from sothat.generator.loading.entries import Entries, read_entries
from sothat.generator.loading.folder import folders_of, read_folder
from sothat.generator.values import Values
from sothat.model.problem import Problem

HEAD = "apiVersion: sothat/v1\nkind: "
ALERT = """\
  - name: {name}
    kind: threshold
    summary: It is so
    description: It is so
    if: {{condition: It is so, query: up, threshold: "> 1", for: 1m}}
    do: {{priority: P3, action: Somebody mends it}}
    so_that: {{who: People, outcome: can go on, kpi: going on}}
"""


@dataclass(frozen=True)
class Yard:
    """A folder of catalogues, each in a folder of its own."""

    root: Path

    def alerts(self, name: str, *alerts: str, domain: str = "plant", owner: str = "plant") -> None:
        text = f"{HEAD}Alerts\ndomain: {domain}\nowner: {owner}\nalerts:\n"
        self.write(f"{name}/{domain}.yaml", text + "".join(ALERT.format(name=a) for a in alerts))

    def pack(self, name: str, builds_on: Sequence[str], text: str = "") -> None:
        bases = ", ".join(f"../{base}" for base in builds_on)
        self.write(f"{name}/pack.yaml", f"{HEAD}Pack\nbuilds_on: [{bases}]\n{text}")

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def entries(self, name: str) -> Entries:
        return read_entries(read_folder(self.root / name), Values())

    def settings(self, name: str) -> dict[str, dict[str, object]]:
        """Return what comes of the alerts, with IF and DO flat."""
        found = {entry.name: merged(entry.layers) for entry in self.entries(name).sound}
        return {name: {**each, **each["if"], **each["do"]} for name, each in found.items()}

    def problems(self, name: str) -> list[Problem]:
        return [*read_folder(self.root / name).shape, *self.entries(name).disputed]

    def codes(self, name: str) -> list[str]:
        return [problem.code for problem in self.problems(name)]


@pytest.fixture
def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Yard:
    monkeypatch.chdir(tmp_path)
    made = Yard(Path())
    made.alerts("base", "PumpStopped", "StationDown")
    return made


def test_what_two_build_on_is_there_once(yard: Yard) -> None:
    yard.pack("left", ["base"], "alerts: {PumpStopped: {for: 9m}}\n")
    yard.pack("right", ["base"], "alerts: {StationDown: {priority: P2}}\n")
    yard.pack("top", ["left", "right"])
    found = yard.settings("top")
    assert list(found) == ["PumpStopped", "StationDown"]
    assert (found["PumpStopped"]["for"], found["StationDown"]["priority"]) == ("9m", "P2")
    assert yard.problems("top") == []


def test_two_that_change_the_same_are_both_named(yard: Yard) -> None:
    yard.pack("left", ["base"], "alerts: {PumpStopped: {for: 9m}}\n")
    yard.pack("right", ["base"], "alerts:\n  PumpStopped: {threshold: '> 2', for: 10m}\n")
    yard.pack("top", ["right", "left"])
    (problem,) = yard.problems("top")
    assert problem.code == "pack-conflict"
    assert str(problem.position) == "right/pack.yaml:5:40"
    assert problem.message == (
        "PumpStopped: 'for' is 9m at left/pack.yaml:4:29 and 10m here; "
        "neither catalogue builds on the other"
    )
    assert "top/pack.yaml" in problem.hint
    assert "PumpStopped" in problem.source


@pytest.mark.parametrize("key", ["threshold: '> 3'", "owner: night", "priority: P1", "for: 3m"])
def test_the_one_on_top_settles_it(yard: Yard, key: str) -> None:
    yard.pack("left", ["base"], f"alerts: {{PumpStopped: {{{key}}}}}\n")
    other = key.replace("3", "4").replace("night", "day").replace("P1", "P2")
    yard.pack("right", ["base"], f"alerts: {{PumpStopped: {{{other}}}}}\n")
    yard.pack("undecided", ["left", "right"])
    yard.pack("top", ["left", "right"], f"alerts: {{PumpStopped: {{{key}}}}}\n")
    assert yard.codes("undecided") == ["pack-conflict"]
    assert yard.codes("top") == []
    name, value = key.split(": ", 1)
    assert yard.settings("top")["PumpStopped"][name] == value.strip("'")


def test_two_that_agree_are_no_conflict(yard: Yard) -> None:
    for side in ("left", "right"):
        yard.pack(side, ["base"], "alerts: {PumpStopped: {for: 9m}}\n")
    yard.pack("top", ["left", "right"])
    assert yard.problems("top") == []
    assert yard.settings("top")["PumpStopped"]["for"] == "9m"


def test_of_one_that_builds_on_the_other_the_upper_counts(yard: Yard) -> None:
    yard.pack("lower", ["base"], "alerts: {PumpStopped: {for: 9m, threshold: '> 2'}}\n")
    yard.pack("upper", ["lower"], "alerts: {PumpStopped: {for: 10m}}\n")
    yard.pack("top", ["lower", "upper", "base"])
    assert yard.problems("top") == []
    found = yard.settings("top")["PumpStopped"]
    assert (found["for"], found["threshold"]) == ("10m", "> 2")


def test_what_one_changes_again_counts_beside_what_another_passes_on(yard: Yard) -> None:
    yard.pack("lower", ["base"], "alerts: {PumpStopped: {for: 9m}}\n")
    yard.pack("again", ["lower"], "alerts: {PumpStopped: {for: 10m}}\n")
    yard.pack("on", ["lower"])
    yard.pack("top", ["again", "on"])
    assert yard.problems("top") == []
    assert yard.settings("top")["PumpStopped"]["for"] == "10m"


def test_the_upper_counts_by_what_it_took_over(yard: Yard) -> None:
    """It passed the lower one's by, and has the alert from where it stands."""
    yard.pack("lower", ["base"], "alerts: {PumpStopped: {for: 9m}}\n")
    yard.pack("less", ["lower"], "leave_out: [{alert: StationDown, reason: None}]\nonly: [hall]\n")
    yard.pack("upper", ["less", "base"])
    yard.pack("top", ["lower", "upper"])
    assert yard.settings("top")["PumpStopped"]["for"] == "1m"


def test_a_chain_of_three(yard: Yard) -> None:
    yard.pack("one", ["base"], "owner: first\nalerts: {PumpStopped: {for: 2m}}\n")
    yard.pack("two", ["one"], "owners: {first: second}\nalerts: {PumpStopped: {priority: P2}}\n")
    yard.pack("three", ["two"], "alerts: {PumpStopped: {for: 3m}}\n")
    found = yard.settings("three")["PumpStopped"]
    assert (found["owner"], found["for"], found["priority"]) == ("second", "3m", "P2")


def test_what_one_leaves_out_and_another_takes_over(yard: Yard) -> None:
    yard.pack("left", ["base"], "leave_out:\n  - {alert: PumpStopped, reason: We have no pump}\n")
    yard.pack("right", ["base"])
    yard.pack("top", ["left", "right"])
    (problem,) = yard.problems("top")
    assert str(problem.position) == "right/pack.yaml:3:12"
    assert "left out at left/pack.yaml:5:13, and taken over here" in problem.message
    yard.pack("out", ["left", "right"], "leave_out: [{alert: PumpStopped, reason: None here}]\n")
    assert (yard.problems("out"), list(yard.settings("out"))) == ([], ["StationDown"])
    yard.pack("in", ["left", "right"], "alerts: {PumpStopped: {}}\n")
    assert (yard.problems("in"), len(yard.settings("in"))) == ([], 2)


def test_what_is_left_out_below_comes_back_by_its_name(yard: Yard) -> None:
    yard.pack("left", ["base"], "leave_out: [{domain: plant, reason: We have no plant}]\n")
    yard.pack("top", ["left"], "alerts: {PumpStopped: {for: 2m}}\n")
    assert yard.settings("top")["PumpStopped"]["for"] == "2m"
    assert yard.entries("top").left_out == {"StationDown": "left/pack.yaml:4:22: We have no plant"}
    yard.pack("quiet", ["left"], "only: [plant]\n")
    assert yard.settings("quiet") == {}


def test_to_take_only_a_part_is_no_objection_to_the_rest(yard: Yard) -> None:
    yard.alerts("base", "HallDark", domain="hall")
    yard.pack("left", ["base"], "only: [plant]\n")
    yard.pack("right", ["base"], "only: [hall]\n")
    yard.pack("top", ["left", "right"])
    assert yard.problems("top") == []
    assert set(yard.settings("top")) == {"HallDark", "PumpStopped", "StationDown"}


def test_two_owners_of_everything_are_one_problem(yard: Yard) -> None:
    yard.alerts("base", *(f"Pump{number}" for number in range(6)))
    yard.pack("left", ["base"], "owner: day\n")
    yard.pack("right", ["base"], "owner: night\n")
    yard.pack("top", ["left", "right"])
    (problem,) = yard.problems("top")
    assert problem.message.startswith("Pump0, Pump1, Pump2 and 3 more: 'owner' is day at")
    yard.pack("settled", ["left", "right"], "owners: {day: shift, night: shift}\n")
    assert yard.problems("settled") == []
    assert {each["owner"] for each in yard.settings("settled").values()} == {"shift"}


def test_the_policy_nearest_to_the_top_counts(yard: Yard) -> None:
    for name in ("base", "left"):
        yard.write(f"{name}/policy.yaml", f"{HEAD}Policy\n")
    yard.pack("left", ["base"])
    yard.pack("top", ["base", "left"])
    folder = read_folder(Path("top"))
    assert [each.file for each in folder.of_kind("Policy")] == ["left/policy.yaml"]
    assert [each.file for each in folder.policies] == ["base/policy.yaml"]


def test_notes_of_two_that_do_not_build_on_one_another(yard: Yard) -> None:
    for side in ("left", "right"):
        yard.pack(f"{side}/alert_rules", ["../base"])
        yard.write(f"{side}/runbooks/PumpStopped.md", f"What {side} knows.\n")
    yard.pack("top/alert_rules", ["../left/alert_rules", "../right/alert_rules"])
    assert yard.codes("top/alert_rules") == ["pack-conflict"]
    yard.write("top/runbooks/PumpStopped.md", "What counts.\n")
    assert yard.codes("top/alert_rules") == []
    assert read_folder(Path("top/alert_rules")).notes["PumpStopped"].text == "What counts.\n"


def test_a_long_circle_is_told_once_with_its_way(yard: Yard) -> None:
    yard.pack("one", ["base", "two"])
    yard.pack("two", ["three"])
    yard.pack("three", ["one"])
    (problem,) = yard.problems("one")
    assert problem.code == "pack-circle"
    assert problem.message.count("pack.yaml") == 4
    assert problem.position
    assert (problem.position.line, problem.position.column) == (3, 13)


def test_a_catalogue_within_another(yard: Yard) -> None:
    yard.write("base/inner/pack.yaml", f"{HEAD}Pack\nbuilds_on: [./..]\n")
    assert "pack-circle" in yard.codes("base/inner")
    yard.write("outer/pack.yaml", f"{HEAD}Pack\nbuilds_on: [./inner]\n")
    yard.alerts("outer/inner", "InnerDown")
    assert "pack-circle" in yard.codes("outer")


def test_a_pack_that_changes_what_it_leaves_out(yard: Yard) -> None:
    text = "leave_out: [{alert: PumpStopped, reason: None}]\nalerts: {PumpStopped: {for: 2m}}\n"
    yard.pack("top", ["base"], text)
    (problem,) = yard.problems("top")
    assert str(problem.position) == "top/pack.yaml:5:23"
    assert "left out at top/pack.yaml:4:21" in problem.message


def test_all_folders_below_are_known_once(yard: Yard) -> None:
    yard.pack("left", ["base", "nowhere"])
    yard.pack("right", ["base"])
    yard.pack("top", ["left", "right"])
    found = [str(folder) for folder in folders_of(Path("top"))]
    assert sorted(found) == ["base", "left", "right", "top"]


def test_a_long_chain_ends(yard: Yard) -> None:
    for number in range(300):
        below = f"p{number - 1}" if number else "base"
        yard.pack(f"p{number}", [below], f"alerts: {{PumpStopped: {{for: {number + 1}m}}}}\n")
    assert yard.settings("p299")["PumpStopped"]["for"] == "300m"


def test_many_diamonds_on_top_of_one_another_end(yard: Yard) -> None:
    for number in range(30):
        below = [f"l{number - 1}", f"r{number - 1}"] if number else ["base"]
        for side in "lr":
            yard.pack(f"{side}{number}", below)
    yard.pack("top", ["l29", "r29"])
    assert len(yard.settings("top")) == 2


NAMES = ("PumpStopped", "StationDown")
Change = Mapping[str, object]
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "for": st.sampled_from(["2m", "3m"]),
        "priority": st.sampled_from(["P1", "P2"]),
        "owner": st.sampled_from(["day", "night"]),
    },
)
PACKS = st.fixed_dictionaries(
    {"bases": st.sets(st.integers(0, 4), min_size=1, max_size=3)},
    optional={
        "alerts": st.dictionaries(st.sampled_from(NAMES), CHANGES, min_size=1),
        "leave_out": st.sampled_from(NAMES),
        "owner": st.sampled_from(["day", "night"]),
        "owners": st.sampled_from(["plant", "day"]),
    },
)


def text_of(pack: Mapping[str, object]) -> str:
    lines = []
    if "owner" in pack:
        lines.append(f"owner: {pack['owner']}")
    if "owners" in pack:
        lines.append(f"owners: {{{pack['owners']}: shift}}")
    if "leave_out" in pack:
        lines.append(f"leave_out: [{{alert: {pack['leave_out']}, reason: Not here}}]")
    if "alerts" in pack:
        lines.append(f"alerts: {pack['alerts']}".replace("'", ""))
    return "".join(f"{line}\n" for line in lines)


def laid_out(
    packs: Sequence[Mapping[str, object]], arrange: Callable[[list[str]], Sequence[str]] = sorted
) -> tuple[object, object]:
    """Return entries and problems of packs, each building on some before it; 0 is the base."""
    with tempfile.TemporaryDirectory() as folder:
        yard = Yard(Path(folder))
        yard.alerts("p0", *NAMES)
        for number, pack in enumerate(packs, 1):
            bases = {f"p{min(base, number - 1)}" for base in pack["bases"]}  # type: ignore[attr-defined]
            yard.pack(f"p{number}", arrange(sorted(bases)), text_of(pack))
        found = yard.settings(f"p{len(packs)}"), yard.problems(f"p{len(packs)}")
        spoken = [problem.message.replace(folder, "") for problem in found[1]]
        return found[0], [text.replace(" here", "") for text in spoken]


@given(st.lists(PACKS, min_size=1, max_size=5))
@settings(max_examples=40)
def test_the_order_in_which_a_pack_names_others_does_not_matter(
    packs: list[Mapping[str, object]],
) -> None:
    forwards, backwards = laid_out(packs), laid_out(packs, lambda bases: bases[::-1])
    assert forwards[0] == backwards[0]
    # The columns of what a pack builds on differ, and nothing else does.
    assert [len(str(each)) for each in forwards[1]] == [len(str(each)) for each in backwards[1]]  # type: ignore[attr-defined]


@given(st.lists(PACKS, min_size=1, max_size=4))
@settings(max_examples=30)
def test_what_is_below_already_may_be_named_once_more(
    packs: list[Mapping[str, object]],
) -> None:
    *lower, last = packs
    again = {**last, "bases": {*last["bases"], 0}}  # type: ignore[misc]
    # All stand on the base at last, so it is below already.
    assert laid_out(packs) == laid_out([*lower, again])


@given(st.lists(PACKS, min_size=1, max_size=4))
@settings(max_examples=30)
def test_a_pack_that_says_nothing_changes_nothing(packs: list[Mapping[str, object]]) -> None:
    found = laid_out(packs)
    above = laid_out([*packs, {"bases": {4}}])
    assert above[0] == found[0]
    assert len(above[1]) == len(found[1])  # type: ignore[arg-type]


@given(st.data())
def test_the_highest_are_those_on_which_none_of_the_others_builds(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 8))
    levels = []
    for number in range(count):
        bases = data.draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        levels.append(Level(None, tuple(sorted(bases)), frozenset()))
    composition = Composition(tuple(levels))
    some = data.draw(st.sets(st.integers(0, count - 1)))
    highest = composition.highest(some)
    assert highest <= some
    assert bool(highest) == bool(some)
    for number in some - highest:
        assert any(number in composition.below[other] for other in highest)
    for number in highest:
        assert not any(number in composition.below[other] for other in some)
