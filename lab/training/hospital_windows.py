"""The forms of the hospital's windows and the order in which they stand on the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from card_os.spec.model import Meaning
from lab.training import hospital
from lab.training.hospital import ID_CHECKED, UPDATE_SYSTEM
from lab.training.seat import Seat
from lab.training.window import Field, House, Section, Window

HOSPITAL, HOSPITAL_CODE = "示范市第一人民医院", "00000001-9"
_READ = Meaning("读卡", "Read the card")
_ID = Section(
    Meaning("证件", "ID document"),
    (
        Field(
            ID_CHECKED,
            kind="checkbox",
            label=Meaning("已核对有效证件", "The ID document was checked"),
            hint=Meaning("灰名单上的卡要先核对", "a card on the grey list needs it"),
        ),
    ),
)


def _items(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, name) for name in names)


def _id_only(_seat: Seat) -> Sequence[Section]:
    return (_ID,)


def _registration(_seat: Seat) -> Sequence[Section]:
    corrected = Field(
        UPDATE_SYSTEM,
        kind="checkbox",
        label=Meaning("按卡更正医院登记", "Correct the hospital's records by the card"),
        hint=Meaning("先读卡，看到不一致并核对证件后再勾选", "read the card first, and look at the document"),
    )
    return (Section(_ID.title, (*_ID.fields, corrected)),)


def _doctor(_seat: Seat) -> Sequence[Section]:
    flags = (
        "asthma_flag", "heart_disease_flag", "cardio_cerebrovascular_flag", "epilepsy_flag",
        "coagulation_disorder_flag", "diabetes_flag", "glaucoma_flag", "dialysis_flag",
        "organ_transplant_flag", "organ_missing_flag", "removable_prosthesis_flag", "pacemaker_flag",
    )  # fmt: skip
    return (
        Section(
            Meaning("新增过敏", "a new allergy"),
            (Field("allergen_name", "allergen_name"), Field("allergy_reaction", "allergy_reaction")),
        ),
        Section(
            Meaning("新增免疫接种", "a new immunisation"),
            (
                Field("immunization_name", "immunization_name"),
                Field("immunization_date", "immunization_date"),
            ),
            folded=True,
        ),
        Section(
            Meaning("血型与警示", "blood groups and warnings"),
            tuple(
                Field(n, n)
                for n in ("abo_blood_type_code", "rh_blood_type_code", *flags, "other_medical_alert")
            ),
            folded=True,
        ),
        _ID,
    )


def _cashier(_seat: Seat) -> Sequence[Section]:
    now = datetime.now().replace(second=0, microsecond=0)
    return (
        Section(
            Meaning("就诊", "visit"),
            (
                Field("outpatient_org_name", "outpatient_org_name", required=True, first=HOSPITAL),
                Field("outpatient_org_code", "outpatient_org_code", required=True, first=HOSPITAL_CODE),
                Field("visit_datetime", "visit_datetime", required=True, first=now.isoformat()),
                Field("outpatient_number", "outpatient_number", required=True, first=f"MZ{now:%Y%m%d%H%M}01"),
                Field("visit_department", "visit_department", first="全科"),
                Field("outpatient_payment_method_code", "outpatient_payment_method_code"),
            ),
        ),
        Section(
            Meaning("诊断与费用", "diagnosis and fees"),
            (
                Field("outpatient_diagnosis_name_1", "outpatient_diagnosis_name_1"),
                Field("outpatient_diagnosis_code_1", "outpatient_diagnosis_code_1"),
                Field("outpatient_fee_category_1", "outpatient_fee_category_1", first="诊察费"),
                Field("outpatient_fee_amount_1", "outpatient_fee_amount_1", first="25.00"),
            ),
        ),
        Section(
            Meaning("用药", "drugs"),
            tuple(
                Field(n, n) for n in ("drug_name_1", "drug_days_1", "drug_frequency_1", "drug_single_dose_1")
            ),
            folded=True,
        ),
        _ID,
    )


def _discharge(_seat: Seat) -> Sequence[Section]:
    today = datetime.now().date()
    return (
        Section(
            Meaning("住院", "stay"),
            (
                Field("inpatient_org_name", "inpatient_org_name", required=True, first=HOSPITAL),
                Field("inpatient_org_code", "inpatient_org_code", required=True, first=HOSPITAL_CODE),
                Field(
                    "medical_record_number",
                    "medical_record_number",
                    required=True,
                    first=f"ZY{today:%Y%m%d}01",
                ),
                Field("admission_date", "admission_date", required=True, first=today.isoformat()),
                Field("discharge_date", "discharge_date", required=True, first=today.isoformat()),
                Field("admission_department", "admission_department", first="内科"),
            ),
        ),
        Section(
            Meaning("诊断", "diagnosis"),
            (Field("diagnosis_name_1", "diagnosis_name_1"), Field("diagnosis_code_1", "diagnosis_code_1")),
        ),
        _ID,
    )


WINDOWS: Sequence[Window] = (
    Window(
        "reading",
        House.HOSPITAL,
        Meaning("读卡", "Read"),
        Meaning("看看一张卡里有什么", "see what a card holds"),
        _READ,
        hospital.whole_card,
        reads=Meaning("整张卡", "the whole card"),
    ),
    Window(
        "registration",
        House.HOSPITAL,
        Meaning("挂号", "Registration"),
        Meaning("谁来看病，联系谁", "who comes, and whom to call"),
        Meaning("读卡并挂号", "Read and register"),
        hospital.register,
        _registration,
        reads=Meaning("持卡人、卡片信息、联系人", "holder, card, people to call"),
    ),
    Window(
        "doctor",
        House.HOSPITAL,
        Meaning("医生", "Doctor"),
        Meaning("看病史与警示，补充过敏和接种", "read the medical data, add to them"),
        Meaning("读卡并写入", "Read and add"),
        hospital.doctor,
        _doctor,
        reads=Meaning("血型、警示、过敏、接种、就诊记录", "blood, warnings, allergies, vaccines, visits"),
        writes=Meaning("警示、过敏、接种", "warnings, allergies, vaccines"),
    ),
    Window(
        "laboratory",
        House.HOSPITAL,
        Meaning("检验", "Laboratory"),
        Meaning("凭卡找检验申请", "whose orders to look for"),
        _READ,
        hospital.laboratory,
        _id_only,
        reads=Meaning("卡号、持卡人", "card number, holder"),
    ),
    Window(
        "cashier",
        House.HOSPITAL,
        Meaning("收费", "Cashier"),
        Meaning("结算并把门诊记录写入卡", "settle, and write the visit on the card"),
        Meaning("收费并写卡", "Settle and write"),
        hospital.cashier,
        _cashier,
        reads=Meaning("卡号、持卡人、付款方式", "card number, holder, who pays"),
        writes=Meaning("门诊记录", "the outpatient record"),
    ),
    Window(
        "pharmacy",
        House.HOSPITAL,
        Meaning("药房", "Pharmacy"),
        Meaning("凭卡找处方", "whose prescription to look for"),
        _READ,
        hospital.pharmacy,
        _id_only,
        reads=Meaning("卡号、持卡人", "card number, holder"),
    ),
    Window(
        "admission",
        House.HOSPITAL,
        Meaning("入院", "Admission"),
        Meaning("办理住院登记", "who is admitted"),
        Meaning("读卡并登记", "Read and admit"),
        hospital.admission,
        _id_only,
        reads=Meaning("卡号、持卡人、新农合证号", "card number, holder, number in the rural scheme"),
    ),
    Window(
        "discharge",
        House.HOSPITAL,
        Meaning("出院", "Discharge"),
        Meaning("结算并把住院首页写入卡", "settle, and write the stay on the card"),
        Meaning("结算并写卡", "Settle and write"),
        hospital.discharge,
        _discharge,
        reads=Meaning("卡号、持卡人、住院记录", "card number, holder, stays"),
        writes=Meaning("住院记录", "the inpatient record"),
    ),
    Window(
        "emergency",
        House.HOSPITAL,
        Meaning("急救", "Emergency"),
        Meaning("不用密码，立刻看救命的信息", "at once, without a PIN"),
        Meaning("立即读取", "Read now"),
        hospital.emergency_window,
        reads=Meaning("血型、警示、过敏、联系人", "blood groups, warnings, allergies, people to call"),
    ),
)
