"""Cases that the declaration gives: one module an idea, each with a function from a profile to cases."""
