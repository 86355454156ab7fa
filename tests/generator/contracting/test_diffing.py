"""Changes between contracts: what breaks, and what only adds."""

from dataclasses import replace

import pytest
from sothat.generator.contracting.diffing import differences
from sothat.model.metric import Alias, Contract, Label, MetricFamily, MetricType, Presence

FAMILY = MetricFamily(
    "a_bytes",
    MetricType.GAUGE,
    "help",
    "bytes",
    (Label("x"), Label("y", values=("1", "2"))),
    Presence.FEATURE,
)
OLD = Contract("s", (FAMILY,), ("instance",))


def changed(**attributes: object) -> Contract:
    return replace(OLD, families=(replace(FAMILY, **attributes),))  # type: ignore[arg-type]


def labelled(*labels: Label, open_labels: bool = False) -> Contract:
    return changed(labels=labels, open_labels=open_labels)


X, Y = FAMILY.labels


@pytest.mark.parametrize(
    ("new", "message"),
    [
        (replace(OLD, families=()), "has vanished"),
        (changed(name="b_bytes"), "has vanished"),
        (replace(OLD, target_labels=()), "the target label instance has vanished"),
        (changed(type=MetricType.COUNTER), "was a gauge, is a counter"),
        (changed(unit="seconds"), "unit: was bytes, is seconds"),
        (changed(unit=""), "unit: was bytes, is a plain number"),
        (changed(presence=Presence.EVENT), "presence: was feature, is event"),
        (labelled(X), "the label y has vanished"),
        (labelled(replace(X, optional=True), Y), "label x: may be missing now"),
        (labelled(X, replace(Y, values=("1",))), "label y: the value 2 has vanished"),
    ],
)
def test_breaking(new: Contract, message: str) -> None:
    assert message in [d.message for d in differences(OLD, new) if d.breaking]


@pytest.mark.parametrize(
    ("new", "message"),
    [
        (replace(OLD, families=(FAMILY, replace(FAMILY, name="b"))), "is new"),
        (replace(OLD, target_labels=("instance", "job")), "the target label job is new"),
        (changed(type=MetricType.INFO), "was a gauge, is a info"),
        (changed(unit=None), "unit: was bytes, is unknown"),
        (changed(presence=Presence.ALWAYS), "presence: was feature, is always"),
        (labelled(X, Y, Label("z")), "the label z is new"),
        (labelled(X, open_labels=True), "the label y has vanished"),
        (labelled(X, replace(Y, values=("1", "2", "3"))), "label y: the value 3 is new"),
        (labelled(X, replace(Y, values=())), "label y: its values are open now"),
        (labelled(replace(X, values=("1",)), Y), "label x: its values are listed now"),
        (changed(name="b", aliases=(Alias("a_bytes"),)), "is new"),
    ],
)
def test_compatible(new: Contract, message: str) -> None:
    found = differences(OLD, new)
    assert [d.message for d in found] == [message]
    assert not found[0].breaking


def test_help_and_versions_change_nothing_for_rules() -> None:
    assert differences(OLD, changed(help="other", since="2.0")) == []
