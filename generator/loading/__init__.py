"""From a folder of YAML to a draft: shape first, references second, the frozen result last."""
