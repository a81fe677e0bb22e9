"""Test definitions."""
