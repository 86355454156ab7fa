"""The one palette: states, and lines, that colour-blind readers tell apart in dark and light.

Grafana resolves these names by theme. Of the states, blue, orange and dark red differ in brightness
as well as in hue; green is no state on purpose, since every twelfth man cannot tell it from red.
Lines are in none of the states' colours: a line that is orange would look like a warning.
"""

from typing import Final

GOOD: Final = "blue"
ATTENTION: Final = "orange"
BAD: Final = "semi-dark-red"
# Nothing is known: never to be mistaken for a state.
NEUTRAL: Final = "#8e8e8e"
# A number that nobody judges, in the colour of the theme's text.
PLAIN: Final = "text"

# Lines whose names are known when the board is built, in this order.
SERIES: Final = ("light-purple", "dark-yellow", "dark-green", "text", "light-green", "dark-purple")
# Lines whose names only the data know: Grafana before 13 has no other set. Its first four are told
# apart by everybody; from the fifth on the legend's order does it, which is that of the values.
UNNAMED: Final = "palette-classic"
UNNAMED_FIRST: Final = ("green", "semi-dark-yellow", "light-blue", "semi-dark-orange")
