"""The staff's way in: passkeys, the organisation's sign-in, step-up; people, keys and one's own preferences."""
