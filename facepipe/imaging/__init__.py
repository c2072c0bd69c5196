"""Pictures as arrays: read, encoded, made smaller, drawn on, hidden."""
