"""What a command's exit code says."""

DONE = 0
"""Done, or nothing to say."""
ERROR = 1
"""Wrong input, a refused plan, a blocked step, an error."""
DIFFERENT = 2
"""A difference: changes are pending."""
UNKNOWN = 3
"""Could not look, so the answer is incomplete; never the same as a difference."""
