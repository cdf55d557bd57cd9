"""The files that organisations exchange: `rhc-exchange/1`, our design.  # spec: issuance_and_ecard A.3 [I]"""
