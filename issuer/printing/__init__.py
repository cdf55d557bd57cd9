"""What an issuer prints: faces of cards, forms, slips, reports. Typed values in, PDF or PNG out."""
