"""What all tests share: they expect English words, whatever the machine speaks."""

import os

os.environ["RHC_LANG"] = "en"
os.environ.pop("NO_COLOR", None)
