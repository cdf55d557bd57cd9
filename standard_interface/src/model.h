/* What the generated tables are made of. */
#ifndef RHC_MODEL_H
#define RHC_MODEL_H

#include <stddef.h>
#include <stdint.h>

/* How a value is written. spec: terminal_interface 4.3 */
enum rhc_coding {
    RHC_AN, /* GBK text, left aligned, 00 behind it */
    RHC_CN, /* packed digits, left aligned, F behind them */
    RHC_B   /* raw bytes */
};

enum rhc_kind { RHC_TLV, RHC_CYCLIC, RHC_FLAGS, RHC_BINARY };

/* A key: where the SAM finds it (P1 P2 of 80DE) and what the card calls it (P2 of 0082). */
struct rhc_key {
    uint8_t p1, p2, reference;
    uint8_t levels; /* 1: card factor; 2: card factor, then city factor */
};

struct rhc_item {
    uint16_t id, offset, length; /* offset in a record or file without tags, length of the value, bytes */
    uint8_t record, tag;         /* of a TLV file; 0 elsewhere */
    uint8_t empty, decimals;     /* the byte that fills an empty value; digits behind the point */
    enum rhc_coding coding;
};

struct rhc_file {
    enum rhc_kind kind;
    uint16_t df, ef;
    uint16_t opened_by;              /* visit records: the index file that is current when a key is proved */
    const struct rhc_item *dates[2]; /* visit records: the oldest goes first */
    uint16_t records;                /* records, or slots of visit records */
    uint16_t bytes;                  /* of one cyclic record, else of the data */
    const struct rhc_item *items;
    uint16_t item_count;
    const struct rhc_key *read;   /* NULL: free */
    const struct rhc_key *update; /* of flags: sets them valid */
    const struct rhc_key *erase;  /* of flags */
    const struct rhc_key *secure; /* NULL: plain */
};

#endif
