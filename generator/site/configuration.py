"""What the site generator (Zensical) is told."""

import json
from collections.abc import Sequence

from sothat.generator.site.contents import Group

# Nothing that a reader's browser would fetch from elsewhere: no web fonts, no scripts of others,
# no question for the stars of a repository. Pages are files beside each other, so that a site
# works below any path.
_HEAD = """\
[project]
site_name = "Runbooks"
use_directory_urls = false
docs_dir = "docs"
site_dir = "site"
copyright = ""
extra_css = ["assets/stylesheets/sothat.css"]
extra_javascript = ["assets/javascripts/sothat.js"]
nav = {nav}

[project.theme]
language = "en"
font = false
features = ["content.code.copy", "navigation.top", "search.highlight", "toc.follow"]

[[project.theme.palette]]
media = "(prefers-color-scheme)"
toggle.icon = "lucide/sun-moon"
toggle.name = "Always light"

[[project.theme.palette]]
media = "(prefers-color-scheme: light)"
scheme = "default"
toggle.icon = "lucide/sun"
toggle.name = "Always dark"

[[project.theme.palette]]
media = "(prefers-color-scheme: dark)"
scheme = "slate"
toggle.icon = "lucide/moon"
toggle.name = "As the system has it"

[project.extra]
generator = false

# Names are found by each of their words, too: "gateway" finds IotGatewayDown.
[project.plugins.search]
separator = '[\\s\\-_,:!=\\[\\]()"`/]+|\\.(?!\\d)|(?<=[a-z])(?=[A-Z])'

[project.markdown_extensions."sothat.generator.site.plain_markdown"]
[project.markdown_extensions.tables]
[project.markdown_extensions.toc]
permalink = true
[project.markdown_extensions."pymdownx.superfences"]
[project.markdown_extensions."pymdownx.highlight"]
"""

# Tables of facts have no head; long queries wrap rather than run out of a phone.
STYLE = """\
.md-typeset table:not([class]) th:empty { display: none; }
.md-typeset table:not([class]) td:first-child { white-space: nowrap; }
.md-typeset pre > code { white-space: pre-wrap; overflow-wrap: anywhere; }
.md-typeset a, .md-nav__link { overflow-wrap: anywhere; }
/* Links of the theme are too pale to be read by everybody. */
[data-md-color-scheme=default] { --md-typeset-a-color: #0b4fb8; --md-accent-fg-color: #0b4fb8; }
[data-md-color-scheme=slate] { --md-typeset-a-color: #9cc3ff; --md-accent-fg-color: #9cc3ff; }
@media (max-width: 30em) {
  .md-typeset table:not([class]) td { padding: .4em .6em; }
  .md-typeset table:not([class]) td:first-child { white-space: normal; min-width: 6em; }
}
"""

# The button that copies a command stands in a landmark of its own, which a page then has as often
# as it has commands, all without a name: for a screen reader there is only the button.
SCRIPT = """\
"use strict";
(() => {
  const plain = () => {
    for (const one of document.querySelectorAll(".md-code__nav:not([role])"))
      one.setAttribute("role", "none");
  };
  new MutationObserver(plain).observe(document.body, { childList: true, subtree: true });
  plain();
})();
"""


def configuration(groups: Sequence[Group]) -> str:
    """Return the configuration as TOML, whose strings are written as JSON's."""
    sections = ('{"Index" = "index.md"}', *(_section(group) for group in groups))
    return _HEAD.format(nav="[" + ", ".join(sections) + "]")


def _section(group: Group) -> str:
    pages = json.dumps([f"{name}.md" for name in group.pages])
    return f"{{{json.dumps(group.title)} = {pages}}}"
