"""The portal callback API and its channel."""
