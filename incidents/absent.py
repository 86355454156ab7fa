"""What is asked for and is not there."""


class Absent(LookupError):  # noqa: N818 – it is named for what it says
    """There is nothing of this number; the text says what."""
