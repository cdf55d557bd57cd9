#include "text.h"

#include <string.h>

#include "rhc_standard_interface.h"

#define MOST_DIGITS 32 /* no item has more; a CN of 11 bytes has 22 */

static const char DIGITS[] = "0123456789ABCDEF";

static int nibble_of(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return -1;
}

void rhc_hex(char *text, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        *text++ = DIGITS[data[i] >> 4];
        *text++ = DIGITS[data[i] & 0x0F];
    }
    *text = '\0';
}

int rhc_unhex(uint8_t *data, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        int high = nibble_of(text[2 * i]), low = high < 0 ? -1 : nibble_of(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return -1;
        data[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

void rhc_digits(char *text, const uint8_t *value, size_t length)
{
    rhc_hex(text, value, length);
    text[strcspn(text, "F")] = '\0';
}

int rhc_pack_digits(uint8_t *value, size_t length, const char *text, size_t text_length)
{
    while (text_length && (text[text_length - 1] == 'F' || text[text_length - 1] == 'f'))
        text_length--;
    if (text_length > 2 * length)
        return RHC_PARAMETER;
    memset(value, 0xFF, length);
    for (size_t i = 0; i < text_length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return RHC_PARAMETER;
        unsigned digit = (unsigned)(text[i] - '0');
        value[i / 2] = (uint8_t)(i % 2 ? (value[i / 2] & 0xF0) | digit : digit << 4 | 0x0F);
    }
    return RHC_OK;
}

/* A point before the last digits: 1250 is 12.50, 5 is 0.05. spec: terminal_interface 5.2 */
static void insert_point(char *text, size_t decimals)
{
    size_t length = strlen(text), missing = length && length <= decimals ? decimals + 1 - length : 0;

    if (length == 0)
        return;
    memmove(text + missing, text, length + 1);
    memset(text, '0', missing);
    length += missing;
    memmove(text + length - decimals + 1, text + length - decimals, decimals + 1);
    text[length - decimals] = '.';
}

/* 12.5 is 1250; digits without a point are taken as they stand. Returns the digits, or -1. */
static int without_point(char out[MOST_DIGITS], const char *text, size_t length, size_t decimals)
{
    const char *point = memchr(text, '.', length);
    size_t whole = point ? (size_t)(point - text) : length, behind = point ? length - whole - 1 : 0;

    if (behind > decimals || (point && whole == 0) || whole + decimals > MOST_DIGITS)
        return -1;
    memset(out, '0', MOST_DIGITS);
    memcpy(out, text, whole);
    if (point)
        memcpy(out + whole, point + 1, behind);
    return (int)(point ? whole + decimals : whole);
}

void rhc_text_of(char *text, const struct rhc_item *item, const uint8_t *value)
{
    switch (item->coding) {
    case RHC_AN:
        memcpy(text, value, item->length);
        text[item->length] = '\0';
        break;
    case RHC_CN:
        rhc_digits(text, value, item->length);
        if (item->decimals)
            insert_point(text, item->decimals);
        break;
    case RHC_B:
        rhc_hex(text, value, item->length);
        break;
    }
}

static int bytes_of(uint8_t *value, size_t length, const char *text, size_t text_length)
{
    const char one_byte[2] = {'0', text[0]};

    memset(value, 0x00, length);
    if (text_length == 1 && length == 1)
        return rhc_unhex(value, one_byte, 1) ? RHC_PARAMETER : RHC_OK;
    if (text_length % 2 || text_length > 2 * length)
        return RHC_PARAMETER;
    return rhc_unhex(value, text, text_length / 2) ? RHC_PARAMETER : RHC_OK;
}

int rhc_value_of(uint8_t *value, const struct rhc_item *item, const char *text, size_t text_length)
{
    char digits[MOST_DIGITS];

    if (text_length == 0) {
        memset(value, item->empty, item->length);
        return RHC_OK;
    }
    switch (item->coding) {
    case RHC_AN:
        if (text_length > item->length)
            return RHC_PARAMETER;
        memset(value, 0x00, item->length);
        memcpy(value, text, text_length);
        return RHC_OK;
    case RHC_CN:
        if (item->decimals) {
            int count = without_point(digits, text, text_length, item->decimals);
            return count < 0 ? RHC_PARAMETER : rhc_pack_digits(value, item->length, digits, (size_t)count);
        }
        return rhc_pack_digits(value, item->length, text, text_length);
    case RHC_B:
        return bytes_of(value, item->length, text, text_length);
    }
    return RHC_PARAMETER;
}
