"""What anybody may ask: health, metrics, test information, the widget's files."""
