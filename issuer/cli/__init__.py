"""The issuer's command lines: `rhc issuer`, `rhc keys`, `rhc audit`."""
