/* The functions on record files: parameters in the order of the records. */
#include "records.h"
#include "rhc_standard_interface.h"

/* Texts of the items of a file; a wrong number of them does not compile. */
#define ITEMS(file, ...)                                                                                             \
    char *const texts[] = {__VA_ARGS__};                                                                             \
    _Static_assert(sizeof texts / sizeof *texts == RHC_ITEMS_##file, "one parameter for each item of " #file)

int RHC_CALL iR_DDF1EF05Info(RHC_HANDLE hDev, char *KLB, char *GFBB, char *FKJGMC, char *FKJGDM, char *FKJGZS,
                             char *FKSJ, char *KH, char *AQM, char *XPXLH, char *YYCSDM)
{
    ITEMS(DDF1_EF05, KLB, GFBB, FKJGMC, FKJGDM, FKJGZS, FKSJ, KH, AQM, XPXLH, YYCSDM);

    (void)hDev;
    return rhc_read_items(RHC_DDF1_EF05, texts);
}

int RHC_CALL iW_DDF1EF05Info(RHC_HANDLE hDev, char *KLB, char *GFBB, char *FKJGMC, char *FKJGDM, char *FKJGZS,
                             char *FKSJ, char *KH, char *AQM, char *XPXLH, char *YYCSDM)
{
    ITEMS(DDF1_EF05, KLB, GFBB, FKJGMC, FKJGDM, FKJGZS, FKSJ, KH, AQM, XPXLH, YYCSDM);

    (void)hDev;
    return rhc_write_items(RHC_DDF1_EF05, texts);
}

int RHC_CALL iR_DDF1EF06Info(RHC_HANDLE hDev, char *XM, char *XB, char *MZ, char *CSRQ, char *SFZH)
{
    ITEMS(DDF1_EF06, XM, XB, MZ, CSRQ, SFZH);

    (void)hDev;
    return rhc_read_items(RHC_DDF1_EF06, texts);
}

int RHC_CALL iW_DDF1EF06Info(RHC_HANDLE hDev, char *XM, char *XB, char *MZ, char *CSRQ, char *SFZH)
{
    ITEMS(DDF1_EF06, XM, XB, MZ, CSRQ, SFZH);

    (void)hDev;
    return rhc_write_items(RHC_DDF1_EF06, texts);
}

int RHC_CALL iR_DDF1EF08Info(RHC_HANDLE hDev, char *KYXQ, char *BRDH1, char *BRDH2, char *YLFYZFFS1, char *YLFYZFFS2,
                             char *YLFYZFFS3)
{
    ITEMS(DDF1_EF08, KYXQ, BRDH1, BRDH2, YLFYZFFS1, YLFYZFFS2, YLFYZFFS3);

    (void)hDev;
    return rhc_read_items(RHC_DDF1_EF08, texts);
}

int RHC_CALL iW_DDF1EF08Info(RHC_HANDLE hDev, char *KYXQ, char *BRDH1, char *BRDH2, char *YLFYZFFS1, char *YLFYZFFS2,
                             char *YLFYZFFS3)
{
    ITEMS(DDF1_EF08, KYXQ, BRDH1, BRDH2, YLFYZFFS1, YLFYZFFS2, YLFYZFFS3);

    (void)hDev;
    return rhc_write_items(RHC_DDF1_EF08, texts);
}

int RHC_CALL iR_DF01EF05Info(RHC_HANDLE hDev, char *DZLB1, char *DZ1, char *DZLB2, char *DZ2)
{
    ITEMS(DF01_EF05, DZLB1, DZ1, DZLB2, DZ2);

    (void)hDev;
    return rhc_read_items(RHC_DF01_EF05, texts);
}

int RHC_CALL iW_DF01EF05Info(RHC_HANDLE hDev, char *DZLB1, char *DZ1, char *DZLB2, char *DZ2)
{
    ITEMS(DF01_EF05, DZLB1, DZ1, DZLB2, DZ2);

    (void)hDev;
    return rhc_write_items(RHC_DF01_EF05, texts);
}

int RHC_CALL iR_DF01EF06Info(RHC_HANDLE hDev, char *LXRXM1, char *LXRGX1, char *LXRDH1, char *LXRXM2, char *LXRGX2,
                             char *LXRDH2, char *LXRXM3, char *LXRGX3, char *LXRDH3)
{
    ITEMS(DF01_EF06, LXRXM1, LXRGX1, LXRDH1, LXRXM2, LXRGX2, LXRDH2, LXRXM3, LXRGX3, LXRDH3);

    (void)hDev;
    return rhc_read_items(RHC_DF01_EF06, texts);
}

int RHC_CALL iW_DF01EF06Info(RHC_HANDLE hDev, char *LXRXM1, char *LXRGX1, char *LXRDH1, char *LXRXM2, char *LXRGX2,
                             char *LXRDH2, char *LXRXM3, char *LXRGX3, char *LXRDH3)
{
    ITEMS(DF01_EF06, LXRXM1, LXRGX1, LXRDH1, LXRXM2, LXRGX2, LXRDH2, LXRXM3, LXRGX3, LXRDH3);

    (void)hDev;
    return rhc_write_items(RHC_DF01_EF06, texts);
}

int RHC_CALL iR_DF01EF07Info(RHC_HANDLE hDev, char *WHCD, char *HYZK, char *ZY)
{
    ITEMS(DF01_EF07, WHCD, HYZK, ZY);

    (void)hDev;
    return rhc_read_items(RHC_DF01_EF07, texts);
}

int RHC_CALL iW_DF01EF07Info(RHC_HANDLE hDev, char *WHCD, char *HYZK, char *ZY)
{
    ITEMS(DF01_EF07, WHCD, HYZK, ZY);

    (void)hDev;
    return rhc_write_items(RHC_DF01_EF07, texts);
}

int RHC_CALL iR_DF01EF08Info(RHC_HANDLE hDev, char *ZJLB, char *ZJHM, char *JKDAH, char *XNHZH)
{
    ITEMS(DF01_EF08, ZJLB, ZJHM, JKDAH, XNHZH);

    (void)hDev;
    return rhc_read_items(RHC_DF01_EF08, texts);
}

int RHC_CALL iW_DF01EF08Info(RHC_HANDLE hDev, char *ZJLB, char *ZJHM, char *JKDAH, char *XNHZH)
{
    ITEMS(DF01_EF08, ZJLB, ZJHM, JKDAH, XNHZH);

    (void)hDev;
    return rhc_write_items(RHC_DF01_EF08, texts);
}

int RHC_CALL iR_DF02EF05Info(RHC_HANDLE hDev, char *ABOXX, char *RHXX, char *XCBZ, char *XZBBZ, char *XNXGBBZ,
                             char *DXBBZ, char *NXWLBZ, char *TNBBZ, char *QGYBZ, char *TXBZ, char *QGYZBZ,
                             char *QGQSBZ, char *KZXYZBZ, char *XZQBQBZ, char *QTYXJSMC)
{
    ITEMS(DF02_EF05, ABOXX, RHXX, XCBZ, XZBBZ, XNXGBBZ, DXBBZ, NXWLBZ, TNBBZ, QGYBZ, TXBZ, QGYZBZ, QGQSBZ, KZXYZBZ,
          XZQBQBZ, QTYXJSMC);

    (void)hDev;
    return rhc_read_items(RHC_DF02_EF05, texts);
}

int RHC_CALL iW_DF02EF05Info(RHC_HANDLE hDev, char *ABOXX, char *RHXX, char *XCBZ, char *XZBBZ, char *XNXGBBZ,
                             char *DXBBZ, char *NXWLBZ, char *TNBBZ, char *QGYBZ, char *TXBZ, char *QGYZBZ,
                             char *QGQSBZ, char *KZXYZBZ, char *XZQBQBZ, char *QTYXJSMC)
{
    ITEMS(DF02_EF05, ABOXX, RHXX, XCBZ, XZBBZ, XNXGBBZ, DXBBZ, NXWLBZ, TNBBZ, QGYBZ, TXBZ, QGYZBZ, QGQSBZ, KZXYZBZ,
          XZQBQBZ, QTYXJSMC);

    (void)hDev;
    return rhc_write_items(RHC_DF02_EF05, texts);
}

int RHC_CALL iR_DF02EF06Info(RHC_HANDLE hDev, char *JSBBZ)
{
    ITEMS(DF02_EF06, JSBBZ);

    (void)hDev;
    return rhc_read_items(RHC_DF02_EF06, texts);
}

int RHC_CALL iW_DF02EF06Info(RHC_HANDLE hDev, char *JSBBZ)
{
    ITEMS(DF02_EF06, JSBBZ);

    (void)hDev;
    return rhc_write_items(RHC_DF02_EF06, texts);
}

int RHC_CALL iR_DF02EF07Info(RHC_HANDLE hDev, int nRecorderNo, char *GMWZMC, char *GMFY)
{
    ITEMS(DF02_EF07, GMWZMC, GMFY);

    (void)hDev;
    return rhc_read_entry(RHC_DF02_EF07, nRecorderNo, texts);
}

int RHC_CALL iW_DF02EF07Info(RHC_HANDLE hDev, char *GMWZMC, char *GMFY)
{
    ITEMS(DF02_EF07, GMWZMC, GMFY);

    (void)hDev;
    return rhc_append_entry(RHC_DF02_EF07, texts);
}

int RHC_CALL iR_DF02EF08Info(RHC_HANDLE hDev, int nRecorderNo, char *MYJZMC, char *MYJZSJ)
{
    ITEMS(DF02_EF08, MYJZMC, MYJZSJ);

    (void)hDev;
    return rhc_read_entry(RHC_DF02_EF08, nRecorderNo, texts);
}

int RHC_CALL iW_DF02EF08Info(RHC_HANDLE hDev, char *MYJZMC, char *MYJZSJ)
{
    ITEMS(DF02_EF08, MYJZMC, MYJZSJ);

    (void)hDev;
    return rhc_append_entry(RHC_DF02_EF08, texts);
}

int RHC_CALL iR_DF03EF05Info(RHC_HANDLE hDev, char *ZYJLBS1, char *ZYJLBS2, char *ZYJLBS3)
{
    char *const texts[] = {ZYJLBS1, ZYJLBS2, ZYJLBS3};

    (void)hDev;
    return rhc_read_flags(RHC_DF03_EF05, texts);
}

int RHC_CALL iR_DF03EF06Info(RHC_HANDLE hDev, char *MZJLBS1, char *MZJLBS2, char *MZJLBS3, char *MZJLBS4,
                             char *MZJLBS5)
{
    char *const texts[] = {MZJLBS1, MZJLBS2, MZJLBS3, MZJLBS4, MZJLBS5};

    (void)hDev;
    return rhc_read_flags(RHC_DF03_EF06, texts);
}

int RHC_CALL iW_DF03EF05Info(RHC_HANDLE hDev, int nRecorderNo)
{
    (void)hDev;
    return rhc_set_valid(RHC_DF03_EF05, nRecorderNo);
}

int RHC_CALL iW_DF03EF06Info(RHC_HANDLE hDev, int nRecorderNo)
{
    (void)hDev;
    return rhc_set_valid(RHC_DF03_EF06, nRecorderNo);
}

int RHC_CALL iErase_DF03EF05Info(RHC_HANDLE hDev, int nRecorderNo)
{
    (void)hDev;
    return rhc_erase(RHC_DF03_EF05, nRecorderNo);
}

int RHC_CALL iErase_DF03EF06Info(RHC_HANDLE hDev, int nRecorderNo)
{
    (void)hDev;
    return rhc_erase(RHC_DF03_EF06, nRecorderNo);
}
