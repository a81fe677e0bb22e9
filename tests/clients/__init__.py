"""Tests of the partners' clients and of the generator that prints parts of them."""
