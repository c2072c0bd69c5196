"""Pictures out of files: which files, which frames of them, and their pixels as RGB on demand."""
