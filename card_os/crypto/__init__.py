"""The cryptography of the card as pure functions: ciphers, key diversification, secure messaging."""
