"""Writes on a kept card until it is killed: `kept_card_writer.py FILE`.

Command n fills a block of one file with the byte n; before each command its number is printed, after its good
answer `done`. Between commands a transaction writes n into two files.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

import card_bench as cb

from card_os.image import open_card


def main() -> None:
    with open_card(Path(sys.argv[1])) as kept:
        card = kept.card
        bench = cb.Bench(card)
        card.power_on()
        bench.enter("DDF1/DF03", "UK1_DF03")
        bench.select("ED01")
        two = [card.profile.files[f"MF/DDF1/DF03/{fid}"] for fid in ("ED02", "ED03")]
        for number in count(1):
            fill = bytes((number % 256,)) * 128
            print(number, flush=True)
            bench.do(bytes.fromhex("00D6000080") + fill)
            with card.memory.transaction():
                for file in two:
                    card.files.write(file, 0, fill)
            print("done", flush=True)


if __name__ == "__main__":
    main()
