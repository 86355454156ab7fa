"""Expressions as alerts, and the texts that alerts send."""

import pytest
from sothat.generator.typecheck import infer
from sothat.generator.typecheck.alerts import alert_findings, text_findings
from sothat.generator.typecheck.templates import labels_read
from sothat.generator.typecheck.world import World
from sothat.model.metric import Contract, Label, MetricFamily, MetricType, Presence, index

GAUGE = MetricType.GAUGE
WORLD = World(
    index(
        [
            Contract(
                "test",
                (
                    MetricFamily("up", GAUGE, "", "boolean"),
                    MetricFamily("free_bytes", GAUGE, "", "bytes", (Label("disk"),)),
                    MetricFamily("busy_ratio", GAUGE, "", "ratio"),
                    MetricFamily("boot_time_seconds", GAUGE, "", "seconds"),
                    MetricFamily("fault", GAUGE, "", "boolean", presence=Presence.EVENT),
                ),
            )
        ]
    )
)


def codes(expression: str) -> list[str]:
    return [f.code for f in alert_findings(expression, infer(expression, WORLD), WORLD)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("up == 0", []),
        ("up", ["missing-comparison"]),
        ("up == bool 0", ["missing-comparison"]),
        ("sum(up == 0) or vector(0)", ["missing-comparison"]),
        ("free_bytes unless on (instance) up == 1", []),
        ('absent(up{job="a"})', []),
        ("absent(up)", ["absent-without-labels"]),
        ('absent(up{job=~"a.*"})', ["absent-without-labels"]),
        ("(sum(free_bytes) or 0 * absent(free_bytes)) < 5", []),
        ("vector(1)", []),
        ("fault", []),
        ("topk(3, free_bytes) < 5", ["picking-in-alert"]),
        ("topk by (instance) (1, free_bytes) < 5", []),
        ("topk(1, free_bytes) < 5", ["picking-in-alert"]),
    ],
)
def test_as_an_alert(expression: str, expected: list[str]) -> None:
    assert codes(expression) == expected


def text_codes(expression: str, text: str, labels: dict[str, str] | None = None) -> list[str]:
    value = infer(expression, WORLD).type
    found = text_findings(labels or {}, {"description": text}, value)
    return [f.finding.code for f in found]


@pytest.mark.parametrize(
    ("expression", "text", "expected"),
    [
        ("free_bytes < 5", "{{ $labels.disk }} of {{ $labels.instance }}", []),
        ("sum(free_bytes) < 5", "{{ $labels.disk }}", ["template-label-missing"]),
        ("sum(free_bytes) < 5", '{{ index $labels "disk" }}', ["template-label-missing"]),
        ("sum(free_bytes) < 5", "{{ .Labels.disk }}", ["template-label-missing"]),
        ("sum(free_bytes) < 5", "{{ $labels.alertname }}", []),
        ("sum(free_bytes) < 5", '{{ range query "up" }}{{ .Labels.job }}{{ end }}', []),
        ("free_bytes < 5", "{{ $value | humanize1024 }}B", []),
        ("free_bytes < 5", "{{ $value | humanizeDuration }}", ["humanise-other-unit"]),
        ("free_bytes < 5", "{{ humanizePercentage $value }}", ["humanise-other-unit"]),
        ("busy_ratio > 0.5", "{{ $value | humanizePercentage }}", []),
        ("time() - boot_time_seconds < 5", "{{ $value | humanizeDuration }}", []),
        ("boot_time_seconds > 5", "{{ $value | humanizeDuration }}", ["humanise-other-unit"]),
        ("up == 0", '{{ $value | printf "%.2f" }}', []),
    ],
)
def test_texts(expression: str, text: str, expected: list[str]) -> None:
    assert text_codes(expression, text) == expected


def test_a_value_in_a_label_and_a_label_of_the_rule() -> None:
    assert text_codes("up == 0", "{{ $labels.tier }}", {"tier": "{{ $value }}"}) == [
        "value-in-label"
    ]


def test_a_read_stands_at_its_place() -> None:
    text = "disk {{ $labels.disk }}"
    (read,) = labels_read(text)
    assert text[read.offset :].startswith("$labels.disk")
