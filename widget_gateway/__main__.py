"""`python -m widget_gateway` is `widget-gateway`."""

from widget_gateway.cli import main

main()
