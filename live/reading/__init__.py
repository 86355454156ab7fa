"""States of a deployment: from compiled artefacts, from revisions, from the servers that run."""
