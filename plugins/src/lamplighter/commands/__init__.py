"""The commands of `lamplighter`, one a file: `add_parser` and `run(arguments) -> exit code`."""
