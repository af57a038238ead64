//! The forms in which secrets stand in logs and configurations.

use std::sync::{LazyLock, OnceLock};

use regex::bytes::{Regex, RegexBuilder};

/// Ends of names whose value is a secret, whatever stands before them.
const NAME: &str = r"[\w.$-]*(?:passw(?:or)?d|passwd|pass[_-]?phrase|\bpwd|[_-]pwd|secret(?:[_-]?(?:key|id|value|text|string|access[_-]?key))?|[_-]token|[a-z]token|\btoken|api[_-]?key|access[_-]?key(?:[_-]?id)?|auth[_-]?key|account[_-]?key|consumer[_-]?key|application[_-]?key|private[_-]?key(?:[_-]?(?:hex|pem|data|base64|b64|id))?|priv[_-]?key|(?:shared|master|encryption|signing|tsig|dns|cf|dp|gd)[_-]key|hmac(?:[_-]?key)?|mac[_-]?key|credentials?|client[_-]?assertion|(?:store|key|user|db|admin|ssh|ssl|bind|become|cert|pfx|p12)[_-]?pass|connection[_-]?string)";
/// Between a name and its value: the line may be folded there.
const FOLD: &str = r"[ \t]*(?:(?:\\|[|>][+-]?)?\r?\n[ \t]+)?";
/// A value: in quotes with all that stands in them, or up to what ends a word.
const VALUE: &str = r#"(?:[bu]?"(?P<s>(?:[^"\\\r\n]|\\.)+)|[bu]?'(?P<t>(?:[^'\\\r\n]|\\.)+)|(?P<u>[^\s"'\\&;,)<>\]}][^\s"'&;,)<>\]}]*))"#;

/// What is known about a form.
pub struct Form {
    /// One of these stands in every text that has it, in lower case.
    hints: &'static [&'static str],
    pattern: fn() -> String,
    /// Whether its value must look like one: names that prose uses too.
    pub opaque: bool,
    compiled: OnceLock<Option<Regex>>,
}

macro_rules! forms {
    ($($(#[$doc:meta])* $kind:ident [$($hint:literal),+] $pattern:expr;)+) => {
        /// All forms; the groups `s`, `t`, `u` are the secret.
        ///
        /// They are matched over bytes, which compiles in a tenth of the time, and only those are compiled whose hint
        /// stands in a text: every secret ends at an ASCII character or at the end of the text, so its range never cuts
        /// a character.
        pub static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| vec![$($(#[$doc])* Form {
            hints: &[$($hint),+],
            pattern: || $pattern.to_string(),
            opaque: forms!(@$kind),
            compiled: OnceLock::new(),
        },)+]);
    };
    (@any) => { false };
    (@opaque) => { true };
}

impl Form {
    /// The pattern, where a text can have this form; `lower` is the text in lower case.
    pub fn in_text(&self, lower: &[u8]) -> Option<&Regex> {
        let hinted = self.hints.iter().any(|hint| memchr::memmem::find(lower, hint.as_bytes()).is_some());
        let compile = || RegexBuilder::new(&(self.pattern)()).unicode(false).build().ok();
        if hinted { self.compiled.get_or_init(compile).as_ref() } else { None }
    }
}

forms! {
    // Private keys: of PEM with every label, of SSH2, PGP, PuTTY, and what openssl and BIND print of them.
    any ["private key"] r"(?s)----[- ]BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?[- ]----(?P<s>.*?)(?:----[- ]?END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?|\z)";
    any ["private-lines"] r"(?s)Private-Lines: ?\d+\s+(?P<s>.*?)(?:\r?\nPrivate-(?:MAC|Hash)|\z)";
    any ["private-mac"] r"Private-(?:MAC|Hash): ?(?P<s>[0-9a-fA-F]{20,})";
    any ["privateexponent", "private exponent", "prime1", "prime2", "priv:", "exponent1", "exponent2", "coefficient"] r"(?i)\b(?:priv|private ?exponent|prime[12]|exponent[12]|coefficient):[ \t]*\r?\n?(?P<s>(?:[^\r\n]*?(?:[0-9a-f]{2}:){6,}(?:[0-9a-f]{2})?[ \t]*\r?\n?)+)";
    any ["private-key-format", "privatekey", "privateexponent", "prime", "exponent", "key:"] r"(?m)^(?:Key|PrivateKey|PrivateExponent|Prime[12]|Exponent[12]|Coefficient): (?P<s>[A-Za-z0-9+/]{16,}={0,2})";
    any ["ls0tls1crudj"] r"(?P<s>LS0tLS1CRUdJTi(?:BQUklWQVRF|BSU0Eg|BFQyBQ|BFTkNSWVBU|BPUEVOU1NI|BEU0Eg)[A-Za-z0-9+/=]*)";
    any ["age-secret-key"] r"(?P<s>AGE-SECRET-KEY-1[0-9A-Z]{20,})";
    // Private members of a JSON Web Key.
    any ["kty"] r#"(?s)["']kty["'].*?["'](?:d|k)["']\s*:\s*["'](?P<s>[A-Za-z0-9_-]{16,})"#;
    any ["\"d\"", "\"p\"", "\"q\"", "\"dp\"", "\"dq\"", "\"qi\"", "'d'", "'p'", "'q'"] r#"["'](?:d|p|q|dp|dq|qi)["']\s*:\s*["'](?P<s>[A-Za-z0-9_-]{20,})["']"#;
    // Header values: Authorization, cookies, API keys.
    any ["authorization"] format!(r#"(?i)authorization["']?{FOLD}[:=,]{FOLD}["']?(?:bearer|basic|token|negotiate|ntlm|apikey|ssws|splunk|genie-?key|pve\w*=?)[ \t]*(?:\\?\r?\n)?[ \t]*(?P<s>[^\s"',]+)"#);
    any ["authorization"] r#"(?i)authorization["']?\s*[:=]\s*["']?(?P<s>[A-Za-z0-9+/=_.~-]{16,})"#;
    any ["response="] r#"(?i)\bresponse="(?P<s>[0-9a-f]{32,})""#;
    any ["signature="] r"(?i)\bsignature=(?P<s>[0-9a-f]{32,})";
    any ["bearer"] r"(?i)\bbearer\s+(?P<s>[a-z0-9._~+/=-]{16,})";
    opaque ["basic"] r"(?i)\bbasic\s+(?P<s>[a-z0-9+/]{12,}={0,2})";
    any ["cookie"] format!(r#"(?i)\b(?:set-)?cookie["']?{FOLD}[:=]{FOLD}(?:"(?P<s>[^"\r\n]+)|'(?P<t>[^'\r\n]+)|(?P<u>[^\s"'][^\r\n"]*))"#);
    any ["x-"] format!(r#"(?i)\bx-[\w-]*(?:key|token|secret|auth|signature|credential)["']?{FOLD}[:=]{FOLD}{VALUE}"#);
    // name=value and "name": "value", also inside connection strings and query strings.
    any ["="] format!(r#"(?i){NAME}["']?{FOLD}=>?{FOLD}{VALUE}"#);
    any [":"] format!(r#"(?i)["']{NAME}["']\s*:\s*(?:{VALUE})"#);
    any ["passw", "passphrase", "pass_phrase", "pass-phrase", "pwd"] format!(r#"(?i)(?:passw(?:or)?d|passwd|pass[_-]?phrase|\bpwd){FOLD}:{FOLD}{VALUE}"#);
    opaque [":"] format!(r#"(?i){NAME}{FOLD}:{FOLD}{VALUE}"#);
    any ["pass"] r#"(?i)\bpass(?:word|phrase|wd)\s+(?:is\s+)?(?:"(?P<s>[^"\r\n]{4,})"|'(?P<t>[^'\r\n]{4,})')"#;
    opaque ["secret"] r#"(?i)\bsecret\s+"(?P<s>[A-Za-z0-9+/]{16,}={0,2})""#;
    any ["?", "&"] r#"(?i)[?&;](?:amp;)?(?:sig|signature|token|key|code|k|auth|pass|jwt|assertion|sas|x-amz-(?:signature|credential|security-token)|x-goog-(?:signature|credential))=(?P<s>[^&;\s"'<>#]+)"#;
    // XML: elements, and names and values as attributes.
    any ["</"] format!(r#"(?i)<(?:\w+:)?{NAME}(?:\s[^<>]*)?>\s*(?:<!\[CDATA\[)?(?P<x>[^<>\]]+)"#);
    any ["value="] format!(r#"(?i)\b(?:key|name)=["']{NAME}["']\s+value=(?:"(?P<s>[^"]+)|'(?P<t>[^']+))"#);
    any ["name="] format!(r#"(?i)\b(?:key|name)=["']{NAME}["'][^<>]*>(?P<s>[^<>]+)<"#);
    // Command lines.
    any ["-"] format!(r#"(?i)(?:^|[\s"'`(\[,])--?(?:(?:src|dest)?(?:store|key)pass(?:wd)?|pass(?:word|wd|phrase|in|out)?|[\w-]*(?:password|passphrase|token|secret|api-key|access-key|hmac(?:-key)?|-secret-id))(?:["']?,\s*|=|{FOLD}[ \t]|:){FOLD}(?:(?:pass|env|file|fd):)?{VALUE}"#);
    any ["-u", "--user", "--proxy-user"] r#"(?:^|[\s"'])(?:-u|-U|--user|--proxy-user)(?:=|["']?,?\s*)["']?[\w.@\\-]+:(?P<s>[^\s"']+)"#;
    any ["sshpass"] r#"\bsshpass\s+-p[ ]?["']?(?P<s>[^\s"']+)"#;
    any ["plink", "pscp", "psftp"] r#"\s-pw\s+["']?(?P<s>[^\s"']+)"#;
    any ["certutil", "pk12util", "winrs", "signtool", "docker login", "mysql"] r#"(?:certutil|pk12util|winrs|signtool|docker login|mysql)\b[^\r\n]*?\s[-/](?:p:?|password:|W|K|w)[ ]*["']?(?P<s>[^\s"'-][^\s"']*)"#;
    any ["net use"] r#"(?i)net use\s+\S*\s*\\\\\S+\s+(?:/user:\S+\s+)?["']?(?P<s>[^\s"'/]+)"#;
    any ["nsupdate", "dig ", "hmac-"] r#"(?i)\bhmac-[\w-]+:[^\s:"']+[: ]+["']?(?P<s>[A-Za-z0-9+/]{12,}={0,2})"#;
    any ["securestring"] r#"(?i)securestring\s+(?:-asplaintext\s+|-string\s+|-force\s+)*["'](?P<s>[^"']+)"#;
    any ["pass:"] r"(?i)\bpass:(?P<s>[^\s]+)";
    any ["://"] r#"[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s:@"']*:(?P<s>[^/\s@"']+)@"#;
    any ["://"] r"[a-zA-Z][a-zA-Z0-9+.-]*://(?P<s>[A-Za-z0-9_-]{16,})@";
    any ["jdbc:"] r"(?i)jdbc:oracle:\w+:[^/\s]+/(?P<s>[^@\s]+)@";
    any ["machine ", "login "] r"(?:machine\s+\S+\s+|default\s+)?login\s+\S+\s+password\s+(?P<s>\S+)";
    any [":54", ":64", ":*:", ":33"] r#"(?m)(?:^|[\s"'=>])(?:[\w-]+\.[\w.-]+|localhost|\*):(?:[1-9]\d{3,4}|\*):[\w*-]+:[\w*-]+:(?P<s>[^\s:"'<\\]+)(?:[\s"'<\\]|$)"#;
    // Secrets that are known by their own form.
    any ["eyj"] r"\b(?P<s>eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]{8,})";
    any ["akia", "asia"] r"\b(?P<s>(?:AKIA|ASIA)[0-9A-Z]{16})\b";
    any ["gh", "github_pat_", "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-"] r"\b(?P<s>(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|gl(?:pat|dt|rt|cbt|ptt|ft|soat)-[\w.-]{16,}))";
    any ["xox", "xapp-"] r"\b(?P<s>(?:xox[a-z]|xapp)-[\w-]{10,})";
    any ["hvs.", "hvb.", "hvr.", "aiza", "ya29.", "gocspx-"] r"\b(?P<s>(?:hv[sbr]\.[\w-]{16,}|AIza[\w-]{30,}|ya29\.[\w.-]{16,}|GOCSPX-[\w-]{16,}))";
    any ["npm_", "pypi-", "dckr_", "dop_v1_", "doo_v1_", "sk_live", "sk_test", "rk_live", "shpat_", "sk-", "sg.", "atatt", "lin_api", "hf_"] r"\b(?P<s>(?:npm_[A-Za-z0-9]{30,}|pypi-[\w-]{16,}|dckr_(?:pat|oat)_[\w-]{16,}|do[op]_v1_[0-9a-f]{32,}|[sr]k_(?:live|test)_\w{16,}|shpat_\w{20,}|sk-[\w-]{24,}|SG\.[\w-]{16,}\.[\w-]{16,}|ATATT[\w=-]{20,}|hf_[A-Za-z0-9]{30,}))";
    any ["hooks.slack.com", "webhook", "discord"] r#"(?i)https?://(?:hooks\.slack\.com/(?:services|workflows)|(?:\w+\.)?discord(?:app)?\.com/api/webhooks|[\w.-]*webhook\.office\.com/webhookb2|outlook\.office(?:365)?\.com/webhook|[\w.:-]+(?:/[\w-]+)*/(?:incoming-?)?webhooks?)/(?P<s>[^\s"'<>?#]{8,})"#;
    any [":aa"] r"\b(?P<s>\d{8,10}:AA[\w-]{33})";
    any ["$1$", "$5$", "$6$", "$2a$", "$2b$", "$2y$", "$y$", "$apr1$", "$argon2"] r"(?P<s>\$(?:1|5|6|2[aby]|y|apr1|argon2\w+)\$[./A-Za-z0-9$,=+]{20,})";
    any ["pfx", "p12", "pkcs12", "keystore", "jks"] r#"(?i)["']?\w*(?:pfx|p12|pkcs12|keystore|jks)\w*["']?\s*[:=]\s*["']?(?P<s>[A-Za-z0-9+/]{60,}={0,2})"#;
}

#[cfg(test)]
mod tests {
    use super::{FORMS, RegexBuilder};

    #[test]
    fn every_form_compiles() {
        for form in FORMS.iter() {
            let pattern = (form.pattern)();
            assert!(RegexBuilder::new(&pattern).unicode(false).build().is_ok(), "{pattern}");
        }
    }
}
