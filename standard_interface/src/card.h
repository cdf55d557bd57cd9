/* The user card: files opened with their keys, records and bytes read and written. */
#ifndef RHC_CARD_H
#define RHC_CARD_H

#include "model.h"
#include "port.h"

/* Reset, 3F00, factors of the keys. `city` is a city code of the caller, two digits or more, or NULL: then it is read
 * from the card. spec: terminal_interface 2 */
int rhc_card_power_on(const char *city, uint8_t historical[8]);

/* SELECT the chain DDF1, DF, EF; prove the read key where there is one. Codes 102, 104, 105, 106. */
int rhc_card_open_to_read(const struct rhc_file *file);

/* The same with an update key, which takes two challenges. */
int rhc_card_open_to_write(const struct rhc_file *file, const struct rhc_key *key);

/* The slot of a visit record, counted from 1, after its file was opened. spec: terminal_interface 5.2 */
int rhc_card_select_slot(const struct rhc_file *file, int slot);

/* A record by number (P2 = 04), or by tag (P2 = 00) with its exact length in `le`. The caller judges answer->sw. */
int rhc_card_read_record(uint8_t p1, uint8_t p2, uint8_t le, struct rhc_answer *answer);

/* UPDATE RECORD, enciphered and with a MAC: P1 P2 are the number and 04, or 00 03 to append. Codes 103, 105, 108. */
int rhc_card_update_record(const struct rhc_file *file, uint8_t p1, uint8_t p2, const uint8_t *data, size_t length);

/* 84D2 or 840C with a MAC over its header. `refused` is the code for another status word than 9000. */
int rhc_card_mark(const struct rhc_file *file, uint8_t instruction, int record, int refused);

/* READ BINARY and UPDATE BINARY in blocks of 128 bytes and the rest, never an empty one. Codes 107, 109. */
int rhc_card_read_binary(size_t offset, uint8_t *data, size_t length);
int rhc_card_write_binary(size_t offset, const uint8_t *data, size_t length);

#endif
