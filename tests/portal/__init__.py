"""Tests of the portal callback API and of the portal channel."""
