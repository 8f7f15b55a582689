"""Secret: a text that is used and never shown."""

from typing import Final


class Secret:
    """A password or a token. `reveal()` gives it back; printing, logging or encoding it gives `***`.

    A config declares a field as Secret; the config reader makes it from the text of the setting.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text: Final = text

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__
