"""An error budget burns too fast; service levels make such alerts of their objectives."""

from sothat.generator.kind import Kind
from sothat.generator.kinds._plain import THRESHOLD, expand

KIND = Kind(help="An error budget burns too fast.", expand=expand, properties=THRESHOLD)
