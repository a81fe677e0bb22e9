"""HTML, PDF, SVG and CSV, and the processes that make them."""
