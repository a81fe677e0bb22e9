"""The files of deploy/, by which others run the gateway."""
