"""The words of the reference pages in both languages: headings, column heads, rights, protections."""

from __future__ import annotations

from card_os.spec.access import AccessRule, AllOf, Always, AnyOf, InState, Key, Never
from card_os.spec.model import FileKind, FileSpec, Meaning, Protection

LANGUAGES = ("en", "zh")

_CHINESE = {
    "Reference": "参考",
    "Files": "文件",
    "Data items": "数据项",
    "Keys": "密钥",
    "Code tables": "代码表",
    "Commands": "命令",
    "Profiles": "应用配置",
    "Certificates": "证书",
    "Conformance cases": "符合性用例",
    "Rules for terminals": "终端规则",
    "Allowed in which state": "各生命周期状态下的可用命令",
    "Status words of every command": "所有命令共用的状态字",
    "page": "页面",
    "case": "用例",
    "certainty": "确定程度",
    "needs": "需要",
    "rule": "规则",
    "violation": "违规",
    "remark": "提示",
    "contents": "内容",
    "count": "数量",
    "path": "路径",
    "FID": "FID",
    "kind": "类型",
    "DF name": "DF 名称",
    "SFI": "SFI",
    "records": "记录",
    "bytes": "字节数",
    "read": "读",
    "update": "更新",
    "mark valid": "置有效",
    "erase": "擦除",
    "protection of updates": "更新的保护",
    "source": "来源",
    "number": "编号",
    "name": "名称",
    "Chinese name": "中文名",
    "abbreviation": "缩写",
    "record": "记录号",
    "tag": "标签",
    "offset": "偏移",
    "length": "长度",
    "coding": "编码",
    "format": "格式",
    "empty value": "空值",
    "code table": "代码表",
    "note": "说明",
    "file": "文件",
    "DF": "DF",
    "card reference": "卡内标识",
    "SAM id": "SAM 标识",
    "P1 of 80DE": "80DE 的 P1",
    "steps": "分散级数",
    "versions": "版本数",
    "held as": "持有级别",
    "tries": "可试次数",
    "purpose": "用途",
    "not counted": "不计数",
    "code": "代码",
    "meaning": "含义",
    "Chinese": "中文",
    "English": "英文",
    "command": "命令",
    "card": "卡片",
    "CLA": "CLA",
    "INS": "INS",
    "P1": "P1",
    "status word": "状态字",
    "setting": "设置",
    "settings": "设置",
    "variant": "变体",
    "Variants": "变体",
    "value": "值",
    "field": "字段",
    "on": "开",
    "off": "关",
    "none": "无",
    "any": "任意",
    "free": "自由",
    "never": "禁止",
    "in state {state}": "{state} 状态下",
    " and ": " 且 ",
    " or ": " 或 ",
    "plain": "明文",
    "plain, or cipher and MAC ({key})": "明文，或加密加 MAC（{key}）",
    "cipher and MAC ({key})": "加密加 MAC（{key}）",
    "; plain too while `{option}` is on": "；`{option}` 打开时也可明文",
    "; marks: MAC, or none while `{option}` is on": "；标志：MAC，`{option}` 打开时可无 MAC",
    "transparent": "透明",
    "linear, TLV": "线性 TLV",
    "linear, fixed": "线性定长",
    "cyclic": "循环",
    "national": "国家",
    "province": "省",
    "maker": "制造商",
}


def say(text: str, language: str) -> str:
    """A text of the pages in a language; KeyError for one that was never translated."""
    return _CHINESE[text] if language == "zh" else text


def choose(meaning: Meaning, language: str) -> str:
    """A declared text in a language."""
    return meaning.chinese if language == "zh" else meaning.english


def rule_text(rule: AccessRule, language: str) -> str:
    """An access rule in words."""
    match rule:
        case Always():
            return say("free", language)
        case Never():
            return say("never", language)
        case Key(name):
            return f"`{name}`"
        case InState(state):
            return say("in state {state}", language).format(state=state)
        case AllOf(parts):
            return say(" and ", language).join(rule_text(part, language) for part in parts)
        case AnyOf(parts):
            return say(" or ", language).join(rule_text(part, language) for part in parts)
    raise TypeError(f"{type(rule).__name__} is a rule without words")


def protection_text(file: FileSpec, language: str) -> str:
    """The secure messaging that an EF wants for updates."""
    forms = {
        Protection.NONE: "plain",
        Protection.OPTIONAL: "plain, or cipher and MAC ({key})",
        Protection.REQUIRED: "cipher and MAC ({key})",
    }
    text = say(forms[file.protection], language).format(key=f"`{file.sm_key}`")
    if not file.plain_if:
        return text
    marks = not isinstance(file.set_valid, Never)
    more = "; marks: MAC, or none while `{option}` is on" if marks else "; plain too while `{option}` is on"
    return text + say(more, language).format(option=file.plain_if)


def kind_text(kind: FileKind, language: str) -> str:
    """The kind of a file."""
    words = {
        FileKind.TRANSPARENT: "transparent",
        FileKind.LINEAR_TLV: "linear, TLV",
        FileKind.LINEAR_FIXED: "linear, fixed",
        FileKind.CYCLIC: "cyclic",
    }
    return say(words[kind], language) if kind in words else kind.value
