"""The memory of the issuer: one database, personal data sealed by column, every change in the audit chain."""
