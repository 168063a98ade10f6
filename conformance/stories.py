"""The document's own stories, as words: what is told of each rent type, tried before anything else.

May not hold a story that no line tells. Non-obvious choice: they come first although the tour covers all of them, so that a
server that is broken fails with a story that everybody understands, and not with a word that only covers something.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .mealy import Word


@dataclass(frozen=True, slots=True)
class Story:
    """One story: its title, its lines in the document, and its word."""

    title: str
    lines: str
    word: Word


def _story(title: str, lines: str, word: str) -> Story:
    return Story(title, lines, tuple(word.split()))


STORED = "start close"
DELIVERED = "reserve make close"
RETURNED = "reserve drop_off close"

STORIES: Mapping[str, tuple[Story, ...]] = MappingProxyType(
    {
        "store": (
            _story("something is stored and taken out again", "B:2221-2324, 3454-3460", f"{STORED} end_open close"),
            _story("a store is ended with its door closed", "B:2278, 2313", f"{STORED} end_closed"),
            _story("something is added to what is stored", "B:1907, 3457", f"{STORED} open close collect close"),
            _story("a store is cancelled, and finished without opening", "B:1958-1960, 2062", f"{STORED} cancel finish"),
            _story("a cancelled store is collected", "B:2011", f"{STORED} cancel collect close"),
            _story("a store expires and is collected", "B:2395, 2011", f"{STORED} expire collect close"),
        ),
        "send": (
            _story("a send is retrieved with its code", "B:2330-2389, 2117", f"{STORED} keypad close"),
            _story("a send is collected", "B:2011", f"{STORED} collect close"),
            _story("a wrong code is typed before the right one", "B:3472, 2117", f"{STORED} wrong_pin keypad close"),
            _story("a send is cancelled, and finished", "B:1958-1960, 2062", f"{STORED} cancel finish"),
            _story("a send expires, and its box is released", "B:2395, 2062", f"{STORED} expire finish"),
        ),
        "delivery": (
            _story("a parcel is delivered and picked up with its code", "B:2393-2605, 2117", f"{DELIVERED} keypad close"),
            _story("a parcel is announced, gets a locker, and is collected", "B:2760-2830, 2011",
                   "announce select make close collect close"),
            _story("a courier brings a parcel", "B:2658-2758", "reserve ready transit make close notify keypad close"),
            _story("a courier opens with the drop-off code", "B:2457-2460, 3470", "reserve drop_off close keypad close"),
            _story("the parcel goes into another locker", "B:2566", "reserve make_there close keypad close"),
            _story("a delivery is cancelled before the courier comes", "B:1958-1960", "reserve cancel finish"),
            _story("a delivery is extended and picked up", "B:1854-1903", f"{DELIVERED} extend keypad close"),
            _story("nobody comes for a parcel, and a courier collects it", "B:2395, 2011", f"{DELIVERED} expire collect close"),
            _story("an expired delivery is turned into a return", "B:2834", f"{DELIVERED} expire turn collect close"),
            _story("no courier comes", "B:2425-2430", "reserve expire finish"),
        ),
        "return": (
            _story("a return is dropped off and collected", "B:2885-3102, 31", f"{RETURNED} collect close"),
            _story("a return gets its locker later", "B:2998", "announce place drop_off close collect close"),
            _story("a return is said to be done", "B:3070", f"{RETURNED} finish_return"),
            _story("a return is cancelled before the drop-off", "B:1958", "reserve cancel finish"),
            _story("nobody brings the return", "B:2923, 2928", "reserve expire finish"),
        ),
    }
)  # fmt: skip
"""By rent type."""
