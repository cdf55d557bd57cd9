"""Mutants of the card: kernels with one wrong behaviour each, by which the conformance suite tests itself.

Each one is data in `wrong/`; `application` makes the kernel of this process behave so for a while, `play`
runs cases against it, and `python -m tests.mutants` writes into `caught.csv` which cases catch which mutant.
None of this is in the product: no package knows of it, and a card cannot be told to be a mutant.
"""
