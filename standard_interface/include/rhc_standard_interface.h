/*
 * The standard interface of terminals for the Residents' Health Card (居民健康卡), over PC/SC.
 *
 * Programs of the field are written for a driver with these functions; they run against the simulator, or against
 * any PC/SC readers, by loading this library instead. It holds no key and no cipher: the SAM computes.
 *
 * Fact: names, order of parameters, order of steps towards card and SAM, return codes, forms of texts; they are what
 * the programs of the field and their declarations show. Our reading: buffer sizes, what is refused with 101, and
 * every function marked [reading].
 *
 * Texts end with 00. Forms by the coding of the item:
 *   AN  GBK as it stands on the card, cut at the first 00
 *   CN  digits, cut at the first F; amounts with a point before the last two digits: 12.50
 *   B   two hex digits a byte: sex 01, flag 00 or 01, certificates 360 digits
 * To write: AN up to the length of the item in bytes; CN digits, an amount with or without its point (without one the
 * last two digits are decimals); B hex, one digit stands for a byte 0d, a short certificate is filled with 00.
 *
 * Parameters that are read into need RHC_SIZE_... bytes of `rhc_standard_sizes.h`, named like the parameter; NULL
 * leaves an item out. Parameters to write: NULL or "" leaves the item on the card as it is.
 *
 * There is one device for the whole process. hDev is taken and not looked at: programs that begin with iDOpenPort
 * have none and pass 0. Calls of two threads at a time must be kept apart by the program.
 *
 * Readers: the environment variables RHC_READER and RHC_SAM_READER name them, wholly or in part. Without them the
 * user card is in a reader with "contactless" in its name, and the SAM in another one that holds a card, first of all
 * one with "SAM" in its name.
 */
#ifndef RHC_STANDARD_INTERFACE_H
#define RHC_STANDARD_INTERFACE_H

#include <stdint.h>

#include "rhc_standard_sizes.h"

#if defined(_WIN32)
#define RHC_CALL __stdcall
#if defined(RHC_BUILDING)
#define RHC_API __declspec(dllexport)
#else
#define RHC_API __declspec(dllimport)
#endif
#else
#define RHC_CALL
#define RHC_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef void *RHC_HANDLE; /* HANDLE of Windows */

/* Return codes. */
enum {
    RHC_OK = 0,
    RHC_NO_READER = 1,    /* no PC/SC service, no fitting reader, or the port is not open */
    RHC_NO_CARD = 2,      /* the reader is empty, or the card was taken out */
    RHC_NO_ANSWER = 4,    /* a card that does not answer, or no health card: no eight historical bytes */
    RHC_DEVICE = 5,       /* every other fault of PC/SC, among them a reset by another program */
    RHC_PARAMETER = 101,  /* index, length, or a text that the item does not take */
    RHC_NO_FILE = 102,    /* SELECT refused */
    RHC_READ_RECORD = 103,
    RHC_CARD_ANSWER = 104, /* GET CHALLENGE refused */
    RHC_SAM_ANSWER = 105,  /* any step of the SAM, also when it is not there */
    RHC_AUTHENTICATION = 106,
    RHC_READ_BINARY = 107,
    RHC_WRITE_RECORD = 108,
    RHC_WRITE_BINARY = 109,
    RHC_SET_VALID = 110,
    RHC_ERASE = 111,
    RHC_INVALID_RECORD = 112, /* declared by the field, never returned there nor here */
    RHC_PHOTO = 113           /* length of the photo: N + 2 over 3072 */
};

/* Slots. 3 and 0x12 are other numbers of the field for the SAM and are taken as 0x11. */
enum { RHC_SLOT_USER = 0x01, RHC_SLOT_SAM = 0x11 };

/* nStyle: the form of szData in the functions on parts of visit records. */
enum {
    RHC_STYLE_NONE = 0x00, /* hex */
    RHC_STYLE_AN = 0x01,   /* bytes as they stand on the card */
    RHC_STYLE_CN = 0x0F,   /* digits */
    RHC_STYLE_B = 0xFF     /* hex */
};

/* Smallest buffers. */
#define RHC_SIZE_ATR 67       /* ATR of PowerOn: hex of 33 bytes and 00 */
#define RHC_SIZE_SAM_PUBLIC 29
#define RHC_SIZE_SAM_TERMINAL 13
#define RHC_SIZE_SAM_PUBLIC_APP 51
#define RHC_SIZE_SAM_ORG_CERTIFICATE 361
#define RHC_SIZE_SAM_CERTIFICATE 381
#define RHC_SIZE_RESPONSE 258 /* SendAPDU: 256 bytes and the status word */
#define RHC_SIZE_DIGEST 32
#define RHC_SIZE_SIGNATURE 64

/* --- device ---------------------------------------------------------------------------------------------- */

/* Connect to the PC/SC service; a second call without iDClosePort begins anew. */
RHC_API int RHC_CALL iDOpenPort(void);

/* Let cards and service go. The cards are reset, so that no right outlives the program. */
RHC_API int RHC_CALL iDClosePort(void);

/* iDOpenPort and PowerOn of the user card. `port` is not looked at. Returns NULL where one of them fails. */
RHC_API RHC_HANDLE RHC_CALL OpenDevice(int port);
RHC_API uint32_t RHC_CALL CloseDevice(RHC_HANDLE hDev);

/*
 * Reset a card. Needed once for each of the two before anything else, and again after a card was changed.
 *
 * User card: finds the factors of the card's keys. ATR receives the answer to reset as hex, in the form of an ATS
 * (0D78807002 and eight historical bytes), as the readers of the field deliver it: digits 10 to 25 are the card
 * number. Going in, ATR may hold "YSDM" and the digits of a city code, which is then used instead of the card's; the
 * buffer must be set in any case.
 * SAM: selects its application; ATR receives the ATR as it came. A PIN that was verified before is forgotten.
 */
RHC_API int RHC_CALL PowerOn(RHC_HANDLE hDev, int slot, char *ATR);

/* [reading] Power a card down; PowerOn brings it back. */
RHC_API int RHC_CALL PowerOff(RHC_HANDLE hDev, int slot);

/*
 * Exchange one command, bytes in and bytes out. pbyR_Command receives the data and behind it the two bytes of the
 * status word; *pnRes is the number of data bytes, the status word NOT counted. What a contact user card announces by
 * 61xx is fetched; the SAM's 61xx is passed on.
 */
RHC_API uint32_t RHC_CALL SendAPDU(RHC_HANDLE hDev, unsigned char bySlot, unsigned char *pbyC_Command, uint32_t byLen,
                                   unsigned char *pbyR_Command, int *pnRes);

/* --- SAM ------------------------------------------------------------------------------------------------- */

/* Verify the PIN of the SAM: 4 to 16 digits, an even number of them. */
RHC_API int RHC_CALL iVerifyPIN(RHC_HANDLE hDev, char *PIN);

/* The same; *pdwRetry receives the tries left after a wrong PIN, 0 where it is blocked. NULL leaves it out. */
RHC_API int RHC_CALL VerifyPin(RHC_HANDLE hDev, char *szPin, unsigned char *pdwRetry);

/* Change the PIN. The SAM is reset: verify the new PIN afterwards. */
RHC_API int RHC_CALL iChange_Pin(int hDev, char *oldPin, char *newPin);

/* Information files of the SAM as hex. Each resets the SAM, and the PIN must be verified anew. */
RHC_API int RHC_CALL iReader_SAM_Public(int hDev, char *info);
RHC_API int RHC_CALL iReader_SAM_Terminal(int hDev, char *info);
RHC_API int RHC_CALL iReader_SAM_PublicApp(int hDev, char *info);
RHC_API int RHC_CALL iReader_SAM_OrgCertificate(int hDev, char *info);
RHC_API int RHC_CALL iReader_SAM_Certificate(int hDev, char *info);

/* SM3 of nDataLen bytes, computed by the SAM: 32 bytes; *pbHashLen receives 32. */
RHC_API uint32_t RHC_CALL SM3Digest(RHC_HANDLE hDev, unsigned char *pbData, unsigned int nDataLen,
                                    unsigned char *pbHash, unsigned char *pbHashLen);

/* SM2 signature, r and s, 64 bytes, over a digest of bLen = 32 bytes; needs the PIN. 105 without a key pair. */
RHC_API uint32_t RHC_CALL SM2SignHash(RHC_HANDLE hDev, unsigned char *pbData, unsigned char bLen,
                                      unsigned char *pbSignedData, unsigned char *pbLength);

/* --- records --------------------------------------------------------------------------------------------- */

/* A record that the card does not give is read as an empty text (the field leaves the variable alone), and the
 * function still returns 0; only DDF1/EF08, DF03/EF05 and DF03/EF06 return 103. Writing stops at the first fault.
 * DDF1/EF05 and EF06 are written while a card is issued; later the card refuses with 108. */

RHC_API int RHC_CALL iR_DDF1EF05Info(RHC_HANDLE hDev, char *KLB, char *GFBB, char *FKJGMC, char *FKJGDM, char *FKJGZS,
                                     char *FKSJ, char *KH, char *AQM, char *XPXLH, char *YYCSDM);
RHC_API int RHC_CALL iW_DDF1EF05Info(RHC_HANDLE hDev, char *KLB, char *GFBB, char *FKJGMC, char *FKJGDM, char *FKJGZS,
                                     char *FKSJ, char *KH, char *AQM, char *XPXLH, char *YYCSDM);
RHC_API int RHC_CALL iR_DDF1EF06Info(RHC_HANDLE hDev, char *XM, char *XB, char *MZ, char *CSRQ, char *SFZH);
RHC_API int RHC_CALL iW_DDF1EF06Info(RHC_HANDLE hDev, char *XM, char *XB, char *MZ, char *CSRQ, char *SFZH);
RHC_API int RHC_CALL iR_DDF1EF08Info(RHC_HANDLE hDev, char *KYXQ, char *BRDH1, char *BRDH2, char *YLFYZFFS1,
                                     char *YLFYZFFS2, char *YLFYZFFS3);
RHC_API int RHC_CALL iW_DDF1EF08Info(RHC_HANDLE hDev, char *KYXQ, char *BRDH1, char *BRDH2, char *YLFYZFFS1,
                                     char *YLFYZFFS2, char *YLFYZFFS3);
RHC_API int RHC_CALL iR_DF01EF05Info(RHC_HANDLE hDev, char *DZLB1, char *DZ1, char *DZLB2, char *DZ2);
RHC_API int RHC_CALL iW_DF01EF05Info(RHC_HANDLE hDev, char *DZLB1, char *DZ1, char *DZLB2, char *DZ2);
RHC_API int RHC_CALL iR_DF01EF06Info(RHC_HANDLE hDev, char *LXRXM1, char *LXRGX1, char *LXRDH1, char *LXRXM2,
                                     char *LXRGX2, char *LXRDH2, char *LXRXM3, char *LXRGX3, char *LXRDH3);
RHC_API int RHC_CALL iW_DF01EF06Info(RHC_HANDLE hDev, char *LXRXM1, char *LXRGX1, char *LXRDH1, char *LXRXM2,
                                     char *LXRGX2, char *LXRDH2, char *LXRXM3, char *LXRGX3, char *LXRDH3);
RHC_API int RHC_CALL iR_DF01EF07Info(RHC_HANDLE hDev, char *WHCD, char *HYZK, char *ZY);
RHC_API int RHC_CALL iW_DF01EF07Info(RHC_HANDLE hDev, char *WHCD, char *HYZK, char *ZY);
RHC_API int RHC_CALL iR_DF01EF08Info(RHC_HANDLE hDev, char *ZJLB, char *ZJHM, char *JKDAH, char *XNHZH);
RHC_API int RHC_CALL iW_DF01EF08Info(RHC_HANDLE hDev, char *ZJLB, char *ZJHM, char *JKDAH, char *XNHZH);
RHC_API int RHC_CALL iR_DF02EF05Info(RHC_HANDLE hDev, char *ABOXX, char *RHXX, char *XCBZ, char *XZBBZ, char *XNXGBBZ,
                                     char *DXBBZ, char *NXWLBZ, char *TNBBZ, char *QGYBZ, char *TXBZ, char *QGYZBZ,
                                     char *QGQSBZ, char *KZXYZBZ, char *XZQBQBZ, char *QTYXJSMC);
RHC_API int RHC_CALL iW_DF02EF05Info(RHC_HANDLE hDev, char *ABOXX, char *RHXX, char *XCBZ, char *XZBBZ, char *XNXGBBZ,
                                     char *DXBBZ, char *NXWLBZ, char *TNBBZ, char *QGYBZ, char *TXBZ, char *QGYZBZ,
                                     char *QGQSBZ, char *KZXYZBZ, char *XZQBQBZ, char *QTYXJSMC);
RHC_API int RHC_CALL iR_DF02EF06Info(RHC_HANDLE hDev, char *JSBBZ);
RHC_API int RHC_CALL iW_DF02EF06Info(RHC_HANDLE hDev, char *JSBBZ);

/* Allergies, nRecorderNo 1 to 3, and immunisations, 1 to 10; 1 is the newest. What is written becomes number 1, an
 * item without text is empty, and the oldest record drops out. */
RHC_API int RHC_CALL iR_DF02EF07Info(RHC_HANDLE hDev, int nRecorderNo, char *GMWZMC, char *GMFY);
RHC_API int RHC_CALL iW_DF02EF07Info(RHC_HANDLE hDev, char *GMWZMC, char *GMFY);
RHC_API int RHC_CALL iR_DF02EF08Info(RHC_HANDLE hDev, int nRecorderNo, char *MYJZMC, char *MYJZSJ);
RHC_API int RHC_CALL iW_DF02EF08Info(RHC_HANDLE hDev, char *MYJZMC, char *MYJZSJ);

/* --- single items by number ------------------------------------------------------------------------------ */

/*
 * What is asked for: wItemFlag is the number of the item in the standard, 1 to 384 (signatures and certificates of
 * visit records left out), wID the record of a cyclic file or flag (58 to 63) or the slot of a visit record (64 and
 * up), from 1; other items do not look at it. pValue is a text in the forms above; reading needs the RHC_SIZE_...
 * bytes of the item, and wValueLen must not be less than the length of the item. pdwErrCode is never written.
 *
 * Programs of the field have this structure in two forms, with and without wID and pdwErrCode. The other members lie
 * at the same places in both: one item, of the first 57, may be asked for in either form, several items in this one
 * only.
 */
typedef struct {
    uint16_t wItemFlag;
    uint16_t wID;
    void *pValue;
    uint16_t wValueLen;
    uint32_t *pdwErrCode;
} RHC_ITEMSELECT;

/* Read nItem items. What the card refuses to read leaves its text as it is, and 0 comes back. */
RHC_API uint32_t RHC_CALL wsc_GetCardInfo(RHC_HANDLE hCard, void *pvSelect, int nItem);

/* Write nItem items, "" as an empty one; a flag (62, 63) as one byte, whatever the card answers. [reading] All texts
 * are looked at before the card is touched; an item of an entry (58 to 61) is 101, for it has no record of its own. */
RHC_API uint32_t RHC_CALL wsc_PutCardInfo(RHC_HANDLE hCard, void *pvSelect, int nItem);

/* --- photo ----------------------------------------------------------------------------------------------- */

/* Two bytes of length, big-endian, then the JPEG: up to RHC_SIZE_PHOTO bytes. 113 above 3070 bytes of JPEG. */
RHC_API int RHC_CALL iR_DDF1EF07Info(RHC_HANDLE hDev, unsigned char *ZHAOPIAN);
RHC_API int RHC_CALL iW_DDF1EF07Info(RHC_HANDLE hDev, unsigned char *ZHAOPIAN);

/* --- visit records --------------------------------------------------------------------------------------- */

/* Flags of the three inpatient and five outpatient records as hex: 00 valid, FF not. RHC_SIZE_FLAG bytes each. */
RHC_API int RHC_CALL iR_DF03EF05Info(RHC_HANDLE hDev, char *ZYJLBS1, char *ZYJLBS2, char *ZYJLBS3);
RHC_API int RHC_CALL iR_DF03EF06Info(RHC_HANDLE hDev, char *MZJLBS1, char *MZJLBS2, char *MZJLBS3, char *MZJLBS4,
                                     char *MZJLBS5);

/* Set a flag valid, or erase it; nRecorderNo counts from 1. */
RHC_API int RHC_CALL iW_DF03EF05Info(RHC_HANDLE hDev, int nRecorderNo);
RHC_API int RHC_CALL iW_DF03EF06Info(RHC_HANDLE hDev, int nRecorderNo);
RHC_API int RHC_CALL iErase_DF03EF05Info(RHC_HANDLE hDev, int nRecorderNo);
RHC_API int RHC_CALL iErase_DF03EF06Info(RHC_HANDLE hDev, int nRecorderNo);

/*
 * A part of the data of an inpatient (EE, RHC_EE_DATA bytes) or outpatient record (ED, RHC_ED_DATA bytes): nLen bytes
 * from nPos. The flag is not asked. Reading needs 2 * nLen + 2 bytes in szData, with RHC_STYLE_AN nLen + 1.
 * Writing: RHC_STYLE_NONE wants exactly 2 * nLen hex digits; RHC_STYLE_CN fills with F, RHC_STYLE_B with FF.
 * RHC_STYLE_AN takes the text up to its 00 where nPos and nLen are those of one AN item, else nLen bytes as they are.
 */
RHC_API int RHC_CALL iR_DF03EEInfo(RHC_HANDLE hDev, int nRecorderNo, char *szData, int nPos, int nLen, int nStyle);
RHC_API int RHC_CALL iW_DF03EEInfo(RHC_HANDLE hDev, int nRecorderNo, char *szData, int nPos, int nLen, int nStyle);
RHC_API int RHC_CALL iR_DF03EDInfo(RHC_HANDLE hDev, int nRecorderNo, char *szData, int nPos, int nLen, int nStyle);
RHC_API int RHC_CALL iW_DF03EDInfo(RHC_HANDLE hDev, int nRecorderNo, char *szData, int nPos, int nLen, int nStyle);

/*
 * All items of a record in their order with '|' between them: RHC_SIZE_EE_ALL and RHC_SIZE_ED_ALL bytes. A '|' inside
 * a GBK character does not divide. To write, items at the end may be left out; what is left out or empty is written
 * empty. Signature and certificate behind the data are not touched.
 */
RHC_API int RHC_CALL iR_DF03EE_ALLInfo(RHC_HANDLE hDev, int nRecorderNo, char *szData);
RHC_API int RHC_CALL iW_DF03EE_ALLInfo(RHC_HANDLE hDev, int nRecorderNo, char *szData);
RHC_API int RHC_CALL iR_DF03ED_ALLInfo(RHC_HANDLE hDev, int nRecorderNo, char *szData);
RHC_API int RHC_CALL iW_DF03ED_ALLInfo(RHC_HANDLE hDev, int nRecorderNo, char *szData);

/* The record that a new visit should take: the first one not valid, else the one with the oldest date of admission
 * (then of discharge) or of the visit. -1 on every fault. */
RHC_API int RHC_CALL iReader_GetLastEEIndex(RHC_HANDLE hDev);
RHC_API int RHC_CALL iReader_GetLastEDIndex(RHC_HANDLE hDev);

#ifdef __cplusplus
}
#endif

#endif
