"""Datasets to train on: which faces, how they are split, in which format, with which card."""
