"""What a run keeps on disk: atomic files, shards, the table, run.json."""
