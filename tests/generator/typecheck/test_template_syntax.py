"""Templates are refused where real promtool refuses them."""

import json
import random
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.generator.typecheck.template_syntax import template_mistake

PIECES = [
    *("{{", "}}", "{{ ", " }}", "{{- ", " -}}", "/*", "*/", "(", ")", "|", ".", ",", "=", ":="),
    *("$labels.x", "$value", "$x", "$", ".Labels.x", '"a"', "`b`", "1", "1.5", "text", "\n", " "),
    *("humanize", "index", "printf", "query", "foo", "true", "end", "if", "range", "with", "else"),
    *("{{ end }}", "{{ if $value }}", "{{ else }}", '{{ range query "up" }}', "{{ $x := 1 }}"),
]


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "{{ $labels.site }} at {{ $value | humanizePercentage }}",
        "{{ with printf \"up{x='%s'}\" $labels.x | query }}{{ . | first | value }}{{ end }}",
        "{{- if gt $value 1.0 -}} a {{- else if eq $value 1.0 }} b {{ else }} c {{ end }}",
        '{{ range $i, $s := query "up" }}{{ $i }} {{ $s.Labels.job }}{{ end }}',
        '{{/* a note */}}{{ "{{" }}{{ `}}` }}{{ (index $labels "x") }}',
    ],
)
def test_templates_that_are_fine(text: str) -> None:
    assert template_mistake(text) is None


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("a {{ $labels.site", "'{{' is never closed", 2),
        ("{{ if $value }}", "'if' has no 'end'", 0),
        ("ab {{ end }}", "'end' ends nothing", 3),
        ("{{ $value | foo }}", "there is no function 'foo'", 0),
        ("{{ $valeu }}", "there is no variable '$valeu'", 0),
        ("{{ }}", "nothing stands before '}}'", 0),
        ("{{ ($value }}", "'(' is never closed", 0),
        ("{{ $value | 1 }}", "'1' can take nothing from '|'", 0),
    ],
)
def test_mistakes(text: str, message: str, offset: int) -> None:
    found = template_mistake(text)
    assert found
    assert (found.message, found.offset) == (message, offset)


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text())
def test_any_text_is_read(text: str) -> None:
    found = template_mistake(text)
    assert found is None or 0 <= found.offset <= len(text)


def test_promtool_takes_what_is_found_fine(promtool: str, tmp_path: Path) -> None:
    dice = random.Random(5)  # noqa: S311 – no secret
    made = ("".join(dice.choices(PIECES, k=dice.randint(1, 6))) for _ in range(3000))
    texts = [t for each in made for t in (each, f"{{{{ {each} }}}}") if not template_mistake(t)]
    assert len(texts) > 100
    rules = [
        {"alert": f"A{n}", "expr": f"up == {n}", "annotations": {"text": text}}
        for n, text in enumerate(texts)
    ]
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps({"groups": [{"name": "g", "rules": rules}]}))
    said = subprocess.run(
        [promtool, "check", "rules", file], capture_output=True, text=True, check=False
    )
    refused = re.findall(r'"A(\d+)", annotation|"A(\d+)": annotation', said.stderr + said.stdout)
    assert not [texts[int(a or b)] for a, b in refused], said.stderr
    assert said.returncode == 0
