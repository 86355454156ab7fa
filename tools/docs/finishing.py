"""The last touches on what the generator wrote: what would hinder somebody from using it."""

from pathlib import Path

# Landmarks of one name, or of none, are nothing to go by for whoever hears the page.
_OF_PAGES = {
    '<nav class="md-path" aria-label="Navigation"': '<nav class="md-path" aria-label="Path"',
}
# And a table that is wider than the screen is moved by keys, too.
_OF_SCRIPTS = {
    '"nav",{class:"md-code__nav"}': '"div",{class:"md-code__nav"}',
    '{class:"md-typeset__scrollwrap"}': '{class:"md-typeset__scrollwrap",tabindex:0}',
}


def finish(site: Path) -> None:
    """Mend the pages and scripts of a site."""
    for page in site.rglob("*.html"):
        _mend(page, _OF_PAGES)
    for script in (site / "assets" / "javascripts").glob("bundle.*.js"):
        _mend(script, _OF_SCRIPTS)


def _mend(file: Path, changes: dict[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in changes.items():
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
