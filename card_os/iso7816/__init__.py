"""ISO/IEC 7816 as pure values: APDUs, status words, ATR, TLV. No state and no I/O."""
