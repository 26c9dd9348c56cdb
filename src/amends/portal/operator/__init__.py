"""The operator's rooms: figures, health, money, what was done by whom, and the sandbox's stage."""
