"""Circles in a directed graph."""

from collections.abc import Iterable, Mapping

_Path = tuple[str, ...]


def circles(edges: Mapping[str, Iterable[str]]) -> tuple[_Path, ...]:
    """Return circles of a graph, each as its nodes in order, so that none is left untold.

    Each node that lies on any circle lies on a reported one, or is tied to one: breaking the
    reported circles and asking again finds the rest. Targets without edges of their own may be
    left out of the mapping.
    """
    found: list[_Path] = []
    done: set[str] = set()
    for start in sorted(edges):
        if start not in done:
            found += _from(start, edges, done)
    return tuple(found)


def _from(start: str, edges: Mapping[str, Iterable[str]], done: set[str]) -> list[_Path]:
    """Return the circles that a search in depth meets, without recursion: chains may be long."""
    found: list[_Path] = []
    path, waiting = [start], [iter(sorted(edges.get(start, ())))]
    on_path = {start}
    while waiting:
        following = next(waiting[-1], None)
        if following is None:
            waiting.pop()
            on_path.discard(path[-1])
            done.add(path.pop())
        elif following in on_path:
            found.append(tuple(path[path.index(following) :]))
        elif following not in done:
            path.append(following)
            on_path.add(following)
            waiting.append(iter(sorted(edges.get(following, ()))))
    return found
