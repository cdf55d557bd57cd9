"""What hospitals use: channels to cards, typed sessions, commands. It works on any card in any reader."""
