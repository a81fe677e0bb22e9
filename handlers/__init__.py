"""Tornado handlers: parse a request, call one service, write the answer."""
