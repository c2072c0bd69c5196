"""Who is who: what people said, the names that follow from it, and galleries of known people."""
