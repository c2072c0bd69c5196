"""How good a clustering is, measured against hand-made truth: coverage and quality, always together."""
