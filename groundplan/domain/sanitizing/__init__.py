"""The rules behind `groundplan.domain.sanitizer`, one family a file.

rule (what a rule is) ← views (decoded readings of a text) ← text, code, markup, sql_statements, sql_injection,
commands, shell, words ← catalogue (all rules in the order they are tried).
"""
