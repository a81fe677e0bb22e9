"""Documents for people: HTML, PDF and SVG, made by worker processes."""
