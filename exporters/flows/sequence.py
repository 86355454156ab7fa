"""Gaps in the numbers that a sender counts its messages by."""

from dataclasses import dataclass

# A number that far below the last one is a sender that began anew, not a message that came late.
_RESTART = 1_000
# A leap that far is no loss of messages but a number of another kind.
_MAX_GAP = 1_000_000


@dataclass(slots=True)
class Sequence:
    """What has been seen of one sender's numbers.

    Attributes:
        gaps: How often numbers were left out.
        missing: How many were.
        repeated: Messages that came again, or out of turn.
        restarts: How often the sender began anew.
    """

    last: int | None = None
    gaps: int = 0
    missing: int = 0
    repeated: int = 0
    restarts: int = 0

    def take(self, number: int) -> None:
        """Take the number of a message."""
        last, self.last = self.last, number
        if last is None or number == last + 1:
            return
        if number > last + _MAX_GAP or number < last - _RESTART or number == 0:
            self.restarts += 1
        elif number > last:
            self.gaps += 1
            self.missing += number - last - 1
        else:
            self.repeated += 1
            self.last = last

    def absorb(self, other: "Sequence") -> None:
        """Add what was counted of a sender that is forgotten."""
        self.gaps += other.gaps
        self.missing += other.missing
        self.repeated += other.repeated
        self.restarts += other.restarts
