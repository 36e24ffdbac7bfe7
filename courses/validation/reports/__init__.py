"""A validation record for people (terminal, HTML) and for CI (JUnit, annotations, code quality).

The record itself, as JSON, is the report for every other program.
"""
