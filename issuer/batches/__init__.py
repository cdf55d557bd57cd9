"""Batches: applications on their way to cards, through bank, maker, personalisation centre and outlet."""
