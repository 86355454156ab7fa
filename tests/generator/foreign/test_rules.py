"""Plain rule files against contracts: every finding at its place, hostile files refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.generator.foreign.checking import Outcome, Request, check_files
from sothat.generator.foreign.rules import read_rules
from sothat.model.problem import Unusable

CONTRACT = """\
apiVersion: sothat/v1
kind: Contract
source: shop
families:
  - {name: shop_orders_total, type: counter, help: Orders, labels: [{name: store}]}
  - {name: shop_queue_length, type: gauge, help: Waiting, labels: [{name: store}]}
  - {name: shop_age_seconds, type: gauge, unit: seconds, help: Age}
"""

RULES = """\
groups:
  - name: shop
    rules:
      - record: store:shop_orders:rate5m
        expr: sum by (store) (rate(shop_orders_total[5m]))
      - alert: ShopNoOrders
        expr: |
          store:shop_orders:rate5m == 0
            and on (stor) shop_queue_length > 5
        for: 5m
        annotations:
          summary: 'No orders in {{ $labels.shop }}'
          description: "{{ $value | humanizeDuration }}"
      - alert: ShopMany
        expr: shop_ordres_total > 5
"""


@pytest.fixture
def contract(tmp_path: Path) -> str:
    (tmp_path / "contract.yaml").write_text(CONTRACT)
    return str(tmp_path / "contract.yaml")


def check(folder: Path, text: str, contract: str = "", name: str = "rules.yaml") -> Outcome:
    (folder / name).write_text(text)
    return check_files(Request(rules=[folder / name], contracts=[contract] if contract else ()))


def places(outcome: Outcome) -> list[tuple[str, int, int]]:
    return [(p.code, p.position.line, p.position.column) for p in outcome.problems if p.position]


def test_every_finding_at_its_place(tmp_path: Path, contract: str) -> None:
    assert places(check(tmp_path, RULES, contract)) == [
        ("unknown-matching-label", 9, 21),
        ("unknown-matching-label", 9, 21),
        ("template-label-missing", 12, 37),
        ("humanise-other-unit", 13, 37),
        ("unknown-metric", 15, 15),
    ]


def test_a_hint_names_what_was_meant(tmp_path: Path, contract: str) -> None:
    assert check(tmp_path, RULES, contract).problems[-1].hint == "did you mean 'shop_orders_total'?"


def test_without_a_contract_only_what_needs_none_is_checked(tmp_path: Path) -> None:
    text = "groups: [{rules: [{alert: A, expr: 'topk(3, x) > 1'}, {alert: B, expr: 'x > 1'}]}]"
    assert [p.code for p in check(tmp_path, text).problems] == ["picking-in-alert"]


def test_a_prometheus_rule_manifest_and_a_list_of_them(tmp_path: Path, contract: str) -> None:
    manifest = {
        "kind": "PrometheusRule",
        "spec": {"groups": [{"rules": [{"alert": "A", "expr": "nope > 1"}]}]},
    }
    for data in (manifest, {"kind": "List", "items": [manifest, {"kind": "Secret"}]}):
        outcome = check(tmp_path, json.dumps(data), contract, "m.json")
        assert [p.code for p in outcome.problems] == ["unknown-metric"]


def test_recording_rules_may_read_each_other_in_any_order(tmp_path: Path, contract: str) -> None:
    text = """\
groups:
  - rules:
      - {alert: A, expr: 'b:late > 5', annotations: {description: '{{ $labels.store }}'}}
      - {record: 'b:late', expr: 'a:early * 2'}
      - {record: 'a:early', expr: 'sum by (store) (shop_queue_length)'}
      - {record: 'c:self', expr: 'c:self + 1'}
"""
    assert check(tmp_path, text, contract).problems == ()


def test_a_series_of_several_rules_has_the_labels_of_each(tmp_path: Path, contract: str) -> None:
    text = """\
groups:
  - name: shop
    rules:
      - record: shop:queue
        expr: sum by (store) (shop_queue_length)
      - record: shop:queue
        expr: shop:aged
      - record: shop:aged
        expr: label_replace(sum(shop_queue_length), "branch", "all", "", "")
      - alert: ShopQueue
        expr: shop:queue{store="a"} > 5
      - alert: BranchQueue
        expr: shop:queue{branch="a"} > 5
      - alert: NoSuchQueue
        expr: shop:queue{desk="a"} > 5
"""
    outcome = check(tmp_path, text, contract)
    assert [(p.code, p.rule) for p in outcome.problems] == [("unknown-label", "NoSuchQueue")]


def test_a_recorded_label_counts(tmp_path: Path, contract: str) -> None:
    text = """\
groups:
  - rules:
      - {record: 'x:y', expr: 'sum(shop_queue_length)', labels: {tier: gold}}
      - {alert: A, expr: 'x:y{tier="silver"} > 5'}
"""
    assert [p.code for p in check(tmp_path, text, contract).problems] == ["impossible-matcher"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: 1\n", "not-a-rule-file"),
        ("- 1\n", "not-a-rule-file"),
        ("", "not-a-rule-file"),
        ("groups: [\n", "yaml-syntax"),
        ("groups: {{ .Values.x }}\n", "key-not-text"),
        ("groups: []\ngroups: []\n", "duplicate-key"),
        ("groups: \0\n", "yaml-syntax"),
        ("[" * 3000, "nested-too-deep"),
    ],
)
def test_unusable_files_are_told(tmp_path: Path, text: str, code: str) -> None:
    outcome = check(tmp_path, text)
    assert [p.code for p in outcome.unusable] == [code]


@pytest.mark.parametrize("text", ["null\n", "{}\n", "---\n", "groups:\n"])
def test_a_file_that_says_it_has_no_rules_is_one(tmp_path: Path, text: str) -> None:
    outcome = check(tmp_path, text)
    assert (outcome.unusable, outcome.problems) == ((), ())


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ("{alert: A, expr: up == 0, for: 5}", ("bad-duration", 4, 36)),
        ("{alert: A, expr: up == 0, keep_firing_for: 30m1h}", ("bad-duration", 4, 48)),
        ("{alert: '', expr: up == 0}", ("empty-value", 4, 13)),
        ("{alert: A, record: a:b, expr: up == 0}", ("bad-value", 4, 16)),
        ("{alert: A, expr: up == 0, annotation: {a: b}}", ("unknown-key", 4, 31)),
        ('{alert: A, expr: up == 0, annotations: {d: "{{ $lables.x }}"}}', ("bad-template", 4, 49)),
        ("{alert: A, expr: up == 0, labels: {d: '{{ $value '}}", ("bad-template", 4, 44)),
    ],
)  # fmt: skip
def test_what_prometheus_would_refuse(
    tmp_path: Path, rule: str, place: tuple[str, int, int]
) -> None:
    assert places(check(tmp_path, f"groups:\n- name: g\n  rules:\n  - {rule}\n")) == [place]


def test_what_prometheus_takes_for_text(tmp_path: Path) -> None:
    text = """\
groups:
  - name: g
    rules:
      - &first
        alert: 5
        expr: up == 0
        for: 0
        labels: &labels {tier: 1, paged: true, none: null}
        annotations: {since: 2026-01-01, tells: '{{ now }}'}
      - {<<: *first, alert: Second, labels: {<<: [*labels], tier: 2}}
"""
    outcome = check(tmp_path, text)
    assert (outcome.unusable, outcome.problems) == ((), ())
    rules, _ = read_rules(tmp_path / "rules.yaml")
    assert [rule.name for rule in rules] == ["5", "Second"]
    assert dict(rules[1].labels) == {"tier": "2", "paged": "true", "none": ""}


def test_an_unusable_file_does_not_hide_the_others(tmp_path: Path, contract: str) -> None:
    (tmp_path / "good.yaml").write_text(RULES)
    (tmp_path / "bad.yaml").write_text("x: [")
    outcome = check_files(
        Request(rules=[tmp_path / "bad.yaml", tmp_path / "good.yaml"], contracts=[contract])
    )
    assert (len(outcome.unusable), len(outcome.problems)) == (1, 5)


def test_a_wrong_shape_is_told_and_the_rest_is_checked(tmp_path: Path, contract: str) -> None:
    text = """\
groups:
  - rules:
      - alert: NoExpression
      - {alert: Number, expr: 1}
      - {alert: Labels, expr: 'up == 0', labels: [a]}
      - {alert: Dead, expr: nope > 1}
"""
    assert [p.code for p in check(tmp_path, text, contract).problems] == [
        "missing-key",
        "wrong-type",
        "unknown-metric",
    ]


def test_an_unknown_contract_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(RULES)
    with pytest.raises(Unusable) as caught:
        check_files(Request(rules=[tmp_path / "r.yaml"], contracts=["nod_exporter"]))
    assert "node_exporter" in caught.value.problems[0].hint


WORDS = st.sampled_from(
    ["groups", "rules", "alert", "record", "expr", "labels", "annotations", "spec", "items", "x"]
)
TEXTS = st.sampled_from(["up == 0", "sum(", "{{ $labels.x }}"])
SHAPES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["up == 0", "sum(", "{{ $labels.x }}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(WORDS, SHAPES, max_size=3))
def test_any_shape_is_rules_or_problems(
    tmp_path_factory: pytest.TempPathFactory, data: object
) -> None:
    path = tmp_path_factory.mktemp("shape") / "r.json"
    path.write_text(json.dumps(data))
    outcome = check_files(Request(rules=[path]))
    assert all(p.position for p in (*outcome.problems, *outcome.unusable))


def test_rules_keep_their_order_and_their_document(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(RULES)
    rules, problems = read_rules(tmp_path / "r.yaml")
    assert [rule.name for rule in rules] == ["store:shop_orders:rate5m", "ShopNoOrders", "ShopMany"]
    assert problems == []


@pytest.mark.parametrize(
    "expr", ["(" * 100_000 + "up" + ")" * 100_000, "-" * 60_000 + "up", "+".join(["up"] * 3000)]
)
def test_what_would_end_the_parser_is_refused(tmp_path: Path, expr: str) -> None:
    text = json.dumps({"groups": [{"rules": [{"alert": "A", "expr": f"{expr} == 0"}]}]})
    (problem,) = check(tmp_path, text, name="deep.json").problems
    assert problem.message == "not PromQL: nested deeper than 150 levels"


def test_a_rule_that_is_deep_but_not_too_deep_is_read(tmp_path: Path) -> None:
    expr = "abs(" * 140 + "up" + ")" * 140 + " == 0"
    text = json.dumps({"groups": [{"rules": [{"alert": "A", "expr": expr}]}]})
    assert check(tmp_path, text, name="deep.json").problems == ()
