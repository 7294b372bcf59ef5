"""Language model engines behind one Protocol. Each engine imports its heavy library inside its constructor."""
