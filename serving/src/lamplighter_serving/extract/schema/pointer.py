"""Steps of a JSON pointer (RFC 6901)."""


def pointer_step(name: object) -> str:
    """One step with its slash: a property's name, or an item's number."""
    return "/" + str(name).replace("~", "~0").replace("/", "~1")
