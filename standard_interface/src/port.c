#include "port.h"

#include <string.h>

#include "readers.h"
#include "rhc_standard_interface.h"

#define PROTOCOLS (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)
/* A card that promises bytes for ever is not followed for ever. */
#define MOST_GET_RESPONSE 16

struct connection {
    SCARDHANDLE card;
    DWORD protocol;
    int connected;
};

static SCARDCONTEXT context;
static int open_;
static struct connection connections[RHC_SLOTS];

static int code_of(LONG status)
{
    switch ((uint32_t)status) {
    case (uint32_t)SCARD_S_SUCCESS:
        return RHC_OK;
    case (uint32_t)SCARD_E_NO_SMARTCARD:
    case (uint32_t)SCARD_W_REMOVED_CARD:
        return RHC_NO_CARD;
    case (uint32_t)SCARD_E_UNKNOWN_READER:
    case (uint32_t)SCARD_E_NO_SERVICE:
    case (uint32_t)SCARD_E_SERVICE_STOPPED:
    case (uint32_t)SCARD_E_READER_UNAVAILABLE:
        return RHC_NO_READER;
    case (uint32_t)SCARD_W_UNRESPONSIVE_CARD:
    case (uint32_t)SCARD_W_UNPOWERED_CARD:
    case (uint32_t)SCARD_W_UNSUPPORTED_CARD:
    case (uint32_t)SCARD_E_PROTO_MISMATCH:
        return RHC_NO_ANSWER;
    default:
        return RHC_DEVICE;
    }
}

static void let_go(enum rhc_slot slot, DWORD what)
{
    if (connections[slot].connected)
        SCardDisconnect(connections[slot].card, what);
    connections[slot].connected = 0;
}

int rhc_port_open(void)
{
    rhc_port_close();
    if (SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context) != SCARD_S_SUCCESS)
        return RHC_NO_READER;
    open_ = 1;
    return RHC_OK;
}

void rhc_port_close(void)
{
    for (int slot = 0; slot < RHC_SLOTS; slot++)
        let_go((enum rhc_slot)slot, SCARD_RESET_CARD);
    if (open_)
        SCardReleaseContext(context);
    open_ = 0;
}

int rhc_port_is_open(void)
{
    return open_;
}

int rhc_port_power_off(enum rhc_slot slot)
{
    let_go(slot, SCARD_UNPOWER_CARD);
    return RHC_OK;
}

static LONG connect_and_reset(enum rhc_slot slot, const char *reader)
{
    struct connection *its = &connections[slot];

    let_go(slot, SCARD_RESET_CARD);
    LONG status = SCardConnect(context, reader, SCARD_SHARE_SHARED, PROTOCOLS, &its->card, &its->protocol);
    if (status != SCARD_S_SUCCESS)
        return status;
    its->connected = 1;
    /* PC/SC keeps a card powered between programs: without a reset its old rights would still stand.
     * spec: pcsc.md fact 6 */
    return SCardReconnect(its->card, SCARD_SHARE_SHARED, PROTOCOLS, SCARD_RESET_CARD, &its->protocol);
}

int rhc_port_reset(enum rhc_slot slot, uint8_t atr[RHC_MAX_ATR], size_t *atr_length)
{
    char reader[RHC_MAX_READER];
    DWORD state = 0, protocol = 0, name_length = 0, length = RHC_MAX_ATR;

    if (!open_)
        return RHC_NO_READER;
    int code = rhc_reader_of(context, slot, reader);
    if (code != RHC_OK)
        return code;
    LONG status = connect_and_reset(slot, reader);
    if (status == SCARD_S_SUCCESS)
        status = SCardStatus(connections[slot].card, NULL, &name_length, &state, &protocol, atr, &length);
    if (status != SCARD_S_SUCCESS)
        let_go(slot, SCARD_LEAVE_CARD);
    *atr_length = status == SCARD_S_SUCCESS ? length : 0;
    return code_of(status);
}

int rhc_port_transmit(enum rhc_slot slot, const uint8_t *command, size_t length, struct rhc_answer *answer)
{
    const struct connection *its = &connections[slot];
    uint8_t response[RHC_MAX_RESPONSE];
    DWORD got = sizeof response;

    answer->length = 0;
    answer->sw = 0;
    if (!open_)
        return RHC_NO_READER;
    if (!its->connected)
        return RHC_NO_CARD;
    const SCARD_IO_REQUEST *header = its->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    LONG status = SCardTransmit(its->card, header, command, (DWORD)length, NULL, response, &got);
    if (status != SCARD_S_SUCCESS)
        return code_of(status);
    /* Power that goes away in mid-command looks like success with nothing in it. spec: pcsc.md fact 3 */
    if (got < 2)
        return RHC_NO_CARD;
    answer->length = got - 2;
    memcpy(answer->data, response, answer->length);
    answer->sw = (uint16_t)(response[got - 2] << 8 | response[got - 1]);
    return RHC_OK;
}

/* The command with another Le: of the cases 2 and 4 in short form, and of case 3, which gets one. */
static size_t with_le(uint8_t *out, const uint8_t *command, size_t length, uint8_t le)
{
    size_t without_le = length <= 5 ? 4 : 5u + command[4];

    if (without_le > length || without_le >= RHC_MAX_COMMAND)
        without_le = length;
    memcpy(out, command, without_le);
    out[without_le] = le;
    return without_le + 1;
}

int rhc_port_exchange(enum rhc_slot slot, const uint8_t *command, size_t length, struct rhc_answer *answer)
{
    int code = rhc_port_transmit(slot, command, length, answer);

    if (code == RHC_OK && answer->sw >> 8 == 0x6C && length >= 4 && length < RHC_MAX_COMMAND) {
        uint8_t again[RHC_MAX_COMMAND + 1];
        size_t size = with_le(again, command, length, (uint8_t)answer->sw);
        code = rhc_port_transmit(slot, again, size, answer);
    }
    for (int round = 0; code == RHC_OK && answer->sw >> 8 == 0x61 && round < MOST_GET_RESPONSE; round++) {
        const uint8_t get_response[5] = {0x00, 0xC0, 0x00, 0x00, (uint8_t)answer->sw};
        struct rhc_answer more;
        code = rhc_port_transmit(slot, get_response, sizeof get_response, &more);
        if (code != RHC_OK)
            return code;
        if (more.length > RHC_MAX_DATA - answer->length)
            return RHC_DEVICE;
        memcpy(answer->data + answer->length, more.data, more.length);
        answer->length += more.length;
        answer->sw = more.sw;
    }
    return code;
}
