"""Handwritten digits: a small grid of networks, trained, evaluated and compared."""
