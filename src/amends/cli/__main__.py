"""`python -m amends.cli`, the same as `amends`."""

from amends.cli import main

if __name__ == "__main__":
    main()
