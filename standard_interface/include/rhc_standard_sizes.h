/* Made by standard_interface/generate.py from the declaration of the card; do not edit. */

#ifndef RHC_STANDARD_SIZES_H
#define RHC_STANDARD_SIZES_H

/* Bytes of the text of each item, closing 00 included. */

/* DDF1_EF05 */
#define RHC_SIZE_KLB           2 /* 1 card_class, AN 1 */
#define RHC_SIZE_GFBB          5 /* 2 spec_version, AN 4 */
#define RHC_SIZE_FKJGMC       31 /* 3 issuer_name, AN 30 */
#define RHC_SIZE_FKJGDM       23 /* 4 issuer_code, CN 11 */
#define RHC_SIZE_FKJGZS      361 /* 5 issuer_certificate, B 180 */
#define RHC_SIZE_FKSJ          9 /* 6 issue_date, CN 4 */
#define RHC_SIZE_KH           19 /* 8 card_number, AN 18 */
#define RHC_SIZE_AQM           4 /* 9 security_code, AN 3 */
#define RHC_SIZE_XPXLH        11 /* 10 chip_serial_number, AN 10 */
#define RHC_SIZE_YYCSDM        7 /* 57 application_city_code, CN 3 */

/* DDF1_EF06 */
#define RHC_SIZE_XM           31 /* 11 holder_name, AN 30 */
#define RHC_SIZE_XB            3 /* 12 sex_code, B 1 */
#define RHC_SIZE_MZ            3 /* 13 ethnic_group_code, CN 1 */
#define RHC_SIZE_CSRQ          9 /* 14 birth_date, CN 4 */
#define RHC_SIZE_SFZH         19 /* 15 resident_id_number, AN 18 */

/* DDF1_EF08 */
#define RHC_SIZE_KYXQ          9 /* 7 card_expiry_date, CN 4 */
#define RHC_SIZE_BRDH1        21 /* 16 holder_phone_1, AN 20 */
#define RHC_SIZE_BRDH2        21 /* 17 holder_phone_2, AN 20 */
#define RHC_SIZE_YLFYZFFS1     3 /* 18 medical_payment_method_1, CN 1 */
#define RHC_SIZE_YLFYZFFS2     3 /* 19 medical_payment_method_2, CN 1 */
#define RHC_SIZE_YLFYZFFS3     3 /* 20 medical_payment_method_3, CN 1 */

/* DF01_EF05 */
#define RHC_SIZE_DZLB1         3 /* 21 address_type_1, CN 1 */
#define RHC_SIZE_DZ1         101 /* 22 address_1, AN 100 */
#define RHC_SIZE_DZLB2         3 /* 23 address_type_2, CN 1 */
#define RHC_SIZE_DZ2         101 /* 24 address_2, AN 100 */

/* DF01_EF06 */
#define RHC_SIZE_LXRXM1       31 /* 25 contact_name_1, AN 30 */
#define RHC_SIZE_LXRGX1        3 /* 26 contact_relation_1, CN 1 */
#define RHC_SIZE_LXRDH1       21 /* 27 contact_phone_1, AN 20 */
#define RHC_SIZE_LXRXM2       31 /* 28 contact_name_2, AN 30 */
#define RHC_SIZE_LXRGX2        3 /* 29 contact_relation_2, CN 1 */
#define RHC_SIZE_LXRDH2       21 /* 30 contact_phone_2, AN 20 */
#define RHC_SIZE_LXRXM3       31 /* 31 contact_name_3, AN 30 */
#define RHC_SIZE_LXRGX3        3 /* 32 contact_relation_3, CN 1 */
#define RHC_SIZE_LXRDH3       21 /* 33 contact_phone_3, AN 20 */

/* DF01_EF07 */
#define RHC_SIZE_WHCD          3 /* 34 education_level_code, CN 1 */
#define RHC_SIZE_HYZK          3 /* 35 marital_status_code, CN 1 */
#define RHC_SIZE_ZY            4 /* 36 occupation_code, AN 3 */

/* DF01_EF08 */
#define RHC_SIZE_ZJLB          3 /* 37 id_document_type, CN 1 */
#define RHC_SIZE_ZJHM         19 /* 38 id_document_number, AN 18 */
#define RHC_SIZE_JKDAH        18 /* 39 health_record_number, AN 17 */
#define RHC_SIZE_XNHZH        19 /* 40 rural_insurance_number, AN 18 */

/* DF02_EF05 */
#define RHC_SIZE_ABOXX         3 /* 41 abo_blood_type_code, B 1 */
#define RHC_SIZE_RHXX          3 /* 42 rh_blood_type_code, CN 1 */
#define RHC_SIZE_XCBZ          3 /* 43 asthma_flag, B 1 */
#define RHC_SIZE_XZBBZ         3 /* 44 heart_disease_flag, B 1 */
#define RHC_SIZE_XNXGBBZ       3 /* 45 cardio_cerebrovascular_flag, B 1 */
#define RHC_SIZE_DXBBZ         3 /* 46 epilepsy_flag, B 1 */
#define RHC_SIZE_NXWLBZ        3 /* 47 coagulation_disorder_flag, B 1 */
#define RHC_SIZE_TNBBZ         3 /* 48 diabetes_flag, B 1 */
#define RHC_SIZE_QGYBZ         3 /* 49 glaucoma_flag, B 1 */
#define RHC_SIZE_TXBZ          3 /* 50 dialysis_flag, B 1 */
#define RHC_SIZE_QGYZBZ        3 /* 51 organ_transplant_flag, B 1 */
#define RHC_SIZE_QGQSBZ        3 /* 52 organ_missing_flag, B 1 */
#define RHC_SIZE_KZXYZBZ       3 /* 53 removable_prosthesis_flag, B 1 */
#define RHC_SIZE_XZQBQBZ       3 /* 54 pacemaker_flag, B 1 */
#define RHC_SIZE_QTYXJSMC     41 /* 55 other_medical_alert, AN 40 */

/* DF02_EF06 */
#define RHC_SIZE_JSBBZ         3 /* 56 mental_illness_flag, B 1 */

/* DF02_EF07 */
#define RHC_SIZE_GMWZMC       21 /* 58 allergen_name, AN 20 */
#define RHC_SIZE_GMFY        101 /* 59 allergy_reaction, AN 100 */

/* DF02_EF08 */
#define RHC_SIZE_MYJZMC       21 /* 60 immunization_name, AN 20 */
#define RHC_SIZE_MYJZSJ        9 /* 61 immunization_date, CN 4 */

/* A flag of DF03/EF05 or EF06: 00 or FF. */
#define RHC_SIZE_FLAG 3

/* DF03/EE: bytes of data in a record; bytes of a list of 147 items. */
#define RHC_EE_DATA 1639
#define RHC_SIZE_EE_ALL 2044

/* DF03/ED: bytes of data in a record; bytes of a list of 170 items. */
#define RHC_ED_DATA 3013
#define RHC_SIZE_ED_ALL 3473

/* Bytes of the photo file. */
#define RHC_SIZE_PHOTO 3074

#endif
