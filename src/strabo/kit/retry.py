"""When to ask a server again: waits that grow, that differ between those who wait, and that end."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FIRST = 0.25  # seconds
LONGEST = 10.0  # seconds


class Patience:
    """How long one question is asked again. `seconds` count from its first failure; 0 means: ask once."""

    def __init__(
        self,
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._seconds, self._clock, self._sleep, self._chance = seconds, clock, sleep, chance
        self._end: float | None = None
        self._waits = 0

    def wait(self, asked: float | None = None, tell: Callable[[float], None] = lambda _: None) -> bool:
        """Sleeps until it is time to ask again. False, without sleeping, when patience ends before that.

        asked: the seconds that the server asked for; it is never disturbed earlier. tell: is told the seconds
        before the sleep.
        """
        now = self._clock()
        if self._end is None:
            self._end = now + self._seconds
        # Clients that failed together must not come back together.
        pause = min(LONGEST, FIRST * 2**self._waits) * (0.5 + 0.5 * self._chance())
        if asked is not None:
            pause = max(pause, asked + FIRST * self._chance())
        if now + pause > self._end:
            return False
        self._waits += 1
        tell(pause)
        self._sleep(pause)
        return True


def retry_after(text: str | None, now: datetime | None = None) -> float | None:
    """The seconds that a Retry-After field asks to wait, which may be a date; None where it says nothing sensible.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    text = (text or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())
