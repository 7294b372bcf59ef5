"""How well each span serves each field by words, layout and form alone. Pure; the model comes later."""
