"""`python -m recbox` is `recbox`."""

from recbox.cli import main

if __name__ == "__main__":
    main()
