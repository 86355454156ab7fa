"""The one palette: four states that colour-blind readers tell apart, in dark and light.

Grafana resolves these names by theme. Blue, orange and dark red differ in brightness as well as in
hue; green is left out on purpose, since every twelfth man cannot tell it from red.
"""

from typing import Final

GOOD: Final = "blue"
ATTENTION: Final = "orange"
BAD: Final = "semi-dark-red"
# Nothing is known: never to be mistaken for a state.
NEUTRAL: Final = "#8e8e8e"
# A number that nobody judges, in the colour of the theme's text.
PLAIN: Final = "text"
