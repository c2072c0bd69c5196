"""What a run keeps on disk, and the one home of its state."""
