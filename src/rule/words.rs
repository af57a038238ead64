//! The words that authors write, and the numbers behind them: the only place that knows both.
//!
//! The numbers are the design's: one specific signal that a cause usually shows lifts an
//! occasional cause to about .95, a common one leaves it under the reporting threshold.

/// A closed set of words, each with what it stands for.
pub trait Words: Sized + Copy + 'static {
    /// Every word and its meaning, in the order in which documentation lists them.
    const ALL: &'static [(&'static str, Self)];

    /// The meaning of a word.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(w, _)| *w == word).map(|(_, v)| *v)
    }

    /// What the word says, as a short sentence.
    fn meaning(self) -> &'static str;
}

/// The text of a docstring; nothing for other attributes.
macro_rules! docstring {
    (doc = $text:literal) => {
        $text
    };
    ($($other:tt)*) => {
        ""
    };
}
pub(crate) use docstring;

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$($vmeta:tt)*])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$($vmeta)*])* $variant),+ }

        impl Words for $name {
            const ALL: &'static [(&'static str, Self)] = &[$(($word, $name::$variant)),+];

            fn meaning(self) -> &'static str {
                match self {
                    $($name::$variant => concat!($($crate::rule::words::docstring!($($vmeta)*)),*).trim_start()),+
                }
            }
        }

        impl $name {
            /// The word as written in rules and output.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match serializer.is_human_readable() {
                    true => serializer.serialize_str(self.word()),
                    false => serializer.serialize_u8(*self as u8),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let found = match deserializer.is_human_readable() {
                    true => <$name as Words>::from_word(&String::deserialize(deserializer)?),
                    false => <$name as Words>::ALL.get(usize::from(u8::deserialize(deserializer)?)).map(|(_, word)| *word),
                };
                found.ok_or_else(|| serde::de::Error::custom("no such word"))
            }
        }
    };
}
pub(crate) use words;

words! {
    /// How often a cause is the cause among all incidents.
    Prior {
        /// .03 of all incidents.
        Common = "common",
        /// .012 of all incidents.
        Occasional = "occasional",
        /// .005 of all incidents.
        Uncommon = "uncommon",
        /// .002 of all incidents.
        Rare = "rare",
        /// .0008 of all incidents.
        VeryRare = "very-rare",
    }
}

words! {
    /// How often a cause shows a signal.
    How {
        /// .97 of the times that it is the cause.
        Always = "always",
        /// .8 of the times that it is the cause.
        Usually = "usually",
        /// .5 of the times that it is the cause.
        Often = "often",
        /// .25 of the times that it is the cause.
        Sometimes = "sometimes",
        /// .1 of the times that it is the cause.
        Rarely = "rarely",
    }
}

words! {
    /// How often a signal shows up for no known reason.
    Leak {
        /// In .0005 of all logs.
        Specific = "specific",
        /// In .002 of all logs.
        Rare = "rare",
        /// In .006 of all logs.
        Normal = "normal",
        /// In .02 of all logs.
        Common = "common",
        /// In .07 of all logs.
        Noisy = "noisy",
    }
}

words! {
    /// Where in the pipeline something happens. `renewal` and `host` run beside it.
    Stage {
        /// The agent on the host.
        Bot = "bot",
        /// The connection to the CA.
        Connector = "connector",
        /// The request.
        Csr = "csr",
        /// Domain control validation.
        Dcv = "dcv",
        /// The CA signs.
        Issuance = "issuance",
        /// The certificate reaches the target.
        Deploy = "deploy",
        /// The service takes it up.
        Reload = "reload",
        /// Clients see it.
        Verify = "verify",
        /// Schedules and their state.
        Renewal = "renewal",
        /// The machine itself.
        Host = "host",
    }
}

words! {
    /// How finished a rule is.
    Status {
        /// New, may change.
        Experimental = "experimental",
        /// Settled.
        Stable = "stable",
        /// On its way out.
        Deprecated = "deprecated",
    }
}

words! {
    /// What a step can break.
    Risk {
        /// Looks only.
        ReadOnly = "read-only",
        /// Changes a file or a setting.
        Change = "change",
        /// Reloads a service.
        Reload = "reload",
        /// Restarts a service.
        Restart = "restart",
        /// Orders a new certificate.
        Reissue = "reissue",
    }
}

words! {
    /// What a test of a cause expects.
    Expect {
        /// Ranked first, above the reporting threshold.
        First = "first",
        /// Among the ranked causes.
        Listed = "listed",
        /// Not listed.
        Absent = "absent",
    }
}

words! {
    /// How much it matters that a practice is not kept. From the worst on.
    Severity {
        /// Something is failing now, or will within days.
        Critical = "critical",
        /// The next renewal will probably fail, or nobody would notice.
        High = "high",
        /// It makes a failure more likely, or worse.
        Medium = "medium",
        /// Better otherwise.
        Low = "low",
    }
}

words! {
    /// What an audit finds of a practice.
    State {
        /// The facts say that it is not kept.
        Broken = "broken",
        /// The facts say that it is kept.
        Kept = "kept",
        /// A fact that decides is not known.
        NotChecked = "not-checked",
        /// It has no meaning here.
        DoesNotApply = "does-not-apply",
    }
}

words! {
    /// The type of a fact.
    FactKind {
        /// Free text.
        Text = "text",
        /// What a program said: its patterns are looked for in it as in a record of a log.
        Message = "message",
        /// A number.
        Number = "number",
        /// Yes or no.
        YesNo = "yes-no",
        /// A point in time.
        Time = "time",
        /// A list of words.
        List = "list",
        /// One of a few words.
        Choice = "choice",
    }
}

impl Prior {
    /// π, the probability before any evidence.
    pub fn number(self) -> f64 {
        match self {
            Prior::Common => 0.03,
            Prior::Occasional => 0.012,
            Prior::Uncommon => 0.005,
            Prior::Rare => 0.002,
            Prior::VeryRare => 0.0008,
        }
    }
}

impl How {
    /// q, the strength of the edge.
    pub fn number(self) -> f64 {
        match self {
            How::Always => 0.97,
            How::Usually => 0.8,
            How::Often => 0.5,
            How::Sometimes => 0.25,
            How::Rarely => 0.1,
        }
    }
}

impl Leak {
    /// λ, the probability that the signal stands there without any known cause.
    pub fn number(self) -> f64 {
        match self {
            Leak::Specific => 0.0005,
            Leak::Rare => 0.002,
            Leak::Normal => 0.006,
            Leak::Common => 0.02,
            Leak::Noisy => 0.07,
        }
    }
}

impl Risk {
    /// What the risk costs when fixes are ordered, in minutes: a judgement, not a measurement.
    pub fn minutes(self) -> f64 {
        match self {
            Risk::ReadOnly => 0.0,
            Risk::Change => 5.0,
            Risk::Reload => 5.0,
            Risk::Restart => 15.0,
            Risk::Reissue => 30.0,
        }
    }
}

impl Stage {
    /// Position in the pipeline; `None` for what runs beside it.
    pub fn position(self) -> Option<u8> {
        match self {
            Stage::Bot => Some(0),
            Stage::Connector => Some(1),
            Stage::Csr => Some(2),
            Stage::Dcv => Some(3),
            Stage::Issuance => Some(4),
            Stage::Deploy => Some(5),
            Stage::Reload => Some(6),
            Stage::Verify => Some(7),
            Stage::Renewal | Stage::Host => None,
        }
    }
}
