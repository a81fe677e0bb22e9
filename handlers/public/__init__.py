"""Calls that anybody may make: health, metrics, test information, the widget's files."""
