"""Reads sizes from a config.json; what is missing is named.

Transformers leaves a key out of a nested config where it has its class's default, so those defaults are ours too
(`data/models/defaults.json`). The sizes of a whole model are never guessed: without one, the model is unknown.
"""

from collections.abc import Mapping
from typing import Any

#: Sizes that a config must say itself at its top: a default here would be another model.
ESSENTIAL = frozenset(
    {
        "hidden_size", "n_embd", "d_model", "num_hidden_layers", "n_layer", "n_layers", "num_layers", "decoder_layers",
        "num_attention_heads", "n_head", "n_heads", "vocab_size", "padded_vocab_size", "intermediate_size",
    }
)  # fmt: skip


#: Families whose published nested configs do leave such sizes to their class (Gemma 3 4B, LLaVA 1.5, PaliGemma).
OMIT_SIZES = frozenset({"gemma3_text", "gemma", "gemma2", "llama", "mistral", "qwen2", "opt"})

#: A published config always says these, if only as null; a class's default is of another model. A window may be left to it in a
#: nested config (Gemma 3).
NEVER_DEFAULT = frozenset({"sliding_window", "hidden_size_per_layer_input"})

#: Beyond these no model is meant, and no sum should be tried.
MOST = 10**12
MOST_LAYERS = 2000
LAYER_KEYS = frozenset({"num_hidden_layers", "n_layer", "n_layers", "num_layers", "decoder_layers", "encoder_layers", "depth"})

#: Sizes that divide something.
NEVER_ZERO = frozenset(
    {"num_attention_heads", "n_head", "n_heads", "num_heads", "n_heads_in_group", "o_groups", "attn_layer_period"}
)


class Missing(Exception):
    """A key that the config lacks. Caught where the architecture is assembled; never leaves `load/`."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Strange(Exception):
    """A value that no formula covers. Caught where the architecture is assembled; never leaves `load/`."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def whole(key: str, found: Any) -> int:
    """A size as a whole number within reason. Raises `Strange`."""
    number = isinstance(found, int | float) and not isinstance(found, bool)
    if not number or not 0 <= found <= MOST or found != int(found):
        raise Strange(f"{key} is {str(found)[:40]}, not a whole number up to {MOST}")
    if key in LAYER_KEYS and found > MOST_LAYERS:
        raise Strange(f"{key} is {found}, and no model has more than {MOST_LAYERS} layers")
    if key in NEVER_ZERO and found == 0:
        raise Strange(f"{key} is 0")
    return int(found)


class Sizes:
    """A config.json, or a nested part of one, with its class's defaults behind it."""

    def __init__(self, config: Mapping[str, Any], defaults: Mapping[str, Any], *, nested: bool) -> None:
        self.config = config
        self.defaults = defaults
        self.nested = nested

    def value(self, *keys: str) -> Any:
        """The first of these keys that is set, here or by default; None when none is."""
        for key in keys:
            if self.config.get(key) is not None:
                return self.config[key]
        for key in keys:
            if self.defaults.get(key) is not None and key not in self.config and self._may_default(key):
                return self.defaults[key]
        return None

    def _may_default(self, key: str) -> bool:
        if key in NEVER_DEFAULT:
            return self.nested and key == "sliding_window"
        return key not in ESSENTIAL or (self.nested and self.config.get("model_type") in OMIT_SIZES)

    def size(self, *keys: str, default: int | None = None) -> int:
        """A whole number. Raises `Missing` when it is neither set nor has a default."""
        found = self.value(*keys)
        if found is None:
            if default is None:
                raise Missing(keys[0])
            return default
        return whole(keys[0], found)

    def flag(self, *keys: str, default: bool = False) -> bool:
        """Whether a key is set to something true."""
        found = self.value(*keys)
        return default if found is None else bool(found)

    def text(self, *keys: str, default: str = "") -> str:
        """A word."""
        found = self.value(*keys)
        return found if isinstance(found, str) else default

    def listed(self, *keys: str) -> tuple[Any, ...]:
        """A list; empty when there is none."""
        found = self.value(*keys)
        return tuple(found) if isinstance(found, list | tuple) else ()

    def part(self, key: str, defaults: Mapping[str, Any] | None = None) -> "Sizes":
        """A nested part; empty when there is none."""
        found = self.value(key)
        return Sizes(found if isinstance(found, Mapping) else {}, defaults or {}, nested=True)

    def per_layer(self, key: str, index: int, *, default: int | None = None) -> int:
        """A size that some configs say once and others layer by layer."""
        found = self.value(key)
        if isinstance(found, list | tuple):
            if index >= len(found):
                raise Strange(f"{key} has {len(found)} entries, and there is a layer {index}")
            found = found[index]
            if found is None and default is not None:
                return default
            return whole(key, found)
        return self.size(key, default=default)
