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

/* The flags of an index file: hex of each. */
int rhc_read_flags(enum rhc_file_name name, char *const texts[]);
int rhc_set_valid(enum rhc_file_name name, int record);
int rhc_erase(enum rhc_file_name name, int record);

#endif
