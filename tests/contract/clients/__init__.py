"""Client packages that are not OpenAI's own: what they send, and what they must find."""
