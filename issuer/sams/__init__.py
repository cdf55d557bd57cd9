"""SAMs: ordered, made, keyed for a province and a role, issued to a device, lost, recalled, destroyed."""
