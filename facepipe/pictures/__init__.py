"""What a run shows: crops, montages, plots."""
