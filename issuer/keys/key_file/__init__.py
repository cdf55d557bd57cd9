"""The key file: keys at rest, each enciphered, under a key that a passphrase or a token guards."""
