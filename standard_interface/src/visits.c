/* Visit records: parts by place and length, and the whole as a list. spec: terminal_interface 5.2 */
#include <string.h>

#include "card.h"
#include "records.h"
#include "rhc_standard_interface.h"
#include "text.h"

#define MOST_BYTES RHC_ED_DATA
#define MOST_DATE 8

static int is_slot(const struct rhc_file *file, int slot)
{
    return slot >= 1 && slot <= file->records;
}

static int is_part(const struct rhc_file *file, int slot, int place, int length)
{
    return is_slot(file, slot) && place >= 0 && length > 0 && place <= file->bytes && length <= file->bytes - place;
}

int rhc_read_visit(enum rhc_file_name name, int slot, size_t place, uint8_t *data, size_t length)
{
    const struct rhc_file *file = &rhc_files[name];
    int code = rhc_card_open_to_read(file);

    if (code == RHC_OK)
        code = rhc_card_select_slot(file, slot);
    return code == RHC_OK ? rhc_card_read_binary(place, data, length) : code;
}

int rhc_write_visit(enum rhc_file_name name, int slot, size_t place, const uint8_t *data, size_t length)
{
    const struct rhc_file *file = &rhc_files[name];
    int code = rhc_card_open_to_write(file, file->update);

    if (code == RHC_OK)
        code = rhc_card_select_slot(file, slot);
    return code == RHC_OK ? rhc_card_write_binary(place, data, length) : code;
}

/* The item that a part is, NULL where it is none or several. */
static const struct rhc_item *item_at(const struct rhc_file *file, int place, int length)
{
    for (int i = 0; i < file->item_count; i++)
        if (file->items[i].offset == place && file->items[i].length == length)
            return &file->items[i];
    return NULL;
}

static int read_part(enum rhc_file_name name, int slot, char *text, int place, int length, int style)
{
    const struct rhc_file *file = &rhc_files[name];
    const struct rhc_item *item = item_at(file, place, length);
    uint8_t data[MOST_BYTES];

    if (text == NULL || !is_part(file, slot, place, length))
        return RHC_PARAMETER;
    if (style != RHC_STYLE_NONE && style != RHC_STYLE_AN && style != RHC_STYLE_CN && style != RHC_STYLE_B)
        return RHC_PARAMETER;
    int code = rhc_read_visit(name, slot, (size_t)place, data, (size_t)length);
    if (code != RHC_OK)
        return code;
    if (style == RHC_STYLE_AN) {
        memcpy(text, data, (size_t)length);
        text[length] = '\0';
    } else if (style != RHC_STYLE_CN)
        rhc_hex(text, data, (size_t)length);
    else if (item && item->coding == RHC_CN)
        rhc_text_of(text, item, data);
    else
        rhc_digits(text, data, (size_t)length);
    return RHC_OK;
}

/* Hex of at most `length` bytes, FF behind them. */
static int fill_hex(uint8_t *data, size_t length, const char *text)
{
    size_t digits = strlen(text);

    if (digits % 2 || digits > 2 * length)
        return RHC_PARAMETER;
    memset(data, 0xFF, length);
    return rhc_unhex(data, text, digits / 2) ? RHC_PARAMETER : RHC_OK;
}

static int bytes_of_part(uint8_t *data, const struct rhc_item *item, const char *text, size_t length, int style)
{
    switch (style) {
    case RHC_STYLE_NONE:
        return strlen(text) == 2 * length ? fill_hex(data, length, text) : RHC_PARAMETER;
    case RHC_STYLE_B:
        return fill_hex(data, length, text);
    case RHC_STYLE_CN:
        return item && item->coding == RHC_CN ? rhc_value_of(data, item, text, strlen(text))
                                              : rhc_pack_digits(data, length, text, strlen(text));
    case RHC_STYLE_AN:
        if (item && item->coding == RHC_AN)
            return rhc_value_of(data, item, text, strlen(text));
        memcpy(data, text, length);
        return RHC_OK;
    default:
        return RHC_PARAMETER;
    }
}

static int write_part(enum rhc_file_name name, int slot, const char *text, int place, int length, int style)
{
    const struct rhc_file *file = &rhc_files[name];
    uint8_t data[MOST_BYTES];

    if (text == NULL || !is_part(file, slot, place, length))
        return RHC_PARAMETER;
    int code = bytes_of_part(data, item_at(file, place, length), text, (size_t)length, style);
    return code == RHC_OK ? rhc_write_visit(name, slot, (size_t)place, data, (size_t)length) : code;
}

/* CN and B items without a value hold FF, AN items 00. spec: terminal_interface 5.2 */
static int is_blank(const struct rhc_item *item, const uint8_t *value)
{
    return value[0] == (item->coding == RHC_AN ? 0x00 : 0xFF);
}

static int read_list(enum rhc_file_name name, int slot, char *list)
{
    const struct rhc_file *file = &rhc_files[name];
    uint8_t data[MOST_BYTES];

    if (list == NULL || !is_slot(file, slot))
        return RHC_PARAMETER;
    int code = rhc_read_visit(name, slot, 0, data, file->bytes);
    if (code != RHC_OK)
        return code;
    for (int i = 0; i < file->item_count; i++) {
        const struct rhc_item *item = &file->items[i];
        if (i > 0)
            *list++ = '|';
        *list = '\0';
        if (!is_blank(item, data + item->offset))
            rhc_text_of(list, item, data + item->offset);
        list += strlen(list);
    }
    return RHC_OK;
}

/* Characters up to the next '|'. One of them can be the second byte of a GBK character, and then divides nothing. */
static size_t entry_length(const char *text)
{
    size_t length = 0;

    while (text[length] && text[length] != '|') {
        int begins_pair = (unsigned char)text[length] >= 0x81 && (unsigned char)text[length] <= 0xFE;
        length += begins_pair && text[length + 1] ? 2 : 1;
    }
    return length;
}

static int write_list(enum rhc_file_name name, int slot, const char *list)
{
    const struct rhc_file *file = &rhc_files[name];
    uint8_t data[MOST_BYTES];

    if (list == NULL || !is_slot(file, slot))
        return RHC_PARAMETER;
    for (int i = 0; i < file->item_count; i++) {
        const struct rhc_item *item = &file->items[i];
        size_t length = entry_length(list);
        int code = rhc_value_of(data + item->offset, item, list, length);
        if (code != RHC_OK)
            return code;
        list += length + (list[length] == '|');
    }
    return *list ? RHC_PARAMETER : rhc_write_visit(name, slot, 0, data, file->bytes);
}

/* The dates of a record as digits that compare like the dates; a missing one is the oldest. */
static int read_dates(enum rhc_file_name name, int slot, uint8_t dates[2][MOST_DATE])
{
    const struct rhc_file *file = &rhc_files[name];

    memset(dates, 0x00, 2 * MOST_DATE);
    for (int i = 0; i < 2 && file->dates[i]; i++) {
        const struct rhc_item *date = file->dates[i];
        int code = rhc_read_visit(name, slot, date->offset, dates[i], date->length);
        if (code != RHC_OK)
            return code;
        if (is_blank(date, dates[i]))
            memset(dates[i], 0x00, MOST_DATE);
    }
    return RHC_OK;
}

/* spec: terminal_interface 4.6 */
static int next_slot(enum rhc_file_name name, enum rhc_file_name flags)
{
    const struct rhc_file *file = &rhc_files[name];
    char flag[5][RHC_SIZE_FLAG], *const texts[5] = {flag[0], flag[1], flag[2], flag[3], flag[4]};
    uint8_t oldest[2][MOST_DATE], dates[2][MOST_DATE];
    int found = 1;

    if (rhc_read_flags(flags, texts) != RHC_OK)
        return -1;
    for (int i = 0; i < file->records; i++)
        if (strcmp(flag[i], "FF") == 0)
            return i + 1;
    for (int slot = 1; slot <= file->records; slot++) {
        if (read_dates(name, slot, dates) != RHC_OK)
            return -1;
        if (slot == 1 || memcmp(dates, oldest, sizeof dates) < 0) {
            memcpy(oldest, dates, sizeof oldest);
            found = slot;
        }
    }
    return found;
}

int RHC_CALL iR_DF03EEInfo(RHC_HANDLE hDev, int nRecorderNo, char *szData, int nPos, int nLen, int nStyle)
{
    (void)hDev;
    return read_part(RHC_DF03_EE, nRecorderNo, szData, nPos, nLen, nStyle);
}

int RHC_CALL iR_DF03EE_ALLInfo(RHC_HANDLE hDev, int nRecorderNo, char *szData)
{
    (void)hDev;
    return read_list(RHC_DF03_EE, nRecorderNo, szData);
}

int RHC_CALL iW_DF03EEInfo(RHC_HANDLE hDev, int nRecorderNo, char *szData, int nPos, int nLen, int nStyle)
{
    (void)hDev;
    return write_part(RHC_DF03_EE, nRecorderNo, szData, nPos, nLen, nStyle);
}

int RHC_CALL iW_DF03EE_ALLInfo(RHC_HANDLE hDev, int nRecorderNo, char *szData)
{
    (void)hDev;
    return write_list(RHC_DF03_EE, nRecorderNo, szData);
}

int RHC_CALL iR_DF03EDInfo(RHC_HANDLE hDev, int nRecorderNo, char *szData, int nPos, int nLen, int nStyle)
{
    (void)hDev;
    return read_part(RHC_DF03_ED, nRecorderNo, szData, nPos, nLen, nStyle);
}

int RHC_CALL iR_DF03ED_ALLInfo(RHC_HANDLE hDev, int nRecorderNo, char *szData)
{
    (void)hDev;
    return read_list(RHC_DF03_ED, nRecorderNo, szData);
}

int RHC_CALL iW_DF03EDInfo(RHC_HANDLE hDev, int nRecorderNo, char *szData, int nPos, int nLen, int nStyle)
{
    (void)hDev;
    return write_part(RHC_DF03_ED, nRecorderNo, szData, nPos, nLen, nStyle);
}

int RHC_CALL iW_DF03ED_ALLInfo(RHC_HANDLE hDev, int nRecorderNo, char *szData)
{
    (void)hDev;
    return write_list(RHC_DF03_ED, nRecorderNo, szData);
}

int RHC_CALL iReader_GetLastEEIndex(RHC_HANDLE hDev)
{
    (void)hDev;
    return next_slot(RHC_DF03_EE, RHC_DF03_EF05);
}

int RHC_CALL iReader_GetLastEDIndex(RHC_HANDLE hDev)
{
    (void)hDev;
    return next_slot(RHC_DF03_ED, RHC_DF03_EF06);
}
