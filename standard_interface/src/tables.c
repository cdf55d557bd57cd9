/* Made by standard_interface/generate.py from the declaration of the card; do not edit. */

#include "tables.h"

static const struct rhc_key STK_DDF1 = {0x28, 0x02, 0x02, 1};
static const struct rhc_key STK_DF01 = {0x28, 0x03, 0x82, 1};
static const struct rhc_key STK_DF02 = {0x48, 0x04, 0x82, 2};
static const struct rhc_key STK_DF03 = {0x48, 0x05, 0x82, 2};
static const struct rhc_key UK1_DDF1 = {0x27, 0x2A, 0x05, 1};
static const struct rhc_key UK1_DF01 = {0x27, 0x2B, 0x85, 1};
static const struct rhc_key UK1_DF02 = {0x47, 0x2C, 0x85, 2};
static const struct rhc_key UK2_DF02 = {0x47, 0x2D, 0x86, 2};
static const struct rhc_key UK3_DF02 = {0x47, 0x2E, 0x87, 2};
static const struct rhc_key UK1_DF03 = {0x47, 0x2F, 0x85, 2};
static const struct rhc_key UK2_DF03 = {0x27, 0x30, 0x86, 1};
static const struct rhc_key RK1_DDF1 = {0x47, 0x31, 0x04, 2};
static const struct rhc_key RK1_DF01 = {0x47, 0x32, 0x84, 2};
static const struct rhc_key RK1_DF02 = {0x47, 0x33, 0x84, 2};
static const struct rhc_key RK1_DF03 = {0x47, 0x34, 0x84, 2};

static const struct rhc_item items_DDF1_EF05[] = {
    {1, 0, 1, 1, 0x01, 0x00, 0, RHC_AN}, /* KLB card_class */
    {2, 0, 4, 2, 0x02, 0x00, 0, RHC_AN}, /* GFBB spec_version */
    {3, 0, 30, 3, 0x03, 0x00, 0, RHC_AN}, /* FKJGMC issuer_name */
    {4, 0, 11, 4, 0x04, 0xFF, 0, RHC_CN}, /* FKJGDM issuer_code */
    {5, 0, 180, 5, 0x05, 0x00, 0, RHC_B}, /* FKJGZS issuer_certificate */
    {6, 0, 4, 6, 0x06, 0xFF, 0, RHC_CN}, /* FKSJ issue_date */
    {8, 0, 18, 7, 0x08, 0x00, 0, RHC_AN}, /* KH card_number */
    {9, 0, 3, 8, 0x09, 0x00, 0, RHC_AN}, /* AQM security_code */
    {10, 0, 10, 9, 0x0A, 0x00, 0, RHC_AN}, /* XPXLH chip_serial_number */
    {57, 0, 3, 10, 0x39, 0xFF, 0, RHC_CN}, /* YYCSDM application_city_code */
};

static const struct rhc_item items_DDF1_EF06[] = {
    {11, 0, 30, 1, 0x0B, 0x00, 0, RHC_AN}, /* XM holder_name */
    {12, 0, 1, 2, 0x0C, 0x00, 0, RHC_B}, /* XB sex_code */
    {13, 0, 1, 3, 0x0D, 0xFF, 0, RHC_CN}, /* MZ ethnic_group_code */
    {14, 0, 4, 4, 0x0E, 0xFF, 0, RHC_CN}, /* CSRQ birth_date */
    {15, 0, 18, 5, 0x0F, 0x00, 0, RHC_AN}, /* SFZH resident_id_number */
};

static const struct rhc_item items_DDF1_EF08[] = {
    {7, 0, 4, 1, 0x07, 0xFF, 0, RHC_CN}, /* KYXQ card_expiry_date */
    {16, 0, 20, 2, 0x10, 0x00, 0, RHC_AN}, /* BRDH1 holder_phone_1 */
    {17, 0, 20, 3, 0x11, 0x00, 0, RHC_AN}, /* BRDH2 holder_phone_2 */
    {18, 0, 1, 4, 0x12, 0xFF, 0, RHC_CN}, /* YLFYZFFS1 medical_payment_method_1 */
    {19, 0, 1, 5, 0x13, 0xFF, 0, RHC_CN}, /* YLFYZFFS2 medical_payment_method_2 */
    {20, 0, 1, 6, 0x14, 0xFF, 0, RHC_CN}, /* YLFYZFFS3 medical_payment_method_3 */
};

static const struct rhc_item items_DF01_EF05[] = {
    {21, 0, 1, 1, 0x15, 0xFF, 0, RHC_CN}, /* DZLB1 address_type_1 */
    {22, 0, 100, 2, 0x16, 0x00, 0, RHC_AN}, /* DZ1 address_1 */
    {23, 0, 1, 3, 0x17, 0xFF, 0, RHC_CN}, /* DZLB2 address_type_2 */
    {24, 0, 100, 4, 0x18, 0x00, 0, RHC_AN}, /* DZ2 address_2 */
};

static const struct rhc_item items_DF01_EF06[] = {
    {25, 0, 30, 1, 0x19, 0x00, 0, RHC_AN}, /* LXRXM1 contact_name_1 */
    {26, 0, 1, 2, 0x1A, 0xFF, 0, RHC_CN}, /* LXRGX1 contact_relation_1 */
    {27, 0, 20, 3, 0x1B, 0x00, 0, RHC_AN}, /* LXRDH1 contact_phone_1 */
    {28, 0, 30, 4, 0x1C, 0x00, 0, RHC_AN}, /* LXRXM2 contact_name_2 */
    {29, 0, 1, 5, 0x1D, 0xFF, 0, RHC_CN}, /* LXRGX2 contact_relation_2 */
    {30, 0, 20, 6, 0x1E, 0x00, 0, RHC_AN}, /* LXRDH2 contact_phone_2 */
    {31, 0, 30, 7, 0x1F, 0x00, 0, RHC_AN}, /* LXRXM3 contact_name_3 */
    {32, 0, 1, 8, 0x20, 0xFF, 0, RHC_CN}, /* LXRGX3 contact_relation_3 */
    {33, 0, 20, 9, 0x21, 0x00, 0, RHC_AN}, /* LXRDH3 contact_phone_3 */
};

static const struct rhc_item items_DF01_EF07[] = {
    {34, 0, 1, 1, 0x22, 0xFF, 0, RHC_CN}, /* WHCD education_level_code */
    {35, 0, 1, 2, 0x23, 0xFF, 0, RHC_CN}, /* HYZK marital_status_code */
    {36, 0, 3, 3, 0x24, 0x00, 0, RHC_AN}, /* ZY occupation_code */
};

static const struct rhc_item items_DF01_EF08[] = {
    {37, 0, 1, 1, 0x25, 0xFF, 0, RHC_CN}, /* ZJLB id_document_type */
    {38, 0, 18, 2, 0x26, 0x00, 0, RHC_AN}, /* ZJHM id_document_number */
    {39, 0, 17, 3, 0x27, 0x00, 0, RHC_AN}, /* JKDAH health_record_number */
    {40, 0, 18, 4, 0x28, 0x00, 0, RHC_AN}, /* XNHZH rural_insurance_number */
};

static const struct rhc_item items_DF02_EF05[] = {
    {41, 0, 1, 1, 0x29, 0xFF, 0, RHC_B}, /* ABOXX abo_blood_type_code */
    {42, 0, 1, 2, 0x2A, 0xFF, 0, RHC_CN}, /* RHXX rh_blood_type_code */
    {43, 0, 1, 3, 0x2B, 0x00, 0, RHC_B}, /* XCBZ asthma_flag */
    {44, 0, 1, 4, 0x2C, 0x00, 0, RHC_B}, /* XZBBZ heart_disease_flag */
    {45, 0, 1, 5, 0x2D, 0x00, 0, RHC_B}, /* XNXGBBZ cardio_cerebrovascular_flag */
    {46, 0, 1, 6, 0x2E, 0x00, 0, RHC_B}, /* DXBBZ epilepsy_flag */
    {47, 0, 1, 7, 0x2F, 0x00, 0, RHC_B}, /* NXWLBZ coagulation_disorder_flag */
    {48, 0, 1, 8, 0x30, 0x00, 0, RHC_B}, /* TNBBZ diabetes_flag */
    {49, 0, 1, 9, 0x31, 0x00, 0, RHC_B}, /* QGYBZ glaucoma_flag */
    {50, 0, 1, 10, 0x32, 0x00, 0, RHC_B}, /* TXBZ dialysis_flag */
    {51, 0, 1, 11, 0x33, 0x00, 0, RHC_B}, /* QGYZBZ organ_transplant_flag */
    {52, 0, 1, 12, 0x34, 0x00, 0, RHC_B}, /* QGQSBZ organ_missing_flag */
    {53, 0, 1, 13, 0x35, 0x00, 0, RHC_B}, /* KZXYZBZ removable_prosthesis_flag */
    {54, 0, 1, 14, 0x36, 0x00, 0, RHC_B}, /* XZQBQBZ pacemaker_flag */
    {55, 0, 40, 15, 0x37, 0x00, 0, RHC_AN}, /* QTYXJSMC other_medical_alert */
};

static const struct rhc_item items_DF02_EF06[] = {
    {56, 0, 1, 1, 0x38, 0x00, 0, RHC_B}, /* JSBBZ mental_illness_flag */
};

static const struct rhc_item items_DF02_EF07[] = {
    {58, 0, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* GMWZMC allergen_name */
    {59, 20, 100, 0, 0x00, 0x00, 0, RHC_AN}, /* GMFY allergy_reaction */
};

static const struct rhc_item items_DF02_EF08[] = {
    {60, 0, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* MYJZMC immunization_name */
    {61, 20, 4, 0, 0x00, 0xFF, 0, RHC_CN}, /* MYJZSJ immunization_date */
};

static const struct rhc_item items_DF03_EF05[] = {
    {62, 0, 1, 0, 0x00, 0xFF, 0, RHC_B}, /* ZYJLYXBZ inpatient_record_valid_flag */
};

static const struct rhc_item items_DF03_EF06[] = {
    {63, 0, 1, 0, 0x00, 0xFF, 0, RHC_B}, /* MZJLYXBZ outpatient_record_valid_flag */
};

static const struct rhc_item items_DF03_EE[] = {
    {64, 0, 70, 0, 0x00, 0x00, 0, RHC_AN}, /* HOSNAME inpatient_org_name */
    {65, 70, 10, 0, 0x00, 0x00, 0, RHC_AN}, /* HOSCODE inpatient_org_code */
    {66, 80, 4, 0, 0x00, 0xFF, 0, RHC_CN}, /* INTIME admission_date */
    {67, 84, 2, 0, 0x00, 0xFF, 0, RHC_CN}, /* INCOUNTS admission_count */
    {68, 86, 18, 0, 0x00, 0x00, 0, RHC_AN}, /* PROFILE medical_record_number */
    {69, 104, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* INROOMNAME admission_department */
    {70, 154, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* INDESC admission_condition_code */
    {71, 155, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* INFECTNAME hospital_infection_name */
    {72, 205, 7, 0, 0x00, 0x00, 0, RHC_AN}, /* INCAUSE injury_poisoning_cause */
    {73, 212, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* BLOODPRO1 serology_test_code_1 */
    {74, 213, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* BLOODCODE1 serology_result_code_1 */
    {75, 214, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* DIAGNAME1 diagnosis_name_1 */
    {76, 264, 7, 0, 0x00, 0x00, 0, RHC_AN}, /* DIAGCODE1 diagnosis_code_1 */
    {77, 271, 4, 0, 0x00, 0xFF, 0, RHC_CN}, /* SUREDATA1 diagnosis_confirmed_date_1 */
    {78, 275, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* DIAGFITDESC1 diagnosis_agreement_text_1 */
    {79, 295, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* DIAGFITCODE1 diagnosis_agreement_code_1 */
    {80, 296, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* DIAGTYPEDESC1 diagnosis_type_text_1 */
    {81, 316, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* DIAGTYPECODE1 diagnosis_type_code_1 */
    {82, 317, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* DIAGRESULT1 treatment_result_code_1 */
    {83, 318, 80, 0, 0x00, 0x00, 0, RHC_AN}, /* SURGNAME1 procedure_name_1 */
    {84, 398, 5, 0, 0x00, 0x00, 0, RHC_AN}, /* SURGCODE1 procedure_code_1 */
    {85, 403, 4, 0, 0x00, 0xFF, 0, RHC_CN}, /* SURGDATA1 procedure_date_1 */
    {86, 407, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* HOCUSDESC1 anesthesia_method_1 */
    {87, 457, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* HOCUSCODE1 anesthesia_method_code_1 */
    {88, 458, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* HEALLEVELCODE1 incision_healing_code_1 */
    {89, 459, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* BLOODPRO2 serology_test_code_2 */
    {90, 460, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* BLOODCODE2 serology_result_code_2 */
    {91, 461, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* DIAGNAME2 diagnosis_name_2 */
    {92, 511, 7, 0, 0x00, 0x00, 0, RHC_AN}, /* DIAGCODE2 diagnosis_code_2 */
    {93, 518, 4, 0, 0x00, 0xFF, 0, RHC_CN}, /* SUREDATA2 diagnosis_confirmed_date_2 */
    {94, 522, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* DIAGFITDESC2 diagnosis_agreement_text_2 */
    {95, 542, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* DIAGFITCODE2 diagnosis_agreement_code_2 */
    {96, 543, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* DIAGTYPEDESC2 diagnosis_type_text_2 */
    {97, 563, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* DIAGTYPECODE2 diagnosis_type_code_2 */
    {98, 564, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* DIAGRESULT2 treatment_result_code_2 */
    {99, 565, 80, 0, 0x00, 0x00, 0, RHC_AN}, /* SURGNAME2 procedure_name_2 */
    {100, 645, 5, 0, 0x00, 0x00, 0, RHC_AN}, /* SURGCODE2 procedure_code_2 */
    {101, 650, 4, 0, 0x00, 0xFF, 0, RHC_CN}, /* SURGDATA2 procedure_date_2 */
    {102, 654, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* HOCUSDESC2 anesthesia_method_2 */
    {103, 704, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* HOCUSCODE2 anesthesia_method_code_2 */
    {104, 705, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* HEALLEVELCODE2 incision_healing_code_2 */
    {105, 706, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* BLOODPRO3 serology_test_code_3 */
    {106, 707, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* BLOODCODE3 serology_result_code_3 */
    {107, 708, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* DIAGNAME3 diagnosis_name_3 */
    {108, 758, 7, 0, 0x00, 0x00, 0, RHC_AN}, /* DIAGCODE3 diagnosis_code_3 */
    {109, 765, 4, 0, 0x00, 0xFF, 0, RHC_CN}, /* SUREDATA3 diagnosis_confirmed_date_3 */
    {110, 769, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* DIAGFITDESC3 diagnosis_agreement_text_3 */
    {111, 789, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* DIAGFITCODE3 diagnosis_agreement_code_3 */
    {112, 790, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* DIAGTYPEDESC3 diagnosis_type_text_3 */
    {113, 810, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* DIAGTYPECODE3 diagnosis_type_code_3 */
    {114, 811, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* DIAGRESULT3 treatment_result_code_3 */
    {115, 812, 80, 0, 0x00, 0x00, 0, RHC_AN}, /* SURGNAME3 procedure_name_3 */
    {116, 892, 5, 0, 0x00, 0x00, 0, RHC_AN}, /* SURGCODE3 procedure_code_3 */
    {117, 897, 4, 0, 0x00, 0xFF, 0, RHC_CN}, /* SURGDATA3 procedure_date_3 */
    {118, 901, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* HOCUSDESC3 anesthesia_method_3 */
    {119, 951, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* HOCUSCODE3 anesthesia_method_code_3 */
    {120, 952, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* HEALLEVELCODE3 incision_healing_code_3 */
    {121, 953, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* INBLOODTYPE1 transfusion_type_code_1 */
    {122, 954, 2, 0, 0x00, 0xFF, 0, RHC_CN}, /* INBLOODWEIGHT1 transfusion_volume_1 */
    {123, 956, 10, 0, 0x00, 0x00, 0, RHC_AN}, /* COUNTUNIT1 transfusion_unit_1 */
    {124, 966, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* INBLOODTYPE2 transfusion_type_code_2 */
    {125, 967, 2, 0, 0x00, 0xFF, 0, RHC_CN}, /* INBLOODWEIGHT2 transfusion_volume_2 */
    {126, 969, 10, 0, 0x00, 0x00, 0, RHC_AN}, /* COUNTUNIT2 transfusion_unit_2 */
    {127, 979, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* INBLOODTYPE3 transfusion_type_code_3 */
    {128, 980, 2, 0, 0x00, 0xFF, 0, RHC_CN}, /* INBLOODWEIGHT3 transfusion_volume_3 */
    {129, 982, 10, 0, 0x00, 0x00, 0, RHC_AN}, /* COUNTUNIT3 transfusion_unit_3 */
    {130, 992, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* INBLOODTYPE4 transfusion_type_code_4 */
    {131, 993, 2, 0, 0x00, 0xFF, 0, RHC_CN}, /* INBLOODWEIGHT4 transfusion_volume_4 */
    {132, 995, 10, 0, 0x00, 0x00, 0, RHC_AN}, /* COUNTUNIT4 transfusion_unit_4 */
    {133, 1005, 2, 0, 0x00, 0xFF, 0, RHC_CN}, /* SAFENUMS rescue_count */
    {134, 1007, 2, 0, 0x00, 0xFF, 0, RHC_CN}, /* SAFESUCCESS rescue_success_count */
    {135, 1009, 4, 0, 0x00, 0xFF, 0, RHC_CN}, /* OUTDATA discharge_date */
    {136, 1013, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* OUTROOMNAME discharge_department */
    {137, 1063, 3, 0, 0x00, 0xFF, 0, RHC_CN}, /* INHOSDAYS inpatient_days */
    {138, 1066, 1, 0, 0x00, 0xFF, 0, RHC_B}, /* CHECKFLAG autopsy_flag */
    {139, 1067, 1, 0, 0x00, 0xFF, 0, RHC_B}, /* ALONGFLAG follow_up_flag */
    {140, 1068, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* PAYWAYS inpatient_payment_method_code */
    {141, 1069, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE1 inpatient_fee_category_1 */
    {142, 1089, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE1 inpatient_fee_category_code_1 */
    {143, 1090, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS1 inpatient_fee_amount_1 */
    {144, 1095, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE2 inpatient_fee_category_2 */
    {145, 1115, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE2 inpatient_fee_category_code_2 */
    {146, 1116, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS2 inpatient_fee_amount_2 */
    {147, 1121, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE3 inpatient_fee_category_3 */
    {148, 1141, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE3 inpatient_fee_category_code_3 */
    {149, 1142, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS3 inpatient_fee_amount_3 */
    {150, 1147, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE4 inpatient_fee_category_4 */
    {151, 1167, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE4 inpatient_fee_category_code_4 */
    {152, 1168, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS4 inpatient_fee_amount_4 */
    {153, 1173, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE5 inpatient_fee_category_5 */
    {154, 1193, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE5 inpatient_fee_category_code_5 */
    {155, 1194, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS5 inpatient_fee_amount_5 */
    {156, 1199, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE6 inpatient_fee_category_6 */
    {157, 1219, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE6 inpatient_fee_category_code_6 */
    {158, 1220, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS6 inpatient_fee_amount_6 */
    {159, 1225, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE7 inpatient_fee_category_7 */
    {160, 1245, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE7 inpatient_fee_category_code_7 */
    {161, 1246, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS7 inpatient_fee_amount_7 */
    {162, 1251, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE8 inpatient_fee_category_8 */
    {163, 1271, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE8 inpatient_fee_category_code_8 */
    {164, 1272, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS8 inpatient_fee_amount_8 */
    {165, 1277, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE9 inpatient_fee_category_9 */
    {166, 1297, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE9 inpatient_fee_category_code_9 */
    {167, 1298, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS9 inpatient_fee_amount_9 */
    {168, 1303, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE10 inpatient_fee_category_10 */
    {169, 1323, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE10 inpatient_fee_category_code_10 */
    {170, 1324, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS10 inpatient_fee_amount_10 */
    {171, 1329, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE11 inpatient_fee_category_11 */
    {172, 1349, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE11 inpatient_fee_category_code_11 */
    {173, 1350, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS11 inpatient_fee_amount_11 */
    {174, 1355, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE12 inpatient_fee_category_12 */
    {175, 1375, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE12 inpatient_fee_category_code_12 */
    {176, 1376, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS12 inpatient_fee_amount_12 */
    {177, 1381, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE13 inpatient_fee_category_13 */
    {178, 1401, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE13 inpatient_fee_category_code_13 */
    {179, 1402, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS13 inpatient_fee_amount_13 */
    {180, 1407, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE14 inpatient_fee_category_14 */
    {181, 1427, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE14 inpatient_fee_category_code_14 */
    {182, 1428, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS14 inpatient_fee_amount_14 */
    {183, 1433, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE15 inpatient_fee_category_15 */
    {184, 1453, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE15 inpatient_fee_category_code_15 */
    {185, 1454, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS15 inpatient_fee_amount_15 */
    {186, 1459, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE16 inpatient_fee_category_16 */
    {187, 1479, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE16 inpatient_fee_category_code_16 */
    {188, 1480, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS16 inpatient_fee_amount_16 */
    {189, 1485, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE17 inpatient_fee_category_17 */
    {190, 1505, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE17 inpatient_fee_category_code_17 */
    {191, 1506, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS17 inpatient_fee_amount_17 */
    {192, 1511, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE18 inpatient_fee_category_18 */
    {193, 1531, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE18 inpatient_fee_category_code_18 */
    {194, 1532, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS18 inpatient_fee_amount_18 */
    {195, 1537, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE19 inpatient_fee_category_19 */
    {196, 1557, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE19 inpatient_fee_category_code_19 */
    {197, 1558, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS19 inpatient_fee_amount_19 */
    {198, 1563, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* FEETYPE20 inpatient_fee_category_20 */
    {199, 1583, 1, 0, 0x00, 0x00, 0, RHC_AN}, /* FEECODE20 inpatient_fee_category_code_20 */
    {200, 1584, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEENUMS20 inpatient_fee_amount_20 */
    {201, 1589, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEETOTAL inpatient_fee_total */
    {202, 1594, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEEBED inpatient_fee_bed */
    {203, 1599, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEECARE inpatient_fee_nursing */
    {204, 1604, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEEWEST inpatient_fee_western_medicine */
    {205, 1609, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEECHINA inpatient_fee_chinese_medicine */
    {206, 1614, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEETEST inpatient_fee_laboratory */
    {207, 1619, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEEDIAG inpatient_fee_treatment */
    {208, 1624, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEESURG inpatient_fee_surgery */
    {209, 1629, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEECHECK inpatient_fee_examination */
    {210, 1634, 5, 0, 0x00, 0xFF, 2, RHC_CN}, /* FEEOTHER inpatient_fee_other */
};

static const struct rhc_item items_DF03_ED[] = {
    {213, 0, 70, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_HOSNAME outpatient_org_name */
    {214, 70, 10, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_HOSCODE outpatient_org_code */
    {215, 80, 7, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_INTIME visit_datetime */
    {216, 87, 18, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_ROOMNO outpatient_number */
    {217, 105, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_INROOMNAME visit_department */
    {218, 155, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_PAYWAY outpatient_payment_method_code */
    {219, 156, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_SYMPNAME1 symptom_name_1 */
    {220, 206, 5, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_SYMPCODE1 symptom_code_1 */
    {221, 211, 4, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DIAGDATA1 outpatient_diagnosis_date_1 */
    {222, 215, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DIAGNAME1 outpatient_diagnosis_name_1 */
    {223, 265, 7, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DIAGCODE1 outpatient_diagnosis_code_1 */
    {224, 272, 7, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_SYMPDATA1 onset_datetime_1 */
    {225, 279, 2, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_LASTDAYS1 symptom_duration_min_1 */
    {226, 281, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_SYMPNAME2 symptom_name_2 */
    {227, 331, 5, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_SYMPCODE2 symptom_code_2 */
    {228, 336, 4, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DIAGDATA2 outpatient_diagnosis_date_2 */
    {229, 340, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DIAGNAME2 outpatient_diagnosis_name_2 */
    {230, 390, 7, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DIAGCODE2 outpatient_diagnosis_code_2 */
    {231, 397, 7, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_SYMPDATA2 onset_datetime_2 */
    {232, 404, 2, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_LASTDAYS2 symptom_duration_min_2 */
    {233, 406, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_SYMPNAME3 symptom_name_3 */
    {234, 456, 5, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_SYMPCODE3 symptom_code_3 */
    {235, 461, 4, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DIAGDATA3 outpatient_diagnosis_date_3 */
    {236, 465, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DIAGNAME3 outpatient_diagnosis_name_3 */
    {237, 515, 7, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DIAGCODE3 outpatient_diagnosis_code_3 */
    {238, 522, 7, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_SYMPDATA3 onset_datetime_3 */
    {239, 529, 2, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_LASTDAYS3 symptom_duration_min_3 */
    {240, 531, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_SYMPNAME4 symptom_name_4 */
    {241, 581, 5, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_SYMPCODE4 symptom_code_4 */
    {242, 586, 4, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DIAGDATA4 outpatient_diagnosis_date_4 */
    {243, 590, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DIAGNAME4 outpatient_diagnosis_name_4 */
    {244, 640, 7, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DIAGCODE4 outpatient_diagnosis_code_4 */
    {245, 647, 7, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_SYMPDATA4 onset_datetime_4 */
    {246, 654, 2, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_LASTDAYS4 symptom_duration_min_4 */
    {247, 656, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_SYMPNAME5 symptom_name_5 */
    {248, 706, 5, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_SYMPCODE5 symptom_code_5 */
    {249, 711, 4, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DIAGDATA5 outpatient_diagnosis_date_5 */
    {250, 715, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DIAGNAME5 outpatient_diagnosis_name_5 */
    {251, 765, 7, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DIAGCODE5 outpatient_diagnosis_code_5 */
    {252, 772, 7, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_SYMPDATA5 onset_datetime_5 */
    {253, 779, 2, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_LASTDAYS5 symptom_duration_min_5 */
    {254, 781, 80, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKNAME1 exam_item_name_1 */
    {255, 861, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKCODE1 exam_result_code_1 */
    {256, 862, 5, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKRET1 exam_result_value_1 */
    {257, 867, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKUNIT1 exam_result_unit_1 */
    {258, 887, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKPROJ1 exam_item_code_1 */
    {259, 907, 80, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKNAME2 exam_item_name_2 */
    {260, 987, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKCODE2 exam_result_code_2 */
    {261, 988, 5, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKRET2 exam_result_value_2 */
    {262, 993, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKUNIT2 exam_result_unit_2 */
    {263, 1013, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKPROJ2 exam_item_code_2 */
    {264, 1033, 80, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKNAME3 exam_item_name_3 */
    {265, 1113, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKCODE3 exam_result_code_3 */
    {266, 1114, 5, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKRET3 exam_result_value_3 */
    {267, 1119, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKUNIT3 exam_result_unit_3 */
    {268, 1139, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKPROJ3 exam_item_code_3 */
    {269, 1159, 80, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKNAME4 exam_item_name_4 */
    {270, 1239, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKCODE4 exam_result_code_4 */
    {271, 1240, 5, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKRET4 exam_result_value_4 */
    {272, 1245, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKUNIT4 exam_result_unit_4 */
    {273, 1265, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKPROJ4 exam_item_code_4 */
    {274, 1285, 80, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKNAME5 exam_item_name_5 */
    {275, 1365, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKCODE5 exam_result_code_5 */
    {276, 1366, 5, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKRET5 exam_result_value_5 */
    {277, 1371, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKUNIT5 exam_result_unit_5 */
    {278, 1391, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKPROJ5 exam_item_code_5 */
    {279, 1411, 80, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKNAME6 exam_item_name_6 */
    {280, 1491, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKCODE6 exam_result_code_6 */
    {281, 1492, 5, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKRET6 exam_result_value_6 */
    {282, 1497, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKUNIT6 exam_result_unit_6 */
    {283, 1517, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKPROJ6 exam_item_code_6 */
    {284, 1537, 80, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKNAME7 exam_item_name_7 */
    {285, 1617, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKCODE7 exam_result_code_7 */
    {286, 1618, 5, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKRET7 exam_result_value_7 */
    {287, 1623, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKUNIT7 exam_result_unit_7 */
    {288, 1643, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKPROJ7 exam_item_code_7 */
    {289, 1663, 80, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKNAME8 exam_item_name_8 */
    {290, 1743, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKCODE8 exam_result_code_8 */
    {291, 1744, 5, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKRET8 exam_result_value_8 */
    {292, 1749, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKUNIT8 exam_result_unit_8 */
    {293, 1769, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKPROJ8 exam_item_code_8 */
    {294, 1789, 80, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKNAME9 exam_item_name_9 */
    {295, 1869, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKCODE9 exam_result_code_9 */
    {296, 1870, 5, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKRET9 exam_result_value_9 */
    {297, 1875, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKUNIT9 exam_result_unit_9 */
    {298, 1895, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKPROJ9 exam_item_code_9 */
    {299, 1915, 80, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKNAME10 exam_item_name_10 */
    {300, 1995, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKCODE10 exam_result_code_10 */
    {301, 1996, 5, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_CHECKRET10 exam_result_value_10 */
    {302, 2001, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKUNIT10 exam_result_unit_10 */
    {303, 2021, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_CHECKPROJ10 exam_item_code_10 */
    {304, 2041, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DRUGNAME1 drug_name_1 */
    {305, 2091, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DRUGCODE1 drug_form_code_1 */
    {306, 2092, 3, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DRUGDAYS1 drug_days_1 */
    {307, 2095, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DRUGFREQ1 drug_frequency_1 */
    {308, 2115, 6, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DRUGUINT1 drug_dose_unit_1 */
    {309, 2121, 3, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_DRUGONCE1 drug_single_dose_1 */
    {310, 2124, 6, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_DRUGTOTAL1 drug_total_dose_1 */
    {311, 2130, 2, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DRUGWORK1 drug_route_code_1 */
    {312, 2132, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DRUGNAME2 drug_name_2 */
    {313, 2182, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DRUGCODE2 drug_form_code_2 */
    {314, 2183, 3, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DRUGDAYS2 drug_days_2 */
    {315, 2186, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DRUGFREQ2 drug_frequency_2 */
    {316, 2206, 6, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DRUGUINT2 drug_dose_unit_2 */
    {317, 2212, 3, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_DRUGONCE2 drug_single_dose_2 */
    {318, 2215, 6, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_DRUGTOTAL2 drug_total_dose_2 */
    {319, 2221, 2, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DRUGWORK2 drug_route_code_2 */
    {320, 2223, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DRUGNAME3 drug_name_3 */
    {321, 2273, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DRUGCODE3 drug_form_code_3 */
    {322, 2274, 3, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DRUGDAYS3 drug_days_3 */
    {323, 2277, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DRUGFREQ3 drug_frequency_3 */
    {324, 2297, 6, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DRUGUINT3 drug_dose_unit_3 */
    {325, 2303, 3, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_DRUGONCE3 drug_single_dose_3 */
    {326, 2306, 6, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_DRUGTOTAL3 drug_total_dose_3 */
    {327, 2312, 2, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DRUGWORK3 drug_route_code_3 */
    {328, 2314, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DRUGNAME4 drug_name_4 */
    {329, 2364, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DRUGCODE4 drug_form_code_4 */
    {330, 2365, 3, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DRUGDAYS4 drug_days_4 */
    {331, 2368, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DRUGFREQ4 drug_frequency_4 */
    {332, 2388, 6, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DRUGUINT4 drug_dose_unit_4 */
    {333, 2394, 3, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_DRUGONCE4 drug_single_dose_4 */
    {334, 2397, 6, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_DRUGTOTAL4 drug_total_dose_4 */
    {335, 2403, 2, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DRUGWORK4 drug_route_code_4 */
    {336, 2405, 50, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DRUGNAME5 drug_name_5 */
    {337, 2455, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DRUGCODE5 drug_form_code_5 */
    {338, 2456, 3, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DRUGDAYS5 drug_days_5 */
    {339, 2459, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DRUGFREQ5 drug_frequency_5 */
    {340, 2479, 6, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_DRUGUINT5 drug_dose_unit_5 */
    {341, 2485, 3, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_DRUGONCE5 drug_single_dose_5 */
    {342, 2488, 6, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_DRUGTOTAL5 drug_total_dose_5 */
    {343, 2494, 2, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_DRUGWORK5 drug_route_code_5 */
    {344, 2496, 80, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_SURGNAME1 outpatient_procedure_name_1 */
    {345, 2576, 5, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_SURGCODE1 outpatient_procedure_code_1 */
    {346, 2581, 4, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_SURGDATA1 outpatient_procedure_date_1 */
    {347, 2585, 80, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_SURGNAME2 outpatient_procedure_name_2 */
    {348, 2665, 5, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_SURGCODE2 outpatient_procedure_code_2 */
    {349, 2670, 4, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_SURGDATA2 outpatient_procedure_date_2 */
    {350, 2674, 80, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_SURGNAME3 outpatient_procedure_name_3 */
    {351, 2754, 5, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_SURGCODE3 outpatient_procedure_code_3 */
    {352, 2759, 4, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_SURGDATA3 outpatient_procedure_date_3 */
    {353, 2763, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_FEENAME1 outpatient_fee_category_1 */
    {354, 2783, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_FEECODE1 outpatient_fee_category_code_1 */
    {355, 2784, 4, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_FEE1 outpatient_fee_amount_1 */
    {356, 2788, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_FEENAME2 outpatient_fee_category_2 */
    {357, 2808, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_FEECODE2 outpatient_fee_category_code_2 */
    {358, 2809, 4, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_FEE2 outpatient_fee_amount_2 */
    {359, 2813, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_FEENAME3 outpatient_fee_category_3 */
    {360, 2833, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_FEECODE3 outpatient_fee_category_code_3 */
    {361, 2834, 4, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_FEE3 outpatient_fee_amount_3 */
    {362, 2838, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_FEENAME4 outpatient_fee_category_4 */
    {363, 2858, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_FEECODE4 outpatient_fee_category_code_4 */
    {364, 2859, 4, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_FEE4 outpatient_fee_amount_4 */
    {365, 2863, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_FEENAME5 outpatient_fee_category_5 */
    {366, 2883, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_FEECODE5 outpatient_fee_category_code_5 */
    {367, 2884, 4, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_FEE5 outpatient_fee_amount_5 */
    {368, 2888, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_FEENAME6 outpatient_fee_category_6 */
    {369, 2908, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_FEECODE6 outpatient_fee_category_code_6 */
    {370, 2909, 4, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_FEE6 outpatient_fee_amount_6 */
    {371, 2913, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_FEENAME7 outpatient_fee_category_7 */
    {372, 2933, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_FEECODE7 outpatient_fee_category_code_7 */
    {373, 2934, 4, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_FEE7 outpatient_fee_amount_7 */
    {374, 2938, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_FEENAME8 outpatient_fee_category_8 */
    {375, 2958, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_FEECODE8 outpatient_fee_category_code_8 */
    {376, 2959, 4, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_FEE8 outpatient_fee_amount_8 */
    {377, 2963, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_FEENAME9 outpatient_fee_category_9 */
    {378, 2983, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_FEECODE9 outpatient_fee_category_code_9 */
    {379, 2984, 4, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_FEE9 outpatient_fee_amount_9 */
    {380, 2988, 20, 0, 0x00, 0x00, 0, RHC_AN}, /* ED_FEENAME10 outpatient_fee_category_10 */
    {381, 3008, 1, 0, 0x00, 0xFF, 0, RHC_CN}, /* ED_FEECODE10 outpatient_fee_category_code_10 */
    {382, 3009, 4, 0, 0x00, 0xFF, 2, RHC_CN}, /* ED_FEE10 outpatient_fee_amount_10 */
};

const struct rhc_file rhc_files[RHC_FILES] = {
    [RHC_DDF1_EF05] = {
        .kind = RHC_TLV,
        .df = 0xDDF1,
        .ef = 0xEF05,
        .records = 10,
        .bytes = 284,
        .items = items_DDF1_EF05,
        .item_count = 10,
        .read = NULL,
        .update = &UK1_DDF1,
        .erase = NULL,
        .secure = &STK_DDF1,
    },
    [RHC_DDF1_EF06] = {
        .kind = RHC_TLV,
        .df = 0xDDF1,
        .ef = 0xEF06,
        .records = 5,
        .bytes = 64,
        .items = items_DDF1_EF06,
        .item_count = 5,
        .read = &RK1_DDF1,
        .update = &UK1_DDF1,
        .erase = NULL,
        .secure = &STK_DDF1,
    },
    [RHC_DDF1_EF07] = {
        .kind = RHC_BINARY,
        .df = 0xDDF1,
        .ef = 0xEF07,
        .records = 0,
        .bytes = 3074,
        .items = NULL,
        .item_count = 0,
        .read = &RK1_DDF1,
        .update = &UK1_DDF1,
        .erase = NULL,
        .secure = NULL,
    },
    [RHC_DDF1_EF08] = {
        .kind = RHC_TLV,
        .df = 0xDDF1,
        .ef = 0xEF08,
        .records = 6,
        .bytes = 59,
        .items = items_DDF1_EF08,
        .item_count = 6,
        .read = &RK1_DDF1,
        .update = &UK1_DDF1,
        .erase = NULL,
        .secure = &STK_DDF1,
    },
    [RHC_DF01_EF05] = {
        .kind = RHC_TLV,
        .df = 0xDF01,
        .ef = 0xEF05,
        .records = 4,
        .bytes = 210,
        .items = items_DF01_EF05,
        .item_count = 4,
        .read = &RK1_DF01,
        .update = &UK1_DF01,
        .erase = NULL,
        .secure = &STK_DF01,
    },
    [RHC_DF01_EF06] = {
        .kind = RHC_TLV,
        .df = 0xDF01,
        .ef = 0xEF06,
        .records = 9,
        .bytes = 171,
        .items = items_DF01_EF06,
        .item_count = 9,
        .read = &RK1_DF01,
        .update = &UK1_DF01,
        .erase = NULL,
        .secure = &STK_DF01,
    },
    [RHC_DF01_EF07] = {
        .kind = RHC_TLV,
        .df = 0xDF01,
        .ef = 0xEF07,
        .records = 3,
        .bytes = 11,
        .items = items_DF01_EF07,
        .item_count = 3,
        .read = &RK1_DF01,
        .update = &UK1_DF01,
        .erase = NULL,
        .secure = &STK_DF01,
    },
    [RHC_DF01_EF08] = {
        .kind = RHC_TLV,
        .df = 0xDF01,
        .ef = 0xEF08,
        .records = 4,
        .bytes = 62,
        .items = items_DF01_EF08,
        .item_count = 4,
        .read = &RK1_DF01,
        .update = &UK1_DF01,
        .erase = NULL,
        .secure = &STK_DF01,
    },
    [RHC_DF02_EF05] = {
        .kind = RHC_TLV,
        .df = 0xDF02,
        .ef = 0xEF05,
        .records = 15,
        .bytes = 84,
        .items = items_DF02_EF05,
        .item_count = 15,
        .read = &RK1_DF02,
        .update = &UK1_DF02,
        .erase = NULL,
        .secure = &STK_DF02,
    },
    [RHC_DF02_EF06] = {
        .kind = RHC_TLV,
        .df = 0xDF02,
        .ef = 0xEF06,
        .records = 1,
        .bytes = 3,
        .items = items_DF02_EF06,
        .item_count = 1,
        .read = &RK1_DF02,
        .update = &UK2_DF02,
        .erase = NULL,
        .secure = &STK_DF02,
    },
    [RHC_DF02_EF07] = {
        .kind = RHC_CYCLIC,
        .df = 0xDF02,
        .ef = 0xEF07,
        .records = 3,
        .bytes = 120,
        .items = items_DF02_EF07,
        .item_count = 2,
        .read = &RK1_DF02,
        .update = &UK3_DF02,
        .erase = NULL,
        .secure = &STK_DF02,
    },
    [RHC_DF02_EF08] = {
        .kind = RHC_CYCLIC,
        .df = 0xDF02,
        .ef = 0xEF08,
        .records = 10,
        .bytes = 24,
        .items = items_DF02_EF08,
        .item_count = 2,
        .read = &RK1_DF02,
        .update = &UK3_DF02,
        .erase = NULL,
        .secure = &STK_DF02,
    },
    [RHC_DF03_EF05] = {
        .kind = RHC_FLAGS,
        .df = 0xDF03,
        .ef = 0xEF05,
        .records = 3,
        .bytes = 3,
        .items = items_DF03_EF05,
        .item_count = 1,
        .read = &RK1_DF03,
        .update = &UK1_DF03,
        .erase = &UK2_DF03,
        .secure = &STK_DF03,
    },
    [RHC_DF03_EF06] = {
        .kind = RHC_FLAGS,
        .df = 0xDF03,
        .ef = 0xEF06,
        .records = 5,
        .bytes = 5,
        .items = items_DF03_EF06,
        .item_count = 1,
        .read = &RK1_DF03,
        .update = &UK1_DF03,
        .erase = &UK2_DF03,
        .secure = &STK_DF03,
    },
    [RHC_DF03_EE] = {
        .kind = RHC_BINARY,
        .df = 0xDF03,
        .ef = 0xEE01,
        .opened_by = 0xEF05,
        .dates = {&items_DF03_EE[2], &items_DF03_EE[71]},
        .records = 3,
        .bytes = 1639,
        .items = items_DF03_EE,
        .item_count = 147,
        .read = &RK1_DF03,
        .update = &UK1_DF03,
        .erase = NULL,
        .secure = NULL,
    },
    [RHC_DF03_ED] = {
        .kind = RHC_BINARY,
        .df = 0xDF03,
        .ef = 0xED01,
        .opened_by = 0xEF06,
        .dates = {&items_DF03_ED[2]},
        .records = 5,
        .bytes = 3013,
        .items = items_DF03_ED,
        .item_count = 170,
        .read = &RK1_DF03,
        .update = &UK1_DF03,
        .erase = NULL,
        .secure = NULL,
    },
};
