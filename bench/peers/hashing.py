"""The least that a verifier has to do with a bundle: hash its bytes, and each line by itself."""

from __future__ import annotations

import gzip
import sys
from hashlib import sha256


def main(path: str) -> None:
    """Read a compressed file."""
    whole = sha256()
    with gzip.open(path) as lines:
        for line in lines:
            whole.update(line)
            sha256(line).digest()
    sys.stdout.write(f"{whole.hexdigest()}\n")


if __name__ == "__main__":
    main(sys.argv[1])
