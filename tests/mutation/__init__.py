"""Mutation of the reference server: every small change to it is noticed by the suite, or is one that no client sees.

``tox -e mutation`` makes the mutants, judges each in process, and writes ``specs/mutation.md``.
"""
