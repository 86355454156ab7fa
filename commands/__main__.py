"""Lets ``python -m sothat.commands`` stand for ``sothat``, with an interpreter of choice."""

from sothat.commands import main

if __name__ == "__main__":
    main()
