"""The subcommands of `facepipe`: each module has `add_arguments(parser)` and `run(args) -> int`."""
