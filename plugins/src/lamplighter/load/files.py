"""Files below the root: their bytes become layers; what cannot be read (LL604) or is missing (LL605) becomes a finding."""

from pathlib import Path as FilePath

from ..findings import Finding, Place, Severity
from .values import Layer
from .yamlfile import YamlRefused, parse_yaml

UNREADABLE = "LL604"
MISSING = "LL605"


class Files:
    """Reads files of one root, each once, and collects what is wrong with them."""

    def __init__(self, root: FilePath) -> None:
        self.root = root
        self.findings: list[Finding] = []
        self._layers: dict[str, Layer | None] = {}

    def layer(self, name: str) -> Layer | None:
        """The file as a layer; None, with a finding, when it is missing or cannot be read."""
        if name not in self._layers:
            self._layers[name] = self._read(name)
        return self._layers[name]

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return (self.root / name).is_file()

    def names(self, folder: str) -> list[str]:
        """The YAML files of a folder, by name."""
        return sorted(f"{folder}/{path.name}" for path in (self.root / folder).glob("*.yaml"))

    def _read(self, name: str) -> Layer | None:
        try:
            parsed = parse_yaml((self.root / name).read_bytes())
        except FileNotFoundError:
            self._add(MISSING, name, 1, "the file does not exist", "Add it; it may be empty.")
            return None
        except OSError as error:
            self._add(UNREADABLE, name, 1, f"the file cannot be read: {error.strerror}", "")
            return None
        except YamlRefused as refusal:
            self._add(UNREADABLE, name, refusal.line, refusal.sentence, refusal.change)
            return None
        if parsed.data is None:
            return Layer(file=name, data={}, lines={})
        if not isinstance(parsed.data, dict):
            self._add(UNREADABLE, name, 1, "the file is not a map of keys", "Values are a map.")
            return None
        return Layer(file=name, data=parsed.data, lines=parsed.lines)

    def _add(self, code: str, name: str, line: int, sentence: str, change: str) -> None:
        place = Place(file=name, line=line)
        self.findings.append(
            Finding(code=code, severity=Severity.ERROR, place=place, path="", sentence=sentence, change=change)
        )
