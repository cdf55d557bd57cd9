/* Single items by their number in the standard, 1 to 384. spec: terminal_interface 3, 4.1, 4.4, 4.6; apdus.csv 07, 15 */
#include <string.h>

#include "card.h"
#include "records.h"
#include "rhc_standard_interface.h"
#include "text.h"

#define MOST_VALUE 256 /* bytes; no item has more */
#define BY_NUMBER 0x04

/* An item, its file, and the record or slot that is meant, from 1; 0 in a TLV file, where the item says it. */
struct place {
    enum rhc_file_name name;
    const struct rhc_file *file;
    const struct rhc_item *item;
    int record;
};

/* The signature and the certificate behind a visit record are items of no function of the field. */
static int find(struct place *place, const RHC_ITEMSELECT *asked)
{
    for (int name = 0; name < RHC_FILES; name++)
        for (int i = 0; i < rhc_files[name].item_count; i++) {
            const struct rhc_file *file = &rhc_files[name];
            if (file->items[i].id != asked->wItemFlag)
                continue;
            *place = (struct place){(enum rhc_file_name)name, file, &file->items[i], 0};
            if (file->kind == RHC_TLV)
                return RHC_OK;
            place->record = asked->wID;
            return asked->wID >= 1 && asked->wID <= file->records ? RHC_OK : RHC_PARAMETER;
        }
    return RHC_PARAMETER;
}

/* What the card refuses leaves the text as it is, and is no fault. spec: terminal_interface 4.4 */
static int get_from_record(const struct place *place, char *text)
{
    const struct rhc_item *item = place->item;
    int is_tlv = place->file->kind == RHC_TLV;
    size_t start = is_tlv ? 2 : item->offset;
    struct rhc_answer answer;
    int code = rhc_card_read_record((uint8_t)(is_tlv ? item->record : place->record), BY_NUMBER, 0x00, &answer);

    if (code == RHC_OK && answer.sw == 0x9000 && answer.length >= start + item->length)
        rhc_text_of(text, item, answer.data + start);
    return code;
}

static int get(const struct place *place, const struct rhc_file *open, char *text)
{
    uint8_t value[MOST_VALUE];
    int code = RHC_OK;

    if (place->file->kind == RHC_BINARY) {
        code = rhc_read_visit(place->name, place->record, place->item->offset, value, place->item->length);
        if (code == RHC_OK)
            rhc_text_of(text, place->item, value);
        return code;
    }
    if (place->file != open)
        code = rhc_card_open_to_read(place->file);
    return code == RHC_OK ? get_from_record(place, text) : code;
}

static int put(const struct place *place, const char *text)
{
    uint8_t record[2 + MOST_VALUE] = {place->item->tag, (uint8_t)place->item->length}, *value = record + 2;
    size_t length = place->item->length;
    int code = rhc_value_of(value, place->item, text, strlen(text));

    if (code != RHC_OK)
        return code;
    if (place->file->kind == RHC_BINARY)
        return rhc_write_visit(place->name, place->record, place->item->offset, value, length);
    code = rhc_card_open_to_write(place->file, place->file->update);
    if (code != RHC_OK)
        return code;
    if (place->file->kind == RHC_TLV)
        return rhc_card_update_record(place->file, place->item->record, BY_NUMBER, record, 2 + length);
    /* a flag: one enciphered byte, and nobody looks at what the card makes of it. spec: terminal_interface 4.6 */
    code = rhc_card_update_record(place->file, (uint8_t)place->record, BY_NUMBER, value, length);
    return code == RHC_WRITE_RECORD ? RHC_OK : code;
}

/* Looks at everything before the card is touched. An entry of a cyclic file has two items and is not written by one. */
static int check(const RHC_ITEMSELECT *asked, int count, int to_write)
{
    uint8_t value[MOST_VALUE];
    struct place place;

    if (asked == NULL || count < 0)
        return RHC_PARAMETER;
    for (int i = 0; i < count; i++) {
        const char *text = asked[i].pValue;
        int code = text ? find(&place, &asked[i]) : RHC_PARAMETER;
        if (code == RHC_OK && !to_write && asked[i].wValueLen < place.item->length)
            code = RHC_PARAMETER;
        if (code == RHC_OK && to_write)
            code = place.file->kind == RHC_CYCLIC ? RHC_PARAMETER
                                                  : rhc_value_of(value, place.item, text, strlen(text));
        if (code != RHC_OK)
            return code;
    }
    return RHC_OK;
}

uint32_t RHC_CALL wsc_GetCardInfo(RHC_HANDLE hCard, void *pvSelect, int nItem)
{
    const RHC_ITEMSELECT *asked = pvSelect;
    const struct rhc_file *open = NULL;
    int code = check(asked, nItem, 0);

    (void)hCard;
    for (int i = 0; code == RHC_OK && i < nItem; i++) {
        struct place place;
        find(&place, &asked[i]);
        code = get(&place, open, asked[i].pValue);
        open = place.file->kind == RHC_BINARY ? NULL : place.file;
    }
    return (uint32_t)code;
}

uint32_t RHC_CALL wsc_PutCardInfo(RHC_HANDLE hCard, void *pvSelect, int nItem)
{
    const RHC_ITEMSELECT *asked = pvSelect;
    int code = check(asked, nItem, 1);

    (void)hCard;
    for (int i = 0; code == RHC_OK && i < nItem; i++) {
        struct place place;
        find(&place, &asked[i]);
        code = put(&place, asked[i].pValue);
    }
    return (uint32_t)code;
}
