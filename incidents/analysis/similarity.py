"""Which texts are like another one: BM25, and which words made it so. Pure.

Okapi BM25 with k1 = 1.2 and b = 0.75 (Robertson and Zaragoza, 2009): a word counts the more, the
fewer texts have it, and the less, the more often it stands in one text already.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

_K1, _B = 1.2, 0.75
_WORD = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SHORTEST = 2
_SHOWN_WORDS = 8
# Words that every text has say nothing of what it is about.
_STOP_TEXT = """
a an and are as at be been but by can could did do does for from had has have how if in into
is it its more most no not of off on one only or other our out over own same so some such
than that the their them then there these they this those to too under until up was we were
what when where which while who why will with without would you your all any after again
before both down each few here just now very
"""
_STOP = frozenset(_STOP_TEXT.split())


@dataclass(frozen=True, slots=True)
class Text:
    """A text that may be found.

    Attributes:
        name: Tells it from others.
        words: See `words_in`; what matters more may stand in it more than once.
    """

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A text that was found.

    Attributes:
        score: Larger is more alike; only good for putting in order.
        words: Those that made it so, the weightiest first.
    """

    name: str
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """Texts ready to be searched."""

    texts: Sequence[Text]
    counts: tuple[Counter[str], ...] = field(init=False)
    having: Counter[str] = field(init=False)
    mean: float = field(init=False)

    def __post_init__(self) -> None:
        counts = tuple(Counter(text.words) for text in self.texts)
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "having", Counter(word for one in counts for word in one))
        total = sum(len(text.words) for text in self.texts)
        object.__setattr__(self, "mean", total / len(self.texts) if self.texts else 0.0)

    def like(self, words: Iterable[str], most: int = 5) -> tuple[Match, ...]:
        """Return the texts that are most like some words, the likest first.

        Args:
            words: What is searched for; see `words_in`.
            most: Most matches.
        """
        wanted = tuple(dict.fromkeys(words))
        found = (self._match(number, wanted) for number in range(len(self.texts)))
        matches = [match for match in found if match.score > 0]
        return tuple(sorted(matches, key=lambda one: (-one.score, one.name))[:most])

    def _match(self, number: int, wanted: Sequence[str]) -> Match:
        text = self.texts[number]
        own = self.counts[number]
        weights = {word: self._weight(number, word) for word in wanted if word in own}
        shown = sorted(weights, key=lambda word: (-weights[word], word))[:_SHOWN_WORDS]
        return Match(text.name, sum(weights.values()), tuple(shown))

    def _weight(self, number: int, word: str) -> float:
        often = self.counts[number][word]
        length = len(self.texts[number].words) / self.mean
        rare = math.log(1 + (len(self.texts) - self.having[word] + 0.5) / (self.having[word] + 0.5))
        return rare * often * (_K1 + 1) / (often + _K1 * (1 - _B + _B * length))


def words_in(text: str) -> Iterator[str]:
    """Yield the words of a text that say what it is about, lower case, plurals as singulars.

    ``DeviceOffline`` is itself, and ``device`` and ``offline`` besides.
    """
    for found in _WORD.finditer(text):
        whole = found[0]
        humps = _HUMP.split(whole)
        for part in {whole, *humps} if len(humps) > 1 else (whole,):
            word = _stem(part.lower())
            if len(word) >= _SHORTEST and word not in _STOP and not word.isdigit():
                yield word


def _stem(word: str) -> str:
    """Return a word without the ending of a plural."""
    if word.endswith("ies") and len(word) > len("ties"):
        return f"{word[:-3]}y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > len("bus"):
        return word[:-1]
    return word
