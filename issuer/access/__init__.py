"""Who may do what: operators, their roles, and the table of actions."""
