/*
 * A program as the field writes it, over the standard interface: reads every file of a card, changes every file that
 * an issued card lets it change, reads again. Prints lines of NAME=value, texts in GBK.
 *
 *   program read            everything once
 *   program write           everything, changes, everything again behind "---"
 *   program faults          return codes of what must fail
 *   program items           single items by number: reads, writes, reads again, return codes
 *   program issue           the two files that a card takes while it is issued, then everything
 *   program removed         powers both cards, says ready, goes on when a line comes in
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rhc_standard_interface.h"

#define SHOW(name) printf("%s%s=%s\n", prefix, #name, name)

static RHC_HANDLE hDev;
static const char *prefix = "";

static void must(int code, const char *what)
{
    if (code != RHC_OK) {
        printf("%s failed with %d\n", what, code);
        exit(1);
    }
}
#define MUST(call) must((int)(call), #call)

static void show_code(const char *name, int code)
{
    printf("%s=%d\n", name, code);
}

static void power_on(void)
{
    char ATR[RHC_SIZE_ATR] = "";

    MUST(PowerOn(hDev, RHC_SLOT_USER, ATR));
    SHOW(ATR);
    ATR[0] = '\0';
    MUST(PowerOn(hDev, RHC_SLOT_SAM, ATR));
    MUST(iVerifyPIN(hDev, "123456"));
}

static void read_sam(void)
{
    char PUBLIC[RHC_SIZE_SAM_PUBLIC], TERMINAL[RHC_SIZE_SAM_TERMINAL], APP[RHC_SIZE_SAM_PUBLIC_APP];
    char ORG[RHC_SIZE_SAM_ORG_CERTIFICATE], CERTIFICATE[RHC_SIZE_SAM_CERTIFICATE];

    MUST(iReader_SAM_Public(0, PUBLIC));
    MUST(iReader_SAM_Terminal(0, TERMINAL));
    MUST(iReader_SAM_PublicApp(0, APP));
    MUST(iReader_SAM_OrgCertificate(0, ORG));
    MUST(iReader_SAM_Certificate(0, CERTIFICATE));
    SHOW(PUBLIC);
    SHOW(TERMINAL);
    SHOW(APP);
    SHOW(ORG);
    SHOW(CERTIFICATE);
}

static void digest_and_sign(void)
{
    unsigned char abc[] = {'a', 'b', 'c'}, many[1000] = {0}, length;
    unsigned char hash[RHC_SIZE_DIGEST], signature[RHC_SIZE_SIGNATURE];

    MUST(SM3Digest(hDev, abc, sizeof abc, hash, &length));
    printf("SM3=");
    for (int i = 0; i < length; i++)
        printf("%02X", hash[i]);
    printf("\n");
    MUST(SM3Digest(hDev, many, sizeof many, hash, &length));
    show_code("SIGN", (int)SM2SignHash(hDev, hash, sizeof hash, signature, &length));
}

static void read_ddf1(void)
{
    char KLB[RHC_SIZE_KLB], GFBB[RHC_SIZE_GFBB], FKJGMC[RHC_SIZE_FKJGMC], FKJGDM[RHC_SIZE_FKJGDM];
    char FKJGZS[RHC_SIZE_FKJGZS], FKSJ[RHC_SIZE_FKSJ], KH[RHC_SIZE_KH], AQM[RHC_SIZE_AQM], XPXLH[RHC_SIZE_XPXLH];
    char YYCSDM[RHC_SIZE_YYCSDM], XM[RHC_SIZE_XM], XB[RHC_SIZE_XB], MZ[RHC_SIZE_MZ], CSRQ[RHC_SIZE_CSRQ];
    char SFZH[RHC_SIZE_SFZH], KYXQ[RHC_SIZE_KYXQ], BRDH1[RHC_SIZE_BRDH1], BRDH2[RHC_SIZE_BRDH2];
    char YLFYZFFS1[RHC_SIZE_YLFYZFFS1], YLFYZFFS2[RHC_SIZE_YLFYZFFS2], YLFYZFFS3[RHC_SIZE_YLFYZFFS3];
    static unsigned char photo[RHC_SIZE_PHOTO];

    MUST(iR_DDF1EF05Info(hDev, KLB, GFBB, FKJGMC, FKJGDM, FKJGZS, FKSJ, KH, AQM, XPXLH, YYCSDM));
    MUST(iR_DDF1EF06Info(hDev, XM, XB, MZ, CSRQ, SFZH));
    MUST(iR_DDF1EF07Info(hDev, photo));
    MUST(iR_DDF1EF08Info(hDev, KYXQ, BRDH1, BRDH2, YLFYZFFS1, YLFYZFFS2, YLFYZFFS3));
    SHOW(KLB), SHOW(GFBB), SHOW(FKJGMC), SHOW(FKJGDM), SHOW(FKJGZS), SHOW(FKSJ), SHOW(KH), SHOW(AQM), SHOW(XPXLH);
    SHOW(YYCSDM), SHOW(XM), SHOW(XB), SHOW(MZ), SHOW(CSRQ), SHOW(SFZH), SHOW(KYXQ), SHOW(BRDH1), SHOW(BRDH2);
    SHOW(YLFYZFFS1), SHOW(YLFYZFFS2), SHOW(YLFYZFFS3);
    printf("PHOTO=");
    for (int i = 0; i < (photo[0] << 8 | photo[1]); i++)
        printf("%02X", photo[2 + i]);
    printf("\n");
}

static void read_df01(void)
{
    char DZLB1[RHC_SIZE_DZLB1], DZ1[RHC_SIZE_DZ1], DZLB2[RHC_SIZE_DZLB2], DZ2[RHC_SIZE_DZ2], LXRXM1[RHC_SIZE_LXRXM1];
    char LXRGX1[RHC_SIZE_LXRGX1], LXRDH1[RHC_SIZE_LXRDH1], LXRXM2[RHC_SIZE_LXRXM2], LXRGX2[RHC_SIZE_LXRGX2];
    char LXRDH2[RHC_SIZE_LXRDH2], LXRXM3[RHC_SIZE_LXRXM3], LXRGX3[RHC_SIZE_LXRGX3], LXRDH3[RHC_SIZE_LXRDH3];
    char WHCD[RHC_SIZE_WHCD], HYZK[RHC_SIZE_HYZK], ZY[RHC_SIZE_ZY], ZJLB[RHC_SIZE_ZJLB], ZJHM[RHC_SIZE_ZJHM];
    char JKDAH[RHC_SIZE_JKDAH], XNHZH[RHC_SIZE_XNHZH];

    MUST(iR_DF01EF05Info(hDev, DZLB1, DZ1, DZLB2, DZ2));
    MUST(iR_DF01EF06Info(hDev, LXRXM1, LXRGX1, LXRDH1, LXRXM2, LXRGX2, LXRDH2, LXRXM3, LXRGX3, LXRDH3));
    MUST(iR_DF01EF07Info(hDev, WHCD, HYZK, ZY));
    MUST(iR_DF01EF08Info(hDev, ZJLB, ZJHM, JKDAH, XNHZH));
    SHOW(DZLB1), SHOW(DZ1), SHOW(DZLB2), SHOW(DZ2), SHOW(LXRXM1), SHOW(LXRGX1), SHOW(LXRDH1), SHOW(LXRXM2);
    SHOW(LXRGX2), SHOW(LXRDH2), SHOW(LXRXM3), SHOW(LXRGX3), SHOW(LXRDH3), SHOW(WHCD), SHOW(HYZK), SHOW(ZY);
    SHOW(ZJLB), SHOW(ZJHM), SHOW(JKDAH), SHOW(XNHZH);
}

static void read_df02(void)
{
    char ABOXX[3], RHXX[3], XCBZ[3], XZBBZ[3], XNXGBBZ[3], DXBBZ[3], NXWLBZ[3], TNBBZ[3], QGYBZ[3], TXBZ[3];
    char QGYZBZ[3], QGQSBZ[3], KZXYZBZ[3], XZQBQBZ[3], QTYXJSMC[RHC_SIZE_QTYXJSMC], JSBBZ[3], GMWZMC[RHC_SIZE_GMWZMC];
    char GMFY[RHC_SIZE_GMFY], MYJZMC[RHC_SIZE_MYJZMC], MYJZSJ[RHC_SIZE_MYJZSJ];

    MUST(iR_DF02EF05Info(hDev, ABOXX, RHXX, XCBZ, XZBBZ, XNXGBBZ, DXBBZ, NXWLBZ, TNBBZ, QGYBZ, TXBZ, QGYZBZ, QGQSBZ,
                         KZXYZBZ, XZQBQBZ, QTYXJSMC));
    MUST(iR_DF02EF06Info(hDev, JSBBZ));
    SHOW(ABOXX), SHOW(RHXX), SHOW(XCBZ), SHOW(XZBBZ), SHOW(XNXGBBZ), SHOW(DXBBZ), SHOW(NXWLBZ), SHOW(TNBBZ);
    SHOW(QGYBZ), SHOW(TXBZ), SHOW(QGYZBZ), SHOW(QGQSBZ), SHOW(KZXYZBZ), SHOW(XZQBQBZ), SHOW(QTYXJSMC), SHOW(JSBBZ);
    for (int i = 1; i <= 3; i++) {
        MUST(iR_DF02EF07Info(hDev, i, GMWZMC, GMFY));
        printf("GM%d=%s|%s\n", i, GMWZMC, GMFY);
    }
    for (int i = 1; i <= 10; i++) {
        MUST(iR_DF02EF08Info(hDev, i, MYJZMC, MYJZSJ));
        printf("MY%d=%s|%s\n", i, MYJZMC, MYJZSJ);
    }
}

static void read_df03(void)
{
    char flag[5][RHC_SIZE_FLAG], list[RHC_SIZE_ED_ALL];

    MUST(iR_DF03EF05Info(hDev, flag[0], flag[1], flag[2]));
    printf("ZYBS=%s%s%s\n", flag[0], flag[1], flag[2]);
    MUST(iR_DF03EF06Info(hDev, flag[0], flag[1], flag[2], flag[3], flag[4]));
    printf("MZBS=%s%s%s%s%s\n", flag[0], flag[1], flag[2], flag[3], flag[4]);
    for (int i = 1; i <= 3; i++) {
        MUST(iR_DF03EE_ALLInfo(hDev, i, list));
        printf("EE%d=%s\n", i, list);
    }
    for (int i = 1; i <= 5; i++) {
        MUST(iR_DF03ED_ALLInfo(hDev, i, list));
        printf("ED%d=%s\n", i, list);
    }
    show_code("LASTEE", iReader_GetLastEEIndex(hDev));
    show_code("LASTED", iReader_GetLastEDIndex(hDev));
}

static void read_all(void)
{
    read_ddf1();
    read_df01();
    read_df02();
    read_df03();
}

static void write_records(void)
{
    unsigned char photo[2 + 0x17E] = {0x01, 0x7E, 0xFF, 0xD8}; /* three whole blocks, no rest */

    MUST(iW_DDF1EF07Info(hDev, photo));
    MUST(iW_DDF1EF08Info(hDev, NULL, "19900000077", "", "2", NULL, "7"));
    MUST(iW_DF01EF05Info(hDev, "2", "\xB2\xE2\xCA\xD4\xC2\xB7" "1", NULL, NULL));
    MUST(iW_DF01EF06Info(hDev, NULL, NULL, NULL, "\xB2\xE2\xCA\xD4", "2", "19900000078", NULL, NULL, NULL));
    MUST(iW_DF01EF07Info(hDev, "3", NULL, NULL));
    MUST(iW_DF01EF08Info(hDev, NULL, NULL, "JK0001", "XN0001"));
    MUST(iW_DF02EF05Info(hDev, "02", "2", "1", "01", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                         "\xB2\xE2\xCA\xD4"));
    MUST(iW_DF02EF06Info(hDev, "01"));
    MUST(iW_DF02EF07Info(hDev, "\xB2\xE2\xCA\xD4", NULL));
    MUST(iW_DF02EF08Info(hDev, "\xB2\xE2\xCA\xD4", "20240102"));
}

static void issue(void)
{
    MUST(iW_DDF1EF05Info(hDev, "1", "0002", "\xB2\xE2\xCA\xD4", "11000000001", "0102", "20240101", "11010119000307109X",
                         "123", "0000000001", NULL));
    MUST(iW_DDF1EF06Info(hDev, "\xB2\xE2\xCA\xD4", "2", "01", "19000307", "11010119000307109X"));
}

static void write_visits(void)
{
    char text[2 * 128 + 2];

    for (int i = 1; i <= 3; i++)
        MUST(iErase_DF03EF05Info(hDev, i));
    for (int i = 1; i <= 5; i++)
        MUST(iErase_DF03EF06Info(hDev, i));
    /* E3 7C is one character of GBK whose second byte looks like a '|' */
    MUST(iW_DF03EE_ALLInfo(hDev, 1, "\xB2\xE2\xCA\xD4\xE3\x7C|ORG1|20240105|1"));
    MUST(iW_DF03EE_ALLInfo(hDev, 2, "\xB2\xE2\xCA\xD4|ORG2|20230105|1"));
    MUST(iW_DF03EE_ALLInfo(hDev, 3, "\xB2\xE2\xCA\xD4|ORG3|20230106|1"));
    MUST(iW_DF03EEInfo(hDev, 1, "12.5", 1090, 5, RHC_STYLE_CN));
    MUST(iR_DF03EEInfo(hDev, 1, text, 1090, 5, RHC_STYLE_CN));
    printf("FEE=%s\n", text);
    MUST(iR_DF03EEInfo(hDev, 1, text, 1090, 5, RHC_STYLE_NONE));
    printf("FEEHEX=%s\n", text);
    /* a whole block: what MHC follows with an empty command */
    MUST(iR_DF03EEInfo(hDev, 1, text, 0, 128, RHC_STYLE_NONE));
    MUST(iW_DF03EEInfo(hDev, 1, text, 0, 128, RHC_STYLE_NONE));
    for (int i = 1; i <= 5; i++) {
        char list[60];
        sprintf(list, "\xB2\xE2\xCA\xD4|ORG%d|2024010%d090000", i, 6 - i);
        MUST(iW_DF03ED_ALLInfo(hDev, i, list));
    }
    MUST(iW_DF03EDInfo(hDev, 2, "ORGX", 70, 10, RHC_STYLE_AN));
    MUST(iR_DF03EDInfo(hDev, 2, text, 70, 10, RHC_STYLE_AN));
    printf("ORGX=%s\n", text);
    show_code("FREE", iReader_GetLastEEIndex(hDev));
    for (int i = 1; i <= 3; i++)
        MUST(iW_DF03EF05Info(hDev, i));
    for (int i = 1; i <= 5; i++)
        MUST(iW_DF03EF06Info(hDev, i));
}

/* The structure as other programs of the field have it: without wID and pdwErrCode. */
struct short_select {
    uint16_t wItemFlag;
    void *pValue;
    uint16_t wValueLen;
};

static uint32_t get_item(uint16_t number, uint16_t record, char *text, uint16_t size)
{
    RHC_ITEMSELECT asked = {number, record, text, size, NULL};
    return wsc_GetCardInfo(hDev, &asked, 1);
}

static uint32_t put_item(uint16_t number, uint16_t record, char *text)
{
    RHC_ITEMSELECT asked = {number, record, text, 0, NULL};
    return wsc_PutCardInfo(hDev, &asked, 1);
}

static void show_item(uint16_t number, uint16_t record)
{
    char text[400] = "as it was";

    MUST(get_item(number, record, text, sizeof text));
    printf("%u.%u=%s\n", number, record, text);
}

static void show_items(void)
{
    static const uint16_t RECORDS[] = {3, 10, 3, 5, 3, 5}; /* of 58-59, 60-61, 62, 63, 64-210, 213-382 */
    static const uint16_t FIRST[] = {58, 60, 62, 63, 64, 213}, LAST[] = {59, 61, 62, 63, 210, 382};
    char name[RHC_SIZE_XM], sex[RHC_SIZE_XB], alert[RHC_SIZE_QTYXJSMC], flag[RHC_SIZE_FLAG];
    RHC_ITEMSELECT asked[] = {{11, 0, name, sizeof name, NULL},
                              {12, 0, sex, sizeof sex, NULL},
                              {55, 0, alert, sizeof alert, NULL},
                              {62, 2, flag, sizeof flag, NULL}};
    struct short_select shorter = {11, name, sizeof name};

    for (uint16_t number = 1; number <= 57; number++)
        show_item(number, 0);
    for (int range = 0; range < 6; range++)
        for (uint16_t number = FIRST[range]; number <= LAST[range]; number++)
            for (uint16_t record = 1; record <= RECORDS[range]; record++)
                if (number < 64 || number == FIRST[range] || number == LAST[range] || number % 29 == 0)
                    show_item(number, record);
    MUST(wsc_GetCardInfo(hDev, asked, 4));
    printf("SEVERAL=%s|%s|%s|%s\n", name, sex, alert, flag);
    memset(name, 0, sizeof name);
    MUST(wsc_GetCardInfo(hDev, &shorter, 1));
    printf("SHORTER=%s\n", name);
}

static void write_items(void)
{
    char phone[] = "19900000079", empty[] = "", asthma[] = "01", flag[] = "FF", fee[] = "12.5", code[] = "ORGW";
    RHC_ITEMSELECT asked[] = {{16, 0, phone, 0, NULL}, {17, 0, empty, 0, NULL}, {43, 0, asthma, 0, NULL}};

    MUST(wsc_PutCardInfo(hDev, asked, 3));
    MUST(put_item(65, 2, code));
    MUST(put_item(382, 5, fee));
    MUST(put_item(62, 3, flag));
}

static void wrong_items(void)
{
    char text[] = "X", phone[] = "19900000080", date[] = "2024-01-02";
    RHC_ITEMSELECT half[] = {{16, 0, phone, 0, NULL}, {7, 0, date, 0, NULL}};

    show_code("ITEM_0", (int)get_item(0, 0, text, 400));
    show_code("ITEM_211", (int)get_item(211, 1, text, 400));
    show_code("ITEM_385", (int)get_item(385, 1, text, 400));
    show_code("RECORD_0", (int)get_item(58, 0, text, 400));
    show_code("RECORD_4", (int)get_item(58, 4, text, 400));
    show_code("SLOT_6", (int)get_item(213, 6, text, 400));
    show_code("SMALL", (int)get_item(11, 0, text, 29));
    show_code("NO_TEXT", (int)get_item(11, 0, NULL, 400));
    show_code("NO_ITEMS", (int)wsc_GetCardInfo(hDev, NULL, 1));
    show_code("NEGATIVE_COUNT", (int)wsc_PutCardInfo(hDev, half, -1));
    show_code("HALF", (int)wsc_PutCardInfo(hDev, half, 2));
    show_code("ENTRY", (int)put_item(58, 1, text));
    show_code("ISSUED", (int)put_item(11, 0, text));
    show_code("NONE", (int)wsc_GetCardInfo(hDev, half, 0));
}

static void own_commands(void)
{
    unsigned char challenge[] = {0x00, 0x84, 0x00, 0x00, 0x08}, select[] = {0x00, 0xA4, 0x00, 0x00, 0x02, 0xDF, 0x01};
    unsigned char response[RHC_SIZE_RESPONSE];
    int count;

    MUST(SendAPDU(hDev, RHC_SLOT_USER, challenge, sizeof challenge, response, &count));
    printf("USER=%d:%02X%02X\n", count, response[count], response[count + 1]);
    MUST(SendAPDU(hDev, RHC_SLOT_SAM, select, sizeof select, response, &count));
    printf("SAM=%d:%02X\n", count, response[count]);
}

static void faults(void)
{
    char text[RHC_SIZE_ED_ALL] = "", ATR[RHC_SIZE_ATR] = "YSDM99";
    unsigned char tries = 0, photo[2] = {0x0B, 0xFF};

    show_code("WITHOUT_PIN", iR_DDF1EF06Info(hDev, text, NULL, NULL, NULL, NULL));
    show_code("WRONG_PIN", VerifyPin(hDev, "654321", &tries));
    show_code("TRIES", tries);
    show_code("WRONG_PIN_AGAIN", iVerifyPIN(hDev, "1111"));
    show_code("ODD_PIN", iVerifyPIN(hDev, "12345"));
    MUST(iChange_Pin(0, "123456", "111111"));
    MUST(iVerifyPIN(hDev, "111111"));
    show_code("OLD_PIN", iChange_Pin(0, "123456", "222222"));
    MUST(iChange_Pin(0, "111111", "123456"));
    MUST(iVerifyPIN(hDev, "123456"));
    show_code("BAD_SLOT", PowerOn(hDev, 7, text));
    show_code("ENTRY_0", iR_DF02EF07Info(hDev, 0, text, text));
    show_code("ENTRY_4", iR_DF02EF07Info(hDev, 4, text, text));
    show_code("ENTRY_11", iR_DF02EF08Info(hDev, 11, text, text));
    show_code("FLAG_4", iW_DF03EF05Info(hDev, 4));
    show_code("FLAG_6", iErase_DF03EF06Info(hDev, 6));
    show_code("EE_4", iR_DF03EE_ALLInfo(hDev, 4, text));
    show_code("ED_TOO_LONG", iR_DF03EDInfo(hDev, 1, text, 3000, 14, RHC_STYLE_NONE));
    show_code("NEGATIVE", iR_DF03EEInfo(hDev, 1, text, -1, 10, RHC_STYLE_NONE));
    show_code("STYLE", iR_DF03EEInfo(hDev, 1, text, 0, 10, 2));
    show_code("DATE", iW_DF02EF08Info(hDev, "X", "2024-01-02"));
    show_code("TOO_LONG", iW_DF02EF07Info(hDev, "123456789012345678901", NULL));
    show_code("LIST", iW_DF03EE_ALLInfo(hDev, 1, "X|Y|Z"));
    show_code("PHOTO_LENGTH", iW_DDF1EF07Info(hDev, photo));
    show_code("ISSUED", iW_DDF1EF06Info(hDev, "X", NULL, NULL, NULL, NULL));
    MUST(PowerOn(hDev, RHC_SLOT_USER, ATR));
    SHOW(ATR);
    show_code("OTHER_CITY", iR_DDF1EF06Info(hDev, text, NULL, NULL, NULL, NULL));
    MUST(PowerOff(hDev, RHC_SLOT_USER));
    show_code("POWERED_OFF", iR_DDF1EF06Info(hDev, text, NULL, NULL, NULL, NULL));
}

static void wait_for_line(const char *said)
{
    char line[80];

    printf("%s\n", said);
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL)
        exit(1);
}

static void removed(void)
{
    char text[RHC_SIZE_KH], ATR[RHC_SIZE_ATR] = "";

    power_on();
    wait_for_line("take the SAM");
    show_code("WITHOUT_SAM", iR_DF01EF07Info(hDev, text, NULL, NULL));
    show_code("SAM_POWER_ON", PowerOn(hDev, RHC_SLOT_SAM, ATR));
    wait_for_line("take the card");
    show_code("WITHOUT_CARD", iR_DF01EF07Info(hDev, text, NULL, NULL));
    show_code("CARD_POWER_ON", PowerOn(hDev, RHC_SLOT_USER, ATR));
}

int main(int count, char **arguments)
{
    const char *wanted = count > 1 ? arguments[1] : "read";
    char ATR[RHC_SIZE_ATR] = "";

    show_code("PORT_CLOSED", PowerOn(hDev, RHC_SLOT_USER, ATR));
    MUST(iDOpenPort());
    if (strcmp(wanted, "removed") == 0) {
        removed();
        return iDClosePort();
    }
    if (strcmp(wanted, "faults") == 0) {
        MUST(PowerOn(hDev, RHC_SLOT_USER, ATR));
        ATR[0] = '\0';
        MUST(PowerOn(hDev, RHC_SLOT_SAM, ATR));
        faults();
        return iDClosePort();
    }
    read_sam();
    MUST(iDClosePort());
    hDev = OpenDevice(0);
    must(hDev == NULL, "OpenDevice");
    power_on();
    digest_and_sign();
    own_commands();
    if (strcmp(wanted, "items") == 0) {
        show_items();
        write_items();
        printf("---\n");
        show_items();
        wrong_items();
        return (int)CloseDevice(hDev);
    }
    if (strcmp(wanted, "issue") == 0)
        issue();
    read_all();
    if (strcmp(wanted, "write") == 0) {
        write_records();
        write_visits();
        printf("---\n");
        read_all();
    }
    return (int)CloseDevice(hDev);
}
