"""The issuer over HTTP: the same services under the same roles as on the command line."""
