"""How a goal that lists its own steps is read; `groundplan.domain.step_list` is the door.

lines, inline, worded   three ways to write a list → a tree of items
parts                   "with: a, b, c" → items that do not wait for each other
references              "after 2", "using the result of 1", "meanwhile" → what a step's text says of its order
order                   the tree, with the references, → steps with dependencies
"""
