"""From a config.json to tensors and caches, one kind of model a file. `readers` holds the whole list of what is known."""
