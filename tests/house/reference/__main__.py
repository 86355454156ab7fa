"""Writes every generated page of the reference: `python -m tests.house.reference`."""

from .pages import FOLDER, generated

for name, text in generated().items():
    file = FOLDER / f"{name}.md"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
