"""The sentences of the reference pages in both languages."""

from __future__ import annotations

from card_os.spec.certificate import CertificateKind
from card_os.spec.model import Meaning

GENERATED = Meaning(
    "本目录各页由 `python -m docs.generate` 根据 `card_os/spec/profiles/` 下的表生成。"
    "请勿手工修改：先改表，再重新生成。",
    "Every page here is made from the tables under `card_os/spec/profiles/` by `python -m docs.generate`. "
    "Do not edit it by hand: change the table, then make the pages anew.",
)
RIGHTS = Meaning(
    "权限：须先认证的密钥；“自由”表示不需要密钥。",
    "Rights: the keys that must be authenticated; free means that no key is needed.",
)
LAYOUTS = Meaning(
    "多个槽位的文件共用一个布局；偏移与长度以字节计。",
    "A file of several slots has one layout; offsets and lengths are in bytes.",
)
CODINGS = Meaning(
    "AN 为 GBK 文本，右补 00；CN 为压缩数字，右补 F；B 为原始字节。格式：D8 日期，DT15 日期时间，N 数字，"
    "`..` 表示至多，T/F 为 01 或 00，A2 为 00（有效）或 FF（无效）。",
    "AN is GBK text padded with 00, CN packed digits padded with F on the right, B raw bytes. Formats: D8 a "
    "date, DT15 date and time, N digits, `..` at most, T/F 01 or 00, A2 00 (valid) or FF (invalid).",
)
CODE_WIDTH = Meaning(
    "代码表后的 [n]：仅前 n 个字符为代码。",
    "[n] behind a code table: only the first n characters are the code.",
)
CHECK_DIGIT = Meaning(
    "编码时校验公民身份号码。",
    "The resident ID number is checked when it is encoded.",
)
KEY_COLUMNS = Meaning(
    "分散级数：由所持密钥到卡片密钥的分散次数。卡内标识即外部认证的 P2，SAM 标识位于 80DE 的 P2。",
    "Steps: diversifications from the held key down to the card key. The card reference is P2 of EXTERNAL "
    "AUTHENTICATE, the SAM id stands in P2 of 80DE.",
)
OPEN_DIGITS = Meaning(
    "x 为卡片填入的次数或长度。",
    "x stands for a count or a length that the card fills in.",
)
CONFORMANCE = Meaning(
    "本页列出对默认配置卡片的全部用例，由 `reader_client/conformance/` 下的用例表和声明生成。"
    "确定程度：事实为现场所见，相关规范取自近似的卡，解读为本项目的选择；"
    "期望的状态字若从未在现场出现，则最多算作相关规范。`rhc conformance show 编号` 显示步骤。",
    "All cases for a card of the default profile, from the case tables under `reader_client/conformance/` "
    "and from the declaration. Certainty: a fact was seen in the field, related comes from similar cards, "
    "ours is a choice of this project; a case that expects a status word which was never seen in the field "
    "is related at most. `rhc conformance show ID` shows the steps.",
)
CERTIFICATES = {
    CertificateKind.ISSUER: Meaning("发卡机构证书", "Certificate of an issuer"),
    CertificateKind.SAM: Meaning("SAM 证书", "Certificate of a SAM"),
}
VARIANTS = Meaning(
    "变体只改变下列设置，不改变文件、数据项和密钥。",
    "A variant changes the settings named here, never files, items or keys.",
)
SETTINGS = {
    "cipher": Meaning(
        "分组密码；SM4 代替未公开的 SM1", "block cipher; SM4 in the place of SM1, which is unpublished"
    ),
    "transport": Meaning(
        "响应方式：contactless 完整返回；contact_t0 在没有 Le 时先返回 61xx；"
        "sam 在命令带数据或没有 Le 时先返回 61xx",
        "how answers leave: contactless complete; contact_t0 announces them by 61xx where Le is absent; sam "
        "where there is data or no Le",
    ),
    "fci": Meaning(
        "DF 的 FCI：with_proprietary 在 MF 与 DDF1 带 A500，plain 不带，none 不返回 FCI",
        "FCI of a DF: with_proprietary has A500 at the MF and DDF1, plain has it nowhere, none has no FCI",
    ),
    "challenge_lengths": Meaning(
        "取随机数可取的长度；只有 8 字节的可用于认证和安全报文",
        "lengths that GET CHALLENGE gives; only 8 bytes serve for authentication and secure messaging",
    ),
    "bad_mac_limit": Meaning(
        "连续多少次错误 MAC 后永久锁定应用；0 为不锁定",
        "bad MACs in a row that block an application for good; 0 means never",
    ),
    "write_key": Meaning("加密写密钥的条件", "condition of the enciphered WRITE KEY"),
    "write_key_plain": Meaning("明文写密钥的条件", "condition of the plain WRITE KEY"),
    "activate": Meaning("激活命令的条件", "condition of ACTIVATE"),
    "atr.chip_maker": Meaning("历史字节 1、2：芯片制造商", "historical bytes 1 and 2: chip maker"),
    "atr.card_maker": Meaning("历史字节 3、4：卡片制造商", "historical bytes 3 and 4: card maker"),
    "pin.tries": Meaning("口令可试次数", "tries of the PIN"),
    "pin.min_bytes": Meaning("口令最短字节数", "shortest PIN in bytes"),
    "pin.max_bytes": Meaning("口令最长字节数", "longest PIN in bytes"),
    "pin.delivered": Meaning("制造商写入的口令", "PIN that the maker writes"),
    "lock_commands": Meaning(
        "结束个人化的命令，第一个优先", "commands that end personalisation, the first one preferred"
    ),
    "options.issuing_plain_update": Meaning(
        "数据锁定之前，DDF1 的 EF05、EF06 可用明文更新",
        "plain updates of EF05 and EF06 of DDF1 until the data lock",
    ),
    "options.plain_cyclic_append": Meaning("循环文件可用明文追加记录", "plain new records of cyclic files"),
    "options.select_by_name": Meaning("可按名称（P1=04）选择 DF", "a DF can be selected by its name (P1 04)"),
    "options.xy_state": Meaning(
        "每个 DF 只保留最近一次认证的权限，同 FMCOS",
        "a DF keeps the right of its last authentication only, as FMCOS does",
    ),
    "options.macless_index": Meaning(
        "置有效与擦除命令可不带 MAC", "WRITE RECORD and ERASE RECORD without a MAC"
    ),
}
