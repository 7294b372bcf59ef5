"""Run by a Python that has transformers: a folder with a whole model of random weights and a tokenizer of bytes.

usage: checkpoint.py CONFIG_JSON FOLDER. Real enough to be loaded from disk as a real one is: config, tokenizer with a chat
template, safetensors. What it writes is nonsense, within a grammar valid nonsense.
"""

import json
import sys
from pathlib import Path
from typing import Any

TEMPLATE = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}assistant: "


def main() -> None:
    """Config, tokenizer, weights."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(source.read_text())
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {"<end>": 0, "<pad>": 1} | {letter: place for place, letter in enumerate(alphabet, start=2)}
    bytewise: Any = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytewise.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bytewise, eos_token="<end>", pad_token="<pad>", chat_template=TEMPLATE)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = AutoConfig.from_pretrained(folder)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(folder)
    # As the config said it, with what transformers would leave out.
    (folder / "config.json").write_text(json.dumps(json.loads(source.read_text()) | {"eos_token_id": 0, "bos_token_id": None}))


if __name__ == "__main__":
    main()
