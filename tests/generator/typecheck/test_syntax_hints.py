"""What somebody may have meant by what is not PromQL, and where it stands."""

import pytest
from sothat.generator.promql import breaking_offset, parse
from sothat.generator.typecheck.syntax_hints import syntax_hint


@pytest.mark.parametrize(
    ("text", "blamed", "hint"),
    [
        ("up == 1 and rat(up[5m]) > 1", "rat", "did you mean 'rate'?"),
        ("summ(up)", "summ", "did you mean 'sum'?"),
        ("holt_winters(up[5m], 0.5, 0.5)", "holt_winters",
         "Prometheus 3 calls it double_exponential_smoothing"),
        ("up = 1", "=", "write '==' to compare"),
        ("up > 1 && up < 3", "&&", "write 'and'"),
        ("up > 1 || up < 3", "||", "write 'or'"),
        ("up < 80%", "%", "write a share, such as 0.8 for 80 per cent"),
        ("up < )", ")", ""),
    ],
)  # fmt: skip
def test_the_place_and_the_hint(text: str, blamed: str, hint: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        parse(text)
    rest = text[breaking_offset(text) :]
    assert rest.startswith(blamed)
    assert syntax_hint(str(refused.value), rest) == hint
