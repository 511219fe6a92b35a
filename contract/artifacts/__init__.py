"""Violations as scripts of curl lines, which show them on a server that was just started."""
