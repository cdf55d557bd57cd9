#include "card.h"

#include <string.h>

#include "rhc_standard_interface.h"
#include "sam.h"

#define KEY_GROUP 0x01
#define MOST_RECORD 190 /* plain bytes; with a length byte and an 80 twelve blocks, the most a command takes */
#define BINARY_BLOCK 0x80

/* A constant of the field. spec: terminal_interface 6.2 */
static const uint8_t TERMINAL_DATA[8] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};

static struct rhc_factors factors;

static int exchange(const uint8_t *command, size_t length, struct rhc_answer *answer)
{
    return rhc_port_exchange(RHC_USER, command, length, answer);
}

/* One exchange that must end with 9000, else `refused`; faults of the reader keep their own code. */
static int check(const uint8_t *command, size_t length, struct rhc_answer *answer, int refused)
{
    int code = exchange(command, length, answer);
    return code != RHC_OK ? code : answer->sw == 0x9000 ? RHC_OK : refused;
}

static int select_file(uint16_t fid)
{
    const uint8_t command[7] = {0x00, 0xA4, 0x00, 0x00, 0x02, (uint8_t)(fid >> 8), (uint8_t)fid};
    struct rhc_answer answer;

    return check(command, sizeof command, &answer, RHC_NO_FILE);
}

static int select_chain(uint16_t df, uint16_t ef)
{
    int code = select_file(0xDDF1);

    if (code == RHC_OK && df != 0xDDF1)
        code = select_file(df);
    return code == RHC_OK ? select_file(ef) : code;
}

/* The first eight historical bytes of an ATR of ISO 7816-3. */
static int historical_bytes(const uint8_t *atr, size_t length, uint8_t out[8])
{
    size_t at = 1;

    if (length < 2)
        return RHC_NO_ANSWER;
    for (unsigned more = atr[1] >> 4; more; more = (more & 8) ? atr[at] >> 4 : 0) {
        at += (more & 1) + (more >> 1 & 1) + (more >> 2 & 1) + (more >> 3);
        if (at >= length)
            return RHC_NO_ANSWER;
    }
    if ((atr[1] & 0x0F) < 8 || at + 1 + 8 > length)
        return RHC_NO_ANSWER;
    memcpy(out, atr + at + 1, 8);
    return RHC_OK;
}

/* Two digits of the code, then six zeros, all as text. spec: terminal_interface 2.2 */
static void set_city(const char digits[2])
{
    memset(factors.city, '0', sizeof factors.city);
    memcpy(factors.city, digits, 2);
}

static int read_city(void)
{
    static const char DIGITS[] = "0123456789ABCDEF";
    const uint8_t command[5] = {0x00, 0xB2, 0x39, 0x00, 0x05};
    struct rhc_answer answer;
    int code = select_chain(0xDDF1, 0xEF05);

    if (code == RHC_OK)
        code = check(command, sizeof command, &answer, RHC_READ_RECORD);
    if (code != RHC_OK)
        return code;
    if (answer.length != 5)
        return RHC_READ_RECORD;
    set_city((const char[2]){DIGITS[answer.data[2] >> 4], DIGITS[answer.data[2] & 0x0F]});
    return RHC_OK;
}

int rhc_card_power_on(const char *city, uint8_t historical[8])
{
    static const uint8_t SELECT_MF[7] = {0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00};
    uint8_t atr[RHC_MAX_ATR];
    struct rhc_answer answer;
    size_t length;
    int code = rhc_port_reset(RHC_USER, atr, &length);

    if (code == RHC_OK)
        code = historical_bytes(atr, length, historical);
    if (code == RHC_OK)
        code = exchange(SELECT_MF, sizeof SELECT_MF, &answer); /* its status word is not looked at */
    if (code != RHC_OK)
        return code;
    memcpy(factors.card, historical, sizeof factors.card);
    if (city == NULL)
        return read_city();
    set_city(city);
    return RHC_OK;
}

static int challenge(uint8_t out[8], int refused)
{
    static const uint8_t COMMAND[5] = {0x00, 0x84, 0x00, 0x00, 0x08};
    struct rhc_answer answer;
    int code = check(COMMAND, sizeof COMMAND, &answer, refused);

    if (code == RHC_OK && answer.length != 8)
        return refused;
    if (code == RHC_OK)
        memcpy(out, answer.data, 8);
    return code;
}

/* 0082 with the folded cipher of the SAM: left half XOR right half. spec: terminal_interface 6.2 */
static int authenticate(const struct rhc_key *key, const uint8_t terminal_data[8])
{
    uint8_t random[8], blocks[RHC_BLOCK] = {0}, output[RHC_BLOCK];
    uint8_t command[22] = {0x00, 0x82, 0x00, key->reference, 0x11};
    struct rhc_answer answer;
    int code = challenge(random, RHC_CARD_ANSWER);

    if (code != RHC_OK)
        return code;
    memcpy(blocks, terminal_data, 8);
    code = rhc_sam_encipher(key, &factors, random, blocks, sizeof blocks, output);
    if (code != RHC_OK)
        return code;
    for (int i = 0; i < 8; i++)
        command[5 + i] = output[i] ^ output[8 + i];
    memcpy(command + 13, terminal_data, 8);
    command[21] = KEY_GROUP;
    return check(command, sizeof command, &answer, RHC_AUTHENTICATION);
}

static uint16_t opening_ef(const struct rhc_file *file)
{
    return file->opened_by ? file->opened_by : file->ef;
}

int rhc_card_open_to_read(const struct rhc_file *file)
{
    int code = select_chain(file->df, opening_ef(file));
    return code == RHC_OK && file->read ? authenticate(file->read, TERMINAL_DATA) : code;
}

int rhc_card_open_to_write(const struct rhc_file *file, const struct rhc_key *key)
{
    uint8_t first[8];
    int code = select_chain(file->df, opening_ef(file));

    /* Of the two challenges the first is data of the terminal, the second counts. spec: terminal_interface 6.3 */
    if (code == RHC_OK)
        code = challenge(first, RHC_CARD_ANSWER);
    return code == RHC_OK ? authenticate(key, first) : code;
}

int rhc_card_select_slot(const struct rhc_file *file, int slot)
{
    return select_file((uint16_t)(file->ef + slot - 1));
}

int rhc_card_read_record(uint8_t p1, uint8_t p2, uint8_t le, struct rhc_answer *answer)
{
    const uint8_t command[5] = {0x00, 0xB2, p1, p2, le};
    return exchange(command, sizeof command, answer);
}

int rhc_card_update_record(const struct rhc_file *file, uint8_t p1, uint8_t p2, const uint8_t *data, size_t length)
{
    uint8_t plain[1 + MOST_RECORD + 1], random[8];
    uint8_t command[5 + sizeof plain + RHC_MAC] = {0x04, 0xDC, p1, p2};
    struct rhc_answer answer;

    if (length > MOST_RECORD)
        return RHC_PARAMETER;
    plain[0] = (uint8_t)length;
    memcpy(plain + 1, data, length);
    size_t padded = rhc_pad(plain, 1 + length);
    command[4] = (uint8_t)(padded + RHC_MAC);
    int code = challenge(random, RHC_READ_RECORD);
    if (code == RHC_OK)
        code = rhc_sam_encipher(file->secure, &factors, random, plain, padded, command + 5);
    if (code == RHC_OK)
        code = rhc_sam_mac(file->secure, &factors, random, command, 5 + padded, command + 5 + padded);
    if (code == RHC_OK)
        code = check(command, 5 + padded + RHC_MAC, &answer, RHC_WRITE_RECORD);
    return code;
}

int rhc_card_mark(const struct rhc_file *file, uint8_t instruction, int record, int refused)
{
    uint8_t command[5 + RHC_MAC] = {0x84, instruction, (uint8_t)record, 0x04, RHC_MAC}, random[8];
    struct rhc_answer answer;
    int code = challenge(random, RHC_READ_RECORD);

    if (code == RHC_OK)
        code = rhc_sam_mac(file->secure, &factors, random, command, 5, command + 5);
    return code == RHC_OK ? check(command, sizeof command, &answer, refused) : code;
}

int rhc_card_read_binary(size_t offset, uint8_t *data, size_t length)
{
    for (size_t at = 0; at < length; at += BINARY_BLOCK) {
        size_t part = length - at < BINARY_BLOCK ? length - at : BINARY_BLOCK, place = offset + at;
        const uint8_t command[5] = {0x00, 0xB0, (uint8_t)(place >> 8), (uint8_t)place, (uint8_t)part};
        struct rhc_answer answer;
        int code = check(command, sizeof command, &answer, RHC_READ_BINARY);
        if (code != RHC_OK)
            return code;
        if (answer.length != part)
            return RHC_READ_BINARY;
        memcpy(data + at, answer.data, part);
    }
    return RHC_OK;
}

int rhc_card_write_binary(size_t offset, const uint8_t *data, size_t length)
{
    for (size_t at = 0; at < length; at += BINARY_BLOCK) {
        size_t part = length - at < BINARY_BLOCK ? length - at : BINARY_BLOCK, place = offset + at;
        uint8_t command[5 + BINARY_BLOCK] = {0x00, 0xD6, (uint8_t)(place >> 8), (uint8_t)place, (uint8_t)part};
        struct rhc_answer answer;
        memcpy(command + 5, data + at, part);
        int code = check(command, 5 + part, &answer, RHC_WRITE_BINARY);
        if (code != RHC_OK)
            return code;
    }
    return RHC_OK;
}
