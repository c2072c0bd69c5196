"""The drawn people of the sample clip: portraits, clothes, studio, shots."""
