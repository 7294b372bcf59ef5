"""Reads shapes out of transformers: defaults of config classes, and how many numbers each model has.

    python -m venv .cache/transformers && .cache/transformers/bin/pip install transformers torch
    .cache/transformers/bin/python scripts/read_transformers.py defaults > plugins/src/lamplighter/data/models/defaults.json
    .cache/transformers/bin/python scripts/read_transformers.py parameters CONFIG_FOLDER > tests/plugins/vram/parameters.json

`defaults` keeps the keys that load/architectures/ reads. `parameters` builds every model on the meta device, from its config
class as it is and from each *.json of a folder of published configs, and counts.
"""

import dataclasses
import json
import math
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
READERS = ROOT / "plugins" / "src" / "lamplighter" / "load" / "architectures"

#: Parameters of transformers that engines do not load, or that are state and not weights.
NOT_COUNTED = re.compile(r"vision_tower.head|vision_model.head|correction_bias|expert_bias|moe_statics")
#: Keys of a config that hold maps with sizes; others are left out of the table.
PARTS = ("text_config", "vision_config", "linear_attn_config", "per_layer_config", "attn_config", "ffn_config")


def keys_read() -> set[str]:
    """Every word in quotes in load/architectures/: the keys are among them."""
    return {word for file in READERS.glob("*.py") for word in re.findall(r'"([A-Za-z_0-9]+)"', file.read_text())}


def defaults() -> dict[str, dict[str, Any]]:
    """By model_type, the sizes that its class has where a config says nothing."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING, CONFIG_MAPPING_NAMES  # noqa: PLC0415

    words = keys_read()
    found = {}
    for kind in sorted(set(CONFIG_MAPPING_NAMES) & words | {"clip_vision_model", "siglip_vision_model", "pixtral"}):
        config = CONFIG_MAPPING[kind]
        if not dataclasses.is_dataclass(config):
            continue
        fields = {field.name: _default(field) for field in dataclasses.fields(config) if field.name in words}
        sizes = {name: value for name, value in fields.items() if isinstance(value, bool | int | list | tuple)}
        if sizes:
            found[kind] = sizes
    return found


def _default(field: "dataclasses.Field[Any]") -> Any:
    made = field.default_factory is not dataclasses.MISSING
    return field.default_factory() if made else field.default  # type: ignore[misc]


def parameters(folder: Path) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Name, count and config of every model that can be built."""
    import torch  # noqa: PLC0415
    import transformers  # noqa: PLC0415
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING  # noqa: PLC0415
    from transformers.models.auto.modeling_auto import (  # noqa: PLC0415
        MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
    )

    classes = {**MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, **MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES}
    configs = [(kind, CONFIG_MAPPING[kind](), {}) for kind in sorted(classes)]
    for file in sorted(folder.glob("*.json")):
        raw = {key: value for key, value in json.loads(file.read_text()).items() if key != "quantization_config"}
        if raw.get("model_type") in CONFIG_MAPPING:
            configs.append((file.stem, CONFIG_MAPPING[raw["model_type"]].from_dict(dict(raw)), raw))
    for name, config, raw in configs:
        kind = classes.get(config.model_type)
        model_class = getattr(transformers, kind if isinstance(kind, str) else kind[0])
        try:
            with torch.device("meta"):
                model = model_class._from_config(config)
        except (TypeError, ValueError, AttributeError, KeyError, ImportError) as error:  # not all defaults can be built
            print(f"{name}: {error}", file=sys.stderr)
            continue
        count = sum(math.prod(value.shape) for key, value in model.named_parameters() if not NOT_COUNTED.search(key))
        said = raw or json.loads(config.to_json_string(use_diff=False)) | {"model_type": config.model_type}
        yield name, count, sizes_only(said)


def sizes_only(config: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that are read, and the parts that hold them."""
    words = keys_read() | {"model_type", "architectures"}
    kept = {key: value for key, value in config.items() if key in words and value is not None and not isinstance(value, dict)}
    return kept | {key: sizes_only(config[key]) for key in PARTS if isinstance(config.get(key), dict)}


if __name__ == "__main__":
    import transformers

    print(f"transformers {transformers.__version__}", file=sys.stderr)
    if sys.argv[1] == "defaults":
        print(
            json.dumps(
                {"source": f"config classes of transformers {transformers.__version__}", "defaults": defaults()}, indent=1
            )
        )
    else:
        rows = {name: {"parameters": count, "config": config} for name, count, config in parameters(Path(sys.argv[2]))}
        print(json.dumps({"source": f"transformers {transformers.__version__}, meta device", "models": rows}))
