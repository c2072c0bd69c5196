"""Files on disk: written whole, named safely, hashed, and removed only where they are ours."""
