/* Files of records, read and written by the texts of their items. */
#ifndef RHC_RECORDS_H
#define RHC_RECORDS_H

#include "tables.h"

/* One text for each item of a TLV file, in the order of its records. */
int rhc_read_items(enum rhc_file_name name, char *const texts[]);
int rhc_write_items(enum rhc_file_name name, char *const texts[]);

/* One record of a cyclic file, 1 is the newest; and a new one. */
int rhc_read_entry(enum rhc_file_name name, int record, char *const texts[]);
int rhc_append_entry(enum rhc_file_name name, char *const texts[]);

/* Bytes of a visit record, from `place` on; the slot counts from 1. */
int rhc_read_visit(enum rhc_file_name name, int slot, size_t place, uint8_t *data, size_t length);
int rhc_write_visit(enum rhc_file_name name, int slot, size_t place, const uint8_t *data, size_t length);

/* The flags of an index file: hex of each. */
int rhc_read_flags(enum rhc_file_name name, char *const texts[]);
int rhc_set_valid(enum rhc_file_name name, int record);
int rhc_erase(enum rhc_file_name name, int record);

#endif
