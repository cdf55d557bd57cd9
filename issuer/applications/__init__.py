"""Applications: who applies, what is asked of them, who reviews it, and what is ready to be made."""
