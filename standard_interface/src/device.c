/* The device: port, power, own commands of the program, SAM. */
#include <string.h>

#include "card.h"
#include "port.h"
#include "rhc_standard_interface.h"
#include "sam.h"
#include "text.h"

#define MOST_INFO 190

/* The only device; programs keep this as their handle. */
static int device;

static int slot_of(int number, enum rhc_slot *slot)
{
    switch (number) {
    case RHC_SLOT_USER:
        *slot = RHC_USER;
        return RHC_OK;
    case RHC_SLOT_SAM:
    case 0x12: /* the large contact seat of the field's readers */
    case 3:
        *slot = RHC_SAM;
        return RHC_OK;
    default:
        return RHC_PARAMETER;
    }
}

int RHC_CALL iDOpenPort(void)
{
    return rhc_port_open();
}

int RHC_CALL iDClosePort(void)
{
    rhc_port_close();
    return RHC_OK;
}

RHC_HANDLE RHC_CALL OpenDevice(int port)
{
    char atr[RHC_SIZE_ATR] = "";

    (void)port;
    if (iDOpenPort() != RHC_OK)
        return NULL;
    if (PowerOn(&device, RHC_SLOT_USER, atr) != RHC_OK) {
        iDClosePort();
        return NULL;
    }
    return &device;
}

uint32_t RHC_CALL CloseDevice(RHC_HANDLE hDev)
{
    (void)hDev;
    return (uint32_t)iDClosePort();
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int power_on_user(char *ATR)
{
    static const uint8_t ATS_HEAD[5] = {0x0D, 0x78, 0x80, 0x70, 0x02}; /* spec: terminal_interface 2.1 */
    uint8_t ats[sizeof ATS_HEAD + 8];
    const char *city = strncmp(ATR, "YSDM", 4) == 0 ? ATR + 4 : NULL;

    if (city && !(is_digit(city[0]) && is_digit(city[1])))
        return RHC_PARAMETER;
    memcpy(ats, ATS_HEAD, sizeof ATS_HEAD);
    int code = rhc_card_power_on(city, ats + sizeof ATS_HEAD);
    if (code == RHC_OK)
        rhc_hex(ATR, ats, sizeof ats);
    return code;
}

static int power_on_sam(char *ATR)
{
    uint8_t atr[RHC_MAX_ATR];
    size_t length;
    int code = rhc_sam_power_on(atr, &length);

    if (code == RHC_OK)
        rhc_hex(ATR, atr, length);
    return code;
}

int RHC_CALL PowerOn(RHC_HANDLE hDev, int slot, char *ATR)
{
    enum rhc_slot which;

    (void)hDev;
    if (ATR == NULL || slot_of(slot, &which) != RHC_OK)
        return RHC_PARAMETER;
    return which == RHC_USER ? power_on_user(ATR) : power_on_sam(ATR);
}

int RHC_CALL PowerOff(RHC_HANDLE hDev, int slot)
{
    enum rhc_slot which;

    (void)hDev;
    if (slot_of(slot, &which) != RHC_OK)
        return RHC_PARAMETER;
    return rhc_port_power_off(which);
}

uint32_t RHC_CALL SendAPDU(RHC_HANDLE hDev, unsigned char bySlot, unsigned char *pbyC_Command, uint32_t byLen,
                           unsigned char *pbyR_Command, int *pnRes)
{
    struct rhc_answer answer;
    enum rhc_slot slot;

    (void)hDev;
    if (slot_of(bySlot, &slot) != RHC_OK || pbyC_Command == NULL || pbyR_Command == NULL || pnRes == NULL)
        return RHC_PARAMETER;
    if (byLen < 4 || byLen > RHC_MAX_COMMAND)
        return RHC_PARAMETER;
    int code = slot == RHC_USER ? rhc_port_exchange(slot, pbyC_Command, byLen, &answer)
                                : rhc_port_transmit(slot, pbyC_Command, byLen, &answer);
    if (code != RHC_OK)
        return (uint32_t)code;
    memcpy(pbyR_Command, answer.data, answer.length);
    pbyR_Command[answer.length] = (uint8_t)(answer.sw >> 8);
    pbyR_Command[answer.length + 1] = (uint8_t)answer.sw;
    *pnRes = (int)answer.length;
    return RHC_OK;
}

int RHC_CALL iVerifyPIN(RHC_HANDLE hDev, char *PIN)
{
    uint8_t tries;

    (void)hDev;
    return rhc_sam_verify(PIN, &tries);
}

int RHC_CALL VerifyPin(RHC_HANDLE hDev, char *szPin, unsigned char *pdwRetry)
{
    uint8_t tries;

    (void)hDev;
    int code = rhc_sam_verify(szPin, &tries);
    if (code != RHC_OK && pdwRetry)
        *pdwRetry = tries;
    return code;
}

int RHC_CALL iChange_Pin(int hDev, char *oldPin, char *newPin)
{
    (void)hDev;
    return rhc_sam_change_pin(oldPin, newPin);
}

static int sam_info(uint16_t directory, uint16_t file, size_t length, char *info)
{
    uint8_t data[MOST_INFO];

    if (info == NULL)
        return RHC_PARAMETER;
    int code = rhc_sam_read(directory, file, data, length);
    if (code == RHC_OK)
        rhc_hex(info, data, length);
    return code;
}

int RHC_CALL iReader_SAM_Public(int hDev, char *info)
{
    (void)hDev;
    return sam_info(0x3F00, 0x0015, 14, info);
}

int RHC_CALL iReader_SAM_Terminal(int hDev, char *info)
{
    (void)hDev;
    return sam_info(0x3F00, 0x0016, 6, info);
}

int RHC_CALL iReader_SAM_PublicApp(int hDev, char *info)
{
    (void)hDev;
    return sam_info(0xDF01, 0x001A, 25, info);
}

int RHC_CALL iReader_SAM_OrgCertificate(int hDev, char *info)
{
    (void)hDev;
    return sam_info(0xDF01, 0x001B, 180, info);
}

int RHC_CALL iReader_SAM_Certificate(int hDev, char *info)
{
    (void)hDev;
    return sam_info(0xDF01, 0x001C, 190, info);
}

uint32_t RHC_CALL SM3Digest(RHC_HANDLE hDev, unsigned char *pbData, unsigned int nDataLen, unsigned char *pbHash,
                            unsigned char *pbHashLen)
{
    (void)hDev;
    if (pbHash == NULL || (pbData == NULL && nDataLen > 0))
        return RHC_PARAMETER;
    int code = rhc_sam_hash(pbData, nDataLen, pbHash);
    if (code == RHC_OK && pbHashLen)
        *pbHashLen = RHC_DIGEST;
    return (uint32_t)code;
}

uint32_t RHC_CALL SM2SignHash(RHC_HANDLE hDev, unsigned char *pbData, unsigned char bLen, unsigned char *pbSignedData,
                              unsigned char *pbLength)
{
    (void)hDev;
    if (pbData == NULL || pbSignedData == NULL || bLen != RHC_DIGEST)
        return RHC_PARAMETER;
    int code = rhc_sam_sign(pbData, pbSignedData);
    if (code == RHC_OK && pbLength)
        *pbLength = RHC_SIGNATURE;
    return (uint32_t)code;
}
