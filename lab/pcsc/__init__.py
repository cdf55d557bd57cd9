"""The PC/SC stack (pcscd and vpcd) of the machine or private ones: readers, cards in and out of slots."""
