"""The shipped catalogue: YAML by domain, the policy, and the JSON schemas of the language."""
