"""The issuance backend: who makes cards and SAMs, and with which keys."""
