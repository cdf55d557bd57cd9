"""The words of the HTML page: it shows both languages, so each text stands here in both."""

from __future__ import annotations

TITLE = {"zh": "居民健康卡符合性测试报告", "en": "Residents' Health Card: conformance report"}
ALL_PASSED = {
    "zh": "执行的 {passed} 个用例全部通过，{skipped} 个未执行。",
    "en": "All cases that were played passed: {passed}. Left out: {skipped}.",
}
SOME_FAILED = {
    "zh": "{count} 个用例未通过，其中 {facts} 个违背事实；{passed} 个通过。",
    "en": "Cases that did not pass: {count}, of them against a fact: {facts}. Passed: {passed}.",
}
NO_CARD = {"zh": "这不是居民健康卡：{trouble}", "en": "This is no Residents' Health Card: {trouble}"}
STOPPED = {"zh": "未执行完：", "en": "Not played to the end: "}
BY_CLAUSE = {"zh": "按条款汇总", "en": "Summary by clause"}
MARKS = {
    "zh": "来源标记：T、S、D、HC-T、HC-C、HC-D 为现场事实；REL 取自相关规范；DC、HC-I 为本项目的解读。",
    "en": "Marks of the sources: T, S, D, HC-T, HC-C and HC-D are facts of the field, REL comes from related "
    "specifications, DC and HC-I are our reading.",
}
FAILURES = {"zh": "未通过的用例", "en": "Cases that did not pass"}
ALL_CASES = {"zh": "全部用例", "en": "All cases"}
ATR = {"zh": "复位应答", "en": "answer to reset"}
FACTOR = {"zh": "卡片因子", "en": "card factor"}
PROFILE = {"zh": "配置与变体", "en": "profile and variant"}
ISSUER = {"zh": "发卡机构", "en": "issuer"}
CITY = {"zh": "应用城市代码", "en": "city code"}
SPEC_VERSION = {"zh": "规范版本", "en": "spec version"}
SAM = {"zh": "SAM 序列号", "en": "serial of the SAM"}
READER = {"zh": "读卡器", "en": "reader"}
TIME = {"zh": "时间与用时", "en": "time and duration"}
SYSTEM = {"zh": "环境", "en": "environment"}
SUITE = {"zh": "套件版本、用例数与摘要", "en": "version, cases and digest of the suite"}
SELECTED = {"zh": "选择", "en": "selected"}
SIGNATURE = {"zh": "签名", "en": "signature"}
UNSIGNED = {"zh": "未签名", "en": "not signed"}
ITEM = {"zh": "条款", "en": "clause"}
SOURCE = {"zh": "来源", "en": "source"}
NOT_COVERED = {"zh": "不在本套件", "en": "not in this suite"}
STEP = {"zh": "步骤", "en": "step"}
EXPECTED = {"zh": "应为", "en": "expected"}
ACTUAL = {"zh": "实为", "en": "actual"}
EXCHANGES = {"zh": "命令与响应", "en": "exchange"}
OUTCOMES = {
    "passed": {"zh": "通过", "en": "passed"},
    "failed": {"zh": "失败", "en": "failed"},
    "skipped": {"zh": "未执行", "en": "left out"},
    "error": {"zh": "中断", "en": "broken off"},
}
CERTAINTY = {
    "fact": {"zh": "此条为现场事实。", "en": "This rule is a fact of the field."},
    "related": {
        "zh": "此条取自相关规范，未在本卡上见到。",
        "en": "This rule comes from a related specification and was not seen on this card.",
    },
    "ours": {
        "zh": "此条为本项目的解读：不符时请告知，见指南。",
        "en": "This rule is our reading: where a card differs, tell us; the guide says how.",
    },
}
GROUPS = {
    "R": {"zh": "复位与标识", "en": "reset and identity"},
    "S": {"zh": "选择与隔离", "en": "selection and firewall"},
    "B": {"zh": "二进制文件", "en": "binary files"},
    "C": {"zh": "记录文件", "en": "record files"},
    "A": {"zh": "认证与权限", "en": "authentication and rights"},
    "M": {"zh": "安全报文", "en": "secure messaging"},
    "K": {"zh": "锁定与口令", "en": "blocking and PIN"},
    "P": {"zh": "个人化", "en": "personalisation"},
    "N": {"zh": "健壮性", "en": "robustness"},
    "G": {"zh": "密码", "en": "cryptography"},
    "U": {"zh": "SAM", "en": "SAM"},
    "I": {"zh": "综合", "en": "integration"},
}
