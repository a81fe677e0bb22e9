"""Tests that drive a real Chromium at real processes."""
