"""What an encoder's vectors mean, learnt from labelled pictures: its `EmbeddingSpace`."""
