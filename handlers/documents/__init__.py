"""Documents for people, as HTML, PDF and SVG. Worker processes make the long ones."""
