"""Drawn people in drawn clothes: the training data of the clothing encoder (numpy and OpenCV only)."""
