"""What can be done about a risk: advice in words, and edits of the plan that can be applied."""
