"""The label store: what people say about faces, kept, and applied after every clustering."""
