#include "sam.h"

#include <string.h>

#include "rhc_standard_interface.h"

#define MOST_PIN 8     /* bytes; 16 digits */
#define HASH_PART 0xF0 /* whole blocks of SM3 but the last part */
#define MOST_CIPHER 224 /* bytes of input of one 80FA; spec: terminal_interface 8.4 */

static int send(const uint8_t *command, size_t length, struct rhc_answer *answer)
{
    return rhc_port_exchange(RHC_SAM, command, length, answer) == RHC_OK ? RHC_OK : RHC_SAM_ANSWER;
}

static int check(const uint8_t *command, size_t length, struct rhc_answer *answer)
{
    int code = send(command, length, answer);
    return code == RHC_OK && answer->sw == 0x9000 ? RHC_OK : RHC_SAM_ANSWER;
}

static int check_output(const uint8_t *command, size_t length, uint8_t *out, size_t due)
{
    struct rhc_answer answer;

    if (check(command, length, &answer) != RHC_OK || answer.length != due)
        return RHC_SAM_ANSWER;
    memcpy(out, answer.data, due);
    return RHC_OK;
}

/* SELECT; 61xx counts as success and is not fetched. spec: terminal_interface 8.2 */
static int select_file(uint16_t fid)
{
    const uint8_t command[7] = {0x00, 0xA4, 0x00, 0x00, 0x02, (uint8_t)(fid >> 8), (uint8_t)fid};
    struct rhc_answer answer;

    if (rhc_port_transmit(RHC_SAM, command, sizeof command, &answer) != RHC_OK)
        return RHC_SAM_ANSWER;
    return answer.sw == 0x9000 || answer.sw >> 8 == 0x61 ? RHC_OK : RHC_SAM_ANSWER;
}

static int reset(void)
{
    uint8_t atr[RHC_MAX_ATR];
    size_t length;

    return rhc_port_reset(RHC_SAM, atr, &length) == RHC_OK ? RHC_OK : RHC_SAM_ANSWER;
}

int rhc_sam_power_on(uint8_t atr[RHC_MAX_ATR], size_t *atr_length)
{
    if (rhc_port_reset(RHC_SAM, atr, atr_length) != RHC_OK)
        return RHC_SAM_ANSWER;
    return select_file(0xDF01);
}

/* Digits as packed BCD: 1234 is 12 34. Returns the bytes, 0 where the text is no PIN. */
static size_t pack_pin(const char *pin, uint8_t out[MOST_PIN])
{
    size_t digits = pin ? strlen(pin) : 0;

    if (digits < 4 || digits > 2 * MOST_PIN || digits % 2)
        return 0;
    memset(out, 0, MOST_PIN);
    for (size_t i = 0; i < digits; i++) {
        if (pin[i] < '0' || pin[i] > '9')
            return 0;
        out[i / 2] = (uint8_t)(out[i / 2] << 4 | (pin[i] - '0'));
    }
    return digits / 2;
}

int rhc_sam_verify(const char *pin, uint8_t *tries)
{
    uint8_t command[5 + MOST_PIN] = {0x00, 0x20, 0x00, 0x00};
    struct rhc_answer answer;
    size_t length = pack_pin(pin, command + 5);

    *tries = 0;
    if (length == 0)
        return RHC_PARAMETER;
    command[4] = (uint8_t)length;
    if (select_file(0x3F00) != RHC_OK)
        return RHC_SAM_ANSWER;
    int code = check(command, 5 + length, &answer);
    if ((answer.sw & 0xFFF0) == 0x63C0)
        *tries = answer.sw & 0x0F;
    return code == RHC_OK ? select_file(0xDF01) : code;
}

int rhc_sam_change_pin(const char *old_pin, const char *new_pin)
{
    uint8_t command[5 + 2 * MOST_PIN + 1] = {0x80, 0x5E, 0x01, 0x00}, packed[MOST_PIN];
    struct rhc_answer answer;
    size_t old_length = pack_pin(old_pin, command + 5), new_length = pack_pin(new_pin, packed);

    if (old_length == 0 || new_length == 0)
        return RHC_PARAMETER;
    command[4] = (uint8_t)(old_length + 1 + new_length);
    command[5 + old_length] = 0xFF;
    memcpy(command + 6 + old_length, packed, new_length);
    if (reset() != RHC_OK || select_file(0xDF01) != RHC_OK)
        return RHC_SAM_ANSWER;
    return check(command, 6 + old_length + new_length, &answer);
}

int rhc_sam_read(uint16_t directory, uint16_t file, uint8_t *data, size_t length)
{
    const uint8_t command[5] = {0x00, 0xB0, 0x00, 0x00, (uint8_t)length};

    if (reset() != RHC_OK || select_file(directory) != RHC_OK || select_file(file) != RHC_OK)
        return RHC_SAM_ANSWER;
    return check_output(command, sizeof command, data, length);
}

/* 80DE: the factors, then the challenge, which makes a session key of the card key. */
static int derive(const struct rhc_key *key, const struct rhc_factors *factors, const uint8_t challenge[8])
{
    uint8_t command[5 + 3 * RHC_FACTOR] = {0x80, 0xDE, key->p1, key->p2};
    struct rhc_answer answer;
    size_t length = 5;

    memcpy(command + length, factors->card, RHC_FACTOR);
    length += RHC_FACTOR;
    if (key->levels == 2) {
        memcpy(command + length, factors->city, RHC_FACTOR);
        length += RHC_FACTOR;
    }
    memcpy(command + length, challenge, 8);
    length += 8;
    command[4] = (uint8_t)(length - 5);
    return check(command, length, &answer);
}

static int cipher(uint8_t mode, const uint8_t *input, size_t length, uint8_t *out, size_t due)
{
    uint8_t command[5 + MOST_CIPHER] = {0x80, 0xFA, mode, 0x00, (uint8_t)length};

    if (length > MOST_CIPHER)
        return RHC_PARAMETER;
    memcpy(command + 5, input, length);
    return check_output(command, 5 + length, out, due);
}

int rhc_sam_encipher(const struct rhc_key *key, const struct rhc_factors *factors, const uint8_t challenge[8],
                     const uint8_t *blocks, size_t length, uint8_t *out)
{
    int code = derive(key, factors, challenge);
    return code == RHC_OK ? cipher(0x00, blocks, length, out, length) : code;
}

int rhc_sam_mac(const struct rhc_key *key, const struct rhc_factors *factors, const uint8_t challenge[8],
                const uint8_t *message, size_t length, uint8_t mac[RHC_MAC])
{
    uint8_t input[MOST_CIPHER] = {0}; /* begins with an IV of zeros; spec: terminal_interface 7.1 */

    if (length > MOST_CIPHER - RHC_BLOCK - 1) /* IV in front, at least 80 behind */
        return RHC_PARAMETER;
    memcpy(input + RHC_BLOCK, message, length);
    size_t padded = rhc_pad(input, RHC_BLOCK + length);
    int code = derive(key, factors, challenge);
    return code == RHC_OK ? cipher(0x05, input, padded, mac, RHC_MAC) : code;
}

size_t rhc_pad(uint8_t *data, size_t length)
{
    data[length++] = 0x80;
    while (length % RHC_BLOCK)
        data[length++] = 0x00;
    return length;
}

int rhc_sam_hash(const uint8_t *message, size_t length, uint8_t digest[RHC_DIGEST])
{
    uint8_t command[5 + HASH_PART] = {0x10, 0x2A, 0x90, 0x80, HASH_PART};
    struct rhc_answer answer;

    for (; length > HASH_PART; message += HASH_PART, length -= HASH_PART) {
        memcpy(command + 5, message, HASH_PART);
        if (check(command, sizeof command, &answer) != RHC_OK)
            return RHC_SAM_ANSWER;
    }
    command[0] = 0x00;
    command[4] = (uint8_t)length;
    if (length)
        memcpy(command + 5, message, length);
    return check_output(command, 5 + length, digest, RHC_DIGEST);
}

int rhc_sam_sign(const uint8_t digest[RHC_DIGEST], uint8_t signature[RHC_SIGNATURE])
{
    uint8_t command[5 + RHC_DIGEST] = {0x00, 0x2A, 0x9E, 0x9A, RHC_DIGEST};

    memcpy(command + 5, digest, RHC_DIGEST);
    return check_output(command, sizeof command, signature, RHC_SIGNATURE);
}
