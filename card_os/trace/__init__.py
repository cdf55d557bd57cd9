"""What passes between terminal and card: recorded, read back, explained in words, timed.

`TracedCard` is a layer with the interface of a card and tells every exchange to its listeners. `TraceFile` is
a listener that writes them down. `read_trace` reads such a file, or the log of another reader. `Explainer`
says by the declaration what each exchange means, `estimates` how long it takes on real hardware.
"""

from card_os.trace.errors import NoExchangeError, TraceError, TraceFileError
from card_os.trace.explain import Explainer, Explanation
from card_os.trace.hardware_time import Estimate, estimates
from card_os.trace.layer import Exchange, Listener, TracedCard, TracedCardLike
from card_os.trace.masking import without_secrets
from card_os.trace.reading import read_trace
from card_os.trace.record import Header, Trace, TraceFile, card_path

__all__ = [
    "Estimate",
    "Exchange",
    "Explainer",
    "Explanation",
    "Header",
    "Listener",
    "NoExchangeError",
    "Trace",
    "TraceError",
    "TraceFile",
    "TraceFileError",
    "TracedCard",
    "TracedCardLike",
    "card_path",
    "estimates",
    "read_trace",
    "without_secrets",
]
