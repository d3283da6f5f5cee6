"""The rules behind `groundplan.domain.sanitizer`, one family a file.

pattern ← views (readings of a text) ← rule (what a rule is) ← text, code, markup, sql_statements, sql_injection, shell
(with commands and command_names), words ← catalogue (all rules, in the order they are tried).
"""
