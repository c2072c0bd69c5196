"""What a run shows: crops, montages, plots, the report."""
