"""The states' colours differ for colour-blind readers and stand out in both themes."""

import math
from itertools import combinations

import pytest
from sothat.dashboards.palette import ATTENTION, BAD, GOOD, NEUTRAL, SERIES, UNNAMED_FIRST

Rgb = tuple[float, float, float]

# What Grafana makes of the names, and the ground of a panel.
THEMES = {
    "dark": (
        "#181b1f",
        {
            "blue": "#5794F2",
            "orange": "#FF9830",
            "semi-dark-red": "#E02F44",
            "text": "#ccccdc",
            "green": "#73BF69",
            "light-green": "#96D98D",
            "dark-green": "#37872D",
            "light-purple": "#CA95E5",
            "dark-purple": "#8F3BB8",
            "dark-yellow": "#E0B400",
            "semi-dark-yellow": "#F2CC0C",
            "light-blue": "#8AB8FF",
            "semi-dark-orange": "#FF780A",
        },
    ),
    "light": (
        "#ffffff",
        {
            "blue": "#3274D9",
            "orange": "#FF780A",
            "semi-dark-red": "#C4162A",
            "text": "#24292e",
            "green": "#56A64B",
            "light-green": "#73BF69",
            "dark-green": "#19730E",
            "light-purple": "#B877D9",
            "dark-purple": "#7C2EA3",
            "dark-yellow": "#CC9D00",
            "semi-dark-yellow": "#E0B400",
            "light-blue": "#5794F2",
            "semi-dark-orange": "#FA6400",
        },
    ),
}
# Machado, Oliveira and Fernandes (2009), full severity, on linear RGB.
SIGHT = {
    "common": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(colour: str) -> list[float]:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


def seen(colour: str, sight: str) -> Rgb:
    """Return CIE Lab of a colour as the given sight sees it."""
    raw = linear(colour)
    r, g, b = (
        min(1.0, max(0.0, sum(w * c for w, c in zip(row, raw, strict=True))))
        for row in SIGHT[sight]
    )
    white = (0.95047, 1.0, 1.08883)
    xyz = (
        0.4124 * r + 0.3576 * g + 0.1805 * b,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        0.0193 * r + 0.1192 * g + 0.9505 * b,
    )
    x, y, z = (
        t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116
        for t in (v / w for v, w in zip(xyz, white, strict=True))
    )
    return (116 * y - 16, 500 * (x - y), 200 * (y - z))


def contrast(a: str, b: str) -> float:
    dim, bright = sorted(
        sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True))
        for colour in (a, b)
    )
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("sight", SIGHT)
def test_states_are_told_apart(theme: str, sight: str) -> None:
    names = THEMES[theme][1]
    colours = [names.get(name, name) for name in (GOOD, ATTENTION, BAD, NEUTRAL)]
    for a, b in combinations(colours, 2):
        assert math.dist(seen(a, sight), seen(b, sight)) > 20, (a, b)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(("lines", "least"), [(SERIES, 20), (UNNAMED_FIRST, 12)])
def test_lines_are_told_apart(theme: str, sight: str, lines: tuple[str, ...], least: float) -> None:
    names = THEMES[theme][1]
    for a, b in combinations([names[name] for name in lines], 2):
        assert math.dist(seen(a, sight), seen(b, sight)) > least, (a, b)


@pytest.mark.parametrize("theme", THEMES)
def test_lines_stand_out_and_look_like_no_state(theme: str) -> None:
    ground, names = THEMES[theme]
    for name in SERIES:
        assert contrast(names[name], ground) > 2
        for state in (GOOD, ATTENTION, BAD):
            assert math.dist(seen(names[name], "common"), seen(names[state], "common")) > 20


@pytest.mark.parametrize("theme", THEMES)
def test_states_stand_out(theme: str) -> None:
    ground, names = THEMES[theme]
    for name in (GOOD, ATTENTION, BAD, NEUTRAL):
        assert contrast(names.get(name, name), ground) > 2.5, name
