"""A type system for PromQL: what an expression is, from the contracts of the metrics it reads.

The grammar is promql-parser's. Each node gets a `Type`: shape, flavour, unit as a dimension, value
bounds and the labels it can carry. What is not known stays unknown; only what is certain is a
finding.
"""

from sothat.generator.typecheck.engine import Inference, infer
from sothat.generator.typecheck.findings import Finding
from sothat.generator.typecheck.types import Flavour, Labels, Shape, Type
from sothat.generator.typecheck.units import Unit

__all__ = ["Finding", "Flavour", "Inference", "Labels", "Shape", "Type", "Unit", "infer"]
