"""Copies the runbooks that are in the image, with the addresses of this cluster.

A chart that held them would not fit into the Secret that Helm keeps of a release.
"""

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

target = Path(sys.argv[1])
addresses = json.loads(os.environ["ADDRESSES"])
spec = find_spec("sothat.compiled")
if spec is None or not spec.submodule_search_locations:
    sys.exit("this image holds no runbooks")
for page in (Path(spec.submodule_search_locations[0]) / "runbooks").glob("*.md"):
    text = page.read_text(encoding="utf-8")
    for built, here in addresses.items():
        text = text.replace(built, here)
    (target / page.name).write_text(text, encoding="utf-8")
