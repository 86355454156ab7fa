"""What is said to a command that cannot be."""


class Refused(Exception):  # noqa: N818 – it is named for what happens to the command
    """A command that contradicts the incident's state; the text is the reason."""
