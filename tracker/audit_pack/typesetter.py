"""Run as a program of its own: typst reads a layout and its data from standard input and writes a PDF/A-3a, PDF/UA-1.

It knows nothing of Django: it starts fast, can be stopped at any time, and gives its memory back.
"""

import json
import sys

import typst


def main() -> int:
    asked = json.load(sys.stdin.buffer)
    try:
        pdf = typst.compile(
            asked["layout"].encode(),
            ignore_system_fonts=True,
            sys_inputs={"view": asked["view"], "json": asked["json"]},
            format="pdf",
            pdf_standards=["a-3a", "ua-1"],
            timestamp=asked["timestamp"],
        )
    except typst.TypstError as error:
        sys.stderr.write(error.message)
        return 1
    sys.stdout.buffer.write(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
