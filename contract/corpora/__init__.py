"""Awkward values and requests, chosen by hand: what real servers were seen to get wrong."""
