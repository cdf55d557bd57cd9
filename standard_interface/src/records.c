#include "records.h"

#include <string.h>

#include "card.h"
#include "rhc_standard_interface.h"
#include "text.h"

#define MOST_RECORD 182 /* tag, length, 180 bytes of a certificate; cyclic records have 120 at most */
#define BY_TAG 0x00
#define BY_NUMBER 0x04
#define INS_SET_VALID 0xD2
#define INS_ERASE 0x0C

static int is_given(const char *text)
{
    return text && *text;
}

/* DDF1/EF05 is read by tag with the exact length, every other file by number. spec: terminal_interface 4.1 */
static int read_item(const struct rhc_file *file, const struct rhc_item *item, struct rhc_answer *answer)
{
    if (file->read == NULL)
        return rhc_card_read_record(item->tag, BY_TAG, (uint8_t)(item->length + 2), answer);
    return rhc_card_read_record(item->record, BY_NUMBER, 0x00, answer);
}

int rhc_read_items(enum rhc_file_name name, char *const texts[])
{
    const struct rhc_file *file = &rhc_files[name];
    int code = rhc_card_open_to_read(file);

    for (int i = 0; code == RHC_OK && i < file->item_count; i++) {
        const struct rhc_item *item = &file->items[i];
        struct rhc_answer answer;
        if (texts[i] == NULL)
            continue;
        code = read_item(file, item, &answer);
        if (code != RHC_OK)
            break;
        texts[i][0] = '\0';
        if (answer.sw == 0x9000 && answer.length == item->length + 2u)
            rhc_text_of(texts[i], item, answer.data + 2);
        else if (name == RHC_DDF1_EF08) /* the only TLV file that reports it; spec: terminal_interface 4.4 */
            code = RHC_READ_RECORD;
    }
    return code;
}

/* Every text is looked at before the card is: a wrong one leaves the card untouched. */
static int check_texts(const struct rhc_file *file, char *const texts[])
{
    uint8_t value[MOST_RECORD];
    int code = RHC_OK;

    for (int i = 0; code == RHC_OK && i < file->item_count; i++)
        if (is_given(texts[i]))
            code = rhc_value_of(value, &file->items[i], texts[i], strlen(texts[i]));
    return code;
}

int rhc_write_items(enum rhc_file_name name, char *const texts[])
{
    const struct rhc_file *file = &rhc_files[name];
    int code = check_texts(file, texts);

    if (code == RHC_OK)
        code = rhc_card_open_to_write(file, file->update);
    for (int i = 0; code == RHC_OK && i < file->item_count; i++) {
        const struct rhc_item *item = &file->items[i];
        uint8_t record[MOST_RECORD] = {item->tag, (uint8_t)item->length};
        if (!is_given(texts[i]))
            continue;
        code = rhc_value_of(record + 2, item, texts[i], strlen(texts[i]));
        if (code == RHC_OK)
            code = rhc_card_update_record(file, item->record, BY_NUMBER, record, item->length + 2u);
    }
    return code;
}

int rhc_read_entry(enum rhc_file_name name, int record, char *const texts[])
{
    const struct rhc_file *file = &rhc_files[name];
    struct rhc_answer answer;

    if (record < 1 || record > file->records)
        return RHC_PARAMETER;
    int code = rhc_card_open_to_read(file);
    if (code == RHC_OK)
        code = rhc_card_read_record((uint8_t)record, BY_NUMBER, 0x00, &answer);
    if (code != RHC_OK)
        return code;
    for (int i = 0; i < file->item_count; i++) {
        const struct rhc_item *item = &file->items[i];
        if (texts[i] == NULL)
            continue;
        texts[i][0] = '\0';
        if (answer.sw == 0x9000 && answer.length == file->bytes)
            rhc_text_of(texts[i], item, answer.data + item->offset);
    }
    return RHC_OK;
}

int rhc_append_entry(enum rhc_file_name name, char *const texts[])
{
    const struct rhc_file *file = &rhc_files[name];
    uint8_t record[MOST_RECORD] = {0};
    int code = RHC_OK;

    for (int i = 0; code == RHC_OK && i < file->item_count; i++) {
        const struct rhc_item *item = &file->items[i];
        const char *text = texts[i] ? texts[i] : "";
        code = rhc_value_of(record + item->offset, item, text, strlen(text));
    }
    if (code == RHC_OK)
        code = rhc_card_open_to_write(file, file->update);
    return code == RHC_OK ? rhc_card_update_record(file, 0x00, 0x03, record, file->bytes) : code;
}

int rhc_read_flags(enum rhc_file_name name, char *const texts[])
{
    const struct rhc_file *file = &rhc_files[name];
    int code = rhc_card_open_to_read(file);

    for (int i = 0; code == RHC_OK && i < file->records; i++) {
        struct rhc_answer answer;
        code = rhc_card_read_record((uint8_t)(i + 1), BY_NUMBER, 0x00, &answer);
        if (code == RHC_OK && (answer.sw != 0x9000 || answer.length != 1))
            code = RHC_READ_RECORD;
        if (code == RHC_OK && texts[i])
            rhc_hex(texts[i], answer.data, 1);
    }
    return code;
}

static int mark(enum rhc_file_name name, int record, int valid)
{
    const struct rhc_file *file = &rhc_files[name];

    if (record < 1 || record > file->records)
        return RHC_PARAMETER;
    int code = rhc_card_open_to_write(file, valid ? file->update : file->erase);
    if (code != RHC_OK)
        return code;
    return valid ? rhc_card_mark(file, INS_SET_VALID, record, RHC_SET_VALID)
                 : rhc_card_mark(file, INS_ERASE, record, RHC_ERASE);
}

int rhc_set_valid(enum rhc_file_name name, int record)
{
    return mark(name, record, 1);
}

int rhc_erase(enum rhc_file_name name, int record)
{
    return mark(name, record, 0);
}
