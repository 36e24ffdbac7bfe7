"""The linter for courses: what can be said about a course without running it.

A rule is a function from a course's `Material` to the problems that it finds there. Each module of
rules covers one subject and lists them in its `RULES`; `run` puts them together. Nothing here runs
a cell, and nothing asks the network.
"""
