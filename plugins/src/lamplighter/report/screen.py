"""What the place can show that text is printed to. Who prints finds out (commands/terminal.py); reports are told."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Screen:
    """`width` in columns, None where nothing is to be wrapped or cut; colours and signs beyond ASCII only where they show."""

    width: int | None = None
    colour: bool = False
    unicode: bool = False

    def painted(self, text: str, style: str) -> str:
        """The text in one of `STYLES`, where colours show."""
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self.colour else text


#: SGR codes of ECMA-48. The 16 colours that every theme makes readable.
STYLES = {"error": "1;31", "warning": "1;33", "good": "1;32", "bold": "1", "quiet": "2", "place": "36"}

#: Piped, into a file or another program: whole lines, no colour, ASCII drawings.
PLAIN = Screen()
