"""Problems as workflow commands, which a pull request shows as annotations."""

from collections.abc import Sequence

from sothat.model.problem import Problem


def as_annotations(problems: Sequence[Problem]) -> str:
    """Return one ``::error file=…,line=…::`` command a problem."""
    return "\n".join(map(_command, problems))


def _command(problem: Problem) -> str:
    fields = {"title": problem.code}
    if problem.position:
        fields = {"file": problem.position.file, **fields}
        if problem.position.line:
            fields |= {"line": str(problem.position.line), "col": str(problem.position.column)}
    text = problem.message + (f"\nhint: {problem.hint}" if problem.hint else "")
    shown = ",".join(f"{key}={_property(value)}" for key, value in fields.items())
    return f"::{problem.severity.value} {shown}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
