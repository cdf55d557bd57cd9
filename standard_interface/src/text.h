/* Values of items as the texts of the field, and back. */
#ifndef RHC_TEXT_H
#define RHC_TEXT_H

#include "model.h"

/* Upper-case hex of `length` bytes with a closing 00: 2 * length + 1 bytes in `text`. */
void rhc_hex(char *text, const uint8_t *data, size_t length);

/* Bytes of hex digits; -1 where one of `2 * length` characters is none. */
int rhc_unhex(uint8_t *data, const char *text, size_t length);

/* The text of an item's bytes: length + 1 bytes for AN, 2 * length + 1 for CN and B, one more for an amount. */
void rhc_text_of(char *text, const struct rhc_item *item, const uint8_t *value);

/* The bytes of a text of `text_length` characters; an empty text gives the empty value. RHC_PARAMETER for a text that
 * the item does not take. */
int rhc_value_of(uint8_t *value, const struct rhc_item *item, const char *text, size_t text_length);

/* Digits up to the first F; the text needs 2 * length + 1 bytes. */
void rhc_digits(char *text, const uint8_t *value, size_t length);

/* Digits, left aligned, F behind them up to `length` bytes. */
int rhc_pack_digits(uint8_t *value, size_t length, const char *text, size_t text_length);

#endif
