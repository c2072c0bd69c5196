"""What a person does with a finished run: correct it, take it back, have somebody forgotten."""
