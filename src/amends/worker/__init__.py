"""What works by itself, beside the doors: the deadline engine and the guard of its clock."""
