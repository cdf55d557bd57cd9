"""One module for each step; their names begin with the number of the step."""
